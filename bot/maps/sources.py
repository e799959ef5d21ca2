"""From the sources of a map on disk to one map: the one way for the desk, for `check` and for every command.

    read_map(sources)       the map, or a `DocumentError` with all that is wrong
    examine_map(sources)    as much of a map as there is, and all that is wrong, for looking at

Which format a file has is said by its source, else by its name (`*.yaml`, MAINTAINERS, CODEOWNERS), else by
its lines. An error in one file hides none of another; but whether names lead anywhere is only told where
every file could be read, for what they lead to may stand in the one that could not.

Imports of ours: the formats, and what puts them together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.maps.files import content_of, files_of, text_of, tree_of
from bot.maps.settings import MapSource
from knowledge.documents import DocumentError, Location, Problem, Severity
from routing.combining import combine
from routing.formats import codeowners, maintainers, native, overlay
from routing.formats.dialects import Dialect
from routing.formats.examined import Examined
from routing.formats.overlay import Overlay
from routing.formats.recognise import Format, format_by_name, format_by_text
from routing.parts import Combined, Part
from routing.sections import MaintainersMap
from routing.tree import Tree


def read_map(sources: Iterable[MapSource]) -> MaintainersMap:
    """The map that `sources` make. Raises `DocumentError`."""
    return examine_map(sources).built()


def examine_map(sources: Iterable[MapSource]) -> Combined:
    """The map that `sources` make, or as much of one as there is. Raises `DocumentError` where one of the
    files cannot be read at all, with what is wrong with the others by themselves."""
    parts: list[Part] = []
    overlays: list[Overlay] = []
    lost: list[Problem] = []
    named = tuple(sources)
    for source in named:
        try:
            parts += _parts(source)
        except DocumentError as error:
            lost += error.problems
    for path in dict.fromkeys(path for source in named for path in source.overlay):
        try:
            overlays.append(overlay.examine(path))
        except DocumentError as error:
            lost += error.problems
    if lost or not parts:
        told = [problem for part in parts for problem in part.problems]
        told += [problem for each in overlays for problem in each.problems]
        raise DocumentError([*lost, *told])
    return combine(parts, overlays)


def format_of(path: Path) -> Format:
    """The format of a map: by its name, else by what it looks like. Raises `DocumentError`."""
    return format_by_name(path.name) or format_by_text(text_of(path))


def _parts(source: MapSource) -> list[Part]:
    tree = tree_of(source)
    by_format: dict[Format, list[Path]] = {}
    for path in files_of(source):
        format_ = Format(source.format) if source.format else format_of(path)
        by_format.setdefault(format_, []).append(path)
    parts = [_native(path, source, tree) for path in by_format.get(Format.NATIVE, ())]
    if paths := by_format.get(Format.MAINTAINERS):
        parts.append(_maintainers(paths, source, tree))
    for path in by_format.get(Format.CODEOWNERS, ()):
        parts.append(_part(codeowners.parse(content_of(path), str(path), tree=tree), source, tree))
    return parts


def _native(path: Path, source: MapSource, tree: Tree | None) -> Part:
    found = native.examine_part(path)
    return Part(
        found.document,
        found.sections,
        found.people,
        found.rest,
        found.triagers,
        found.mail,
        tree=tree,
        problems=found.problems,
        left_out=found.left_out,
        prefix=source.prefix or "",
    )


def _maintainers(paths: Sequence[Path], source: MapSource, tree: Tree | None) -> Part:
    """Files of that format, together one map."""
    first, *others = paths
    found = maintainers.parse(
        content_of(first),
        str(first),
        dialect=Dialect(source.dialect) if source.dialect else None,
        tree=tree,
        further=((content_of(path), str(path)) for path in others),
        ignored=_ignored(first, source),
    )
    if not found.sections:  # nothing of a map can be read
        raise DocumentError(found.errors)
    return _part(found, source, tree)


def _ignored(file: Path, source: MapSource) -> str:
    """The file of a tree that names addresses nobody wants to be told, if there is one."""
    beside = (source.tree or file.parent) / ".get_maintainer.ignore"
    return text_of(beside) if beside.is_file() and beside.stat().st_size else ""


def _part(found: Examined, source: MapSource, tree: Tree | None) -> Part:
    return Part(
        _Lines(found.source, found.places),
        found.sections,
        found.people,
        found.rest,
        found.triagers,
        found.mail,
        found.lookups[0] if found.lookups else None,
        tree,
        found.problems,
        chosen_ids=False,
        prefix=source.prefix or "",
    )


@dataclass(frozen=True, slots=True)
class _Lines:
    """Where the sections of a file that is no YAML stand."""

    source: str
    places: Mapping[str, tuple[str, int]]

    def problem(self, path: Location, message: str, severity: Severity = Severity.ERROR) -> Problem:
        named = str(path[1]) if path[:1] == ("sections",) and len(path) > 1 else ""
        source, line = self.places.get(named, (self.source, 1))
        return Problem(source, line, 1, message, severity)
