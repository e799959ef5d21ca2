"""The answers of /sync, folded into the value of all rooms, and what each has changed.

    rooms.join      state and timeline of rooms that we are in       -> Room, Came, Went, WeJoined, Upgraded …
    rooms.invite    invitations, of which only the inviter counts    -> Invitation, Invited
    rooms.leave     the only sign of a kick, a ban, a withdrawal     -> WeLeft, Uninvited, Unbanned
    m.direct        the rooms that are direct conversations

Pure; nothing that a server or a user sends raises. What is malformed is passed over.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from immutables import Map

from bot.transports.matrix import raw
from bot.transports.matrix.changes import (
    Came,
    Change,
    Gap,
    Invited,
    Moved,
    Unbanned,
    Uninvited,
    Upgraded,
    WeJoined,
    WeLeft,
    Went,
)
from bot.transports.matrix.room import Room, with_state, with_summary
from bot.transports.matrix.rooms import MOST_ROOMS, Invitation, Rooms

_SAID = ("m.room.message", "m.room.encrypted")


def fold(rooms: Rooms, told: Mapping[str, Any]) -> tuple[Rooms, tuple[Change, ...]]:
    """The rooms after one answer of /sync, of which the parts `rooms` and `account_data` count, and what
    has changed by it, in order."""
    before, changes = rooms, list[Change]()
    rooms, touched = _directs(rooms, told)
    parts = raw.table(told.get("rooms"))
    for room, left in _each(parts.get("leave")):
        touched.add(room)
        rooms = _left(rooms, room, left, changes)
    for room, invited in _each(parts.get("invite")):
        rooms = _invited(rooms, room, invited, changes)
    for room, joined in _each(parts.get("join")):
        if room not in rooms.joined or _of_state(joined):
            touched.add(room)
        rooms = _joined(rooms, room, joined, changes)
    if touched:
        today = {name: rooms.today(room) for name, room in rooms.names.items()}
        onwards = {name: room for name, room in today.items() if room != rooms.names[name]}
        rooms = replace(rooms, names=rooms.names.update(onwards)) if onwards else rooms
    changes.extend(moved(before, rooms, touched))
    return rooms, tuple(changes)


def found(rooms: Rooms, name: str, room: str) -> tuple[Rooms, tuple[Change, ...]]:
    """The rooms after the configured `name` was found to be the room with this id, and what changed by it."""
    after = rooms.named(name, room)
    return after, moved(rooms, after, rooms.joined)


def _each(part: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for room, told in raw.table(part).items():
        if raw.room(room) is not None and isinstance(told, dict):
            yield room, told


def _directs(rooms: Rooms, told: Mapping[str, Any]) -> tuple[Rooms, set[str]]:
    """The last `m.direct` of an answer holds; those rooms whose mark is another by it."""
    listed: Map[str, str] | None = None
    for event in raw.events(told.get("account_data")):
        if event.get("type") == "m.direct":
            listed = _listed(raw.table(event.get("content")))
    if listed is None:
        return rooms, set()
    changed = {
        each.id: replace(each, direct=each.asked or each.id in listed)
        for each in rooms.joined.values()
        if each.direct is not (each.asked or each.id in listed)
    }
    return replace(rooms, directs=listed, joined=rooms.joined.update(changed)), set(changed)


def _listed(content: Mapping[str, Any]) -> Map[str, str]:
    found: dict[str, str] = {}
    for user, rooms in content.items():
        if raw.user(user) is not None:
            for room in raw.row(rooms)[:MOST_ROOMS]:
                if raw.room(room) is not None and len(found) < MOST_ROOMS:
                    found[room] = user
    return Map(found)


def _of_state(told: Mapping[str, Any]) -> bool:
    """Whether anything may be another by it than when somebody last spoke."""
    if raw.table(told.get("summary")) or any(raw.events(told.get("state"))):
        return True
    return any("state_key" in each for each in raw.events(told.get("timeline")))


def _joined(rooms: Rooms, id_: str, told: Mapping[str, Any], changes: list[Change]) -> Rooms:
    known = rooms.joined.get(id_)
    if known is None and len(rooms.joined) >= MOST_ROOMS:
        return rooms
    invitation = rooms.invited.get(id_)
    asked = invitation is not None and invitation.direct
    room = known or Room(
        id_, encrypted=id_ in rooms.sealed, asked=asked, direct=asked or id_ in rooms.directs
    )
    timeline = raw.table(told.get("timeline"))
    if known is None:
        changes.append(WeJoined(id_))
    elif timeline.get("limited") is True:
        # Of a lazily loaded room nobody tells who left in the gap.
        room = replace(room, complete=False)
        changes.append(Gap(id_))
    told_state = ((each, True) for each in raw.events(told.get("state")))
    told_since = ((each, "state_key" in each) for each in raw.events(timeline))
    for event, stateful in (*told_state, *told_since):
        if stateful:
            after = with_state(room, event, rooms.me)
            if known is not None:
                changes.extend(_seen(room, after, event, rooms.me))
            if after.replacement is not None and after.replacement != room.replacement:
                changes.append(Upgraded(id_, after.replacement, after.replaced_by))
            room = after
        elif event.get("type") in _SAID and event.get("sender") != rooms.me:
            room = replace(room, spoke=max(room.spoke, raw.number(event.get("origin_server_ts"))))
    room = with_summary(room, raw.table(told.get("summary")))
    if room == known:
        return rooms
    return replace(
        rooms,
        joined=rooms.joined.set(id_, room),
        invited=rooms.invited.delete(id_) if invitation is not None else rooms.invited,
        sealed=rooms.sealed | {id_} if room.encrypted and id_ not in rooms.sealed else rooms.sealed,
    )


def _seen(before: Room, after: Room, event: Mapping[str, Any], me: str) -> Iterator[Change]:
    """Somebody else came or went by this event."""
    if before.members is after.members:
        return
    user = event.get("state_key")
    if isinstance(user, str) and user != me and (user in before.members) is not (user in after.members):
        kind = Came if user in after.members else Went
        yield kind(before.id, user, raw.event_id(event.get("event_id")))


def _invited(rooms: Rooms, id_: str, told: Mapping[str, Any], changes: list[Change]) -> Rooms:
    by, direct, encrypted = None, False, False
    for event in raw.events(told.get("invite_state")):
        if event.get("type") == "m.room.encryption":
            encrypted = True
        elif event.get("type") == "m.room.member" and event.get("state_key") == rooms.me:
            content = raw.table(event.get("content"))
            if content.get("membership") == "invite":
                by, direct = raw.user(event.get("sender")), content.get("is_direct") is True
    if by is None or (len(rooms.invited) >= MOST_ROOMS and id_ not in rooms.invited):
        return rooms
    invitation = Invitation(id_, by, direct, encrypted)
    if rooms.invited.get(id_) == invitation:
        return rooms
    changes.append(Invited(id_, by))
    if id_ in rooms.joined:  # we were out of it in between
        changes.append(WeLeft(id_))
        rooms = replace(rooms, joined=rooms.joined.delete(id_))
    return replace(rooms, invited=rooms.invited.set(id_, invitation))


def _left(rooms: Rooms, id_: str, told: Mapping[str, Any], changes: list[Change]) -> Rooms:
    last: Mapping[str, Any] = {}
    for part in (told.get("state"), told.get("timeline")):
        for event in raw.events(part):
            if event.get("type") == "m.room.member" and event.get("state_key") == rooms.me:
                last = event
    content = raw.table(last.get("content"))
    by = raw.user(last.get("sender")) or ""
    banned = content.get("membership") == "ban"
    if id_ in rooms.joined:
        why = raw.words(content.get("reason"))
        changes.append(WeLeft(id_, "" if by == rooms.me else by, why, banned))
        rooms = replace(rooms, joined=rooms.joined.delete(id_))
    elif id_ not in rooms.invited and by != rooms.me and content.get("membership") == "leave":
        prior = raw.table(raw.table(last.get("unsigned")).get("prev_content"))
        if prior.get("membership") == "ban":
            changes.append(Unbanned(id_, by))
    if id_ in rooms.invited:
        changes.append(Uninvited(id_))
        rooms = replace(rooms, invited=rooms.invited.delete(id_))
    return rooms


def moved(before: Rooms, after: Rooms, touched: Iterable[str]) -> tuple[Moved, ...]:
    """The rooms that are another venue after than before, of those that were touched and of those that these
    go on from or in."""
    return tuple(_moved(before, after, touched))


def _moved(before: Rooms, after: Rooms, touched: Iterable[str]) -> Iterator[Moved]:
    near = dict.fromkeys(touched)
    for room in tuple(near):
        for rooms in (before, after):
            here = rooms.joined.get(room)
            if here is not None:
                near.update(dict.fromkeys(each for each in (here.predecessor, here.replacement) if each))
    for room in near:
        was, now = before.venue(room), after.venue(room)
        if was != now or (was is not None and now is not None and was.sealed is not now.sealed):
            yield Moved(room, was, now)
