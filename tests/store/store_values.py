"""Values for the store's tests: plain ones by hand, and every shape of them by chance."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from bot.desk.model import Line, Ping, Prompt, PromptKind, Purpose, Question, Speaker, State
from routing.presence import Venue, Visibility

LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
CHANNEL = Venue("libera", "#xen-packaging")
PRIVATE = Venue("libera", "bob", Visibility.PRIVATE)
ALICE = Speaker("libera", "alice", "alice", "s1")
STRANGER = Speaker("libera", "guest", None, "s2")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def asked(number: int = 1, **changes: Any) -> Question:
    plain = Question(
        number=number,
        venue=CHANNEL,
        asker=ALICE,
        text="How do I build the tools without cloning QEMU?",
        asked_at=NOON,
        due=NOON + minutes(30),
    )
    return replace(plain, **changes)


def ended(number: int = 1, at: datetime | None = NOON, **changes: Any) -> Question:
    return asked(number, state=State.ANSWERED, due=None, ended_at=at, **changes)


def pinged(question: int = 1, step: int = 1, person: str = "bob", **changes: Any) -> Ping:
    return replace(Ping(question, step, person, CHANNEL, person, NOON, "maintains the tools"), **changes)


def prompted(speaker: str = ALICE.key, **changes: Any) -> Prompt:
    return replace(Prompt(speaker, CHANNEL, PromptKind.ANSWER, NOON + minutes(10)), **changes)


def line(text: str = "bob: can you help?", **changes: Any) -> Line:
    return replace(Line(CHANNEL, text, Purpose.TELL, ALICE), **changes)


CLEAN_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
ANY_TEXT = st.text(st.characters(categories=[*"LMNPSZ", "Cc", "Cf", "Cs", "Co", "Cn"]))
TIMES = st.datetimes(
    LONG_AGO.replace(tzinfo=None),
    LONG_AGO.replace(tzinfo=None, year=2200),
    timezones=st.sampled_from(
        [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-11))]
    ),
)


def any_of(kind: Any, text: st.SearchStrategy[str] = CLEAN_TEXT) -> st.SearchStrategy[Any]:
    """Values of a type of the desk, every field of it drawn: a field that is added later is drawn as well."""
    simple = {
        str: text,
        int: st.integers(1, 2**31 - 1),
        bool: st.booleans(),
        datetime: TIMES,
        timedelta: st.timedeltas(timedelta(), timedelta(days=3660)),
        NoneType: st.none(),
    }
    if kind in simple:
        return simple[kind]
    if get_origin(kind) is UnionType:
        return st.one_of([any_of(each, text) for each in get_args(kind)])
    if get_origin(kind) is tuple:
        return st.lists(any_of(get_args(kind)[0], text), max_size=3).map(tuple)
    if get_origin(kind) is frozenset:
        return st.frozensets(any_of(get_args(kind)[0], text), max_size=3)
    if issubclass(kind, Enum):
        return st.sampled_from(kind)
    assert isinstance(kind, type), kind
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    return st.builds(kind, **{each.name: any_of(hints[each.name], text) for each in fields(kind)})


def in_order(question: Question) -> Question:
    """The question with a deadline if and only if it has not ended, as `bot.desk.lifecycle` leaves it."""
    if question.state.ended:
        return replace(question, due=None, ended_at=question.ended_at or NOON)
    return replace(question, due=question.due or NOON, ended_at=None)
