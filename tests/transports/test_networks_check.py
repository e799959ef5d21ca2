"""Looking at networks: InspIRCd with Atheme's services, and scripted servers like Libera's and OFTC's."""

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from irc_daemons import AthemeProcess, InspircdProcess, free_port, make_certificate
from irc_networks import AT_ONCE
from irc_people import PATIENCE, Person
from irc_script import ALL_CAPS, CAPS, Connection

from bot.networks.examination import FAREWELL, Plan, examine
from bot.networks.facts import Facts, Refusal
from bot.networks.finding import Finding, Severity
from bot.networks.findings import findings
from bot.networks.keeping import Desk
from bot.transports.certificate import fingerprints
from bot.transports.irc.settings import IrcSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")


def settings(port: int, **changed: Any) -> IrcSettings:
    usual = {"host": "127.0.0.1", "port": port, "tls": False, "nick": "checked", "pace": AT_ONCE}
    return IrcSettings.model_validate({**usual, "channels": ["#a"], **changed})


async def look(of: IrcSettings, **plan: Any) -> Facts:
    [facts] = await examine(Plan("net", of, **{"within": PATIENCE, **plan}), lambda _: None)
    return facts


def grave(facts: Facts, of: IrcSettings) -> dict[str, Finding]:
    found = findings((facts,), Desk(of), datetime.now(UTC)).findings
    return {each.topic: each for each in found if each.severity is Severity.MISSING}


# --- InspIRCd and Atheme ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def daemons() -> Iterator[InspircdProcess]:
    server = InspircdProcess()
    try:
        services = AthemeProcess(server)
        server.start()
        services.start()
        services.register("checked", "sesame")
        services.register("alice", "wonder")
        yield server
        services.remove()
    finally:
        server.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alice(daemons: InspircdProcess) -> AsyncIterator[Person]:
    """She is logged in, and runs every channel there is."""
    found = await Person.comes(daemons.port, "alice", channel=None)
    found.writes("PRIVMSG NickServ :IDENTIFY wonder")
    await found.reads(lambda text: text.split()[1] == "900")
    found.writes("JOIN #open", "JOIN #moderated", "JOIN #closed", "MODE #moderated +m", "MODE #closed +i")
    await found.settles()
    yield found
    await found.leaves()


async def test_a_desk_with_everything(
    daemons: InspircdProcess, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "sesame")
    of = settings(
        daemons.tls_port,
        host="localhost",
        tls=True,
        ca_file=daemons.certificate,
        sasl={"account": "checked", "password_env": "DESK_PASSWORD"},
        channels=["#open", "#moderated", "#closed", "#nowhere"],
    )
    facts = await look(of, operators=("alice", "carol"), people=("Alice", "dave"))
    assert facts.complete
    assert facts.tls is not None
    assert facts.tls.until is not None
    assert datetime.now(UTC) < facts.tls.until < datetime.now(UTC) + timedelta(days=3)
    assert (facts.account, facts.mechanism) == ("checked", "PLAIN")
    assert facts.called == "TestNet"
    assert "B" in facts.user_modes
    assert {"alice", "Alice"} <= facts.present
    assert facts.host == facts.real_host == "127.0.0.1"
    opened, moderated, closed, own = facts.seats
    assert (opened.joined, opened.members, opened.identified) == (True, 1, 1)
    assert (moderated.joined, "m" in (moderated.modes or ""), moderated.rank) == (True, True, "")
    assert closed.refusal is not None
    assert closed.refusal.numeric == "473"
    assert own.rank == "@"
    told = findings((facts,), Desk(of), datetime.now(UTC)).findings
    asked = [each.topic for each in told if "did not exist until now" in each.told]
    assert asked == ["#nowhere"]
    assert grave(facts, of).keys() == {"#moderated", "#closed"}


async def test_it_disturbs_nobody(daemons: InspircdProcess, alice: Person) -> None:
    before = len(alice.lines)
    facts = await look(settings(daemons.port, channels=["#open", "#closed"]))
    assert facts.complete
    gone = await alice.reads(lambda text: text.startswith(":checked!") and " QUIT " in text, before)
    assert gone.endswith(FAREWELL)
    alice.writes("PRIVMSG NickServ :INFO checked")
    await alice.settles()
    assert {text.split()[1] for text in alice.lines[before:] if text.startswith(":checked!")} == {
        "JOIN",
        "QUIT",
    }


