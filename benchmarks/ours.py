"""What pkgdesk does with a question, by `bot.consult`: on words alone, and with the sentence model.

With the model the vectors of entries are kept beside the plots, as a desk keeps them, so that they are
computed once. Those of *many* made-up entries are not computed at all: each is the mean of two others, drawn
by lot. That is right for time and memory, and not for finding, which is therefore not told of such a base.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy

from benchmarks import bases
from benchmarks.apart import apart
from benchmarks.figures import Setup
from benchmarks.peers import BEST, Find, Way
from bot.consult import consult
from bot.desk.reference import Reference
from knowledge.embeddings import Cache, embedded
from knowledge.entry import Entry
from knowledge.library import learned
from knowledge.meaning import Meaning, texts_of
from knowledge.semantic import Matrix, ModelError, SentenceModel, load

WORDS, MODEL = "pkgdesk, words", "pkgdesk, model"

_MANY = 1_000
"""Made-up entries from which on their vectors are drawn by lot."""

_GIVEN = "phrasings and answers; repairs, facets, evidence for the map"


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk that is to be asked: with the model in a folder, or without one. `kept` is where vectors are
    kept; `missing`: why it cannot be asked."""

    name: str
    model: Path | None
    kept: Path
    missing: str = ""

    def find(self, entries: Sequence[Entry]) -> Find:
        """A way to ask it, as soon as it serves: calibration, which changes no order, follows later."""
        reference = bases.reference(entries)
        if self.model is not None:
            known = reference.knowledge
            model = load(self.model)
            meaning = Meaning.of(model, known.entries, partial(self._vectors, model, known.entries))
            index = known.index.with_meaning(meaning)
            index.prepare()
            reference = replace(reference, knowledge=replace(known, index=index))
        return lambda text: tuple(match.entry.id for match in consult(text, None, reference).matches[:BEST])

    def calibrated(self, entries: Sequence[Entry]) -> Reference:
        """Its reference over entries, when everything is learned."""
        reference = bases.reference(entries)
        model = load(self.model) if self.model is not None else None
        return replace(reference, knowledge=learned(reference.knowledge, model, Cache(self.kept)))

    def _vectors(self, model: SentenceModel, entries: Sequence[Entry], texts: Sequence[str]) -> Matrix:
        if _true(entries):
            return embedded(model, texts, Cache(self.kept))
        made_up = {*texts_of(filter(bases.made_up, entries))}
        real = [row for row, text in enumerate(texts) if text not in made_up]
        rows = embedded(model, [texts[row] for row in real], Cache(self.kept))
        drawn = numpy.random.default_rng(bases.SEED).integers(len(real), size=(2, len(texts)))
        vectors = rows[drawn[0]] + rows[drawn[1]]
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[real] = rows
        return vectors


def desks(setup: Setup) -> list[Desk]:
    """The desks to measure: on words alone, and with the sentence model."""
    kept = setup.kept / "matching.vectors"
    return [Desk(WORDS, None, kept), Desk(MODEL, setup.model, kept, apart(partial(_missing, setup.model)))]


def ours(desks: Sequence[Desk]) -> list[Way]:
    """The desks as ways to find entries."""
    return [
        Way(
            desk.name,
            _GIVEN if desk.model is None else f"{_GIVEN}; all-MiniLM-L6-v2",
            desk.find,
            most=120_000_000 if desk.model is None else 40_000_000,
            missing=desk.missing,
            found_right=bool if desk.model is None else _true,
        )
        for desk in desks
    ]


def embed(desks: Sequence[Desk], several: Sequence[Sequence[Entry]], setup: Setup) -> None:
    """See to it that the vectors of several bases are kept, all at once: what is not in use is dropped."""
    entries = [entry for entries in several if _true(entries) for entry in entries]
    for desk in desks:
        if desk.model is not None and not desk.missing:
            apart(partial(_embed, desk, desk.model, entries, setup))


def _embed(desk: Desk, folder: Path, entries: Sequence[Entry], setup: Setup) -> None:
    def note(done: int, total: int) -> None:
        if done % 1_024 == 0:
            setup.note(f"{desk.name}: {done:,} of {total:,} texts are put through the model, once")

    embedded(load(folder), texts_of(entries), Cache(desk.kept), note)


def _true(entries: Sequence[Entry]) -> bool:
    """Whether the vectors of all entries are their own."""
    return sum(map(bases.made_up, entries)) < _MANY


def _missing(model: Path) -> str:
    """Why there is no model, without the place, for it may be recorded. To be asked in a process of its own,
    for it starts threads."""
    try:
        load(model)
    except ModelError as error:
        return str(error).removeprefix(f"{model}: ")
    return ""
