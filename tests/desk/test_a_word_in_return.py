"""Each word to the desk gets one in return: `not it`, thanks, a word that only people of the map may say."""

from collections.abc import Callable

import pytest
from world import EITHER, KNOWN, UNKNOWN, World

from bot.desk.model import CONTROL, State

Make = Callable[..., World]


@pytest.mark.parametrize("word", ["not it", "no", "pkgdesk: not it", "not it 1", "no, it still fails"])
def test_not_it_is_told_that_somebody_is_looked_for(world: World, word: str) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {KNOWN}")
    while world.question(1).state is not State.OPEN:
        zoe.says(f"pkgdesk: {word}" if "1" in word else word)
    world.desk_says("#1: I look for somebody of BUILD SYSTEM who knows", to="zoe")


def test_an_offer_refused_is_told_so_too(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {EITHER}")
    world.desk_says(r"\(1\) “How do I build .*”  \(2\) “.*”\? Say `1`", to="zoe")
    zoe.says("not it")
    world.desk_says("#1: I look for somebody who knows", to="zoe")


@pytest.mark.parametrize("words", ["answer 1 hello", "done 1", "share 1", "ack 1", "not me 1"])
def test_only_people_of_the_map_may_answer(make_world: Make, words: str) -> None:
    world = make_world(operators={CONTROL: ["root"]})
    world.joins("zoe").says(f"pkgdesk: {UNKNOWN}")
    root = world.knows("root", account="root", network=CONTROL)
    root.tells(words)
    root.reads("only people of the map may answer")
    assert not world.question(1).replies
