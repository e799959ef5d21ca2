"""Projects to route questions and to look paths up in: their map, what `get_maintainer.pl` said of some of
their paths, their history, and questions whose sections are known.

None of that is part of this repository. A folder `route/NAME` beside the public sets (so that `--data` moves
it, too) holds `MAINTAINERS.gz`, `paths.txt.gz` and, where there are, `golden.dev.jsonl.gz` (JSON lines of
path, sections and addresses), `history.log.gz` and `cases.dev.jsonl.gz`.
"""

import gzip
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Setup
from bot.evaluating.cases import Case, earliest, placed, read_cases
from bot.evaluating.past import Past, read_past
from bot.maps.settings import MapSource
from bot.maps.sources import read_map
from routing.sections import MaintainersMap

SCRIPT = Path("scripts/get_maintainer.pl")
"""Where trees keep it."""


@dataclass(frozen=True, slots=True)
class Golden:
    """What a tree's own script says of a path: the names of sections in its order, and addresses, with names
    and roles or without."""

    path: str
    sections: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Project:
    """A map that knows its tree. `loading`: seconds that took."""

    name: str
    map: MaintainersMap
    loading: float
    golden: tuple[Golden, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Those of the tree's files."""
        return self.map.tree.paths if self.map.tree is not None else ()


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions about a project, and what happened there before the first of them."""

    project: Project
    cases: tuple[Case, ...]
    past: Past


def kept(setup: Setup) -> Iterator[Project]:
    """The projects that are at hand."""
    for folder in _folders(setup, "paths.txt.gz"):
        yield _kept(folder)


def with_cases(setup: Setup) -> Iterator[Asked]:
    """The projects of which there are questions."""
    for folder in _folders(setup, "cases.dev.jsonl.gz"):
        project = _kept(folder)
        cases = read_cases(folder / "cases.dev.jsonl.gz")
        past = read_past(folder / "history.log.gz", earliest(cases), lambda *_: None, setup.note)
        yield Asked(project, placed(cases, project.map).cases, past)


def checkout(tree: Path) -> Project:
    """A tree on disk, with its MAINTAINERS at its top. Raises `knowledge.documents.DocumentError`."""
    return _loaded(tree.name, MapSource(file=tree / "MAINTAINERS", tree=tree))


def _folders(setup: Setup, name: str) -> list[Path]:
    found = (setup.data.parent / "route").glob("*/MAINTAINERS.gz")
    return sorted(each.parent for each in found if (each.parent / name).exists())


def _kept(folder: Path) -> Project:
    paths, golden = folder / "paths.txt.gz", folder / "golden.dev.jsonl.gz"
    source = MapSource(file=folder / "MAINTAINERS.gz", paths=paths if paths.exists() else None)
    return _loaded(folder.name, source, _golden(golden) if golden.exists() else ())


def _loaded(name: str, source: MapSource, golden: tuple[Golden, ...] = ()) -> Project:
    began = time.process_time()
    map_ = read_map((source,))
    return Project(name, map_, time.process_time() - began, golden)


def _golden(path: Path) -> tuple[Golden, ...]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        read = [json.loads(line) for line in lines]
    return tuple(Golden(each["path"], tuple(each["sections"]), tuple(each["addresses"])) for each in read)
