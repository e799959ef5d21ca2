"""One reading anew: of the files, and what of them is fit to be put in place.

An entry that cannot be read leaves all of the knowledge as it was (unless it was left out from the start), a
broken map leaves knowledge and map, a broken configuration all three. Imports of ours: the configuration and
`bot.sources`.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.config import Settings, load
from bot.desk.changes import Changes, differences
from bot.desk.reference import Reference
from bot.new_settings import at_the_next_start, now_in_force, taken_over
from bot.sources import Mapped, read_sources, reference_of
from knowledge.documents import DocumentError
from knowledge.library import Snapshot


@dataclass(frozen=True, slots=True)
class Anew:
    """What was read, ready to be put in place.

    `kept`: what stays as it was because of `problems`: "configuration", "knowledge", "map". `applied`,
    `later`: as of `ReferenceChanged`.
    """

    settings: Settings
    reference: Reference
    mapped: Mapped | None = None
    changes: Changes = field(default_factory=Changes)
    problems: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


def read_anew(
    running: Settings,
    old: Reference,
    source: Path | None,
    changed: Collection[str] | None = None,
    mapped: Mapped | None = None,
) -> Anew:
    """Read everything: the configuration too where its file is given as `source`. `running`: the settings in
    use, with those in it that cannot change. Never raises for what is or is not in the files.

    `changed`: the only files of the base that differ from what was read for `old`, by paths in it; the map is
    then what was `mapped`.
    """
    settings = running
    problems: list[str] = []
    kept: list[str] = []
    applied: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    if source is not None:
        try:
            written = load(source)
        except DocumentError as error:
            problems += map(str, error.problems)
            kept.append("configuration")
        else:
            settings = taken_over(running, written)
            applied, later = now_in_force(running, settings), at_the_next_start(running, written)
    sources = read_sources(
        settings,
        before=old.knowledge,
        changed=changed,
        mapped=mapped if changed is not None else None,
    )
    problems += map(str, sources.problems)
    if sources.reference is None:
        # The settings of the desk need nothing of the files.
        new = replace(reference_of(settings, old.knowledge, old.map), facets=old.facets)
        kept += ["knowledge", "map"]
        return Anew(settings, new, sources.mapped, Changes(), tuple(problems), tuple(kept), applied, later)
    new = sources.reference
    changes = differences(old, new)
    same = not (changes.added or changes.changed or changes.removed) and new.facets == old.facets
    # What was left out at the start, too, is no worse now: the rest may go on. A folder without any
    # entry is one that is being replaced, not a base.
    broken = bool(new.knowledge.left_out - old.knowledge.left_out)
    if broken or not new.knowledge.entries:
        kept.append("knowledge")
        new = replace(new, knowledge=old.knowledge, facets=old.facets)
        changes = differences(old, new)
    elif same:
        new = replace(new, knowledge=as_found(old.knowledge, new.knowledge))
    new.knowledge.index.prepare()  # here, so that no question has to wait for it
    return Anew(settings, new, sources.mapped, changes, tuple(problems), tuple(kept), applied, later)


def as_found(same: Snapshot, found: Snapshot) -> Snapshot:
    """The same entries, with what was found wrong beside them."""
    return replace(
        same, problems=found.problems, left_out=found.left_out, files=found.files, looked=found.looked
    )
