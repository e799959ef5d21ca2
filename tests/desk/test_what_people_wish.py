"""People of the map say themselves when and how they are asked: busy, free, hours, budget, pings, why me."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import MAP, START, TEAM, UNKNOWN, Somebody, World

from bot.desk import giving_up, replies
from bot.desk.case import Case
from bot.desk.effects import Explain, Say
from bot.desk.facts import Concern
from bot.desk.fitting import size
from bot.desk.model import State
from routing.choose import Route
from routing.people import WEEK, Hours, Person, Pings, Wishes, read_hours

LONDON = MAP.replace(
    "    accounts: {libera: bob}\n",
    "    accounts: {libera: bob, oftc: bob}\n    hours: mon-fri 9-17 Europe/London\n    budget: 2\n",
)


@pytest.fixture
def alice(world: World) -> Somebody:
    return world.joins("alice", account="alice")


@pytest.fixture
def bob(world: World) -> Somebody:
    return world.joins("bob", account="bob")


@pytest.fixture
def carol(world: World) -> Somebody:
    return world.joins("carol", account="carol")


def wishes(world: World) -> dict[str, Wishes]:
    return dict(world.facts(Concern(wishes=True)).wishes)


def one_line(world: World, pattern: str) -> None:
    """What was said is answered by one line like that, and nothing else."""
    assert len(world.turn) == 1, world
    assert re.search(pattern, world.turn[0].text), world


# --- busy and free ---------------------------------------------------------------------------------------


def test_nobody_busy_is_asked_until_then(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    bob.tells("busy until 17:00")
    one_line(
        world, r"^you are busy until Mon 2026-11-23 17:00 UTC; I ask you nothing before. `free` ends it.$"
    )
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_not_pinged()
    carol.is_pinged("#1")
    world.crashes()
    bob.tells("busy")
    one_line(world, r"^you are busy until Mon 2026-11-23 17:00 UTC;")
    world.clock.advance("7h")
    bob.tells("busy?")
    one_line(world, r"^you are not busy; ")
    alice.says("withdraw 1")
    alice.says(f"pkgdesk: {UNKNOWN}, on the second host this time?")
    world.clock.advance("20s")
    bob.is_pinged("#2")


def test_free_ends_it(world: World, bob: Somebody, alice: Somebody) -> None:
    bob.says("pkgdesk: busy 3d")
    one_line(world, r"busy until Thu 2026-11-26 10:00 UTC;")
    bob.says("pkgdesk: free")
    one_line(world, r"you are free again. I may ask you now.$")
    bob.says("pkgdesk: busy off")
    one_line(world, r"you are not busy;")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1")


def test_days_are_those_of_ones_own_hours(make_world: Callable[..., World]) -> None:
    world = make_world(map_=LONDON)
    bob = world.joins("bob", account="bob")
    bob.tells("busy until monday")
    one_line(world, r"^you are busy until Mon 2026-11-30 09:00 Europe/London;")
    bob.tells("hours 10-18 America/New_York")
    bob.tells("busy tomorrow")
    one_line(world, r"^you are busy until Tue 2026-11-24 10:00 America/New_York;")
    bob.tells("free")
    one_line(world, r"^you are free again. I may ask you from Mon 2026-11-23 10:00 America/New_York on\.$")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("busy until blursday", r"^I cannot read “blursday” as a time; times look like `2h`"),
        ("busy until 2026-11-01", r"^that is past already\.$"),
        ("busy until 2036-11-01", r"^that is more than a year ahead\.$"),
        ("busy until 25:00", r"no time of day"),
        ("hours 9-18 Mars/Phobos", r"no time zone `Mars/Phobos`"),
        ("hours 9-18", r"^in which time zone\? Say `hours 9-18 Europe/London`"),
        ("hours 9-9 UTC", r"end when they begin"),
        ("hours 12-12:30 UTC", r"at least one hour"),
        ("budget 5000 a day", r"^a budget is a number of pings within 24 hours, at most 1000"),
        ("budget 3 a week", r"^a budget is a number"),
    ],
)
def test_what_cannot_be_read_is_refused_and_nothing_changes(
    world: World, bob: Somebody, said: str, told: str
) -> None:
    bob.tells(said)
    one_line(world, told)
    assert wishes(world) == {}


def test_a_clock_that_jumps_back_leaves_a_way_out(world: World, bob: Somebody) -> None:
    bob.tells("busy 300d")
    world.clock.now -= timedelta(days=2000)
    bob.tells("busy")
    one_line(world, r"^you are busy until")
    bob.tells("free")
    one_line(world, r"^you are free again")


# --- hours, budget, pings --------------------------------------------------------------------------------


def test_hours_go_before_those_of_the_map(make_world: Callable[..., World]) -> None:
    world = make_world(map_=LONDON)
    bob, carol, alice = (world.joins(nick, account=nick) for nick in ("bob", "carol", "alice"))
    bob.tells("hours")
    one_line(world, r"^your hours are mon-fri 09:00-17:00 Europe/London, as the map says. I may ask")
    bob.tells("hours 18–22 Europe/Berlin")
    one_line(
        world,
        r"^your hours are 18:00-22:00 Europe/Berlin; the map's mon-fri.* Europe/London do not count until "
        r"`hours off`. I may ask you from Mon 2026-11-23 18:00 Europe/Berlin on\.$",
    )
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    carol.is_pinged("#1")
    world.crashes()
    bob.tells("hours 19-23")
    one_line(world, r"^your hours are 19:00-23:00 Europe/Berlin;")
    bob.tells("hours off")
    one_line(world, r"^your hours are mon-fri.* Europe/London, as the map says. I may ask you now\.$")


def test_who_has_no_hours_is_told_how(world: World, bob: Somebody) -> None:
    bob.tells("hours")
    one_line(world, r"^you have no hours. I may ask you now. `hours 9-18 Europe/London` sets some")
    bob.tells("hours mon-fri 9:30-17 UTC")
    one_line(
        world,
        r"^your hours are mon-fri.*09:30-17:00 UTC; the map has none until `hours off`. I may ask you now",
    )


def test_a_budget_holds_and_is_given_back(make_world: Callable[..., World]) -> None:
    world = make_world(map_=LONDON)
    bob, carol, alice = (world.joins(nick, account=nick) for nick in ("bob", "carol", "alice"))
    bob.tells("budget 1 a day")
    one_line(
        world,
        r"^I ask you at most 1 time within 24 hours\. .*`budget off` goes back to .* at most 2 times",
    )
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1")
    bob.says("not me")
    alice.says(f"pkgdesk: {UNKNOWN}, again on the second host?")
    world.clock.advance("20s")
    bob.is_not_pinged()
    carol.is_pinged("#2")
    bob.tells("budget")
    one_line(world, r"Within the last 24 hours: 1\. ")
    bob.tells("budget off")
    one_line(world, r"^I ask you at most 2 times within 24 hours, as the map says")
    bob.tells("budget 0")
    one_line(world, r"^I ask you not at all\.")


def test_pings_only_privately_or_not_at_all(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    bob.tells("pings private")
    one_line(
        world, r"^I ask you only privately, until you say otherwise; `pings on` goes back to the map's\.$"
    )
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1", privately=True)
    bob.tells("pings off")
    bob.reads(r"^I ask you nothing, until you say otherwise; .* #1 goes on to the next one\.$")
    carol.is_pinged("#1")
    bob.tells("pings")
    one_line(world, r"^I ask you nothing, until")
    bob.tells("pings on")
    one_line(world, r"^I ask you where the question was asked, or privately, as the map says\.")
    assert wishes(world) == {}


DAYS = st.sets(st.sampled_from(WEEK), min_size=1).map(",".join)
HOURS = st.builds(
    "{} 9:30-17 {}".format, DAYS, st.sampled_from(["UTC", "America/Argentina/ComodRivadavia"])
).map(read_hours)
PERSON = st.builds(
    Person, st.just("bob"), st.just("Bob"), hours=st.none() | HOURS, pings=st.sampled_from(Pings)
)


@given(PERSON, st.none() | HOURS, st.integers(0, 1000), st.lists(st.integers(1, 10**9 - 1), max_size=30))
def test_every_sentence_is_a_line(person: Person, of_map: Hours | None, count: int, freed: list[int]) -> None:
    at = START + timedelta(minutes=count)
    lines = [
        replies.busy(at, person.zone, freed),
        replies.free(person, at),
        replies.hours(person, of_map, at, wished=count % 2 == 0),
        replies.budget(replace(person, budget=count), count, count, wished=count % 2 == 0),
        replies.pings(person, wished=count % 2 == 0, freed=freed),
    ]
    for line in lines:
        assert size(line) <= 300, line
        assert "\n" not in line


# --- what waits for them, and what is on its way ---------------------------------------------------------


def test_a_question_does_not_wait_for_somebody_busy(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1")
    bob.says("busy until monday")
    world.desk_says(r"^bob: you are busy until Mon 2026-11-30 00:00 UTC; .* #1 goes on to the next one\.$")
    carol.is_pinged("#1")


@pytest.mark.parametrize("first", ["ack", "later 2d"])
def test_what_they_promised_goes_on_too(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody, first: str
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.says(first)
    bob.says("pkgdesk: busy until sunday")
    world.desk_says(r"#1 goes on to the next one\.$")
    carol.is_pinged("#1")
    bob.is_not_pinged()


def test_what_they_put_off_for_longer_waits(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.says("later 2d")
    bob.says("pkgdesk: busy 1d")
    world.clock.advance("1d")
    carol.is_not_pinged()
    world.clock.advance("2d")
    bob.is_pinged("#1")


def test_it_waits_for_somebody_who_is_back_in_time(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.says("pkgdesk: busy 10m")
    world.desk_says(r"busy until Mon 2026-11-23 10:10 UTC; I ask you nothing before. `free` ends it\.$")
    world.clock.advance("9m")
    carol.is_not_pinged()


def test_what_is_queued_is_not_written_to_somebody_busy(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.pauses()
    world.clock.advance("30s")
    bob.tells("pings off")
    world.resumes()
    assert not [each for each in world.said if "asks #1" in each.text and "bob: " in each.text], world
    carol.is_pinged("#1")


SOLE = MAP.replace("    reviewers: [carol]\n", "").replace("rest: THE REST\n", "")


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("busy 10h", "free"),
        ("busy 10h", "busy off"),
        ("hours 20-22 UTC", "hours off"),
        ("hours 20-22 UTC", "hours 9-22 UTC"),
    ],
)
def test_whoever_may_be_asked_again_is_at_once(
    make_world: Callable[..., World], first: str, then: str
) -> None:
    world = make_world(map_=SOLE)
    alice, bob = (world.joins(nick, account=nick) for nick in ("alice", "bob"))
    bob.tells(first)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    assert world.question(1).state is State.OPEN
    bob.tells(then)
    bob.is_pinged("#1")


def test_pings_on_and_a_budget_bring_what_waits_for_others(make_world: Callable[..., World]) -> None:
    for first, then in (("pings off", "pings on"), ("budget 0", "budget off"), ("budget 0", "budget 3")):
        world = make_world(map_=MAP.replace("rest: THE REST\n", ""))
        alice, bob, carol = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
        bob.tells(first)
        carol.tells("busy 10h")
        alice.says(f"pkgdesk: {UNKNOWN}")
        world.clock.advance("1m")
        bob.tells(then)
        bob.is_pinged("#1")


def test_a_short_while_of_the_only_one_is_waited_for(make_world: Callable[..., World]) -> None:
    world = make_world(map_=SOLE)
    alice, bob = (world.joins(nick, account=nick) for nick in ("alice", "bob"))
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("busy 1h")
    world.desk_says(r"#1 waits for you until then\.$", to="bob")
    world.desk_says("#1: bob will look at it on 2026-11-23 11:01 UTC", to="alice")
    world.clock.advance("1h")
    bob.is_pinged("#1")
    bob.says("pkgdesk: busy 10d")
    assert world.question(1).state.ended


@pytest.mark.parametrize("said", ["hours 20-22 UTC", "budget 0"])
def test_hours_and_a_budget_of_none_let_it_go_on(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody, said: str
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.says(said)
    carol.is_pinged("#1")


def test_whoever_is_spared_is_not_said_to_be_away(world: World, bob: Somebody, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    facts = world.facts(Concern(numbers=(1,), explain=True))
    route = Route(None, wait_until=START + timedelta(hours=1), spares=("bob",), steps=("bob is spared",))
    case = Case(START, replace(facts, roster=world._river.roster), world.reference)
    effects = giving_up.nobody(case, world.question(1), route, ())
    said = [each.line.text for each in effects if isinstance(each, Say)]
    assert len(said) == 1
    assert "asked a lot lately, so I wait for somebody else" in said[0]
    assert [each.reasons[0] for each in effects if isinstance(each, Explain)] == ["bob is spared"]


# --- who may, and where a word counts --------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", ["busy until monday", "free", "hours", "budget 3 a day", "pings off", "why me"]
)
def test_to_others_the_words_do_not_exist(world: World, alice: Somebody, said: str) -> None:
    bob = world.joins("bob")  # no account is proven
    for somebody in (alice, bob):
        somebody.tells(said)
        somebody.reads(r"^I know no `")
    assert wishes(world) == {}


def test_operators_who_are_no_people_of_the_map_have_nothing_to_wish(
    make_world: Callable[..., World],
) -> None:
    world = make_world(operators={"libera": ["root"]})
    root = world.joins("root", account="root")
    for said in ("busy until monday", "free", "hours", "budget", "pings", "why me"):
        root.tells(said)
        root.reads(r"^only people of the map may answer: `")
        world.clock.advance("2m")


def test_a_wish_is_the_persons_whichever_account_says_it(make_world: Callable[..., World]) -> None:
    world = make_world(map_=LONDON)
    there = world.joins("bobby", account="bob", network="oftc")
    there.tells("pings private")
    there.reads(r"^I ask you only privately")
    assert wishes(world) == {"bob": Wishes(pings=Pings.PRIVATE)}


@pytest.mark.parametrize(
    "said", ["busy until monday", "hours 9-18 UTC", "budget 3 a day", "pings off", "pings private"]
)
def test_a_bare_word_counts_from_whom_is_asked_and_there(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody, said: str
) -> None:
    bob.says(said)
    world.is_silent()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1")
    carol.says(said)
    world.is_silent()
    bob.joins(TEAM)
    bob.says(said, in_=TEAM)
    world.is_silent()
    bob.says(said)
    world.desk_says(r"^bob: ")
    assert list(wishes(world)) == ["bob"]


def test_the_prefix_will_do_and_mistakes_behind_it_may_be_another_bots(world: World, bob: Somebody) -> None:
    bob.says("!busy until blursday")
    world.is_silent()
    bob.says("!busy until friday")
    one_line(world, r"^bob: you are busy until Fri 2026-11-27 00:00 UTC;")


@pytest.mark.parametrize("said", ["busy", "hours", "pings", "budget", "busy 100% cpu is what you see there"])
def test_a_word_alone_may_be_talk(world: World, bob: Somebody, alice: Somebody, said: str) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.says(said)
    assert wishes(world) == {}
    assert not [each for each in world.turn if re.match(r"bob: (you|I) ", each.text)], world


@pytest.mark.parametrize(
    "text",
    [
        "busy loop in xenstored when a guest starts, what is wrong?",
        "hours of swapping with xenstored, what is wrong?",
        "free memory is wrong in dom0, xenstored again?",
        "pings get lost between domU and xenstored",
        "budget scheduler of xenstored?",
        "busy 100% of one cpu: xenstored, why?",
        "busy one cpu: xenstored, why?",
    ],
)
def test_questions_that_begin_like_a_word_are_questions(world: World, alice: Somebody, text: str) -> None:
    alice.says(f"pkgdesk: {text}")
    assert world.question(1).text == text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("busy today", "busy until Tue 2026-11-24 00:00 UTC"),
        ("busy all day", "busy until Tue 2026-11-24 00:00 UTC"),
        ("busy tonight", "busy until Tue 2026-11-24 00:00 UTC"),
        ("busy this week", "busy until Mon 2026-11-30 00:00 UTC"),
        ("busy 1.5h", "busy until Mon 2026-11-23 11:30 UTC"),
        ("hours 9am-5pm Europe/London", "hours are 09:00-17:00 Europe/London"),
        ("hours weekdays 9-17 UTC", "hours are mon-fri 09:00-17:00 UTC"),
        ("hours monday to friday 9-17 UTC", "hours are mon-fri 09:00-17:00 UTC"),
        ("hours 9 to 18 UTC", "hours are 09:00-18:00 UTC"),
        ("hours from 9:30 to 18 europe/berlin", "hours are 09:30-18:00 Europe/Berlin"),
        ("hours 9-18 London", r"no time zone `London`; did you mean Europe/London\?$"),
        ("pings in private", "I ask you only privately"),
        ("pings privately", "I ask you only privately"),
    ],
)
def test_what_people_plainly_mean_is_read(world: World, bob: Somebody, said: str, told: str) -> None:
    bob.tells(said)
    one_line(world, told)


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ("busy a few days", "busy"),
        ("busy forever and a day", "busy"),
        ("i am busy", "busy"),
        ("budget three", "budget"),
        ("pings sometimes", "pings"),
        ("hours as usual", "hours"),
    ],
)
def test_a_wish_that_cannot_be_read_is_no_question(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody, said: str, usage: str
) -> None:
    bob.tells(said)
    one_line(world, rf"^usage: {usage} ")
    bob.says(f"pkgdesk: {said}")
    assert not world.exists(1)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("2m")
    bob.says("ack")
    bob.tells(said)
    assert not world.question(1).replies, world


# --- why me ----------------------------------------------------------------------------------------------


def test_why_me_says_what_led_to_somebody(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    bob.tells("why me")
    bob.reads(r"^I have asked you nothing lately\.$")
    bob.goes_away()
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    carol.is_pinged("#1")
    carol.says("why me?")
    text = " ".join(each.text for each in world.turn)
    assert re.search(r"carol: I asked you about #1 because you review XENSTORE", text), world
    assert "bob is left out, away" in text
    assert "within 30 days 1 of 1 pings were yours" in text
    carol.tells("why me 7")
    carol.reads(r"^I know no #7\.$")


def test_why_me_is_about_ones_own_pings(
    world: World, bob: Somebody, carol: Somebody, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("20s")
    bob.is_pinged("#1")
    carol.tells("why me 1")
    carol.reads(r"^I have not asked you about #1\.$")
    carol.says("why me")
    world.is_silent()
    bob.says("not me")
    world.clock.advance("1s")
    bob.tells("why me #1")
    bob.reads(r"^I asked you about #1 because you maintain XENSTORE")
    text = " ".join(each.text for each in world.turn)
    assert "carol is asked" not in text
