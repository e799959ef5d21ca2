"""The control socket itself: who may, what it takes, what it survives."""

import asyncio
import contextlib
import json
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from irc_networks import PATIENCE, Ears, line, now

from bot import unix_socket
from bot.desk.events import Event, Heard, Joined, Left, Proposed
from bot.desk.model import Failure, Line, Purpose
from bot.transports import control, control_connection, control_protocol
from bot.transports.base import NotSent
from bot.transports.control import ControlTransport
from bot.unix_socket import NobodyListens, SocketError, account_of
from routing.presence import Venue, Visibility

ME = account_of(os.geteuid())


class Client:
    """Somebody at the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def says(self, *raw: str | bytes) -> None:
        for each in raw:
            self.writer.write((each if isinstance(each, bytes) else each.encode()) + b"\n")

    async def reads(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            raw = await self.reader.readline()
        assert raw, "the desk closed the connection"
        said: dict[str, Any] = json.loads(raw)
        return said

    async def is_parted(self) -> None:
        # What was said and not read makes a reset of the end.
        with contextlib.suppress(ConnectionResetError):
            async with asyncio.timeout(PATIENCE):
                while await self.reader.read(1 << 16):
                    """What is still said."""


class Door:
    """A control socket, an inbox behind it, and what the rest of the desk would say to it."""

    def __init__(self, path: Path, users: set[int] | None = None) -> None:
        self.ears = Ears()
        self.path = path
        self.busy = asyncio.Event()
        self.busy.set()
        self.transport = ControlTransport(
            path,
            users={os.geteuid()} if users is None else users,
            clock=now,
            boot="boot",
            refused=lambda words: "no such thing" if words.startswith("no ") else None,
            commands=lambda: [{"usage": "why", "meaning": "explains", "names": ["why"]}],
            idle=self._idle,
        )

    async def _idle(self, _: Venue) -> None:
        await self.busy.wait()

    async def client(self) -> Client:
        return Client(*await asyncio.open_unix_connection(str(self.path), limit=1 << 22))

    async def hears(self, text: str) -> Heard:
        return await self.ears.heard(text)

    async def tells(self, heard: Heard, text: str) -> None:
        await self.transport.send(Line(heard.venue, text, Purpose.REPLY, event=heard.id), None, ())


def left_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pkgdesk-control-") as made:
        yield Path(made)


@contextlib.asynccontextmanager
async def serving(door: Door) -> AsyncIterator[Door]:
    door.transport.listen()
    run = asyncio.create_task(door.transport.run(door.ears))
    try:
        yield door
    finally:
        await door.transport.close("the test is over")
        await run


@pytest.fixture
async def door(folder: Path) -> AsyncIterator[Door]:
    async with serving(Door(folder / "pkgdesk.sock")) as opened:
        yield opened


# --- a command from its words to its end --------------------------------------------------------------------


async def test_the_end_comes_when_all_is_settled_and_told(door: Door) -> None:
    alice = await door.client()
    alice.says('{"say": "reload"}')
    heard = await door.hears("reload")
    assert (heard.speaker.account, heard.venue.private) == (ME, True)
    door.busy.clear()
    door.transport.leads_to(heard.id, "reference/1")
    door.transport.settled(heard.id, "well")
    door.transport.settled("reference/1", "complained")
    await door.tells(heard, "read anew")
    door.busy.set()
    assert await alice.reads() == {"line": "read anew"}
    assert await alice.reads() == {"end": "complained"}


async def test_of_what_may_come_of_it_one_is_waited_for(door: Door) -> None:
    alice = await door.client()
    alice.says("kb publish 3 4", "next")
    heard = await door.hears("kb publish 3 4")
    door.transport.leads_to(heard.id, "draft/3/2/done", "draft/3/2/failed")
    door.transport.leads_to(heard.id, "draft/4/2/done", "draft/4/2/failed")
    door.transport.settled(heard.id, "well")
    door.transport.settled("draft/4/2/failed", "complained")
    door.transport.settled("draft/3/2/done", "well")
    assert await alice.reads() == {"end": "complained"}
    after = await door.hears("next")
    door.transport.settled("draft/3/2/failed", "failed")
    door.transport.settled(after.id, "well")
    assert await alice.reads() == {"end": "well"}


async def test_commands_follow_one_another_and_what_nobody_asked_for_is_news(door: Door) -> None:
    alice = await door.client()
    alice.says('{"say": "one"}', "two", '{"list": "commands"}', '{"say": "no way"}')
    first = await door.hears("one")
    assert door.ears.texts() == ["one"]
    await door.transport.send(line(first.venue, "carol answered #4"), None, ())
    door.transport.settled(first.id, "well")
    second = await door.hears("two")
    door.transport.settled(second.id, "failed")
    assert [await alice.reads() for _ in range(7)] == [
        {"news": "carol answered #4"},
        {"end": "well"},
        {"end": "failed"},
        {"commands": [{"usage": "why", "meaning": "explains", "names": ["why"]}]},
        {"end": "well"},
        {"line": "no such thing"},
        {"end": "wrong"},
    ]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            "{",
            '{"sai": "x"}',
            '{"say": 5}',
            '{"say": "x", "as": "root"}',
            '{"say": ""}',
            '{"say": "\\u0000"}',
        ),
        *('{"say": [[' + "[" * 5000, '{"list": "users"}'),
    ],
)
async def test_what_is_no_request_is_told_and_nothing_is_done(door: Door, raw: str) -> None:
    alice = await door.client()
    alice.says(raw)
    assert "line" in await alice.reads()
    assert await alice.reads() == {"end": "wrong"}
    assert door.ears.texts() == []


async def test_a_proposal_is_a_whole_file_and_has_its_end_like_words(door: Door) -> None:
    alice = await door.client()
    now, was = 'id: a\nphrasings: ["ä"]\n', "id: a\r\n"
    said = {"now": now, "was": was, "note": "two\nlines", "number": 7}
    alice.says(json.dumps({"propose": said}))
    proposed = await door.ears.until(lambda event: isinstance(event, Proposed))
    assert (proposed.now, proposed.was, proposed.note, proposed.number) == (now, was, "two lines", 7)
    assert (proposed.speaker.account, proposed.venue.private) == (ME, True)
    door.transport.settled(proposed.id, "well")
    assert await alice.reads() == {"end": "well"}
    widest = '"\\\n' * (control_protocol.TEXT // 3)
    alice.says(json.dumps({"propose": {"now": widest, "was": widest, "note": '"' * 500}}))
    proposed = await door.ears.until(lambda event: isinstance(event, Proposed) and event.now == widest)
    assert proposed.number is None


@pytest.mark.parametrize(
    ("proposed", "said"),
    [
        ({}, "nothing was proposed"),
        ({"now": " \n"}, "nothing was proposed"),
        ({"now": "x", "then": "y"}, "say {"),
        ({"now": 5}, "say {"),
        ({"now": "x", "number": True}, "`number` is that of the draft"),
        ({"now": "x", "number": 2**31}, "`number` is that of the draft"),
        ({"now": "x" * (control_protocol.TEXT + 1)}, "`now` has 65537 bytes"),
        ({"now": "x", "was": "ä" * (control_protocol.TEXT // 2 + 1)}, "`was` has 65538 bytes"),
        ({"now": "x\ud800"}, "`now` holds half a character"),
        ({"now": "x", "note": "n" * 501}, "`note` has 501 characters"),
    ],
)
async def test_a_proposal_that_is_none_is_told_and_nothing_is_done(
    door: Door, proposed: dict[str, Any], said: str
) -> None:
    alice = await door.client()
    alice.says(json.dumps({"propose": proposed}))
    assert said in (await alice.reads())["line"]
    assert await alice.reads() == {"end": "wrong"}
    assert not [event for event in door.ears.events if isinstance(event, Proposed)]


async def test_words_are_bounded_though_a_proposal_may_be_longer(door: Door) -> None:
    alice = await door.client()
    alice.says("x" * (control_protocol.WORDS + 1))
    assert "longer than the 16384 bytes" in (await alice.reads())["line"]
    assert await alice.reads() == {"end": "wrong"}


async def test_a_line_with_nothing_in_it_is_passed_over(door: Door) -> None:
    alice = await door.client()
    alice.says("")
    alice.says("\r")
    alice.says("no thing")
    assert await alice.reads() == {"line": "no such thing"}
    assert await alice.reads() == {"end": "wrong"}


async def test_each_connection_is_a_venue_of_its_own(door: Door) -> None:
    one, other = await door.client(), await door.client()
    one.says("first")
    heard = await door.hears("first")
    other.says("second")
    too = await door.hears("second")
    assert {heard.venue.name, too.venue.name} == {ME, f"{ME}-2"}
    assert heard.speaker.account == too.speaker.account == ME
    await door.tells(too, "for the second")
    assert await other.reads() == {"line": "for the second"}


async def test_what_one_connection_asked_for_is_not_told_to_the_next_of_its_name(door: Door) -> None:
    alice = await door.client()
    alice.says("slow")
    heard = await door.hears("slow")
    alice.writer.close()
    await door.ears.until(lambda event: isinstance(event, Left))
    again = await door.client()
    again.says("quick")
    assert (await door.hears("quick")).venue == heard.venue
    with pytest.raises(NotSent) as gone:
        await door.tells(heard, "too late")
    assert gone.value.failure is Failure.ABSENT
    old = Line(heard.venue, "from before the start", Purpose.REPLY, event="control/other/1/1")
    with pytest.raises(NotSent):
        await door.transport.send(old, None, ())


async def test_who_has_said_all_is_still_answered(door: Door) -> None:
    alice = await door.client()
    alice.says("last words")
    alice.writer.write_eof()
    heard = await door.hears("last words")
    await door.tells(heard, "here you are")
    door.transport.settled(heard.id, "well")
    assert [await alice.reads(), await alice.reads()] == [{"line": "here you are"}, {"end": "well"}]
    await alice.is_parted()


async def test_a_defect_behind_the_door_ends_the_command(door: Door) -> None:
    door.ears.hurts = "boom"
    alice = await door.client()
    alice.says("boom")
    assert await alice.reads() == {"end": "failed"}


async def test_the_desk_itself_is_seen_there_so_that_nobody_waits_for_the_absent(door: Door) -> None:
    there = await door.ears.until(lambda event: isinstance(event, Joined))
    assert (there.speaker.nick, there.speaker.account) == ("pkgdesk", None)


# --- who may ------------------------------------------------------------------------------------------------


async def test_who_is_no_operator_is_told_so_and_heard_by_nobody(folder: Path) -> None:
    async with serving(Door(folder / "pkgdesk.sock", users={os.geteuid() + 1})) as door:
        stranger = await door.client()
        stranger.says('{"say": "drain"}')
        assert f"{ME} is no operator of this desk" in (await stranger.reads())["error"]
        await stranger.is_parted()
        assert not [event for event in door.ears.events if isinstance(event, Heard)]


async def test_the_file_is_its_owner_s_alone_whatever_the_umask(folder: Path) -> None:
    before = os.umask(0)
    try:
        async with serving(Door(folder / "pkgdesk.sock")) as door:
            assert stat.S_IMODE(door.path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_with_a_group_its_members_can_reach_it(folder: Path) -> None:
    path = folder / "pkgdesk.sock"
    unix_socket.listen(path, str(os.getegid())).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with pytest.raises(SocketError, match="there is no group `nobody-is-in-it`"):
        unix_socket.listen(path, "nobody-is-in-it")
    assert left_in(folder) == ["pkgdesk.sock"]


# --- the file -----------------------------------------------------------------------------------------------


def test_a_number_that_no_group_can_have_leaves_nothing_behind(folder: Path) -> None:
    with pytest.raises(SocketError, match="no group can have the number 99999999999"):
        unix_socket.listen(folder / "pkgdesk.sock", group="99999999999")
    assert left_in(folder) == []


async def test_the_file_is_gone_at_the_end(folder: Path) -> None:
    async with serving(Door(folder / "pkgdesk.sock")) as door:
        await door.client()
    assert left_in(folder) == []


async def test_what_a_dead_desk_left_is_replaced(folder: Path) -> None:
    path = folder / "pkgdesk.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with pytest.raises(NobodyListens):
        unix_socket.connect(path, 1)
    async with serving(Door(path)) as door:
        assert "wrong" in await _end(await door.client())


async def _end(client: Client) -> str:
    client.says("no such command")
    await client.reads()
    return str((await client.reads()).get("end"))


async def test_a_live_one_is_not_stolen(door: Door) -> None:
    with pytest.raises(SocketError, match="another desk listens on"):
        unix_socket.listen(door.path)
    alice = await door.client()
    alice.says("no harm done")
    assert await alice.reads() == {"line": "no such thing"}


async def test_what_is_no_socket_is_not_touched(folder: Path) -> None:
    path = folder / "pkgdesk.sock"
    path.write_text("my diary")
    with pytest.raises(SocketError, match="is in the way"):
        unix_socket.listen(path)
    assert path.read_text() == "my diary"


def test_a_file_that_somebody_else_has_put_there_since_stays(folder: Path) -> None:
    path = folder / "pkgdesk.sock"
    unix_socket.listen(path).close()
    made = path.lstat()
    kept = path.rename(folder / "kept")
    unix_socket.listen(path).close()
    unix_socket.remove(path, made)
    assert path.exists()
    unix_socket.remove(kept, made)
    assert not kept.exists()


async def test_a_path_that_no_address_holds_is_reached_all_the_same(folder: Path) -> None:
    deep = folder / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    door = Door(deep / "pkgdesk.sock")
    async with serving(door):
        connection = await asyncio.to_thread(unix_socket.connect, door.path, PATIENCE)
        connection.close()
        await door.ears.until(lambda event: isinstance(event, Left))
    assert left_in(deep) == []
    with pytest.raises(SocketError, match="too long for a socket"):
        unix_socket.connect(folder / ("n" * 200), PATIENCE)


@pytest.mark.parametrize("where", ["nowhere/pkgdesk.sock", "n/a"])
def test_a_folder_that_is_not_there_is_named(folder: Path, where: str) -> None:
    with pytest.raises(SocketError, match=r"there is no folder .*; mend that, or set control\.socket"):
        unix_socket.listen(folder / where)


# --- what it survives ---------------------------------------------------------------------------------------


async def test_a_line_without_an_end_ends_the_connection(door: Door) -> None:
    mallory = await door.client()
    mallory.writer.write(b"x" * (control_protocol.LINE + 1))
    assert await mallory.reads() == {"error": f"a line is longer than {control_protocol.LINE} bytes"}
    await mallory.is_parted()


async def test_who_never_reads_is_parted_with_and_holds_up_nobody(door: Door) -> None:
    deaf, alice = await door.client(), await door.client()
    deaf.says("say much")
    heard = await door.hears("say much")
    deaf.reader._limit = 1  # type: ignore[attr-defined]
    text = "x" * 4000
    told = 0
    with contextlib.suppress(NotSent):
        while told < 4 * control_connection.UNREAD:
            await door.tells(heard, text)
            told += len(text)
    assert told < 2 * control_connection.UNREAD
    await door.ears.until(lambda event: isinstance(event, Left))
    alice.says("still here")
    await door.hears("still here")


async def test_who_says_more_than_is_dealt_with_is_not_read_on(door: Door) -> None:
    mallory = await door.client()
    mallory.says("begin")
    await door.hears("begin")

    async def floods() -> None:
        while True:
            mallory.says("more" * 1000)
            await mallory.writer.drain()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await floods()
    assert mallory.writer.transport.get_write_buffer_size() > 0
    alice = await door.client()
    alice.says("still here")
    await door.hears("still here")


async def test_of_long_lines_fewer_are_held(door: Door) -> None:
    mallory = await door.client()
    mallory.says("begin")
    await door.hears("begin")
    said, line = 0, "x" * (control_protocol.LINE - 1)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            while said < 16 * control_connection.HELD:
                mallory.says(line)
                await mallory.writer.drain()
                said += len(line)
    assert said < 8 * control_connection.HELD


async def test_connections_are_counted_and_beyond_the_cap_refused(door: Door) -> None:
    many = [await door.client() for _ in range(control.MOST)]
    arrived = 0
    for _ in range(200):
        late = await door.client()
        assert "connections are open" in (await late.reads())["error"]
        late.writer.close()
        arrived += 1
    assert arrived == 200
    many[7].writer.close()
    await door.ears.until(lambda event: isinstance(event, Left))
    again = await door.client()
    again.says("at last")
    await door.hears("at last")
    for each in many:
        each.writer.close()


async def test_the_inbox_that_waits_holds_events_back_in_order(door: Door) -> None:
    door.ears.open.clear()
    alice, bob = await door.client(), await door.client()
    alice.says("a")
    bob.says("b")
    door.ears.open.set()
    await door.hears("a")
    await door.hears("b")
    kinds = [type(event) for event in door.ears.events if isinstance(event, Event)]
    assert kinds[0] is Joined


async def test_everybody_is_told_of_the_end(door: Door) -> None:
    alice = await door.client()
    alice.says("wait")
    await door.hears("wait")
    await door.transport.close("back soon")
    assert await alice.reads() == {"goodbye": "back soon"}
    await alice.is_parted()
    venue = Venue("control", ME, Visibility.PRIVATE)
    with pytest.raises(NotSent):
        await door.transport.send(line(venue, "too late"), None, ())
