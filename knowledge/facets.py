"""Facets: what a question is about beside its words — a version, a toolstack, a distribution.

A **kind** is declared in the configuration: either a version, or a choice among values that may have other
names. `knowledge.naming` finds their values in a text; `applies` says whether an answer holds for them;
`choose_answer` picks among the variants of an entry. Constraints on versions are those of
`knowledge.versions`.

A question may name several values of one facet ("upgrade from 4.17 to 4.19"): they stand as one text,
`4.17 and 4.19`, and what does not hold for all of them alike is left open. An answer may hold, not hold, or
leave it open because the facet is unknown (or known too coarsely: `4.17` says nothing about `>=4.17.2`).

A variant that others narrow down (`>=4.19` beside one that always applies) is the one for all else, and is
told as such: `other than xen ≥ 4.19`.

Pure; imports `knowledge.entry`, `knowledge.naming` and `knowledge.versions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from knowledge.entry import Answer, Entry
from knowledge.naming import FacetKind, answered, read_facets, value_of, values_of
from knowledge.versions import Version, constraint_text, holds, newness, parse_version, spans

__all__ = [
    "Choice",
    "FacetKind",
    "Holds",
    "answered",
    "applies",
    "choose_answer",
    "depends_on",
    "describe",
    "read_facets",
    "still_declared",
    "value_of",
    "values_of",
]

_KEPT = 8192
"""Verdicts and texts about single answers that are kept: those of the entries that are asked for."""


class Holds(Enum):
    """Whether an answer holds for what is known of the question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Choice:
    """The variant to give. `holds_for` says in words what it applies to (empty: always), and leaves out what
    other variants narrow down.

    `contested`: another variant might be the right one; `ask_for` then names the facet that would decide it.
    """

    answer: Answer
    holds_for: str
    contested: bool = False
    ask_for: str = ""


def applies(answer: Answer, facets: Mapping[str, str]) -> Holds:
    """Whether the answer holds for these facets; UNKNOWN where one it depends on is not known well enough."""
    verdict = Holds.YES
    for facet, allowed in answer.applies.items():
        one = _any_of(allowed, facets.get(facet))
        if one is Holds.NO:
            return one
        if one is Holds.UNKNOWN:
            verdict = one
    return verdict


def choose_answer(entry: Entry, facets: Mapping[str, str]) -> Choice | None:
    """The variant to give for these facets; None where every variant is known not to hold.

    Of those that surely hold the most specific, of these the newest, of these the first. Where none surely
    holds, the newest that might; and so, too, where that narrows the sure one down to newer versions and it
    is open whether they are meant. Variants that say the same contradict nobody.
    """
    answers = entry.answers
    if len(answers) == 1:
        only = answers[0]
        if not only.applies:
            return Choice(only, "")
        return None if applies(only, facets) is Holds.NO else Choice(only, _said(only))
    sure: list[_Variant] = []
    open_: list[_Variant] = []
    for variant in _variants(answers):
        verdict = applies(variant.answer, facets)
        if verdict is Holds.YES:
            sure.append(variant)
        elif verdict is Holds.UNKNOWN:
            open_.append(variant)
    if not sure and not open_:
        return None
    if sure:
        best = max(sure, key=lambda variant: (len(variant.answer.applies), variant.newness))
    else:
        best = max(open_, key=lambda variant: variant.newness)
    others = [each for each in open_ if not _says_the_same(each.answer, best.answer)]
    ahead = [each for each in others if _goes_before(each.answer, best.answer, facets)] if sure else []
    if ahead:
        newest = max(ahead, key=lambda variant: variant.newness)
        others = [best, *(each for each in others if not _says_the_same(each.answer, newest.answer))]
        best = newest
    ask_for = _deciding([each.answer for each in (best, *others)], facets) if others else ""
    return Choice(best.answer, best.holds_for, bool(others), ask_for)


def depends_on(entry: Entry) -> tuple[str, ...]:
    """The facets that decide among the variants of an entry, in the order in which it names them."""
    return tuple(dict.fromkeys(facet for answer in entry.answers for facet in answer.applies))


