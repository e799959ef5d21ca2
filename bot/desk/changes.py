"""How one reference differs from the one before: what a reload brought, by name and without a word of text.

Pure. Imports of ours: the reference only.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from bot.desk.reference import Reference

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Changes:
    """Ids of entries that are new, that say something else, and that are gone; names of the sections and ids
    of the people of the map that are any of these. Each in order."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.added, self.changed, self.removed, self.sections, self.people))

    def but(self, entries: Collection[str]) -> "Changes":
        """Without these entries."""
        added, changed, removed = (
            tuple(each for each in names if each not in entries)
            for names in (self.added, self.changed, self.removed)
        )
        return Changes(added, changed, removed, self.sections, self.people)


def differences(old: Reference, new: Reference) -> Changes:
    """What differs between two references."""
    added, changed, removed = _differing(old.knowledge.entries, new.knowledge.entries, lambda each: each.id)
    if old.map is new.map:
        return Changes(added, changed, removed)
    map_before, map_after = old.map, new.map
    sections = _differing(map_before.sections.values(), map_after.sections.values(), lambda each: each.name)
    people = _differing(map_before.people.values(), map_after.people.values(), lambda each: each.id)
    return Changes(
        added,
        changed,
        removed,
        tuple(sorted({name for names in sections for name in names})),
        tuple(sorted({name for names in people for name in names})),
    )


def _differing(
    before: Iterable[Thing], after: Iterable[Thing], name: Callable[[Thing], str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The names of those that were added, changed, removed. Most are the very same objects, which are told by
    that, in a fifth of the time that it takes to look up the name of each."""
    ours, theirs = list(before), list(after)
    gone, come = set(map(id, ours)), set(map(id, theirs))
    old = {name(each): each for each in ours if id(each) not in come}
    new = {name(each): each for each in theirs if id(each) not in gone}
    return (
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(each for each, thing in new.items() if each in old and thing != old[each])),
        tuple(sorted(old.keys() - new.keys())),
    )
