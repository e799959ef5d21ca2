"""What one answer of /sync changed about rooms. Past tense; the ids are those of rooms, users and events.

Pure values; imports only what a venue is.
"""

from dataclasses import dataclass

from routing.presence import Venue


@dataclass(frozen=True, slots=True)
class Came:
    """`user`, of whom we did not know, is in a room that we were in already. `event`: its id, if it has one.
    We ourselves never come or go."""

    room: str
    user: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Went:
    """`user` is no longer in the room: left, was put out, banned."""

    room: str
    user: str
    event: str | None = None


@dataclass(frozen=True, slots=True)
class WeJoined:
    """We are in a room that we were not in before; of its members nothing is told here."""

    room: str


@dataclass(frozen=True, slots=True)
class WeLeft:
    """We are out. `by`: who put us out, empty where we went ourselves or nobody told; `why`: their words."""

    room: str
    by: str = ""
    why: str = ""
    banned: bool = False


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody lets us in; more is in `Rooms.invited`."""

    room: str
    by: str


@dataclass(frozen=True, slots=True)
class Uninvited:
    """An invitation was withdrawn, or we declined it."""

    room: str


@dataclass(frozen=True, slots=True)
class Unbanned:
    """We were banned from a room, and are no longer."""

    room: str
    by: str


@dataclass(frozen=True, slots=True)
class Upgraded:
    """A room says that it goes on in another, in which we may not be. `by`: who said so; their server knows
    the new one."""

    old: str
    new: str
    by: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something happened in a room that was not told; who is there is to be asked again."""

    room: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A room is another venue than it was, or more or less closed; None: it was none, or is none any more."""

    room: str
    before: Venue | None
    after: Venue | None


Change = Came | Went | WeJoined | WeLeft | Invited | Uninvited | Unbanned | Upgraded | Gap | Moved
