"""What is never answered, and what a flood costs the others: nothing that they would notice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from world import DESK, DEVEL, EITHER, HOME, KNOWN, TEAM, UNKNOWN, World

from bot.allowances import BURST, LONG_BURST
from bot.desk.model import State
from bot.intake import TALK_BURST
from routing.presence import Venue, Visibility

Make = Callable[..., World]


@pytest.mark.parametrize("mark", ["notice", "from_bot", "own", "replayed"])
def test_what_must_not_be_answered_is_not(world: World, mark: str) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}", **{mark: True})
    alice.tells(KNOWN, **{mark: True})
    world.is_silent()
    assert not world.exists(1)


def test_a_configured_bot_is_not_answered(make_world: Make) -> None:
    world = make_world(bots=frozenset({("libera", "zwiebel")}))
    world.joins("Zwiebel", account="z").says(f"pkgdesk: {KNOWN}")
    world.is_silent()


def test_a_message_that_comes_twice_is_answered_once(world: World) -> None:
    alice = world.joins("alice", account="alice")
    first = alice.says(f"pkgdesk: {KNOWN}", message="abc")
    world.act("again")
    world.happen(replace(first, id="libera/again"))
    world.is_silent()
    world.crashes()
    world.act("and once more, after a crash")
    world.happen(first)
    world.is_silent()
    assert not world.exists(2)


def test_a_flood_leaves_the_others_answered(world: World) -> None:
    mallory, alice = world.joins("mallory", account="mallory"), world.joins("alice", account="alice")
    world.act("-- a flood --")
    world.happen(*(mallory.line(f"pkgdesk: what about the thing number {n} of them?") for n in range(500)))
    assert len(world.turn) <= 2 * BURST
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")
    mallory.says("pkgdesk: and now, is it my turn again, then?")
    world.is_silent()


def test_a_steady_flood_is_answered_no_more_at_all(world: World) -> None:
    mallory = world.joins("mallory", account="mallory")
    lines = 0
    for _ in range(120):
        mallory.says("pkgdesk: status")
        lines += len(world.turn)
    assert lines <= BURST + 2
    world.clock.advance("30s")
    mallory.says("pkgdesk: status")
    assert world.turn


def test_a_flood_under_many_names_of_one_account_is_one_flood(world: World) -> None:
    crowd = [world.joins(f"mallory{n}", account="mallory") for n in range(10)]
    world.act("-- a flood --")
    world.happen(*(each.line("pkgdesk: status") for each in crowd for _ in range(10)))
    assert len([each for each in world.turn if not each.venue.private]) <= BURST
    assert len([each for each in world.turn if each.venue.private]) <= 1, "that it is too much"


def test_nonsense_gets_one_word_a_minute(world: World) -> None:
    mallory = world.joins("mallory", account="mallory")
    lines = 0
    for _ in range(30):
        world.clock.advance("10s")
        mallory.says("pkgdesk: hi")
        lines += len(world.turn)
    assert lines <= 6


def test_an_engaged_asker_cannot_flood_a_developer(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("which version is that?")
    world.act("-- a flood --")
    world.happen(*(alice.line(f"it says line {n}") for n in range(300)))
    assert len(world.turn) <= TALK_BURST


def test_a_developer_may_paste_a_whole_answer(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.act("-- a paste --")
    world.happen(*(bob.line(f"step {n}: look there") for n in range(12)))
    assert len(world.question(1).replies) == 12


def test_privately_a_developer_may_paste_a_whole_answer_too(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.act("-- a paste --")
    private = Venue("libera", "bob", Visibility.PRIVATE)
    world.happen(*(replace(bob.line(f"step {n}: look there"), venue=private) for n in range(15)))
    assert len(world.question(1).replies) == 15
    world.happen(*(replace(bob.line(f"and {n}"), venue=private) for n in range(300)))
    assert len(world.question(1).replies) <= TALK_BURST


def test_a_program_that_takes_its_time_comes_to_an_end(world: World) -> None:
    """It answers whatever the desk says to it, six seconds later: slower than what is told by its haste."""
    bot, answered = world.joins("chatty"), 0
    bot.says("pkgdesk: hello")
    while answered <= LONG_BURST:
        before = len(world.said)
        world.clock.now += timedelta(seconds=6)
        world.happen(bot.line(f"pkgdesk: status {answered}"))
        if len(world.said) == before:
            break
        answered += 1
    assert answered <= LONG_BURST
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")


def test_two_desks_exchange_a_few_lines_at_most(make_world: Make) -> None:
    """Each hears what the other says to it as a line of somebody who is not marked as a bot."""
    one, two = make_world(), make_world()
    here, there = one.joins("otherdesk", account="otherdesk"), two.joins("otherdesk", account="otherdesk")
    here.says(f"{DESK}: hello, who are you and what do you do?")
    said, count = [each.text for each in one.turn], 0
    speaker, listener = here, there
    while said and count < 100:
        count += len(said)
        speaker, listener = listener, speaker
        heard = []
        for text in said:
            speaker.says(text.replace("otherdesk: ", f"{DESK}: ", 1))
            heard += [each.text for each in speaker.world.turn]
        said = heard

    assert count <= 6
    for world in (one, two):
        world.clock.advance("1d")
        assert len([each for each in world.said if each.text.startswith("otherdesk: ")]) <= 8


def test_a_line_of_65000_characters_costs_what_a_long_one_does(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says("pkgdesk: xenstored says " + "a wibble, " * 6500)
    world.clock.advance("1m")
    assert len(world.question(1).text) <= 2000
    ping = bob.is_pinged("#1", "Just reply")
    assert len(ping.wire.encode()) <= 400


@pytest.mark.parametrize(
    "line",
    [
        "pkgdesk: " + "," * 65_000,
        "pkgdesk: " + "a" * 65_000,
        "pkgdesk: " + "no" + "," * 65_000,
        "pkgdesk: not me " + "- " * 32_000,
        "pkgdesk: \ud800\udfff\x00\x01\x02 xenstored \u202e gnorw si tahw ?\u200b",
        "pkgdesk: who owns " + "../" * 20_000,
        ("x, " * 20_000) + "alice",
        "@" * 65_000,
        "pkgdesk: #" + "1" * 65_000,
        "pkgdesk: status 999999999",
    ],
)
def test_odd_lines_do_no_harm(world: World, line: str) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    alice.says(f"pkgdesk: {EITHER}")
    for somebody in (alice, bob):
        somebody.says(line)
        somebody.tells(line)
    world.clock.advance("3d")
    assert world.question(1).state.ended


def test_nobody_is_highlighted_by_accident(world: World) -> None:
    alice = world.joins("alice", account="alice")
    everybody = [world.joins(nick, account=nick) for nick in ("bob", "carol", "wrong", "guest")]
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN} carol, guest and @bob know @room")
    world.clock.advance("1m")
    ping = everybody[0].is_pinged("#1")
    assert ping.wire.startswith("bob: alice asks")
    for nick in ("carol", "wrong", "guest", "@room"):
        assert nick in ping.text
        assert nick not in ping.wire


def test_visibility_is_never_lowered(world: World) -> None:
    """What was said in a room or privately is found in no channel, whatever happens."""
    alice = world.joins("alice", account="alice", channel=[HOME, TEAM])
    bob = world.joins("bob", account="bob", channel=[HOME, DEVEL, TEAM])
    carol = world.joins("carol", account="carol", channel=[HOME, DEVEL])
    world.clock.advance("1m")
    alice.says("pkgdesk: xenstored leaks the codeword sesame, why?", in_=TEAM)
    world.clock.advance("40m")
    carol.tells("it is about sesame, see #1")
    alice.quits()
    carol.tells("done 1")
    alice.returns(HOME)
    for somebody in (alice, bob, carol):
        for word in ("missed", "mine", "why 1", "status 1", "more 1", "yes 1"):
            world.clock.advance("1m")
            somebody.says(f"pkgdesk: {word}", in_=HOME)
    world.clock.advance("60d")
    assert world.question(1).state is not State.OPEN
    public = [each.text for each in world.said if each.venue.name in (HOME, DEVEL)]
    assert public
    assert "sesame" not in " ".join(public)
