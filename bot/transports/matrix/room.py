"""One room, as the events of its state tell of it.

    m.room.create               version, who made it, which room it goes on from
    m.room.member               who is there, who is invited, and what they are called
    m.room.join_rules, m.room.history_visibility, m.room.encryption, m.room.server_acl
    m.room.power_levels         for showing only: rights are read afresh (`bot.transports.matrix.power`)
    m.room.tombstone            the room that it goes on in
    m.room.name, m.room.canonical_alias

The server has checked who may set what; what stands in an event is whatever they liked. What is malformed is
passed over, or counts as what the specification says where nothing is told. Once a room is encrypted it stays
so, whatever is told of it later. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from immutables import Map

from bot.transports.matrix import raw
from bot.transports.matrix.globs import denied

MOST_MEMBERS = 50_000
"""Of one room; of more it is known only that they are there."""

_NOBODY: Map[str, str] = Map()


@dataclass(frozen=True, slots=True)
class Room:
    """One room that we are in.

    `members`, `awaited`: those who have joined and those who are invited, each with the display name, which
    may be empty; of a lazily loaded room only those who were told of, unless `complete`. `counts`: how many
    have joined and are invited, as the server counts. `heroes`: some of them, whom it names.
    `creators`: those whose power is without end, from version 12 on. `power`: the power levels as last told,
    for showing and never for a right. `replacement`: the room it goes on in, said by `replaced_by`;
    `predecessor`: the room that it says it goes on from, which proves nothing alone. `direct`: marked as a
    conversation of two, by `m.direct` or (`asked`) by the invitation; that it is one, `Rooms` says.
    `denied`: why our server may not take part (server ACL). `spoke`: when somebody else last said something
    there, by their own server's clock, in milliseconds; `replaced`: when it was said to go on elsewhere,
    likewise.
    """

    id: str
    members: Map[str, str] = _NOBODY
    awaited: Map[str, str] = _NOBODY
    complete: bool = False
    counts: tuple[int, int] | None = None
    heroes: tuple[str, ...] = ()
    join_rule: str = "invite"
    history: str = "shared"
    encrypted: bool = False
    version: str = "1"
    creators: frozenset[str] = frozenset()
    power: Mapping[str, Any] = field(default_factory=dict)
    replacement: str | None = None
    replaced_by: str = ""
    replaced: int = 0
    predecessor: str | None = None
    alias: str | None = None
    name: str = ""
    direct: bool = False
    asked: bool = False
    denied: str | None = None
    spoke: int = 0

    @property
    def joined(self) -> int:
        """How many have joined, we ourselves included; rather too many than too few."""
        told = self.counts[0] if self.counts is not None and not self.complete else 0
        return max(told, len(self.members))

    @property
    def heads(self) -> int:
        """How many have joined or are invited, we ourselves included; rather too many than too few."""
        return self.joined + max(self.counts[1] if self.counts is not None else 0, len(self.awaited))

    @property
    def open(self) -> bool:
        """Whether anybody may come in unasked, and so can read what is said."""
        return self.join_rule == "public" and not self.encrypted


def created(room: Room, create: Mapping[str, Any]) -> Room:
    """The room with what its `m.room.create` event tells."""
    content = raw.table(create.get("content"))
    return replace(
        room,
        version=raw.word(content.get("room_version"), "1"),
        creators=creators(create),
        predecessor=raw.room(raw.table(content.get("predecessor")).get("room_id")),
    )


def creators(create: Mapping[str, Any]) -> frozenset[str]:
    """Those whose power in the room is without end: from version 12 on whoever made it, and
    `additional_creators`; before that nobody. Of a version that is no number nothing is known, so nobody."""
    content = raw.table(create.get("content"))
    version = content.get("room_version")
    hydra = isinstance(version, str) and version.isascii() and version.isdigit() and int(version[:9]) >= 12
    if not hydra:
        return frozenset()
    named = (raw.user(each) for each in (create.get("sender"), *raw.row(content.get("additional_creators"))))
    return frozenset(each for each in named if each is not None)


def with_state(room: Room, event: Mapping[str, Any], me: str) -> Room:
    """The room after one event of its state; `me` is our user id."""
    kind, key, content = event.get("type"), event.get("state_key"), raw.table(event.get("content"))
    if kind == "m.room.member":
        return _with_member(room, key, content, event, me)
    if key != "":
        return room
    match kind:
        case "m.room.create":
            return created(room, event)
        case "m.room.join_rules":
            return replace(room, join_rule=raw.word(content.get("join_rule"), "invite"))
        case "m.room.history_visibility":
            return replace(room, history=raw.word(content.get("history_visibility"), "shared"))
        case "m.room.encryption":
            return room if room.encrypted else replace(room, encrypted=True)
        case "m.room.power_levels":
            return replace(room, power=content)
        case "m.room.server_acl":
            return replace(room, denied=denied(content, raw.server_of(me)))
        case "m.room.tombstone":
            by = raw.user(event.get("sender")) or ""
            onwards, at = raw.room(content.get("replacement_room")), raw.number(event.get("origin_server_ts"))
            return replace(room, replacement=onwards, replaced_by=by, replaced=at)
        case "m.room.canonical_alias":
            return replace(room, alias=raw.alias(content.get("alias")))
        case "m.room.name":
            return replace(room, name=raw.words(content.get("name")))
    return room


def with_summary(room: Room, summary: Mapping[str, Any]) -> Room:
    """The room with what the server counts; it tells what has changed."""
    joined, invited = room.counts or (0, 0)
    heroes = room.heroes
    if "m.joined_member_count" in summary:
        joined = raw.number(summary["m.joined_member_count"])
    if "m.invited_member_count" in summary:
        invited = raw.number(summary["m.invited_member_count"])
    if "m.heroes" in summary:
        named = (raw.user(each) for each in raw.row(summary["m.heroes"])[:20])
        heroes = tuple(each for each in named if each is not None)
    told = {"m.joined_member_count", "m.invited_member_count"} & summary.keys()
    return replace(room, counts=(joined, invited) if told else room.counts, heroes=heroes)


def _with_member(
    room: Room, key: object, content: Mapping[str, Any], event: Mapping[str, Any], me: str
) -> Room:
    user, membership = raw.user(key), content.get("membership")
    if user is None or not isinstance(membership, str):
        return room
    name = raw.words(content.get("displayname"))
    members, awaited = room.members, room.awaited
    if membership == "join":
        if user in members or len(members) < MOST_MEMBERS:
            members = members.set(user, name)
        awaited = _out(awaited, user)
    elif membership == "invite":
        members = _out(members, user)
        if user in awaited or len(awaited) < MOST_MEMBERS:
            awaited = awaited.set(user, name)
    else:
        members, awaited = _out(members, user), _out(awaited, user)
    asked = room.asked
    if user == me and not asked:
        # Our own joining follows on the invitation, which says whether it is one into a direct conversation.
        before = raw.table(raw.table(event.get("unsigned")).get("prev_content"))
        asked = content.get("is_direct") is True or before.get("is_direct") is True
    return replace(room, members=members, awaited=awaited, asked=asked, direct=room.direct or asked)


def _out(among: Map[str, str], user: str) -> Map[str, str]:
    return among.delete(user) if user in among else among
