"""Facets: what a question is about beside its words — a version, a toolstack, a distribution.

A **kind** is declared in the configuration: either a version, or a choice among values that may have other
names. `knowledge.naming` finds their values in a text; `applies` says whether an answer holds for them;
`choose_answer` picks among the variants of an entry. Constraints on versions are those of
`knowledge.versions`.

A question may name several values of one facet ("upgrade from 4.17 to 4.19"): they stand as one text,
`4.17 and 4.19`, and what does not hold for all of them alike is left open. An answer may hold, not hold, or
leave it open because the facet is unknown (or known too coarsely: `4.17` says nothing about `>=4.17.2`).

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
    """The variant to give. `holds_for` says in words what it applies to (empty: always).

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
    holds, the newest that might. Variants that say the same contradict nobody.
    """
    answers = entry.answers
    if len(answers) == 1:
        only = answers[0]
        if not only.applies:
            return Choice(only, "")
        return None if applies(only, facets) is Holds.NO else Choice(only, _said(only))
    sure: list[Answer] = []
    open_: list[Answer] = []
    for answer in answers:
        verdict = applies(answer, facets)
        if verdict is Holds.YES:
            sure.append(answer)
        elif verdict is Holds.UNKNOWN:
            open_.append(answer)
    if not sure and not open_:
        return None
    if sure:
        best = max(sure, key=lambda answer: (len(answer.applies), _newness(answer))) if sure[1:] else sure[0]
    else:
        best = max(open_, key=_newness) if open_[1:] else open_[0]
    others = [each for each in open_ if each is not best and not _says_the_same(each, best)]
    ask_for = _deciding([best, *others], facets) if others else ""
    return Choice(best, _said(best), bool(others), ask_for)


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


@lru_cache(maxsize=_KEPT)
def _newness(answer: Answer) -> tuple[Version, Version]:
    return max(newness(each) for allowed in (("",), *answer.applies.values()) for each in allowed)


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
