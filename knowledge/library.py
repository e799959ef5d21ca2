"""A folder of entries, as one snapshot that can be searched.

How the folder is read is `knowledge.looking`. A snapshot serves at once, with what the one before it had
learned; `learned` reads the entries with the sentence model, where there is one, and learns from their
phrasings how sure a match is. That takes longer and may happen behind the scenes.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from knowledge.calibration import calibrated
from knowledge.documents import Problem, read_file
from knowledge.embeddings import Cache, embedded
from knowledge.entry import Entry
from knowledge.facets import FacetKind
from knowledge.files import ENTRY_LIMITS, entry_of
from knowledge.index import Index
from knowledge.keeping import Made, made_of
from knowledge.looking import (
    TOLD_EVERY,
    Looked,
    Progress,
    Read,
    Seen,
    read,
    reread,
    silent,
)
from knowledge.meaning import Meaning
from knowledge.semantic import Matrix, SentenceModel
from knowledge.votes import Vote

__all__ = (
    "TOLD_EVERY",
    "Progress",
    "Read",
    "Seen",
    "Snapshot",
    "learned",
    "load",
    "made_in",
    "read",
    "read_entry",
    "reread",
)

NO_ENTRY = "holds no entry: each is a file whose name ends in .yaml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The entries of a folder in the order of their ids, their index, and what was wrong, as of `Read`."""

    entries: tuple[Entry, ...]
    index: Index
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[str] = frozenset()
    files: Mapping[str, Seen] = field(default_factory=dict, repr=False, compare=False)
    looked: Looked = field(default_factory=Looked, repr=False, compare=False)

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
    changed: Collection[str] | None = None,
    kept: Mapping[bytes, Made] | None = None,
    moment: int | None = None,
    sections: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Snapshot:
    """What `read` gives, with an index over the entries. Never raises for what is or is not there.

    `before`: a snapshot of much the same entries, whose work and whose calibration are taken over; `learned`
    makes its index whole. `changed`: paths in the folder outside of which nothing has changed since `before`,
    as of `reread`. `kept`: what was made of files by another process, by what is in them; the same comes of
    it. `moment`: as of `read`.
    """
    kinds = tuple(declared)
    found = None
    if before is not None and changed is not None:
        found = reread(folder, changed, before, kinds, moment=moment, sections=sections)
    if found is None:
        entries = {digest: each.entry for digest, each in (kept or {}).items()}
        found = read(
            folder,
            kinds,
            before=before,
            kept=entries,
            moment=moment,
            sections=sections,
            progress=progress,
        )
    old = before.index if before is not None else None
    at_hand = tuple((kept or {}).values())
    known = tuple(each.entry for each in at_hand), tuple(each.page for each in at_hand)
    index = Index.build(found.entries, kinds, votes, before=old, known=known, amend=True)
    return Snapshot(found.entries, index, found.problems, found.left_out, found.files, found.looked)


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
    index = snapshot.index.settled()
    if model is not None:

        def vectors(texts: Sequence[str]) -> Matrix:
            return embedded(model, texts, cache, progress or silent)

        index = index.with_meaning(Meaning.of(model, snapshot.entries, vectors))
    return replace(snapshot, index=index.with_calibration(calibrated(index)))


def made_in(snapshot: Snapshot) -> dict[bytes, Made]:
    """What was made of the files of a snapshot, for a later `load`."""
    return made_of(snapshot.looked.files.values(), snapshot.entries, snapshot.index.prepare().pages)


def read_entry(path: Path) -> Entry:
    """The entry in one file, whose id must be the stem of its name. Raises `DocumentError`."""
    return entry_of(read_file(path, ENTRY_LIMITS), path.stem)
