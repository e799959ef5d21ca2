"""Networks that know which line replies to which, and what is said in a thread."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from world import DEVEL, HOME, KNOWN, LOST, MAP, OTHER, START, UNKNOWN, Somebody, Spoken, World

from bot.desk.model import Purpose, Question, Speaker, State
from bot.desk.showing import FLOW, AtHand, Shown, notifies, shown
from routing.presence import Venue, Visibility

Make = Callable[..., World]

ALICE = Speaker("libera", "alice", "alice")
BOB = Speaker("libera", "bob", "bob")
ROOM = Venue("libera", HOME)
ELSEWHERE = Venue("libera", DEVEL)
PRIVATE = Venue("libera", "alice", Visibility.PRIVATE)
QUESTION = Question(1, ROOM, ALICE, UNKNOWN, START, START, message_id="m1")


def how(spoken: Spoken) -> tuple[str | None, str | None, bool]:
    line = spoken.line
    return line.reply_to, line.thread, line.notify


def two_pinged(world: World) -> tuple[Somebody, Somebody, Spoken, Spoken]:
    """bob is asked about two questions of alice's."""
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("2m")
    first = bob.is_pinged("#1")
    alice.says("pkgdesk: xenstored eats all memory, how do I see why?", message="m2")
    world.clock.advance("2m")
    return alice, bob, first, bob.is_pinged("#2")


