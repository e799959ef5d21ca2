"""One change of an entry, said in words: a field and what it is to be.

    title Building with the distribution's QEMU     short 2 Python 2.6 or newer.     tags offline, qemu
    short + Not since 4.20.                         verified 2026-10-01 by alice for 4.19

Where an entry has several variants, a number says which; `+` adds one. A `-` empties what may be left out; as
the short of one of several it leaves out that variant.
What comes out is read as a file would be, so that nothing is said here that a file could not say; what is
wrong is told in one line. Pure; imports `knowledge` only.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from knowledge.documents import DocumentError, duration
from knowledge.entry import Answer, Entry, Verified
from knowledge.facets import FacetKind
from knowledge.files import parse_entry, to_yaml
from knowledge.naming import value_of
from knowledge.references import References

_VARIANT = re.compile(r"(?P<number>[0-9]{1,3}|\+)\s+(?P<rest>\S.*)", re.DOTALL)
_VERIFIED = re.compile(
    r"(?:(?P<on>[0-9]{4}-[0-9]{2}-[0-9]{2})\s*)?(?:by\s+(?P<by>\S+)\s*)?"
    r"(?:for\s+(?P<version>\S+)|(?P<number>v?[0-9]\S*))?"
)
_COMMANDS = {
    "applies": "say `kb applies ID [VARIANT] FACET VALUE…`",
    "phrasing": "say `kb phrase ID PHRASING`",
    "phrasings": "say `kb phrase ID PHRASING`",
    "answers": "say `short`, `text` or `source`",
    "id": "an entry keeps its own",
}
"""What of an entry is changed otherwise, and how."""
NOTHING = "-"
"""The value that empties a field."""


class NotSo(ValueError):
    """What is wrong with a change, in a line."""


def as_written(entry: Entry, source: str = "draft") -> str:
    """The text of the entry's file. Raises NotSo where a file may not say so."""
    text = to_yaml(entry)
    try:
        parse_entry(text, source)
    except DocumentError as error:
        raise NotSo(error.problems[0].message) from None
    return text


def amended(entry: Entry, field: str, value: str, *, on: date, by: str) -> Entry:
    """The entry with another value of `field`. `on`, `by`: when and by whom it is said. Raises NotSo."""
    changed = _FIELDS.get(field.casefold())
    if changed is None:
        if (command := _COMMANDS.get(field.casefold())) is not None:
            raise NotSo(f"`{_quoted(field)}` is not changed as a field: {command}")
        raise NotSo(
            f"there is no field `{_quoted(field)}`: {', '.join(_FIELDS)} are those that can be changed"
        )
    said = value.strip()
    if not said and field.casefold() != "verified":
        raise NotSo(f"say after `{field.casefold()}` what it is to be, or `{NOTHING}` to empty it")
    return changed(entry, said, on, by)


def phrased(entry: Entry, phrasing: str) -> Entry:
    """The entry with one more phrasing, or, behind a `-`, without that one (its number will do). Raises
    NotSo."""
    known = {_folded(each): each for each in entry.phrasings}
    if not phrasing.startswith(NOTHING):
        if _folded(phrasing) in known:
            raise NotSo("it has that phrasing already")
        return replace(entry, phrasings=(*entry.phrasings, " ".join(phrasing.split())))
    gone = phrasing.removeprefix(NOTHING).strip()
    if gone.isdecimal() and 0 < int(gone) <= len(entry.phrasings):
        gone = entry.phrasings[int(gone) - 1]
    if _folded(gone) not in known:
        raise NotSo(f"it has no such phrasing; it has {len(entry.phrasings)}")
    if len(entry.phrasings) == 1:
        raise NotSo("that is its only phrasing; say another one before")
    return replace(entry, phrasings=tuple(p for p in entry.phrasings if _folded(p) != _folded(gone)))


def applying(
    entry: Entry, variant: int | None, facet: str, values: Iterable[str], declared: Iterable[FacetKind]
) -> Entry:
    """The entry with a variant (from 1; None: its only one) that applies where `facet` is one of `values`;
    with none, or `-`, wherever. Raises NotSo."""
    kind = next((each for each in declared if each.name == facet.casefold()), None)
    name = kind.name if kind is not None else facet
    allowed = tuple(dict.fromkeys(_called(kind, each) for each in values if each != NOTHING))
    at = _at(entry, variant)
    applies = {**entry.answers[at].applies}
    if not allowed and name not in applies:
        raise NotSo(f"it says nothing of `{_quoted(name)}`")
    if allowed:
        applies[name] = allowed
    else:
        del applies[name]
    return _with_answer(entry, at, applies=applies)


