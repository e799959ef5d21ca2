"""The part of the desk that publishes: each draft once, one after the other, and none is lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from bases import ALICE, AT, BOB, People, draft, entry, sound

from bot.desk.events import Event, Published, PublishingFailed, UpstreamChanged
from bot.desk.upstream import Trouble, Upstream
from bot.publishing import publisher as publishing
from bot.publishing.base import Base, CaughtUp, Check, Done, NotPublished, Signature
from bot.publishing.message import of_change
from bot.publishing.publisher import Publisher, outcomes
from bot.publishing.signing import signatures
from knowledge.drafts import Author, Draft, DraftState
from routing.people import Person
from routing.sections import MaintainersMap

NEW = draft(entry("seabios"))
OTHER = draft(entry("other"), number=13, revision=5)


class Desk:
    """What the publisher sees of one: drafts that are under way, and what came of them."""

    def __init__(self, *drafts: Draft, base: Callable[[], Base], every: timedelta | None = None) -> None:
        self.drafts = {each.number: each for each in drafts}
        self.told: list[Event] = []
        self.keeps = True
        self.refuses = False
        self.changes = 0
        self.news = asyncio.Event()
        self.publisher = Publisher(
            base=base,
            under_way=self._under_way,
            put=self._put,
            signatures=lambda _: (ALICE, BOB),
            check=sound,
            clock=lambda: AT,
            every=lambda: every,
            changed=self._changed,
        )

    async def _under_way(self) -> tuple[Draft, ...]:
        return tuple(self.drafts.values())

    async def _put(self, event: Event) -> None:
        if self.refuses:
            raise RuntimeError("the door is shut")
        assert isinstance(event, Published | PublishingFailed | UpstreamChanged)
        self.told.append(event)
        if self.keeps and not isinstance(event, UpstreamChanged):
            del self.drafts[event.draft]
        self.news.set()

    def _changed(self) -> None:
        self.changes += 1
        self.news.set()

    async def hears(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self.news.clear()
                await self.news.wait()


class Odd:
    """A base that does as it is told."""

    warning = "there is no history"

    def __init__(self, *does: Done | Exception) -> None:
        self.does = list(does)
        self.caught = CaughtUp()
        self.catches: list[CaughtUp] = []
        self.looked = 0

    def publish(self, draft: Draft, author: Signature, reviewer: Signature, check: Check) -> Done:
        return self._next()

    def revert(self, draft: Draft, reviewer: Signature) -> Done:
        return self._next()

    def catch_up(self) -> CaughtUp:
        self.looked += 1
        return self.catches.pop(0) if self.catches else self.caught

    def _next(self) -> Done:
        does = self.does.pop(0)
        if isinstance(does, Exception):
            raise does
        return does


async def test_what_is_under_way_is_published_one_after_the_other(people: People) -> None:
    people.begin()
    desk = Desk(NEW, OTHER, base=lambda: people.base)
    await desk.publisher.drain()
    first, second = desk.told
    assert isinstance(first, Published)
    assert (first.id, first.draft, first.at) == ("draft/12/2/done", 12, AT)
    assert first.commit == people.git("rev-parse", "HEAD~1")
    assert (second.id, desk.changes) == ("draft/13/5/done", 2)
    assert first.id in outcomes(NEW)


async def test_a_draft_that_is_to_be_taken_back_is(people: People) -> None:
    people.begin()
    people.publish(NEW)
    desk = Desk(replace(NEW, state=DraftState.REVERTING, revision=4), base=lambda: people.base)
    await desk.publisher.drain()
    assert desk.told[0].id == "draft/12/4/done"
    assert not people.path("seabios.yaml").exists()


async def test_what_cannot_be_published_is_told_with_why() -> None:
    base = Odd(NotPublished("a hook refuses: no"), ValueError("secret"), Done("abc"))
    desk = Desk(NEW, OTHER, replace(NEW, number=14), base=lambda: base)
    await desk.publisher.drain()
    refused, broken, done = desk.told
    assert isinstance(refused, PublishingFailed)
    assert (refused.id, refused.why) == ("draft/12/2/failed", "a hook refuses: no")
    assert isinstance(broken, PublishingFailed)
    assert broken.why == "a defect of the desk (ValueError): its log tells more"
    assert isinstance(done, Published)


async def test_a_base_that_cannot_be_had_is_told() -> None:
    def none() -> Base:
        raise NotPublished("it is bare")

    desk = Desk(NEW, base=none)
    await desk.publisher.drain()
    assert [each.id for each in desk.told] == ["draft/12/2/failed"]


async def test_what_was_told_and_not_stored_is_told_again_with_the_same_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    base = Odd(*[Done("abc")] * 9)
    desk = Desk(NEW, base=lambda: base)
    desk.keeps = False
    await desk.publisher.drain()
    await desk.publisher.drain()
    assert len(desk.told) == 1, "it is on its way"
    monkeypatch.setattr(publishing, "AGAIN", 0.0)
    await desk.publisher.drain()
    assert [each.id for each in desk.told] == ["draft/12/2/done"] * 2


async def test_it_runs_until_it_is_ended_and_begins_with_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "AGAIN", 0.01)
    base = Odd(*[Done("abc")] * 99)
    desk = Desk(NEW, base=lambda: base)
    desk.refuses = True
    task = asyncio.create_task(desk.publisher.run())
    await desk.hears(lambda: desk.changes > 2)  # it goes on trying
    desk.refuses = False
    await desk.hears(lambda: not desk.drafts)
    assert base.looked == 1
    desk.drafts[13] = OTHER
    desk.publisher.look()
    await desk.hears(lambda: not desk.drafts)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_it_catches_up_every_so_often() -> None:
    base = Odd()
    base.caught = CaughtUp("origin cannot be reached", moved=True)
    desk = Desk(base=lambda: base, every=timedelta(milliseconds=1))
    task = asyncio.create_task(desk.publisher.run())
    await desk.hears(lambda: base.looked > 3)
    assert desk.changes >= 3
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


AWAY = CaughtUp("not pushed yet: origin: no route", away="origin: no route", unpushed=1)
STUCK = CaughtUp("main was rewritten", unpushed=None)


@pytest.mark.parametrize(
    ("catches", "told"),
    [
        ([AWAY, CaughtUp()], []),  # a hiccup
        ([AWAY, AWAY, AWAY, CaughtUp(), CaughtUp()], [Trouble.AWAY, None]),
        ([AWAY, AWAY, STUCK, STUCK, AWAY, AWAY, CaughtUp()], [Trouble.AWAY, Trouble.STUCK, None]),
        ([AWAY, AWAY, CaughtUp(), AWAY, AWAY], [Trouble.AWAY, None, Trouble.AWAY]),
        ([CaughtUp(unpushed=2)] * 2, [Trouble.UNPUSHED]),
    ],
)
async def test_what_is_between_base_and_remote_is_told_once_and_when_it_is_over(
    catches: list[CaughtUp], told: list[Trouble | None]
) -> None:
    base = Odd()
    *base.catches, base.caught = (replace(each, moved=True) for each in (*catches, catches[-1]))
    desk = Desk(base=lambda: base, every=timedelta(milliseconds=1))
    task = asyncio.create_task(desk.publisher.run())
    await desk.hears(lambda: base.looked > len(catches))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    changes = [each for each in desk.told if isinstance(each, UpstreamChanged)]
    assert [each.now.trouble for each in changes] == told
    assert all(each.before.since == AT for each in changes if each.now.trouble is None)
    assert len({each.id for each in changes}) == len(changes)


async def test_what_could_not_be_pushed_with_a_draft_shows_at_once_and_is_told_if_it_goes_on() -> None:
    base = Odd(Done("abc", "not pushed yet: origin: no route", "origin: no route", 1))
    desk = Desk(NEW, base=lambda: base, every=timedelta(milliseconds=1))
    await desk.publisher.drain()
    assert desk.publisher.upstream == Upstream(1, "origin: no route", since=AT)
    assert len(desk.told) == 1
    base.caught = AWAY
    task = asyncio.create_task(desk.publisher.run())
    await desk.hears(lambda: len(desk.told) > 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert isinstance(desk.told[1], UpstreamChanged)
    assert desk.told[1].now == Upstream(1, "origin: no route", since=AT)


def test_commits_name_people_as_the_map_does_or_as_they_were_called() -> None:
    alice = Person("alice", "Alice <Placeholder>", {"libera": "Alice"}, email="alice@example.org")
    chart = MaintainersMap({}, {"alice": alice})
    given = replace(
        NEW, author="libera/account/alice", author_name="al", reviewer="hs/account/@bob:example.org"
    )
    assert signatures(replace(given, reviewer_name="Bob\n<x>"), chart) == (
        Signature("Alice Placeholder", "alice@example.org"),
        Signature("Bob x", "bob-example.org@hs.invalid"),
    )
    nobody = replace(NEW, author="libera/session/1.2", author_name="...", reviewer="", reviewer_name="")
    assert [str(each) for each in signatures(nobody, chart)] == [
        "somebody <somebody@libera.invalid>",
        "somebody <somebody@chat.invalid>",
    ]


def test_whoever_wrote_it_with_its_author_or_in_it_is_named_once() -> None:
    chart = MaintainersMap({}, {"bob": Person("bob", "Bob", {"libera": "bob"}, email="bob@example.org")})
    given = replace(
        NEW,
        author="libera/account/al",
        author_name="al",
        co_authors=(Author("libera/account/bob", "bob_away"), Author("oftc/account/carol", "carol")),
        amended_by=("libera/account/bob", "libera/account/al", "libera/account/edith"),
    )
    author, reviewer = signatures(given, chart)
    words = of_change(given, "new entry", author, reviewer).splitlines()
    assert [each for each in words if each.startswith("Co-authored-by")] == [
        "Co-authored-by: Bob <bob@example.org>",
        "Co-authored-by: carol <carol@oftc.invalid>",
        "Co-authored-by: edith <edith@libera.invalid>",
    ]
    assert words[-1].startswith("Pkgdesk-Draft: ")
    assert str(author) == "al <al@libera.invalid>"
