"""From the settings to a reference: the knowledge base and the map are read, and everything wrong is told.

A broken entry costs that entry; without a map that holds together there is no reference, and whoever has an
older one keeps it. Called at start, at every reload, and by the command line, so that all of them see the
same. Imports of ours: the configuration and the readers of `knowledge` and `routing`.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.checking.bases import of_base
from bot.checking.maps import in_map
from bot.config import Settings
from bot.desk.model import CONTROL
from bot.desk.reference import Reference
from bot.maps.sources import examine_map
from knowledge.documents import DocumentError, Problem, Severity
from knowledge.keeping import Keeping, Made
from knowledge.library import Progress, Snapshot, made_in
from knowledge.library import load as load_library
from knowledge.votes import Vote
from routing.presence import fold
from routing.sections import MaintainersMap


@dataclass(frozen=True, slots=True)
class Mapped:
    """What was read of the map: the names of its sections, None where it cannot be read; the map itself, None
    where it does not hold together; and what is wrong with it or worth a look."""

    sections: tuple[str, ...] | None
    built: MaintainersMap | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read: the reference, None where there is no map to route by; all that is wrong; and what is
    worth a look all the same."""

    reference: Reference | None
    mapped: Mapped
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_sources(
    settings: Settings,
    votes: Iterable[Vote] = (),
    before: Snapshot | None = None,
    *,
    changed: Collection[str] | None = None,
    kept: Mapping[bytes, Made] | None = None,
    mapped: Mapped | None = None,
    progress: Progress | None = None,
) -> Sources:
    """Read what the settings point at. Never raises for what is in those files, nor when there are none.

    `before`: a snapshot of much the same entries, whose work is taken over; entries whose files have not
    changed are not read again. `changed`: the only files of the base that may have, by paths in it.
    `kept`: as of `knowledge.library.load`. `mapped`: the map as it was read before, where that is not to be
    done again. `progress` is told how many entries of how many are read.
    """
    if mapped is None:
        mapped = read_mapped(settings)
    snapshot = load_library(
        settings.knowledge,
        settings.facet_kinds,
        votes,
        before=before,
        changed=changed,
        kept=kept,
        moment=time.time_ns(),
        sections=mapped.sections,
        progress=progress,
    )
    found = [*mapped.problems, *of_base(settings.knowledge, snapshot)]
    return Sources(
        reference_of(settings, snapshot, mapped.built) if mapped.built is not None else None,
        mapped,
        tuple(each for each in found if each.severity is Severity.ERROR),
        tuple(each for each in found if each.severity is Severity.WARNING),
    )


def read_and_keep(
    settings: Settings,
    environ: Mapping[str, str],
    note: Callable[[str], None],
    votes: Iterable[Vote] = (),
    *,
    progress: Progress | None = None,
) -> Sources:
    """As `read_sources`, by what is kept on disk of a large base from the last time, and kept for the next.
    `note` is told where that fails."""
    keeping = Keeping.of(environ, settings.knowledge, note)
    found = read_sources(settings, votes, kept=keeping.read(), progress=progress)
    if found.reference is not None:
        keeping.keep(made_in(found.reference.knowledge))
    return found


def read_mapped(settings: Settings) -> Mapped:
    """Read the map that the settings point at."""
    try:
        map_ = examine_map(settings.map_sources)
    except DocumentError as error:
        return Mapped(None, None, tuple(error.problems))
    found = tuple(in_map(map_, settings, settings.networks))
    return Mapped(tuple(map_.sections), None if map_.errors else map_.built(), found)


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
        bridged=settings.joint,
    )


def _folded(accounts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {network: frozenset(map(fold, names)) for network, names in accounts.items()}
