"""How the base is used, counted in either kind of database."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from store_values import ALICE, NOON, asked, ended, minutes

from bot.desk.effects import SaveDraft, SaveQuestion, SaveVote
from bot.desk.model import CONTROL, Question, Speaker, State
from bot.store import usage
from bot.store.standing import usage_in
from bot.store.store import Store
from bot.usage import End, Told, Waiting
from knowledge.drafts import Draft, DraftState, Origin
from knowledge.votes import Vote
from routing.presence import Venue, Visibility

MONDAY = date(2026, 9, 28)  # NOON is that week's Thursday
WEEK = timedelta(weeks=1)


def over(number: int, state: State, **changes: Any) -> Question:
    return asked(number, state=state, due=None, ended_at=NOON, **changes)


async def test_questions_are_counted_by_week_section_and_entry(store: Store, url: str) -> None:
    questions = [
        ended(1, entries=("a", "b"), section="TOOLS"),
        ended(2, entries=("a",), refused=("b",), section="TOOLS", asked_at=NOON - WEEK),
        ended(3, entries=("c",), refused=("c",), responder="bob", section="TOOLS", placed="DOCS"),
        over(4, State.EXPIRED, entries=()),
        over(5, State.HANDED_OVER, asked_at=NOON - WEEK),
        asked(6, state=State.KEPT, responder="bob"),
        asked(7, entries=("a",)),
        over(8, State.WITHDRAWN, entries=("a",)),
        ended(9, entries=("a",), asked_at=NOON - 10 * WEEK),
        ended(10, entries=("a",), venue=Venue(CONTROL, "0", Visibility.PRIVATE)),
    ]
    draft = Draft(1, "k1", Origin.ANSWER, ALICE.key, "alice", NOON, "a", "…")
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    await store.commit(
        "e2",
        NOON,
        [
            SaveVote(Vote("How?", "a", ALICE.key, True)),
            SaveVote(Vote("How?", "d", "libera/account/bob", True)),
            SaveVote(Vote("How?", "b", ALICE.key, False)),
            SaveDraft(draft),
            SaveDraft(replace(draft, number=2, key="k2", was="…", at=NOON + minutes(1))),
            SaveDraft(replace(draft, number=3, key="k3", state=DraftState.PUBLISHED, decided_at=NOON)),
            SaveDraft(replace(draft, number=4, key="k4", now="", at=NOON + minutes(2))),
        ],
    )
    (found,) = usage_in(url, NOON - 2 * WEEK)
    assert found.weeks == {
        MONDAY: {End.BASE: 1, End.PEOPLE: 2, End.NOBODY: 1, End.OPEN: 1},
        MONDAY - WEEK: {End.BASE: 1, End.NOBODY: 1},
    }
    assert found.sections == {
        "TOOLS": {End.BASE: 2},
        "DOCS": {End.PEOPLE: 1},
        "": {End.NOBODY: 2, End.PEOPLE: 1, End.OPEN: 1},
    }
    assert found.entries == {
        "a": Told(asked=3, answered=2, confirmed=1),
        "b": Told(asked=1, refused=1),
        "c": Told(asked=1, refused=1),
        "d": Told(confirmed=1),
    }
    assert found.drafts == {DraftState.QUEUED: 3, DraftState.PUBLISHED: 1}
    assert found.waiting == (
        Waiting(1, "a", True, NOON),
        Waiting(2, "a", False, NOON + minutes(1)),
        Waiting(4, "a", False, NOON + minutes(2), remark=True),
    )


async def test_nothing_was_asked(store: Store, url: str) -> None:
    (found,) = usage_in(url, NOON)
    assert (found.weeks, found.sections, found.entries, found.drafts, found.waiting) == ({}, {}, {}, {}, ())


async def test_what_is_counted_at_its_edges(store: Store, url: str) -> None:
    operator = Speaker(CONTROL, "root", "0", "s4")
    at = [NOON, NOON - minutes(1)]
    questions = [
        *(ended(n, entries=("a",), asked_at=each) for n, each in enumerate(at, 1)),
        ended(3, entries=("a",), asker=operator),
        over(4, State.WITHDRAWN, entries=("a",), asked_at=NOON + minutes(1)),
    ]
    await store.commit("e1", NOON, [SaveQuestion(each) for each in questions])
    await store.commit("e2", NOON - minutes(1), [SaveVote(Vote("How?", "b", ALICE.key, True))])
    await store.commit("e3", NOON, [SaveVote(Vote("How?", "c", ALICE.key, True))])
    draft = Draft(1, "k1", Origin.ANSWER, ALICE.key, "alice", NOON, "a", "…")
    several = [SaveDraft(replace(draft, number=n, key=f"k{n}")) for n in range(1, usage.WAITING + 3)]
    await store.commit("e4", NOON, several)
    (found,) = usage_in(url, NOON)
    assert found.entries == {"a": Told(asked=1, answered=1), "c": Told(confirmed=1)}
    assert (len(found.waiting), found.waiting[0].number) == (usage.WAITING, 1)
    assert found.drafts == {DraftState.QUEUED: usage.WAITING + 2}
