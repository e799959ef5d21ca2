"""Who is in rooms, as the roster is told; and what people are called."""

from datetime import UTC, datetime
from itertools import count

import pytest
from matrix_sync import (
    ALICE,
    BOB,
    CAROL,
    ME,
    NEXT,
    ROOM,
    Told,
    create,
    directs,
    inside,
    member,
    nowhere,
    rules,
)

from bot.desk.events import Joined, Left, RosterLost
from bot.transports.matrix.folding import fold
from bot.transports.matrix.members import seen, shown
from bot.transports.matrix.rooms import Rooms
from routing.presence import Venue, Visibility

AT = datetime(2026, 11, 23, tzinfo=UTC)
PRIVATE = Venue("matrix", ALICE, Visibility.PRIVATE)


def told(rooms: Rooms, answer: Told) -> tuple[Rooms, list[tuple[object, ...]]]:
    ids = count(1)
    rooms, changes = fold(rooms, answer)
    found: list[tuple[object, ...]] = []
    for each in seen(rooms, changes, ghosts={CAROL}, numbered=lambda: f"boot/{next(ids)}", at=AT):
        match each:
            case Joined(speaker=speaker, venue=venue, present=present):
                found.append(("joined", speaker.nick, speaker.account, venue.name, present))
            case Left(nick=nick, venue=venue):
                found.append(("left", nick, venue.name if venue is not None else None))
            case RosterLost(venue=venue):
                found.append(("lost", venue.name if venue is not None else None))
    # Those who are found somewhere at once come in any order.
    return rooms, sorted(found, key=lambda each: (each[0] != "lost", each[1] if each[-1] is True else ""))


def conversation(room: str) -> Told:
    return inside(room, member(ME), state=(create(), rules("invite"), member(ALICE)))


def test_people_come_and_go() -> None:
    rooms, found = told(nowhere(), inside(ROOM, member(ME), state=(create(), rules("public"), member(ALICE))))
    assert found == [("joined", ALICE, ALICE, ROOM, True)]
    rooms, found = told(rooms, inside(ROOM, member(BOB), member(CAROL)))
    assert found == [("joined", BOB, BOB, ROOM, False), ("joined", CAROL, None, ROOM, False)]
    rooms, found = told(rooms, inside(ROOM, member(BOB, "ban", sender=ALICE)))
    assert found == [("left", BOB, ROOM)]
    _, found = told(rooms, {"rooms": {"leave": {ROOM: {}}}})
    assert found == [("lost", ROOM)]


def test_a_third_person_makes_a_conversation_another_venue() -> None:
    rooms, found = told(fold(nowhere(), directs(alice=[ROOM]))[0], conversation(ROOM))
    assert found == [("joined", ALICE, ALICE, ALICE, True)]
    rooms, found = told(rooms, inside(ROOM, member(BOB)))
    assert found == [
        ("lost", ALICE),
        ("joined", ALICE, ALICE, ROOM, True),
        ("joined", BOB, BOB, ROOM, True),
    ]
    _, found = told(rooms, inside(ROOM, member(BOB, "leave")))
    assert found == [("lost", ROOM), ("joined", ALICE, ALICE, ALICE, True)]


def test_of_two_conversations_with_one_person_one_is_left() -> None:
    rooms, _ = told(fold(nowhere(), directs(alice=[ROOM, NEXT]))[0], conversation(ROOM))
    rooms, _ = told(rooms, conversation(NEXT))
    assert rooms.venue(ROOM) == rooms.venue(NEXT) == PRIVATE
    _, found = told(rooms, {"rooms": {"leave": {ROOM: {}}}})
    assert found == [("lost", ALICE), ("joined", ALICE, ALICE, ALICE, True)]


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (ALICE, f"Sam ({ALICE})"),
        (BOB, f"Sam ({BOB})"),
        (CAROL, "Carol"),
        (ME, ME),
        ("@nobody:example.org", "@nobody:example.org"),
        ("@like:example.org", f"{ALICE} (@like:example.org)"),
    ],
)
def test_a_name_that_two_bear_is_no_name(user: str, name: str) -> None:
    names = {ALICE: "Sam", BOB: "Sam", CAROL: "Carol", ME: "", "@like:example.org": ALICE}
    assert shown(names, user) == name
