"""What a change of an entry makes different, for people: line by line, and in one short line. Pure."""

import difflib

from knowledge.aligning import aligned
from knowledge.entry import Answer, Entry
from knowledge.facets import describe
from knowledge.merging import alike
from knowledge.writing import Tree, tree_of

_CONTEXT = 3  # lines around a change
_FACETS = 60  # characters that a summary has for what a new entry applies to


def unified(was: str, now: str, name: str) -> tuple[str, ...]:
    """The lines of a unified diff of two texts of one file, as git would head them; none where they are the
    same. Not fit to be shown as they are: the texts are somebody's."""
    before = f"a/{name}" if was else "/dev/null"
    after = f"b/{name}" if now else "/dev/null"
    # Not `splitlines`, which splits where git does not.
    old, new = _lines(was), _lines(now)
    found = difflib.unified_diff(old, new, before, after, n=_CONTEXT, lineterm="")
    return tuple(line for each in found for line in each.split("\n"))


def summary(was: Entry | None, now: Entry) -> str:
    """What is different, in one short line."""
    if was is None:
        applies = describe(now.answers[0].applies) if len(now.answers) == 1 else ""
        held = applies if len(applies) <= _FACETS else applies[: _FACETS - 1] + "…"
        parts = [
            "new entry",
            _counted(len(now.phrasings), "phrasing"),
            _counted(len(now.answers), "answer") if len(now.answers) > 1 else "",
            f"for {held}" if held else "",
        ]
    else:
        parts = [*_fields(was, now), *_variants(was.answers, now.answers)]
    return ", ".join(filter(None, parts)) or "nothing changes"


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if lines[-1]:
        return [*lines[:-1], lines[-1] + "\n\\ No newline at end of file"]
    return lines[:-1]


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _fields(was: Entry, now: Entry) -> list[str]:
    old, new = tree_of(was), tree_of(now)
    found = [
        _items(was.phrasings, now.phrasings, "phrasing"),
        _items(was.tags, now.tags, "tag"),
        _items(was.see, now.see, "reference"),
    ]
    for key in ("id", "title", "section", "verified", "review_after"):
        if old.get(key) != new.get(key):
            gone = " removed" if key not in new else ""
            found.append(f"{key.replace('_', ' ')}{gone}")
    return found


def _items(was: tuple[str, ...], now: tuple[str, ...], thing: str) -> str:
    if was == now:
        return ""
    pairs = aligned(was, now, alike)
    changed = sum(1 for old, new in pairs if old is not None and new is not None and was[old] != now[new])
    more = sum(1 for old, _ in pairs if old is None)
    fewer = sum(1 for _, new in pairs if new is None)
    said = [(more, "more"), (fewer, "fewer"), (changed, "changed")]
    parts = [f"{number} {how}" for number, how in said if number]
    number = more or fewer or changed
    first = parts[0].replace(" ", f" {thing}{'' if number == 1 else 's'} ", 1)
    return ", ".join([first, *parts[1:]])


def _variants(was: tuple[Answer, ...], now: tuple[Answer, ...]) -> list[str]:
    trees = [tree_of(Entry("", (), each))["answers"] for each in (was, now)]
    old_trees, new_trees = (each if isinstance(each, tuple) else () for each in trees)
    found = []
    for old, new in aligned(old_trees, new_trees, alike):
        if old is None and new is not None:
            found.append(f"answer {new + 1} added")
        elif new is None and old is not None:
            found.append(f"answer {old + 1} removed")
        elif old is not None and new is not None and old_trees[old] != new_trees[new]:
            fields = _changed(old_trees[old], new_trees[new])
            one = len(was) == 1 and len(now) == 1
            found.append(", ".join(fields) if one else f"{' and '.join(fields)} of answer {new + 1}")
    return found


def _changed(old: Tree, new: Tree) -> list[str]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return []
    fields = {"applies": "what it applies to", "short": "short", "text": "text", "source": "source"}
    return [said for key, said in fields.items() if old.get(key) != new.get(key)]
