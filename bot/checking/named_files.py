"""Files of a map that are not there, and a base that is none, are blamed where the configuration names them:
there is nothing to mend in a file that does not exist.

Imports of ours: how a map is set, and documents.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from bot.maps.settings import MapSource
from knowledge.complaints import suggestion
from knowledge.documents import Document, Location, Problem

_LOOKED_AT = 2_000
"""Of a folder's names so many are looked at for one that may be meant."""


def at_settings(
    problems: Iterable[Problem], setting: Path | MapSource | list[Path | MapSource], document: Document
) -> Iterator[Problem]:
    """The problems of a map's files, of which those that are not there are placed in the configuration.
    `setting`: the map's, with its paths as they are looked for; `document`: what it was read from."""
    named = {str(path): (place, path) for place, path in _named(setting)}
    for problem in problems:
        place, path = named.get(problem.source, ((), None))
        if path is None or os.path.lexists(path):
            yield problem
            continue
        key = ".".join(str(each) for each in place if isinstance(each, str))
        said = f"{key}: {_shown(path, document)}: {problem.message}{_near(path)}"
        yield replace(document.problem(place, said), severity=problem.severity)


def at_knowledge(problem: Problem, folder: Path, document: Document) -> Problem:
    """A problem of a base; that its folder is none is placed in the configuration."""
    if problem.source != str(folder) or folder.is_dir():
        return problem
    near = "" if os.path.lexists(folder) else _near(folder)
    said = f"knowledge: {_shown(folder, document)}: {problem.message}{near}"
    return replace(document.problem(("knowledge",), said), severity=problem.severity)


def _named(setting: Path | MapSource | list[Path | MapSource]) -> Iterator[tuple[Location, Path]]:
    """Every path of the setting, with its place in the configuration."""
    several = isinstance(setting, list)
    for number, source in enumerate(setting if isinstance(setting, list) else [setting]):
        at: Location = ("map", number) if several else ("map",)
        if isinstance(source, Path):
            yield at, source
            continue
        for key in ("file", "paths", "tree"):
            if (path := getattr(source, key)) is not None:
                yield (*at, key), path
        for key in ("files", "overlay"):
            for index, path in enumerate(getattr(source, key)):
                yield (*at, key, index), path


def _shown(path: Path, document: Document) -> Path:
    """The path, from the configuration's folder on where it lies there."""
    folder = Path(document.problem((), "").source).absolute().parent
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _near(path: Path) -> str:
    """`, did you mean …?` with a name of the same folder."""
    try:
        with os.scandir(path.parent) as found:
            names = [each.name for each in islice(found, _LOOKED_AT)]
    except OSError:
        return ""
    return suggestion(path.name, {each: each for each in sorted(names)})
