"""Reading a homeserver that does what none should: answers are kept before they are handled, and it is asked
less and less often while it leads nowhere."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from irc_networks import now
from matrix_script import Answer, Scripted, hangs, line, refuses, says, told, writes
from structlog.testing import capture_logs

from bot.desk.events import Fate
from bot.received import Forgetful, Journal
from bot.store.store import Store
from bot.transports.matrix.homeserver import Fatal, Homeserver
from bot.transports.matrix.ledger import Ledger
from bot.transports.matrix.position import Position
from bot.transports.matrix.settings import MatrixTimes
from bot.transports.matrix.syncing import MOST_TRIES, Batch, Syncing

TIMES = MatrixTimes(
    request=timedelta(seconds=5),
    first_sync=timedelta(seconds=5),
    reconnect=timedelta(milliseconds=1),
    reconnect_most=timedelta(milliseconds=2),
)

AT_ONCE = timedelta(milliseconds=10)


class Reader:
    """Somebody who reads a scripted homeserver, and keeps what it is given."""

    def __init__(self, journal: Journal, times: MatrixTimes) -> None:
        self.journal = journal
        self.batches: list[Batch] = []
        self.there: list[bool] = []
        self.ledger = Ledger()
        self.hurts: str | None = None
        self.times = times
        self.syncing: Syncing
        self.run: asyncio.Task[None]
        self._changed = asyncio.Condition()

    async def start(self, url: str) -> None:
        self._server = Homeserver(url, "@pkgdesk:x", "DEVICE", "token")
        self.syncing = Syncing(
            "net",
            self._server,
            self.journal,
            self.times,
            position=Position.read(await self.journal.position("net")),
            handle=self._handle,
            reach=self.there.append,
            ledger=self.ledger,
            clock=now,
            rng=random.Random(7),
        )
        self.run = asyncio.create_task(self.syncing.run())

    async def end(self) -> None:
        self.run.cancel()
        await asyncio.wait([self.run])
        await self._server.close()

    async def _handle(self, batches: Sequence[Batch]) -> None:
        if self.hurts is not None and self.hurts in texts(batches):
            raise RuntimeError("a defect")
        async with self._changed:
            self.batches += batches
            self._changed.notify_all()

    async def said(self, *bodies: str) -> None:
        """Until these were handled, and nothing else."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: texts(self.batches) == list(bodies))


def texts(batches: Sequence[Batch]) -> list[str]:
    return [
        event["content"]["body"]
        for batch in batches
        for room in batch.body.get("rooms", {}).get("join", {}).values()
        for event in room["timeline"]["events"]
    ]


@contextlib.asynccontextmanager
async def reading(
    *answers: Answer, journal: Journal | None = None, hurts: str | None = None, **times: Any
) -> AsyncIterator[tuple[Scripted, Reader]]:
    async with Scripted(*answers).open() as server:
        reader = Reader(journal or Forgetful(), TIMES.model_copy(update=times))
        reader.hurts = hurts
        await reader.start(server.url)
        try:
            yield server, reader
        finally:
            await reader.end()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "trouble",
    [
        writes(b"<html>502 Bad Gateway</html>", 502),
        writes(b"<html>welcome to the hotel</html>"),
        writes(b"", 503),
        writes(b'{"next_batch": "a"', 200),
        writes(b"[]"),
        writes(b"\xff\xfe"),
        writes(b"[" * 100_000),
        writes(b"", 302, Location="http://127.0.0.1:1/"),
        says({"rooms": {}}),
        says({"next_batch": 7}),
        refuses("M_UNKNOWN", 500),
        refuses("M_LIMIT_EXCEEDED", 429, retry_after_ms=1),
        refuses("M_LIMIT_EXCEEDED", 429, retry_after_ms="soon"),
        refuses("M_FORBIDDEN", 403),
        says({"errcode": 7, "error": []}, 400),
    ],
)
async def test_whatever_comes_instead_of_an_answer_it_is_asked_again(trouble: Answer) -> None:
    async with reading(trouble, trouble, says(line("t1", "hello")), hangs) as (server, reader):
        await reader.said("hello")
        await server.asked_often(4)
    assert server.asked == [None, None, None, "t1"]
    assert reader.there[-1] is True


def _beside(poison: bytes) -> bytes:
    """An answer in which somebody says hello, and somebody else this."""
    both = json.dumps(line("t1", "poison", "hello")).encode()
    return both.replace(b'"body": "poison"', b'"body": ' + poison)


