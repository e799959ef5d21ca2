"""A line of the desk as the content of an `m.room.message`: the egress codec of Matrix.

    msgtype         m.notice; m.text for a line that is to notify somebody (a notice never notifies)
    m.mentions      always there, and so all that notifies: the addressee of such a line, else nobody,
                    whatever names, user ids, `@room` or links stand in the text
    body            always: [ guard ] [ addressee ": " ] text [ "…" ]
    formatted_body  where it adds something (`bot.transports.matrix.html`)
    m.relates_to    m.thread with m.in_reply_to, or the latter alone, privately and where there is no thread

The text is plain (`bot.transports.plain`) and so one line. The addressee's name stands before it in rooms and
not in a direct conversation. The guard is that of `bot.transports.wire`, for bots of Matrix obey `!` as those
of IRC do; a user id at the beginning is an address and needs none. `@room` and its like are broken as they
are on IRC, for old servers and bridges. Who is called what: `bot.transports.matrix.called`. Pure.
"""

from functools import partial
from typing import Any

from immutables import Map

from bot.desk.model import Line
from bot.transports.matrix import raw
from bot.transports.matrix.called import shown
from bot.transports.matrix.html import Kind, Piece, marked_up, pieces, text
from bot.transports.matrix.room import Room
from bot.transports.names import broken
from bot.transports.plain import plain
from bot.transports.wire import CUT, GUARD, OBEYED, Unsendable, fit

ROOM = 16_000
"""Bytes of text that a line can hold. An event has at most 65,536, in which each of these may take two, and
encrypted a third more."""

MOST_HTML = 20_000
"""Bytes of a formatted body; where it would be longer, the plain one has to do."""


def content(line: Line, addressee: str | None, members: Map[str, str], room: Room) -> dict[str, Any]:
    """The content of the event that says `line` in `room`, whose `members` (those known, with their display
    names) may be addressed as such. Raises `Unsendable` where nothing is left to say, and where the addressee
    is no user id."""
    private = line.venue.private
    words = broken(plain(line.text), ())
    if not words:
        raise Unsendable("there is nothing to say")
    if len(words.encode()) > ROOM:
        words = fit(words, ROOM - len(CUT.encode()))[0] + CUT
    if addressee is not None and raw.user(addressee) is None:
        raise Unsendable("the addressee is no user id")
    called = partial(shown, members=members, complete=room.complete)
    parts = pieces(words, members)
    if addressee is not None and not private:
        parts = [Piece(Kind.USER, addressee), Piece(Kind.TEXT, ": "), *parts]
    body = text(parts, called)
    if body[0] in OBEYED and not (addressee and body.startswith(f"{addressee}: ")):
        parts = [Piece(Kind.TEXT, GUARD), *parts]
        body = GUARD + body
    whom = (addressee or (raw.user(line.venue.name) if private else None)) if line.notify else None
    said: dict[str, Any] = {
        "msgtype": "m.notice" if whom is None else "m.text",
        "body": body,
        "m.mentions": {} if whom is None else {"user_ids": [whom]},
    }
    if any(part.kind is not Kind.TEXT for part in parts):
        formatted = marked_up(parts, called)
        if len(formatted.encode()) <= MOST_HTML:
            said |= {"format": "org.matrix.custom.html", "formatted_body": formatted}
    relation = _relation(line)
    return said | {"m.relates_to": relation} if relation else said


def _relation(line: Line) -> dict[str, Any]:
    reply, thread = raw.event_id(line.reply_to), raw.event_id(line.thread)
    if thread is not None and not line.venue.private:
        return {
            "rel_type": "m.thread",
            "event_id": thread,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": reply or thread},
        }
    return {"m.in_reply_to": {"event_id": reply}} if reply is not None else {}
