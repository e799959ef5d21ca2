"""What is said right behind a question: it goes into no other one, and thanks and half commands are none."""

from collections.abc import Callable

import pytest
from world import KNOWN, LOST, OTHER, UNKNOWN, World

from bot.desk.model import State

Make = Callable[..., World]


def test_an_answered_question_does_not_leak_into_the_next(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {KNOWN}")
    zoe.says("more")
    zoe.says("more")
    zoe.says("pkgdesk: pause")
    zoe.says("pkgdesk thanks")
    zoe.says("pkgdesk: you stupid bot")
    zoe.says("pkgdesk: who owns")
    assert world.question(2).text == "you stupid bot"
    zoe.says("it ignores my CFLAGS")
    assert world.question(2).text == "you stupid bot\nit ignores my CFLAGS"
    assert world.question(1).text == KNOWN
    assert not world.exists(3)


def test_chatter_long_after_an_answer_is_no_question(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {KNOWN}")
    for line in ("aha", "I see now what that does", "what a nice thing that is to have"):
        world.clock.advance("40s")
        zoe.says(line)
    assert not world.exists(2)


@pytest.mark.parametrize(
    "thanks", ["pkgdesk thanks", "thanks pkgdesk", "pkgdesk: thanks", "thx a lot, pkgdesk!"]
)
def test_thanks_are_no_part_of_any_question(world: World, thanks: str) -> None:
    zoe = world.joins("zoe")
    zoe.says(thanks)
    zoe.says(f"pkgdesk: {OTHER}")
    zoe.says(thanks)
    assert world.question(1).text == OTHER
    world.clock.advance("2m")
    zoe.says(thanks)
    zoe.tells(thanks)
    assert not world.exists(2)


@pytest.mark.parametrize("words", ["who owns", "who owns?", "ask", "who maintains"])
def test_a_command_without_its_argument_is_told_its_usage(world: World, words: str) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {words}")
    world.desk_says("usage: (who owns PATH|ask QUESTION)", to="zoe")
    assert not world.exists(1)


@pytest.mark.parametrize("word", ["answer", "say"])
def test_half_a_command_in_the_midst_of_a_question_is_none_of_it(make_world: Make, word: str) -> None:
    world = make_world(operators={"libera": ["op"]})
    world.joins("bob", account="bob")
    op = world.joins("op", account="op")
    op.tells(UNKNOWN)
    op.tells(word)
    op.reads(f"usage: {word} ")
    op.says("!ask")
    world.is_silent()
    assert world.question(1).text == UNKNOWN
    assert world.question(1).state is State.OPEN


def test_a_half_command_of_others_is_none_that_exists(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says("pkgdesk: say")
    world.desk_says("I know no `say`", to="zoe")
    zoe.says(f"pkgdesk: {LOST}")
    assert world.question(1).text == LOST