def describe(applies: Mapping[str, tuple[str, ...]]) -> str:
    """What an answer applies to, in words: `xen ≥ 4.4, xl or libvirt`."""
    parts = []
    for facet, allowed in applies.items():
        said = " or ".join(constraint_text(each) or each for each in allowed)
        parts.append(f"{facet} {said}" if allowed and spans(allowed[0]) is not None else said)
    return ", ".join(parts)


def still_declared(facets: Mapping[str, str], declared: tuple[FacetKind, ...]) -> dict[str, str]:
    """Those of the facets, as they were once told, that the configuration still knows, value and all."""
    kinds = {kind.name: kind for kind in declared}
    return {
        name: value
        for name, value in facets.items()
        if (kind := kinds.get(name)) is not None and value_of(kind, value) == value
    }


@lru_cache(maxsize=_KEPT)
def _said(answer: Answer) -> str:
    return describe(answer.applies)


@dataclass(frozen=True, slots=True)
class _Variant:
    """An answer among others of its entry. `newness` compares it with them: how new the versions are that it
    reaches, for each facet that any of them names."""

    answer: Answer
    holds_for: str
    newness: tuple[tuple[Version, Version], ...]


@lru_cache(maxsize=_KEPT)
def _variants(answers: tuple[Answer, ...]) -> tuple[_Variant, ...]:
    named = dict.fromkeys(facet for answer in answers for facet in answer.applies)
    return tuple(
        _Variant(
            answer,
            _told_apart(answer, answers),
            # What names no version of a facet is for all of them. Facets are compared one by one: how new a
            # kernel is says nothing beside how new a hypervisor is.
            tuple(max(map(newness, answer.applies.get(facet) or ("",))) for facet in named),
        )
        for answer in answers
    )


def _told_apart(answer: Answer, answers: tuple[Answer, ...]) -> str:
    """What an answer applies to in words, without what others of its entry narrow down and say otherwise."""
    own = answer.applies
    besides = [
        describe({facet: allowed for facet, allowed in other.applies.items() if facet not in own})
        for other in answers
        if own.items() < other.applies.items() and not _says_the_same(answer, other)
    ]
    kept = (describe(own), f"other than {' or '.join(dict.fromkeys(besides))}" if besides else "")
    return ", ".join(filter(None, kept))


def _goes_before(other: Answer, sure: Answer, facets: Mapping[str, str]) -> bool:
    """Whether what might hold is for newer versions than what surely does and is for them, too."""
    if not sure.applies.items() < other.applies.items():
        return False
    unknown = [
        max(map(newness, allowed))
        for facet, allowed in other.applies.items()
        if _any_of(allowed, facets.get(facet)) is Holds.UNKNOWN
    ]
    return unknown > [newness("")] * len(unknown)


def _says_the_same(one: Answer, other: Answer) -> bool:
    return (one.short, one.text) == (other.short, other.text)


@lru_cache(maxsize=_KEPT)
def _any_of(allowed: tuple[str, ...], value: str | None) -> Holds:
    if value is None:
        return Holds.UNKNOWN
    verdicts = {_one_of(allowed, each) for each in values_of(value)}
    return verdicts.pop() if len(verdicts) == 1 else Holds.UNKNOWN


def _one_of(allowed: tuple[str, ...], value: str) -> Holds:
    version = parse_version(value)
    verdict = Holds.NO
    for each in allowed:
        if spans(each) is None:
            one: bool | None = each.lower() == value.lower()
        else:
            one = holds(each, version) if version is not None else None
        if one:
            return Holds.YES
        if one is None:
            verdict = Holds.UNKNOWN
    return verdict


def _deciding(answers: list[Answer], facets: Mapping[str, str]) -> str:
    """The facet whose knowledge would tell these answers apart: the first that differs and is not settled."""
    named = dict.fromkeys(facet for answer in answers for facet in answer.applies)
    for facet in named:
        differing = {answer.applies.get(facet) for answer in answers}
        settled = all(
            _any_of(allowed, facets.get(facet)) is not Holds.UNKNOWN for allowed in differing if allowed
        )
        if len(differing) > 1 and not settled:
            return facet
    return next((facet for facet in named if facet not in facets), "")
