"""What a connection has to endure: hostile bytes, floods, silence, TLS that cannot be trusted."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from irc.client_aio import AioReactor
from irc_daemons import make_certificate, trusting
from irc_networks import CHANNEL, PATIENCE, line
from irc_script import World, scripted
from structlog.testing import capture_logs

from bot.desk.events import RosterLost
from bot.desk.model import Failure
from bot.transports.base import NotSent
from bot.transports.framing import Framing
from bot.transports.irc.link import AT_ONCE, CROWD, MOST_WAITING, Link
from bot.transports.irc.transport import HIGH

ALICE = ":alice!~a@host.example"

HOSTILE = [
    b" ",
    b"",
    b"   ",
    b":",
    b": ",
    b"@",
    b"@ ",
    b"@a=b",
    b"@a=b :x",
    b"PING",
    b"PING :",
    b"PING :a\0b",
    b"QUIT",
    b":alice QUIT",
    b":alice!~a@h QUIT",
    b"PRIVMSG",
    b":alice!~a@h PRIVMSG",
    b":alice!~a@h PRIVMSG #xen-packaging",
    b":alice!~a@h PRIVMSG pkgdesk",
    b":alice!~a@h PRIVMSG :",
    b":alice!~a@h NOTICE",
    b":alice!~a@h JOIN",
    b":alice!~a@h PART",
    b":alice!~a@h NICK",
    b":alice!~a@h NICK :",
    b"NICK :nobody",
    b":pkgdesk!~d@h NICK",
    b":op!~o@h KICK",
    b":op!~o@h KICK #xen-packaging",
    b":alice!~a@h ACCOUNT",
    b":alice!~a@h AWAY",
    b":alice!~a@h CHGHOST",
    b":irc 005 pkgdesk PREFIX= CHANMODES= =x -= PREFIX=(o CHANLIMIT=#:a TARGMAX=a:b:c \\x :odd",
    b":irc 005",
    b":irc 001",
    b":irc 353",
    b":irc 353 pkgdesk = #xen-packaging",
    b":irc 354 pkgdesk 152",
    b":irc 366",
    b":irc 315",
    b":irc 396",
    b":irc 401",
    b":irc 433",
    b":irc 471",
    b":irc 900",
    b":irc 904",
    b":irc CAP",
    b":irc CAP pkgdesk",
    b":irc CAP pkgdesk LS",
    b":irc CAP pkgdesk NEW :sasl",
    b":irc CAP pkgdesk DEL :",
    b":irc CAP pkgdesk NAK :",
    b":irc AUTHENTICATE",
    b":irc AUTHENTICATE +",
    b":irc BATCH",
    b":irc BATCH +",
    b":irc BATCH -x",
    b":irc PONG",
    b":irc ACK",
    b":irc FAIL",
    b":irc ERROR",
    b":irc 99999999999999999999",
    b":irc \xe9\xff",
    b"\xff\xfe\xfd",
    b":caf\xe9!~c@h PRIVMSG #xen-packaging :caf\xe9",
    b":alice!~a@h PRIVMSG #xen-packaging :n\0ul",
    b":alice!~a@h PRIVMSG #xen-packaging :lone\rCR",
    b":alice!~a@h PRIVMSG #xen-packaging :\x01",
    b":alice!~a@h PRIVMSG #xen-packaging :\x01\x01",
    b":alice!~a@h PRIVMSG #xen-packaging :\x01ACTION",
    b"@time=;msgid=;account=;batch=;label= :alice!~a@h PRIVMSG #xen-packaging :empty tags",
    b"@time=9999-12-31T23:59:59Z :alice!~a@h PRIVMSG #xen-packaging :the far future",
    b"@time=0001-01-01T00:00:00+14:00 :alice!~a@h PRIVMSG #xen-packaging :the far past",
    b"@" + b"x" * 9000 + b" :alice!~a@h PRIVMSG #xen-packaging :too many tags",
    b":alice!~a@h PRIVMSG #xen-packaging :" + b"x" * 100_000,
]


async def test_no_line_ends_the_connection() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        for number, hostile in enumerate(HOSTILE):
            server.says(hostile, f"{ALICE} PRIVMSG {CHANNEL} :still here {number}")
            await world.ears.heard(f"still here {number}")
        await server.alive()
        assert world.transport.connected
        assert "lone CR" in world.ears.texts()
        assert "café" in world.ears.texts()
        assert not [event for event in world.ears.events if isinstance(event, RosterLost)]
        assert not [text for text in world.ears.texts() if "too many" in text or len(text) > 9000]


async def test_lines_that_cannot_be_read_fill_no_disk() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        with capture_logs() as logged:
            server.says(*[" "] * 200)
            await server.alive()
        assert [each["event"] for each in logged] == ["a line could not be read"]


async def test_the_same_lines_before_we_are_let_in_do_no_harm_either() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.says(*(hostile for hostile in HOSTILE if b"433" not in hostile and b" 001" not in hostile))
        server.says(f"{ALICE} PRIVMSG pkgdesk :still here")
        await world.ears.heard("still here")
        server.welcomes()
        await server.hears("JOIN")


async def test_twenty_megabytes_without_a_line_end_cost_nothing() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        for _ in range(20):
            server.writer.write(b"x" * 1_000_000)
            await asyncio.wait_for(server.writer.drain(), PATIENCE)
        server.says("", f"{ALICE} PRIVMSG {CHANNEL} :still here")
        await world.ears.heard("still here")


async def turns(until: Callable[[], bool], world: World) -> list[bool]:
    """Whether the server was being read from, at each turn of the event loop until what is waited for."""
    reading: list[bool] = []
    async with asyncio.timeout(PATIENCE):
        while True:
            reading.append(is_read(world))
            if until():
                return reading
            await asyncio.sleep(0)


def is_read(world: World) -> bool:
    session = world.transport._session
    assert session is not None
    assert session._standing.link is not None
    assert session._standing.link.transport is not None
    return session._standing.link.transport.is_reading()


async def test_a_flood_is_read_in_order_and_others_get_their_turn() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        count = 3 * MOST_WAITING
        server.says(*(f"{ALICE} PRIVMSG {CHANNEL} :{number}" for number in range(count)))
        reading = await turns(lambda: len(world.ears.texts()) == count, world)
        assert world.ears.texts() == [str(number) for number in range(count)]
        assert len(reading) > count / AT_ONCE
        assert not all(reading)


class _Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.reading = asyncio.Event()
        self.reading.set()

    def pause_reading(self) -> None:
        self.reading.clear()

    def resume_reading(self) -> None:
        self.reading.set()


async def test_in_a_crowd_several_lines_are_left_to_come_together() -> None:
    link = Link(AioReactor(loop=asyncio.get_running_loop()))
    link.transport = wire = _Wire()
    link.buffer, link.real_server_name, link.server = Framing(), "", "irc.example"
    heard: list[str] = []
    link.heard = lambda message: heard.append(message[-1])
    link.process_data(b":a!b@c PRIVMSG #d :one\r\n")
    assert (heard, wire.reading.is_set()) == (["one"], True), "a line by itself waits for nothing"
    for _ in range(CROWD):
        link.process_data(b":a!b@c PRIVMSG #d :two\r\n")
    assert (heard[1:], wire.reading.is_set()) == (["two"] * CROWD, False)
    link.hold(True)
    link.hold(False)
    assert not wire.reading.is_set()
    async with asyncio.timeout(PATIENCE):
        await wire.reading.wait()


async def test_while_the_inbox_takes_nothing_the_connection_lives_and_reading_stops() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        world.ears.open.clear()
        for _ in range(HIGH // AT_ONCE - 1):
            server.says(*[f"{ALICE} PRIVMSG {CHANNEL} :more"] * AT_ONCE)
            await server.alive()
        await turns(lambda: is_read(world), world)
        server.says(*[f"{ALICE} PRIVMSG {CHANNEL} :more"] * 2 * AT_ONCE)
        await turns(lambda: not is_read(world), world)
        world.ears.open.set()
        await server.alive()
        await turns(lambda: is_read(world), world)


async def test_a_silent_server_is_asked_and_then_given_up() -> None:
    times = {"silence": timedelta(milliseconds=30), "sign_of_life": timedelta(milliseconds=30)}
    async with scripted(times=times) as world:
        server = await world.connection()
        await server.lets_in()
        assert (await server.hears("PING")) == "PING :alive"
        await server.ends()
        await world.told(RosterLost)
        await (await world.connection()).hears("CAP LS 302")


async def test_a_server_that_answers_is_kept() -> None:
    times = {"silence": timedelta(milliseconds=30), "sign_of_life": timedelta(seconds=5)}
    async with scripted(times=times) as world:
        server = await world.connection()
        await server.lets_in()
        for _ in range(3):
            await server.hears("PING :alive")
            server.tells("PONG irc.script.test :alive")
        assert world.transport.connected


async def test_what_the_server_says_last_is_still_heard() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        server.says(*(f"{ALICE} PRIVMSG {CHANNEL} :{number}" for number in range(10 * AT_ONCE)))
        server.says("ERROR :Closing link: Excess Flood")
        await server.hang_up()
        lost = await world.told(RosterLost)
        texts = [getattr(event, "text", "") for event in world.ears.events[: world.ears.events.index(lost)]]
        assert texts[-1] == str(10 * AT_ONCE - 1)


async def test_a_server_that_is_not_there_is_tried_until_the_desk_closes() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        for _ in range(5):
            await server.hang_up()
            server = await world.connection()
        with pytest.raises(NotSent) as refused:
            await world.transport.send(line(world.channel, "hello"), None, ())
        assert refused.value.later


async def test_what_is_said_while_nothing_is_connected_may_be_said_later() -> None:
    async with scripted(times={"reconnect": timedelta(hours=1)}) as world:
        server = await world.connection()
        await server.lets_in()
        await server.hang_up()
        await world.told(RosterLost)
        with pytest.raises(NotSent) as refused:
            await world.transport.send(line(world.channel, "hello"), None, ())
        assert (refused.value.failure, refused.value.later) == (Failure.REFUSED, True)


async def test_closing_while_coming_in_ends_at_once() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        closing = asyncio.create_task(world.transport.close("never mind"))
        assert await server.hears("QUIT") == "QUIT :never mind"
        await server.hang_up()
        await asyncio.wait_for(closing, PATIENCE)


# --- TLS ------------------------------------------------------------------------------------------------


async def test_a_server_that_cannot_be_verified_gets_nothing(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    context = trusting(tmp_path / "cert.pem")
    attempts: asyncio.Queue[None] = asyncio.Queue()
    context.sni_callback = lambda *_: attempts.put_nowait(None)
    async with scripted(tls=True, server_tls=context) as world:
        for _ in range(3):
            await asyncio.wait_for(attempts.get(), PATIENCE)
        assert not world.was_reached
        assert not world.transport.connected


async def test_a_server_whose_certificate_is_trusted_is_used(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    certificate = tmp_path / "cert.pem"
    async with scripted(tls=True, ca_file=certificate, server_tls=trusting(certificate)) as world:
        server = await world.connection()
        await server.lets_in()
        await server.hang_up()
        again = await world.connection()
        await again.lets_in()
        again.says(f"{ALICE} PRIVMSG {CHANNEL} :over TLS")
        await world.ears.heard("over TLS")
        assert world.transport.connected
