"""What a project's past says of whose a question is.

Learned from commits: whoever wrote of the same things before changed files of some sections, and their
owners know. Of a question and each section seven things are measured, all but `worked` and `usual` from 0
to 1:

    nearest   the share of the section in the `NEAREST` past commits that are most like the question, each
              counted by the sixth power of its likeness (BM25), and the less the older it is
    near      the same of the twenty nearest, by the third power
    worked    how far the question's words lean to what its files were changed for (`routing.past.profiles`)
    holds     how much they are words of the paths of its files
    filed     … of its patterns
    called    how much of its name, of an alias or of a keyword is said, squared
    usual     the logarithm of its share in what was changed lately

The first three are lowered where the question's words hardly tell sections apart (`LITTLE`): something is
always nearest, even to what nobody here owns. A weighted sum of these, and what the text states outright
(`routing.evidence`), make the section's odds; the softmax over all sections makes them probabilities
(D. McFadden, Conditional logit analysis of qualitative choice behavior, 1974). The weights were fitted on one
tree's commits of several years, with its sections and with its directories in their place, and hold for all:
`python -m benchmarks.precedent` makes them again. Those of `filed` and `called` are judgements: commits name
sections less than people do who ask.

Paths that have moved since are looked for where they are today. What no section but the rest owns is no
evidence for anybody. Takes what others read; opens no file, runs no git, has no clock: the age of a commit is
counted from the newest one. Imports nothing of chat.
"""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from knowledge.words.bm25 import BM25
from routing.past.corrections import Correction, Corrections
from routing.past.history import Commit
from routing.past.profiles import Called, Leanings, Profiles
from routing.past.renames import todays
from routing.past.vocabulary import Vocabulary
from routing.sections import MaintainersMap

MEASURES = ("nearest", "near", "worked", "holds", "filed", "called", "usual")
WEIGHTS: Mapping[str, float] = dict(zip(MEASURES, (1.8, 1.45, 1.25, 1.35, 0.5, 1.0, 0.5), strict=True))
LOWERED = MEASURES[:3]

LITTLE = 0.7
"""Nats that the words of a question tell; with so many the past is half believed."""
SHORT = 2_000
"""Commits of a history in which what only one of them speaks of counts as telling."""

NEAREST = 60
NEAR = 20
FADES = 5 * 365.25 * 86_400
"""Seconds after which a commit counts half as much."""
FORGOTTEN = 2 * 365.25 * 86_400
"""The same for how much a section is worked on."""

MOST_PATHS = 50
"""Paths of a commit that are looked at."""
OF_SUBJECT = 2
"""How many times the words of a commit's subject count."""
SHOWN = 3
"""Past commits that are told with a question."""

