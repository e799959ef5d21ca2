"""The scripted networks are as strict as those that were measured; were they not, days would show nothing."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from network import Network, User
from profiles import ERGO, INSPIRCD, PROFILES, SOLANUM, Profile
from promises import Promise, Watcher
from virtual_time import VirtualLoop, run
from weather import Harbour

Play = Callable[["Client"], Coroutine[Any, Any, None]]


class Client(asyncio.Protocol):
    """Somebody at the other end of a wire who writes what they are told to."""

    def __init__(self, loop: VirtualLoop, profile: Profile) -> None:
        start = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        self.network = Network(
            *("net", profile, {"pkgdesk": "sesame"}, ("#packagers",)),
            clock=lambda: start + timedelta(seconds=loop.time()),
            now=loop.time,
            chance=random.Random(3),
        )
        self.harbour = Harbour(self.network, random.Random(2))
        self.lines: list[str] = []
        self.over = False
        self._rest = b""

    async def comes(self, *caps: str) -> None:
        self.wire = await self.harbour.connected(self)
        await self.says("CAP LS 302", "NICK pkgdesk", "USER desk 0 * :desk")
        await self.says(*([f"CAP REQ :{' '.join(caps)}"] if caps else []), "CAP END", "JOIN #packagers")

    async def says(self, *lines: str, wait: float = 10.0) -> None:
        self.wire.write("".join(f"{each}\r\n" for each in lines).encode())
        await asyncio.sleep(wait)

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        self.lines += [each.decode() for each in lines]

    def connection_lost(self, error: BaseException | None) -> None:
        self.over = True

    def read(self, text: str) -> list[str]:
        return [each for each in self.lines if text in each]


def play(scene: Play, profile: Profile = SOLANUM) -> None:
    async def main(loop: VirtualLoop) -> None:
        await scene(Client(loop, profile))

    run(main)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: each.name)
def test_who_is_let_in_reads_what_such_a_server_says(profile: Profile) -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        assert client.read(" 001 pkgdesk ")
        assert client.read(" 366 pkgdesk #packagers ")
        assert bool(client.read("WHOX")) == profile.whox
        assert not client.network.broken
        assert len(client.read(" CAP * LS * :")) >= (profile is not PROFILES[-1])

    play(scene, profile)


@pytest.mark.parametrize(("lines", "killed"), [(25, False), (26, True)])
def test_solanum_kills_who_has_26_lines_waiting(lines: int, killed: bool) -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        await client.says(*["PING :x"] * lines, wait=60)
        assert client.over is killed
        assert bool(client.network.broken) is killed
        assert bool(client.read("Excess Flood")) is killed

    play(scene)


def test_solanum_kills_who_goes_on_with_three_a_second() -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        for _ in range(45):
            await client.says("PING :x", wait=1 / 3)
        assert not client.over
        for _ in range(45):
            await client.says("PING :x", wait=1 / 3)
        assert client.over

    play(scene)


def test_inspircd_kills_who_says_80_lines_at_once() -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        await client.says(*["PING :x"] * 79)
        assert not client.over
        await client.says(*["PING :x"] * 80)
        assert client.over

    play(scene, INSPIRCD)


@pytest.mark.parametrize(
    "line", ["PRIVMSG #packagers :a\rQUIT", "PRIVMSG #packagers :a\0", "PING :" + "x" * 505]
)
def test_what_is_no_line_is_held_against_who_wrote_it(line: str) -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        await client.says(line)
        assert len(client.network.broken) == 1

    play(scene)


def test_a_channel_of_solanum_refuses_in_a_notice_what_is_too_much_for_it() -> None:
    async def scene(client: Client) -> None:
        await client.comes()
        somebody = User("bob", "~b", "host", None)
        client.network.come(somebody)
        client.network.join(somebody, "#packagers")
        for _ in range(8):
            client.network.say(somebody, "#packagers", "words")
        await client.says("PRIVMSG #packagers :one", wait=3)
        assert client.read("NOTICE pkgdesk :*** Message to #packagers throttled")
        assert not client.network.said
        await client.says("PRIVMSG #packagers :two", wait=3)
        assert [text for _, _, text in client.network.said] == ["two"]

    play(scene)


def test_a_watcher_tells_what_goes_on_for_too_long() -> None:
    async def scene(client: Client) -> None:
        watcher = Watcher(client.network, client.harbour, asyncio.get_running_loop().time)
        await client.comes("sasl")
        for _ in range(10):
            watcher.look()
            await asyncio.sleep(15)
        assert [promise for promise, _ in watcher.broken] == [Promise.IDENTIFIED]
        await client.says("AUTHENTICATE PLAIN", "AUTHENTICATE AHBrZ2Rlc2sAc2VzYW1l")
        assert client.read(" 903 ")
        watcher.look()
        assert len(watcher.broken) == 1

    play(scene)


def test_inspircd_keeps_waiting_for_services_that_hung() -> None:
    async def scene(client: Client) -> None:
        await client.comes("sasl")
        client.network.set_services(False, silent=True)
        await client.says("AUTHENTICATE PLAIN")
        client.network.set_services(True)
        await client.says("AUTHENTICATE PLAIN")
        assert not client.read("AUTHENTICATE +")

    play(scene, INSPIRCD)


def test_ergo_labels_its_answers_and_gives_old_lines() -> None:
    async def scene(client: Client) -> None:
        await client.comes("labeled-response", "batch", "echo-message", "message-tags", "server-time")
        await client.says("@label=a PRIVMSG #packagers :one", "@label=b PRIVMSG nobody :one", "@label=c PONG")
        assert client.read("@label=a;")[0].endswith(" PRIVMSG #packagers :one")
        assert " 401 " in client.read("@label=b;")[0]
        assert client.read("@label=c ")[0].endswith(" ACK")
        await client.says("CHATHISTORY LATEST #packagers * 10")
        batch = client.read(" BATCH +")[0].partition(" BATCH +")[2].split()[0]
        assert client.read(f"batch={batch}")[0].endswith("PRIVMSG #packagers :one")

    play(scene, ERGO)