async def test_beside_a_desk_that_runs(
    daemons: InspircdProcess, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "sesame")
    running = await Person.comes(daemons.port, "checked", channel="#open")
    of = settings(
        daemons.port, sasl={"account": "checked", "password_env": "DESK_PASSWORD"}, channels=["#open"]
    )
    facts = await look(of)
    assert (facts.nick, facts.account) == ("checked_", "checked")
    assert facts.taken is not None
    assert facts.taken.numeric == "433"
    assert facts.bearer is not None
    assert facts.bearer.mask.startswith("checked!")
    assert facts.bearer.account is None
    assert facts.seats[0].members == 2
    assert grave(facts, of) == {}
    await running.settles()
    assert not [text for text in running.lines if text.startswith(":checked!") and " NICK " in text]
    await running.leaves()


async def test_a_nick_that_is_too_long(daemons: InspircdProcess) -> None:
    of = settings(daemons.port, nick="c" * 40)
    facts = await look(of, join=False)
    assert facts.complete
    assert grave(facts, of)["nick"].told.startswith("the server does not take it (432 ")
    assert "longer than 30 characters" in grave(facts, of)["nick"].told


async def test_a_wrong_password(daemons: InspircdProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_PASSWORD", "wrong-as-can-be")
    of = settings(
        daemons.port, sasl={"account": "checked", "password_env": "DESK_PASSWORD"}, channels=["#open"]
    )
    facts = await look(of)
    assert facts.account is None
    assert facts.login is not None
    assert facts.login.numeric == "904"
    told = grave(facts, of)["account"]
    assert "904" in told.told
    assert "wrong-as-can-be" not in repr((facts, told))


def sha256_by_openssl(shown: Path) -> str:
    """What an operator would be told by the usual tool."""
    asked = ["openssl", "x509", "-in", str(shown), "-noout", "-fingerprint", "-sha256"]
    told = subprocess.run(asked, capture_output=True, check=True, text=True).stdout
    return told.partition("=")[2].strip().replace(":", "").lower()


async def test_a_certificate_that_services_do_not_know(daemons: InspircdProcess, tmp_path: Path) -> None:
    shown = make_certificate(tmp_path)
    of = settings(
        daemons.tls_port,
        host="localhost",
        tls=True,
        ca_file=daemons.certificate,
        certificate=shown,
        certificate_key=shown.with_name("key.pem"),
        sasl={"account": "checked", "mechanism": "external"},
    )
    facts = await look(of, join=False)
    assert facts.login is not None
    desk = Desk(of, fingerprints=fingerprints(shown))
    told = next(
        each for each in findings((facts,), desk, datetime.now(UTC)).findings if each.topic == "account"
    )
    assert sha256_by_openssl(shown) in told.remedy


async def test_a_server_that_cannot_be_verified(daemons: InspircdProcess) -> None:
    facts = await look(settings(daemons.tls_port, host="localhost", tls=True))
    assert not facts.welcomed
    assert "certificate" in facts.trouble
    assert "ca_file" in facts.remedy


async def test_where_nothing_is() -> None:
    assert "refused" in (await look(settings(free_port()))).trouble
    assert (await look(settings(6667, host="nowhere.invalid"))).trouble


@pytest.mark.parametrize("setting", ["ca_file", "certificate", "certificate_key"])
async def test_a_file_of_certificates_that_is_not_there(setting: str, tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    (tmp_path / "there.pem").write_text("")
    names = {"certificate": tmp_path / "there.pem"} if setting == "certificate_key" else {}
    of = settings(free_port(), tls=True, **names, **{setting: gone})
    told = grave(await look(of), of)["server"]
    assert told.told.endswith(f": {setting}: cannot read {gone}: no such file or directory")
    assert f"`{setting}`" in told.remedy
    assert "`host`" not in told.remedy


# --- scripted servers -------------------------------------------------------------------------------------

LIBERA = (
    "NETWORK=Libera.Chat CASEMAPPING=rfc1459 CHANMODES=eIbq,k,flj,CFLMPQScgimnprstuz PREFIX=(ov)@+ NICKLEN=16"
)


async def asked(connection: Connection, answers: dict[str, list[str]]) -> None:
    """Answers each line that begins so, and every PING, until the client has gone."""
    try:
        while True:
            line = await connection.next()
            if line.startswith("QUIT "):
                return
            if line.startswith("PING "):
                connection.tells(f"PONG irc.script.test {line[5:]}")
            for beginning, said in answers.items():
                if line.startswith(beginning):
                    connection.says(*said)
    except EOFError:
        pass


@contextlib.asynccontextmanager
async def serving(script: Callable[[Connection], Awaitable[None]]) -> AsyncIterator[int]:
    """The port at which `script` plays the server."""
    played: list[asyncio.Task[None]] = []

    async def play(connection: Connection) -> None:
        await script(connection)
        connection.writer.close()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        played.append(asyncio.create_task(play(Connection(reader, writer))))

    async with await asyncio.start_server(accepted, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*played)


async def scripted(
    script: Callable[[Connection], Awaitable[None]],
    *,
    within: float = PATIENCE,
    join: bool = True,
    **changed: Any,
) -> tuple[Facts, IrcSettings]:
    """What is found there."""
    async with serving(script) as port:
        of = settings(port, **changed)
        return await look(of, operators=("alice",), within=within, join=join), of


async def silent(connection: Connection) -> None:
    await connection.ends()


async def test_like_libera_with_a_wrong_password_and_closed_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    async def libera(connection: Connection) -> None:
        await connection.hears("CAP LS 302")
        connection.tells(f"CAP * LS * :{ALL_CAPS}", "CAP * LS :sasl=PLAIN,EXTERNAL cap-notify")
        ask = await connection.hears("CAP REQ :")
        connection.tells(f"CAP * ACK :{ask.removeprefix('CAP REQ :')}")
        await connection.hears("AUTHENTICATE PLAIN")
        connection.says("AUTHENTICATE +")
        await connection.hears("AUTHENTICATE ")
        connection.tells("904 checked :SASL authentication failed")
        await connection.hears("CAP END")
        connection.tells("004 checked tin.libera.chat solanum-1.0-dev abc def")
        connection.welcomes("checked", f"{LIBERA} WHOX")
        server = ":irc.script.test"
        await asked(
            connection,
            {
                "JOIN ": [
                    f"{server} 470 checked #forward ##forward :Forwarding to another channel",
                    f"{server} 477 checked #accounts :Cannot join channel (+r) - you need to be identified",
                    f"{server} 474 checked #banned :Cannot join channel (+b) - you are banned",
                    ":checked!~pkgdesk@host.example JOIN #a",
                    f"{server} 353 checked = #a :checked @alice",
                    f"{server} 366 checked #a :End of /NAMES list.",
                ],
                "WHO #a": [
                    f"{server} 354 checked 152 #a alice H@ alice",
                    f"{server} 315 checked #a :End of /WHO list.",
                ],
                "MODE #a q": [f"{server} 728 checked #a q $~a op!o@h 1760000000"],
                "MODE #a": [f"{server} 324 checked #a +Cnt"],
                "WHOIS checked": [
                    f"{server} 378 checked checked :is connecting from *@host.example 192.0.2.1"
                ],
            },
        )

    monkeypatch.setenv("DESK_PASSWORD", "secret-as-can-be")
    facts, of = await scripted(
        libera,
        sasl={"account": "checked", "password_env": "DESK_PASSWORD"},
        channels=["#a", "#forward", "#accounts", "#banned"],
        realname="a helper",
    )
    assert facts.complete
    assert facts.login == Refusal("904", "SASL authentication failed")
    assert facts.present == {"alice"}
    assert grave(facts, of).keys() == {
        *("account", "#a", "#forward", "#accounts", "#banned"),
        *("rule label", "rule operator", "rule cloak", "rule administrator", "rule pace"),
    }
    assert "why that failed stands under `account`" in grave(facts, of)["#accounts"].remedy
    assert "$~a" in grave(facts, of)["#a"].told


async def test_like_oftc_without_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    async def oftc(connection: Connection) -> None:
        await connection.negotiates("multi-prefix away-notify extended-join")
        await connection.hears("CAP END")
        connection.welcomes("checked", "NETWORK=OFTC CHANTYPES=# CASEMAPPING=rfc1459 NICKLEN=30")
        await asked(
            connection,
            {
                "JOIN #a": [
                    ":checked!~pkgdesk@host.example JOIN #a",
                    ":irc.script.test 353 checked = #a :checked alice bob",
                    ":irc.script.test 366 checked #a :End of /NAMES list.",
                ],
                "ISON ": [":irc.script.test 303 checked :alice"],
            },
        )

    monkeypatch.setenv("DESK_PASSWORD", "secret")
    facts, of = await scripted(oftc, sasl={"account": "checked", "password_env": "DESK_PASSWORD"})
    assert facts.complete
    assert not facts.present
    assert facts.online == {"alice"}
    [told] = grave(facts, of).values()
    assert told.topic == "account"
    assert "docs/how-to/oftc.md" in told.remedy


async def test_a_server_that_says_nothing() -> None:
    facts, of = await scripted(silent, within=0.2)
    assert facts.trouble == "it said nothing in time"
    assert "`tls`" in grave(facts, of)["server"].remedy


async def test_a_server_that_hangs_up_without_a_word() -> None:
    """As one does that expects TLS, and as other kinds of servers do."""

    async def hangs_up(connection: Connection) -> None:
        await connection.hears("CAP LS 302")
        await connection.hang_up()

    facts, of = await scripted(hangs_up)
    told = grave(facts, of)["server"]
    assert "read its words" not in told.remedy
    assert "`tls`" in told.remedy


async def test_tls_that_is_not_answered() -> None:
    async def deaf(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with await asyncio.start_server(deaf, "127.0.0.1", 0) as server:
        of = settings(server.sockets[0].getsockname()[1], tls=True)
        facts = await look(of, within=2.0)
    assert facts.trouble == f"TLS was not answered in time on port {of.port}"
    assert "6697" in grave(facts, of)["server"].remedy


async def test_tls_that_is_answered_in_plain_text() -> None:
    async def greets(connection: Connection) -> None:
        connection.tells("NOTICE * :*** Looking up your hostname")
        await connection.writer.drain()

    facts, of = await scripted(greets, tls=True)
    assert facts.trouble == f"what answers on port {of.port} speaks no TLS"
    assert "6697" in grave(facts, of)["server"].remedy


async def test_a_server_that_does_not_want_us() -> None:
    async def closing(connection: Connection) -> None:
        await connection.hears("CAP LS 302")
        connection.tells("465 * :You are banned from this server")
        connection.says("ERROR :Closing Link: 192.0.2.1 (K-Lined)")
        await connection.hang_up()

    facts, _ = await scripted(closing)
    assert "banned" in facts.trouble.casefold() or "K-Lined" in facts.trouble
    assert facts.remedy


async def quiet(connection: Connection) -> None:
    """Lets us in, and answers for nothing else."""
    await connection.negotiates(CAPS)
    await connection.hears("CAP END")
    connection.welcomes("checked", "NETWORK=Test")
    await asked(connection, {})


async def test_a_channel_that_is_not_answered_for_costs_only_itself() -> None:
    facts, of = await scripted(quiet, within=0.3)
    assert not facts.complete
    assert "did not answer" in grave(facts, of)["#a"].told


async def test_staying_out() -> None:
    facts, _ = await scripted(quiet, join=False)
    assert facts.complete
    assert facts.seats == ()


async def test_several_servers_until_one_lets_us_in() -> None:
    async with serving(quiet) as port:
        servers = [{"host": "127.0.0.1", "tls": False, "port": each} for each in (free_port(), port)]
        of = IrcSettings.model_validate({"servers": servers, "nick": "checked", "pace": AT_ONCE})
        dead, alive = await examine(Plan("net", of, within=PATIENCE), lambda _: None)
    assert "refused" in dead.trouble
    assert alive.welcomed
    assert findings((dead, alive), Desk(of), datetime.now(UTC)).well
