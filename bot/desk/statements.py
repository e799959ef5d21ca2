"""What a line says by its form alone: facets of its speaker and nothing else, or a question of its own.

    i use xen 4.17 and xl           states facets: nothing is asked
    my foo 3                        looks like the command `my`, and names nothing that could be remembered
    it prints EINVAL                goes on with what was said before

Pure; must not import anything of the desk.
"""

import re
from collections.abc import Iterable

from knowledge.facets import FacetKind, value_of

_STATING = re.compile(
    r"(?:hi|hello|hey|well|so|and|btw)?\W*"
    r"(?:(?:i|we)(?:['’]?(?:m|re|ve)|\s+(?:am|are|have))?|my|our|the)\s+"
    r"(?:(?:still|currently|only|just|now)\s+)?"
    r"(?:(?:use|using|run|running|have|got|package|packaging|on)\s+){0,2}(?:it\s+)?(?:on\s+)?"
    r"(?P<rest>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_APART = re.compile(r"\s*(?:,|\b(?:and|with|on|in|under)\b)\s*", re.IGNORECASE)
_STATED_IN = 12
_MINE = re.compile(r"my(?:\s+\S+){1,2}", re.IGNORECASE)
_GOES_ON = re.compile(
    r"(?:it|its|it['’]s|that|that['’]s|this|these|those|they|then|and|but|or|so|also|because|since|same|no|yes|"
    r"ok|okay|sorry|oops|i mean|i meant|btw|ps)\b",
    re.IGNORECASE,
)
_MAY_GO_ON = re.compile(
    r"(?:there|with|on|in|at|from|for|after|before|when|while|where|error|output|log|here|version|as|my|the|"
    r"i|i['’]m|we|we['’]re)\b",
    re.IGNORECASE,
)
_SHORT = 6
_ASKS = re.compile(
    r"(?:how|what|which|who|where|why|when|is|are|does|do|did|can|could|should|will|has|have)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(r"\b(?:it|its|that|this|these|those|they|them|there|then|also|too)\b", re.IGNORECASE)
_ANNOUNCING = re.compile(
    r"\b(?:questions?|problems?|issues?|help|hand|anybody|anyone|somebody|someone)\b", re.IGNORECASE
)
_ANNOUNCED_IN = 8
_OWN_WORDS = 3


def stated(text: str, kinds: Iterable[FacetKind]) -> dict[str, str]:
    """The facets that a line states of its speaker (`i use xen 4.17`), as facet to value; empty where it
    states none, or says anything besides."""
    found = _STATING.fullmatch(text.strip().rstrip(".! "))
    if found is None or len(text.split()) > _STATED_IN or text.rstrip().endswith("?"):
        return {}
    declared = tuple(kinds)
    values: dict[str, str] = {}
    for part in filter(None, _APART.split(found["rest"])):
        named = next(((kind.name, value) for kind in declared if (value := _value(kind, part))), None)
        if named is None:
            return {}
        values[named[0]] = named[1]
    return values


def _value(kind: FacetKind, text: str) -> str | None:
    """As `value_of`, but a number alone is the version of a bare facet only."""
    words = {word.casefold() for word in text.split()}
    announced = not words.isdisjoint({each.casefold() for each in (kind.name, *kind.words)})
    return value_of(kind, text) if kind.choices is not None or kind.bare or announced else None


def like_my(text: str) -> bool:
    """Whether a line has the shape of `my FACET VALUE`: two or three words, and no question mark."""
    return _MINE.fullmatch(text.strip()) is not None and not text.rstrip().endswith("?")


def stands_alone(text: str, before: str, *, named: bool) -> bool:
    """Whether a line that follows the question `before` is another of its own, and no part of that.

    `named`: its speaker named the desk once more, as hardly anybody does who merely goes on; else it has to
    ask, and to refer to nothing. After "I have got a question" everything is a part.
    """
    line = text.strip()
    words = line.split()
    if len(words) < _OWN_WORDS or _GOES_ON.match(line) or _announces(before):
        return False
    if _MAY_GO_ON.match(line) and len(words) <= _SHORT and not line.endswith("?"):
        return False
    return named or bool(line.endswith("?") and _ASKS.match(line) and not _REFERS.search(line))


def _announces(text: str) -> bool:
    return len(text.split()) <= _ANNOUNCED_IN and "?" not in text and _ANNOUNCING.search(text) is not None