@pytest.mark.parametrize(
    "poison",
    [
        b"[" * 5000 + b'"]"' + b"]" * 5000,
        b'{"a":' * 5000 + b"9" * 5000 + b"}" * 5000,
        b"-" + b"9" * 5000,
        b'"\xed\xa0\x80"',
        b'"\xff"',
    ],
)
async def test_what_somebody_says_hides_nothing_of_what_others_say(poison: bytes, tmp_path: Path) -> None:
    async with stored(tmp_path) as store:
        async with reading(writes(_beside(poison)), hangs, journal=store) as (server, reader):
            await until(lambda: bool(reader.batches))
            await server.asked_often(2)
        assert texts(reader.batches)[1:] == ["hello"]
        assert server.asked == [None, "t1"]
        # It is kept, and read again after a crash.
        async with reading(hangs, says(told("t2")), journal=store, first_sync=AT_ONCE) as (_, reader):
            await until(lambda: bool(reader.batches))
        assert texts(reader.batches)[1:] == ["hello"]


async def test_while_it_leads_nowhere_it_is_not_asked_again_at_once() -> None:
    page = writes(b"<html>502</html>", 502)
    async with reading(page, reconnect=timedelta(hours=1), reconnect_most=timedelta(hours=1)) as both:
        server, reader = both
        await until(lambda: bool(reader.there))
        for _ in range(100):
            await asyncio.sleep(0)
        assert server.asked == [None]
    assert reader.there == [False]


async def test_whether_it_is_there_is_asked_at_once_and_then_it_may_wait_again() -> None:
    waits = []

    def noting(answer: Answer) -> Answer:
        async def noted(request: web.Request) -> web.StreamResponse:
            waits.append(request.query["timeout"] != "0")
            return await answer(request)

        return noted

    page, quiet = noting(writes(b"<html>502</html>", 502)), (noting(says(told(f"t{n}"))) for n in range(3))
    async with reading(page, next(quiet), page, next(quiet), noting(hangs)) as (server, _):
        await server.asked_often(5)
    assert waits == [False, False, True, False, True]


async def test_how_far_it_was_read_is_kept_at_the_end_also_where_nothing_was_said() -> None:
    journal = Forgetful()
    async with reading(says(line("t1", "hello")), says(told("t2")), hangs, journal=journal) as both:
        server, reader = both
        await server.asked_often(3)
        assert Position.read(await journal.position("net")).since == "t1"
        await reader.syncing.leave()
    assert Position.read(await journal.position("net")).since == "t2"


async def test_what_it_asks_for_it_gets_a_server_that_wants_to_be_left_alone() -> None:
    alone = refuses("M_LIMIT_EXCEEDED", 429, retry_after_ms=3_600_000)
    with capture_logs() as logged:
        async with reading(alone) as (server, reader):
            await server.asked_often(1)
            await until(lambda: bool(logged))
            assert server.asked == [None]
            assert reader.there == []  # lost it is not
    assert [each["again_in"] for each in logged] == ["3600 s"]


async def test_a_server_that_hangs_is_asked_again() -> None:
    quick = {"first_sync": timedelta(milliseconds=50)}
    async with reading(hangs, says(line("t1", "hello")), hangs, **quick) as (_, reader):
        await reader.said("hello")
    assert reader.there[0] is False


async def test_a_server_that_hangs_later_is_asked_again() -> None:
    quick = {"sync": timedelta(milliseconds=10), "request": timedelta(milliseconds=40)}
    answers = (says(line("t1", "hello")), hangs, says(line("t2", "again")), hangs)
    async with reading(*answers, **quick) as (server, reader):
        await reader.said("hello", "again")
    assert reader.there[:2] == [True, False]
    assert server.asked[:3] == [None, "t1", "t1"]


@pytest.mark.parametrize(
    "code", ["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"]
)
async def test_what_no_waiting_mends_ends_it_after_one_request(code: str) -> None:
    async with reading(refuses(code, 401)) as (server, reader):
        with pytest.raises(Fatal) as fatal:
            await asyncio.wait_for(reader.run, 10)
        assert server.asked == [None]
    assert fatal.value.code == code
    assert fatal.value.remedy
    assert "token" not in str(fatal.value).replace("M_UNKNOWN_TOKEN", "").replace("M_MISSING_TOKEN", "")


