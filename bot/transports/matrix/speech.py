"""Whether the desk may say something in a room, by the levels that the server told last. Pure; it only tells
people why the desk is silent, and gives nobody a right."""

import math
from collections.abc import Mapping

from bot.transports.matrix import raw
from bot.transports.matrix.power import level
from bot.transports.matrix.room import Room


def own_level(room: Room, me: str) -> float:
    """Our rank in the room."""
    if me in room.creators:
        return math.inf
    users = raw.table(room.power.get("users"))
    return level(users[me] if me in users else room.power.get("users_default", 0), room.version)


def needed(room: Room) -> float:
    """The rank that whoever says something there needs."""
    kinds: Mapping[str, object] = raw.table(room.power.get("events"))
    kind = "m.room.encrypted" if room.encrypted else "m.room.message"
    return level(kinds[kind] if kind in kinds else room.power.get("events_default", 0), room.version)


def mute(room: Room, me: str) -> str | None:
    """Why we may say nothing in a room, in a few words; None where we may."""
    if room.denied is not None:
        return room.denied
    own, least = own_level(room, me), needed(room)
    return (
        f"its moderators let nobody speak below level {least:g}, and ours is {own:g}" if own < least else None
    )
