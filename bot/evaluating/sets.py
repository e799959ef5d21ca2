"""Entries and questions about them, as sets for measuring are passed around: files of JSON lines.

    entries   {"id": "system-qemu", "questions": ["how do I …?"], "answer": "…"}
    queries   {"text": "can I use our own qemu", "gold": ["system-qemu"]}

An empty `gold` means that the base holds no answer. Further keys are passed over. Whatever else is wrong is
told with its place (`bot.evaluating.jsonlines`), and then nothing is measured: a figure over half a set would
look like one over all of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field

from bot.evaluating.jsonlines import WrongKind, read_lines
from knowledge.documents import Document, DocumentError, Problem, parse_as
from knowledge.entry import SHORT_LIMIT, Answer, Entry

T = TypeVar("T")

ENTRY = '{"id": "…", "questions": ["…"], "answer": "…"}'
QUERY = '{"text": "…", "gold": ["…"]}'


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked, and the ids of the entries that answer it: none where the base holds no answer."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Known:
    """Queries, each with the part of its gold that the base holds; `lost`: how many had gold, and none of it
    is there."""

    queries: tuple[Query, ...]
    lost: int


def read_entries(path: Path) -> tuple[Entry, ...]:
    """The entries of a file, in its order. Raises `DocumentError`."""
    read = read_lines(path, _entry, ENTRY)
    first: dict[str, int] = {}
    twice: list[Problem] = []
    for entry, places in read:
        line, _ = places.at(("id",))
        if (before := first.setdefault(entry.id, line)) != line:
            said = f"id: `{entry.id}` is already that of line {before}: give each entry its own"
            twice.append(places.problem(("id",), said))
    if twice:
        raise DocumentError(twice)
    return tuple(entry for entry, _ in read)


def read_queries(path: Path) -> tuple[Query, ...]:
    """The queries of a file, in its order. One may stand there several times. Raises `DocumentError`."""
    return tuple(query for query, _ in read_lines(path, _query, QUERY))


def known(queries: Sequence[Query], ids: Collection[str]) -> Known:
    """The queries for a base of entries with these ids."""
    there = frozenset(ids)
    found = tuple(replace(query, gold=query.gold & there) for query in queries)
    lost = sum(bool(before.gold) and not after.gold for before, after in zip(queries, found, strict=True))
    return Known(found, lost)


def some_of(set_: Sequence[T], count: int | None) -> tuple[T, ...]:
    """At most `count` of a set, in its order, from all parts of it alike."""
    if count is None or count >= len(set_):
        return tuple(set_)
    return tuple(set_[at * len(set_) // count] for at in range(count))


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


_Text = Annotated[str, AfterValidator(_text)]


class _EntryForm(BaseModel):
    id: _Text
    questions: Annotated[list[_Text], Field(min_length=1)]
    answer: str


class _QueryForm(BaseModel):
    text: str
    gold: list[_Text]


def _entry(document: Document) -> Entry:
    _refuse(document, {"text", "gold"}, "a query, where entries are expected")
    form = parse_as(document, _EntryForm)
    short = _short(form.answer)
    return Entry(form.id, tuple(form.questions), (Answer(short, form.answer[len(short) :].lstrip()),))


def _refuse(document: Document, keys: set[str], what: str) -> None:
    """What has these keys is of the other kind."""
    if isinstance(document.value, dict) and keys <= document.value.keys():
        said = f"is {what}: the file of the entries is named first, then that of the queries"
        raise WrongKind([document.problem((), said)])


def _short(text: str) -> str:
    """As much of the beginning as may be a `short`, up to the end of a word where there is one."""
    short = text.encode()[:SHORT_LIMIT].decode(errors="ignore")
    if len(short) < len(text) and not text[len(short)].isspace():
        short = short[: -len(short.split()[-1])] if len(short.split()) > 1 else short
    return short


def _query(document: Document) -> Query:
    _refuse(document, {"id", "questions"}, "an entry, where queries are expected")
    form = parse_as(document, _QueryForm)
    return Query(form.text, frozenset(form.gold))
