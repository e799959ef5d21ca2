"""The rooms of a homeserver, folded from answers of /sync."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrix_sync import (
    ALICE,
    BOB,
    CAROL,
    LAST,
    ME,
    NEXT,
    ROOM,
    Told,
    asked_in,
    create,
    directs,
    inside,
    member,
    nowhere,
    outside,
    rules,
    said,
    state,
)

from bot.transports.matrix.changes import (
    Came,
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
from bot.transports.matrix.folding import fold
from bot.transports.matrix.rooms import MOST_ROOMS, Rooms
from routing.presence import Venue, Visibility

PUBLIC, MEMBERS, PRIVATE = Visibility.PUBLIC, Visibility.MEMBERS, Visibility.PRIVATE


def after(*answers: Told, rooms: Rooms | None = None) -> Rooms:
    rooms = rooms or nowhere()
    for told in answers:
        rooms, _ = fold(rooms, told)
    return rooms


def kinds(rooms: Rooms, told: Told) -> list[object]:
    return [each for each in fold(rooms, told)[1] if not isinstance(each, Moved)]


OPEN = inside(ROOM, state=(create(), rules("public"), member(ME), member(ALICE, displayname="Alice")))
DIRECT = inside(ROOM, member(ME), state=(create(), rules("invite"), member(ALICE)))


# --- what a room says of itself -------------------------------------------------------------------------


def test_we_join_a_room_and_know_those_who_were_told_of() -> None:
    rooms, changes = fold(nowhere(), OPEN)
    assert changes == (WeJoined(ROOM), Moved(ROOM, None, Venue("matrix", ROOM, PUBLIC)))
    assert dict(rooms.names_of(ROOM)) == {ME: "", ALICE: "Alice"}


def test_people_come_and_go_and_are_called_otherwise() -> None:
    rooms = after(OPEN)
    came = member(BOB, displayname="Bob")
    assert kinds(rooms, inside(ROOM, came)) == [Came(ROOM, BOB, came["event_id"])]
    rooms = after(inside(ROOM, came), rooms=rooms)
    assert kinds(rooms, inside(ROOM, member(BOB, displayname="Robert"))) == []
    assert after(inside(ROOM, member(BOB, displayname="Robert")), rooms=rooms).names_of(ROOM)[BOB] == "Robert"
    for how in ("leave", "ban", "knock"):
        went = member(BOB, how, sender=ALICE)
        assert kinds(rooms, inside(ROOM, went)) == [Went(ROOM, BOB, went["event_id"])]
    both = inside(ROOM, member(BOB, "leave"), member(BOB))
    assert [type(each) for each in kinds(rooms, both)] == [Went, Came]


def test_encryption_is_never_switched_off() -> None:
    sealed = state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    rooms = after(OPEN, inside(ROOM, sealed))
    assert rooms.venue(ROOM) == Venue("matrix", ROOM, MEMBERS)
    assert rooms.venue(ROOM) is not None
    assert rooms.joined[ROOM].encrypted
    for content in ({}, {"algorithm": None}, {"algorithm": 7}):
        assert after(inside(ROOM, state("m.room.encryption", content)), rooms=rooms).joined[ROOM].encrypted
    # nor by a server that tells nothing of it when we come in again
    assert after(outside(ROOM, member(ME, "leave", sender=ALICE)), OPEN, rooms=rooms).joined[ROOM].encrypted


def test_creators_are_without_end_from_version_12_on_only() -> None:
    def creators(version: str, **more: Any) -> frozenset[str]:
        return after(inside(LAST, state=(create(version, **more),))).joined[LAST].creators

    assert creators("12") == {ALICE}
    assert creators("12", additional_creators=[BOB, "nobody", 7, None]) == {ALICE, BOB}
    assert creators("13") == {ALICE}
    for version in ("11", "1", "org.example.new", "", "٢٢", "-12", "1e9"):
        assert creators(version, additional_creators=[BOB]) == frozenset()


@pytest.mark.parametrize(
    ("acl", "why"),
    [
        ({"allow": ["*"]}, None),
        ({"allow": ["*"], "deny": ["evil.example", "*.evil.example"]}, None),
        ({"allow": ["*"], "deny": ["EXAMPLE.o?g"]}, "its server ACL denies example.org"),
        ({"allow": ["elsewhere.example"]}, "its server ACL does not allow example.org"),
        ({}, "its server ACL does not allow example.org"),
        ({"allow": "*", "deny": 7}, "its server ACL does not allow example.org"),
        ({"allow": [None, 7, "ex*.org"], "allow_ip_literals": False}, None),
    ],
)
def test_a_server_acl_may_keep_our_server_out(acl: Told, why: str | None) -> None:
    assert after(OPEN, inside(ROOM, state("m.room.server_acl", acl))).joined[ROOM].denied == why


# --- venues ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("configured", "said_by_room", "visibility"),
    [
        (PUBLIC, (rules("public"),), PUBLIC),
        (MEMBERS, (rules("public"),), MEMBERS),
        (PUBLIC, (rules("invite"),), MEMBERS),
        (PUBLIC, (rules("knock"),), MEMBERS),
        (PUBLIC, (rules("restricted"),), MEMBERS),
        (PUBLIC, (), MEMBERS),
        (PUBLIC, (state("m.room.join_rules", {"join_rule": 7}),), MEMBERS),
        (
            PUBLIC,
            (rules("public"), state("m.room.history_visibility", {"history_visibility": "joined"})),
            PUBLIC,
        ),
        (PUBLIC, (rules("public"), state("m.room.encryption", {})), MEMBERS),
    ],
)
def test_a_venue_is_as_closed_as_the_more_closed_of_configuration_and_room(
    configured: Visibility, said_by_room: tuple[Told, ...], visibility: Visibility
) -> None:
    rooms = nowhere(desk=configured).named("#desk:example.org", ROOM)
    rooms = after(inside(ROOM, state=(create(), *said_by_room)), rooms=rooms)
    assert rooms.venue(ROOM) == Venue("matrix", "#desk:example.org", visibility)
    venue = rooms.venue(ROOM)
    assert venue is not None
    assert rooms.room_for(venue) is rooms.joined[ROOM]


def test_an_open_room_may_be_the_closed_one_that_is_not_found_yet() -> None:
    rooms = after(OPEN, rooms=nowhere(desk=MEMBERS))
    assert rooms.venue(ROOM) == Venue("matrix", ROOM, MEMBERS)
    assert rooms.named("#desk:example.org", NEXT).venue(ROOM) == Venue("matrix", ROOM, PUBLIC)


def test_a_room_configured_by_its_id_is_known_at_once() -> None:
    rooms = after(OPEN, rooms=Rooms.beginning("matrix", ME, {ROOM: MEMBERS}))
    assert rooms.venue(ROOM) == Venue("matrix", ROOM, MEMBERS)


def test_a_direct_conversation_is_marked_as_one_and_has_two_in_it() -> None:
    plain = after(DIRECT)
    assert plain.venue(ROOM) == Venue("matrix", ROOM, MEMBERS)
    rooms, changes = fold(plain, directs(alice=[ROOM]))
    assert rooms.venue(ROOM) == Venue("matrix", ALICE, PRIVATE)
    assert changes == (Moved(ROOM, Venue("matrix", ROOM, MEMBERS), Venue("matrix", ALICE, PRIVATE)),)
    # whom m.direct names makes no difference
    assert after(directs(bob=[ROOM]), rooms=plain).venue(ROOM) == Venue("matrix", ALICE, PRIVATE)
    invited, changes = fold(rooms, inside(ROOM, member(BOB, "invite", sender=ALICE)))
    assert invited.venue(ROOM) == Venue("matrix", ROOM, MEMBERS)
    assert [type(each) for each in changes] == [Moved]
    assert after(inside(ROOM, member(BOB, "leave", sender=ALICE)), rooms=invited).venue(ROOM) == Venue(
        "matrix", ALICE, PRIVATE
    )
    assert after(inside(ROOM, member(ALICE, "leave")), rooms=rooms).venue(ROOM) == Venue(
        "matrix", ROOM, MEMBERS
    )


def test_an_invitation_makes_a_conversation_direct() -> None:
    rooms = after(asked_in(ROOM, ALICE, direct=True), DIRECT)
    assert rooms.venue(ROOM) == Venue("matrix", ALICE, PRIVATE)
    assert not rooms.invited
    before = {"prev_content": {"membership": "invite", "is_direct": True}}
    own = state("m.room.member", {"membership": "join"}, key=ME, sender=ME, unsigned=before)
    told = inside(ROOM, own, state=(create(), rules("invite"), member(ALICE)))
    assert after(told).venue(ROOM) == Venue("matrix", ALICE, PRIVATE)


def test_what_others_may_read_is_no_direct_conversation() -> None:
    rooms = after(DIRECT, directs(alice=[ROOM]))
    for told in (
        rules("public"),
        rules("restricted"),
        rules("knock_restricted"),
        rules("whatever comes next"),
        state("m.room.history_visibility", {"history_visibility": "world_readable"}),
    ):
        venue = after(inside(ROOM, told), rooms=rooms).venue(ROOM)
        assert venue is not None
        assert not venue.private
    counted = inside(ROOM, summary={"m.joined_member_count": 3, "m.invited_member_count": 0})
    assert after(counted, rooms=rooms).venue(ROOM) == Venue("matrix", ROOM, MEMBERS)


def test_of_a_lazily_loaded_conversation_the_server_names_the_other() -> None:
    told = inside(
        ROOM,
        member(ME),
        state=(create(), rules("invite")),
        summary={"m.joined_member_count": 2, "m.invited_member_count": 0, "m.heroes": [ALICE]},
    )
    assert after(directs(bob=[ROOM]), told).venue(ROOM) == Venue("matrix", ALICE, PRIVATE)
    third = inside(ROOM, summary={"m.invited_member_count": 1})
    assert after(directs(bob=[ROOM]), told, third).venue(ROOM) == Venue("matrix", ROOM, MEMBERS)


def test_of_several_conversations_the_one_spoken_in_last_counts() -> None:
    def conversation(room: str, *more: Told) -> Told:
        return inside(room, member(ME), *more, state=(create(), rules("invite"), member(ALICE)))

    sealed = state("m.room.encryption", {})
    rooms = after(directs(alice=[ROOM, NEXT, LAST]), conversation(ROOM), conversation(NEXT, sealed))
    rooms = after(conversation(LAST), rooms=rooms)
    open_, closed = Venue("matrix", ALICE, PRIVATE), Venue("matrix", ALICE, PRIVATE, sealed=True)

    def chosen(rooms: Rooms, venue: Venue) -> str | None:
        room = rooms.room_for(venue)
        return room.id if room is not None else None

    assert chosen(rooms, open_) == NEXT  # nobody has said anything: the encrypted one
    rooms = after(inside(LAST, said(ALICE, at=50)), inside(ROOM, said(ALICE, at=70)), rooms=rooms)
    rooms = after(inside(LAST, said(ME, at=90)), inside(NEXT, said(ALICE, at=60)), rooms=rooms)
    assert chosen(rooms, open_) == ROOM
    assert chosen(rooms, closed) == NEXT
    assert chosen(rooms, Venue("matrix", BOB, PRIVATE)) is None
    assert chosen(rooms, Venue("libera", ALICE, PRIVATE)) is None


def test_what_is_sealed_goes_into_no_room_that_is_not() -> None:
    rooms = after(OPEN)
    assert rooms.room_for(Venue("matrix", ROOM, MEMBERS, sealed=True)) is None
    assert rooms.room_for(Venue("matrix", ROOM, MEMBERS)) is rooms.joined[ROOM]


# --- upgrades -------------------------------------------------------------------------------------------


def tombstone(room: object) -> Told:
    return state("m.room.tombstone", {"body": "moved", "replacement_room": room})


def successor(new: str, old: str | None) -> Told:
    before: Told = {} if old is None else {"predecessor": {"room_id": old, "event_id": "$x"}}
    return inside(new, member(ME), state=(create("12", **before), rules("public")))


def test_a_room_goes_on_in_its_successor_under_the_same_name() -> None:
    name = "#desk:example.org"
    rooms = after(OPEN, rooms=nowhere(desk=PUBLIC).named(name, ROOM))
    rooms, changes = fold(rooms, inside(ROOM, tombstone(NEXT)))
    assert changes == (Upgraded(ROOM, NEXT, ALICE),)
    assert rooms.venue(ROOM) == Venue("matrix", name, PUBLIC)  # as long as we are not in the other
    rooms, changes = fold(rooms, successor(NEXT, ROOM))
    assert rooms.venue(ROOM) is None
    assert rooms.venue(NEXT) == Venue("matrix", name, PUBLIC)
    assert set(changes) == {
        WeJoined(NEXT),
        Moved(ROOM, Venue("matrix", name, PUBLIC), None),
        Moved(NEXT, None, Venue("matrix", name, PUBLIC)),
    }
    rooms = after(inside(NEXT, tombstone(LAST)), successor(LAST, NEXT), rooms=rooms)
    assert [rooms.venue(each) is None for each in (ROOM, NEXT, LAST)] == [True, True, False]
    room = rooms.room_for(Venue("matrix", name))
    assert room is not None
    assert room.id == LAST


def test_what_was_asked_before_an_upgrade_is_answered_in_the_successor() -> None:
    """Also where nobody configured the room, which is called by its id then."""
    rooms = after(OPEN, inside(ROOM, tombstone(NEXT)), successor(NEXT, ROOM))
    room = rooms.room_for(Venue("matrix", ROOM, PUBLIC))
    assert room is not None
    assert room.id == NEXT


def test_after_a_restart_the_successor_is_found_again() -> None:
    told = successor(NEXT, ROOM)
    told["rooms"]["join"] |= inside(ROOM, state=(create(), rules("public"), tombstone(NEXT)))["rooms"]["join"]
    rooms, changes = fold(nowhere(desk=PUBLIC).named("#desk:example.org", ROOM), told)
    assert rooms.venue(NEXT) == Venue("matrix", "#desk:example.org", PUBLIC)
    assert rooms.venue(ROOM) is None
    assert Upgraded(ROOM, NEXT, ALICE) in changes


def test_who_is_put_out_of_the_successor_is_nowhere_and_not_in_the_old_room() -> None:
    rooms = after(OPEN, rooms=nowhere(desk=PUBLIC).named("#desk:example.org", ROOM))
    rooms = after(inside(ROOM, tombstone(NEXT)), successor(NEXT, ROOM), rooms=rooms)
    rooms = after(outside(NEXT, member(ME, "leave", sender=ALICE)), rooms=rooms)
    assert rooms.venue(ROOM) is None
    assert rooms.room_for(Venue("matrix", "#desk:example.org", PUBLIC)) is None


def test_neither_end_of_an_upgrade_moves_anything_alone() -> None:
    rooms = after(OPEN, rooms=nowhere(desk=PUBLIC).named("#desk:example.org", ROOM))
    assert after(successor(NEXT, ROOM), rooms=rooms).name(NEXT) is None
    for claimed in (None, LAST):
        moved = after(inside(ROOM, tombstone(NEXT)), successor(NEXT, claimed), rooms=rooms)
        assert moved.name(NEXT) is None
        assert moved.name(ROOM) == "#desk:example.org"


@pytest.mark.parametrize(
    "replacement", [None, 7, "", "!", "#desk:example.org", ROOM, "!\x00", "!" + "x" * 300]
)
def test_a_tombstone_that_leads_nowhere_moves_nothing(replacement: object) -> None:
    rooms = after(OPEN, inside(ROOM, tombstone(replacement)))
    assert rooms.venue(ROOM) == Venue("matrix", ROOM, PUBLIC)


def test_a_ring_of_upgrades_ends() -> None:
    def ring(room: str, to: str, old: str) -> Told:
        return inside(room, state=(create("12", predecessor={"room_id": old}), tombstone(to)))

    rooms = after(ring(ROOM, NEXT, LAST), ring(NEXT, LAST, ROOM), ring(LAST, ROOM, NEXT))
    assert rooms.today(ROOM) in (ROOM, NEXT, LAST)
    rooms.venue(ROOM)


# --- in and out -----------------------------------------------------------------------------------------


def test_a_kick_and_a_ban_say_by_whom_and_why() -> None:
    rooms, venue = after(OPEN), Venue("matrix", ROOM, PUBLIC)
    for how, banned in (("leave", False), ("ban", True)):
        put_out = member(ME, how, sender=ALICE, reason="too\nloud")
        gone, changes = fold(rooms, outside(ROOM, put_out))
        assert changes == (WeLeft(ROOM, ALICE, "too loud", banned), Moved(ROOM, venue, None))
        assert not gone.joined
    assert fold(rooms, outside(ROOM, member(ME, "leave")))[1][0] == WeLeft(ROOM)
    assert fold(rooms, outside(ROOM))[1][0] == WeLeft(ROOM)
    assert fold(nowhere(), outside(ROOM, member(ME, "leave", sender=ALICE)))[1] == ()


def test_an_unban_is_told() -> None:
    told = member(ME, "leave", sender=ALICE) | {"unsigned": {"prev_content": {"membership": "ban"}}}
    assert fold(nowhere(), outside(ROOM, told))[1] == (Unbanned(ROOM, ALICE),)


def test_an_invitation_comes_and_goes() -> None:
    rooms, changes = fold(nowhere(), asked_in(ROOM, CAROL, state("m.room.encryption", {})))
    assert changes == (Invited(ROOM, CAROL),)
    assert rooms.invited[ROOM].encrypted
    assert not rooms.invited[ROOM].direct
    rooms, changes = fold(rooms, outside(ROOM, member(ME, "leave", sender=CAROL)))
    assert changes == (Uninvited(ROOM),)
    assert not rooms.invited


def test_an_invitation_into_a_room_that_we_were_in_says_that_we_are_not() -> None:
    rooms, changes = fold(after(OPEN), asked_in(ROOM, CAROL))
    assert changes[:2] == (Invited(ROOM, CAROL), WeLeft(ROOM))
    assert not rooms.joined


def test_an_invitation_by_nobody_is_none() -> None:
    told = asked_in(ROOM, CAROL)
    for event in told["rooms"]["invite"][ROOM]["invite_state"]["events"]:
        event["sender"] = 7
    assert fold(nowhere(), told)[1] == ()


def test_invitations_without_end_are_not_kept() -> None:
    own = member(ME, "invite", sender=CAROL)
    flood = {f"!{n}:x.example": {"invite_state": {"events": [own]}} for n in range(MOST_ROOMS + 100)}
    assert len(after({"rooms": {"invite": flood}}).invited) == MOST_ROOMS


def test_after_a_gap_it_is_open_who_is_there() -> None:
    rooms, gone = after(OPEN).learned(ROOM, {ME: "", ALICE: "Alice", BOB: ""})
    assert rooms.joined[ROOM].complete
    assert not gone
    rooms, changes = fold(rooms, inside(ROOM, of={"limited": True}))
    assert changes == (Gap(ROOM),)
    assert not rooms.joined[ROOM].complete
    rooms, gone = rooms.learned(ROOM, {ME: "", BOB: ""})
    assert gone == (ALICE,)
    assert set(rooms.names_of(ROOM)) == {ME, BOB}


# --- whatever is sent -----------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TYPES = [
    *("create", "member", "join_rules", "history_visibility", "encryption", "power_levels", "server_acl"),
    *("tombstone", "canonical_alias", "name", "message", "encrypted"),
]
USERS = st.sampled_from([ME, ALICE, BOB, "@\x00:x", "@\ud800:x", "@" + "x" * 400 + ":y", "", None])
IDS = st.sampled_from([ROOM, NEXT, LAST, "!\ud800", "room", "!" + "ü" * 200])
CONTENT = st.fixed_dictionaries(
    {},
    optional={
        "membership": st.sampled_from(["join", "leave", "invite", "ban", "knock", "x"]) | JSON,
        "displayname": JSON | st.text(),
        "reason": JSON | st.text(),
        "is_direct": JSON,
        "join_rule": st.sampled_from(["public", "invite"]) | JSON,
        "history_visibility": JSON,
        "replacement_room": IDS | JSON,
        "predecessor": st.fixed_dictionaries({"room_id": IDS | JSON}) | JSON,
        "room_version": st.sampled_from(["12", "11"]) | JSON,
        "additional_creators": st.lists(USERS) | JSON,
        "allow": JSON,
        "deny": JSON,
        "alias": JSON,
        "name": JSON,
    },
)
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from([f"m.room.{each}" for each in TYPES]) | JSON, "content": CONTENT | JSON},
    optional={
        "state_key": USERS | st.just("") | JSON,
        "sender": USERS | JSON,
        "event_id": st.just("$x") | JSON,
        "origin_server_ts": JSON,
        "unsigned": st.fixed_dictionaries({"prev_content": CONTENT | JSON}) | JSON,
    },
)
EVENTS = st.fixed_dictionaries({"events": st.lists(EVENT | JSON, max_size=4)}) | JSON
SUMMARY = st.fixed_dictionaries(
    {},
    optional={
        "m.joined_member_count": JSON,
        "m.invited_member_count": JSON,
        "m.heroes": st.lists(USERS) | JSON,
    },
)


def parts(**each: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.dictionaries(IDS, st.fixed_dictionaries({}, optional=each) | JSON, max_size=3) | JSON


ANSWER = st.fixed_dictionaries(
    {},
    optional={
        "rooms": st.fixed_dictionaries(
            {},
            optional={
                "join": parts(state=EVENTS, timeline=EVENTS, summary=SUMMARY | JSON),
                "invite": parts(invite_state=EVENTS),
                "leave": parts(state=EVENTS, timeline=EVENTS),
            },
        )
        | JSON,
        "account_data": st.fixed_dictionaries(
            {
                "events": st.lists(
                    st.fixed_dictionaries(
                        {
                            "type": st.just("m.direct"),
                            "content": st.dictionaries(st.text(), st.lists(IDS)) | JSON,
                        }
                    )
                    | JSON
                )
            }
        )
        | JSON,
    },
)


@given(st.lists(ANSWER, max_size=3))
def test_nothing_that_is_sent_raises(answers: list[Told]) -> None:
    rooms = nowhere(desk=PUBLIC).named("#desk:example.org", ROOM)
    for told in answers:
        rooms, _ = fold(rooms, told)
        for room in rooms.joined:
            venue = rooms.venue(room)
            assert venue is None or rooms.room_for(venue) is not None
            assert str(rooms).encode("utf-8", "strict") is not None
    assert set(rooms.joined) <= {ROOM, NEXT, LAST}


@given(st.lists(EVENT, max_size=12), st.integers(0, 12))
def test_it_makes_no_difference_in_how_many_answers_it_is_told(events: list[Told], cut: int) -> None:
    begun = after(OPEN)
    once = after(inside(ROOM, *events), rooms=begun)
    assert after(inside(ROOM, *events[:cut]), inside(ROOM, *events[cut:]), rooms=begun) == once
