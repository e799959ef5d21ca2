"""A folder of entries, read into one snapshot.

Every `*.yaml` below the folder is an entry; files and folders that begin with a dot are passed over, and so
are symbolic links that lead out of the folder. Whatever is wrong with one file costs that file and no
other: it is left out and told as a problem. Of two files with one id the first (in the order of paths) is
kept. Reading never raises for what the folder holds, and neither when there is none.

A snapshot serves at once with the calibration it is given; `recalibrated` learns one from its own
phrasings, which takes longer and may happen behind the scenes.
"""

import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.calibration import calibrated
from knowledge.confidence import PRIOR, Calibration
from knowledge.documents import Document, DocumentError, Problem, read_file
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.index import Index
from knowledge.votes import Vote

MOST_FILES = 100_000
"""Files that are read from one folder; a folder with more is not a knowledge base."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The entries of a folder in the order of their ids, their index, and what was wrong with the others."""

    entries: tuple[Entry, ...]
    index: Index
    problems: tuple[Problem, ...] = ()

    def by_id(self, name: str) -> Entry | None:
        """The entry with this id, or None."""
        position = bisect_left(self.entries, name, key=lambda entry: entry.id)
        found = self.entries[position] if position < len(self.entries) else None
        return found if found and found.id == name else None


def load(
    folder: Path,
    declared: Iterable[FacetKind] = (),
    votes: Iterable[Vote] = (),
    calibration: Calibration = PRIOR,
) -> Snapshot:
    """The entries in a folder. Never raises for what is or is not there: see `Snapshot.problems`."""
    kinds = tuple(declared)
    problems: list[Problem] = []
    found: dict[str, tuple[Entry, Document]] = {}
    for path in _files(folder, problems):
        try:
            document = read_file(path, ENTRY_LIMITS)
            entry = entry_of(document, path.stem)
        except DocumentError as error:
            problems += error.problems
            continue
        if entry.id in found:
            first = found[entry.id][1].source
            problems.append(document.problem(("id",), f"id: `{entry.id}` is already that of {first}"))
            continue
        found[entry.id] = (entry, document)
    for entry, document in found.values():
        problems += _dangling(entry, document, found.keys(), kinds)
    entries = tuple(found[name][0] for name in sorted(found))
    return Snapshot(entries, Index.build(entries, kinds, votes, calibration), tuple(problems))


def recalibrated(snapshot: Snapshot) -> Snapshot:
    """The same entries with a calibration learned from their phrasings, where these are enough to learn
    from."""
    return Snapshot(
        snapshot.entries,
        snapshot.index.with_calibration(calibrated(snapshot.entries, snapshot.index.declared)),
        snapshot.problems,
    )


def read_entry(path: Path) -> Entry:
    """The entry in one file, whose id must be the stem of its name. Raises `DocumentError`."""
    return entry_of(read_file(path, ENTRY_LIMITS), path.stem)


def _files(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "there is no such folder"
        problems.append(Problem(str(folder), 1, 1, what))
        return
    root = folder.resolve()
    paths: list[Path] = []
    unreadable: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):  # follows no links to folders
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(place, name) for name in names if name.endswith(".yaml") and not name.startswith(".")]
        if len(paths) > MOST_FILES:
            problems.append(
                Problem(str(folder), 1, 1, f"holds more than {MOST_FILES} files; the rest is left out")
            )
            break
    problems += [
        Problem(str(error.filename), 1, 1, f"cannot be read: {error.strerror}") for error in unreadable
    ]
    for path in sorted(paths)[:MOST_FILES]:
        if path.is_symlink() and not _inside(path, root):
            problems.append(
                Problem(str(path), 1, 1, "is a link that leads out of the folder; it is not followed")
            )
        else:
            yield path


def _inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a link that leads to itself
        return False


def _dangling(
    entry: Entry, document: Document, ids: Iterable[str], declared: Sequence[FacetKind]
) -> Iterator[Problem]:
    """What an entry names that does not exist. The entry is kept: what it says is still right."""
    known = set(ids)
    for position, name in enumerate(entry.see):
        if name not in known:
            yield document.problem(("see", position), f"see: there is no entry `{name}`")
    kinds = {kind.name: kind for kind in declared}
    for number, answer in enumerate(entry.answers):
        for facet, allowed in answer.applies.items():
            place = ("answers", number, "applies", facet)
            if declared and facet not in kinds:
                yield document.problem(place, f"applies: no facet `{facet}` is declared ({', '.join(kinds)})")
            elif declared and (choices := kinds[facet].choices) is not None:
                for value in allowed:
                    if value not in choices:
                        said = ", ".join(choices)
                        yield document.problem(place, f"applies: `{value}` is no {facet}; declared: {said}")
