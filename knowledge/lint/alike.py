"""How alike two entries are: near-duplicates, which compete for the same questions.

Three signs, each enough: they give the **same answer**; three quarters of all their words are the same; or
they **ask** the same, on average over their phrasings, where there are some to go by. The last one finds what
two people wrote in their own words (measured in docs/reference/lint-rules.md).

What sets two entries **apart** is what one of them denies and the other does not, or that each names
something in all its phrasings that the other never says (`… for 1 day`, `… for 2 days`; `enable dotglob`,
`enable lithist`). Versions do not: two entries for two versions are to be one with variants.

Each word counts what it says (`Idf`). Pure; imports `knowledge.entry` and `knowledge.words`.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from knowledge.entry import Answer, Entry
from knowledge.lint.wording import folded
from knowledge.words.text import terms, tokens

SAME_WORDS = 0.75
"""The share of their words (Dice) from which on entries say the same."""

SAME_QUESTIONS = 0.6
"""The share of their words that phrasings have in common with the nearest of the other entry, on average."""

EACH = 0.55
"""The same, of the phrasings of each of the two: one phrasing astray among others is no duplicate."""

PHRASINGS = 3
"""Phrasings that both must have together to tell by them: one each says too little."""

READ = 20
"""Phrasings of one entry that are compared."""

TELLING = 3
"""Words that an answer must have to be the same as another: `Yes, since 4.14` answers many things."""

SETS_APART = 0.2
"""The share of what an entry asks that a word must say to be what the entry is about."""

Idf = Callable[[str], float]
"""What a word says."""

_DENIES = re.compile(r"(?i)\b(?:not|no|never|without|except|excluding)\b|n['’]t\b")
_VERSION = re.compile(r"v?[0-9]+(?:\.[0-9]+)+")


@dataclass(frozen=True, slots=True)
class Said:
    """An entry's words: how it is asked for, each phrasing by itself, and how it answers. `denies`: whatever
    is asked of it is asked with a `not`."""

    asked: tuple[frozenset[str], ...]
    told: frozenset[str]
    answers: frozenset[tuple[str, str]]
    denies: bool

    @property
    def all_asked(self) -> frozenset[str]:
        return frozenset().union(*self.asked)

    @property
    def everything(self) -> frozenset[str]:
        return self.all_asked | self.told


def said(entry: Entry, asked: Sequence[Iterable[str]], told: Iterable[str]) -> Said:
    """What an entry says, whose phrasings and answers have these terms."""
    several = tuple(frozenset(each) for each in asked[:READ])
    denies = all(_DENIES.search(phrasing) for phrasing in entry.phrasings[:READ])
    return Said(several, frozenset(told), frozenset(map(telling, entry.answers)), denies)


def telling(answer: Answer) -> tuple[str, str]:
    """What an answer says, but for case and punctuation around."""
    return folded(answer.short), answer.text


def alike(one: Said, other: Said, idf: Idf) -> tuple[float, str] | None:
    """How alike two entries are, from 0 to 1, and in which way, in words; None where they are not near."""
    if any(len(set(terms(tokens(" ".join(each))))) >= TELLING for each in one.answers & other.answers):
        return 1.0, "gives the same answer as"
    words = _dice(one.everything, other.everything, idf)
    questions = 0.0
    if len(one.asked) + len(other.asked) >= PHRASINGS:
        mine, theirs = _nearest(one, other, idf), _nearest(other, one, idf)
        questions = (mine + theirs) / 2 if min(mine, theirs) >= EACH else 0.0
    if words < SAME_WORDS and questions < SAME_QUESTIONS:
        return None
    if _are_apart(one, other, idf):
        return None
    if words >= SAME_WORDS:
        return words, f"says nearly ({100 * words:.0f} %) the same as"
    return questions, f"asks nearly ({100 * questions:.0f} %) the same as"


def _nearest(one: Said, other: Said, idf: Idf) -> float:
    found = [max((_dice(asked, each, idf) for each in other.asked), default=0.0) for asked in one.asked]
    return sum(found) / len(found) if found else 0.0


def _dice(one: frozenset[str], other: frozenset[str], idf: Idf) -> float:
    shared = one & other
    if not shared:
        return 0.0
    return 2 * sum(map(idf, shared)) / (sum(map(idf, one)) + sum(map(idf, other)))


def _are_apart(one: Said, other: Said, idf: Idf) -> bool:
    if one.denies != other.denies:
        return True
    mine, theirs = _alone(one, other), _alone(other, one)
    if not mine or not theirs:
        return False
    if any(map(_is_name, mine)) and any(map(_is_name, theirs)):
        return True
    return max(_share(mine, one, idf), _share(theirs, other, idf)) >= SETS_APART


def _alone(one: Said, other: Said) -> frozenset[str]:
    """The words that all its phrasings have, and that the other never says."""
    about = frozenset.intersection(*one.asked) if one.asked else frozenset()
    return frozenset(word for word in about - other.everything if not _VERSION.fullmatch(word))


def _share(words: frozenset[str], of: Said, idf: Idf) -> float:
    """What the most telling of these words says of all that is asked."""
    return max(map(idf, words)) / sum(map(idf, of.all_asked))


def _is_name(word: str) -> bool:
    """Whether it is a number, an option, a path or the like."""
    return not word.isalpha()
