"""A bare word acts on what waits for its speaker where they say it, and on nothing else: it is no answer, it
is not of a question that has ended or must not be known there; of several questions the desk asks which."""

from collections.abc import Callable

import pytest
from world import DEVEL, HOME, KNOWN, LOST, MAP, OTHER, TEAM, UNKNOWN, Somebody, World

from bot.desk.model import State

Make = Callable[..., World]

VAGUE = "configure and xenstored disagree since friday, what now?"
"""Two sections have equal claims of it."""

VAGUE_TOO = "makefile or xenstored, who eats my disk space?"

FIVE = ("alice", "bob", "carol", "dave", "trudy")

TWO_TRIAGERS = MAP.replace("triagers: [trudy]", "triagers: [trudy, tina]").replace(
    "  trudy:\n", "  tina:\n    name: Tina Example\n    accounts: {libera: tina}\n  trudy:\n"
)


@pytest.fixture
def doubtful(make_world: Make) -> World:
    """A desk that is never sure enough of a section."""
    return make_world(route_at=0.95)


def there(world: World, *nicks: str, channel: str = HOME) -> tuple[Somebody, ...]:
    present = tuple(world.joins(nick, account=nick, channel=channel) for nick in nicks or FIVE)
    world.clock.advance("1m")
    return present


def number_of(ping: str, section: str) -> str:
    return "1" if f"(1) {section}" in ping else "2"


# --- several questions ------------------------------------------------------------------------------------


def test_of_two_questions_the_desk_asks_which_is_meant(doubtful: World) -> None:
    world = doubtful
    alice, frank = there(world, "alice", "frank")
    (trudy,) = there(world, "trudy", channel=DEVEL)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.is_pinged("`1`, `2`, `none`, `not me → SECTION`, or just reply")
    frank.says(f"pkgdesk: {VAGUE_TOO}")
    world.clock.advance("1m")
    trudy.is_pinged("`1 #2`, `2 #2`, `none #2`, `#2 → SECTION`, or just reply")
    trudy.says("1")
    world.desk_says("which question. Say `1 #2` or `1 #1`", in_=DEVEL, to="trudy")
    trudy.says("1 #1")
    world.desk_says("#1: trudy says that it is about", to="alice")
    trudy.says("2")
    world.desk_says("#2: trudy says that it is about", to="frank")
    trudy.says("2")
    world.is_silent()
    assert world.question(1).responder is world.question(2).responder is None


def test_of_two_questions_the_one_that_went_further_is_not_meant(doubtful: World) -> None:
    world = doubtful
    alice, frank, _, _, trudy = there(world, "alice", "frank", "bob", "carol", "trudy")
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("35m")
    frank.says(f"pkgdesk: {VAGUE_TOO}")
    world.clock.advance("1m")
    trudy.is_pinged("#2")
    trudy.says("1")
    assert world.question(1).placed is None
    assert world.question(2).placed is not None


def test_what_a_triager_asked_themselves_stays_open(doubtful: World) -> None:
    world = doubtful
    (alice,) = there(world, "alice")
    (trudy,) = there(world, "trudy", channel=DEVEL)
    trudy.says(f"pkgdesk: {KNOWN}")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    trudy.is_pinged("#2")
    trudy.says("more")
    world.desk_says("With a path, that binary", in_=DEVEL)
    trudy.says("1")
    world.desk_says("#2: trudy says that it is about XENSTORE", to="alice")
    trudy.says("yes")
    assert world.question(1).state is State.ANSWERED
    assert world.question(2).responder is None


