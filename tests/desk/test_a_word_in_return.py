"""Each word to the desk gets one in return: `not it`, thanks, a word that only people of the map may say."""

from collections.abc import Callable

import pytest
from world import EITHER, KNOWN, LOST, MAP, UNKNOWN, World

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
    world.desk_says(r"\(1\) “How do I build .*\?”  \(2\) “.*\?” Say `1`", to="zoe")
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


@pytest.mark.parametrize("thanks", ["thanks", "thx", "pkgdesk: thank you!", "thanks, that works"])
def test_thanks_are_confirmed_once_and_a_yes_right_after_is_heard(world: World, thanks: str) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {KNOWN}")
    zoe.says(thanks)
    world.desk_says("#1 is answered, thank you", to="zoe")
    assert len(world.turn) == 1
    zoe.says(thanks)
    world.is_silent()
    zoe.says("yes")
    world.desk_says("#1 is answered already", to="zoe")
    zoe.says("no")
    world.is_silent()
    zoe.says("more")
    world.desk_says("device model", to="zoe")
    world.clock.advance("2m")
    zoe.says("yes")
    world.is_silent()
    assert world.question(1).state is State.ANSWERED


def test_a_yes_for_another_question_is_still_that(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {KNOWN}")
    zoe.says("pkgdesk: which python version do the tools need?")
    zoe.says("pkgdesk: yes 1")
    world.desk_says("#1 is answered, thank you", to="zoe")
    zoe.says("yes")
    world.desk_says("#2 is answered, thank you", to="zoe")


@pytest.mark.parametrize(
    ("words", "meant"),
    [("stauts", "status"), ("stats?", "status"), ("missd", "missed"), ("withdarw 1", "withdraw 1")],
)
def test_a_misspelt_command_is_no_question(world: World, words: str, meant: str) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {words}")
    world.desk_says(f"did you mean `{meant}`", to="zoe")
    zoe.says("that was mistyped")
    world.is_silent()
    zoe.says(f"!{words}")
    world.is_silent()
    assert not world.exists(1)


def test_a_misspelt_command_of_editors_is_known_to_them_alone(make_world: Make) -> None:
    world = make_world(editors={"libera": ["ed"]})
    ed, zoe = world.joins("ed", account="ed"), world.joins("zoe")
    ed.tells("oepn")
    ed.reads("did you mean `open`")
    zoe.tells("oepn")
    zoe.reads("ask me in a few more words")


@pytest.mark.parametrize("text", [LOST, "share", "makefile", "who knows about the makefile?"])
def test_what_is_no_misspelt_command_stays_what_it_is(world: World, text: str) -> None:
    world.joins("zoe").says(f"pkgdesk: {text}")
    assert not any("did you mean `" in each.text for each in world.turn)


def test_not_me_to_somebody_asleep_says_until_when_and_the_asker_hears_how_it_goes_on(
    make_world: Make,
) -> None:
    world = make_world(map_=MAP.replace("libera: carol}\n", "libera: carol}\n    hours: 20-22 UTC\n"))
    zoe, bob = world.joins("zoe"), world.joins("bob", account="bob")
    world.joins("carol", account="carol")
    zoe.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → carol")
    world.desk_says("Carol Example is asleep until 2026-11-23 20:00 UTC", to="bob")
    world.desk_says("#1: nobody who could answer is about now; I try again at 2026-11-23 20:00 UTC", to="zoe")
    zoe.says("pkgdesk: mine")
    world.desk_says("I look for somebody who knows; next step by 2026-11-23 20:00 UTC", to="zoe")
    zoe.says("pkgdesk: why 1")
    world.desk_says("I look for somebody who knows; next step by 2026-11-23 20:00 UTC", to="zoe")
    assert not any("over to" in each.text for each in world.turn)


def test_nobody_there_is_told_alike_by_why_and_mine(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    for words in ("mine", "why 1", "status 1"):
        zoe.says(f"pkgdesk: {words}")
        world.desk_says("I look for somebody who knows; next step by", to="zoe")
        assert not any("over to" in each.text for each in world.turn)


def test_not_it_on_the_control_socket_is_answered_too(make_world: Make) -> None:
    world = make_world(operators={CONTROL: ["root"]})
    root = world.knows("root", account="root", network=CONTROL)
    root.tells(f"ask {KNOWN}")
    root.reads("--with-system-qemu")
    root.tells("not it")
    root.reads("#1: (did you mean|I look for somebody)")
    root.tells("not it")
    root.reads("#1: I look for somebody of BUILD SYSTEM who knows")
