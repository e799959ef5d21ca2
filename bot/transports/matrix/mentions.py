"""To whom a message is said, put into words: what clients of Matrix write becomes what people of IRC write.

    Desk: …   @pkgdesk …   [Desk](https://matrix.to/#/@pkgdesk:…) …         pkgdesk: …
    how do I …, Desk?                   with a pill of the desk             pkgdesk: how do I …?
    Bob: …    @bob …       [Bob](https://matrix.to/#/@bob:…): …             @bob:example.org: …

At the beginning of a message a name is enough, of the desk any, of others one that nobody else there has.
Further behind it has to be meant: the message says so (`m.mentions`, or where a client sends none, the pill)
and the name is to be seen there; a reply mentions whom it replies to without a word of it in the text, which
is no address. Whoever mentions others as well talks about the desk, not to it.

HTML that comes in is only searched for pills, never shown and never believed: all its texts are the body's.
Pure; takes anything, and bounded time.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from immutables import Map

from bot.transports.matrix import raw
from bot.transports.matrix.called import bearer, local, spelling
from bot.transports.plain import plain

LONGEST_HTML = 20_000
"""Characters of a formatted body in which pills are looked for."""

MOST_PILLS = 50
"""Pills of one message that are looked at."""

MOST_MENTIONS = 10
"""Mentions of one message: whoever names more does not speak to one of them."""

_LONGEST_NAME = 255
_SERVER = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{0,229}[A-Za-z0-9])(?::[0-9]{1,5}(?![0-9]))?"
_USER = re.compile(rf"@[^\s:]{{1,254}}:{_SERVER}")
_TARGET = r"(?:https://matrix\.to/#/|matrix:u/)[^\s()<>\"']{1,800}"
_PERMALINK = re.compile(rf"\[([^\[\]\n]{{0,255}})\]\(<?({_TARGET})>?\)|({_TARGET})")
_PILL = re.compile(
    rf"<a\s[^<>]{{0,300}}?href\s*=\s*[\"']?({_TARGET})[\"']?[^<>]{{0,300}}>([^<>]{{0,255}})</a\s*>",
    re.IGNORECASE,
)
_MARK = re.compile(r"\s*[:,;](?=\s|$)\s*")
_GAP = re.compile(r"\s+|$")
_NAMED = re.compile(r"@?([^\n:,;]{1,100}?)\s*[:,;](?=\s|$)\s*")
_FIRST = re.compile(r"@([^\s:,;]{1,255})(?:\s+|$)")
_REPLY_END = "</mx-reply>"


@dataclass(frozen=True, slots=True)
class Party:
    """Who may be spoken to in a room: the desk under the name `me`, whose user id is `user`, and `members`
    with their display names."""

    me: str
    user: str
    members: Map[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """What the desk is called, the longest first."""
        known = {self.me, local(self.user), plain(self.members.get(self.user, ""))} - {""}
        return tuple(sorted(known, key=len, reverse=True))


def addressed(text: str, content: Mapping[str, Any], party: Party, *, private: bool) -> str:
    """`text`, which is what the body of a message with this `content` says, with its address as the desk
    reads it."""
    text = _PERMALINK.sub(_named, text) if "matrix" in text else text
    found = _pills(content.get("formatted_body"))
    told = _by_id(text, party) or _by_pill(text, found, party)
    told = told or _to_desk(text, party) or _to_other(text, party)
    if told is not None:
        user, rest = told
        return f"{party.me if user == party.user else user}: {rest}"
    return text if private else _in_passing(text, content, found, party)


def _named(link: re.Match[str]) -> str:
    user = _target(link[2] or link[3])
    return user if user is not None else link[0]


def _target(link: str) -> str | None:
    """The user that a permalink is of."""
    if link.startswith("matrix:u/"):
        return raw.user("@" + unquote(link.removeprefix("matrix:u/").partition("?")[0]))
    return raw.user(unquote(link.partition("#/")[2].partition("?")[0]))


def _pills(formatted: object) -> list[tuple[str, str]]:
    """The pills in a formatted body: user id and label, in order, without those in a quoted reply."""
    if not isinstance(formatted, str) or "matrix" not in formatted:
        return []
    at = formatted.rfind(_REPLY_END)
    formatted = formatted[at + len(_REPLY_END) if at >= 0 else 0 :][:LONGEST_HTML]
    found: list[tuple[str, str]] = []
    for pill in _PILL.finditer(formatted):
        user = _target(html.unescape(pill[1]))
        if user is not None and len(found) < MOST_PILLS:
            found.append((user, html.unescape(pill[2]).strip()))
    return found


# --- at the beginning ------------------------------------------------------------------------------------

Told = tuple[str, str]
"""To whom (user id) a text is said, and its rest."""


def _by_id(text: str, party: Party) -> Told | None:
    found = _USER.match(text)
    if found is None or (found[0] != party.user and found[0] not in party.members):
        return None
    rest = _after(text, found.end(), apart=_GAP)
    return None if rest is None else (found[0], rest)


def _by_pill(text: str, pills: list[tuple[str, str]], party: Party) -> Told | None:
    """The first pill, where the text begins with what stands on it."""
    if not pills:
        return None
    user, label = pills[0]
    if user != party.user and user not in party.members:
        return None
    for name in dict.fromkeys((label, label.removeprefix("@"))):
        for written in (name, f"@{name}") if name else ():
            if _begins(text, written):
                rest = _after(text, len(written), apart=_GAP)
                if rest is not None:
                    return user, rest
    return None


def _to_desk(text: str, party: Party) -> Told | None:
    for name in party.names:
        at = text.startswith("@")
        if _begins(text[at:], name):
            rest = _after(text, len(name) + at, apart=_GAP if at else None)
            if rest is not None:
                return party.user, rest
    return None


def _to_other(text: str, party: Party) -> Told | None:
    for form in (_NAMED, _FIRST):
        found = form.match(text)
        user = bearer(found[1], party.members) if found is not None else None
        if found is not None and user is not None and user != party.user:
            return user, text[found.end() :]
    return None


def _begins(text: str, name: str) -> bool:
    return spelling(text[: len(name)]) == spelling(name)


def _after(text: str, end: int, *, apart: re.Pattern[str] | None) -> str | None:
    """What is said to a name that ends there: behind a mark, or also (`apart`) behind a blank."""
    found = _MARK.match(text, end) or (apart.match(text, end) if apart is not None else None)
    return text[found.end() :] if found is not None else None


# --- further behind ---------------------------------------------------------------------------------------


def _in_passing(text: str, content: Mapping[str, Any], pills: list[tuple[str, str]], party: Party) -> str:
    told = content.get("m.mentions")
    labels = [label for user, label in pills if user == party.user]
    if isinstance(told, dict):
        users = raw.row(told.get("user_ids"))
        meant = (
            party.user in users
            and len(users) <= MOST_MENTIONS
            and told.get("room") is not True
            and not any(_seen(text, each, pills, party) for each in users if each != party.user)
        )
    else:
        meant = bool(labels) and all(user == party.user for user, _ in pills)
    if not meant:
        return text
    for name in dict.fromkeys((*labels, party.user, *party.names)):
        at = _word(text, name)
        if at is not None:
            return f"{party.me}: {_joined(text[: at[0]], text[at[1] :])}".rstrip()
    return text


def _seen(text: str, told: object, pills: list[tuple[str, str]], party: Party) -> bool:
    """Whether somebody else is mentioned where people see it."""
    user = raw.user(told)
    if user is None:
        return False
    if any(user == each for each, _ in pills):
        return True
    names = (user, local(user), party.members.get(user, ""))
    return any(_word(text, name) is not None for name in names)


def _word(text: str, name: str) -> tuple[int, int] | None:
    """Where `name` stands in `text` as a whole word, an `@` before it included."""
    if not 0 < len(name) <= _LONGEST_NAME:
        return None
    found = re.search(rf"(?<![\w@])@?{re.escape(name)}(?!\w)", text, re.IGNORECASE)
    return found.span() if found is not None else None


def _joined(before: str, after: str) -> str:
    """What is left around a name: `how, @desk?` is `how?`."""
    before = before.rstrip(" ")
    if not after or after[0] in "?!.,:;":
        before = before.rstrip(" ,")
        after = after.lstrip(",:;") if not before else after
    glue = " " if before and after and after[0] not in " \n?!.,:;" and not before.endswith("\n") else ""
    return (before + glue + after).strip(" ")
