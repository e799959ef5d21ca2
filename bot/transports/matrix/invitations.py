"""Whose invitations are followed: decided by who invites and which room it is, by its id. Pure.

What an invitation says of its room (name, alias, who is in it) is whatever the inviter liked, and is never
looked at. A configured room may be entered at anybody's invitation, for we want to be there anyway, and so
may the room in which one goes on. Who is in a room where the desk sits may speak to it directly, in one room
at a time: whatever else they invite it to, it is not pulled into. A bridge's ghost stands for somebody whom
nobody has proven: that its server is trusted says nothing of it. All other invitations are declined without a
word.
"""

from collections.abc import Container, Iterable
from enum import StrEnum

from bot.transports.matrix import raw
from bot.transports.matrix.rooms import Invitation, Rooms
from bot.transports.matrix.settings import InvitationSettings

MOST_ROOMS = 500
"""Rooms that we are in, from which on only configured ones are entered."""


class Verdict(StrEnum):
    """What becomes of an invitation, and why."""

    CONFIGURED = "the room is configured"
    TRUSTED = "the inviter is trusted"
    MEMBER = "the inviter is in one of our rooms"
    STRANGER = "nobody trusts the inviter"
    GHOST = "a bridge's ghost invites"
    TOO_MANY = "in too many rooms"

    @property
    def follow(self) -> bool:
        return self in (Verdict.CONFIGURED, Verdict.TRUSTED, Verdict.MEMBER)


def verdict(
    invitation: Invitation,
    rooms: Rooms,
    settings: InvitationSettings,
    *,
    welcome: Container[str],
    ghosts: Container[str],
) -> Verdict:
    """`welcome`: the ids of `settings.rooms`, as far as they are known; `ghosts`: user ids of bridges."""
    if invitation.room in wanted(rooms):
        return Verdict.CONFIGURED
    by = invitation.by
    asked = invitation.room in settings.rooms or invitation.room in welcome or by in settings.users
    if not asked and by in ghosts:
        return Verdict.GHOST
    trusted = asked or raw.server_of(by).lower() in settings.servers
    if not trusted and not (settings.members and invitation.direct and _may_begin(by, rooms)):
        return Verdict.STRANGER
    if len(rooms.joined) >= MOST_ROOMS:
        return Verdict.TOO_MANY
    return Verdict.TRUSTED if trusted else Verdict.MEMBER


def _may_begin(user: str, rooms: Rooms) -> bool:
    """Whether somebody is in one of the rooms of the configuration, and in no direct conversation with us."""
    here = (rooms.joined.get(rooms.today(first)) for first in rooms.names.values())
    return any(room is not None and user in room.members for room in here) and not any(rooms.with_user(user))


def wanted(rooms: Rooms) -> frozenset[str]:
    """The ids of all rooms of the configuration that are known: those that they have at first, those that
    they go on in, and those that we were told to go on to."""
    return frozenset(each for first in rooms.names.values() for each in (first, *_onwards(rooms, first)))


def _onwards(rooms: Rooms, first: str) -> Iterable[str]:
    here = rooms.today(first)
    yield here
    room = rooms.joined.get(here)
    if room is not None and room.replacement is not None:
        yield room.replacement
