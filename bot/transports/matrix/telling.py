"""What an answer of a homeserver has to say: the events of its rooms, in their order, each once.

    said while the desk was there        as it is
    said while it was away               judged (`bot.backscroll`): late, if nobody has dealt with it
    said before it came into the room    nothing; but what follows on its invitation was said to it
    on the first start of all            nothing

Away it was where it had not read for longer than `MOMENT`; what was said within that counts as live even
then. Pure but for what it remembers: which events it told.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.backscroll import MayAsk, unheard
from bot.desk.events import Edited, Heard, Reacted, Redacted, Unreadable
from bot.transports.matrix import raw
from bot.transports.matrix.hearing import Ghosts, heard
from bot.transports.matrix.room import Room
from bot.transports.matrix.rooms import Rooms

MOMENT = timedelta(minutes=2)
"""How long the desk may be away without being missed."""

MOST_REMEMBERED = 20_000

Told = Heard | Edited | Redacted | Reacted | Unreadable


class Telling:
    """The ear of one homeserver. `me`: what the desk is called."""

    def __init__(self, network: str, me: str, ghosts: Ghosts, may_ask: MayAsk, within: timedelta) -> None:
        self._network = network
        self._me = me
        self._ghosts = ghosts
        self._may_ask = may_ask
        self._within = within
        self._told: dict[str, None] = {}

    def told(
        self,
        body: Mapping[str, Any],
        rooms: Rooms,
        *,
        now: datetime,
        read: datetime | None,
        since: str | None,
        known: datetime | None = None,
    ) -> Iterator[Told]:
        """The events of an answer that goes on from `since`, where the homeserver had been read up to
        `read`; None: never. `known`: what was said until then is not told, where all is read anew."""
        if since is None and read is None:
            return
        away = read if read is not None and now - read > MOMENT else None
        for id_, part in raw.table(raw.table(body.get("rooms")).get("join")).items():
            room = rooms.joined.get(id_)
            if room is not None and isinstance(part, dict):
                events = list(raw.events(part.get("timeline")))
                events = events[came(events, rooms.me) :]
                if known is not None:
                    events = [each for each in events if _said_since(each, known)]
                yield from self.of_room(events, room, rooms, now=now, away=away)

    def of_room(
        self,
        events: Iterable[Mapping[str, Any]],
        room: Room,
        rooms: Rooms,
        *,
        now: datetime,
        away: datetime | None,
    ) -> Iterator[Told]:
        """The events of one room in their order. `away`: since when the desk was not there; None: it was."""
        found = [event for event in (self._one(each, room, rooms, now, away) for each in events) if event]
        lines = [_as_said(event, now) for event in found if isinstance(event, Heard)]
        late = {}
        if away is not None:
            judged = unheard(lines, since=away, now=now, within=self._within, may_ask=self._may_ask)
            late = {line.id: line for line in judged}
        live = {line.id: line for line in lines if not line.replayed}
        for event in found:
            if not isinstance(event, Heard):
                yield event
            elif line := live.get(event.id) or late.get(event.id):
                yield line

    def _one(
        self, event: Mapping[str, Any], room: Room, rooms: Rooms, now: datetime, away: datetime | None
    ) -> Told | None:
        told = heard(
            event,
            room,
            rooms,
            network=self._network,
            me=self._me,
            ghosts=self._ghosts,
            received=now,
            since=away,
        )
        if told is None or told.id in self._told:
            return None
        self._told[told.id] = None
        if len(self._told) > MOST_REMEMBERED:
            del self._told[next(iter(self._told))]
        return told


def came(events: Iterable[Mapping[str, Any]], me: str) -> int:
    """From which of the events on we were in the room, or let in; 0 where we had been there before them."""
    start, let_in = 0, False
    for index, event in enumerate(events):
        if event.get("type") != "m.room.member" or event.get("state_key") != me:
            continue
        before = raw.table(raw.table(event.get("unsigned")).get("prev_content")).get("membership")
        match raw.table(event.get("content")).get("membership"):
            case "invite":
                start, let_in = index + 1, True
            case "join" if not let_in and before != "join":
                start = index + 1
            case "leave" | "ban":
                let_in = False
    return start


def _said_since(event: Mapping[str, Any], read: datetime) -> bool:
    return raw.number(event.get("origin_server_ts")) > read.timestamp() * 1000


def _as_said(line: Heard, now: datetime) -> Heard:
    """A line as `bot.backscroll` judges it: live, or replayed and at the time at which it was said."""
    if line.said_at is None or line.said_at >= now - MOMENT:
        return replace(line, replayed=False, late=False, said_at=None)
    return replace(line, at=line.said_at, replayed=True, late=False, said_at=None)
