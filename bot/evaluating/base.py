"""A base as a desk would have it, built while the time and the memory that it takes are measured.

The only place that knows how entries become a snapshot with its own calibration.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.config import Settings
from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from bot.evaluating.clock import Clock, Lap
from bot.model.choice import chosen
from knowledge.embeddings import Cache, default_cache
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.library import Snapshot, learned
from knowledge.semantic import default_folder, load
from routing.sections import MaintainersMap

Tell = Callable[[str, int, int], None]
"""Is told what is being done, and of how much how much is done (0 of 0 where that is not known)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a desk has beside its entries."""

    settings: DeskSettings = field(default_factory=DeskSettings)
    facets: tuple[FacetKind, ...] = ()
    map: MaintainersMap = field(default_factory=MaintainersMap)


@dataclass(frozen=True, slots=True)
class Reading:
    """By which sentence model the base is to be read, and where vectors are kept from time to time; `note`
    takes what is to be said of that."""

    model: Path
    cache: Path
    note: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Costs:
    """What the building took: seconds for each part, and MiB by which the process grew, None where the system
    does not say. `model` is the loading of the sentence model, `embedded` how many texts it read that were
    not kept from before; all of that is None where there are words alone."""

    index: float
    calibration: float
    memory: float | None
    model: float | None = None
    model_memory: float | None = None
    embeddings: float | None = None
    embedded: int | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """A base, ready to be asked. `model`: the name of the sentence model, None for words alone."""

    reference: Reference
    costs: Costs
    model: str | None


def reading_by(settings: Settings | None, base: Path, note: Callable[[str], None]) -> Reading | None:
    """The sentence model that a desk with these settings would use, if any; without settings that of the
    user."""
    if settings is not None:
        folder = chosen(settings, os.environ)
    else:
        own = default_folder(os.environ)
        folder = own if own.is_dir() else None
    return Reading(folder, default_cache(os.environ, base), note) if folder is not None else None


def build(
    entries: Sequence[Entry], around: Surroundings, tell: Tell, reading: Reading | None = None
) -> Built:
    """A reference over the entries, calibrated on them as a desk does; `reading`: with the sentence model.
    Raises `knowledge.semantic.ModelError` where that cannot be used."""
    clock = Clock()
    model, cache = None, None
    if reading is not None:
        tell("loading the sentence model", 0, 0)
        model, cache = load(reading.model), Cache(reading.cache, reading.note)
    loading = clock.lap()
    tell("indexing", 0, 0)
    ordered = tuple(sorted(entries, key=lambda entry: entry.id))
    index = Index.build(ordered, around.facets)
    index.prepare()
    indexing = clock.lap()
    embedding, texts = Lap(0.0, None), 0

    def embedded(done: int, total: int) -> None:
        nonlocal embedding, texts
        texts = total
        tell("embedding", done, total)
        if done == total:
            embedding = clock.lap()
            tell("calibrating", 0, 0)

    tell("calibrating" if model is None else "embedding", 0, 0)
    snapshot = learned(Snapshot(ordered, index), model, cache, embedded)
    calibrating = clock.lap()
    costs = Costs(indexing.seconds, calibrating.seconds, _sum(indexing, embedding, calibrating))
    if model is not None:
        costs = replace(
            costs,
            model=loading.seconds,
            model_memory=loading.memory,
            embeddings=embedding.seconds,
            embedded=texts,
        )
    reference = Reference(snapshot, around.map, around.settings, around.facets)
    return Built(reference, costs, model.name if model is not None else None)


def rebuilt(reference: Reference, entries: Sequence[Entry]) -> Reference:
    """The reference over other entries, most of which are the same, as sure of itself as it was."""
    before = reference.knowledge.index
    index = Index.build(entries, reference.facets, calibration=before.calibration, before=before)
    return replace(reference, knowledge=replace(reference.knowledge, entries=tuple(entries), index=index))


def _sum(*laps: Lap) -> float | None:
    known = [lap.memory for lap in laps if lap.memory is not None]
    return max(0.0, sum(known)) if known else None
