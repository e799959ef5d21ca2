"""Beside the river: the outbox writes each line once and tells its fate, the timers forget nothing.

The store is real; a network is a door that does what it is told.
"""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from world import HOME, START, UNKNOWN, VENUES, reference

from bot.desk.effects import SaveQuestion, Say
from bot.desk.events import DeadlinePassed, Delivered, DeliveryFailed, Event, Fate, Joined
from bot.desk.model import Conditions, Failure, Line, Purpose, Question, Speaker, State
from bot.outbox import Outbox
from bot.roster import fold_event
from bot.store.store import Store
from bot.timers import Timers
from bot.transports.base import NotSent, Receipt, Unconfirmed
from bot.transports.pacing import PaceSettings
from routing.presence import Roster, Venue, Visibility

PACE = PaceSettings(burst=100, rate=1000.0, target_rate=1000.0)
ALICE = Speaker("libera", "alice", "alice")
REFERENCE = reference(operators={"libera": ["root"]})
ROOT = Speaker("libera", "root", "root")
ROSTER = Roster()
for _nick in ("alice", "bob", "root"):
    _joined = Joined(f"j/{_nick}", START - timedelta(hours=1), Speaker("libera", _nick, _nick), VENUES[0])
    ROSTER = fold_event(ROSTER, _joined)

Send = Callable[[Line], Awaitable[None]]


@dataclass
class Door:
    """A network that takes every line, unless `meets` says otherwise."""

    network: str = "libera"
    me: str = "pkgdesk"
    connected: bool = True
    idempotent: bool = False
    written: list[str] = field(default_factory=list)
    under_way: set[str] = field(default_factory=set)
    meets: Send | None = None

    async def run(self, inbox: Callable[[Event], Awaitable[None]]) -> None:
        raise NotImplementedError

    async def close(self, reason: str) -> None:
        raise NotImplementedError

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        assert line.venue.name not in self.under_way, "two lines to one target at once"
        self.under_way.add(line.venue.name)
        try:
            await asyncio.sleep(0)
            if self.meets is not None:
                await self.meets(line)
            self.written.append(f"{line.venue.name} {addressee}: {line.text}")
            return Receipt(START, line.text)
        finally:
            self.under_way.discard(line.venue.name)


@dataclass
class Banks:
    """An outbox between a store and a door, and what it reported."""

    store: Store
    door: Door = field(default_factory=Door)
    roster: Roster = ROSTER
    reported: list[Event] = field(default_factory=list)
    count: int = 0
    now: datetime = START
    pace: PaceSettings = PACE

    def __post_init__(self) -> None:
        self.outbox = self.opened()

    def opened(self) -> Outbox:
        async def put(event: Event) -> None:
            self.reported.append(event)

        return Outbox(
            self.store,
            {"libera": (self.door, self.pace)},
            put=put,
            roster=lambda: self.roster,
            reference=lambda: REFERENCE,
            clock=lambda: self.now,
        )

    async def commits(self, *lines: Line) -> tuple[Line, ...]:
        self.count += 1
        committed = await self.store.commit(f"e/{self.count}", self.now, [Say(line) for line in lines])
        return committed.lines

    async def says(self, *texts: str, **changes: object) -> None:
        self.outbox.add(await self.commits(*(line(text, **changes) for text in texts)))

    @contextlib.asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.outbox.run())
        try:
            async with asyncio.timeout(20):
                yield
                await self.outbox.idle()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def line(text: str, **changes: object) -> Line:
    return replace(Line(VENUES[0], text, Purpose.TELL, ALICE, queued_at=START), **changes)


@pytest_asyncio.fixture
async def store(tmp_path: Path, empty: Path) -> AsyncIterator[Store]:
    shutil.copy(empty, tmp_path)
    opened = await Store.open(f"sqlite:///{tmp_path / empty.name}")
    yield opened
    await opened.close()


@pytest.fixture
def banks(store: Store) -> Banks:
    return Banks(store)


