"""What somebody's rank in a room is, and which right that gives: by what the server says at that moment.

The rank is the number of the specification (client-server API, `m.room.power_levels`; room versions, 10 and
12), with what it says where nothing is told:

    creators, from version 12 on            without end, whatever `users` says
    no `m.room.power_levels` at all         100 for whoever made the room, 0 for everybody else
    not in `users`                          `users_default`, else 0
    a number written as text                that number, up to version 9; from 10 on it is malformed
    malformed                               0

What /sync told before is never asked: a demotion may be on its way, and it may have been one by leaving
somebody out. So three questions are asked for each line that wants a right, side by side: what ranks there
are, who made the room, and whether the speaker is still in it. Whatever goes wrong, there is no right.
"""

import asyncio
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import structlog

from bot.desk.model import Role, Speaker
from bot.transports.matrix import raw
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.room import creators

log = structlog.get_logger(__name__)

WITHIN = 5.0
"""Seconds that the server has to tell; the line waits for it."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}")


def rank(user: str, power_levels: Mapping[str, Any] | None, create: Mapping[str, Any] | None) -> float:
    """The rank of a user, by the content of `m.room.power_levels` (None: there is none) and the whole
    `m.room.create` event (None: it is not known, so nobody made the room)."""
    create = create or {}
    if user in creators(create):
        return math.inf
    version = raw.table(create.get("content")).get("room_version", "1")
    if power_levels is None:
        return 100.0 if create and _hundred(version) and create.get("sender") == user else 0.0
    users = raw.table(power_levels.get("users"))
    told = users[user] if user in users else power_levels.get("users_default", 0)
    return level(told, version)


def level(told: object, version: object) -> float:
    """A level as it stands in `m.room.power_levels` of a room of that version; 0 where it is malformed."""
    if isinstance(told, str) and _in_words(version) and _NUMBER.fullmatch(told.strip(" ")):
        return float(told.strip(" "))
    return float(told) if isinstance(told, int) and not isinstance(told, bool) and abs(told) < 2**53 else 0.0


def granted(rights: Mapping[Role, int], rank: float) -> Role:
    """The greatest of the configured `rights`, role -> least rank, that a rank gives."""
    return max((role for role, least in rights.items() if rank >= least), default=Role.ANYBODY)


async def ranked(
    homeserver: Homeserver, room: str, speaker: Speaker, rights: Mapping[Role, int], *, within: float = WITHIN
) -> Speaker:
    """The speaker of a line in a room, with what their rank there gives them for that line. `rights`: of the
    room's configuration. A speaker without an account, as a bridge's ghost is, has no right, and nobody is
    asked. Takes at most `within` seconds; raises Fatal only."""
    if speaker.account is None or not rights:
        return replace(speaker, granted=Role.ANYBODY)
    told = await fresh(homeserver, room, speaker.account, within=within)
    if told is None:
        return replace(speaker, granted=Role.ANYBODY)
    return replace(speaker, granted=granted(rights, rank(speaker.account, *told)))


async def fresh(
    homeserver: Homeserver, room: str, user: str, *, within: float = WITHIN
) -> tuple[Mapping[str, Any] | None, Mapping[str, Any]] | None:
    """The content of the room's power levels (None: it has none) and its create event, as they are now; None
    where it cannot be said for sure, or where the user is not in the room. Raises Fatal only."""
    asked = (
        _asked(homeserver, room, "m.room.power_levels", ""),
        _asked(homeserver, room, "m.room.create", "", whole=True),
        _asked(homeserver, room, "m.room.member", user),
    )
    try:
        async with asyncio.timeout(within):
            levels, create, member = await asyncio.gather(*asked)
    except Fatal:
        raise
    except (Refused, Unreachable, TimeoutError) as error:
        log.warning(
            "a rank could not be asked, so it gives no right",
            room=room,
            user=user,
            error=str(error) or "no answer in time",
        )
        return None
    if (
        create is None
        or not isinstance(create.get("content"), dict)
        or raw.user(create.get("sender")) is None
    ):
        return None
    if member is None or member.get("membership") != "join":
        return None
    return levels, create


async def _asked(
    homeserver: Homeserver, room: str, kind: str, key: str, *, whole: bool = False
) -> Mapping[str, Any] | None:
    """The content of a state event, or the whole of it; None where the room has none."""
    path = f"/_matrix/client/v3/rooms/{quote(room, safe='')}/state/{kind}/{quote(key, safe='')}"
    try:
        return await homeserver.ask("GET", path, query={"format": "event"} if whole else None)
    except Refused as refused:
        if refused.code == "M_NOT_FOUND":
            return None
        raise


def _in_words(version: object) -> bool:
    """Whether in rooms of this version a level may be written as text."""
    return isinstance(version, str) and bool(re.fullmatch("[1-9]", version))


def _hundred(version: object) -> bool:
    """Whether in rooms of this version whoever made one has 100 where no levels are told."""
    return isinstance(version, str) and bool(re.fullmatch("[1-9]|1[01]", version))
