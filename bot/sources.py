"""From the settings to a reference: the knowledge base and the map are read, and everything wrong is told.

A broken entry costs that entry; without a map that holds together there is no reference, and whoever has an
older one keeps it. Called at start, at every reload, and by the command line, so that all of them see the
same. Imports of ours: the configuration and the readers of `knowledge` and `routing`.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.config import Settings, load
from bot.desk.reference import Reference
from knowledge.confidence import PRIOR, Calibration
from knowledge.documents import DocumentError, Problem, read_file
from knowledge.library import Snapshot
from knowledge.library import load as load_library
from knowledge.votes import Vote
from routing.formats.native import read_map
from routing.presence import fold
from routing.sections import MaintainersMap, nearest


@dataclass(frozen=True, slots=True)
class Sources:
    """What was read: the reference, None where there is no map to route by, and all that is wrong."""

    reference: Reference | None
    problems: tuple[Problem, ...] = ()


def read_sources(settings: Settings, votes: Iterable[Vote] = (), calibration: Calibration = PRIOR) -> Sources:
    """Read what the settings point at. Never raises for what is in those files, nor when there are none."""
    snapshot = load_library(settings.knowledge, settings.facet_kinds, votes, calibration)
    problems = [*snapshot.problems, *_missing_passwords(settings)]
    if not snapshot.entries and not snapshot.problems:
        problems.append(Problem(str(settings.knowledge), 1, 1, "holds no entry (no *.yaml file)"))
    try:
        map_ = read_map(settings.map)
    except DocumentError as error:
        return Sources(None, (*problems, *error.problems))
    problems += _homeless(settings.knowledge, snapshot, map_)
    return Sources(reference_of(settings, snapshot, map_), tuple(problems))


def reference_of(settings: Settings, snapshot: Snapshot, map_: MaintainersMap) -> Reference:
    """The reference made of these."""
    return Reference(
        knowledge=snapshot,
        map=map_,
        settings=settings.desk,
        facets=settings.facet_kinds,
        venues=settings.venues,
        operators=_folded(settings.desk.operators),
        editors=_folded(settings.desk.editors),
    )


def _folded(accounts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {network: frozenset(map(fold, names)) for network, names in accounts.items()}


def check(path: Path) -> tuple[Problem, ...]:
    """Everything that is wrong with a configuration and with the files that it points at."""
    try:
        return read_sources(load(path)).problems
    except DocumentError as error:
        return error.problems


def _missing_passwords(settings: Settings) -> Iterator[Problem]:
    """Files of passwords that are not there. A variable of the environment may be set elsewhere."""
    for name, network in settings.networks.items():
        if network.sasl is not None and network.sasl.password_file is not None:
            try:
                network.sasl.password()
            except (OSError, ValueError) as error:
                said = (error.strerror if isinstance(error, OSError) else None) or str(error)
                message = f"networks.{name}.sasl cannot read the password: {said[:1].lower()}{said[1:]}"
                yield Problem(str(network.sasl.password_file), 1, 1, message)


def _homeless(folder: Path, snapshot: Snapshot, map_: MaintainersMap) -> Iterator[Problem]:
    """Entries whose section the map does not have; what they say is still right."""
    for entry in snapshot.entries:
        if entry.section and map_.section(entry.section) is None:
            near = nearest(entry.section, map_.sections)
            hint = f", did you mean `{near}`?" if near else ""
            message = f"section: the map has no section `{entry.section}`{hint}"
            yield _place(folder, entry.id, message)


def _place(folder: Path, entry: str, message: str) -> Problem:
    """A problem with an entry's section, in the file that the entry came from."""
    for path in sorted(folder.rglob(f"{entry}.yaml")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts):
            with contextlib.suppress(DocumentError):  # it may have changed meanwhile
                return read_file(path).problem(("section",), message)
    return Problem(str(folder / f"{entry}.yaml"), 1, 1, message)
