"""Whom a ping did not reach is asked once more; who waits is told once; who is promised can be reached."""

from collections.abc import Callable

import pytest
from world import HOME, LOST, MAP, UNKNOWN, Somebody, World

from bot.desk.model import Failure, PingState, Purpose

Make = Callable[..., World]


def cast(world: World, *names: str) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in names)
    world.clock.advance("1m")
    return there


def absent(world: World, *nicks: str) -> None:
    """The server knows no such nick just now, though the desk saw them a moment ago."""

    def failing(line: object, going: object) -> Failure | None:
        return Failure.ABSENT if getattr(going, "addressee", None) in nicks else None

    world.failing = failing


def pings(world: World, number: int = 1) -> list[tuple[str, PingState]]:
    return [(ping.person, ping.state) for ping in world.pings(number)]


def test_who_was_absent_in_the_very_second_is_asked_later_in_the_ladder(world: World) -> None:
    alice, bob, carol = cast(world, "alice", "bob", "carol")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    carol.is_pinged("#1")
    absent(world)
    world.clock.advance("31m")
    bob.is_pinged("#1", "you maintain XENSTORE")
    assert pings(world) == [
        ("bob", PingState.FAILED),
        ("carol", PingState.PASSED),
        ("bob", PingState.DELIVERED),
    ]


def test_nobody_is_tried_a_third_time(world: World) -> None:
    alice, *_ = cast(world, "alice", "bob", "carol")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("2h")
    assert [person for person, _ in pings(world)].count("bob") == 2
    absent(world)
    world.clock.advance("2d")
    assert [person for person, _ in pings(world)].count("bob") == 2


def test_it_is_not_tried_again_at_once(world: World) -> None:
    alice, bob = cast(world, "alice", "bob")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("4m")
    assert pings(world) == [("bob", PingState.FAILED)]
    absent(world)
    world.clock.advance("2m")
    bob.is_pinged("#1")


def test_a_desk_of_little_patience_tries_again_sooner(make_world: Make) -> None:
    world = make_world(patience="20s")
    alice, bob = cast(world, "alice", "bob")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("25s")
    assert pings(world) == [("bob", PingState.FAILED)]
    absent(world)
    world.clock.advance("40s")
    bob.is_pinged("#1")


def test_a_ping_that_no_network_could_carry_in_time_does_not_count(world: World) -> None:
    alice, bob, carol = cast(world, "alice", "bob", "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.pauses()
    world.clock.advance("11m")
    world.resumes()
    assert pings(world)[0] == ("bob", PingState.FAILED)
    carol.is_pinged("#1")
    world.clock.advance("31m")
    bob.is_pinged("#1")


def test_a_ping_that_may_have_arrived_is_never_repeated(world: World) -> None:
    alice, *_ = cast(world, "alice", "bob", "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.holds()
    world.clock.advance("1m")
    world.clock.advance("11m")
    world.releases()
    world.clock.advance("3h")
    told = [each for each in world.said if each.line.purpose is Purpose.PING]
    assert len([each for each in told if each.line.conditions.person == "bob"]) == 1


def test_a_ping_that_failed_costs_no_budget(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("libera: bob}\n", "libera: bob}\n    budget: 1\n"))
    alice, bob = cast(world, "alice", "bob")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    absent(world)
    world.clock.advance("6m")
    bob.is_pinged("#1")


def test_who_was_missed_hears_of_it_when_they_ask(world: World) -> None:
    alice, bob, _ = cast(world, "alice", "bob", "carol")
    absent(world, "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    absent(world)
    bob.says("pkgdesk: missed")
    world.desk_says("#1 went further, and is still open: alice asks", to="bob")


# --- nobody is about -----------------------------------------------------------------------------------


def test_that_nobody_is_about_is_said_once_however_much_the_asker_adds(world: World) -> None:
    (alice,) = cast(world, "alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    world.desk_says("#1: nobody who could answer is about now; I try again at", to="alice")
    for line in ("it is on 4.17", "with libvirt", "on arm"):
        alice.says(line)
        world.clock.advance("40s")
        world.is_silent()
    assert "on arm" in world.question(1).text


def test_another_time_is_told(make_world: Make) -> None:
    hours = MAP.replace("libera: bob}\n", "libera: bob}\n    hours: 20-22 UTC\n")
    world = make_world(map_=hours)
    alice, bob = cast(world, "alice", "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    world.desk_says("I try again at 2026-11-23 20:00 UTC", to="alice")
    world.clock.advance("11h")
    bob.is_pinged("#1")


# --- not me --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("absent", "cannot be reached now"),
        ("away", "is away"),
        ("asleep", "is asleep until 2026-11-23 20:00 UTC"),
        ("asked before", "was asked already"),
    ],
)
def test_nobody_is_promised_who_cannot_be_asked(make_world: Make, why: str, told: str) -> None:
    asleep = MAP.replace("libera: carol}\n", "libera: carol}\n    hours: 20-22 UTC\n")
    world = make_world(map_=asleep if why == "asleep" else MAP)
    alice, bob, dave = cast(world, "alice", "bob", "dave")
    if why != "absent":
        carol = world.joins("carol", account="carol")
        if why == "away":
            carol.goes_away()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    if why == "asked before":
        bob.says("not me → carol")
        carol.tells("not me → bob")
        carol.reads(f"thank you; Bob Builder {told}, so I look for the next one about #1")
    else:
        bob.tells("not me → carol")
        bob.reads(f"thank you; Carol Example {told}, so I look for the next one about #1")
    dave.is_pinged("#1")


def test_who_can_be_asked_is_promised(world: World) -> None:
    alice, bob, carol = cast(world, "alice", "bob", "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("not me → carol")
    bob.reads("thank you; I try Carol Example for #1 next")
    carol.is_pinged("#1")


# --- what is said of a withdrawn question ----------------------------------------------------------------


def test_nothing_that_waits_is_said_of_a_question_that_was_withdrawn(world: World) -> None:
    alice, bob, _ = cast(world, "alice", "bob", "carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.pauses()
    bob.tells("restart the daemon")
    bob.tells("done")
    alice.says(f"pkgdesk: {LOST}")
    alice.says("pkgdesk: withdraw 1")
    alice.says("pkgdesk: withdraw 2")
    world.resumes()
    assert [each.text for each in world.turn if each.venue.name == HOME] == [
        "alice: #1 is withdrawn.",
        "alice: #2 is withdrawn.",
    ]
    assert not any("restart" in each.text for each in world.turn)
    alice.says("pkgdesk: missed")
    assert not any("restart" in each.text for each in world.turn)


def test_what_was_kept_for_an_asker_is_not_told_after_they_withdrew(world: World) -> None:
    alice, bob = cast(world, "alice", "bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    alice.quits()
    bob.says("restart the daemon")
    bob.says("done")
    elsewhere = world.knows("alice_phone", account="alice")
    world.failing = lambda line, going: Failure.UNCONFIRMED
    elsewhere.tells("withdraw 1")
    world.failing = lambda line, going: None
    elsewhere.tells("hello there")
    assert not any("restart" in each.text for each in world.turn)