Shares = tuple[tuple[int, float], ...]
"""Sections, and the part that each has in a commit."""
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A past commit that is like a question: its subject, the section that it is mostly of, and how like it
    is, 1 for the one that is most."""

    subject: str
    section: str
    likeness: float


@dataclass(frozen=True, slots=True)
class Likely:
    """What the past says of one question. `odds`: of each section by its place, up to a common constant;
    `of`: the part of each measure in that, by the places of the sections that any speaks of."""

    odds: tuple[float, ...]
    of: Mapping[int, Mapping[str, float]]
    alike: tuple[Alike, ...]


@dataclass(slots=True)
class _Past:
    """What there is to know of each commit but its words."""

    subjects: list[str] = field(default_factory=list)
    worth: "array[float]" = field(default_factory=lambda: array("f"))
    _ends: "array[int]" = field(default_factory=lambda: array("I", [0]))
    _sections: "array[int]" = field(default_factory=lambda: array("H"))
    _parts: "array[float]" = field(default_factory=lambda: array("f"))

    def add(self, subject: str, worth: float, shares: Shares) -> None:
        self.subjects.append(subject)
        self.worth.append(worth)
        for section, part in shares:
            self._sections.append(section)
            self._parts.append(part)
        self._ends.append(len(self._sections))

    def shares(self, place: int) -> Iterator[tuple[int, float]]:
        start, end = self._ends[place : place + 2]
        return zip(self._sections[start:end], self._parts[start:end], strict=True)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Precedent:
    """What was learned for one map. Immutable; several threads may ask it. `sections`: those of the map but
    for the rest, which are known here by their places; none where there is no history to learn from."""

    sections: tuple[str, ...] = ()
    size: int = 0
    """Commits that it was learned from."""
    corrections: Corrections = field(default_factory=Corrections)
    _texts: BM25 | None = None
    _past: _Past = field(default_factory=_Past)
    _usual: tuple[float, ...] = ()
    _worked: Leanings | None = None
    _of_map: Mapping[str, Profiles | Called] = field(default_factory=dict)

    @classmethod
    def learned(
        cls, commits: Iterable[Commit], map_: MaintainersMap, progress: Progress = silent
    ) -> "Precedent":
        """From a history, in any order. `progress` is told how many commits have been read, of how many.

        Takes some 6 s of processor time for 25,000 commits.
        """
        past = sorted(commits, key=lambda commit: -commit.at)
        return _learned(past, map_, progress)

    @classmethod
    def without_history(cls, map_: MaintainersMap) -> "Precedent":
        """For a map that no history is at hand for. One that says little but paths and people (MAINTAINERS,
        CODEOWNERS) is read for the words of its names, patterns and files; a map of ours has keywords, which
        somebody chose."""
        return cls.learned((), map_) if map_.lookups else cls()

    def with_corrections(self, made: Iterable[Correction]) -> "Precedent":
        """The same, that heeds these corrections and no others."""
        return replace(self, corrections=Corrections.of(made, self._says))

    def corrected(self, words: Iterable[str]) -> Iterator[tuple[Correction, float]]:
        """What people said of questions like one with these words, and how like they are, 1 for the same; the
        likest first."""
        return self.corrections.like(words, self._says)

    def _says(self, word: str) -> float:
        return self._texts.idf(word) if self._texts is not None else 1.0

    def likely(self, words: Mapping[str, float]) -> Likely | None:
        """What the past says of whose a question with these words is (`routing.past.vocabulary.asked`); None
        where it knows none of them. Takes a millisecond or two."""
        if self._texts is None or self._worked is None:
            return None
        found: dict[str, dict[int, float]] = {
            name: profile.speaks_of(words) for name, profile in self._of_map.items()
        }
        found["worked"], told = self._worked.speaks_of(words)
        hits = self._texts.top(words, NEAREST)
        found["nearest"] = self._voted(hits, 6)
        found["near"] = self._voted(hits[:NEAR], 3)
        believed = dict.fromkeys(LOWERED, told / (told + LITTLE))
        if not any(found.values()):
            return None
        odds = list(self._usual)
        parts: dict[int, dict[str, float]] = defaultdict(dict)
        for name, measured in found.items():
            weight = WEIGHTS[name] * believed.get(name, 1.0)
            for section, value in measured.items():
                odds[section] += weight * value
                parts[section][name] = weight * value
        for section, of in parts.items():
            of["usual"] = self._usual[section]
        return Likely(tuple(odds), parts, tuple(self._told(hits[:SHOWN])))

    def _voted(self, hits: Sequence[tuple[int, float]], power: int) -> dict[int, float]:
        """The share of each section in past commits."""
        votes: dict[int, float] = {}
        total = 0.0
        for place, score in hits:
            vote = (score / hits[0][1]) ** power * self._past.worth[place]
            total += vote
            for section, share in self._past.shares(place):
                votes[section] = votes.get(section, 0.0) + share * vote
        return {section: vote / total for section, vote in votes.items()} if total > 0 else {}

    def _told(self, hits: Sequence[tuple[int, float]]) -> Iterator[Alike]:
        for place, score in hits:
            section = max(self._past.shares(place), key=lambda share: share[1])[0]
            yield Alike(self._past.subjects[place], self.sections[section], score / hits[0][1])


def _learned(past: Sequence[Commit], map_: MaintainersMap, progress: Progress) -> Precedent:
    names = tuple(name for name in map_.sections if name != map_.rest)
    owning = _Owning(map_, names, past)
    newest = past[0].at if past else 0
    vocabulary = Vocabulary()
    worked: list[dict[str, float]] = [defaultdict(float) for _ in names]
    usual = [0.0] * len(names)
    bags: list[list[str]] = []
    known = _Past()
    commits_with: Counter[str] = Counter()
    for number, commit in enumerate(past):
        if number % 500 == 0:
            progress(number, len(past))
        if not commit.subject or not (share := owning.shares(commit.paths)):
            continue
        counted = Counter(vocabulary.terms(commit.subject) * OF_SUBJECT)
        counted.update(vocabulary.terms(commit.body))
        age = newest - commit.at
        worth = 0.5 ** (age / FADES)
        for section, part in share:
            usual[section] += part * 0.5 ** (age / FORGOTTEN)
            document = worked[section]
            for term in counted:
                document[term] += part * worth
        bags.append(list(counted.elements()))
        known.add(commit.subject, worth, share)
        commits_with.update(counted.keys())
    progress(len(past), len(past))
    all_of_it = sum(usual) + 0.5 * len(names)
    # The nearest commits tell of what only one of them speaks of; half of all terms are like that.
    rare = {term for term, many in commits_with.items() if many == 1} if len(bags) > SHORT else ()
    leanings = Leanings.of(worked, without=rare)
    texts = BM25([(1.0, bags)])
    return Precedent(
        sections=names,
        size=len(bags),
        _texts=texts,
        _past=known,
        _usual=tuple(WEIGHTS["usual"] * math.log((each + 0.5) / all_of_it) for each in usual),
        _worked=leanings,
        _of_map=_of_map(map_, names, vocabulary, texts.idf),
    )


class _Owning:
    """The sections of paths of any time, each path looked up once."""

    def __init__(self, map_: MaintainersMap, names: Sequence[str], past: Sequence[Commit]) -> None:
        self._map = map_
        self._places = {name: place for place, name in enumerate(names)}
        self._today = todays(past, frozenset(map_.tree.paths) if map_.tree is not None else None)
        self._known: dict[str, tuple[int, ...]] = {}

    def shares(self, paths: Sequence[str]) -> Shares:
        """Whose a commit was: section and share of its paths that some section owns."""
        found: dict[int, float] = {}
        for path in paths[:MOST_PATHS]:
            sections = self._known.get(path)
            if sections is None:
                sections = self._known[path] = self._closest(path)
            for section in sections:
                found[section] = found.get(section, 0.0) + 1.0 / len(sections)
        total = sum(found.values())
        return tuple((section, share / total) for section, share in sorted(found.items()))

    def _closest(self, path: str) -> tuple[int, ...]:
        owners = [
            each for each in self._map.owning(self._today.whereabouts(path)) if each.section in self._places
        ]
        return tuple(self._places[each.section] for each in owners if each.depth == owners[0].depth)


def _of_map(
    map_: MaintainersMap, names: Sequence[str], vocabulary: Vocabulary, says: Callable[[str], float]
) -> dict[str, Profiles | Called]:
    """The words of the map itself, and of the paths of its tree. Each word counts once for a section."""

    def once(texts: Iterable[str]) -> dict[str, float]:
        return dict.fromkeys((term for text in texts for term in vocabulary.terms(text)), 1.0)

    sections = [map_.sections[name] for name in names]
    held: dict[str, dict[str, float]] = {name: {} for name in names}
    for path in map_.tree.paths if map_.tree is not None else ():
        owner = next((each.section for each in map_.owning(path) if each.section in held), None)
        if owner is not None:
            held[owner].update(once([path]))
    return {
        "called": Called.of(
            [[*map(vocabulary.terms, (s.name, *s.aliases, *s.keywords))] for s in sections], says
        ),
        "filed": Profiles.of([once(pattern.text for pattern in s.files) for s in sections]),
        "holds": Profiles.of(list(held.values())),
    }
