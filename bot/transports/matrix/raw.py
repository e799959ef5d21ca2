"""Reading what a homeserver sends without believing any of it: values of the wrong kind become nothing.

Anybody in a room may put whatever they like into an event (the specification asks servers to check little of
it), and what is read here comes from everybody. Identifiers are those of the specification's appendices,
without a character that is not seen; a lone surrogate, which JSON can bring and no database takes, is none.

One event of somebody's must not hide all that others said in the same answer, which would come again for
ever. So what only this reader cannot take of an answer is cut out of it: what lies deeper than anything that
means something, and numbers longer than any.

Pure.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.transports.plain import plain

LONGEST = 255
"""Bytes of the longest identifier."""

LONGEST_NAME = 256
"""Characters that are read of a name, or of a reason, before what cannot be seen is taken out of it."""

DEEPEST = 100
"""Objects and lists within each other that are read, where there are too many for the reader."""

_NOTHING: Mapping[str, Any] = {}
_MARK = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def answer(text: str) -> Any:
    """What an answer in JSON says. Raises ValueError where it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError:
        return json.loads(_shallow(text), parse_int=_whole)
    except ValueError:  # a number of thousands of digits
        return json.loads(text, parse_int=_whole)


def _shallow(text: str) -> str:
    """JSON with `null` for what lies too deep."""
    kept, depth, at = list[str](), 0, 0
    for found in _MARK.finditer(text):
        mark = found[0]
        if mark in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(text[at : found.start()])
        elif mark in "]}":
            if depth == DEEPEST + 1:
                kept.append("null")
                at = found.end()
            depth -= 1
    return "".join([*kept, text[at:] if depth <= DEEPEST else ""])


def _whole(digits: str) -> int:
    return int(digits) if len(digits) < 20 else 0


def table(value: object) -> Mapping[str, Any]:
    """An object of JSON; an empty one where it is none."""
    return value if isinstance(value, dict) else _NOTHING


def row(value: object) -> Sequence[Any]:
    """A list of JSON; an empty one where it is none."""
    return value if isinstance(value, list) else ()


def events(value: object) -> Iterator[Mapping[str, Any]]:
    """The events of a part of an answer, `{"events": [...]}`; what is no object is passed over."""
    return (each for each in row(table(value).get("events")) if isinstance(each, dict))


def words(value: object, most: int = 100) -> str:
    """A text for people, in one line, cut; empty where it is none."""
    return plain(value[:LONGEST_NAME])[:most].rstrip() if isinstance(value, str) else ""


def word(value: object, otherwise: str) -> str:
    """A word of the specification, such as a join rule."""
    return value if isinstance(value, str) and 0 < len(value) <= 64 and value.isprintable() else otherwise


def base64(value: object) -> str | None:
    """A key, a signature, something encrypted, or the name of a session; it is not looked at any closer."""
    return value if isinstance(value, str) and value.isascii() else None


def number(value: object) -> int:
    """A whole number that is not negative; 0 where it is none, or beyond what JSON of Matrix may hold."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def user(value: object) -> str | None:
    """A user id, `@alice:example.org`."""
    return value if isinstance(value, str) and _is_id(value, "@") and ":" in value else None


def room(value: object) -> str | None:
    """A room's id, `!opaque:example.org`, or from version 12 on `!opaque`."""
    return value if isinstance(value, str) and _is_id(value, "!") else None


def alias(value: object) -> str | None:
    """A room's alias, `#room:example.org`."""
    return value if isinstance(value, str) and _is_id(value, "#") and ":" in value else None


def event_id(value: object) -> str | None:
    return value if isinstance(value, str) and _is_id(value, "$") else None


def server_of(name: str) -> str:
    """The server's name in a user id, an alias, or a room's id; empty where there is none."""
    return name.partition(":")[2]


def _is_id(value: str, sigil: str) -> bool:
    if not value.startswith(sigil) or not 1 < len(value) <= LONGEST:
        return False
    if value.isascii():
        return value.isprintable() and " " not in value
    return value.isprintable() and " " not in value and len(value.encode()) <= LONGEST
