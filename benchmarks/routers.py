"""Ways to find the section of a question that others would reach for first, to measure ours beside.

Each is made from a map and from past changes, labelled with the sections that own what they touched, and is
asked with a text; it gives sections with a score, the best first. Their words are those of `knowledge.words`,
as ours are; where there is something to choose, what suits the development cases best was taken.

Confidence, to see what a way knows of its own errors, is what the first section's score is above the
second's, as a share of the first's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from rapidfuzz import fuzz, process, utils

from knowledge.words.bm25 import BM25
from knowledge.words.text import clip, terms, tokens
from routing.past.history import History
from routing.past.renames import todays
from routing.sections import MaintainersMap

Ranked = Sequence[tuple[str, float]]
Router = Callable[[str], Ranked]

NEAREST = 20
"""Past changes that vote."""

LONGEST_TEXT = 2_000

_ENOUGH = 60  # candidates of each that are added up


@dataclass(frozen=True, slots=True)
class Change:
    """A past change: what it said, the names of the files that it touched, and whose they are: sections with
    their shares, which are 1 together."""

    text: str
    names: str
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to find sections. `given`: what it is given, in words."""

    name: str
    given: str
    make: Callable[[MaintainersMap, Sequence[Change]], Router]


def labelled(past: History, map_: MaintainersMap) -> tuple[Change, ...]:
    """The commits that touched what a section owns today, each path being that of its closest section, by
    the name that it has now. The rest owns nothing here: it is what is left over."""
    today = todays(past.everything(), frozenset(map_.tree.paths) if map_.tree is not None else None)
    owners: dict[str, str | None] = {}
    found = []
    for commit in past.commits:
        counts: Counter[str] = Counter()
        for path in commit.paths:
            if path not in owners:
                owning = map_.owning(today.whereabouts(path))
                owners[path] = next((each.section for each in owning if each.section != map_.rest), None)
            if (owner := owners[path]) is not None:
                counts[owner] += 1
        if counts:
            shares = {section: count / counts.total() for section, count in counts.items()}
            names = " ".join(dict.fromkeys(path.rpartition("/")[2] for path in commit.paths))
            found.append(Change(f"{_bare(commit.subject)}\n{commit.body}", names, shares))
    return tuple(found)


def _bare(subject: str) -> str:
    """A subject without the prefix that says where it belongs: people who ask do not write one."""
    return subject.partition(": ")[2] or subject


def confidence(ranked: Ranked) -> float:
    """By how much the first section stands out, between 0 and 1."""
    if not ranked or ranked[0][1] <= 0:
        return 0.0
    first, second = ranked[0][1], max(0.0, ranked[1][1]) if len(ranked) > 1 else 0.0
    return 1 - second / first


def commonest(map_: MaintainersMap, changes: Sequence[Change]) -> Router:
    """Always the sections that were changed the most."""
    counts: defaultdict[str, float] = defaultdict(float)
    for change in changes:
        for section, share in change.shares.items():
            counts[section] += share
    always = _best(counts) if counts else [(name, 0.0) for name in map_.sections]
    return lambda _: always


def names(map_: MaintainersMap, _changes: Sequence[Change]) -> Router:
    """rapidfuzz over the names of sections; of its scorers the one that finds most."""
    sections = list(map_.sections)
    choices = [utils.default_process(name) for name in sections]

    def find(text: str) -> Ranked:
        found: list[tuple[str, float, int]] = process.extract(
            utils.default_process(text), choices, scorer=fuzz.partial_token_set_ratio, limit=10
        )
        return [(sections[at], score) for _, score, at in found]

    return find


def documents(map_: MaintainersMap, _changes: Sequence[Change]) -> Router:
    """BM25 over a document for each section: its name, the words of its patterns, its keywords."""
    return _searching({name: _told(map_, name) for name in map_.sections})


def enriched(map_: MaintainersMap, changes: Sequence[Change]) -> Router:
    """The same documents with all that past changes said and touched."""
    found = {name: _told(map_, name) for name in map_.sections}
    for change in changes:
        said = _terms(f"{change.text}\n{change.names}")
        for section in change.shares:
            found[section].extend(said)
    return _searching(found)


def nearest(_map: MaintainersMap, changes: Sequence[Change]) -> Router:
    """The nearest past changes vote, each with its score, shared out among its sections."""
    if not changes:
        return lambda _: []
    index = BM25(
        (
            (1.0, [_terms(change.text) for change in changes]),
            (0.5, [_terms(change.names) for change in changes]),
        )
    )

    def find(text: str) -> Ranked:
        votes: defaultdict[str, float] = defaultdict(float)
        for at, score in index.top(dict.fromkeys(_terms(text), 1.0), NEAREST):
            for section, share in changes[at].shares.items():
                votes[section] += score * share
        return _best(votes)

    return find


def both(map_: MaintainersMap, changes: Sequence[Change]) -> Router:
    """Documents with history and the nearest changes: their scores, set to the same mean and spread, added
    up. A section that one of them does not find gets the least that this one gave."""
    routers = (enriched(map_, changes), nearest(map_, changes))

    def find(text: str) -> Ranked:
        found = [_standing(router(text)) for router in routers]
        least = [min(scores.values(), default=0.0) for scores in found]
        sections = dict.fromkeys(name for scores in found for name in scores)
        return _best(
            {
                name: sum(scores.get(name, low) for scores, low in zip(found, least, strict=True))
                for name in sections
            }
        )

    return find


def _standing(ranked: Ranked) -> dict[str, float]:
    """How many standard deviations each is above the mean."""
    scores = [score for _, score in ranked]
    spread = pstdev(scores) if len(scores) > 1 else 0.0
    mean = fmean(scores) if scores else 0.0
    return {name: (score - mean) / spread if spread else 0.0 for name, score in ranked}


def ways() -> tuple[Way, ...]:
    """All of them."""
    return (
        Way("the commonest", "how many past changes each section had", commonest),
        Way("rapidfuzz, names", "names of sections; by partial_token_set_ratio", names),
        Way("BM25, sections", "names, words of patterns, keywords", documents),
        Way("BM25, sections with history", "the same, with messages and names of files", enriched),
        Way("nearest changes", f"messages and names of files (0.5); {NEAREST} vote", nearest),
        Way("both", "the last two, z-scored and added up", both),
    )


def _told(map_: MaintainersMap, name: str) -> list[str]:
    section = map_.sections[name]
    patterns = " ".join(pattern.text.replace("/", " ").replace("*", " ") for pattern in section.files)
    return _terms(" ".join((name, patterns, *section.keywords, *section.aliases)))


def _searching(texts: Mapping[str, list[str]]) -> Router:
    sections = list(texts)
    index = BM25(((1.0, list(texts.values())),))

    def find(text: str) -> Ranked:
        asked = dict.fromkeys(_terms(text), 1.0)
        return [(sections[at], score) for at, score in index.top(asked, _ENOUGH)]

    return find


def _terms(text: str) -> list[str]:
    return terms(tokens(clip(text, LONGEST_TEXT)))


def _best(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(scores.items(), key=lambda pair: -pair[1])
