"""Versions as upstream counts them, and constraints on them.

A version is dotted numbers with an optional release candidate: `4.17`, `4.17.2`, `4.20-rc1`; or it is what
is being developed towards one: `4.21-unstable`. What people paste around it is dropped: the name of a tag or
branch (`RELEASE-4.19.0`, `stable-4.18`, `v4.17`), the epoch of a package and its revision (`4.17.2-3.mga9`,
`1:4.17.5+23-ga4e5191dc0-1+deb12u1`). Development comes before candidates, these before their release:
4.20.1 < 4.21-unstable < 4.21-rc1 < 4.21-rc2 < 4.21 = 4.21.0 < 4.21.1.

A **constraint** is `>=4.4`, `>4.4`, `<4.19`, `<=4.18`, `4.17`, or several joined by commas, which must all
hold. It speaks of series: `4.17` holds for 4.17.2, `<=4.18` for 4.18.3, `>4.18` does not; and a release
candidate belongs to its series, since what the series changed is already in it. Pure; imports nothing of
the house.
"""

import re
from dataclasses import dataclass
from functools import lru_cache, total_ordering
from typing import TypeAlias

Span: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]

_VERSION = re.compile(
    r"(?:[0-9]{1,3}:)?(?:[a-z]+[-_])?v?"
    r"(?P<release>[0-9]{1,4}(?:\.[0-9]{1,4}){0,3})"
    r"(?:"
    # Fedora once put a candidate into the package's revision: 4.20.0-0.1.rc1.fc39
    r"(?:[-.~_]?|-0\.(?:[0-9]{1,3}\.)?)rc[-.]?(?P<candidate>[0-9]{1,3})(?:\.[0-9a-z][0-9a-z.+~_-]*)?"
    r"|[-.~_](?P<unstable>unstable|devel|dev|pre)(?![a-z])"
    r"|\.x"
    r"|\.[0-9]{1,5}\.g[0-9a-f]{4,40}"  # commits since the tag, and the last of them
    r"|(?:nb|p|r)[0-9]{1,3}"
    r")?"
    r"(?:[-+~_][0-9a-z.+~_-]*|\.(?:tar(?:\.[0-9a-z]{2,4})?|tgz|zip))?"
)
_CONSTRAINT = re.compile(r"(?P<sign>>=|<=|>|<|=|)\s*(?P<release>[0-9]{1,4}(?:\.[0-9]{1,4}){0,3})")
UNSTABLE = -1
"""What stands for a candidate's number before there is a candidate: it sorts before all of them."""

_FINAL = 1_000_000  # sorts after every candidate
_SIGNS = {">=": "≥ ", "<=": "≤ ", ">": "> ", "<": "< ", "=": "", "": ""}
_BEGINNING: tuple[int, ...] = ()
_END: tuple[int, ...] = (_FINAL,)


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """`release` as numbers, as many as were given; `candidate` is the number after rc, `UNSTABLE` before
    there is one, None for the release itself. `written` is the release as it was written, where that differs
    from its numbers: `20.04`; it does not count where versions are compared."""

    release: tuple[int, ...]
    candidate: int | None = None
    written: str = ""

    @property
    def _key(self) -> tuple[tuple[int, ...], int]:
        return _trimmed(self.release), _FINAL if self.candidate is None else self.candidate

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        release = self.written or _dotted(self.release)
        if self.candidate is None:
            return release
        return f"{release}-unstable" if self.candidate == UNSTABLE else f"{release}-rc{self.candidate}"

    def refines(self, other: "Version") -> bool:
        """Whether it says the same more closely: 4.17.2 and 4.17-rc1 refine 4.17."""
        if self.release == other.release:
            return self.candidate is not None and other.candidate is None
        return other.candidate is None and self.release[: len(other.release)] == other.release


@lru_cache(maxsize=4096)
def parse_version(text: str) -> Version | None:
    """The version in a word, or None where it is none. Case does not matter."""
    match = _VERSION.fullmatch(text.strip().lower()) if len(text) <= 64 else None
    if match is None:
        return None
    candidate = UNSTABLE if match["unstable"] else None
    if match["candidate"]:
        candidate = int(match["candidate"])
    release = tuple(map(int, match["release"].split(".")))
    return Version(release, candidate, "" if match["release"] == _dotted(release) else match["release"])


@lru_cache(maxsize=4096)
def spans(constraint: str) -> tuple[Span, ...] | None:
    """The half-open spans of releases that must all contain a version; None where it is no constraint."""
    found: list[Span] = []
    for part in constraint.split(","):
        match = _CONSTRAINT.fullmatch(part.strip())
        if match is None:
            return None
        first, after = _series(tuple(map(int, match["release"].split("."))))
        found.append(
            {
                ">=": (first, _END),
                ">": (after, _END),
                "<": (_BEGINNING, first),
                "<=": (_BEGINNING, after),
            }.get(match["sign"], (first, after))
        )
    return tuple(found)


def holds(constraint: str, version: Version) -> bool | None:
    """Whether a constraint holds for a version; None where the version is too coarse to say."""
    return _holds(constraint, version.release)


# By the release as it was given: 4.17 equals 4.17.0, but says less.
@lru_cache(maxsize=4096)
def _holds(constraint: str, release: tuple[int, ...]) -> bool | None:
    required = spans(constraint)
    if required is None:
        return None
    first, after = _series(release)
    verdict: bool | None = True
    for low, high in required:
        if after <= low or first >= high:
            return False
        if first < low or after > high:
            verdict = None
    return verdict


@lru_cache(maxsize=4096)
def newness(constraint: str) -> tuple[Version, Version]:
    """Sorts constraints by how new the versions are that they reach, then by where they begin."""
    required = spans(constraint) or ((_BEGINNING, _END),)
    return Version(min(high for _, high in required)), Version(max(low for low, _ in required))


def constraint_text(constraint: str) -> str:
    """A constraint as people read it (`≥ 4.4 and < 4.9`); empty where it is none."""
    if spans(constraint) is None:
        return ""
    parts = [_CONSTRAINT.fullmatch(part.strip()) for part in constraint.split(",")]
    return " and ".join(_SIGNS[match["sign"]] + match["release"] for match in parts if match)


def _dotted(release: tuple[int, ...]) -> str:
    return ".".join(map(str, release))


def _series(release: tuple[int, ...]) -> Span:
    """From the first release of a series to the first after it: 4.17 spans 4.17.0 to below 4.18."""
    return _trimmed(release), _trimmed((*release[:-1], release[-1] + 1))


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    while release and release[-1] == 0:
        release = release[:-1]
    return release