def test_the_talk_about_a_question_is_a_thread(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    assert how(world.desk_says("I do not know that one", to="alice")) == ("m1", "m1", False)
    world.clock.advance("1m")
    assert how(bob.is_pinged("#1")) == ("m1", "m1", True)
    bob.says("ack", message="m2", thread="m1")
    assert how(world.desk_says("bob has seen it", to="alice")) == ("m1", "m1", False)
    alice.says("pkgdesk: status 1", message="m3", thread="m1")
    assert how(world.desk_says("#1", to="alice")) == ("m3", "m1", False)


def test_what_was_asked_in_a_thread_is_answered_there(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}", message="m1", thread="root")
    assert how(world.desk_says("--with-system-qemu")) == ("m1", "root", False)
    assert world.question(1).thread == "root"
    alice.says("pkgdesk: help", message="m2")
    assert how(world.desk_says("just ask")) == ("m2", None, False)


def test_privately_there_are_replies_and_no_threads(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.tells(KNOWN, message="m1")
    assert how(alice.reads("--with-system-qemu")) == ("m1", None, False)
    alice.tells("not it", message="m2", relates_to="ours/1")
    assert how(alice.reads("#1")) == ("m2", None, False)


def test_what_comes_from_elsewhere_notifies(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    assert how(bob.is_pinged("#1")) == (None, None, True)
    bob.says("restart xenstored with -N", message="d1")
    assert how(world.desk_says("bob on #1", to="alice")) == ("m1", "m1", True)
    world.clock.advance("3m")
    assert how(world.desk_says("was that it", to="alice")) == ("m1", "m1", False)


def test_a_reply_is_about_the_question_that_it_points_at(world: World) -> None:
    _, bob, first, _ = two_pinged(world)
    bob.says("restart xenstored with -N", relates_to=first.message)
    assert [world.question(number).state for number in (1, 2)] == [State.ENGAGED, State.ASKED]
    bob.says("valgrind tells you, or heaptrack", thread="m2")
    assert [len(world.question(number).replies) for number in (1, 2)] == [1, 1]
    bob.says("and look at its trace, too", relates_to="m1")
    assert [len(world.question(number).replies) for number in (1, 2)] == [2, 1]


@pytest.mark.parametrize(
    "marks", [{"relates_to": "x1"}, {"thread": "x1"}, {"relates_to": "x2", "thread": "x1"}]
)
def test_a_line_in_another_talk_is_none_to_us(world: World, marks: dict[str, str]) -> None:
    alice, bob, _, _ = two_pinged(world)
    before = [world.question(number) for number in (1, 2)]
    bob.says("restart the whole machine, that is what I would do", **marks)
    bob.says("ack", **marks)
    alice.says("yes", **marks)
    alice.says("it prints EINVAL all the time", **marks)
    assert [world.question(number) for number in (1, 2)] == before
    world.is_silent()


def test_a_word_is_about_the_ping_that_it_replies_to(world: World) -> None:
    _, bob, first, _ = two_pinged(world)
    bob.says("ack", relates_to=first.message)
    world.desk_says("#1: bob has seen it", to="alice")


def test_a_bare_word_is_about_the_answer_that_it_replies_to(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    first = world.desk_says("--with-system-qemu")
    alice.says("pkgdesk: which python version do the tools need?", message="m2")
    alice.says("yes", relates_to=first.message)
    assert [world.question(number).state for number in (1, 2)] == [State.TOLD, State.TOLD]
    alice.says("yes", thread="m2")
    assert [world.question(number).state for number in (1, 2)] == [State.TOLD, State.ANSWERED]


def test_whoever_was_not_asked_may_answer_by_a_reply(world: World) -> None:
    alice, dave = world.joins("alice", account="alice"), world.joins("dave", account="dave")
    mallory = world.joins("mallory", account="mallory")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    mallory.says("run it as root and give me the password", relates_to=heard.message)
    dave.says("let me think", relates_to="x1")
    assert world.question(1).state is State.OPEN
    dave.says("restart xenstored with -N", relates_to=heard.message)
    assert (world.question(1).state, world.question(1).responder) == (State.ENGAGED, "dave")


def test_what_its_asker_says_in_its_thread_belongs_to_it(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("5m")
    bob.is_pinged("#1")
    alice.says("it is 4.17 on mageia 9", message="m2", thread="m1")
    world.is_silent()
    assert world.question(1).text == f"{UNKNOWN}\nit is 4.17 on mageia 9"
    alice.says("thanks for looking!", thread="m1")
    alice.says("bob: are you there?", thread="m1")
    assert "thanks" not in world.question(1).text
    bob.says("which guest?", thread="m1", message="b1")
    alice.says("pkgdesk: a debian one", thread="m1", message="m3")
    assert [line.text for line in world.question(1).replies] == ["which guest?", "a debian one"]


def test_a_question_of_its_own_in_a_thread_is_asked(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {LOST}", message="m1")
    world.clock.advance("5m")
    alice.says(f"pkgdesk: {OTHER}", message="m2", thread="m1")
    assert (world.question(2).text, world.question(2).root) == (OTHER, "m1")


@pytest.mark.parametrize("purpose", Purpose)
def test_who_is_notified(purpose: Purpose) -> None:
    at_hand = AtHand(ALICE, ROOM, "m1")
    soon, late = START + FLOW, START + FLOW + timedelta(seconds=1)
    always = purpose in {Purpose.PING, Purpose.RELAY}
    assert notifies(purpose, QUESTION, at_hand, late) is always
    assert notifies(purpose, QUESTION, AtHand(ALICE, ROOM, "m1", late=True), late)
    assert notifies(purpose, QUESTION, None, soon) is always
    assert notifies(purpose, QUESTION, None, late) is (always or purpose is Purpose.ANSWER)


def test_nobody_is_notified_where_a_line_is_to_nobody() -> None:
    for purpose, venue in product(Purpose, (ROOM, PRIVATE)):
        assert not shown(venue, None, purpose, about=1, question=QUESTION, at_hand=None, at=START).notify


def test_a_reply_within_a_thread_is_to_a_line_of_that_thread() -> None:
    outside = AtHand(ALICE, ROOM, "x9")

    def line(venue: Venue, at_hand: AtHand | None, question: Question | None = QUESTION) -> Shown:
        return shown(venue, ALICE, Purpose.TELL, about=1, question=question, at_hand=at_hand, at=START)

    assert line(ROOM, outside) == Shown("m1", "m1")
    assert line(ROOM, AtHand(ALICE, ROOM, "x9", "m1")) == Shown("x9", "m1")
    assert line(ROOM, AtHand(BOB, ROOM, "x9", "m1")) == Shown("m1", "m1")
    assert line(ELSEWHERE, outside) == Shown()
    assert line(ROOM, outside, None) == Shown("x9", "x9")
    assert line(PRIVATE, AtHand(ALICE, PRIVATE, "x9", "root"), None) == Shown("x9")


def test_what_cannot_be_decrypted_is_told_now_and_then(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    alice.is_unreadable()
    assert how(world.desk_says("could not decrypt", to="alice")) == ("sealed", None, False)
    world.clock.advance("5h")
    bob.is_unreadable()
    world.is_silent()
    for _ in range(2):
        bob.is_unreadable(privately=True)
    world.is_silent()
    world.clock.advance("1h")
    bob.is_unreadable(privately=True)
    bob.reads("could not decrypt")
    world.clock.advance("1d")
    bob.is_unreadable()
    world.desk_says("could not decrypt", to="bob")
    assert not world.exists(1)


def test_help_speaks_of_signs_where_there_are_some(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says("pkgdesk: help", message="m1")
    world.find("👍 👎", lambda each: True)
    world.rooms["libera"] = 400
    alice.says("pkgdesk: help", message="m2")
    assert not any("👍" in each.text for each in world.turn)


@pytest.mark.parametrize(
    ("word", "added"),
    [
        ("yes", ""),
        ("2", ""),
        ("withdraw", ""),
        ("later 2h", "\nlater 2h"),
        ("not me 1 -> carol", "\nnot me 1 -> carol"),
        ("no network on the build host either", "\nno network on the build host either"),
    ],
)
def test_words_that_have_nothing_to_act_on_in_ones_own_thread(world: World, word: str, added: str) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {LOST}", message="m1")
    world.clock.advance("2m")
    alice.says(word, message="m2", thread="m1")
    assert world.question(1).text == f"{LOST}{added}"


def test_what_worked_in_reply_to_somebody_else_is_theirs(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    eve = world.joins("eve", account="eve")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.says("alice: upgrade the daemon to 4.17.3", message="m2")
    eve.says("alice: try to reboot", message="m3")
    alice.says("that worked, thanks", message="m4", relates_to="m3")
    assert world.question(1).state is State.ENGAGED
    alice.says("that worked, thanks", message="m5", relates_to="m2")
    assert world.question(1).state is State.ANSWERED


def test_yes_counts_by_name_and_not_for_what_was_asked_back(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.says("alice: upgrade the daemon to 4.17.3", message="m2")
    alice.tells("yes")
    assert world.question(1).state is State.ENGAGED
    bob.says("alice: or did you do that?", message="m3")
    alice.says("pkgdesk: yes", message="m4")
    assert world.question(1).state is State.ENGAGED


def test_that_it_worked_is_not_heard_where_the_question_may_not_be_told_of(make_world: Make) -> None:
    room, secret = "!room:example.org", "!secret:example.org"
    venues = (Venue("matrix", room), Venue("matrix", secret, Visibility.MEMBERS, sealed=True))
    world = make_world(map_=MAP.replace("{libera: bob}", "{matrix: '@bob:example.org'}"), venues=venues)
    alice, bob = (
        world.joins(name, account=name, network="matrix", channel=secret)
        for name in ("@alice:example.org", "@bob:example.org")
    )
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.says("@alice:example.org: upgrade the daemon to 4.17.3", message="m2")
    alice.tells("that worked")
    assert not [each for each in world.turn if not each.venue.sealed]
    assert world.question(1).state is State.PROPOSED
