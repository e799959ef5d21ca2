"""From the settings to a reference: the knowledge base and the map are read, and everything wrong is told.

A broken entry costs that entry; without a map that holds together there is no reference, and whoever has an
older one keeps it. Called at start, at every reload, and by the command line, so that all of them see the
same. Imports of ours: the configuration and the readers of `knowledge` and `routing`.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from bot.checking.examination import in_map, of_base
from bot.config import Settings
from bot.desk.model import CONTROL
from bot.desk.reference import Reference
from bot.maps.sources import examine_map
from knowledge.documents import DocumentError, Problem, Severity
from knowledge.library import Snapshot
from knowledge.library import load as load_library
from knowledge.votes import Vote
from routing.parts import Combined
from routing.presence import fold
from routing.sections import MaintainersMap


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read: the reference, None where there is no map to route by; all that is wrong; and what is
    worth a look all the same."""

    reference: Reference | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_sources(settings: Settings, votes: Iterable[Vote] = (), before: Snapshot | None = None) -> Sources:
    """Read what the settings point at. Never raises for what is in those files, nor when there are none.

    `before`: a snapshot of much the same entries, whose work is taken over; entries whose files have not
    changed are not read again.
    """
    map_: Combined | None = None
    found: list[Problem] = []
    try:
        map_ = examine_map(settings.map_sources)
    except DocumentError as error:
        found += error.problems
    else:
        found += in_map(map_, settings, settings.networks)
    snapshot = load_library(
        settings.knowledge,
        settings.facet_kinds,
        votes,
        before=before,
        moment=time.time_ns(),
        sections=tuple(map_.sections) if map_ is not None else None,
    )
    found += of_base(settings.knowledge, snapshot)
    built = map_.built() if map_ is not None and not map_.errors else None
    return Sources(
        reference_of(settings, snapshot, built) if built is not None else None,
        tuple(each for each in found if each.severity is Severity.ERROR),
        tuple(each for each in found if each.severity is Severity.WARNING),
    )


def heeding(reference: Reference, votes: Iterable[Vote]) -> Reference:
    """The same reference, whose knowledge heeds these votes and no others. Takes milliseconds."""
    knowledge = reference.knowledge
    voted = replace(knowledge, index=knowledge.index.with_votes(votes))
    return replace(reference, knowledge=voted)


def reference_of(settings: Settings, snapshot: Snapshot, map_: MaintainersMap) -> Reference:
    """The reference made of these."""
    return Reference(
        knowledge=snapshot,
        map=map_,
        settings=settings.desk,
        facets=settings.facet_kinds,
        venues=settings.venues,
        operators=_folded({**settings.desk.operators, CONTROL: settings.control.accounts}),
        editors=_folded(settings.desk.editors),
    )


def _folded(accounts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {network: frozenset(map(fold, names)) for network, names in accounts.items()}