async def test_lines_of_one_target_go_out_in_their_order_one_at_a_time(banks: Banks) -> None:
    private = Venue("libera", "alice", Visibility.PRIVATE)
    async with banks.flowing():
        await banks.says("one", "two", "three")
        await banks.says("four", venue=private)
        await banks.says("five")
    assert [said for said in banks.door.written if said.startswith(HOME)] == [
        f"{HOME} alice: {text}" for text in ("one", "two", "three", "five")
    ]
    assert "alice alice: four" in banks.door.written
    assert all(isinstance(event, Delivered) for event in banks.reported)
    assert sorted(event.line for event in banks.reported) == [1, 2, 3, 4, 5]


async def test_a_line_that_is_added_twice_is_written_once(banks: Banks) -> None:
    lines = await banks.commits(line("one"))
    async with banks.flowing():
        banks.outbox.add(lines)
        banks.outbox.add(lines)
    assert banks.door.written == [f"{HOME} alice: one"]
    assert len(banks.reported) == 1


async def test_without_a_connection_a_line_waits_and_keeps_its_place(banks: Banks) -> None:
    refused = asyncio.Event()

    async def goes_down(_: Line) -> None:
        banks.door.connected = False
        refused.set()
        raise NotSent(Failure.ABSENT, "no connection", later=True)

    banks.door.meets = goes_down
    async with banks.flowing():
        await banks.says("one", "two")
        await refused.wait()
        banks.door.meets = None
        banks.door.connected = True
    assert banks.door.written == [f"{HOME} alice: one", f"{HOME} alice: two"]
    assert all(isinstance(event, Delivered) for event in banks.reported)


async def test_lines_for_a_channel_that_is_not_joined_take_nothing_from_the_others(store: Store) -> None:
    banks = Banks(store, pace=PaceSettings(burst=4, rate=0.001, target_rate=1000.0))
    tried, joined = asyncio.Event(), asyncio.Event()

    async def not_joined(sent: Line) -> None:
        if sent.venue == VENUES[1] and not joined.is_set():
            tried.set()
            raise NotSent(Failure.REFUSED, "not in the channel", later=True)
        if sent.text == "four":
            joined.set()

    banks.door.meets = not_joined
    async with banks.flowing():
        await banks.says("one", venue=VENUES[1], addressee=None)
        await tried.wait()
        await banks.says("two", addressee=ROOT)
        await banks.says("three", addressee=None)
        await banks.says("four", addressee=ALICE)
    assert len(banks.door.written) == 4, "the whole burst, and not a token was spent on what was not written"


async def test_who_appears_is_told_at_once_whatever_else_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox._LOOK_AGAIN", 0.01)
    just_there = replace(ROSTER, since=ROSTER.since.set("libera", START))
    banks = Banks(store, roster=just_there, pace=PaceSettings(burst=3, rate=0.001, target_rate=1000.0))
    carol = Speaker("libera", "carol", "carol")
    told = asyncio.Event()

    async def hears(sent: Line) -> None:
        if sent.addressee == carol:
            told.set()

    banks.door.meets = hears
    running = asyncio.create_task(banks.outbox.run())
    async with asyncio.timeout(20):
        await banks.says("one", "two")
        await banks.outbox.idle()
        await banks.says("three")
        await banks.says("here it is", addressee=carol)
        for _ in range(10):
            await asyncio.sleep(0)  # and now it waits for a token, which takes a quarter of an hour
        banks.roster = fold_event(just_there, Joined("j/carol", START, carol, VENUES[0]))
        await told.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (NotSent(Failure.REFUSED, "404"), Failure.REFUSED),
        (NotSent(Failure.UNSENDABLE), Failure.UNSENDABLE),
        (Unconfirmed("the connection ended"), Failure.UNCONFIRMED),
    ],
)
async def test_the_fate_of_a_line_is_told_and_the_next_one_goes_on(
    banks: Banks, error: Exception, why: Failure
) -> None:
    async def fails_first(sent: Line) -> None:
        if sent.text == "one":
            raise error

    banks.door.meets = fails_first
    async with banks.flowing():
        await banks.says("one", "two")
    failed, delivered = banks.reported
    assert isinstance(failed, DeliveryFailed)
    assert failed.reason is why
    assert isinstance(delivered, Delivered)
    assert banks.door.written == [f"{HOME} alice: two"]


