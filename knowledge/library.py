"""A folder of entries, read into one snapshot.

Every `*.yaml` below the folder is an entry; files and folders that begin with a dot are passed over, and so
are symbolic links that lead out of the folder. A file whose name nearly ends so (`.yml`) is passed over with
a warning. Whatever is wrong with one file costs that file and no other: it is left out and told as a problem.
Of two files with one id the first (in the order of paths) is kept. Reading never raises for what the folder
holds, and neither when there is none.

What was read of a file is taken over from the reading before where the file is still the same: where its
path, size, inode and times are. The time of the inode is among them, which nobody sets, so that a file that
was written and dated back is read again. As times are coarse, a file that has only just changed is not relied
on the next time. Whatever depends on other files is found out anew. With one changed file of 10,000 reading
takes 0.3 s of a core instead of 2.1 s.

A snapshot serves at once, with what the one before it had learned; `learned` reads the entries with the
sentence model, where there is one, and learns from their phrasings how sure a match is. That takes longer
and may happen behind the scenes.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeAlias

from knowledge.calibration import calibrated
from knowledge.documents import (
    MAX_PROBLEMS,
    DocumentError,
    Location,
    Places,
    Problem,
    Severity,
    in_order,
    read_file,
)
from knowledge.embeddings import Cache, embedded
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.files import ENTRY_LIMITS, entry_of, remains_of
from knowledge.freshness import worth_a_look
from knowledge.index import Index
from knowledge.meaning import Meaning
from knowledge.references import References
from knowledge.semantic import Matrix, SentenceModel
from knowledge.votes import Vote

MOST_FILES = 100_000
"""Files that are read from one folder; a folder with more is not a knowledge base."""

_NEARLY = (".yml", ".yaml")  # in whichever case

TOLD_EVERY = 50
"""Files after which progress is told again."""

Progress: TypeAlias = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


Stamp: TypeAlias = tuple[int, ...]
"""By which a file is known to be the one that was read: when it and when its inode changed (nanoseconds), its
size in bytes, its inode. Empty where there is no telling."""

UNSETTLED = 2_000_000_000
"""Nanoseconds for which a file that has changed is not relied on: within one step of its file system's clock,
which may be two seconds long, it can change again and look the same (what git calls racily clean)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file says, and the stamp that it had just before it was read. Where something is `wrong` with
    it, `entry` is what remains of one."""

    stamp: Stamp
    entry: Entry
    wrong: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """The entries of a folder in the order of their ids, and what was wrong with files and entries.

    `left_out`: the files and folders of which there is no entry because they could not be used. `files`: what
    was read of those files, by path, that the next reading may rely on; 0.5 to 1 kB for each.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[str] = frozenset()
    files: Mapping[str, Seen] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The entries of a folder in the order of their ids, their index, and what was wrong, as of `Read`."""

    entries: tuple[Entry, ...]
    index: Index
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[str] = frozenset()
    files: Mapping[str, Seen] = field(default_factory=dict, repr=False, compare=False)

    def by_id(self, name: str) -> Entry | None:
        """The entry with this id, or None."""
        position = bisect_left(self.entries, name, key=lambda entry: entry.id)
        found = self.entries[position] if position < len(self.entries) else None
        return found if found and found.id == name else None


def load(
    folder: Path,
    declared: Iterable[FacetKind] = (),
    votes: Iterable[Vote] = (),
    *,
    before: Snapshot | None = None,
    moment: int | None = None,
    sections: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """What `read` gives, with an index over the entries. Never raises for what is or is not there.

    `before`: a snapshot of much the same entries, whose work and whose calibration are taken over. `moment`:
    as of `read`.
    """
    kinds = tuple(declared)
    found = read(folder, kinds, before=before, moment=moment, sections=sections, progress=progress)
    old = before.index if before is not None else None
    index = Index.build(found.entries, kinds, votes, before=old)
    return Snapshot(found.entries, index, found.problems, found.left_out, found.files)


def read(
    folder: Path,
    declared: Iterable[FacetKind] = (),
    *,
    before: Read | Snapshot | None = None,
    moment: int | None = None,
    sections: Collection[str] | None = None,
    progress: Progress | None = None,
    today: date | None = None,
) -> Read:
    """The entries in a folder, and everything wrong with them. Never raises for what is or is not there.

    What entries name is looked up: other entries, `declared` facets (where there are any), and the
    `sections` of the map (where they are given). `progress` is told how many files of how many are read: at
    the beginning, now and then, and at the end. Where `today` is given, what is worth a look is told as well,
    as warnings.

    `before`: of its files, those that are the same are not read again; what is given back is the same as
    without. `moment`: now, in nanoseconds since 1970; without it there is no telling which files a later
    reading may rely on, and none that is read now is kept for it.
    """
    problems: list[Problem] = []
    found: dict[str, tuple[Entry, Places]] = {}
    broken: list[tuple[Seen, Places]] = []
    files: dict[str, Seen] = {}
    known: Mapping[str, Seen] = before.files if before is not None else {}
    settled = moment - UNSETTLED if moment is not None else None
    paths = list(_files(folder, problems))
    tell = progress or _silent
    tell(0, len(paths))
    for done, path in enumerate(paths, 1):
        old = known.get(str(path))
        try:
            seen, places = _look(path, old)
        except DocumentError as error:
            problems += error.problems
        else:
            if seen is old or (settled is not None and seen.stamp and max(seen.stamp[:2]) < settled):
                files[places.source] = seen
            if seen.wrong:
                broken.append((seen, places))
            elif (first := found.setdefault(seen.entry.id, (seen.entry, places))[1]) is not places:
                said = f"id: `{seen.entry.id}` is already that of {first.source}"
                problems.append(places.problem(("id",), said))
        if done % TOLD_EVERY == 0 or done == len(paths):
            tell(done, len(paths))
    left_out = {each.source for each in problems if each.severity is Severity.ERROR}
    left_out |= {places.source for _, places in broken}
    # An entry that is broken is there all the same; what is wrong with it is told at its own place.
    references = References({*found, *(path.stem for path in paths)}, declared, sections)
    for entry, places in found.values():
        told = [places.problem(*said) for said in references.missing(entry)]
        if today is not None:
            told += [places.problem(*said, Severity.WARNING) for said in worth_a_look(entry, today)]
        problems += in_order(told)
    for seen, places in broken:
        told = [places.problem(*said) for said in references.missing(seen.entry)]
        problems += in_order([*seen.wrong, *told])
    entries = tuple(found[name][0] for name in sorted(found))
    return Read(entries, tuple(problems), frozenset(left_out), files)


def _look(path: Path, old: Seen | None) -> tuple[Seen, Places]:
    """What the file says: what it said before where it is the same, else what it says now. Raises
    `DocumentError` where it is no document; that is found out anew each time, as it may be for reasons that
    leave no trace in the stamp."""
    stamp = _stamp(path)
    if old is not None and old.stamp == stamp:
        return old, Places(str(path), partial(_marks, path))
    document = read_file(path, ENTRY_LIMITS)
    try:
        return Seen(stamp, entry_of(document, path.stem)), document.places
    except DocumentError as error:
        return Seen(stamp, remains_of(document, path.stem), error.problems), document.places


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):  # reading it will tell why
        return ()
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _marks(path: Path) -> Mapping[Location, tuple[int, int]]:
    """Where everything stands in the file, which is read for that: keeping the text of every file costs more
    than reading the few again that something is wrong with."""
    try:
        return read_file(path, ENTRY_LIMITS).places.marks
    except DocumentError:  # it has changed in this moment; the next reading will tell
        return {(): (1, 1)}


def _silent(done: int, total: int) -> None:
    """Progress that nobody wants to be told."""


def learned(
    snapshot: Snapshot,
    model: SentenceModel | None = None,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """The same entries as the sentence model reads them, where there is one, with a calibration learned from
    their phrasings, where these are enough to learn from.

    `cache`: where vectors are kept. `progress` is told how many texts are embedded, of those that the cache
    does not hold; what it raises ends the work. Some 3 ms for each of them, and a second or two.
    """
    index = snapshot.index
    if model is not None:

        def vectors(texts: Sequence[str]) -> Matrix:
            return embedded(model, texts, cache, progress or _silent)

        index = index.with_meaning(Meaning.of(model, snapshot.entries, vectors))
    return replace(snapshot, index=index.with_calibration(calibrated(index)))


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
    nearly: list[Path] = []
    unreadable: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):  # follows no links to folders
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(".yaml") and not name.startswith("."):
                paths.append(Path(place, name))
            elif name.lower().endswith(_NEARLY) and not name.startswith("."):
                nearly.append(Path(place, name))
        if len(paths) > MOST_FILES:
            problems.append(
                Problem(str(folder), 1, 1, f"holds more than {MOST_FILES} files; the rest is left out")
            )
            break
    problems += [
        Problem(str(error.filename), 1, 1, f"cannot be read: {error.strerror}") for error in unreadable
    ]
    problems += [
        Problem(str(path), 1, 1, "is not read: the name of an entry ends in .yaml", Severity.WARNING)
        for path in sorted(nearly)[:MAX_PROBLEMS]
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
