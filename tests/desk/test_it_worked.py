"""An asker says that it worked before anybody asks; and what only sounds so."""

from collections.abc import Callable

import pytest
from world import HOME, KNOWN, OTHER, UNKNOWN, Somebody, World

from bot.desk.facts import Concern
from bot.desk.model import State

Make = Callable[..., World]

REMEDY = "alice: upgrade the daemon to 4.17.3"


@pytest.fixture
def alice(world: World) -> Somebody:
    return world.joins("alice", account="alice")


@pytest.fixture
def bob(world: World, alice: Somebody) -> Somebody:
    """Whom alice asked #1."""
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="asked")
    world.clock.advance("1m")
    return bob


def drafts(world: World) -> int:
    return len(world.facts(Concern(drafts=True)).drafts)


@pytest.mark.parametrize(
    "line",
    ["that worked", "thanks, that works", "ta, worked", "bob: that was it, thanks!", "solved, thanks bob"],
)
def test_who_says_that_it_worked_is_not_asked(
    world: World, alice: Somebody, bob: Somebody, line: str
) -> None:
    bob.says(REMEDY)
    alice.says(line)
    world.desk_says("#1 is answered, thank you", to="alice")
    assert (world.question(1).state, world.question(1).outcome) == (State.ANSWERED, "confirmed by the asker")
    assert drafts(world) == 1
    world.clock.advance("1h")
    world.is_silent()


@pytest.mark.parametrize(
    "line",
    [
        "bob: ok cool, that worked perfectly, thanks very much",
        "bob: that worked bob",
        "pkgdesk: #1: works bob",
        "pkgdesk: #1: yes great, that worked now, thanks so much",
    ],
)
def test_whoever_is_named_in_it_the_drafts_that_wait_are_known(
    world: World, alice: Somebody, bob: Somebody, line: str
) -> None:
    world.joins("sam", account="sam").says("pkgdesk: suggest How do I sign tarballs? => Ask carol.")
    bob.says(REMEDY)
    alice.says(line)
    assert (world.question(1).state, drafts(world)) == (State.ANSWERED, 2)


def test_what_could_not_be_brought_to_its_asker_yet_has_not_worked(
    world: World, alice: Somebody, bob: Somebody
) -> None:
    alice.parts()
    bob.says(REMEDY)
    alice.joins(HOME)
    alice.says("that worked, thanks")
    assert (world.question(1).state, drafts(world)) == (State.PROPOSED, 0)


@pytest.mark.parametrize(
    "line", ["pkgdesk: yes", "pkgdesk: that worked", "pkgdesk: yes 1", "pkgdesk: #1: works"]
)
def test_so_is_who_says_it_to_the_desk(world: World, alice: Somebody, bob: Somebody, line: str) -> None:
    bob.says(REMEDY)
    alice.says(line)
    world.desk_says("#1 is answered, thank you", to="alice")
    assert drafts(world) == 1
    alice.says("pkgdesk: not it 1")
    assert drafts(world) == 0


@pytest.mark.parametrize("line", ["yes", "yep", "thanks, will try", "ok ty, trying", "I see", "got it"])
def test_assent_and_politeness_are_no_confirmation(
    world: World, alice: Somebody, bob: Somebody, line: str
) -> None:
    bob.says(REMEDY)
    alice.says(line)
    world.is_silent()
    assert world.question(1).state is State.ENGAGED
    bob.says("alice: and clear its database before")
    alice.says("that worked")
    world.desk_says("#1 is answered, thank you", to="alice")


