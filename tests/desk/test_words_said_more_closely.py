"""What an asker says less openly than they asked is not shown where the question is."""

import pytest
from world import HOME, KNOWN, TEAM, UNKNOWN, Somebody, World

from bot.desk.model import State

SECRET = "the build host is sesame.example.org"


def cast(world: World) -> tuple[Somebody, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    world.clock.advance("1m")
    return there


def nothing_leaks(world: World, word: str = "sesame") -> None:
    for each in world.said:
        assert each.venue.private or word not in each.text, each
    assert word not in world.question(1).text


def test_what_is_added_privately_to_a_public_question_is_left_out_and_said_so(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.tells(f"#1: {SECRET}")
    alice.reads(
        "what you add to #1 would be read in #xen-packagers, where you asked it, so I leave it out: "
        "say it there"
    )
    world.clock.advance("1m")
    bob.is_pinged("#1")
    nothing_leaks(world)
    alice.says("pkgdesk: #1: it is version 4.17")
    assert "4.17" in world.question(1).text


@pytest.mark.parametrize("word", ["no", "not it"])
def test_a_private_no_counts_and_its_reason_does_not_become_public(world: World, word: str) -> None:
    alice, _, carol = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    alice.tells(f"{word}, {SECRET}")
    alice.reads("what you add to #1 would be read in #xen-packagers")
    alice.tells("not it")
    carol.is_pinged("#1")
    nothing_leaks(world)


def test_a_private_no_to_a_developer_counts_and_its_reason_does_not_become_public(world: World) -> None:
    alice, bob, carol = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    alice.tells(f"no, {SECRET}")
    alice.reads("#1 stays open; I ask further")
    alice.reads("what you add to #1 would be read in #xen-packagers")
    carol.is_pinged("#1")
    nothing_leaks(world)


def test_a_reason_in_the_channel_goes_on_with_the_question(world: World) -> None:
    alice, _, carol = cast(world)
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("no, it still fails")
    alice.says("not it")
    carol.is_pinged("it still fails")
    assert len(world.turn) == 2  # said to the asker, and the ping


def test_a_version_said_privately_serves_the_answer_and_is_not_kept(world: World) -> None:
    alice, *_ = cast(world)
    alice.says("pkgdesk: which python version do the tools need?")
    alice.tells("hypervisor 4.17")
    alice.reads("Python 2.6 or newer")
    nothing_leaks(world, "4.17")
    alice.says("4.17")
    world.desk_says("Python 2.6 or newer", to="alice")
    assert "4.17" in world.question(1).text


def test_what_members_say_of_a_public_question_stays_with_them(world: World) -> None:
    alice = world.joins("alice", account="alice", channel=[HOME, TEAM])
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.says(f"pkgdesk: #1: {SECRET}", in_=TEAM)
    world.desk_says("what you add to #1 would be read in #xen-packagers", in_=TEAM, to="alice")
    assert "sesame" not in world.question(1).text


def test_a_private_question_is_added_to_privately_under_any_nick(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.tells(UNKNOWN)
    alice.renames("alicia")
    alice.tells("#1: it is version 4.17")
    world.clock.advance("1m")
    bob.is_pinged("4.17", privately=True)


def test_what_a_developer_says_privately_is_read_by_the_asker_alone(world: World) -> None:
    alice, bob, carol = cast(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells(SECRET)
    alice.reads("bob on #1: .*sesame")
    world.clock.advance("4m")
    alice.quits()
    for somebody in (bob, carol):
        for command in ("status 1", "why 1", "missed", "mine"):
            somebody.says(f"pkgdesk: {command}")
    alice.returns()
    alice.says("pkgdesk: missed")
    alice.says("pkgdesk: status 1")
    alice.says("no")
    world.clock.advance("1h")
    nothing_leaks(world)


def test_a_private_answer_is_not_told_to_whoever_bears_the_nick_next(world: World) -> None:
    alice, bob, _ = cast(world)
    alice.tells(f"{UNKNOWN} swordfish")
    world.clock.advance("1m")
    alice.quits()
    bob.tells(SECRET)
    bob.tells("done")
    thief = world.joins("alice", account="mallory")
    for line in ("missed", "mine", "more", "yes", "status 1", "why 1", "#1: what was it?"):
        thief.tells(line)
        thief.says(f"pkgdesk: {line}")
    said = [each for each in world.said if each.venue.name in ("alice", HOME)]
    assert not any("sesame" in each.text for each in said)
    assert not any("swordfish" in each.text for each in said)
    assert world.question(1).state is State.KEPT
    world.joins("alice_", account="alice").reads("bob answered #1 .*sesame")
