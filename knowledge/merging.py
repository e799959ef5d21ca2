"""Two changes of one entry brought together: by fields, and in lists by items.

A three-way merge of trees (`knowledge.writing`): what only one side changed is as that side has it, what both
made the same is that; what both changed differently is a `Conflict`, never the loss of either. A `text` is
merged by its lines (`knowledge.weaving`). What each item of a list became is told by `knowledge.aligning`.
Tags and references are sets in the order of their coming: they are added and removed, never changed. Pure.
"""

from collections.abc import Sequence
from typing import cast

from rapidfuzz import fuzz

from knowledge.aligning import aligned, untangled
from knowledge.weaving import Overlap, woven
from knowledge.writing import Branch, Maybe, Tree

_SETS = frozenset(["tags", "see"])
_LISTS = frozenset(["phrasings", "answers"])
_BRANCHES = frozenset(["applies", "answer"])
_SHOWN = 60  # characters of a text that a conflict repeats


class Conflict(Exception):
    """Why a change cannot be made, in a line: what it changes says something else by now."""


def merged(was: Branch, now: Branch, current: Branch) -> Branch:
    """`current` with what makes `now` of `was`. Raises `Conflict`."""
    return _branch("", was, now, current)


def alike(one: Tree, other: Tree) -> float:
    """How alike two items of a list are, from 0 to about 5: by their words and by the fields they share."""
    if isinstance(one, dict) and isinstance(other, dict):
        shared = sum(1 for key, value in one.items() if other.get(key) == value)
        return shared + alike(one.get("short", ""), other.get("short", ""))
    if isinstance(one, str) and isinstance(other, str):
        return fuzz.ratio(one, other) / 100
    return 0.0


def _branch(place: str, was: Branch, now: Branch, current: Branch) -> Branch:
    found: Branch = {}
    for key in dict.fromkeys([*current, *now]):
        value = _merged(key, was.get(key), now.get(key), current.get(key), f"{place}{key}")
        if value:
            found[key] = value
    return found


def _merged(key: str, was: Maybe, now: Maybe, current: Maybe, place: str) -> Maybe:
    if now in (was, current):
        return current
    if current == was:
        return now
    if key in _SETS:
        return _set(*(cast("tuple[str, ...]", each or ()) for each in (was, now, current)))
    if key in _LISTS:
        return _list(key, place, *(cast("tuple[Tree, ...]", each or ()) for each in (was, now, current)))
    if key in _BRANCHES:
        return _branch(f"{place}.", *(cast("Branch", each or {}) for each in (was, now, current)))
    if key == "text" and isinstance(was, str) and isinstance(now, str) and isinstance(current, str):
        return _text(was, now, current, place)
    raise Conflict(_why(now, current, place))


def _text(was: str, now: str, current: str, place: str) -> str:
    try:
        # Its last line has no end, and is no other line for that.
        return woven(f"{was}\n", f"{now}\n", f"{current}\n").removesuffix("\n")
    except Overlap as overlap:
        said = f"says `{_clipped(overlap.says)}`" if overlap.says.strip() else "says nothing"
        raise Conflict(
            f"{place} was changed meanwhile in the same lines, and {said} there by now"
        ) from overlap


def _set(was: Sequence[str], now: Sequence[str], current: Sequence[str]) -> tuple[str, ...]:
    there = {each.casefold() for each in (*was, *current)}
    gone = set(was) - set(now)
    return (
        *(each for each in current if each not in gone),
        *(each for each in now if each.casefold() not in there),
    )


def _list(
    key: str, place: str, was: Sequence[Tree], now: Sequence[Tree], current: Sequence[Tree]
) -> tuple[Tree, ...]:
    """The items of both, in the order of `current`; what `now` adds comes after what stood before it."""
    ours, moved = untangled(was, now, aligned(was, now, alike))
    theirs, shifted = untangled(was, current, aligned(was, current, alike))
    made_of = {one: None if other is None else now[other] for one, other in ours if one is not None}
    made_of |= {one: was[one] for one in moved.values()}  # moved, not removed: it stays where it is
    added: dict[int, list[Tree]] = {}  # by the position in `was` that they come before
    before = 0
    for old, new in ours:
        if old is not None:
            before = old + 1
        elif new is not None and new not in moved:
            added.setdefault(before, []).append(now[new])
    known = [*was, *current]  # what both added is there already
    found: list[Tree] = []

    def add(position: int) -> None:
        for each in added.pop(position, ()):
            if each not in known:
                known.append(each)
                found.append(each)

    reached = 0
    stays_elsewhere = frozenset(shifted.values())
    for old, new in theirs:
        there = None if new is None else current[new]
        if old is not None:
            add(reached)
            reached = old + 1
        if old in stays_elsewhere:
            continue
        if old is None and new is not None:
            old = shifted.get(new)
        if old is None:
            found.append(cast("Tree", there))
            continue
        item = _item(key, was[old], made_of[old], there, f"{place}[{old if new is None else new}]")
        if item is not None and (item == there or item not in current):  # else both made the same
            found.append(item)
    add(reached)
    return tuple(found)


def _item(key: str, was: Tree, now: Maybe, current: Maybe, place: str) -> Maybe:
    if now in (was, current):
        return current
    if current == was:
        return now
    if key == "answers" and now is not None and current is not None:
        return _merged("answer", was, now, current, place)
    raise Conflict(_why(now, current, place))


def _why(now: Maybe, current: Maybe, place: str) -> str:
    if not current:
        return f"{place} was removed meanwhile"
    said = f", and says `{_clipped(current)}` by now" if isinstance(current, str) else ""
    to_go = "; this would remove it" if not now else ""
    return f"{place} was changed meanwhile{said}{to_go}"


def _clipped(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"