async def test_a_defect_of_one_line_costs_that_line_only(banks: Banks) -> None:
    async def breaks(sent: Line) -> None:
        if sent.text == "one":
            raise RuntimeError("a defect")

    banks.door.meets = breaks
    async with banks.flowing():
        await banks.says("one", "two")
    assert banks.door.written == [f"{HOME} alice: two"]
    assert [each.text for each in await banks.store.in_flight()] == ["one", "two"]


async def test_what_was_being_written_at_a_crash_is_never_written_again(banks: Banks) -> None:
    lines = await banks.commits(line("one"), line("two"), line("three"))
    assert await banks.store.mark_sending(lines[0].id)
    banks.outbox = banks.opened()
    async with banks.flowing():
        await banks.outbox.recover()
    assert banks.door.written == [f"{HOME} alice: two", f"{HOME} alice: three"]
    [lost] = [event for event in banks.reported if isinstance(event, DeliveryFailed)]
    assert (lost.line, lost.reason) == (lines[0].id, Failure.UNCONFIRMED)


async def test_what_no_longer_holds_is_seen_just_before_the_writing(banks: Banks) -> None:
    asked = Question(1, VENUES[0], ALICE, UNKNOWN, START, START + timedelta(hours=1), state=State.ASKED)
    await banks.store.commit("asked", START, [SaveQuestion(asked)])
    ping = replace(
        line("ping", purpose=Purpose.PING, addressee=Speaker("libera", "bob", "bob")),
        conditions=Conditions(
            question=1, states=frozenset({State.ASKED}), step=1, person="bob", present=True
        ),
    )
    lines = await banks.commits(ping)
    ended = replace(asked, state=State.WITHDRAWN, due=None, ended_at=START, revision=1)
    await banks.store.commit("withdrawn", START, [SaveQuestion(ended)])
    async with banks.flowing():
        banks.outbox.add(lines)
    [failed] = banks.reported
    assert isinstance(failed, DeliveryFailed)
    assert failed.reason is Failure.OUTDATED
    assert not banks.door.written


async def test_an_addressee_who_has_gone_is_named_in_plain_text(banks: Banks) -> None:
    async with banks.flowing():
        await banks.says("one", addressee=Speaker("libera", "frank", "frank"))
        await banks.says(
            "two", addressee=Speaker("libera", "frank"), venue=Venue("libera", "frank", Visibility.PRIVATE)
        )
    assert banks.door.written == [f"{HOME} None: frank: one"]
    [failed] = [event for event in banks.reported if isinstance(event, DeliveryFailed)]
    assert failed.reason is Failure.ABSENT


async def test_a_line_waits_for_its_addressee_where_we_have_only_just_come(banks: Banks) -> None:
    banks.roster = Roster()
    lines = await banks.commits(line("one"))
    task = asyncio.create_task(banks.outbox.run())
    banks.outbox.add(lines)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not banks.door.written
    banks.roster = ROSTER
    banks.outbox.add(await banks.commits(line("two")))
    async with asyncio.timeout(20):
        await banks.outbox.idle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert banks.door.written == [f"{HOME} alice: one", f"{HOME} alice: two"]


async def test_a_line_for_a_network_that_is_not_there_stops_nothing(banks: Banks) -> None:
    async with banks.flowing():
        await banks.says("lost", venue=Venue("nowhere", HOME))
        await banks.says("one")
    assert banks.door.written == [f"{HOME} alice: one"]


# --- marked by the commit that queues it -----------------------------------------------------------------


async def begun(banks: Banks, text: str) -> tuple[Line, ...]:
    """The line of a commit that says that it is being written, as the river makes it."""
    assert banks.outbox.may_begin(line(text))
    return await banks.commits(line(text, begun=True))


