"""Answers of /sync for tests, as short as they can be said."""

import itertools
from typing import Any

from bot.transports.matrix.rooms import Rooms
from routing.presence import Visibility

ME = "@pkgdesk:example.org"
ALICE, BOB, CAROL = "@alice:example.org", "@bob:example.org", "@carol:elsewhere.example"
ROOM, NEXT, LAST = "!room:example.org", "!next:example.org", "!last"

_numbers = itertools.count(1)

Told = dict[str, Any]


def state(kind: str, content: Told, *, key: str = "", sender: str = ALICE, **more: Any) -> Told:
    return {
        "type": kind,
        "state_key": key,
        "sender": sender,
        "event_id": f"$e{next(_numbers)}",
        "content": content,
        **more,
    }


def member(user: str, membership: str = "join", *, sender: str | None = None, **content: Any) -> Told:
    return state("m.room.member", {"membership": membership, **content}, key=user, sender=sender or user)


def said(user: str, text: str = "hello", at: int = 1) -> Told:
    return {
        "type": "m.room.message",
        "sender": user,
        "event_id": f"$e{next(_numbers)}",
        "origin_server_ts": at,
        "content": {"msgtype": "m.text", "body": text},
    }


def create(version: str = "10", *, sender: str = ALICE, **content: Any) -> Told:
    return state("m.room.create", {"room_version": version, **content}, sender=sender)


def rules(join_rule: str) -> Told:
    return state("m.room.join_rules", {"join_rule": join_rule})


def inside(room: str, *timeline: Told, state: tuple[Told, ...] = (), **more: Any) -> Told:
    """What is told of a room that we are in."""
    told = {"state": {"events": list(state)}, "timeline": {"events": list(timeline), **more.pop("of", {})}}
    return {"rooms": {"join": {room: {**told, **more}}}}


def outside(room: str, *timeline: Told) -> Told:
    return {"rooms": {"leave": {room: {"timeline": {"events": list(timeline)}}}}}


def asked_in(room: str, by: str, *more: Told, direct: bool = False) -> Told:
    own = member(ME, "invite", sender=by, **({"is_direct": True} if direct else {}))
    return {"rooms": {"invite": {room: {"invite_state": {"events": [*more, own]}}}}}


def directs(**rooms: list[str]) -> Told:
    """`m.direct`, by the localparts of users of example.org."""
    content = {f"@{name}:example.org": ids for name, ids in rooms.items()}
    return {"account_data": {"events": [{"type": "m.direct", "content": content}]}}


def nowhere(**configured: Visibility) -> Rooms:
    """Before anything was told; the rooms of the configuration by their aliases' localparts."""
    return Rooms.beginning("matrix", ME, {f"#{name}:example.org": each for name, each in configured.items()})