@pytest.mark.parametrize("word", ["1", "3", "2 #1", "none", "more", "done", "free"])
def test_a_bare_word_is_never_passed_on_as_an_answer(world: World, word: str) -> None:
    alice, bob, *_ = there(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    bob.says(word)
    assert world.question(1).responder is None


def test_no_may_be_an_answer_but_not_of_whoever_was_asked_to_choose(world: World) -> None:
    alice, bob, *_, trudy = there(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("no")
    assert world.question(1).responder == "bob"
    bob.says("not me → trudy")
    alice.says("pkgdesk: withdraw")
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("1m")
    trudy.is_pinged("#2")
    trudy.says("yes")
    assert world.question(2).responder is None


# --- none, where no section was shown ---------------------------------------------------------------------


@pytest.mark.parametrize("word", ["none", "none #1", "no"])
def test_none_where_none_was_shown_goes_on_to_the_general_section(world: World, word: str) -> None:
    alice, _, _, dave, trudy = there(world)
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("1m")
    trudy.is_pinged("nothing points to a section", "`none`")
    trudy.says(word)
    world.desk_says("#1: trudy says that it is no section's; I ask at THE REST next", to="alice")
    dave.is_pinged("#1")


def test_a_number_where_none_was_shown_is_asked_back(world: World) -> None:
    alice, *_, trudy = there(world)
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("1m")
    trudy.says("1")
    world.desk_says("no section has that number. Say `not me → SECTION` or `none`", to="trudy")


def test_the_numbers_stay_where_a_section_has_gone(doubtful: World, make_world: Make) -> None:
    world = doubtful
    alice, *_, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    ping = trudy.is_pinged("#1").text
    gone, stays = number_of(ping, "XENSTORE"), number_of(ping, "BUILD SYSTEM")
    world.reloads(map_=MAP.replace("XENSTORE", "XENSTORED"), route_at=0.95)
    trudy.says(gone)
    world.desk_says(rf"which one: \({stays}\) BUILD SYSTEM\? Say `{stays}` or `none`", to="trudy")
    trudy.says(stays)
    assert world.question(1).placed == "BUILD SYSTEM"


# --- after the end ----------------------------------------------------------------------------------------


def test_after_the_end_a_triager_s_talk_is_talk(doubtful: World) -> None:
    world = doubtful
    alice, bob, *_, trudy = there(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("35m")
    bob.says("alice: it is a bug in 4.17, upgrade")
    world.clock.advance("10m")
    alice.says("yes")
    world.clock.advance("10d")
    for word in ("nope", "1", "none", "yes"):
        trudy.says(word)
        world.is_silent()


@pytest.mark.parametrize(
    "line", ["#1 → BUILD SYSTEM", "not me 1 → BUILD SYSTEM", "pkgdesk: #1 → build system"]
)
def test_where_it_belonged_is_learned_after_the_hand_over_too(world: World, line: str) -> None:
    alice, bob, *_ = there(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("3h")
    assert world.question(1).state is State.HANDED_OVER
    bob.says(line)
    world.desk_says("thank you; #1 stays as it is, but .* at BUILD SYSTEM", to="bob")
    assert world.corrections() == [("BUILD SYSTEM", "bob", UNKNOWN)]
    assert world.question(1).state is State.HANDED_OVER


def test_a_person_named_after_the_end_is_not_asked(world: World) -> None:
    alice, bob, carol, *_ = there(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("3h")
    bob.says("#1 → carol")
    world.desk_says("#1 “xenstored", to="bob")
    carol.is_not_pinged()


# --- where a word counts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line", ["ack", "not me", "pkgdesk: ack", "pkgdesk: not me → BUILD SYSTEM", "!later 2d"]
)
def test_what_was_asked_privately_is_not_told_of_in_a_channel(world: World, line: str) -> None:
    alice, bob, *_ = there(world)
    alice.tells(UNKNOWN)
    world.clock.advance("1m")
    bob.is_pinged("#1", privately=True)
    bob.says(line)
    assert not [each for each in world.turn if "#1" in each.text or "BUILD" in each.text]
    assert world.question(1).state is State.ASKED
    bob.tells("ack")
    bob.reads("thank you; I ask nobody else about #1")


@pytest.mark.parametrize("word", ["ack", "not me"])
def test_what_members_ask_is_not_told_of_elsewhere(world: World, word: str) -> None:
    alice = world.joins("alice", account="alice", channel=TEAM)
    bob = world.joins("bob", account="bob", channel=[TEAM, HOME])
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", in_=TEAM)
    world.clock.advance("1m")
    before = world.question(1)
    for line in (word, f"pkgdesk: {word}", f"pkgdesk: {word} 1"):
        bob.says(line, in_=HOME)
        assert not any("xenstore" in each.text.lower() for each in world.turn)
    assert world.question(1) == before
    bob.says(word, in_=TEAM)
    assert world.question(1) != before


@pytest.mark.parametrize("word", ["ack", "not me"])
def test_bare_words_count_only_where_it_was_asked(world: World, word: str) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob", channel=[HOME, DEVEL])
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    before = world.question(1)
    bob.says(word, in_=DEVEL)
    world.is_silent()
    assert world.question(1) == before
    bob.says(f"pkgdesk: {word}", in_=DEVEL)
    assert world.question(1) != before


def test_done_counts_only_where_it_was_asked(world: World) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob", channel=[HOME, DEVEL])
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: upgrade to 4.19", in_=HOME)
    bob.says("done", in_=DEVEL)
    assert world.question(1).state is State.ENGAGED
    bob.says("done", in_=HOME)
    assert world.question(1).state is State.PROPOSED


def test_the_second_ack_is_of_the_other_question(world: World) -> None:
    alice, bob, *_ = there(world)
    frank = world.joins("frank", account="frank")
    alice.says(f"pkgdesk: {UNKNOWN}")
    frank.says("pkgdesk: xenstored prints garbage on the second console, why?")
    world.clock.advance("1m")
    bob.says("ack")
    world.desk_says("#2: bob has seen it", to="frank")
    bob.says("ack")
    world.desk_says("#1: bob has seen it", to="alice")


# --- where it goes then -----------------------------------------------------------------------------------


def test_while_another_triager_is_asked_the_first_one_s_word_suffices(make_world: Make) -> None:
    world = make_world(map_=TWO_TRIAGERS, route_at=0.95)
    alice, bob, *_ = there(world, *FIVE, "tina")
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    first = world.pings(1)[0]
    world.clock.advance("31m")
    assert {ping.person for ping in world.pings(1)} == {"trudy", "tina"}
    one = next(each for each in world.people if each.nick == first.person)
    one.says(str(first.sections.index("XENSTORE") + 1))
    bob.is_pinged("#1", "you maintain XENSTORE")


def test_while_somebody_answers_its_asker_is_not_told_that_it_goes_elsewhere(doubtful: World) -> None:
    world = doubtful
    alice, bob, *_, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("35m")
    bob.says("alice: run ldconfig")
    trudy.says("2")
    world.desk_says("thank you; I ask about #1 at .* once it goes further", to="trudy")
    assert len(world.turn) == 1


def test_where_everybody_was_asked_already_nobody_is_asked_next(doubtful: World) -> None:
    world = doubtful
    alice, _, carol, _, trudy = there(world)
    alice.says(f"pkgdesk: {OTHER}")
    world.clock.advance("33m")
    carol.is_pinged("#1")
    trudy.says("1")
    world.desk_says("#1: trudy says that it is about BUILD SYSTEM, where I have asked already", to="alice")


def test_what_is_said_twice_is_told_once(doubtful: World) -> None:
    world = doubtful
    alice, *_, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("1 #1")
    world.desk_says("#1: trudy says that it is about", to="alice")
    trudy.says("1 #1")
    assert not [each for each in world.turn if each.text.startswith("alice: ")]


def test_naming_a_person_does_not_take_a_question_from_a_clear_section(world: World) -> None:
    alice, bob, carol, *_ = there(world)
    alice.says(f"pkgdesk: {OTHER}")
    world.clock.advance("1m")
    carol.says("not me → bob")
    bob.is_pinged("#1")
    assert world.corrections() == []
    assert world.question(1).placed is None
    assert world.question(1).section == "BUILD SYSTEM"


def test_naming_a_person_decides_among_likely_sections(doubtful: World) -> None:
    world = doubtful
    alice, bob, *_, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("not me → bob")
    bob.is_pinged("#1")
    assert world.corrections() == [("XENSTORE", "trudy", VAGUE)]


def test_a_triager_whose_own_it_is_keeps_it_for_a_step(make_world: Make) -> None:
    map_ = MAP.replace("    maintainers: [carol]\n", "    maintainers: [trudy]\n")
    world = make_world(map_=map_, route_at=0.95)
    alice, *_, dave, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says(number_of(trudy.is_pinged("#1").text, "BUILD SYSTEM"))
    world.desk_says("#1: trudy says that it is about BUILD SYSTEM, which is theirs", to="alice")
    world.desk_says("thank you; BUILD SYSTEM is yours: just reply, .*else #1 goes on in 30 min", to="trudy")
    assert world.corrections() == [("BUILD SYSTEM", "trudy", VAGUE)]
    world.clock.advance("20m")
    dave.is_not_pinged()
    world.crashes()
    world.clock.advance("15m")
    dave.is_pinged("#1")
    trudy.says("alice: rerun autoreconf")
    assert world.question(1).responder == "trudy"


def test_a_triager_whose_own_it_is_may_reply_or_pass_it_on(make_world: Make) -> None:
    map_ = MAP.replace("    maintainers: [carol]\n", "    maintainers: [trudy]\n")
    world = make_world(map_=map_, route_at=0.95)
    alice, *_, dave, trudy = there(world)
    alice.says(f"pkgdesk: {VAGUE}")
    world.clock.advance("1m")
    trudy.says("#1 → build system")
    world.desk_says("BUILD SYSTEM is yours", to="trudy")
    trudy.says("not me")
    dave.is_pinged("#1")
