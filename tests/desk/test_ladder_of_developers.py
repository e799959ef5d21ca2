"""What the base does not know climbs the ladder: one developer at a time."""

from collections.abc import Callable

import pytest
from world import DEVEL, HOME, LOST, MAP, TEAM, UNKNOWN, World

from bot.desk.model import Failure, PingState, State

Make = Callable[..., World]


def mapped(**people: str) -> str:
    """The map in which these people have further properties, as YAML."""
    text = MAP
    for who, more in people.items():
        text = text.replace(f"libera: {who}}}\n", f"libera: {who}}}\n    {more}\n")
    return text


def everybody(world: World) -> tuple[object, ...]:
    there = tuple(world.joins(nick, account=nick) for nick in ("alice", "bob", "carol", "dave"))
    world.clock.advance("1m")
    return there


def test_the_ping_holds_asker_question_reason_number_and_the_words(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.desk_says(r"#1: I do not know that one, so I look for somebody of XENSTORE who does", to="alice")
    world.clock.advance("30s")
    ping = bob.is_pinged(
        "alice asks #1: “xenstored exits with EINVAL when my guest starts, what is wrong?”",
        "you maintain XENSTORE",
        "Just reply (it is passed on), or `ack`, `not me → NAME`",
        "30 min",
    )
    assert ping.venue.name == HOME
    assert len(world.turn) == 1


def test_silence_leads_to_the_next_then_to_the_rest_then_to_the_list(world: World) -> None:
    alice, bob, carol, dave = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("29m")
    bob.is_pinged("#1")
    carol.is_not_pinged()
    world.clock.advance("2m")
    carol.is_pinged("#1", "you review XENSTORE")
    world.clock.advance("31m")
    dave.is_pinged("#1", "nobody of XENSTORE can be asked now, and you look after THE REST")
    world.clock.advance("31m")
    world.desk_says(
        r"#1: I could reach nobody who knows. The place to ask now is xenstore@lists.example.org; `more`",
        to="alice",
    )
    assert world.question(1).state is State.HANDED_OVER
    alice.says("more")
    mail = " ".join(each.text for each in world.turn)
    for part in (
        "To: xenstore@lists.example.org",
        "Subject: XENSTORE: xenstored exits",
        "(Asked in #xen-packagers on 2026-11-23 as #1, without an answer from Bob Builder, Carol Example",
    ):
        assert part in mail
    assert [ping.person for ping in world.pings(1)] == ["bob", "carol", "dave"]


def test_ack_makes_the_ladder_wait_and_tells_the_asker(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("ack")
    world.desk_says("#1: bob has seen it and will answer", to="alice")
    assert len(world.turn) == 1
    world.clock.advance("3h")
    carol.is_not_pinged()
    world.clock.advance("90m")
    carol.is_pinged("#1")


def test_ack_in_private_is_thanked_for_there(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("ack")
    world.desk_says("bob has seen it", to="alice")
    bob.reads("thank you; I ask nobody else about #1 for 4 h")


def test_not_me_asks_the_next_at_once(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me")
    carol.is_pinged("#1")
    assert len(world.turn) == 1
    assert "bob said not me" in world.explanation(1)


@pytest.mark.parametrize(
    "line",
    [
        "not me → dave",
        "not me -> dave",
        "not me => dave please",
        "not me, ask dave",
        "not me, try dave",
        "Not me dave.",
        "not me → Dave Example",
        "not me: dave knows that",
        "not me → rover",
    ],
)
def test_not_me_names_who_is_next(world: World, line: str) -> None:
    alice, bob, carol, dave = everybody(world)
    dave.renames("rover")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says(line)
    dave.is_pinged("#1", "Bob Builder named you")
    carol.is_not_pinged()


@pytest.mark.parametrize("line", ["not me, sorry", "not me, I am on holiday until monday", "not me."])
def test_not_me_with_other_words_is_a_refusal_all_the_same(world: World, line: str) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says(line)
    carol.is_pinged("#1")


def test_not_me_in_private_is_answered_there(world: World) -> None:
    alice, bob, _, dave = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("not me → dave")
    bob.reads("thank you; I try Dave Example for #1 next")
    dave.is_pinged("#1")


def test_a_name_that_nobody_bears_is_asked_back(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("not me → frobby")
    world.desk_says("I know nobody called frobby. Whom I know: carol, dave, trudy", to="bob")
    carol.is_not_pinged()
    assert world.question(1).state is State.ASKED


def test_not_me_when_it_has_gone_further_leaves_the_next_one_their_time(world: World) -> None:
    alice, bob, carol, dave = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("32m")
    carol.is_pinged("#1")
    bob.tells("not me #1")
    dave.is_not_pinged()
    world.clock.advance("25m")
    dave.is_not_pinged()
    carol.says("it is a known bug, upgrade the daemon")
    assert world.question(1).responder == "carol"


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ({"bob": "hours: 20-22 UTC"}, "bob cannot be asked now"),
        ({"bob": "budget: 0"}, "bob cannot be asked now"),
        ({"bob": "pings: off"}, "bob cannot be asked now"),
    ],
)
def test_who_cannot_be_asked_is_left_out(make_world: Make, people: dict[str, str], why: str) -> None:
    world = make_world(map_=mapped(**people))
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_not_pinged()
    carol.is_pinged("#1")
    assert why in world.explanation(1)


def test_who_is_away_or_not_there_is_left_out(world: World) -> None:
    alice, bob, carol, dave = everybody(world)
    bob.goes_away()
    carol.quits()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    dave.is_pinged("#1")
    assert "bob is left out, away" in world.explanation(1)
    assert "carol is left out, unreachable" in world.explanation(1)


def test_a_budget_is_for_a_day(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="budget: 1"))
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    bob.says("done with that: use the daemon of 4.19")
    alice.says("pkgdesk: xenstored leaks file descriptors on s390x, is that known?")
    world.clock.advance("1m")
    carol.is_pinged("#2")
    alice.says("pkgdesk: withdraw 2")
    world.clock.advance("1d")
    alice.says("pkgdesk: xenstored forgets permissions when saved, which version mends it?")
    world.clock.advance("1m")
    bob.is_pinged("#3")


def test_who_reads_back_is_asked_last_even_away(make_world: Make) -> None:
    world = make_world(map_=mapped(carol="reads_back: yes"))
    alice, carol = world.joins("alice", account="alice"), world.joins("carol", account="carol")
    world.clock.advance("1m")
    carol.goes_away()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    carol.is_pinged("#1", "you read back")


def test_who_went_away_meanwhile_is_not_pinged(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.pauses()
    world.clock.advance("1m")
    bob.goes_away()
    world.resumes()
    bob.is_not_pinged()
    carol.is_pinged("#1")
    assert "the ping of bob failed: absent" in world.explanation(1)


def test_the_clock_of_a_step_counts_waking_time(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="hours: 9-11 UTC"))
    alice, bob, carol, _ = everybody(world)
    world.clock.advance("50m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    world.clock.advance("20h")
    carol.is_not_pinged()
    world.clock.advance("3h")
    carol.is_pinged("#1")


def test_nobody_is_awake_the_asker_is_told_when_and_then_it_is_so(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="hours: 15-20 UTC"))
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.desk_says(
        "#1: nobody who could answer is about now; I try again at 2026-11-23 15:00 UTC", to="alice"
    )
    world.clock.advance("4h")
    world.is_silent()
    world.clock.advance("1h")
    bob.is_pinged("#1")


def test_nobody_is_there_at_all_the_list_is_named_after_a_while(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.desk_says("nobody who could answer is about now", to="alice")
    world.clock.advance("30m")
    world.desk_says("The place to ask now is xenstore@lists.example.org", to="alice")


def test_when_everybody_has_said_not_me_the_list_is_named_at_once(world: World) -> None:
    alice, bob, carol, dave = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    for somebody in (bob, carol):
        somebody.says("not me")
    dave.is_pinged("#1")
    dave.says("not me")
    world.desk_says("The place to ask now is xenstore@lists.example.org", to="alice")


def test_who_comes_in_while_it_waits_is_asked(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob = world.joins("bob", account="bob")
    world.clock.advance("30m")
    bob.is_pinged("#1")


def test_without_a_list_the_end_is_said_plainly(make_world: Make) -> None:
    world = make_world(
        map_=MAP.replace("mail: xenstore@lists.example.org", "").replace("mail: xen-devel", "# ")
    )
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1h")
    world.desk_says("#1: I could reach nobody who knows, and I know no list to send you to", to="alice")
    assert world.question(1).state is State.EXPIRED


def test_where_nothing_points_anywhere_a_triager_is_asked(world: World) -> None:
    alice, trudy = world.joins("alice", account="alice"), world.joins("trudy", account="trudy")
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {LOST}")
    world.clock.advance("1m")
    trudy.is_pinged("#1", "nothing points to a section, and you direct questions")
    trudy.says("not me → bob")
    bob.is_pinged("#1", "Trudy Example named you")


def test_the_asker_is_never_asked_their_own_question(world: World) -> None:
    bob, carol = world.joins("bob", account="bob"), world.joins("carol", account="carol")
    world.clock.advance("1m")
    bob.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    carol.is_pinged("#1")


def test_a_denied_answer_goes_to_the_next(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: restart the daemon")
    bob.says("done")
    world.desk_says(r"was that it for #1\? `yes` or `no`", to="alice")
    alice.says("no, it still exits")
    world.desk_says("#1 stays open; I ask further", to="alice")
    carol.is_pinged("#1", "it still exits")


# --- where somebody is pinged ----------------------------------------------------------------------------


def test_who_is_in_another_channel_is_pinged_there_and_the_asker_told_once_it_arrived(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.holds()
    world.clock.advance("1m")
    ping = bob.is_pinged("alice asks #1 in #xen-packagers: ")
    assert ping.venue.name == DEVEL
    world.is_silent(HOME)
    world.releases()
    told = world.desk_says(
        r"#1: I asked bob \(maintainer of XENSTORE\); without a word .* further in 30 min", to="alice"
    )
    assert "you maintain" not in told.text


def test_who_is_only_reachable_privately_is_pinged_privately(make_world: Make) -> None:
    world = make_world(map_=mapped(bob="pings: private"))
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("alice asks #1 in #xen-packagers", privately=True)
    world.desk_says("#1: I asked bob", to="alice")


def test_a_private_question_is_pinged_privately_and_named_nowhere_else(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.tells(UNKNOWN)
    world.clock.advance("40m")
    bob.is_pinged("alice asks #1: ", privately=True)
    alice.reads("#1: I asked bob")
    assert all(each.venue.private for each in world.said)


def test_a_members_question_goes_to_members_and_to_nobody_public(world: World) -> None:
    alice = world.joins("alice", account="alice", channel=[TEAM, HOME])
    bob = world.joins("bob", account="bob", channel=[HOME, DEVEL])
    carol = world.joins("carol", account="carol", channel=[HOME, TEAM])
    carol.tells("pings private")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", in_=TEAM)
    world.clock.advance("1m")
    bob.is_not_pinged()
    carol.is_pinged("#1", privately=True)
    world.desk_says("#1: I asked carol", in_=TEAM, to="alice")
    assert not any(each.venue.name in (HOME, DEVEL) for each in world.said)


def test_the_other_network_serves_where_this_one_does_not(make_world: Make) -> None:
    world = make_world(map_=MAP.replace("{libera: bob}", "{libera: bob, oftc: bobby}"))
    alice = world.joins("alice", account="alice")
    bob = world.joins("bobby", account="bobby", network="oftc")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    ping = bob.is_pinged("alice asks #1 in #xen-packagers on libera: ")
    assert ping.line.unbroken == (), "another alice may be there"
    world.desk_says("#1: I asked bobby", to="alice")
    bob.says("it is fixed in 4.19.1")
    world.desk_says("bobby on #1: it is fixed in 4.19.1", to="alice")


def test_the_asker_is_named_by_the_nick_they_bear_now(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.renames("alice_")
    world.clock.advance("1m")
    bob.is_pinged("alice_ asks #1")


def test_a_ping_is_sent_to_the_nick_that_the_account_bears_now(world: World) -> None:
    alice, bob, *_ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.pauses()
    world.clock.advance("1m")
    bob.renames("bob|afk")
    world.joins("bob", account="mallory")
    world.resumes()
    assert world.find("alice asks #1", lambda each: True).text.startswith("bob|afk: ")


# --- what becomes of a ping ------------------------------------------------------------------------------


def test_a_refused_delivery_leads_to_the_next_at_once(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.failing = lambda line, going: Failure.REFUSED if going.addressee == "bob" else None
    world.clock.advance("1m")
    bob.is_not_pinged()
    carol.is_pinged("#1")
    assert world.pings(1)[0].state is PingState.FAILED
    assert "the ping of bob failed: refused" in world.explanation(1)


def test_nobody_is_pinged_right_after_the_desk_came(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.joins("bob", account="bob")
    world.clock.advance("10s")
    world.disconnects()
    world.clock.advance("1m")
    world.reconnects()
    world.clock.advance("3s")
    world.is_silent()


def test_a_ping_that_waited_too_long_goes_to_the_next(world: World) -> None:
    alice, bob, carol, _ = everybody(world)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.pauses()
    world.clock.advance("15m")
    world.resumes()
    bob.is_not_pinged()
    carol.is_pinged("#1")
