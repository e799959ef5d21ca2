"""The protocol of the control socket: what may be said there, and what it is read as.

A JSON object on each line, UTF-8, both ways. The operator says one of

    {"say": "why 42"}            the words of a command, as in chat
    {"list": "commands"}         what there is
    {"propose": {"now": "…"}}    a file for the knowledge base, whole, as it is to be; it becomes a draft.
                                 With "was", what the file said when it was begun with (without: a new entry);
                                 "note", what its reviewer is told; "number", the draft whose place it takes

and a line that is no JSON object is taken as words; one with nothing in it is passed over. For each, in
order, and one after the other, the desk answers with any number of lines, and then with its end:

    {"line": "…"}                what it says to that
    {"commands": [{"usage": "why [NUMBER]", "meaning": "…", "names": ["why"]}, …]}
    {"end": "well"}              or "complained": it was of no use, and the line says why; "failed": the desk
                                 could not; "wrong": that is no command, nothing was done

The end comes when everything that the words set off was decided and told; what is published is in the base
by then, or the line says why not. Besides, at any time:

    {"news": "…"}                what the desk says to that user and nobody on this connection has asked for
    {"error": "…"}               the connection is of no use, and ends
    {"goodbye": "…"}             the desk ends

Pure. Library: json.
"""

import json
from dataclasses import dataclass

from bot.transports.framing import decode
from bot.transports.plain import unformatted

WORDS = 16 * 1024
"""Bytes of a line with words; of what it says the desk looks at the first 2,000 characters."""

TEXT = 64 * 1024
"""Bytes of a file that is proposed, the most that a file of the base may have (`knowledge.files`)."""

NOTE = 500
"""Characters that may be said about a proposal."""

LINE = 272 * 1024
"""Bytes of an operator's line: two files, every character of them escaped, and what is around them."""

_USAGE = 'say {"say": "WORDS"}, {"list": "commands"} or {"propose": {"now": "FILE", "was": "FILE"}}'
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Say:
    """The words of a command."""

    words: str


@dataclass(frozen=True, slots=True)
class ListCommands:
    """What there is."""


@dataclass(frozen=True, slots=True)
class Propose:
    """A file for the base; see `bot.desk.events.Proposed`."""

    now: str
    was: str = ""
    note: str = ""
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """It is none of these, and `why`."""

    why: str


Asked = Say | ListCommands | Propose | Wrong


def asked(line: bytes) -> Asked:
    """What an operator's line says."""
    text = decode(line).strip()
    match _object(text):
        case {"say": str(words), **rest} if not rest:
            return _words(words)
        case {"list": "commands", **rest} if not rest:
            return ListCommands()
        case {"propose": dict(fields), **rest} if not rest:
            return _proposal(fields)
        case str(words):
            return _words(words)
    return Wrong(_USAGE)


def _object(text: str) -> object:
    """The object in a line, or the line itself where there is none."""
    if not text.startswith("{"):
        return text
    try:
        # Controls inside of strings are taken out with all others.
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _words(words: str) -> Asked:
    if len(words.encode("utf-8", "replace")) > WORDS:
        return Wrong(f"that is longer than the {WORDS} bytes that a command may have")
    said = unformatted(words).strip()
    return Say(said) if said else Wrong("nothing was said")


def _proposal(fields: dict[str, object]) -> Asked:
    now, was, note = (fields.pop(name, "") for name in ("now", "was", "note"))
    number = fields.pop("number", None)
    if fields or not (isinstance(now, str) and isinstance(was, str) and isinstance(note, str)):
        return Wrong(_USAGE)
    if not now.strip():
        return Wrong("nothing was proposed: `now` is the whole file as it is to be")
    for name, text in (("now", now), ("was", was)):
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return Wrong(f"`{name}` holds half a character: it must be text")
        if size > TEXT:
            return Wrong(f"`{name}` has {size} bytes, and a file of the base has at most {TEXT}")
    if len(note) > NOTE:
        return Wrong(f"`note` has {len(note)} characters, and may have {NOTE}")
    if number is not None and (type(number) is not int or not 0 < number <= _LARGEST):
        return Wrong("`number` is that of the draft whose place it takes, like 12")
    return Propose(now, was, unformatted(note).strip(), number)
