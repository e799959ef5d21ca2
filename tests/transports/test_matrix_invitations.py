"""Whose invitations are followed, what is said of closed doors, and where the desk may speak."""

import math
from typing import Any

import pytest
from matrix_sync import (
    ALICE,
    BOB,
    CAROL,
    LAST,
    ME,
    NEXT,
    ROOM,
    Told,
    create,
    inside,
    member,
    nowhere,
    rules,
    state,
)

from bot.transports.matrix.doors import door
from bot.transports.matrix.folding import fold
from bot.transports.matrix.globs import denied, matches
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Refused, Unreachable
from bot.transports.matrix.invitations import MOST_ROOMS, Verdict, verdict
from bot.transports.matrix.rooms import Invitation, Rooms
from bot.transports.matrix.settings import InvitationSettings
from bot.transports.matrix.speech import mute, needed, own_level
from routing.presence import Visibility

NAME = "#desk:example.org"
GHOST = "@irc_mallory:example.org"


def found(
    by: str, room: str = ROOM, *, at: Rooms | None = None, direct: bool = True, **trusted: Any
) -> Verdict:
    return verdict(
        Invitation(room, by, direct=direct),
        at or nowhere(),
        InvitationSettings.model_validate(trusted),
        welcome={LAST},
        ghosts=Ghosts(("@irc_*:example.org",)),
    )


@pytest.mark.parametrize(
    ("by", "trusted", "decided"),
    [
        (ALICE, {}, Verdict.STRANGER),
        (ALICE, {"users": [ALICE]}, Verdict.TRUSTED),
        (BOB, {"users": [ALICE]}, Verdict.STRANGER),
        (ALICE, {"servers": ["example.org"]}, Verdict.TRUSTED),
        ("@alice:EXAMPLE.org", {"servers": ["Example.ORG"]}, Verdict.TRUSTED),
        ("@alice:example.org:8448", {"servers": ["example.org"]}, Verdict.STRANGER),
        ("@alice:example.org:8448", {"servers": ["example.org:8448"]}, Verdict.TRUSTED),
        ("@alice:sub.example.org", {"servers": ["example.org"]}, Verdict.STRANGER),
        ("@alice:evil.example:example.org", {"servers": ["example.org"]}, Verdict.STRANGER),
        (CAROL, {"rooms": [ROOM]}, Verdict.TRUSTED),
        (CAROL, {"rooms": [NAME]}, Verdict.STRANGER),  # that it is this one, only the directory can say
        (GHOST, {"servers": ["example.org"]}, Verdict.GHOST),
        (GHOST, {"users": [GHOST]}, Verdict.TRUSTED),
        (GHOST, {"rooms": [ROOM]}, Verdict.TRUSTED),
    ],
)
def test_an_invitation_is_followed_by_who_invites_and_where(
    by: str, trusted: dict[str, list[str]], decided: Verdict
) -> None:
    assert found(by, **trusted) is decided
    assert decided.follow is (decided is Verdict.TRUSTED)


def test_anybody_may_invite_into_a_configured_room_and_where_it_goes_on() -> None:
    rooms = nowhere(desk=Visibility.PUBLIC).named(NAME, ROOM)
    assert found(CAROL, at=rooms) is Verdict.CONFIGURED
    assert found(GHOST, at=rooms) is Verdict.CONFIGURED
    assert found(CAROL, NEXT, at=rooms) is Verdict.STRANGER
    rooms, _ = fold(
        rooms, inside(ROOM, state=(create(), state("m.room.tombstone", {"replacement_room": NEXT})))
    )
    assert found(CAROL, NEXT, at=rooms) is Verdict.CONFIGURED
    assert found(CAROL, LAST, at=rooms) is Verdict.TRUSTED


def test_who_is_in_a_room_of_ours_may_begin_one_direct_conversation() -> None:
    rooms = nowhere(desk=Visibility.PUBLIC).named(NAME, ROOM)
    rooms, _ = fold(rooms, inside(ROOM, state=(create(), member(ME), member(ALICE), member(GHOST))))
    assert found(ALICE, NEXT, at=rooms) is Verdict.MEMBER
    assert Verdict.MEMBER.follow
    assert found(BOB, NEXT, at=rooms) is Verdict.STRANGER
    assert found(GHOST, NEXT, at=rooms) is Verdict.GHOST
    assert found(ALICE, NEXT, at=rooms, members=False) is Verdict.STRANGER
    assert found(ALICE, NEXT, at=rooms, direct=False) is Verdict.STRANGER
    direct = {"type": "m.direct", "content": {ALICE: [LAST]}}
    own = member(ME, sender=ALICE, is_direct=True)
    both = inside(LAST, state=(create(), rules("invite"), own, member(ALICE)))
    rooms, _ = fold(rooms, {**both, "account_data": {"events": [direct]}})
    assert [room.id for room in rooms.with_user(ALICE)] == [LAST]
    assert found(ALICE, NEXT, at=rooms) is Verdict.STRANGER, "and no second one"


