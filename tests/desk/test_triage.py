"""Where it is not clear whose a question is, a triager says so by a number; what people say stands, and is
kept for routing to learn from."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from world import DEVEL, HOME, LOST, MAP, TEAM, UNKNOWN, Somebody, World

from bot.desk.model import Failure, PingKind, PingState, State
from routing.sections import MaintainersMap

Make = Callable[..., World]

VAGUE = "configure and xenstored disagree since friday, what now?"
"""Two sections have equal claims of it."""

DOUBTFUL = {"route_at": 0.95}


@pytest.fixture
def doubtful(make_world: Make) -> World:
    """A desk that is never sure enough of a section."""
    return make_world(**DOUBTFUL)


def everybody(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol", "dave", "trudy"))
    world.clock.advance("1m")
    return there


def test_the_triager_is_told_the_sections_by_number_and_picks_one(doubtful: World) -> None:
    world = doubtful
    alice, bob, carol, _, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.desk_says(
        "#1: I do not know that one, so I ask somebody who directs questions whether it is about "
        "(XENSTORE or BUILD SYSTEM|BUILD SYSTEM or XENSTORE). What helps",
        to="alice",
    )
    world.clock.advance("1m")
    ping = trudy.is_pinged(
        "#1", "which is it, (1) ", "(2) ", "`1`, `2`, `none`, `not me → SECTION`, or just reply"
    )
    choice = "1" if "(1) BUILD SYSTEM" in ping.text else "2"
    assert world.pings(1)[0].kind is PingKind.TRIAGE
    trudy.says(choice)
    world.desk_says("#1: trudy says that it is about BUILD SYSTEM; I ask there next", to="alice")
    carol.is_pinged("#1", "you maintain BUILD SYSTEM")
    bob.is_not_pinged()
    assert len(world.turn) == 2
    assert (world.question(1).section, world.question(1).placed) == ("BUILD SYSTEM", "BUILD SYSTEM")
    assert "trudy says that it is about BUILD SYSTEM" in world.explanation(1)
    assert world.corrections() == [("BUILD SYSTEM", "trudy", VAGUE)]


def test_what_a_triager_said_survives_a_crash_and_stands_for_every_later_step(doubtful: World) -> None:
    world = doubtful
    alice, _, carol, dave, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("#1 → build system")
    carol.is_pinged("#1")
    world.crashes()
    world.clock.advance("45m")
    dave.is_pinged("#1", "nobody of BUILD SYSTEM can be asked now, and you look after THE REST")


@pytest.mark.parametrize("line", ["1 #1", "1 1", "pkgdesk: 1 #1", "!1 1"])
def test_the_number_of_the_question_may_be_said_too(doubtful: World, line: str) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says(line)
    world.desk_says("#1: trudy says that it is about", to="alice")


def test_privately_the_triager_is_thanked(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.tells("2")
    trudy.reads("thank you; I ask about #1 at (BUILD SYSTEM|XENSTORE) now")
    world.desk_says("#1: trudy says that it is about", to="alice")


@pytest.mark.parametrize("word", ["none", "not it", "none of them", "none #1"])
def test_none_of_them_goes_on_to_the_general_section(doubtful: World, word: str) -> None:
    world = doubtful
    alice, bob, carol, dave, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says(word)
    world.desk_says("#1: trudy says that it is none of those; I ask at THE REST next", to="alice")
    dave.is_pinged("#1", "you maintain THE REST")
    world.clock.advance("45m")
    world.desk_says("The place to ask now is xen-devel@lists.example.org", to="alice")
    bob.is_not_pinged()
    carol.is_not_pinged()
    assert world.corrections() == []


def test_without_a_general_section_none_goes_on_to_the_list(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("rest: THE REST\n", ""), **DOUBTFUL)
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("none")
    world.desk_says("#1: trudy says that it is none of those; I look further", to="alice")
    world.desk_says("nothing points to a section, and I could reach nobody who knows. The place", to="alice")
    assert [ping.person for ping in world.pings(1)] == ["trudy"]


def test_a_number_that_stands_for_nothing_is_asked_back(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("3")
    world.desk_says(r"which one: \(1\) .*, \(2\) .*\? Say `1` or `2` or `none`", to="trudy")
    assert world.question(1).state is State.ASKED


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_nobody_else_may_pick(doubtful: World, who: str) -> None:
    world = doubtful
    there = {each.nick: each for each in everybody(world)}
    there["alice"].says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    there[who].says("1")
    there[who].says("1 #1")
    assert world.question(1).placed is None


def test_a_triager_may_simply_answer(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("alice: run autoreconf first")
    assert world.question(1).responder == "trudy"
    world.clock.advance("5m")
    trudy.says("1")
    assert world.question(1).placed is None


def test_a_triager_who_comes_late_places_it_for_the_next_step(doubtful: World) -> None:
    world = doubtful
    alice, bob, carol, _, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    ping = trudy.is_pinged("#1")
    world.clock.advance("45m")
    first = world.pings(1)[-1].person
    assert first in {"bob", "carol"}
    other = "XENSTORE" if first == "carol" and world.pings(1)[-1].role == "maintainer" else "BUILD SYSTEM"
    choice = "1" if f"(1) {other}" in ping.text else "2"
    trudy.says(choice)
    world.desk_says(f"#1: trudy says that it is about {other}", to="alice")
    assert len(world.turn) == 1, "whoever has it now has their time"
    assert world.question(1).placed == other
    assert {bob.nick, carol.nick} >= {first}


def test_two_questions_at_one_triager_are_told_apart_by_number(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    frank = world.joins("frank", account="frank")
    alice.says(f"pkgdesk: {VAGUE}")
    frank.says("pkgdesk: makefile or xenstored, who eats my disk space?")
    world.clock.advance("1m")
    trudy.says("2 #1")
    assert world.question(1).placed is not None
    assert world.question(2).placed is None
    trudy.says("1")
    assert world.question(2).placed is not None


def test_a_ping_that_failed_asks_for_no_number(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.failing = lambda line, going: Failure.REFUSED if going.addressee == "trudy" else None
    world.clock.advance("1m")
    assert world.pings(1)[0].state is PingState.FAILED
    trudy.says("1")
    assert world.question(1).placed is None


def test_a_private_question_is_placed_privately(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = everybody(world)
    alice.tells(VAGUE)
    world.clock.advance("1m")
    trudy.is_pinged("#1", "which is it", privately=True)
    trudy.says("1 #1")
    assert world.question(1).placed is None, "in the channel it does not exist"
    trudy.tells("1")
    alice.reads("#1: trudy says that it is about")
    assert all(each.venue.private for each in world.said)


def test_a_section_s_own_triagers_come_before_the_map_s(doubtful: World) -> None:
    world, map_ = doubtful, doubtful.reference.map
    own = replace(map_.sections["XENSTORE"], triagers=("dave",))
    sections = {**map_.sections, "XENSTORE": own}
    changed = MaintainersMap(sections, map_.people, map_.rest, map_.triagers, map_.mail)
    world.reference = world._river.reference = replace(world.reference, map=changed)
    alice, _, _, dave, trudy = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    dave.is_pinged("#1", "which is it, (1) XENSTORE")
    trudy.is_not_pinged()
    dave.says("yes")
    assert world.question(1).placed == "XENSTORE"


# --- a section or a person is named ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "not me → BUILD SYSTEM",
        "not me -> build system",
        "not me, build system",
        "#1 → BUILD SYSTEM",
        "→ build system please",
        "pkgdesk: not me 1 → Build System.",
    ],
)
def test_a_section_may_be_named_like_a_person(world: World, line: str) -> None:
    alice, bob, carol, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    bob.says(line)
    world.desk_says("#1: bob says that it is about BUILD SYSTEM; I ask there next", to="alice")
    carol.is_pinged("#1", "you maintain BUILD SYSTEM")
    assert world.corrections() == [("BUILD SYSTEM", "bob", UNKNOWN)]


def test_an_arrow_before_anything_else_is_an_answer(world: World) -> None:
    _, bob, carol, *_ = pinged = everybody(world)
    pinged[0].says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("#1 -> frobby")
    world.desk_says("I know nobody called frobby", to="bob")
    bob.says("#1 → restart the daemon")
    assert world.question(1).responder == "bob"
    carol.is_not_pinged()


def test_where_nothing_points_anywhere_the_triager_names_the_section(world: World) -> None:
    alice, _, carol, _, trudy = everybody(world)
    alice.says(f"pkgdesk: {LOST}")
    world.desk_says(
        "I do not know that one, and nothing points to a section, so I ask somebody who directs questions",
        to="alice",
    )
    world.clock.advance("1m")
    trudy.is_pinged(
        "nothing points to a section, and you direct questions. `not me → SECTION`, `none`, or just reply"
    )
    trudy.says("#1 → build system")
    carol.is_pinged("#1", "you maintain BUILD SYSTEM")
    assert world.corrections() == [("BUILD SYSTEM", "trudy", LOST)]


def test_a_named_person_says_which_section_it_is_where_they_stand_behind_one(world: World) -> None:
    alice, bob, _, _, trudy = everybody(world)
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("1m")
    trudy.says("not me → bob")
    bob.is_pinged("#1", "Trudy Example named you")
    assert world.corrections() == [("XENSTORE", "trudy", LOST)]
    assert world.question(1).placed == "XENSTORE"


def test_whoever_only_stands_behind_the_rest_says_nothing_of_a_section(world: World) -> None:
    alice, bob, _, dave, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → dave")
    dave.is_pinged("#1")
    assert world.corrections() == []
    assert world.question(1).placed is None


def test_the_last_word_of_a_person_is_what_is_learned(world: World) -> None:
    alice, bob, carol, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → BUILD SYSTEM")
    carol.is_pinged("#1")
    bob.says("#1 → XENSTORE")
    assert world.corrections() == [("XENSTORE", "bob", UNKNOWN)]
    assert world.question(1).placed == "XENSTORE"


def test_what_was_withdrawn_teaches_nothing(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → BUILD SYSTEM")
    alice.says("pkgdesk: withdraw")
    assert world.corrections() == []


def test_a_section_that_is_gone_from_the_map_is_not_asked(world: World) -> None:
    alice, bob, carol, dave, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → BUILD SYSTEM")
    carol.is_pinged("#1")
    world.reloads(map_=MAP.replace("BUILD SYSTEM", "BUILDING"))
    world.clock.advance("45m")
    dave.is_pinged("#1", "nobody of XENSTORE")


# --- what the asker is told ------------------------------------------------------------------------------


def test_a_section_that_nobody_looks_after_is_said_to_be_so(make_world: Make) -> None:
    orphan = MAP.replace("    keywords: [xenstored]\n", "    keywords: [xenstored]\n    status: Orphan\n")
    world = make_world(map_=orphan)
    alice, bob, _, dave, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.desk_says(
        r"#1: I do not know that one; it is about XENSTORE, which nobody looks after \(Orphan\), so I ask "
        "around it",
        to="alice",
    )
    world.clock.advance("1m")
    dave.is_pinged("#1")
    bob.is_not_pinged()


def test_it_is_said_so_too_where_the_base_had_an_answer(make_world: Make) -> None:
    orphan = MAP.replace("    keywords: [makefile,", "    status: Orphan\n    keywords: [makefile,")
    world = make_world(map_=orphan)
    alice, *_ = everybody(world)
    alice.says("pkgdesk: how do I build the tools without cloning QEMU?")
    alice.says("not it")
    if "did you mean" in world.turn[-1].text:
        alice.says("not it")
    world.desk_says(
        r"#1: I look for somebody around BUILD SYSTEM, which nobody looks after \(Orphan\), who knows",
        to="alice",
    )


def test_a_section_that_nobody_looks_after_can_be_picked(make_world: Make) -> None:
    odd = MAP.replace("    keywords: [makefile,", "    status: Odd Fixes\n    keywords: [makefile,")
    world = make_world(map_=odd)
    alice, bob, _, dave, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → build system")
    world.desk_says(
        r"it is about BUILD SYSTEM, for which nobody has much time \(Odd Fixes\), so I ask around it",
        to="alice",
    )
    dave.is_pinged("#1")


def test_where_nobody_directs_questions_the_asker_is_told_where_it_goes(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("triagers: [trudy]\n", ""))
    alice, _, _, dave, _ = everybody(world)
    alice.says(f"pkgdesk: {LOST}")
    world.desk_says("and nothing points to a section, so I ask THE REST. What helps", to="alice")
    world.clock.advance("1m")
    dave.is_pinged("#1", "nothing points clearly to a section")


def test_a_triager_elsewhere_is_named_to_the_asker_with_what_they_were_asked(doubtful: World) -> None:
    world = doubtful
    alice = world.joins("alice", account="alice")
    trudy = world.joins("trudy", account="trudy", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.is_pinged("alice asks #1 in #xen-packagers")
    world.desk_says("#1: I asked trudy which section it is; without a word from them", in_=HOME, to="alice")
    trudy.says("1")
    world.desk_says("thank you; I ask about #1 at", in_=DEVEL, to="trudy")
    world.desk_says("#1: trudy says that it is about", in_=HOME, to="alice")


def test_the_mail_names_only_who_was_asked_in_public(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("name: Carol Example", "name: Carol Example\n    pings: private"))
    alice, *_ = everybody(world)
    alice.says("pkgdesk: xenstored of xen 4.17 exits with EINVAL when my guest starts, what is wrong?")
    world.clock.advance("2h")
    alice.says("more")
    alice.says("more")
    mail = " ".join(each.text for each in world.said[-8:])
    assert "Known so far: xen 4.17." in mail
    assert "without an answer from Bob Builder, Dave Example.)" in mail


def test_what_members_ask_stays_among_them(doubtful: World) -> None:
    world = doubtful
    alice = world.joins("alice", account="alice", channel=TEAM)
    trudy = world.joins("trudy", account="trudy", channel=[TEAM, HOME])
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {VAGUE}", in_=TEAM)
    world.clock.advance("1m")
    trudy.says("1", in_=HOME)
    assert world.question(1).placed is None
    trudy.says("1", in_=TEAM)
    assert world.question(1).placed is not None
    assert not any(each.venue.name == HOME for each in world.said)
