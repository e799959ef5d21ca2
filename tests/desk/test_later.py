"""`later`: the question waits with whoever said so. Who said that they would answer, and fell silent, is
asked once more; and a step waits as long as first words take there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from world import DEVEL, MAP, OTHER, UNKNOWN, Somebody, World

from bot.desk.model import PingKind, PingState, State

Make = Callable[..., World]


def mapped(**people: str) -> str:
    """The map in which these people have further properties, as YAML."""
    text = MAP
    for who, more in people.items():
        text = text.replace(f"libera: {who}}}\n", f"libera: {who}}}\n    {more}\n")
    return text


def everybody(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol", "dave"))
    world.clock.advance("1m")
    return there


def pinged(world: World) -> tuple[Somebody, ...]:
    """The question is asked, and bob is pinged."""
    there = everybody(world)
    there[0].says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    there[1].is_pinged("#1")
    return there


def test_later_waits_until_then_and_asks_once_more(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    world.desk_says("#1: bob will look at it on 2026-11-25 10:02 UTC", to="alice")
    assert len(world.turn) == 1
    world.clock.advance("47h")
    world.is_silent()
    world.clock.advance("1h")
    bob.is_pinged(
        "you said later, it is still open: alice asks #1: “xenstored exits",
        "just reply (it is passed on), or `later 2d`, `not me → NAME`; else it goes on in 30 min",
    )
    carol.is_not_pinged()
    assert world.pings(1)[-1].kind is PingKind.PUT_OFF
    world.clock.advance("31m")
    carol.is_pinged("#1")
    assert "bob said later: on 2026-11-25 10:02 UTC" in world.explanation(1)
    assert "bob put it off until now, and is asked once more" in world.explanation(1)


def test_whoever_put_it_off_may_answer_before(world: World) -> None:
    alice, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    bob.says("alice: restart the daemon")
    world.clock.advance("5m")
    alice.says("yes")
    world.clock.advance("3d")
    assert world.question(1).state is State.ANSWERED
    bob.is_not_pinged()
    carol.is_not_pinged()


@pytest.mark.parametrize(
    ("line", "until"),
    [
        ("later until friday 9:00", "2026-11-27 09:00"),
        ("later 14:00", "2026-11-23 14:00"),
        ("later 1 2d", "2026-11-25 10:02"),
        ("later #1 2 days", "2026-11-25 10:02"),
        ("later 2 days", "2026-11-25 10:02"),
        ("pkgdesk: later tomorrow 8:30", "2026-11-24 08:30"),
        ("!later 90m", "2026-11-23 11:32"),
    ],
)
def test_until_when_may_be_said_in_many_ways(world: World, line: str, until: str) -> None:
    _, bob, *_ = pinged(world)
    bob.says(line)
    world.desk_says(f"#1: bob will look at it on {until} UTC", to="alice")


def test_privately_it_is_confirmed_there(world: World) -> None:
    _, bob, *_ = pinged(world)
    bob.tells("later 2d")
    world.desk_says("#1: bob will look at it on 2026-11-25", to="alice")
    bob.reads("thank you; I come back to you about #1 on Wed 2026-11-25 10:02 UTC")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("later", r"Until when do you put #1 off\? `later 2h`"),
        ("later alligator", r"I cannot read “alligator” as a time.*Until when do you put #1 off\?"),
        ("later 3w", r"that is too long for #1: I can wait until 2026-12-07 10:01 UTC. `not me` lets me ask"),
        ("later yesterday", "I cannot read"),
        ("later 2020-01-01", "that is past already"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(world: World, line: str, told: str) -> None:
    _, bob, *_ = pinged(world)
    bob.says(line)
    world.desk_says(told, to="bob")
    assert len(world.turn) == 1
    assert world.pings(1)[0].state is PingState.DELIVERED


def test_nobody_puts_it_off_for_ever(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("later 10d")
    world.clock.advance("10d")
    bob.is_pinged("#1")
    bob.says("later 5d")
    world.desk_says("that is too long for #1: I can wait until 2026-12-07", to="bob")
    bob.says("later 2d")
    world.desk_says("bob will look at it on 2026-12-05", to="alice")
    world.clock.advance("3d")
    carol.is_pinged("#1")


def test_until_then_means_within_their_hours(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="hours: 9-17 UTC"))
    _, bob, *_ = pinged(world)
    bob.says("later 10h")
    world.desk_says("#1: bob will look at it on 2026-11-24 09:00 UTC", to="alice")
    world.clock.advance("22h")
    world.is_silent()
    world.clock.advance("90m")
    bob.is_pinged("#1")


def test_whoever_is_not_there_then_is_passed_by(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    bob.quits()
    world.clock.advance("2d")
    carol.is_pinged("#1")


def test_from_somebody_whom_it_does_not_wait_for_it_does_nothing(world: World) -> None:
    alice, bob, _, dave = pinged(world)
    world.clock.advance("31m")
    for somebody in (alice, dave, bob):
        somebody.says("later 2d")
        world.is_silent()
    bob.says("pkgdesk: later 1 2d")
    world.desk_says("#1 .* a developer was asked", to="bob")
    assert all(ping.until is None for ping in world.pings(1))


def test_in_another_channel_a_bare_word_is_no_later(world: World) -> None:
    _, bob, *_ = pinged(world)
    bob.joins(DEVEL)
    bob.says("later", in_=DEVEL)
    world.is_silent()


def test_what_was_put_off_survives_a_crash(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    world.crashes()
    world.clock.advance("2d")
    bob.is_pinged("#1", "you said later")
    carol.is_not_pinged()


def test_a_pause_does_not_shorten_it(make_world: Make) -> None:
    world = make_world(operators={"libera": ["root"]})
    root = world.joins("root", account="root")
    _, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    root.tells("pause")
    root.tells("resume")
    world.clock.advance("1d")
    bob.is_not_pinged()
    carol.is_not_pinged()


def test_a_triager_who_put_it_off_is_shown_the_numbers_again(make_world: Make) -> None:
    world = make_world(route_at=0.95)
    everybody(world)
    alice, trudy = world.people[0], world.joins("trudy", account="trudy")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    trudy.says("later 1d")
    world.clock.advance("1d")
    trudy.is_pinged("you said later", "which is it, (1) XENSTORE")
    trudy.says("1")
    assert world.question(1).placed == "XENSTORE"


def test_later_beyond_a_budget_is_told_with_the_real_time(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="budget: 1"))
    _, bob, *_ = pinged(world)
    bob.says("later 2h")
    world.desk_says("#1: bob will look at it on 2026-11-24 10:0", to="alice")
    world.clock.advance("24h")
    assert [ping.kind for ping in world.pings(1)][:2] == [PingKind.ANSWER, PingKind.PUT_OFF]


def test_when_the_time_moves_the_asker_is_told_once(world: World) -> None:
    _, bob, *_ = pinged(world)
    bob.says("later 2h")
    bob.tells("budget 1")
    world.clock.advance("3h")
    world.desk_says("#1: bob will look at it on 2026-11-24 10:01 UTC", to="alice")
    assert len(world.turn) == 1
    world.clock.advance("21h")
    bob.is_pinged("you said later")


def test_later_outlives_a_question_back(world: World) -> None:
    alice, bob, carol, _ = pinged(world)
    bob.says("later 2d")
    bob.says("alice: run it with -v, what does it say?")
    alice.says("bob: EINVAL at line 3")
    world.clock.advance("2h")
    bob.is_not_pinged()
    carol.is_not_pinged()
    world.clock.advance("2d")
    assert world.pings(1)[1].kind is PingKind.PUT_OFF


def test_what_the_asker_answers_reaches_whoever_put_it_off(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("which version is that?")
    bob.says("later 2h")
    alice.says("bob: it is 4.17")
    world.desk_says("it is 4.17", in_=DEVEL)
    world.clock.advance("2h")
    bob.is_pinged("you said later")


@pytest.mark.parametrize(("said", "until"), [("later today", "13:02"), ("later tonight", "20:00")])
def test_later_on_the_same_day(world: World, said: str, until: str) -> None:
    _, bob, *_ = pinged(world)
    bob.says(said)
    world.desk_says(f"#1: bob will look at it on 2026-11-23 {until} UTC", to="alice")


# --- who fell silent -------------------------------------------------------------------------------------


def test_whoever_said_ack_and_fell_silent_is_asked_once_more_and_then_passed_by(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("ack")
    world.clock.advance("4h")
    bob.is_pinged("did you get to this? alice asks #1: ")
    carol.is_not_pinged()
    assert world.pings(1)[-1].kind is PingKind.FOLLOW_UP
    bob.says("ack")
    world.clock.advance("5h")
    carol.is_pinged("#1")
    bob.is_not_pinged()


def test_whoever_promised_and_fell_silent_is_asked_once_more(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("let me look")
    world.clock.advance("31m")
    bob.is_pinged("did you get to this?")
    carol.is_not_pinged()
    bob.says("one moment")
    world.clock.advance("31m")
    carol.is_pinged("#1")
    bob.is_not_pinged()


def test_whoever_waits_for_the_asker_did_not_fall_silent(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("alice: which version is that?")
    world.clock.advance("31m")
    bob.is_not_pinged()
    carol.is_pinged("#1")


def test_whoever_owes_a_word_to_the_asker_s_answer_is_asked_once_more(world: World) -> None:
    alice, bob, carol, _ = pinged(world)
    bob.says("alice: which version is that?")
    alice.says("bob: 4.17")
    world.clock.advance("31m")
    bob.is_pinged("did you get to this?")
    carol.is_not_pinged()


def test_whoever_cannot_be_asked_once_more_is_passed_by(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="budget: 1"))
    _, bob, carol, _ = pinged(world)
    bob.says("ack")
    world.clock.advance("5h")
    bob.is_not_pinged()
    carol.is_pinged("#1")


def test_elsewhere_the_asker_is_told_of_it(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("ack")
    world.clock.advance("5h")
    bob.is_pinged("did you get to this?")
    world.desk_says("#1: bob has said nothing more, so I asked once more; without a word", to="alice")


def test_the_one_more_ping_is_never_two_even_if_it_fails_to_arrive(world: World) -> None:
    _, bob, carol, _ = pinged(world)
    bob.says("ack")
    world.pauses()
    world.clock.advance("4h")
    bob.goes_away()
    world.resumes()
    carol.is_pinged("#1")
    bob.comes_back()
    world.clock.advance("2d")
    assert [ping.person for ping in world.pings(1)].count("bob") == 2


# --- a venue's own pace ----------------------------------------------------------------------------------


def answered(world: World, after: str, times: int) -> None:
    """So many questions, to each of which bob says his first word after so long."""
    alice, bob = world.people[0], world.people[1]
    for number in range(1, times + 1):
        alice.says(f"pkgdesk: xenstored prints error {number} when my guest starts, what is wrong?")
        world.clock.advance("20s")
        world.clock.advance(after)
        bob.says(f"#{number}: that is fixed in 4.19")
        world.clock.advance("5m")
        alice.says("yes")
        world.clock.advance("1h")


@pytest.mark.parametrize(("took", "waits"), [("5s", "10 min"), ("18m", "18 min"), ("25m", "25 min")])
def test_a_step_waits_as_long_as_first_words_take_there(make_world: Make, took: str, waits: str) -> None:
    world = make_world(map_=MAP.replace("    reviewers: [carol]\n", ""))
    alice, bob, *_ = everybody(world)
    answered(world, took, 8)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#9", f"else it goes on in {waits}.")
    assert f"it waits {waits}, as long as nine in ten of 8 replies took there (#xen-packagers)" in (
        world.explanation(9)
    )
    due = world.question(9).due
    assert due is not None
    assert due - world.pings(9)[0].at <= timedelta(minutes=26)


def test_too_few_replies_teach_nothing(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("    reviewers: [carol]\n", ""))
    alice, bob, *_ = everybody(world)
    answered(world, "5s", 7)
    alice.says(f"pkgdesk: {OTHER.replace('makefile', 'xenstored')}")
    world.clock.advance("1m")
    bob.is_pinged("else it goes on in 30 min.")


def test_what_was_said_before_is_a_part_of_the_answer(world: World) -> None:
    alice, bob, *_ = pinged(world)
    bob.says("alice: stop the daemon first")
    bob.says("later 1h")
    alice.quits()
    world.clock.advance("1h")
    bob.is_pinged("you said later")
    bob.says("then delete its database")
    world.clock.advance("5m")
    alice.returns()
    world.desk_says("stop the daemon first / then delete its database — was that it", to="alice")
