"""What of a line is more than mere text: code, links and people; and the line as HTML with these.

    `code`              <code>
    https://…, http://… <a href>, where what is shown is exactly where it leads
    @user:server        a pill: <a href="https://matrix.to/#/@user:server">Name</a>, of somebody in the room

Nothing else is ever markup. A link is made of ASCII only (a host of other letters may look like another
one), holds no user (`https://bank.example@elsewhere`), and none leads to matrix.to but our own pills. Tags
are of the specification's list (client-server API, "m.room.message msgtypes"), and as the last step nh3
lets pass only those that are made here. Pure.
"""

import html
import re
from collections.abc import Callable, Collection, Iterable
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote

import nh3

TAGS = frozenset({"a", "code"})
ATTRIBUTES = {"a": {"href"}}
SCHEMES = {"https", "http"}
"""All that may stand in HTML of ours."""

PILL = "https://matrix.to/#/"

MOST_PEOPLE = 20
"""User ids in one line that are shown as people; more stay text."""

_SERVER = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{0,229}[A-Za-z0-9])(?::[0-9]{1,5}(?![0-9]))?"
_FOUND = re.compile(
    r"`(?P<code>[^`]{1,2000})`"
    r"|(?<![A-Za-z0-9+.-])(?P<link>https?://[^\s`<>\"]+)"
    rf"|(?<![\w@/.=+-])(?P<user>@[^\s:@`]{{1,254}}:{_SERVER})"
)
_LINK = re.compile(
    r"https?://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::[0-9]{1,5})?"
    r"(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
_TRAILING = ".,;:!?'*_~"
_PAIRS = {")": "(", "]": "["}


class Kind(Enum):
    TEXT = "text"
    CODE = "code"
    LINK = "link"
    USER = "user"


class Piece(NamedTuple):
    """A part of a line; of code without its marks."""

    kind: Kind
    text: str


def pieces(text: str, users: Collection[str]) -> list[Piece]:
    """`text` in its parts, in order; `users`: the user ids that are people, all others are mere text."""
    found: list[Piece] = []
    end = people = 0
    for match in _FOUND.finditer(text):
        kind = Kind(match.lastgroup)
        words = match[kind.value]
        if kind is Kind.LINK:
            words = _without_end(words)
            if not is_link(words):
                continue
        elif kind is Kind.USER:
            if words not in users or people >= MOST_PEOPLE:
                continue
            people += 1
        found.append(Piece(Kind.TEXT, text[end : match.start()]))
        found.append(Piece(kind, words))
        end = match.start() + len(words) + (2 if kind is Kind.CODE else 0)
    found.append(Piece(Kind.TEXT, text[end:]))
    return [piece for piece in found if piece.text]


def is_link(url: str) -> bool:
    """Whether `url` may be shown as a link: everybody sees where it leads."""
    found = _LINK.fullmatch(url)
    if found is None:
        return False
    host = found["host"].lower()
    return ".." not in host and host != "matrix.to" and not host.endswith(".matrix.to")


def _without_end(url: str) -> str:
    """The URL without what ends the sentence behind it."""
    end, unpaired = len(url), {close: url.count(close) - url.count(pair) for close, pair in _PAIRS.items()}
    while end and (url[end - 1] in _TRAILING or unpaired.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in unpaired:
            unpaired[url[end]] -= 1
    return url[:end]


def text(parts: Iterable[Piece], called: Callable[[str], str]) -> str:
    """The parts as plain text; `called`: what somebody is called."""
    return "".join(_as_text(part, called) for part in parts)


def _as_text(part: Piece, called: Callable[[str], str]) -> str:
    match part.kind:
        case Kind.CODE:
            return f"`{part.text}`"
        case Kind.USER:
            return called(part.text)
    return part.text


def marked_up(parts: Iterable[Piece], called: Callable[[str], str]) -> str:
    """The parts as HTML."""
    made = "".join(_as_html(part, called) for part in parts)
    return nh3.clean(
        made, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel=None, strip_comments=True
    )


def _as_html(part: Piece, called: Callable[[str], str]) -> str:
    words = html.escape(part.text)
    match part.kind:
        case Kind.CODE:
            return f"<code>{words}</code>"
        case Kind.LINK:
            return f'<a href="{words}">{words}</a>'
        case Kind.USER:
            target = html.escape(PILL + quote(part.text, safe="@:"))
            return f'<a href="{target}">{html.escape(called(part.text))}</a>'
    return words
