"""One connection after the other: what is late, what fails inside, where it goes next, what it says first."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from irc_daemons import free_port
from irc_people import CHANNEL, PATIENCE
from irc_script import Connection, scripted
from structlog.testing import capture_logs

from bot.desk.events import RosterLost
from bot.transports.irc.link import Link, Message, open_link
from bot.transports.irc.settings import IrcSettings

AN_INSTANT = timedelta(milliseconds=1)
ALICE = ":alice!~a@host.example"


async def test_a_handler_that_fails_costs_its_line_and_nothing_else() -> None:
    connections: asyncio.Queue[Connection] = asyncio.Queue()

    async def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await connections.put(Connection(reader, writer))

    heard: list[str] = []
    ended = asyncio.get_running_loop().create_future()

    def hears(message: Message) -> None:
        if message[1] == "sesame":
            raise RuntimeError("a defect")
        heard.append(message[1])

    def opening(link: Link) -> None:
        """Nothing is to be said first."""

    async with await asyncio.start_server(accepted, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        settings = IrcSettings.model_validate(
            {"host": "127.0.0.1", "port": port, "tls": False, "nick": "pkgdesk"}
        )
        link = await open_link(settings, settings.in_turn[0], opening, hears, ended.set_result)
        server = await connections.get()
        with capture_logs() as logged:
            for text in ("before", "sesame", "after"):
                server.says(f"{ALICE} PRIVMSG {CHANNEL} :{text}")
            await server.alive()
        assert heard == ["before", "after"]
        assert [each["event"] for each in logged] == ["a line could not be read"]
        assert "sesame" not in str(logged), "it may be anybody's words"
        assert not ended.done()
        link.disconnect("that was it")
        assert await asyncio.wait_for(ended, PATIENCE) == "that was it"
        await server.hang_up()


async def test_the_late_end_of_an_old_connection_does_not_touch_the_new_one() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        assert world.transport._session is not None
        old = world.transport._session.standing.link
        assert old is not None
        await server.hang_up()
        again = await world.connection()
        await again.lets_in()
        before = len(world.ears.events)
        old.protocol.connection_lost(ConnectionResetError(104, "Connection reset by peer"))
        old.disconnect("once more")
        again.says(f"{ALICE} PRIVMSG {CHANNEL} :from the new one")
        await world.ears.heard("from the new one")
        await again.alive()
        assert world.transport.connected
        assert not [event for event in world.ears.events[before:] if isinstance(event, RosterLost)]


async def test_a_server_that_cannot_be_had_leaves_the_next_one() -> None:
    nobody = {"host": "127.0.0.1", "port": free_port(), "tls": False}
    with capture_logs() as logged:
        async with scripted(ahead=[nobody, nobody]) as world:
            server = await world.connection()
            await server.lets_in()
    told = [each["error"] for each in logged if each["event"] == "could not connect"]
    assert told == [f"127.0.0.1:{nobody['port']}: connection refused"] * 2
    ends = [each for each in logged if each["event"] in ("could not connect", "connection ended")]
    assert [each.get("again_in") for each in ends] == ["0 s", "0 s", None], (
        "after the end there is no next one"
    )


async def test_a_file_of_certificates_that_is_not_there_is_logged_with_its_setting(tmp_path: Path) -> None:
    gone = tmp_path / "gone.pem"
    with capture_logs() as logged:
        async with scripted(ahead=[{"host": "127.0.0.1", "port": free_port(), "ca_file": gone}]) as world:
            await (await world.connection()).lets_in()
    [told] = [each for each in logged if each["event"] == "could not connect"]
    assert told["log_level"] == "error"
    assert told["error"].endswith(f": ca_file: cannot read {gone}: no such file or directory")
    assert "`ca_file`" in told["remedy"]


@pytest.mark.parametrize(
    "last",
    [
        "465 pkgdesk :You are banned from this server- no bots",
        "ERROR :Closing Link: desk.example (K-Lined)",
    ],
)
async def test_a_server_that_does_not_want_the_desk_is_told_of_with_its_words(last: str) -> None:
    with capture_logs() as logged:
        async with scripted(times={"reconnect": AN_INSTANT, "reconnect_most": AN_INSTANT}) as world:
            server = await world.connection()
            await server.hears("USER ")
            server.says(last)
            await server.hang_up()
            await (await world.connection()).hears("CAP LS 302")
    (told,) = [each for each in logged if each["event"] == "the server does not want the desk"]
    assert told["log_level"] == "error"
    assert told["words"] == last.partition(" :")[2]
    assert "staff" in told["remedy"]


async def test_what_it_is_and_who_runs_it_is_said_at_once() -> None:
    async with scripted(operator="alice@example.org", username="desk") as world:
        server = await world.connection()
        said = await server.hears("USER ")
        assert said == "USER desk 0 * :packagers' desk, a bot run by alice@example.org"


async def test_a_sign_of_life_is_given_before_we_are_let_in_as_well() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.says("PING :a cookie, in so many words", "PING 4711")
        assert await server.hears("PONG") == "PONG :a cookie, in so many words"
        assert await server.hears("PONG") == "PONG :4711"
