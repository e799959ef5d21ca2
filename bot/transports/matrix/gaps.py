"""What one answer of a homeserver leaves out of a room, because more was said than it tells at once.

A timeline that is `limited` begins behind a gap; what was said in it is asked for, from the newest back
(client-server API, GET /rooms/{id}/messages), until where the desk had read, but no more than so many events,
and none older than is still dealt with. The answer is given back as if it had told all of it.

Whoever has just come into a room has no gap there: what was said before is not meant for them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import structlog

from bot.transports.matrix import raw
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.syncing import SAID
from bot.transports.matrix.telling import came

log = structlog.get_logger()

MOST = 1000
"""Events of one room."""

_AT_ONCE = 100
_FILTER = json.dumps({"types": SAID, "lazy_load_members": True}, separators=(",", ":"))

Ask = Callable[[Callable[[], Awaitable[dict[str, Any]]]], Awaitable[dict[str, Any]]]
"""Asks until there is an answer. Raises a refusal, and Unreachable where the homeserver is there."""


async def filled(
    server: Homeserver,
    body: Mapping[str, Any],
    *,
    me: str,
    since: str | None,
    read: datetime | None,
    oldest: datetime,
    ask: Ask,
) -> Mapping[str, Any]:
    """An answer of /sync that goes on from `since`, with its gaps filled. `read`: up to when the homeserver
    had been read; None: never, and then nothing is missed. `oldest`: what is older is not asked for."""
    if read is None:
        return body
    rooms = raw.table(body.get("rooms"))
    joined = dict(raw.table(rooms.get("join")))
    if since is None:
        oldest = max(oldest, read)
    for id_, told in joined.items():
        timeline = raw.table(raw.table(told).get("timeline"))
        events, before = list(raw.events(timeline)), timeline.get("prev_batch")
        if timeline.get("limited") is not True or not isinstance(before, str) or came(events, me):
            continue
        try:
            missed = await _missed(server, id_, before, since, oldest, ask)
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            log.warning("what was said meanwhile is not told", room=id_, why=str(error))
            continue
        joined[id_] = {**told, "timeline": {**timeline, "events": [*missed, *events]}}
    return {**body, "rooms": {**rooms, "join": joined}}


async def _missed(
    server: Homeserver, room: str, before: str, since: str | None, oldest: datetime, ask: Ask
) -> list[Mapping[str, Any]]:
    """What was said in a room before `before` and after `since`, the oldest first."""
    found: list[Mapping[str, Any]] = []
    path = f"/_matrix/client/v3/rooms/{quote(room, safe='')}/messages"
    for _ in range(MOST // _AT_ONCE):
        query = {"dir": "b", "from": before, "limit": str(_AT_ONCE), "filter": _FILTER}
        if since is not None:
            query["to"] = since
        told = await ask(partial(server.ask, "GET", path, query=query))
        events = list(raw.events({"events": told.get("chunk")}))
        found += events
        following = told.get("end")
        if not isinstance(following, str) or following == before or _all_older(events, oldest):
            break
        before = following
    else:
        log.warning("too much was said meanwhile to read it all", room=room, read=len(found))
    return found[::-1]


def _all_older(events: list[Mapping[str, Any]], oldest: datetime) -> bool:
    """Whether all were said before `oldest`, as their servers have it."""
    least = oldest.timestamp() * 1000
    return bool(events) and all(raw.number(each.get("origin_server_ts")) < least for each in events)