async def test_what_nothing_keeps_waiting_needs_no_second_commit(banks: Banks) -> None:
    async with banks.flowing():
        lines = await begun(banks, "one")
        assert [each.id for each in await banks.store.in_flight()] == [lines[0].id]
        await banks.store.close()
        banks.outbox.add(lines)
    assert banks.door.written == [f"{HOME} alice: one"]
    [delivered] = banks.reported
    assert isinstance(delivered, Delivered)


async def test_a_crash_before_it_was_written_leaves_it_unconfirmed(banks: Banks) -> None:
    lines = await begun(banks, "one")
    banks.outbox = banks.opened()
    async with banks.flowing():
        await banks.outbox.recover()
    assert not banks.door.written
    [lost] = banks.reported
    assert isinstance(lost, DeliveryFailed)
    assert (lost.line, lost.reason) == (lines[0].id, Failure.UNCONFIRMED)


async def test_it_goes_out_though_the_end_was_ordered_meanwhile(banks: Banks) -> None:
    lines = await begun(banks, "one")
    await banks.outbox.finish()
    assert not banks.outbox.may_begin(line("two"))
    banks.outbox.add(lines)
    banks.outbox.add(await banks.commits(line("two", addressee=ROOT)))
    await banks.outbox.finish()
    assert banks.door.written == [f"{HOME} alice: one"]
    assert [each.text for each in await banks.store.queued()] == ["two"]


async def test_what_was_never_written_waits_for_the_next_start(banks: Banks) -> None:
    lines = await begun(banks, "one")
    banks.door.connected = False
    banks.outbox.add(lines)
    await banks.outbox.finish()
    banks.door.connected = True
    banks.outbox = banks.opened()
    async with banks.flowing():
        await banks.outbox.recover()
    assert banks.door.written == [f"{HOME} alice: one"]
    assert isinstance(banks.reported[0], Delivered)


async def test_it_waits_all_the_same_where_something_came_between(banks: Banks) -> None:
    async with banks.flowing():
        lines = await begun(banks, "one")
        banks.door.connected = False
        banks.outbox.add(lines)
        assert not banks.outbox.may_begin(line("two"))
        banks.outbox.add(await banks.commits(line("two")))
        banks.door.connected = True
        await banks.outbox.idle()
    assert banks.door.written == [f"{HOME} alice: one", f"{HOME} alice: two"]


@pytest.mark.parametrize(
    "held",
    [
        "nobody is connected",
        "it is paused",
        "another waits",
        "its place is busy",
        "the pace is used up",
        "its addressee may appear",
        "it is a ping",
        "its network is not there",
    ],
)
async def test_what_has_to_wait_is_not_marked_before(banks: Banks, held: str) -> None:
    asked = line("one")
    assert banks.outbox.may_begin(asked)
    match held:
        case "nobody is connected":
            banks.door.connected = False
        case "it is paused":
            banks.outbox.paused = True
        case "another waits":
            banks.door.connected = False
            await banks.says("before", venue=VENUES[1])
            banks.door.connected = True
        case "its place is busy":
            banks.outbox.add(await begun(banks, "before"))
        case "the pace is used up":
            banks.pace = PaceSettings(burst=1, rate=0.001)
            banks.outbox = banks.opened()
            banks.outbox.add(await begun(banks, "before"))
            await banks.outbox.idle()
            asked = line("one", addressee=ROOT)
        case "its addressee may appear":
            banks.roster = Roster()
        case "it is a ping":
            asked = line("one", conditions=Conditions(question=1, person="bob"))
        case "its network is not there":
            asked = line("one", venue=Venue("nowhere", HOME))
    assert not banks.outbox.may_begin(asked)
    await banks.outbox.finish()


# --- a pause -------------------------------------------------------------------------------------------


