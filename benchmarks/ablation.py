"""What each part of the matcher is worth: how often the right entry is the first when one weight is another.

One weight of `knowledge.weights` is changed at a time, the others stay as chosen; on public sets, as typed
and misspelt. The vectors of questions are computed once for all rows, for nothing is timed here. A difference
says something from two standard errors on: some 2 points in one column, 1 in the mean of all.
"""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy

from benchmarks import bases
from benchmarks.apart import apart
from benchmarks.bases import Set
from benchmarks.figures import Cell, Column, Setup, Table, percent
from benchmarks.ours import Desk, desks, embed
from bot.evaluating.noise import mistyped
from bot.evaluating.sets import Query
from knowledge.embeddings import Cache, embedded
from knowledge.index import Index
from knowledge.meaning import Meaning
from knowledge.semantic import Matrix, SentenceModel, load
from knowledge.weights import CHOSEN, Weights

_AMONG = 1_000
_QUICK_AMONG = 250
_QUICK_QUERIES = 40


@dataclass(frozen=True, slots=True)
class Change:
    """A row: which weight, and all of them with that one being another. `meant`: it matters only where there
    is a sentence model."""

    name: str
    weights: Weights
    meant: bool = False

    @property
    def value(self) -> str:
        """What the weight is, as it is shown."""
        return _shown(getattr(self.weights, self.name))

    @property
    def usual(self) -> str:
        """What it is as chosen."""
        return _shown(getattr(CHOSEN, self.name))


def _shown(value: float | bool) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"


CHANGES = (
    *(Change("answers", replace(CHOSEN, answers=value)) for value in (0.0, 0.3, 1.0)),
    *(Change("stops", replace(CHOSEN, stops=value)) for value in (0.0, 1.0)),
    *(Change("nearness", replace(CHOSEN, nearness=value)) for value in (0.0, 0.5)),
    Change("repair", replace(CHOSEN, repair=False)),
    *(Change("words", replace(CHOSEN, words=value), meant=True) for value in (0.0, 0.35, 0.5, 1.0)),
    *(Change("told", replace(CHOSEN, told=value), meant=True) for value in (0.0, 0.4)),
    *(Change("whole", replace(CHOSEN, whole=value), meant=True) for value in (0.0, 0.3)),
)
"""The rows, after that of the weights as chosen."""


def measure(setup: Setup) -> list[Table]:
    """The table of the ablation."""
    sets = _sets(setup)
    rows: list[tuple[Cell, ...]] = []
    asked_desks = desks(setup)
    embed(asked_desks, [each.entries for each in sets], setup)
    for desk in asked_desks:
        if desk.missing:
            setup.note(f"ablation: {desk.name}: {desk.missing}")
            continue
        changes = [change for change in CHANGES if desk.model is not None or not change.meant]
        weights = [CHOSEN, *(change.weights for change in changes)]
        columns = [apart(partial(_column, desk, each, weights, setup)) for each in sets]
        rows += _rows(desk, changes, columns)
    chosen = ", ".join(dict.fromkeys(f"{each.name} {each.usual}" for each in CHANGES))
    names = [f"{each.found} {len(each.entries):,}" for each in sets]
    return [
        Table(
            "ablation/first",
            "Ablation: the right entry is the first, when one weight is another",
            (
                Column("method"),
                Column("weight"),
                Column("is"),
                *(Column(f"{name}{spelt}", "%") for name in names for spelt in ("", ", misspelt")),
                Column("mean", "%"),
                Column("beside the chosen", "points"),
            ),
            tuple(rows),
            (
                f"Chosen: {chosen}.",
                *(f"{each.found}: n = {len(each.queries)}." for each in sets),
            ),
        )
    ]


def _sets(setup: Setup) -> list[Set]:
    """The sets to ask, StackFAQ among entries of NL2Bash."""
    there = [each for name in ("stackfaq", "nl2bash", "clinc") if (each := bases.public(setup.data, name))]
    if not there:
        setup.note(f"ablation: no public sets in {setup.data}, so the demo's base is asked instead")
        there = [bases.demo()]
    main, others = there[0], there[1].entries if len(there) > 1 else ()
    size = _QUICK_AMONG if setup.quick else _AMONG
    sets = [replace(main, entries=bases.among(main.entries, others, size)), *there[1:]]
    return [
        replace(each, queries=_asked(each.queries, setup)) for each in (sets[:1] if setup.quick else sets)
    ]


def _asked(queries: Sequence[Query], setup: Setup) -> tuple[Query, ...]:
    answerable = tuple(query for query in queries if query.gold)
    return answerable[:_QUICK_QUERIES] if setup.quick else answerable


def _column(desk: Desk, asked: Set, changes: Sequence[Weights], setup: Setup) -> list[tuple[float, float]]:
    """For each of these how often the right entry was the first, as typed and misspelt, in percent."""
    meaning = None
    if desk.model is not None:
        model = load(desk.model)
        meaning = Meaning.of(_Remembering(model), asked.entries, partial(_vectors, desk, model))
    facets = bases.demo_settings().facet_kinds
    found = []
    for number, weights in enumerate(changes, 1):
        setup.note(f"ablation: {desk.name}, {asked.found}, {number} of {len(changes)}")
        index = Index.build(asked.entries, facets, meaning=meaning, weights=weights)
        found.append((_first(index, asked, misspelt=False), _first(index, asked, misspelt=True)))
    return found


def _vectors(desk: Desk, model: SentenceModel, texts: Sequence[str]) -> Matrix:
    return embedded(model, texts, Cache(desk.kept))


def _first(index: Index, asked: Set, *, misspelt: bool) -> float:
    rng = random.Random(bases.SEED)
    right = 0
    for query in asked.queries:
        text = mistyped(query.text, rng) if misspelt else query.text
        right += any(match.entry.id in query.gold for match in index.search(text, limit=1).matches)
    return percent(right, len(asked.queries)) or 0.0


def _rows(
    desk: Desk, changes: Sequence[Change], columns: Sequence[Sequence[tuple[float, float]]]
) -> Iterator[tuple[Cell, ...]]:
    """A row for each change, after that of the weights as chosen."""
    shares = [[share for cell in cells for share in cell] for cells in zip(*columns, strict=True)]
    means = [sum(each) / len(each) for each in shares]
    names = [("as chosen", ""), *((change.name, change.value) for change in changes)]
    for (name, value), cells, mean in zip(names, shares, means, strict=True):
        yield desk.name, name, value, *cells, mean, mean - means[0]


@dataclass(slots=True)
class _Remembering:
    """A sentence model that puts each text through the network once. It is asked by one thread."""

    model: SentenceModel
    rows: dict[str, Matrix] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def words(self) -> Collection[str]:
        return self.model.words

    def embed(self, texts: Sequence[str]) -> Matrix:
        for text in texts:
            if text not in self.rows:
                self.rows[text] = self.model.embed([text])[0]
        return numpy.stack([self.rows[text] for text in texts])
