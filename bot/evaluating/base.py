"""A base as a desk would have it, built while the time and the memory that it takes are measured.

The only place that knows how entries become a snapshot with its own calibration. Peak memory is that of the
process so far (getrusage(2)); how much the base takes is what the process has grown by meanwhile (proc(5),
statm), where the system says so.
"""

import gc
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.desk.reference import Reference
from bot.desk.settings import DeskSettings
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.index import Index
from knowledge.library import Snapshot, recalibrated
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
class Costs:
    """Seconds that parts of the building took, None for what was not done; MiB of memory, None where the
    system does not say."""

    index: float
    embeddings: float | None
    calibration: float
    memory: float | None


@dataclass(frozen=True, slots=True)
class Built:
    """A base, ready to be asked. `semantic`: with the sentence model."""

    reference: Reference
    costs: Costs
    semantic: bool


def build(entries: Sequence[Entry], around: Surroundings, tell: Tell, *, semantic: bool = True) -> Built:
    """A reference over the entries, calibrated on them as a desk does; `semantic`: with the sentence model,
    where there is one."""
    del semantic
    gc.collect()
    before = _resident()
    began = time.perf_counter()
    tell("indexing", 0, 0)
    ordered = tuple(sorted(entries, key=lambda entry: entry.id))
    index = Index.build(ordered, around.facets)
    index.prepare()
    indexed = time.perf_counter()
    tell("calibrating", 0, 0)
    snapshot = recalibrated(Snapshot(ordered, index))
    ready = time.perf_counter()
    gc.collect()
    after = _resident()
    return Built(
        Reference(snapshot, around.map, around.settings, around.facets),
        Costs(
            index=indexed - began,
            embeddings=None,
            calibration=ready - indexed,
            memory=None if before is None or after is None else max(0.0, after - before),
        ),
        semantic=False,
    )


def peak_memory() -> float:
    """The most memory that this process has had so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _resident() -> float | None:
    """The memory of this process now, in MiB."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return pages * resource.getpagesize() / (1 << 20)
