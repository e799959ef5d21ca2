"""What the file of an entry says after a change, however it was written and whatever others made of it.

`laid_over` brings a change together with what others changed since (`knowledge.merging`), comments and all,
and `rewritten` writes an entry into the text of its file such that nothing else of it changes
(`knowledge.patching`). Neither returns a text that says anything else than it is to say: that is read again,
and where a file is written in a way that cannot be changed piece by piece it is written anew, with its
comments at its head. Pure.
"""

import re
from collections import Counter
from contextlib import suppress
from typing import Any

from knowledge.documents import PURE, DocumentError
from knowledge.entry import Entry
from knowledge.files import parse_entry, to_yaml
from knowledge.merging import Conflict, merged
from knowledge.patching import Unpatchable, patched
from knowledge.weaving import Overlap, woven, woven_as_far_as_possible
from knowledge.writing import Branch, lines, tree_of

__all__ = ["Conflict", "laid_over", "rewritten"]

_MARK = "\ufeff"


def laid_over(was: str, now: str, current: str | None, stem: str) -> str:
    """The text of the file after a change that made `now` of `was` (nothing: a new entry), where the file
    says `current` by now (None: there is none).

    Raises `Conflict` where the file says something else about what is changed, and `DocumentError` where
    `now` or `current` is no entry with this id.
    """
    if current == now:
        return now
    wanted = parse_entry(now, f"{stem}.yaml", stem)
    if current is None:
        if was:
            raise Conflict("the entry was removed meanwhile")
        return now
    if current == was:
        # What was made of the entry, not of its text, would lose the comments.
        return rewritten(current, wanted) if now == to_yaml(wanted) else now
    found = parse_entry(current, f"{stem}.yaml", stem)
    if found == wanted and (not was or now == to_yaml(wanted)):
        return current
    if not was:
        raise Conflict(f"there is an entry `{stem}` already, which says something else")
    before = parse_entry(was, f"{stem}.yaml", stem)
    entry = _entry(merged(tree_of(before), tree_of(wanted), tree_of(found)), stem)
    if now == to_yaml(wanted):
        return rewritten(current, entry)
    return _with_comments(was, now, current, before, entry)


def _with_comments(was: str, now: str, current: str, before: Entry, entry: Entry) -> str:
    """What says `entry`, as a person wrote it: with what they changed that says nothing. A comment on a line
    that others changed, too, goes to the head of the file."""
    with suppress(Overlap, DocumentError):
        both = woven(was, now, current)
        if parse_entry(both, f"{entry.id}.yaml") == entry:
            return both
    text = rewritten(current, entry)
    with suppress(DocumentError):
        # What was written says what it said before: only the rest of the change is left.
        rest = woven_as_far_as_possible(was, rewritten(now, before), current)
        found = rewritten(rest, entry)
        # Where items moved, a comment may be taken for one that came.
        if not _counted(found) - (_counted(now) | _counted(current)):
            text = found
    lost = list(_counted(now) - _counted(was) - _counted(text))
    newline = "\r\n" if "\r\n" in text else "\n"
    mark = _MARK if text.startswith(_MARK) else ""
    return mark + "".join(each + newline for each in lost) + text.removeprefix(_MARK)


def _counted(text: str) -> Counter[str]:
    return Counter(_comments(text.removeprefix(_MARK)))


def rewritten(text: str, entry: Entry) -> str:
    """`text` changed where it says something else than `entry`, and nowhere else. Raises `DocumentError`
    where it is no entry, or what comes out is too long for one."""
    says = parse_entry(text, f"{entry.id}.yaml")
    if says == entry:
        return text
    try:
        changed = patched(text, tree_of(says), tree_of(entry))
        if parse_entry(changed, f"{entry.id}.yaml") == entry:
            return changed
    except (Unpatchable, DocumentError):
        pass
    anew = _anew(text, entry)
    parse_entry(anew, f"{entry.id}.yaml")  # with all comments it may be too long for a file
    return anew


def _entry(tree: Branch, stem: str) -> Entry:
    try:
        return parse_entry("\n".join(lines(tree)) + "\n", stem, stem)
    except DocumentError as error:
        raise Conflict(f"with what was changed meanwhile, {error.problems[0].message}") from error


def _anew(text: str, entry: Entry) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    mark = _MARK if text.startswith(_MARK) else ""
    written = "".join(f"{comment}\n" for comment in _comments(text.removeprefix(_MARK))) + to_yaml(entry)
    return mark + written.replace("\n", newline)


def _comments(text: str) -> list[str]:
    """The comments of a YAML text: what begins with `#` between its tokens."""
    loader: Any = PURE(text)
    found: list[str] = []
    place = 0
    try:
        while loader.check_token():
            token = loader.get_token()
            found += re.findall(r"#[^\r\n]*", text[place : token.start_mark.index])
            place = token.end_mark.index
            if getattr(token, "style", None) in ("|", ">"):
                head = text[token.start_mark.index :].splitlines()[0]
                found += re.findall(r"\s(#.*)", head)
    finally:
        loader.dispose()
    return found
