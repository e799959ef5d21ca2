"""Being identified on a real network: InspIRCd with Atheme's services, over TLS.

Atheme 7.2 has no SCRAM: `test_irc_login.py` has that, with the library's server side, and `tests/simulation`
with one of its own.
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from irc_daemons import AthemeProcess, Caller, InspircdProcess, make_certificate
from irc_networks import QUICK
from irc_people import PATIENCE, Person
from irc_town import Desk

from bot.desk.events import RosterLost
from bot.transports.irc.login import SIGN_OF_LIFE

PASSWORD = {"password_env": "DESK_PASSWORD"}
NO_REGAIN = {"nickserv/enforce"}
PATIENT = {**QUICK, "sasl": timedelta(milliseconds=500)}
"""For services that may say nothing at all; they take a tenth of that."""


class Network:
    """The server, its services, and desks that come to it."""

    def __init__(self, folder: Path) -> None:
        self.server = InspircdProcess()
        self.services = AthemeProcess(self.server, without=NO_REGAIN)
        self.certificate = make_certificate(folder, "desk-")
        der = ssl.PEM_cert_to_DER_cert(self.certificate.read_text())
        self.fingerprint = hashlib.sha256(der).hexdigest()

    @contextlib.contextmanager
    def regaining(self) -> Iterator[None]:
        """Services that are started meanwhile know REGAIN."""
        self.services.without = ()
        yield
        self.services.without = NO_REGAIN

    @contextlib.asynccontextmanager
    async def desk(self, nick: str, **settings: Any) -> AsyncIterator[Desk]:
        desk = Desk(
            self.server.tls_port,
            nick=nick,
            tls=True,
            ca_file=self.server.certificate,
            channels=[],
            **settings,
        )
        try:
            yield desk
        finally:
            await desk.leaves()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    found = Network(tmp_path_factory.mktemp("certificates"))
    try:
        found.server.start()
        found.services.start()
        with Caller(found.server.port, "desk") as owner:
            owner.says("PRIVMSG NickServ :REGISTER sesame desk@example.org")
            owner.reads(r":\S+ 900 ")
            owner.says(f"PRIVMSG NickServ :CERT ADD {found.fingerprint}")
            owner.reads(rf":NickServ!\S+ NOTICE .*{found.fingerprint}")
        yield found
    finally:
        found.services.remove()
        found.server.stop()


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "sesame")


async def until(what: Callable[[], object]) -> None:
    """Nothing is told when an account changes, so it is looked at."""
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110 - there is no event
            await asyncio.sleep(0.01)


async def test_each_way_in(network: Network) -> None:
    shown = {
        "certificate": network.certificate,
        "certificate_key": network.certificate.with_name("desk-key.pem"),
    }
    ways: dict[str, dict[str, Any]] = {
        "best": {"sasl": {"account": "desk", **PASSWORD}},
        "plain": {"sasl": {"account": "desk", "mechanism": "plain", **PASSWORD}},
        "external": {"sasl": {"account": "desk", "mechanism": "external"}, **shown},
        "shown": {"sasl": {"account": "desk", **PASSWORD}, **shown},
    }
    async with contextlib.AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(network.desk(nick, **each)) for nick, each in ways.items()]
        for desk in desks:
            await until(lambda desk=desk: desk.transport.connected)
        assert [desk.transport.account for desk in desks] == ["desk"] * len(ways)


async def test_who_bears_our_nick_is_put_out(network: Network) -> None:
    bearer = await Person.comes(network.server.port, "desk", channel=None)
    try:
        async with network.desk("desk", sasl={"account": "desk", **PASSWORD}) as desk:
            await until(lambda: desk.transport.connected)
            # Without that module there is no REGAIN.
            await bearer.reads(lambda text: text.startswith("ERROR") and "GHOST" in text)
            await until(lambda: desk.transport.me == "desk")
    finally:
        await bearer.leaves()


async def test_services_may_come_late_leave_and_come_back(network: Network) -> None:
    network.services.stop()
    async with network.desk("late", sasl={"account": "desk", **PASSWORD}, times=PATIENT) as desk:
        await until(lambda: desk.transport.connected)
        assert desk.transport.account is None
        await asyncio.to_thread(network.services.start)
        await until(lambda: desk.transport.account == "desk")
        network.services.crash()
        with network.regaining():
            await asyncio.to_thread(network.services.start)
        watcher = await Person.comes(network.server.port, "watcher", channel=None)
        watcher.writes("WHOIS late")
        assert await watcher.reads(lambda text: " 330 watcher late desk " in text)
        assert desk.transport.account == "desk"
        assert desk.transport.connected
    # Those that came back know REGAIN.
    watcher.writes("NICK desk")
    await watcher.settles()
    async with network.desk("desk", sasl={"account": "desk", **PASSWORD}) as desk:
        await until(lambda: desk.transport.me == "desk")
        assert not [text for text in watcher.lines if text.startswith("ERROR")], "nobody was put out"
    await watcher.leaves()


async def test_services_that_hang_are_waited_for(network: Network) -> None:
    network.services.freeze()
    try:
        async with network.desk("waiting", sasl={"account": "desk", **PASSWORD}, times=PATIENT) as desk:
            # It is an attempt after the one that got no word, of which the server tells nobody.
            await desk.ears.heard(SIGN_OF_LIFE, own=True)
            assert desk.transport.account is None
            network.services.thaw()
            await until(lambda: desk.transport.account == "desk")
            assert not [event for event in desk.ears.events if isinstance(event, RosterLost)]
    finally:
        network.services.thaw()


async def test_services_that_are_replaced_while_they_hang_are_met_on_a_new_connection(
    network: Network,
) -> None:
    network.services.freeze()
    try:
        async with network.desk("waiting", sasl={"account": "desk", **PASSWORD}, times=PATIENT) as desk:
            await desk.ears.heard(SIGN_OF_LIFE, own=True)
            network.services.crash()
            await asyncio.to_thread(network.services.start)
            await until(lambda: desk.transport.account == "desk")
            lost = [event for event in desk.ears.events if isinstance(event, RosterLost)]
            assert len(lost) == 1, "the server did not pass anything on for the rest of the first"
    finally:
        network.services.thaw()


async def test_who_is_logged_out_by_services_logs_in_again(network: Network) -> None:
    async with network.desk("outside", sasl={"account": "desk", **PASSWORD}) as desk:
        await until(lambda: desk.transport.account == "desk")
        owner = await Person.comes(network.server.port, "owner", channel=None)
        owner.writes("PRIVMSG NickServ :IDENTIFY desk sesame")
        await owner.reads(lambda text: " 900 " in text)
        owner.writes("PRIVMSG NickServ :LOGOUT outside sesame")
        await until(lambda: desk.transport.account is None)
        await until(lambda: desk.transport.account == "desk")
        await owner.leaves()
