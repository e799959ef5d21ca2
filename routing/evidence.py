"""What in a text points to a section, and how far it can be trusted.

A piece of evidence has a weight: how likely a question with nothing but this sign belongs to that section.
The weights are judgements; their order is the design's: a person's explicit words, what people said of the
like, paths, names, keywords. What they make of the sections together is `routing.candidates`.

No more than the first 2,000 characters of a text are read, and no more than `PATHS` paths in it.
Must not import anything of chat.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.words.text import clip
from routing.pointing import LONGEST_SHOWN, Pointed, pointed
from routing.sections import MaintainersMap
from routing.signs import Manner, Spoken, Words, words

LONGEST_TEXT = 2_000
MOST_WORDS = LONGEST_TEXT // 2
"""As many have room in it; only a character that stands for a whole sentence makes more of them."""

_TOPIC = re.compile(r"\s*([^:\n]{1,60}):(?:\s|$)")

_CALLED = ("question", "maintainer", "developer", "dev", "expert", "folk")
_ASKED_FOR = frozenset([*_CALLED, *(f"{called}s" for called in _CALLED), "people"])
_ASKING_FOR = frozenset(["owns", "maintains"])
_ABOUT = frozenset(["about", "on", "for", "regarding", "concerning"])


class Kind(StrEnum):
    """What sort of sign it is."""

    NAMED = "named"
    PATH = "path"
    NAME = "name"
    KEYWORD = "keyword"
    HINT = "hint"
    CORRECTED = "corrected"


WEIGHT = {Kind.NAMED: 0.95, Kind.CORRECTED: 0.95, Kind.NAME: 0.6, Kind.KEYWORD: 0.45, Kind.HINT: 0.3}
"""Of a path it is `routing.pointing` that says it."""
_REPAIRED = 0.9
"""What is left of the weight of a word that had to be repaired."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign. `reason` says it in full and may hold words of the text, and is empty where others could
    learn from it what they may not; `sign` is the map's own word or pattern, which may be said in public."""

    section: str
    weight: float
    kind: Kind
    reason: str
    sign: str = ""


def gather(map_: MaintainersMap, text: str, hint: str | None = None) -> tuple[Evidence, ...]:
    """What in `text` points to sections of the map, the best first; each sign of a section once.

    `hint`: the section that owns the known entry nearest to the text.
    """
    return settled(map_, told(map_, text), hint)


def told(map_: MaintainersMap, text: str) -> tuple[Evidence, ...]:
    """What the text says by itself; the same sign may be there twice."""
    found, rest = pointed(map_, clip(text, LONGEST_TEXT))
    return (*_spoken(map_, rest), *map(of_pointed, found), *_held(map_, text))


def _held(map_: MaintainersMap, text: str) -> Iterator[Evidence]:
    """What the text, a patch perhaps, holds of what sections look for in theirs."""
    text = clip(text, LONGEST_TEXT)
    for section, content in map_.contents:
        if content.found_in(text):
            reason = f"holds what it looks for, `{clip(content.text, LONGEST_SHOWN)}`"
            yield Evidence(section, WEIGHT[Kind.KEYWORD], Kind.KEYWORD, reason, content.text)


def of_pointed(found: Pointed) -> Evidence:
    return Evidence(found.section, found.weight, Kind.PATH, found.reason, found.sign)


def settled(map_: MaintainersMap, found: Iterable[Evidence], hint: str | None = None) -> tuple[Evidence, ...]:
    """Each sign of a section once, what a hint adds, and what claims leave of one another; the best first."""
    best: dict[tuple[str, str], Evidence] = {}
    for each in found:
        key = each.section, each.sign.casefold()
        if key not in best or each.weight > best[key].weight:
            best[key] = each
    evidence = [*best.values()]
    if hint is not None and (section := map_.section(hint)) is not None:
        reason = "the nearest known entry belongs to it"
        evidence.append(Evidence(section.name, WEIGHT[Kind.HINT], Kind.HINT, reason))
    return ordered(map_, yielding(map_, evidence))


def ordered(map_: MaintainersMap, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(evidence, key=lambda e: (-e.weight, map_.names.places[e.section], e.kind, e.sign)))


def yielding(map_: MaintainersMap, evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    """The same evidence, that for a section halved where one inside it has as good a claim: it is no rival,
    and the ladder leads there anyway."""
    evidence = tuple(evidence)
    claims: dict[str, float] = {}
    for each in evidence:
        for outer in map_.enclosing(each.section):
            claims[outer.name] = max(claims.get(outer.name, 0.0), each.weight)
    for each in evidence:
        yield replace(each, weight=each.weight / 2) if claims.get(each.section, 0.0) >= each.weight else each


def _spoken(map_: MaintainersMap, text: str) -> Iterator[Evidence]:
    """Names and keywords in the text, and whether it says outright that it is about them."""
    topic = _TOPIC.match(text)
    lead = len(words(topic[1])) if topic else 0
    said = words(text)[:MOST_WORDS]
    heard_of: set[tuple[Words, bool, bool]] = set()
    for phrase in map_.signs.spoken(said):
        outright = not phrase.repaired and (
            (lead > 0 and phrase.start == 0 and phrase.end == lead) or _about(said, phrase)
        )
        heard = said[phrase.start : phrase.end]
        if (again := (phrase.stems, phrase.repaired, outright)) in heard_of:
            continue  # a word that is repeated says nothing new
        heard_of.add(again)
        for sign in phrase.signs:
            kind = Kind.NAME if sign.manner is Manner.NAME else Kind.KEYWORD
            if outright:
                kind, reason = Kind.NAMED, f"is said to be about `{sign.written}`"
            elif phrase.repaired:
                reason = f"`{' '.join(heard)}` may be `{sign.written}`"
            else:
                reason = f"speaks of `{sign.written}`"
            weight = WEIGHT[kind] * (_REPAIRED if phrase.repaired else 1.0) / len(phrase.signs)
            yield Evidence(sign.section, weight, kind, reason, sign.written)


def _about(said: Words, phrase: Spoken) -> bool:
    """`libvirt question`, `who owns libvirt`, `a question about libvirt`."""
    after = said[phrase.end : phrase.end + 1]
    before = said[max(0, phrase.start - 2) : phrase.start]
    return (
        any(word in _ASKED_FOR for word in after)
        or any(word in _ASKING_FOR for word in before[-1:])
        or (len(before) == 2 and before[0] in _ASKED_FOR and before[1] in _ABOUT)
    )