def test_there_are_not_more_rooms_than_there_is_room_for() -> None:
    part = inside(ROOM)["rooms"]["join"][ROOM]
    rooms, _ = fold(nowhere(), {"rooms": {"join": {f"!{n}:x.example": part for n in range(MOST_ROOMS)}}})
    assert found(ALICE, at=rooms, users=[ALICE]) is Verdict.TOO_MANY


@pytest.mark.parametrize(
    ("error", "why", "passes"),
    [
        (Refused(404, "M_NOT_FOUND", "Room alias not found"), "no such room", False),
        (Refused(403, "M_FORBIDDEN", "You are not invited to this room."), "invite only", False),
        (Refused(403, "M_FORBIDDEN", "You are banned from this room"), "banned", False),
        (Refused(403, "M_FORBIDDEN", "Not today"), "forbidden (Not today)", False),
        (Refused(429, "M_LIMIT_EXCEEDED", "", 3.0), "joined too often just now", True),
        (Refused(502, "M_UNKNOWN", "Bad gateway"), "M_UNKNOWN: Bad gateway", True),
        (Unreachable("no answer in time"), "server cannot be reached (no answer in time)", True),
    ],
)
def test_a_closed_door_is_told_in_a_few_words(error: Refused | Unreachable, why: str, passes: bool) -> None:
    told = door(error, NAME, ME)
    assert (told.why, told.passes) == (why, passes)
    assert told.remedy


def in_a_room(*states: Told, version: str = "10") -> Rooms:
    return fold(nowhere(), inside(ROOM, member(ME), state=(create(version), rules("public"), *states)))[0]


@pytest.mark.parametrize(
    ("levels", "own", "least"),
    [
        ({}, 0, 0),
        ({"events_default": 50}, 0, 50),
        ({"events_default": 50, "users": {ME: 50}}, 50, 50),
        ({"events": {"m.room.message": 10}, "users_default": 5}, 5, 10),
        ({"events": 7, "users": 7, "events_default": "x"}, 0, 0),
    ],
)
def test_it_is_known_where_the_desk_may_speak(levels: Told, own: float, least: float) -> None:
    room = in_a_room(state("m.room.power_levels", levels)).joined[ROOM]
    assert (own_level(room, ME), needed(room)) == (own, least)
    assert (mute(room, ME) is None) is (own >= least)


def test_in_an_encrypted_room_another_level_counts_and_a_creator_may_all() -> None:
    levels = state("m.room.power_levels", {"events": {"m.room.encrypted": 50}})
    sealed = state("m.room.encryption", {})
    assert needed(in_a_room(levels, sealed).joined[ROOM]) == 50
    assert own_level(in_a_room(create("12", sender=ME), version="12").joined[ROOM], ME) == math.inf
    shut = state("m.room.server_acl", {"allow": []})
    assert mute(in_a_room(shut).joined[ROOM], ME) == "its server ACL does not allow example.org"


@pytest.mark.parametrize(
    ("server", "why"),
    [
        ("192.0.2.7:8448", "its server ACL lets in no server without a name, such as 192.0.2.7"),
        ("[2001:db8::1]:8448", "its server ACL lets in no server without a name, such as [2001:db8::1]"),
        ("example.org:8448", None),
    ],
)
def test_a_server_without_a_name_may_be_kept_out(server: str, why: str | None) -> None:
    assert denied({"allow": ["*"], "allow_ip_literals": False}, server) == why
    assert denied({"allow": ["*"], "allow_ip_literals": 7}, server) is None


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("*", "", True),
        ("", "", True),
        ("?", "", False),
        ("@irc_*:example.org", "@IRC_alice:example.org", True),
        ("@irc_*:example.org", "@irc_alice:example.orgs", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*a*b*", "xxbxxaxx", False),
        ("a.b", "acb", False),
        ("[ab]", "a", False),
        ("*a" * 100, "a" * 99 + "b", False),
    ],
)
def test_a_pattern_fits_the_whole_name(pattern: str, name: str, fits: bool) -> None:
    assert matches(pattern, name) is fits
