"""What was asked and nobody's entry answers: what editors are told of it, and one step to a draft."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from world import HOME, KNOWN, TEAM, Somebody, World

from bot.desk.digest import due, week_after
from bot.desk.events import DigestDue
from bot.desk.facts import Concern
from bot.gaps.finding import Asking, gaps_of
from knowledge.drafts import Draft, Origin
from knowledge.entry import Entry
from knowledge.files import parse_entry

MakeWorld = Callable[..., World]
EDITORS = {"libera": ["ed", "eve"]}

OVERLAY = "does the zeppelin overlay compile with musl?"
AGAIN = "hi! zeppelin overlay doesn't compile with musl, thanks"
THIRD = "zeppelin overlay with musl: how do I compile it?"
OTHER = "who signs the quarterly flugelhorn tarballs?"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    return make_world(editors=EDITORS)


def learns(world: World) -> None:
    """What the desk does every hour."""
    since = world.clock.now - timedelta(days=90)
    asked = world.run(world._store.unanswered(since))
    found = gaps_of(asked, world._river.reference, asking=Asking())
    world.reference = world._river.reference = replace(world._river.reference, gaps=found)


def asks(world: World, nick: str, text: str, channel: str = HOME) -> Somebody:
    """Somebody asks, and a day later nobody has answered."""
    who = world.joins(nick, account=nick, channel=channel)
    who.says(f"pkgdesk: {text}")
    return who


def overlooked(world: World, *asked: tuple[str, str]) -> None:
    for nick, text in asked:
        asks(world, nick, text)
    world.clock.advance("20d")
    learns(world)


def editor(world: World, nick: str = "ed") -> Somebody:
    return world.joins(nick, account=nick)


def privately(world: World, pattern: str, nick: str = "ed") -> str:
    return world.find(pattern, lambda each: each.venue.private and each.venue.name == nick).text


def drafts(world: World) -> list[Draft]:
    return list(world.facts(Concern(drafts=True)).drafts.values())


def entry(draft: Draft) -> Entry:
    return parse_entry(draft.now, "draft")


# --- what there is ------------------------------------------------------------------------------------


def test_questions_that_ask_the_same_are_one_gap_and_most_people_come_first(world: World) -> None:
    overlooked(world, ("zoe", OTHER), ("alice", OVERLAY), ("bert", AGAIN), ("cleo", THIRD))
    ed = editor(world)
    ed.says("pkgdesk: kb gaps")
    first = world.desk_says(r"gap 2: 3 people, last 2\S* \w+ ago.*zeppelin overlay", to="ed")
    second = world.desk_says("gap 1: 1 person.*flugelhorn", to="ed")
    assert world.turn.index(first) < world.turn.index(second)
    ed.tells("kb gap 3")
    privately(world, "gap 2: 3 people")
    privately(world, r"`kb gap 2 => ANSWER` drafts")


def test_one_person_who_asks_again_and_again_is_one_person(world: World) -> None:
    asks(world, "zoe", OTHER).says(f"pkgdesk: please, {OTHER}")
    world.clock.advance("2m")
    overlooked(world, ("alice", OVERLAY), ("bert", AGAIN))
    ed = editor(world)
    ed.tells("kb gaps")
    assert "zeppelin" in privately(world, "gap ")


def test_a_gap_that_was_filled_goes_away_by_itself(world: World) -> None:
    overlooked(world, ("alice", OVERLAY))
    filled = "id: overlay\nphrasings: ['" + OVERLAY + "']\nanswers: [{short: 'No, it needs glibc.'}]\n"
    world.reloads(entries=(filled,), editors=EDITORS)
    learns(world)
    ed = editor(world)
    ed.tells("kb gaps")
    privately(world, "no question shows a gap")


def test_an_answer_that_was_refused_is_a_gap_though_the_base_would_say_it_again(world: World) -> None:
    alice = asks(world, "alice", KNOWN)
    alice.says("not it")
    world.clock.advance("20d")
    learns(world)
    editor(world).tells("kb gaps")
    assert "QEMU" in privately(world, "gap 1: 1 person")


def test_what_is_not_public_counts_and_is_never_told(world: World) -> None:
    asks(world, "mole", OVERLAY, channel=TEAM)
    asks(world, "mona", OTHER, channel=TEAM)
    overlooked(world, ("bert", AGAIN))
    ed = editor(world)
    ed.tells("kb gaps")
    assert "doesn't compile" in privately(world, "gap 3: 2 people")
    assert not any("flugelhorn" in each.text for each in world.turn)
    ed.tells("kb gap 2")
    privately(world, "question 2 shows no gap")
    ed.tells("kb gap 3 => Patch it.")
    assert entry(drafts(world)[0]).phrasings == ("zeppelin overlay doesn't compile with musl",)


def test_what_was_withdrawn_since_it_was_learned_is_told_no_more(world: World) -> None:
    alice = world.joins("alice", account="alice")
    said = alice.says(f"pkgdesk: {OVERLAY}", message="m1")
    overlooked(world, ("zoe", OTHER))
    alice.redacts(said)
    ed = editor(world)
    ed.tells("kb gaps")
    assert not any("zeppelin" in each.text for each in world.turn)
    ed.tells("kb gap 1 => Patch it.")
    privately(world, "question 1 shows no gap")


def test_nobody_else_learns_that_there_are_gaps(world: World) -> None:
    overlooked(world, ("alice", OVERLAY))
    world.joins("dan", account="dan").tells("kb gaps")
    assert not any("zeppelin" in each.text for each in world.turn)


# --- one step to a draft ------------------------------------------------------------------------------


def test_a_gap_becomes_a_draft_in_one_step(world: World) -> None:
    overlooked(world, ("alice", OVERLAY), ("bert", AGAIN), ("cleo", THIRD))
    ed, eve = editor(world), editor(world, "eve")
    ed.says("pkgdesk: kb gap 1 => Build it with `--libc=musl`.")
    world.desk_says("draft 1", to="ed")
    privately(world, "draft 1", "eve")
    [draft] = drafts(world)
    assert (draft.origin, draft.question, draft.author) == (Origin.EDIT, 1, "libera/account/ed")
    made = entry(draft)
    assert set(made.phrasings) == {
        "does the zeppelin overlay compile with musl?",
        "zeppelin overlay doesn't compile with musl",
        "zeppelin overlay with musl: how do I compile it?",
    }
    assert made.answers[0].short == "Build it with `--libc=musl`."
    eve.says("pkgdesk: kb gap 2 => Something else.")
    world.desk_says("draft 1 waits for gap 1 already", to="eve")
    eve.tells("kb gaps")
    privately(world, "draft 1 waits", "eve")


def test_what_is_taken_back_leaves_the_draft_too(world: World) -> None:
    alice = world.joins("alice", account="alice")
    said = alice.says(f"pkgdesk: {OVERLAY}", message="m1")
    overlooked(world, ("bert", AGAIN))
    editor(world).tells("kb gap 1 => Build it with musl.")
    alice.redacts(said)
    [draft] = drafts(world)
    assert entry(draft).phrasings == ("zeppelin overlay doesn't compile with musl",)


# --- the digest ---------------------------------------------------------------------------------------


def digest(world: World, week: str = "2026-W50", hour: int = 0) -> None:
    at = world.act(f"-- digest {week}/{hour} --")
    world.happen(DigestDue(f"digest/{week}/{hour}", at, week))


def told_digest(world: World) -> list[str]:
    return [each.venue.name for each in world.turn if "week's digest" in each.text]


def test_an_editor_hears_once_a_week_how_the_base_stands(world: World) -> None:
    ed = editor(world)
    overlooked(world, ("alice", OVERLAY), ("bert", AGAIN))
    digest(world)
    assert told_digest(world) == ["ed"]
    privately(world, r"`kb gap 1` \(2 people\) “.*zeppelin")
    digest(world, hour=1)
    world.is_silent()
    editor(world, "eve")  # was not there until now
    digest(world, hour=2)
    assert told_digest(world) == ["eve"]
    world.crashes()
    digest(world, hour=3)
    digest(world, week="2026-W49", hour=160)  # a clock that goes back
    assert told_digest(world) == []
    ed.goes_away()
    digest(world, week="2026-W51")
    assert told_digest(world) == ["eve"]


def test_where_there_is_nothing_to_say_nothing_is_said(world: World) -> None:
    editor(world)
    digest(world)
    world.is_silent()


def test_drafts_that_wait_and_entries_to_be_looked_at_are_in_it(make_world: MakeWorld) -> None:
    old = """