def unknown(entry: Entry, before: Entry | None, references: References) -> str:
    """The first thing that the entry names and that does not exist, in a sentence, but for what it named
    `before`; empty where there is none."""
    had = set() if before is None else {said for _, said in references.missing(before)}
    return next((said for _, said in references.missing(entry) if said not in had), "")


def _called(kind: FacetKind | None, value: str) -> str:
    """A value as the facet calls it: `virsh` is libvirt."""
    return value if kind is None or kind.choices is None else value_of(kind, value) or value


def _at(entry: Entry, variant: int | None) -> int:
    several = len(entry.answers)
    if variant is None and several > 1:
        raise NotSo(f"it has {several} variants: say which, from 1 to {several}, before the value")
    if variant is not None and not 0 < variant <= several:
        raise NotSo(f"it has {several} variant{'' if several == 1 else 's'}, and no {variant}")
    return (variant or 1) - 1


def _with_answer(entry: Entry, at: int, **changes: Any) -> Entry:
    answers = list(entry.answers)
    answers[at] = replace(answers[at], **changes)
    return replace(entry, answers=tuple(answers))


def _without_answer(entry: Entry, at: int) -> Entry:
    """The entry without a variant: one without its short says nothing."""
    if len(entry.answers) == 1:
        raise NotSo("that is its only variant, and a variant has a short: say another one")
    return replace(entry, answers=(*entry.answers[:at], *entry.answers[at + 1 :]))


def _of_answer(name: str) -> Callable[[Entry, str, date, str], Entry]:
    """What changes a field of one variant."""

    def changed(entry: Entry, value: str, _: date, __: str) -> Entry:
        named = _VARIANT.fullmatch(value)
        if named is not None and named["number"] == "+":
            if name != "short":
                raise NotSo(f"a variant begins with its short: `short + …`, then its {name}")
            return replace(entry, answers=(*entry.answers, Answer(named["rest"])))
        if named is not None and len(entry.answers) > 1:
            at, value = _at(entry, int(named["number"])), named["rest"]
        else:
            at = _at(entry, None)
        if name == "short" and value == NOTHING:
            return _without_answer(entry, at)
        return _with_answer(entry, at, **{name: _optional(value) if name != "short" else value})

    return changed


def _of_entry(name: str, read: Callable[[str], Any]) -> Callable[[Entry, str, date, str], Entry]:
    def changed(entry: Entry, value: str, _: date, __: str) -> Entry:
        return replace(entry, **{name: read(value)})

    return changed


def _reviewed_after(value: str) -> Any:
    try:
        return duration(value) if _optional(value) else None
    except ValueError as error:
        raise NotSo(f"review: {error}") from None


def _verified(entry: Entry, value: str, on: date, by: str) -> Entry:
    if value == NOTHING:
        return replace(entry, verified=None)
    found = _VERIFIED.fullmatch(value)
    try:
        day = date.fromisoformat(found["on"]) if found and found["on"] else on
    except ValueError:
        found = None
    if found is None:
        raise NotSo("verified: say [DATE] [by NAME] [for VERSION], like `2026-10-01 by alice for 4.19`")
    version = found["version"] or found["number"] or ""
    return replace(entry, verified=Verified(day, found["by"] or by, version))


def _optional(value: str) -> str:
    return "" if value == NOTHING else value


def _several(value: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_optional(value).replace(",", " ").split()))


def _quoted(name: str) -> str:
    return " ".join(name.split())[:40]


def _folded(phrasing: str) -> str:
    return " ".join(phrasing.casefold().split())


_FIELDS: dict[str, Callable[[Entry, str, date, str], Entry]] = {
    "title": _of_entry("title", _optional),
    "short": _of_answer("short"),
    "text": _of_answer("text"),
    "source": _of_answer("source"),
    "section": _of_entry("section", _optional),
    "tags": _of_entry("tags", _several),
    "see": _of_entry("see", _several),
    "review": _of_entry("review_after", _reviewed_after),
    "verified": _verified,
}

FIELDS = tuple(_FIELDS)
"""The fields that can be changed so."""