async def test_while_paused_only_operators_are_answered_and_then_all_is_said_in_order(banks: Banks) -> None:
    banks.outbox.paused = True
    async with banks.flowing():
        await banks.says("one", "two")
        await banks.says("paused", addressee=ROOT, purpose=Purpose.REPLY)
        await banks.says("not yours", addressee=ALICE, purpose=Purpose.REPLY)
        await banks.outbox.idle()
        assert banks.door.written == [f"{HOME} root: paused"]
        assert (banks.outbox.paused, banks.outbox.waiting) == (True, 3)
        banks.outbox.paused = False
        await banks.outbox.idle()
    assert [each.split(": ")[1] for each in banks.door.written] == ["paused", "one", "two", "not yours"]
    assert banks.outbox.waiting == 0


async def test_what_is_worth_saying_for_a_while_is_so_after_a_pause(banks: Banks) -> None:
    until = Conditions(not_after=START + timedelta(minutes=10))
    await banks.says("early", conditions=until)
    await banks.says("a reply", purpose=Purpose.REPLY)
    banks.now += timedelta(minutes=9)
    banks.outbox.paused = True
    banks.now += timedelta(hours=3)
    banks.outbox.paused = True
    await banks.says("too late when it came", conditions=until)
    banks.now += timedelta(seconds=30)
    banks.outbox.paused = False
    async with banks.flowing():
        pass
    assert banks.door.written == [f"{HOME} alice: early"]
    assert len([each for each in banks.reported if isinstance(each, DeliveryFailed)]) == 2


async def test_nothing_falls_due_while_paused(store: Store) -> None:
    watch = Watch(store)
    await watch.asks(1, timedelta())
    watch.timers.paused = True
    assert await watch.fires() == []
    watch.timers.paused = False
    assert await watch.fires() == [1]


# --- timers ----------------------------------------------------------------------------------------------


@dataclass
class Watch:
    """Timers over a store, with a clock that only the test moves."""

    store: Store
    now: datetime = START
    put: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.came = asyncio.Event()

        async def put(event: Event) -> None:
            self.put.append(event)
            self.came.set()

        self.timers = Timers(self.store, put, lambda: self.now)

    async def asks(self, number: int, after: timedelta) -> None:
        asked = Question(number, VENUES[0], ALICE, UNKNOWN, START, START + after)
        await self.store.commit(f"asked/{number}", START, [SaveQuestion(asked)])

    async def fires(self) -> list[int]:
        self.put.clear()
        await self.timers.fire()
        return [event.question for event in self.put if isinstance(event, DeadlinePassed)]


async def test_what_is_due_is_put_and_not_again_while_it_is_under_way(store: Store) -> None:
    watch = Watch(store)
    await watch.asks(1, timedelta())
    await watch.asks(2, timedelta(minutes=5))
    assert await watch.fires() == [1]
    assert await watch.fires() == []
    watch.now = START + timedelta(minutes=5)
    assert await watch.fires() == [1, 2], "what was not handled within a minute comes again"


async def test_what_could_not_be_handled_comes_again_after_a_minute(store: Store) -> None:
    watch = Watch(store)
    await watch.asks(1, timedelta())
    assert await watch.fires() == [1]
    watch.timers.settled(watch.put[0], Fate.FAILED)
    watch.now = START + timedelta(seconds=59)
    assert await watch.fires() == []
    watch.now = START + timedelta(seconds=60)
    assert await watch.fires() == [1]


async def test_many_that_cannot_be_handled_do_not_hide_the_others(store: Store) -> None:
    watch = Watch(store)
    for number in range(1, 121):
        await watch.asks(number, timedelta(seconds=number - 120))
    seen = set()
    for _ in range(4):
        seen |= set(await watch.fires())
        for event in watch.put:
            watch.timers.settled(event, Fate.FAILED)
    assert seen == set(range(1, 121))


async def test_the_watch_runs_until_it_is_cancelled_and_is_woken_by_a_commit(store: Store) -> None:
    watch = Watch(store)
    task = asyncio.create_task(watch.timers.run())
    await watch.asks(1, timedelta())
    watch.timers.wake()
    async with asyncio.timeout(20):
        await watch.came.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
