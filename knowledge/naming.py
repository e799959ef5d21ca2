"""Which values of the declared facets a text names: "on mageia 9 with xen 4.17.2" names three things.

A choice is named by its value or one of its other names, also where a number is glued to it (`mga9`) or where
it stands in the revision of a package (`4.17.2-3.mga9`). A version belongs to a facet where a word announces
it (`xen 4.17`, `xen-hypervisor-4.17-amd64`, `a 4.19 hypervisor`) or where it goes on from one that does
(`xen 4.17 or 4.18`), but for one that is denied (`not 4.17 but 4.18`); a **bare** facet also takes one before
which no other product is named (`does 4.17.2 still need it`). Paths, sizes, addresses and the versions of
other things (`gcc 12.2`) are nobody's.

What depends only on the declaration is made once. Reading is linear in the text, of which the beginning is
read, and never raises. Pure; imports `knowledge.versions` and `knowledge.words`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from knowledge.versions import Version, parse_version
from knowledge.words.text import STOP_WORDS, clip, normalise

READ = 2000
"""Characters of a text in which facets are looked for: as much as is kept of a question."""

SEVERAL = 4
"""Values of one facet that a text may name; one that names more is a list or a log, and says nothing."""

_ENOUGH = 16  # versions among which it is worth to look for those that are closest
_AND = " and "


@dataclass(frozen=True, slots=True)
class FacetKind:
    """A declared facet.

    `choices` maps each value to its other names ("libvirt" to "virsh", "virt-manager"); None makes it a
    version. `words` are those that announce a version ("xen", "hypervisor") beside the facet's own name. A
    `bare` version facet also takes a version before which no other product is named ("does 4.17.2 still
    need it?").
    """

    name: str
    choices: Mapping[str, tuple[str, ...]] | None = field(default=None, hash=False)
    words: tuple[str, ...] = ()
    bare: bool = False


def read_facets(text: str, declared: Iterable[FacetKind]) -> dict[str, str]:
    """The facets that a text names, as facet to canonical value (`4.17.2-3.mga9` to `4.17.2`).

    Of several values of one facet, what is said more closely counts (`4.17`, `4.17.2`); where that leaves
    several, they stand together as `values_of` takes them apart.
    """
    return _reader(declared if isinstance(declared, tuple) else tuple(declared)).read(text)


def values_of(value: str) -> tuple[str, ...]:
    """The values in what `read_facets` gives for one facet: `4.17 and 4.19` is two."""
    return tuple(value.split(_AND)) if _AND in value else (value,)


def value_of(kind: FacetKind, text: str) -> str | None:
    """The value of a facet that a text is and nothing else: `4.17`, `is 4.17.2-3.mga9`, `Mageia 9`; None
    where it is none, or several, or says more than that (`4.17 fails`)."""
    announcing = {kind.name, *kind.words}
    words = [word for word in _words(text) if word not in _ANNOUNCED and word not in announcing]
    if kind.choices is None:
        version = _version(words[0]) if len(words) == 1 else None
        return str(version) if version is not None else None
    names = {
        tuple(_words(name)): value for value, others in kind.choices.items() for name in (value, *others)
    }
    while words and tuple(words) not in names and _version(words[-1]) is not None:
        words.pop()  # which mageia it is says nothing about the facet
    return names.get(tuple(words))


def answered(kind: FacetKind, text: str) -> str | None:
    """What a text says of one facet that its speaker was asked for (`i'm on 4.17`, `9`), as `read_facets`
    gives it; None where it says nothing of it."""
    asked = (replace(kind, bare=True),)
    for said in (text, f"{kind.name} {text}"):
        if (value := read_facets(said, asked).get(kind.name)) is not None:
            return value
    return value_of(kind, text)


_VERBS_AND_THE_LIKE = """
    above actually against backport backporting below between beyond both branch build building built
    changed compile compiling current either every install installing latest mean meant new newer older
    package packaging rather release running series ship shipping since sorry stable staging tag under
    unstable until update updating upgrade upgrading use using version versions via wait works
"""
_NEUTRAL = STOP_WORDS.union(_VERBS_AND_THE_LIKE.split())
"""Words after which a bare version is that of the project itself: `building 4.17.2`, but not `gcc 12.2`."""

_BRANCHES = frozenset({"stable", "staging", "branch"})
_ANNOUNCED = _BRANCHES | {"version", "versions", "release", "series", "v", "is"}
"""What may stand between a word that announces a version and the version."""

_JOINING = frozenset({"and", "or", "to", "vs", "versus", "through", "nor", "till", "until", "&"})
"""What may stand between two versions of one thing."""

_NOT = frozenset({"not", "no", "without", "instead of", "rather than"})
"""What a choice stands behind that is not the asker's."""

_ASKING = {
    "not": frozenset({"how", "or", "why"}),
    "isnt": frozenset({"and", "but", "come", "how", "or", "so", "why"}),
}
"""What makes a question of a "not" behind it: `why isn't 4.17 supported`, `whether or not 4.17 builds`."""

_AMOUNTS = """
    % bytes days fps gb gbit ghz gib gigabytes hours hz kb kib khz mb mbit megabytes mhz mib min minutes ms
    percent sec seconds tb tib times weeks years
"""
_UNITS = frozenset(_AMOUNTS.split())
"""What makes a number before it an amount."""

_BETWEEN = str.maketrans(dict.fromkeys(',;()[]{}<>"?!:=`*|≥≤', " ") | {"'": None})
_EPOCH = re.compile(r"(?<![0-9.:])[0-9]{1,2}:(?=[0-9]+\.[0-9])")
_GLUED = re.compile(r"([a-z][a-z0-9_+-]*?)[-_]?(v?[0-9]+\.[0-9].*)")
_NUMBERED = re.compile(r"([a-z][a-z_+-]*?)[-_]?([0-9]{1,4})")
_RANGE = re.compile(r"(v?[0-9]+(?:\.[0-9]+)+)-(v?[0-9]+(?:\.[0-9]+)+)")
_APART = re.compile(r"/|\.\.+")
_SUFFIX = re.compile(r"[.+~-]([a-z]{2,})[0-9]")
_LONGEST = 64  # characters of a word that can be a version


@lru_cache(maxsize=64)
def _reader(declared: tuple[FacetKind, ...]) -> "_Reader":
    return _Reader(declared)


class _Reader:
    """All that can be made of a declaration before there is a text.

    `_names`: the first word of each name of a choice, to (its other words, facet, value), longest first.
    `_announcing`: the last word of what announces a version, to (the words before it, facet).
    """

    __slots__ = ("_announcing", "_bare", "_kinds", "_names", "_versions")

    def __init__(self, declared: tuple[FacetKind, ...]) -> None:
        self._kinds = tuple(kind.name for kind in declared)
        self._names: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
        self._announcing: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._bare = tuple(kind.name for kind in declared if kind.choices is None and kind.bare)
        self._versions = any(kind.choices is None for kind in declared)
        for kind in declared:
            if kind.choices is None:
                for each in (kind.name, *kind.words):
                    if words := _words(each):
                        self._announcing.setdefault(words[-1], []).append((tuple(words[:-1]), kind.name))
            for value, others in (kind.choices or {}).items():
                for each in (value, *others):
                    if words := _words(each):
                        self._names.setdefault(words[0], []).append((tuple(words[1:]), kind.name, value))
        for names in self._names.values():
            names.sort(key=lambda name: -len(name[0]))

    def read(self, text: str) -> dict[str, str]:
        words = _words(text)
        found: dict[str, dict[str, None]] = {}
        if self._names:
            for kind, value in self._chosen(words):
                found.setdefault(kind, {})[value] = None
        if self._versions and not all(map(str.isalpha, words)):
            versions: dict[str, dict[Version, None]] = {}
            for kind, version in self._told(words):
                versions.setdefault(kind, {})[version] = None
            for kind, said in versions.items():
                if len(said) <= _ENOUGH:
                    closest = [each for each in said if not any(other.refines(each) for other in said)]
                    found[kind] = dict.fromkeys(map(str, closest))
        return {
            kind: _AND.join(values)
            for kind in self._kinds
            if (values := found.get(kind)) and len(values) <= SEVERAL
        }

    def _chosen(self, words: list[str]) -> Iterator[tuple[str, str]]:
        """Choices that the words name, as (facet, value)."""
        names = self._names
        position = 0
        while position < len(words):
            word = words[position]
            here = position
            position += 1
            if word in names:
                for rest, kind, value in names[word]:
                    if not rest or tuple(words[here + 1 : here + 1 + len(rest)]) == rest:
                        position = here + 1 + len(rest)
                        if not _negated(words, here):
                            yield kind, value
                        break
            elif not word.isalpha():
                for alias in _suffixes(word):
                    for rest, kind, value in names.get(alias, ()):
                        if not rest:
                            yield kind, value

    def _told(self, words: list[str]) -> Iterator[tuple[str, Version]]:
        """Versions that the words give, as (facet, version)."""
        last: tuple[int, Collection[str]] = (-1, ())
        for position, word in enumerate(words):
            version = _version(word)
            if version is None:
                continue
            owners = self._owners(words, position, version, *last)
            if len(version.release) > 1 or owners:
                last = position, owners
            if not self._denied(words, position):
                for kind in owners:
                    yield kind, version

    def _owners(
        self, words: list[str], position: int, version: Version, last: int, owners: Collection[str]
    ) -> Collection[str]:
        """The facets whose version stands at `position`; `owners` are those of the one before it, at
        `last`."""
        before = _announcement(words, position)
        announced = self._announced(words, before)
        if len(version.release) == 1:
            # "mageia 9", but not "xen 4 hosts": the project itself has closer versions than that.
            return [kind for kind in announced if kind not in self._bare]
        if announced:
            return announced
        joined = before
        while joined > last and words[joined] in _JOINING:
            joined -= 1
        if joined == last and last >= 0 and joined < position - 1:
            return owners
        if before >= 0 and not _leads_to_ours(words, before, position):
            return ()
        following = position + 1
        if following < len(words):
            if named := self._announced(words, following):
                return named
            if words[following] in _UNITS:
                return ()
        # Four numbers are an address, and a large one is a year.
        return self._bare if len(version.release) < 4 and max(version.release) < 1000 else ()

    def _denied(self, words: list[str], position: int) -> bool:
        """Whether the version at `position` is said not to be it: `not 4.17 but 4.18`."""
        before = _announcement(words, position)
        # "not xen 4.17 but 4.18"; without the "but" it may be a verb's: "why does not xen 4.17 build".
        if words[position + 1 : position + 2] == ["but"] and self._announced(words, before):
            before -= 1
        if before < 0 or (asking := _ASKING.get(words[before])) is None:
            return False
        return words[before - 1] not in asking if before else words[before] == "not"

    def _announced(self, words: list[str], position: int) -> list[str]:
        """The facets that the word at `position` announces, as such or as the first part of a package's
        name."""
        if position < 0:
            return []
        word = words[position]
        found = self._announcing.get(word)
        if found is None and not word.isalpha():
            found = self._announcing.get(word.partition("-")[0])
        return [
            kind
            for rest, kind in found or ()
            if not rest or tuple(words[max(0, position - len(rest)) : position]) == rest
        ]


def _words(text: str) -> list[str]:
    """The words of a text; names, numbers and versions that are glued together are taken apart."""
    text = f"{normalise(clip(text, READ))} ".replace("'s ", " ")
    if ":" in text:
        text = _EPOCH.sub("", text)
    found: list[str] = []
    for word in text.translate(_BETWEEN).split():
        if word.isalpha():
            found.append(word)
        elif word := word.strip(".~^_"):
            found += _taken_apart(word) if len(word) <= _LONGEST else (word,)
    return found


def _taken_apart(word: str) -> tuple[str, ...]:
    if word.isalpha():
        return (word,)
    if word[0].isalpha():
        glued = _GLUED.fullmatch(word)
        if glued and parse_version(glued[2]) is not None:
            return glued[1], glued[2]  # "xen-4.17", "release-4.19.0", "xen4.17"
        numbered = _NUMBERED.fullmatch(word)
        return (numbered[1], numbered[2]) if numbered else (word,)  # "mageia9"
    if "/" in word or ".." in word:
        parts = [part for part in _APART.split(word) if part]
        if len(parts) > 1 and all(parse_version(part) is not None and "." in part for part in parts):
            return tuple(each for part in parts for each in (part, "or"))[:-1]
        return (word,)
    between = _RANGE.fullmatch(word)
    if between is None or not _goes_up(parse_version(between[1]), parse_version(between[2])):
        return (word,)
    return between[1], "to", between[2]


def _goes_up(first: Version | None, last: Version | None) -> bool:
    """Whether it is a span of versions: `4.17-4.19`. The 1.1 of `4.17.2-1.1` is the package's."""
    return first is not None and last is not None and first < last and first.release[0] == last.release[0]


def _version(word: str) -> Version | None:
    """The version that a word is by itself: what names it was taken apart from it."""
    if word[0].isdigit() or (word[0] == "v" and not word.isalpha()):
        return parse_version(word)
    return None


def _suffixes(word: str) -> Iterable[str]:
    """Names with a number behind them in the revision of a package: `mga` of 4.17.2-3.mga9."""
    if word[0].isdigit() and len(word) <= _LONGEST and _version(word) is not None:
        return _SUFFIX.findall(word)
    return ()


def _announcement(words: list[str], position: int) -> int:
    """Where that stands which may announce the version at `position`; -1 where nothing does."""
    before = position - 1
    while before >= 0 and words[before] in _ANNOUNCED:
        before -= 1
    return before


def _negated(words: list[str], position: int) -> bool:
    if position == 0:
        return False
    return words[position - 1] in _NOT or " ".join(words[max(0, position - 2) : position]) in _NOT


def _leads_to_ours(words: list[str], before: int, position: int) -> bool:
    """Whether what stands before a version, at `before` at the nearest, lets it be the project's own."""
    if _neutral(words[before]) or words[position - 1] in _BRANCHES:
        return True
    return before > 0 and words[before - 1] == "how"  # "how long is 4.18 supported"


def _neutral(word: str) -> bool:
    """Whether it names no product. Products are written in ASCII, by whoever writes otherwise, too."""
    return word in _NEUTRAL or not word[0].isalpha() or not word.isascii()
