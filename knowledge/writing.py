"""How an entry and its parts are written: always in the same way, so that a change of one sentence is a
change of one line in git, and as text that other YAML tools take for text, too.

Between an entry and its lines stands a **tree**: what a file says, as texts, tuples and mappings in the order
in which they are written, without anything that is empty. `knowledge.files` reads what is written here;
`knowledge.patching` writes it into files that people wrote, and `knowledge.merging` merges trees. Pure;
imports `knowledge.entry` and `knowledge.documents`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from knowledge.documents import duration_text
from knowledge.entry import Answer, Entry, Verified

Tree: TypeAlias = "dict[str, Tree] | tuple[Tree, ...] | str"
Branch: TypeAlias = dict[str, Tree]
Maybe: TypeAlias = "Tree | None"

_PLAIN = re.compile(r"[A-Za-z][^\s\"'\[\]{},:#&*!|>%@`\\]*(?:[ ][^\s\[\]{}:#\\]+)*")
_PLAIN_LINK = re.compile(r"https?://[^\s\"'\[\]{},:#\\]+")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z][A-Za-z0-9._/+-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Our reader takes these for text as well; other YAML tools, with which people look at the files, do not.
_NOT_TEXT_ELSEWHERE = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
_IN_LINES = frozenset(["phrasings", "answers"])
_NEEDS_NO_QUOTES = frozenset(["id", "review_after"])


def tree_of(entry: Entry) -> Branch:
    """What the file of an entry says."""
    after = "" if entry.review_after is None else duration_text(entry.review_after)
    said: Branch = {
        "id": entry.id,
        "title": entry.title,
        "phrasings": entry.phrasings,
        "answers": tuple(map(_answer, entry.answers)),
        "section": entry.section,
        "tags": entry.tags,
        "verified": _verified(entry.verified) if entry.verified else {},
        "review_after": after,
        "see": entry.see,
    }
    return _but_for_what_is_empty(said)


def _answer(answer: Answer) -> Branch:
    applies: Branch = dict(answer.applies)
    said: Branch = {
        "applies": applies,
        "short": answer.short,
        "text": answer.text,
        "source": answer.source,
    }
    return _but_for_what_is_empty(said)


def _verified(verified: Verified) -> Branch:
    said: Branch = {"on": verified.on.isoformat(), "by": verified.by, "for": verified.version}
    return _but_for_what_is_empty(said)


def _but_for_what_is_empty(said: Branch) -> Branch:
    return {key: value for key, value in said.items() if value}


def lines(tree: Branch) -> Iterator[str]:
    """The lines of a file, or of an answer in it."""
    for key, value in tree.items():
        first, *rest = value_lines(key, value)
        yield f"{scalar(key)}: {first}" if first else f"{scalar(key)}:"
        yield from rest


def value_lines(key: str, value: Tree) -> Iterator[str]:
    """What stands behind `key`, and the lines below it, indented as from its key."""
    if isinstance(value, str):
        if key == "text":
            yield from _text_lines(value)
        else:
            yield value if key in _NEEDS_NO_QUOTES else scalar(value)
    elif isinstance(value, tuple) and key in _IN_LINES:
        yield ""
        for item in value:
            yield from (f"  {line}" if line else "" for line in item_lines(item))
    else:
        yield flow(brief(key, value))


def item_lines(item: Tree) -> Iterator[str]:
    """The lines of one phrasing or answer in its list."""
    inner = [scalar(item)] if isinstance(item, str) else list(lines(item)) if isinstance(item, dict) else []
    for position, line in enumerate(inner):
        yield (("  " if position else "- ") + line) if line else ""


def _text_lines(text: str) -> Iterator[str]:
    if text[0].isspace():  # a block would take it for its indentation
        yield quoted(text)
    else:
        yield "|-"
        yield from (f"  {line}" if line else "" for line in text.split("\n"))


def brief(key: str, value: Tree) -> Tree:
    """A value as it is written within brackets or braces: what an answer applies to is a list only where
    there are several."""
    if key == "applies" and isinstance(value, dict):
        return {facet: _one_or_more(allowed) for facet, allowed in value.items()}
    if key == "answers" and isinstance(value, tuple):
        return tuple(brief("answer", each) for each in value)
    if key == "answer" and isinstance(value, dict):
        return {inner: brief(inner, each) for inner, each in value.items()}
    return value


def _one_or_more(allowed: Tree) -> Tree:
    return allowed[0] if isinstance(allowed, tuple) and len(allowed) == 1 else allowed


def scalar(text: str) -> str:
    """A line of text, in quotes where it needs them."""
    plain = _PLAIN.fullmatch(text) or _PLAIN_LINK.fullmatch(text)
    return text if plain and text.isprintable() and text.lower() not in _NOT_TEXT_ELSEWHERE else quoted(text)


def flow(value: Tree) -> str:
    """A text, tuple or mapping as it is written within brackets or braces."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    plain = _PLAIN_IN_FLOW.fullmatch(value) and value.lower() not in _NOT_TEXT_ELSEWHERE
    return value if plain else quoted(value)


def _key(key: str) -> str:
    return key if key == "on" else flow(key)


def quoted(text: str) -> str:
    """A text in double quotes."""
    kept = (c if c.isprintable() and c not in '"\\' else _escaped(c) for c in text)
    return '"' + "".join(kept) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return {"\n": "\\n", "\t": "\\t"}.get(character) or f"\\U{ord(character):08x}"
