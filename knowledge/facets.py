"""Facets: what a question is about beside its words — a version, a toolstack, a distribution.

A **kind** is declared in the configuration: either a version, or a choice among values that may have other
names. `read_facets` finds them in a text; `applies` says whether an answer holds for them; `choose_answer`
picks among the variants of an entry. Constraints on versions are those of `knowledge.versions`.

An answer may hold, not hold, or leave it open because the facet is unknown (or known too coarsely: `4.17`
says nothing about `>=4.17.2`). Pure; imports `knowledge.entry`, `knowledge.versions` and `knowledge.words`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from knowledge.entry import Answer, Entry
from knowledge.versions import Version, constraint_text, holds, newness, parse_version, spans
from knowledge.words.text import STOP_WORDS, clip, normalise


@dataclass(frozen=True, slots=True)
class FacetKind:
    """A declared facet.

    `choices` maps each value to its other names ("libvirt" to "virsh", "virt-manager"); None makes it a
    version. `words` are those that announce a version ("xen", "hypervisor") beside the facet's own name. A
    `bare` version facet also takes a version before which no other product is named ("does 4.17.2 still
    need it?").
    """

    name: str
    choices: Mapping[str, tuple[str, ...]] | None = None
    words: tuple[str, ...] = ()
    bare: bool = False


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


# Words after which a bare version is that of the project itself: "building 4.17.2", but not "gcc 12.2".
_BEFORE_A_VERSION = STOP_WORDS | frozenset(
    {"build", "building", "branch", "compile", "compiling", "current", "install", "installing", "latest"}
    | {"package", "packaging", "release", "running", "series", "since", "stable", "staging", "tag", "until"}
    | {
        "update",
        "updating",
        "upgrade",
        "upgrading",
        "use",
        "using",
        "version",
        "versions",
        "ship",
        "shipping",
    }
)
_ANNOUNCED = frozenset({"version", "release", "series", "v", "is", "stable"})
_WORD = re.compile(r"[^\s,;()\[\]{}<>\"'?!:=]+")
_GLUED = re.compile(r"([a-z][a-z_-]*?)[-_]?(v?[0-9]+\.[0-9].*)")


def read_facets(text: str, declared: Iterable[FacetKind]) -> dict[str, str]:
    """The facets that a text names, as facet to canonical value (`4.17.2-3.mga9` to `4.17.2`).

    A facet for which the text names two different values is left out: it is a comparison or an upgrade, and
    guessing which side is meant would be worse than asking.
    """
    kinds = tuple(declared)
    words = _words(text)
    found: dict[str, set[str]] = {}
    taken: set[int] = set()
    for kind in kinds:
        if kind.choices is not None:
            names = {name: value for value, aliases in kind.choices.items() for name in (value, *aliases)}
            for position, value in _chosen(words, {normalise(name): value for name, value in names.items()}):
                found.setdefault(kind.name, set()).add(value)
                taken.add(position + 1)  # "mageia 9.1": that version is the distribution's
    for kind in kinds:
        if kind.choices is None:
            found.setdefault(kind.name, set()).update(_versions(words, kind, taken))
    return {name: values.pop() for name, values in found.items() if len(values) == 1}


def applies(answer: Answer, facets: Mapping[str, str]) -> Holds:
    """Whether the answer holds for these facets; UNKNOWN where one it depends on is not known well enough."""
    verdict = Holds.YES
    for facet, allowed in answer.applies.items():
        one = _any_of(allowed, facets.get(facet))
        if one is Holds.NO:
            return Holds.NO
        if one is Holds.UNKNOWN:
            verdict = Holds.UNKNOWN
    return verdict


def choose_answer(entry: Entry, facets: Mapping[str, str]) -> Choice | None:
    """The variant to give for these facets; None where every variant is known not to hold.

    Of those that surely hold the most specific, of these the newest, of these the first. Where none surely
    holds, the newest that might.
    """
    verdicts = [(answer, applies(answer, facets)) for answer in entry.answers]
    open_ = [answer for answer, verdict in verdicts if verdict is Holds.UNKNOWN]
    sure = [answer for answer, verdict in verdicts if verdict is Holds.YES]
    if not sure and not open_:
        return None
    best = max(sure or open_, key=lambda answer: (len(answer.applies) if sure else 0, _newness(answer)))
    others = [answer for answer in open_ if answer is not best]
    ask_for = _deciding([best, *others], facets) if others else ""
    return Choice(best, describe(best.applies), bool(others), ask_for)


def describe(applies: Mapping[str, tuple[str, ...]]) -> str:
    """What an answer applies to, in words: `xen ≥ 4.4, xl or libvirt`."""
    parts = []
    for facet, allowed in applies.items():
        said = " or ".join(constraint_text(each) or each for each in allowed)
        parts.append(f"{facet} {said}" if allowed and spans(allowed[0]) is not None else said)
    return ", ".join(parts)


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in _WORD.findall(normalise(clip(text))):
        word = word.rstrip(".")
        if (glued := _GLUED.fullmatch(word)) and parse_version(glued[2]) is not None:
            words += [glued[1], glued[2]]  # "xen-4.17", "release-4.19.0", "xen4.17"
        elif word:
            words.append(word)
    return words


def _chosen(words: list[str], names: Mapping[str, str]) -> Iterable[tuple[int, str]]:
    longest = max((name.count(" ") for name in names), default=0) + 1
    for start in range(len(words)):
        for length in range(1, longest + 1):
            value = names.get(" ".join(words[start : start + length]))
            if value is not None and start + length <= len(words):
                yield start + length - 1, value


def _versions(words: list[str], kind: FacetKind, taken: set[int]) -> Iterable[str]:
    announcing = {kind.name, *kind.words}
    for position, word in enumerate(words):
        version = parse_version(word)
        if version is None or position in taken or len(version.release) < 2:
            continue
        before = position - 1
        while before >= 0 and words[before] in _ANNOUNCED:
            before -= 1
        previous = words[before] if before >= 0 else ""
        if previous in announcing or (kind.bare and (not previous or _neutral(previous))):
            yield str(version)


def _neutral(word: str) -> bool:
    return word in _BEFORE_A_VERSION or not word[0].isalpha()


def _any_of(allowed: tuple[str, ...], value: str | None) -> Holds:
    if value is None:
        return Holds.UNKNOWN
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


def _newness(answer: Answer) -> tuple[Version, Version]:
    return max(newness(each) for allowed in (("",), *answer.applies.values()) for each in allowed)


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
