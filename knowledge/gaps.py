"""What the base does not answer, put together: questions that ask the same become one gap.

    42 "xenstored dies with EINVAL"      |
    57 "why does xenstored exit EINVAL?"  > gap 42, asked by three people
    61 "EINVAL from xenstored, anybody?" |

How alike two questions are is the matcher's own measure: the cosine of their vectors where there is a
sentence model (`ByMeaning`), else the BM25 score of one among all of them, as a share of its score for
itself, averaged over both directions (`ByWords`).

**Online average linkage**: the questions are taken in the order of their numbers, and each joins the gap to
whose questions it is the most alike on average, if that reaches the threshold; else it begins one of its own.
An average over all members keeps unlike things from being chained by what lies between them. As numbers only
grow, a new question comes last: it joins a gap or begins one, and no other question moves (by meaning; by
words the idf of a term shifts a little with each text). Measured against agglomerative average linkage, which
a new question may reshuffle, it is as good (docs/explanation/how-it-matches.md).

A gap is called by the number of its oldest public question, and found by that of any of them. What was not
said in public counts, and its text is never in a gap. Takes n²/2 comparisons for n questions, of which the
newest `MOST` are looked at. Pure; imports the type of rows and `knowledge.words`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knowledge.semantic import Matrix
from knowledge.words.bm25 import BM25
from knowledge.words.text import Lexicon, clip, terms, tokens

MOST = 2_000
"""Questions that are put together at once, the newest."""

BY_MEANING = 0.64
"""Cosine from which on questions ask the same, on average over a gap's, in a base too small to say."""

ABOVE_USUAL = 0.06
"""By how much more than an entry and the nearest other one questions must be alike where that is known: in a
base all about one thing, what asks something else is more alike than elsewhere what asks the same."""

LEAST, MOST_ALIKE = 0.5, 0.85
"""Between which that is."""

BY_WORDS = 0.37
"""Share of the score for itself from which on they do by words."""

NEAREST = 200
"""Questions that are looked at for each, by words: those that share the most with it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the base did not answer. `person`: the same for all that one person asks. `public`:
    its text may be told. `section`: where somebody placed it. `refused`: entries that were not it."""

    number: int
    text: str
    person: str
    at: datetime
    public: bool = True
    section: str = ""
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same, and that the base does not answer.

    `number`: the gap's name, that of its oldest public question. `questions`: the numbers of all, the oldest
    first; `public`: of those whose text may be told, the most central first, `texts` beside them; the first
    stands for all. `people`: how many different ones asked. `section`: whose it seems to be, empty where
    nothing says so.
    """

    number: int
    questions: tuple[int, ...]
    public: tuple[int, ...]
    texts: tuple[str, ...]
    people: int
    first: datetime
    last: datetime
    section: str = ""

    @property
    def headline(self) -> str:
        """The text that is the most like all the others."""
        return self.texts[0]


class Alike(Protocol):
    """How alike texts are that are known by their positions."""

    @property
    def threshold(self) -> float:
        """From which on two ask the same."""

    def to(self, one: int, others: Sequence[int]) -> Sequence[float]:
        """How alike `one` is to each of `others`."""


Measure = Callable[[Sequence[str]], Alike]
"""Makes these texts comparable with one another."""


class ByWords:
    """By the words that texts share, the rare ones above all."""

    threshold = BY_WORDS

    def __init__(self, texts: Sequence[str]) -> None:
        lexicon = Lexicon()
        said = [tuple(sorted(set(terms(tokens(clip(text), lexicon))))) for text in texts]
        # What is said in the same words is one text, however many say it.
        kinds = {its: kind for kind, its in enumerate(dict.fromkeys(said))}
        index = BM25([(1.0, list(kinds))])
        self._kinds = [kinds[its] for its in said]
        self._rows: list[dict[int, float]] = [{kind: 1.0} for kind in kinds.values()]
        for its, one in kinds.items():
            found = dict(index.top(dict.fromkeys(its, 1.0), NEAREST))
            own = found.pop(one, 0.0) or max(found.values(), default=1.0)
            for other, score in found.items():
                share = min(1.0, score / own) / 2
                self._rows[one][other] = self._rows[one].get(other, 0.0) + share
                self._rows[other][one] = self._rows[other].get(one, 0.0) + share

    def to(self, one: int, others: Sequence[int]) -> Sequence[float]:
        row = self._rows[self._kinds[one]]
        return [row.get(self._kinds[other], 0.0) for other in others]


class ByMeaning:
    """By what texts mean: `rows` are their vectors, of length 1. `usual`: how like an entry of the base and
    the nearest other one usually are."""

    def __init__(self, rows: Matrix, usual: float | None = None) -> None:
        self._alike = rows @ rows.T
        self.threshold = BY_MEANING
        if usual is not None:
            self.threshold = min(MOST_ALIKE, max(LEAST, usual + ABOVE_USUAL))

    def to(self, one: int, others: Sequence[int]) -> Sequence[float]:
        row: list[float] = self._alike[one].tolist()
        return [row[other] for other in others]


def gaps(
    asked: Iterable[Asked], measure: Measure = ByWords, progress: Callable[[int, int], None] | None = None
) -> tuple[Gap, ...]:
    """The gaps that these questions show: those that most people asked come first, of equals the one that
    was asked last. In whichever order the questions come, the gaps are the same. A gap none of whose texts
    may be told is left out. `progress` is told how many are done, of how many."""
    questions = sorted({each.number: each for each in asked}.values(), key=lambda each: each.number)[-MOST:]
    if not questions:
        return ()
    alike = measure([each.text for each in questions])
    members = clusters(len(questions), alike, progress)
    found = [gap for each in members if (gap := _gap(questions, each, alike)) is not None]
    return tuple(sorted(found, key=lambda gap: (-gap.people, -gap.last.timestamp(), gap.number)))


def clusters(count: int, alike: Alike, progress: Callable[[int, int], None] | None = None) -> list[list[int]]:
    """The positions up to `count` as clusters, each in its order: see above."""
    members: list[list[int]] = []
    cluster_of: list[int] = []
    for one in range(count):
        sums = [0.0] * len(members)
        for cluster, likeness in zip(cluster_of, alike.to(one, range(one)), strict=True):
            sums[cluster] += likeness
        means = [total / len(its) for total, its in zip(sums, members, strict=True)]
        best = max(range(len(means)), key=means.__getitem__, default=-1)  # of equals the oldest
        if best < 0 or means[best] < alike.threshold:
            best = len(members)
            members.append([])
        members[best].append(one)
        cluster_of.append(best)
        if progress is not None:
            progress(one + 1, count)
    return members


def _gap(questions: Sequence[Asked], members: Sequence[int], alike: Alike) -> Gap | None:
    its = [questions[each] for each in members]
    told = [each for each in members if questions[each].public]
    if not told:
        return None
    central = {each: sum(alike.to(each, members)) for each in told}
    # Rounded: a sum's last digit must not decide whose text is told.
    told.sort(key=lambda each: (-round(central[each], 6), each))
    return Gap(
        number=min(questions[each].number for each in told),
        questions=tuple(each.number for each in its),
        public=tuple(questions[each].number for each in told),
        texts=tuple(questions[each].text for each in told),
        people=len({each.person for each in its}),
        first=min(each.at for each in its),
        last=max(each.at for each in its),
    )