id: old
phrasings: [Which compiler builds the stubdomains?]
answers: [{short: gcc}]
verified: {on: 2024-01-01, by: bob}
review_after: 1y
"""
    world = make_world(entries=(old,), editors=EDITORS)
    ed = editor(world)
    ed.tells("kb new Which linker? => The usual one.")
    world.clock.advance("2d")
    digest(world)
    privately(world, "1 draft waits for a review, the oldest for 2 d")
    privately(world, "to be looked at again: `old`")


def test_who_has_linked_accounts_is_told_once(make_world: MakeWorld) -> None:
    world = make_world(editors={"libera": ["ed"], "oftc": ["eddy"]})
    ed, eddy = editor(world), world.joins("eddy", account="eddy", network="oftc")
    for one, other in ((eddy, "link"), (ed, "link {}"), (eddy, "link {}")):
        said = re.search(r"`link ([a-z0-9-]{14})`", world.turn[-1].text if world.turn else "")
        one.tells(other.format(said[1] if said is not None else ""))
    ed.tells("kb new Which linker? => The usual one.")
    digest(world)
    assert len(told_digest(world)) == 1


def test_a_week_s_digest_is_due_from_its_moment_until_the_next_one_s(world: World) -> None:
    monday = world.clock.now.replace(hour=9, minute=0)
    assert due("mon 09:00", monday) == ("2026-W48", 0)
    assert due("mon 09:00", monday - timedelta(seconds=1)) == ("2026-W47", 167)
    assert due("sun 23:30", monday) == ("2026-W47", 9)
    assert due("mon 09:00", monday + timedelta(hours=50, minutes=59)) == ("2026-W48", 50)
    assert due("no", monday) is None
    assert week_after("2026-W53") == "2027-W01"


def test_a_text_of_a_closed_channel_is_not_told_whatever_a_gap_says(world: World) -> None:
    asks(world, "alice", OVERLAY)
    asks(world, "zoe", OTHER, TEAM)
    world.clock.advance("20d")
    learns(world)
    [gap] = world._river.reference.gaps
    wrong = (replace(gap, questions=(2,), public=(2,), texts=(OTHER,)),)
    world.reference = world._river.reference = replace(world._river.reference, gaps=wrong)
    ed = editor(world)
    for words in ("kb gaps", "kb gap 2", "kb gap 2 => Tammo signs them."):
        ed.tells(words)
        assert not [each for each in world.turn if "flugelhorn" in each.text]
    assert drafts(world) == []


def test_entries_that_many_say_are_not_it_are_in_it(world: World) -> None:
    editor(world)
    for nick in ("alice", "bert", "bert", "cleo"):
        somebody = world.joins(nick, account=nick)
        somebody.says(f"pkgdesk: {KNOWN}")
        somebody.says("not it")
        somebody.says("pkgdesk: withdraw")
        world.clock.advance("1d")
    somebody.says("pkgdesk: which python version do the tools need?")
    somebody.says("not it")
    digest(world)
    privately(world, r"said to be not it within 30 days: `system-qemu` \(3 people\); `kb show system-qemu`")
    world.clock.advance("40d")
    digest(world, week="2027-W01")
    assert not any("not it within" in each.text for each in world.turn)