@pytest.mark.parametrize(
    "line", ["thanks bob", "mine works", "it works with vlc", "thanks, worked in the end"]
)
def test_plain_thanks_and_what_may_mean_more_is_asked_about(
    world: World, alice: Somebody, bob: Somebody, line: str
) -> None:
    bob.says(REMEDY)
    alice.says(line)
    world.desk_says("was that it", to="alice")
    assert world.question(1).state is State.PROPOSED
    alice.says("yes")
    assert world.question(1).state is State.ANSWERED


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize(
    "line",
    [
        "nothing worked",
        "it worked so so",
        "it worked, nope",
        "thanks, that failed",
        "thanks for nothing, never worked",
        "that broke it, thanks",
        "it stopped working, thanks",
    ],
)
def test_who_says_that_it_did_not_work_has_not_confirmed_it(
    world: World, alice: Somebody, bob: Somebody, line: str, asked: bool
) -> None:
    bob.says(REMEDY)
    if asked:
        world.clock.advance("5m")
    alice.says(line)
    assert world.question(1).state is (State.PROPOSED if asked else State.ENGAGED)


def test_nothing_worked_before_anything_was_said(world: World, alice: Somebody, bob: Somebody) -> None:
    bob.says("alice: does xl list work?")
    for line in ("it works", "pkgdesk: yes 1"):
        alice.says(line)
        assert world.question(1).state is State.ENGAGED
    bob.says(REMEDY)
    bob.says("alice: does it start now?")
    alice.says("it works")
    assert world.question(1).state is not State.ANSWERED


def test_nobody_else_confirms_it(world: World, alice: Somebody, bob: Somebody) -> None:
    eve = world.joins("eve", account="eve")
    bob.says(REMEDY)
    eve.says("that worked, thanks")
    eve.says("pkgdesk: yes")
    eve.says("pkgdesk: yes 1")
    alice.says("eve: that worked, thanks")
    assert world.question(1).state is State.ENGAGED


def test_where_it_may_be_for_another_question_it_is_asked(
    world: World, alice: Somebody, bob: Somebody
) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    bob.says(f"#1: {REMEDY}")
    alice.says("that worked, thanks")
    world.desk_says("was that it", to="alice")
    assert [world.question(number).state for number in (1, 2)] == [State.PROPOSED, State.TOLD]


def test_of_two_talks_neither_is_ended(world: World, alice: Somebody, bob: Somebody) -> None:
    carol = world.joins("carol", account="carol")
    bob.says("alice: let me look")
    alice.says(f"pkgdesk: {OTHER}")
    world.clock.advance("1m")
    carol.says("alice: it is mended in 4.19")
    bob.says(REMEDY)
    alice.says("that worked, thanks")
    assert State.ANSWERED not in {world.question(number).state for number in (1, 2)}
    alice.says("pkgdesk: yes 1")
    assert world.question(1).state is State.ANSWERED


@pytest.mark.parametrize(
    "line", ["thanks, will try", "ok ty, I'll look into it", "pkgdesk: thanks, trying now"]
)
def test_who_will_try_what_the_base_says_has_not_confirmed_it(
    world: World, alice: Somebody, line: str
) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(line)
    world.is_silent()
    assert (world.question(1).state, world.question(1).text, world.votes()) == (State.TOLD, KNOWN, [])
    alice.says("sorted, ta")
    world.desk_says("#1 is answered, thank you", to="alice")
    assert world.votes() == [("system-qemu", True)]


def test_what_goes_on_with_a_question_still_does(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    line = "it works on 4.16"
    alice.says(line, joined_text=f"{UNKNOWN}\n{line}")
    assert world.question(1).text.endswith(line)
    alice.says("thanks, will look", joined_text=f"{UNKNOWN}\n{line}\nthanks, will look")
    assert world.question(1).text.endswith(line)


@pytest.mark.parametrize("line", ["pkgdesk: that worked", "pkgdesk: solved, thanks"])
def test_that_it_worked_is_no_part_of_a_question_that_nobody_answered(
    world: World, alice: Somebody, line: str
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("5s")
    alice.says(line, joined_text=f"{UNKNOWN}\n{line}")
    assert world.question(1).text == UNKNOWN
    world.desk_says("#1 is still open; if it is settled, `withdraw 1` ends it", to="alice")
