"""Rights belong to accounts, proven on the very line, of the very network; a nick gives none."""

import pytest
from world import EITHER, HOME, KNOWN, UNKNOWN, Somebody, World

from bot.desk.model import State

RIGHTS = ["ack", "not me → carol", "done", "answer 1 restart the daemon", "share 1"]


@pytest.fixture
def pinged(world: World) -> World:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    bob.parts()
    return world


def impostors(world: World) -> list[Somebody]:
    """Bearers of bob's name: a nick without an account, the nick of another account, the account of another
    network."""
    return [
        world.joins("bob"),
        world.joins("bob_", account="mallory"),
        world.joins("bob", account="bob", network="oftc"),
    ]


@pytest.mark.parametrize("word", RIGHTS)
def test_no_account_no_right_and_no_such_command(pinged: World, word: str) -> None:
    command = "not me" if word.startswith("not me") else word.split()[0]
    before = pinged.question(1)
    for somebody in impostors(pinged):
        somebody.says(word)
        pinged.is_silent()
        somebody.says(f"!{word}")
        pinged.is_silent()
        somebody.says(f"pkgdesk: {word}")
        assert [each.text for each in pinged.turn] == [
            f"{somebody.nick}: I know no `{command}`; `help` lists what I know."
        ]
        pinged.clock.advance("70s")
    assert pinged.question(1) == before


def test_a_line_of_an_impostor_is_no_reply(pinged: World) -> None:
    for somebody in impostors(pinged):
        somebody.says("alice: restart the daemon")
    assert pinged.question(1).state is State.ASKED


def test_a_right_ends_with_the_log_in(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.logs_out()
    bob.says("restart the daemon")
    bob.says("ack")
    assert world.question(1).state is State.ASKED
    bob.logs_in("bob")
    bob.says("ack")
    world.desk_says("bob has seen it")


def test_an_account_counts_whatever_nick_it_bears_and_however_it_is_written(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("zaphod", account="BOB")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    bob.says("not me")
    assert "bob said not me" in world.explanation(1)


def test_the_nick_of_an_asker_owns_nothing(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.renames("alice_")
    thief = world.joins("alice", account="thief")
    nobody = world.joins("alice__")
    for somebody in (thief, nobody):
        somebody.says("pkgdesk: withdraw 1")
        world.desk_says("I know no #1")
        somebody.says("pkgdesk: mine")
        world.desk_says("you have asked nothing that is still open")
    alice.says("pkgdesk: withdraw 1")
    world.desk_says("#1 is withdrawn", to="alice_")


@pytest.mark.parametrize("word", ["not it #1", "1 #1", "yes #1", "more #1", "#1: and also this"])
def test_a_number_of_somebody_elses_question_is_no_ones_word(world: World, word: str) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    alice.says(f"pkgdesk: {EITHER}")
    mallory.says(f"pkgdesk: {KNOWN}")
    before = world.question(1)
    for line in (word, f"!{word}", f"pkgdesk: {word}"):
        mallory.says(line)
        assert world.question(1) == before
    world.desk_says("I know no #1", to="mallory")


@pytest.mark.parametrize(
    "line", ["!frobnicate", "!seen bob", "!status of the build", "!", "!!", "!yes", "!more"]
)
def test_what_may_be_meant_for_other_bots_gets_no_word(world: World, line: str) -> None:
    world.joins("alice").says(line)
    world.is_silent()


@pytest.mark.parametrize("line", ["pkgdesk: yes", "pkgdesk: 2", "pkgdesk: not it"])
def test_errors_go_to_who_named_the_desk(world: World, line: str) -> None:
    world.joins("alice").says(line)
    world.desk_says("I have asked you nothing that this could answer", to="alice")


def test_privately_wrong_arguments_are_told(world: World) -> None:
    alice = world.joins("alice")
    alice.tells("!status of the build")
    alice.reads(r"usage: status \[NUMBER\] — ")
    world.is_silent(HOME)