async def test_a_token_that_the_server_does_not_know_is_given_up_at_last() -> None:
    journal = Forgetful()
    await journal.bookmark("net", Position("garbage", now(), "salt", "DEVICE").token)
    bad = refuses("M_UNKNOWN", 400)
    with capture_logs() as logged:
        async with reading(bad, bad, bad, says(line("t1", "hello")), hangs, journal=journal) as both:
            server, reader = both
            await reader.said("hello")
            await server.asked_often(5)
    assert server.asked == ["garbage", "garbage", "garbage", None, "t1"]
    [batch] = reader.batches
    assert batch.since is None
    assert batch.read is not None  # up to when it had been read: nothing before that is told again
    assert [each["log_level"] for each in logged].count("error") == 1
    assert Position.read(await journal.position("net")).salt == "salt"


async def test_a_token_is_not_given_up_where_it_is_not_what_is_refused() -> None:
    journal = Forgetful()
    await journal.bookmark("net", Position("t0", now(), "salt").token)
    no = refuses("M_FORBIDDEN", 403)
    async with reading(no, no, no, no, says(told("t1")), hangs, journal=journal) as (server, _):
        await server.asked_often(6)
    assert server.asked == ["t0", "t0", "t0", "t0", "t0", "t1"]


async def test_a_token_is_not_given_up_for_one_refusal() -> None:
    journal = Forgetful()
    await journal.bookmark("net", Position("t0", now(), "salt").token)
    bad, page = refuses("M_UNKNOWN", 400), writes(b"<html>", 502)
    async with reading(bad, page, bad, page, says(told("t1")), hangs, journal=journal) as (server, _):
        await server.asked_often(6)
    assert server.asked == ["t0", "t0", "t0", "t0", "t0", "t1"]


async def test_answers_that_lead_nowhere_are_told_once_and_asked_for_less_often() -> None:
    again = says(line("t1", "hello"))
    with capture_logs() as logged:
        async with reading(*[again] * 10, says(line("t2", "further")), hangs) as (server, reader):
            await reader.said("hello", "further")
            await server.asked_often(12)
            assert not reader.syncing.stalled
    assert [each["event"] for each in logged if each["log_level"] == "error"] == [
        "the homeserver answers on and on without getting any further"
    ]
    assert logged[-1]["event"] == "the homeserver gets further again"


async def test_a_server_that_does_not_wait_is_not_asked_at_its_speed() -> None:
    nothing = [says(told(f"t{number}")) for number in range(20)]
    rarely = {"reconnect": timedelta(hours=1), "reconnect_most": timedelta(hours=1)}
    async with reading(*nothing, **rarely) as (server, _):
        await server.asked_often(3)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(server.asked) == 3  # the first asks for no waiting, and two may be chance


async def test_what_says_nothing_is_not_kept_and_what_says_something_is() -> None:
    journal = Forgetful()
    quiet = says(told("t1", device_one_time_keys_count={"signed_curve25519": 50}))
    key = says(told("t2", to_device={"events": [{"type": "m.room_key"}]}))
    async with reading(quiet, key, hangs, journal=journal) as (server, reader):
        await server.asked_often(2)
        await server.asked_often(3)
        assert [kept.since for _, kept in journal.kept.values()] == ["t1"]
        assert Position.read(await journal.position("net")).since == "t2"
    assert [batch.id for batch in reader.batches] == [None, 1]


class Full(Forgetful):
    """A journal that takes nothing, so often."""

    def __init__(self, often: int) -> None:
        super().__init__()
        self.often = often

    async def receive(self, *args: Any) -> int:
        if self.often:
            self.often -= 1
            raise OSError("no space left on device")
        return await super().receive(*args)


async def test_what_cannot_be_kept_is_not_handled_and_asked_for_again() -> None:
    hello = says(line("t1", "hello"))
    async with reading(hello, hello, hello, hangs, journal=Full(2)) as (server, reader):
        await reader.said("hello")
        await server.asked_often(4)
    assert server.asked == [None, None, None, "t1"]


class Unforgetting(Forgetful):
    """A journal that takes answers, and at no other time forgets any."""

    def __init__(self) -> None:
        super().__init__()
        self.taking = False
        self.asked = asyncio.Event()

    async def receive(self, *args: Any) -> int:
        self.taking = True
        try:
            return await super().receive(*args)
        finally:
            self.taking = False

    async def handled(self, numbers: Sequence[int]) -> None:
        if not self.taking:
            self.asked.set()
            raise OSError("no space left on device")
        await super().handled(numbers)


