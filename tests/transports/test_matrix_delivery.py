"""Lines on their way to a homeserver that answers as it is told to, and what becomes of them."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from matrix_sync import ALICE, ME, NEXT, ROOM, create, inside, member, nowhere, rules, state

from bot.desk.model import Failure, Line, Purpose, Speaker
from bot.transports.base import NotSent, Receipt, Unconfirmed
from bot.transports.matrix.delivery import MOST_TRIES, REMEMBERED, Delivery
from bot.transports.matrix.encryption import KeysUnusable, Plain
from bot.transports.matrix.folding import fold
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms
from routing.presence import Venue, Visibility

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
XEN = "#xen:example.org"
PUBLIC = Venue("matrix", XEN)
OTHER = Venue("matrix", "!other:example.org", Visibility.MEMBERS)
BAD_THREAD = Refused(400, "M_UNKNOWN", "Cannot start threads from an event with a relation")

Answer = str | Exception
Sent = tuple[str, str, Mapping[str, Any]]


class Told(Plain):
    """Says what it is told to, in order, and else yes; `sent`: room, transaction id and content of each."""

    def __init__(self, homeserver: Homeserver, *answers: Answer) -> None:
        super().__init__(homeserver, "there is none")
        self.answers = list(answers)
        self.sent: list[Sent] = []
        self.waits: asyncio.Event | None = None

    async def send(self, room: Room, kind: str, content: Mapping[str, Any], tx_id: str) -> str:
        assert kind == "m.room.message"
        self.sent.append((room.id, tx_id, dict(content)))
        if self.waits is not None:
            await self.waits.wait()
        answer = self.answers.pop(0) if self.answers else f"$event{len(self.sent)}"
        if isinstance(answer, Exception):
            raise answer
        return answer


class Desk:
    """A delivery with clocks that stand still until they are moved; one can be set, and the other may have
    slept."""

    def __init__(self, *answers: Answer, same_device: bool = True) -> None:
        everybody = (create(), rules("public"), member(ME), member(ALICE, displayname="Alice"))
        known = nowhere(xen=Visibility.PUBLIC)
        for room in (ROOM, OTHER.name):
            known, _ = fold(known, inside(room, state=everybody))
        self.rooms: Rooms = known.named(XEN, ROOM)
        self.now = START
        self.set_by = self.slept = timedelta()
        self.missing: tuple[str, ...] = ()
        self.fatal: list[Exception] = []
        homeserver = Homeserver("http://127.0.0.1:9", ME)
        self.told = Told(homeserver, *answers)
        self.delivery = Delivery(
            homeserver,
            self.told,
            lambda: self.rooms,
            salt="salt",
            same_device=same_device,
            encrypt=False,
            ghosts=Ghosts(("@irc_*:example.org",)),
            clock=lambda: self.now + self.set_by,
            seconds=lambda: (self.now - self.slept).timestamp(),
            fatal=self.fatal.append,
            closed={"#closed:example.org": "we are banned"}.get,
            missing=lambda: self.missing,
        )

    async def send(self, line: Line, to: str | None = None) -> Receipt:
        return await self.delivery.send(line, to, ())

    async def fails(self, line: Line) -> NotSent:
        with pytest.raises(NotSent) as caught:
            await self.send(line)
        return caught.value

    @property
    def bodies(self) -> list[str]:
        return [content["body"] for _, _, content in self.told.sent]


def line(number: int, text: str = "yes", venue: Venue = PUBLIC, **more: Any) -> Line:
    return Line(venue, text, Purpose.TELL, id=number, **more)


def throttled(after: float | None = 5.0) -> Refused:
    return Refused(429, "M_LIMIT_EXCEEDED", "Too Many Requests", after)


async def test_a_line_is_an_event_under_an_id_of_its_own() -> None:
    desk = Desk()
    alice = Speaker("matrix", ALICE, ALICE)
    assert await desk.send(line(7, addressee=alice), ALICE) == Receipt(START, f"{ALICE}: yes", "$event1")
    [(room, tx_id, content)] = desk.told.sent
    assert (room, tx_id, content["msgtype"]) == (ROOM, "pkgdesk-salt-7", "m.notice")


async def test_lines_without_a_number_have_ids_that_never_come_again() -> None:
    desk = Desk()
    await desk.send(line(0))
    await desk.send(line(0))
    first, second = (tx_id for _, tx_id, _ in desk.told.sent)
    assert first != second
    desk.told.answers = [Unreachable("no answer in time")]
    with pytest.raises(Unconfirmed):
        await desk.send(line(0))


async def test_lines_to_one_venue_wait_for_each_other_and_no_others_do() -> None:
    desk = Desk()
    desk.told.waits = asyncio.Event()
    sending = [asyncio.create_task(desk.send(line(number, str(number)))) for number in (1, 2, 3, 4)]
    other = asyncio.create_task(desk.send(line(5, "5", OTHER)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert desk.bodies == ["1", "5"]
    desk.told.waits.set()
    await asyncio.gather(*sending, other)
    assert desk.bodies == ["1", "5", "2", "3", "4"]


async def test_what_is_throttled_is_overtaken_by_nothing_in_its_venue() -> None:
    desk = Desk(throttled(5.0))
    first, second = await asyncio.gather(*(desk.fails(line(number)) for number in (1, 2)))
    for error in (first, second):
        assert (error.failure, error.later, error.after) == (Failure.THROTTLED, True, 5.0)
    assert len(desk.told.sent) == 1
    await desk.send(line(3, venue=OTHER))
    desk.now += timedelta(seconds=4)
    assert (await desk.fails(line(2))).after == 1.0
    desk.now += timedelta(seconds=1)
    for number in (1, 2):
        await desk.send(line(number))
    assert [tx_id for _, tx_id, _ in desk.told.sent if tx_id != "pkgdesk-salt-3"] == [
        *("pkgdesk-salt-1", "pkgdesk-salt-1", "pkgdesk-salt-2")
    ]


async def test_a_server_that_does_not_say_how_long_is_left_alone_all_the_same() -> None:
    assert ((await Desk(throttled(None)).fails(line(1))).after or 0) > 0


@pytest.mark.parametrize(
    ("answer", "failure", "later"),
    [
        (Unreachable("no answer in time"), Failure.REFUSED, True),
        (Refused(403, "M_FORBIDDEN", "You may not speak"), Failure.REFUSED, False),
        (Refused(404, "M_NOT_FOUND", "No such room"), Failure.REFUSED, False),
        (Refused(413, "M_TOO_LARGE", "event too large"), Failure.UNSENDABLE, False),
        (Refused(400, "M_BAD_JSON", "not JSON"), Failure.UNSENDABLE, False),
        (Refused(500, "M_UNKNOWN", "Internal server error"), Failure.THROTTLED, True),
    ],
)
async def test_how_it_fails_is_told_in_the_servers_words(
    answer: Exception, failure: Failure, later: bool
) -> None:
    desk = Desk(answer)
    error = await desk.fails(line(1))
    assert (error.failure, error.later, error.detail) == (failure, later, str(answer))
    assert desk.fatal == []


async def test_what_ends_the_desk_is_told_and_the_line_waits_for_the_next_start() -> None:
    for answer in (Fatal(401, "M_UNKNOWN_TOKEN", "", "log in"), KeysUnusable(Path("keys"), "is", "mend it")):
        desk = Desk(answer)
        assert (await desk.fails(line(1))).later
        assert desk.fatal == [answer]


async def test_a_line_on_which_the_server_stumbles_is_given_up() -> None:
    trouble = Refused(500, "M_UNKNOWN", "Internal server error")
    desk = Desk(*[trouble] * MOST_TRIES)
    for _ in range(MOST_TRIES - 1):
        error = await desk.fails(line(1))
        assert error.later
        desk.now += timedelta(seconds=error.after or 0)
    assert not (await desk.fails(line(1))).later


async def test_the_text_counts_more_than_what_it_refers_to() -> None:
    desk = Desk(BAD_THREAD)
    receipt = await desk.send(line(1, reply_to="$said", thread="$said"))
    assert receipt.message == "$event2"
    first, second = (content for _, _, content in desk.told.sent)
    assert "m.relates_to" in first
    assert second == {key: value for key, value in first.items() if key != "m.relates_to"}
    assert len({tx_id for _, tx_id, _ in desk.told.sent}) == 1
    assert (await Desk(BAD_THREAD).fails(line(1))).failure is Failure.REFUSED


# --- which room -----------------------------------------------------------------------------------------


async def test_a_room_that_was_upgraded_while_a_line_waited_is_left_alone() -> None:
    desk = Desk()
    desk.told.waits = asyncio.Event()
    sending = [asyncio.create_task(desk.send(line(number))) for number in (1, 2)]
    for _ in range(3):
        await asyncio.sleep(0)
    desk.rooms, _ = fold(
        desk.rooms, inside(ROOM, state("m.room.tombstone", {"replacement_room": NEXT, "body": "moved"}))
    )
    new = (create("12", predecessor={"room_id": ROOM}), rules("public"), member(ME))
    desk.rooms, _ = fold(desk.rooms, inside(NEXT, state=new))
    desk.told.waits.set()
    await asyncio.gather(*sending)
    assert [room for room, _, _ in desk.told.sent] == [ROOM, NEXT]


async def test_a_line_waits_while_the_desk_is_on_its_way_into_a_rooms_successor() -> None:
    desk = Desk()
    desk.rooms, _ = fold(desk.rooms, inside(ROOM, state("m.room.tombstone", {"replacement_room": NEXT})))
    desk.missing = (XEN,)
    assert (await desk.fails(line(1))).later
    assert desk.told.sent == []
    new = (create("12", predecessor={"room_id": ROOM}), rules("public"), member(ME))
    desk.rooms, _ = fold(desk.rooms, inside(NEXT, state=new))
    desk.missing = ()
    await desk.send(line(1))
    assert [room for room, _, _ in desk.told.sent] == [NEXT]


@pytest.mark.parametrize(
    ("trouble", "again"),
    [(Unreachable("no answer"), False), (Refused(500, "M_UNKNOWN", "oops"), False), (throttled(0.0), True)],
)
async def test_a_line_that_may_be_in_one_room_is_said_in_no_other(trouble: Exception, again: bool) -> None:
    desk = Desk(trouble)
    assert (await desk.fails(line(1))).later
    desk.now += timedelta(seconds=10)
    desk.rooms = desk.rooms.named(XEN, OTHER.name)
    if again:
        await desk.send(line(1))
        assert [room for room, _, _ in desk.told.sent] == [ROOM, OTHER.name]
        return
    with pytest.raises(Unconfirmed):
        await desk.send(line(1))
    assert [room for room, _, _ in desk.told.sent] == [ROOM]


async def test_a_room_that_we_are_not_in_is_waited_for_while_it_may_be_joined() -> None:
    desk = Desk()
    desk.rooms = nowhere(xen=Visibility.PUBLIC, closed=Visibility.PUBLIC)
    assert (await desk.fails(line(1))).later
    closed = await desk.fails(line(2, venue=Venue("matrix", "#closed:example.org")))
    assert (closed.later, closed.detail) == (False, "we are banned")
    assert not (await desk.fails(line(3, venue=OTHER))).later
    assert desk.told.sent == []


async def test_what_was_sealed_goes_nowhere_where_it_is_not() -> None:
    desk = Desk()
    error = await desk.fails(line(1, venue=replace(PUBLIC, sealed=True)))
    assert (error.failure, error.later, error.detail) == (Failure.REFUSED, False, "the room is not encrypted")
    private = Venue("matrix", ALICE, Visibility.PRIVATE, sealed=True)
    error = await desk.fails(line(2, venue=private))
    assert (error.later, error.detail) == (False, "it must be encrypted, and the desk cannot")
    assert desk.told.sent == []


async def test_a_room_that_lets_our_server_not_speak_is_told_so() -> None:
    desk = Desk()
    acl = state("m.room.server_acl", {"allow": ["*"], "deny": ["example.org"]})
    desk.rooms, _ = fold(desk.rooms, inside(ROOM, acl))
    assert "ACL" in (await desk.fails(line(1))).detail


@pytest.mark.parametrize(
    ("name", "failure"),
    [
        ("alice", Failure.UNSENDABLE),
        (ME, Failure.UNSENDABLE),
        ("@irc_bob:example.org", Failure.NOT_PRIVATELY),
    ],
)
async def test_there_are_those_to_whom_nothing_is_said_privately(name: str, failure: Failure) -> None:
    desk = Desk()
    assert (await desk.fails(line(1, venue=Venue("matrix", name, Visibility.PRIVATE)))).failure is failure


# --- what the server remembers --------------------------------------------------------------------------


def before(number: int = 1, *, ago: timedelta, begun: bool = True) -> Line:
    return line(number, queued_at=START - ago, begun=begun)


async def test_a_line_that_was_begun_before_the_start_is_sent_again() -> None:
    dead, desk = Desk(Unreachable("no answer")), Desk()
    await dead.fails(before(ago=timedelta(hours=1), begun=False))
    await desk.send(before(ago=timedelta(hours=1)))
    assert desk.told.sent == dead.told.sent


@pytest.mark.parametrize(
    ("queued", "upgraded", "begun", "sent"), [(2, 1, True, False), (1, 2, True, True), (2, 1, False, True)]
)
async def test_what_may_stand_in_the_old_room_is_not_said_in_its_successor_as_well(
    queued: int, upgraded: int, begun: bool, sent: bool
) -> None:
    """In hours before the start."""
    desk, at = Desk(), START - timedelta(hours=upgraded)
    tombstone = state("m.room.tombstone", {"replacement_room": NEXT})
    tombstone["origin_server_ts"] = int(at.timestamp() * 1000)
    new = (create("12", predecessor={"room_id": ROOM}), rules("public"), member(ME))
    for told in (inside(ROOM, tombstone), inside(NEXT, state=new)):
        desk.rooms, _ = fold(desk.rooms, told)
    waited = before(ago=timedelta(hours=queued), begun=begun)
    if sent:
        await desk.send(waited)
    else:
        with pytest.raises(Unconfirmed, match="in another room"):
            await desk.send(waited)
    assert [room for room, _, _ in desk.told.sent] == [NEXT] * sent


@pytest.mark.parametrize(
    ("make", "same"),
    [
        (lambda: before(ago=timedelta(hours=1)), False),
        (lambda: before(ago=REMEMBERED), True),
    ],
)
async def test_what_the_server_no_longer_knows_is_not_sent_again(
    make: Callable[[], Line], same: bool
) -> None:
    desk = Desk(same_device=same)
    with pytest.raises(Unconfirmed):
        await desk.send(make())
    assert desk.told.sent == []


async def test_what_only_waited_is_sent_however_old_and_from_whatever_device() -> None:
    desk = Desk(throttled(5.0), same_device=False)
    waited = before(ago=timedelta(days=3), begun=False)
    assert (await desk.fails(waited)).later
    desk.now += timedelta(days=2)
    await desk.send(replace(waited, begun=True))
    assert len(desk.told.sent) == 2


async def test_what_was_begun_a_day_ago_is_not_sent_again_though_the_desk_ran_on() -> None:
    desk = Desk(Unreachable("no answer"), Unreachable("no answer"))
    for _ in range(2):
        assert (await desk.fails(line(1))).later
        desk.now += REMEMBERED / 2
    with pytest.raises(Unconfirmed):
        await desk.send(line(1))


async def test_a_line_that_waits_while_the_clock_is_set_back_is_sent() -> None:
    desk = Desk(Unreachable("no answer"))
    assert (await desk.fails(line(1))).later
    desk.set_by = timedelta(seconds=-5)
    await desk.send(line(1))
    assert len(desk.told.sent) == 2


@pytest.mark.parametrize(("set_by", "slept"), [(-REMEMBERED, timedelta()), (timedelta(), REMEMBERED)])
async def test_no_clock_alone_says_that_it_was_not_long_ago(set_by: timedelta, slept: timedelta) -> None:
    desk, again = Desk(Unreachable("no answer")), before(2, ago=timedelta(hours=1))
    assert (await desk.fails(line(1))).later
    desk.now += REMEMBERED
    desk.set_by, desk.slept = set_by, slept
    for each in (line(1), again):
        with pytest.raises(Unconfirmed):
            await desk.send(each)


async def test_a_number_that_a_restored_database_gives_again_is_another_line() -> None:
    desk = Desk()
    first = line(7, "before", queued_at=START - timedelta(hours=2))
    for each in (first, line(7, "after", queued_at=START), first):
        await desk.send(each)
    before, after, again = (tx_id for _, tx_id, _ in desk.told.sent)
    assert before == again != after
