"""Two ask the same before the base says it: their drafts are shown beside each other."""

from collections.abc import Callable

import pytest
from world import Somebody, World

Make = Callable[..., World]


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(editors={"libera": ["edith", "erin"]})


@pytest.fixture
def edith(world: World) -> Somebody:
    return world.joins("edith", account="edith")


def suggests(world: World, nick: str, text: str) -> None:
    world.clock.advance("1h")
    world.joins(nick, account=nick).says(f"pkgdesk: suggest {text}")


FIRST = "Why does xenstored exit with EINVAL when a guest starts? => Upgrade the daemon."
SECOND = "xenstored exits with EINVAL on guest start, why? => Take 4.17.3 or newer."
OTHER = "How do I sign the tarballs of a release? => Ask the release manager."


def test_the_second_of_two_is_shown_beside_the_first(world: World, edith: Somebody) -> None:
    suggests(world, "sam", FIRST)
    suggests(world, "sid", OTHER)
    edith.reads(r"draft 2, suggested by sid: `kb show 2`")
    suggests(world, "sue", SECOND)
    edith.reads(r"draft 3, suggested by sue, like draft 1: `kb show 3`")
    edith.tells("kb show 3")
    edith.reads(r"it resembles draft 1, which waits, too: `kb show 1` shows the first\.")
    edith.tells("kb show 1")
    edith.reads("it resembles draft 3, which waits, too")
    edith.tells("kb show 2")
    assert not [each for each in world.turn if "resembles" in each.text]


def test_what_waits_no_more_is_none(world: World, edith: Somebody) -> None:
    suggests(world, "sam", FIRST)
    edith.tells("kb reject 1 no")
    suggests(world, "sue", SECOND)
    edith.reads("draft 2, suggested by sue: ")


def test_the_same_answer_is_told_of_too_and_several_are(world: World, edith: Somebody) -> None:
    suggests(world, "sam", "What is wrong with quotas? => Upgrade the  daemon.")
    suggests(world, "sid", "Which remedy helps against EINVAL? => upgrade the daemon.")
    suggests(world, "sue", FIRST)
    edith.tells("kb show 3")
    edith.reads("it resembles drafts 2, 1, which wait, too: `kb show 2` shows the first")


def test_they_stay_two(world: World, edith: Somebody) -> None:
    suggests(world, "sam", FIRST)
    suggests(world, "sue", SECOND)
    edith.tells("kb publish 1 2")
    edith.reads("drafts 1, 2 are being published")


def test_only_new_entries_are_compared(world: World, edith: Somebody) -> None:
    edith.tells("kb phrase system-qemu Why does xenstored exit with EINVAL when a guest starts?")
    suggests(world, "sam", FIRST)
    edith.reads("draft 2, suggested by sam: `kb show 2`")
    edith.tells("kb show 1")
    assert not [each for each in world.turn if "which wait" in each.text]