async def test_what_could_not_be_forgotten_is_forgotten_with_the_next_answer() -> None:
    journal = Unforgetting()

    async def later(request: web.Request) -> web.StreamResponse:
        await journal.asked.wait()
        return await says(line("t2", "two"))(request)

    async with reading(says(line("t1", "one")), later, hangs, journal=journal) as (_, reader):
        await reader.said("one")
        reader.ledger.opens(1)
        assert reader.ledger.closes(1)
        reader.syncing.forget()
        await reader.said("one", "two")
        assert list(journal.kept) == [2]


async def test_a_handler_that_fails_stops_nothing_and_loses_nothing() -> None:
    journal = Forgetful()
    answers = [says(told("t0")), says(line("t1", "one")), says(line("t2", "two")), hangs]
    async with reading(*answers, journal=journal, hurts="one") as (_, reader):
        await reader.said("two")
    async with reading(says(told("t3")), hangs, journal=journal) as (_, reader):
        await reader.said("one", "two")


# --- starts -----------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite:///{folder}/desk.sqlite")
    try:
        yield store
    finally:
        await store.close()


async def test_what_was_not_handled_is_handled_first_after_the_next_start(tmp_path: Path) -> None:
    async with (
        stored(tmp_path) as store,
        reading(says(line("t1", "one")), says(line("t2", "two")), hangs, journal=store) as (_, reader),
    ):
        await reader.said("one", "two")
        reader.ledger.opens(1)
        assert reader.ledger.closes(1)
        await reader.syncing.leave()
    async with (
        stored(tmp_path) as store,
        reading(says(line("t3", "three")), hangs, journal=store) as (server, reader),
    ):
        await reader.said("two", "three")
        await server.asked_often(2)
        assert await store.received("net") == (2, 3)
    assert server.asked == ["t2", "t3"]
    assert [batch.since for batch in reader.batches] == ["t1", "t2"]


async def test_a_first_answer_that_a_crash_left_is_as_old_as_it_was(tmp_path: Path) -> None:
    async with stored(tmp_path) as store, reading(says(line("t1", "old")), hangs, journal=store) as both:
        await both[1].said("old")
    async with stored(tmp_path) as store, reading(says(told("t1")), hangs, journal=store) as (_, reader):
        await reader.said("old")
        assert [(batch.read, batch.since) for batch in reader.batches[:1]] == [(None, None)]


async def test_what_ends_every_start_is_given_up(tmp_path: Path) -> None:
    async with stored(tmp_path) as store, reading(says(line("t1", "poison")), hangs, journal=store) as both:
        await both[1].said("poison")
    for _ in range(MOST_TRIES - 1):
        async with stored(tmp_path) as store, reading(says(told("t1")), hangs, journal=store) as both:
            await both[1].said("poison")
    with capture_logs() as logged:
        async with (
            stored(tmp_path) as store,
            reading(says(line("t2", "hello")), hangs, journal=store) as both,
        ):
            await both[1].said("hello")
            [left] = await store.received("net")
            kept = await store.begin(left)
            assert kept is not None
            assert "hello" in kept.body
    assert [each["log_level"] for each in logged if "given up" in each["event"]] == ["error"]


# --- the ledger -------------------------------------------------------------------------------------------


def test_an_answer_is_handled_when_all_of_it_is_settled() -> None:
    ledger = Ledger()
    ledger.opens(1)
    ledger.expects(1, "a")
    assert not ledger.settled("a", Fate.WELL)  # more may come
    ledger.expects(1, "b")
    assert not ledger.closes(1)
    ledger.opens(2)
    assert ledger.closes(2)
    assert not ledger.settled("somebody else's", Fate.WELL)
    assert ledger.settled("b", Fate.COMPLAINED)
    assert ledger.handled == (2, 1)
    ledger.forgotten([2])
    assert ledger.handled == (1,)


def test_what_could_not_be_handled_is_kept_for_the_next_start() -> None:
    ledger = Ledger()
    ledger.opens(1)
    for event in ("a", "b"):
        ledger.expects(1, event)
    ledger.closes(1)
    assert not ledger.settled("a", Fate.FAILED)
    assert not ledger.settled("b", Fate.WELL)
    assert ledger.handled == ()


@pytest.mark.parametrize("token", [None, "", "{}", "[]", "garbage", "[" * 100_000, '{"since": 7, "at": "x"}'])
def test_a_position_that_says_nothing_is_none(token: str | None) -> None:
    assert Position.read(token) == Position()


def test_a_position_is_read_as_it_was_written() -> None:
    position = Position("t1", now().replace(microsecond=0), "salt", "DEVICE")
    assert Position.read(position.token) == position
