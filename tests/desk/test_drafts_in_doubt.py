"""What becomes of drafts after their question was answered: what is edited later, be it after restarts, and
what editors hear of where the base says already what is no longer so."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from test_gaps_of_the_base import digest
from world import EITHER, MAP, START, UNKNOWN, Somebody, World

from bot.desk.case import Case
from bot.desk.doubting import in_doubt
from bot.desk.events import Heard
from bot.desk.facts import Facts
from bot.desk.model import State
from knowledge.drafts import Author, Draft, DraftState, Origin
from knowledge.files import parse_entry

Make = Callable[..., World]

REMEDY = "alice: upgrade the daemon to 4.17.3, see https://docs.example.org/xenstored"


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(editors={"libera": ["edith", "erin", "bob", "carol"]}, offer_at=0.1)


@pytest.fixture
def edith(world: World) -> Somebody:
    return world.joins("edith", account="edith")


def answers(world: World) -> tuple[Somebody, Somebody, Heard, Heard]:
    """Alice confirms what bob answered. Given back: both, what she asked, and what he said."""
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    asked = alice.says(f"pkgdesk: {UNKNOWN}", message="asked")
    world.clock.advance("1m")
    replied = bob.says(REMEDY, message="replied")
    world.clock.advance("4m")
    alice.says("yes")
    return alice, bob, asked, replied


def publishes(world: World, editor: Somebody, number: int = 1) -> None:
    editor.tells(f"kb publish {number}")
    world.published(number, "1f2e3d4c")


def told_editors(world: World) -> list[str]:
    return [each.text for each in world.turn if each.venue.name == "edith"]


def short(draft: Draft) -> str:
    return parse_entry(draft.now, "draft").answers[0].short


# --- edited while it waits ---


@pytest.mark.parametrize("days", [0, 20])
def test_what_is_edited_after_a_restart_reaches_the_draft(world: World, days: int) -> None:
    alice, bob, asked, replied = answers(world)
    if days:
        world.clock.advance(f"{days}d")
    world.crashes()
    bob.edits(replied, "alice: upgrade the daemon to 4.17.4")
    assert short(world.draft(1)) == "upgrade the daemon to 4.17.4."
    world.crashes()
    alice.edits(asked, "pkgdesk: why does xenstored of 4.18.1 die?")
    assert parse_entry(world.draft(1).now, "draft").phrasings == ("why does xenstored of 4.18.1 die?",)
    assert world.draft(1).revision == 3


def test_an_answer_that_nobody_was_asked_for_reaches_it_too(world: World) -> None:
    alice, carol = world.joins("alice", account="alice"), world.joins("carol", account="carol")
    alice.says(f"pkgdesk: {UNKNOWN}")
    said = carol.says("pkgdesk: answer 1 upgrade the daemon to 4.17.3", message="carol's")
    world.clock.advance("4m")
    alice.says("yes")
    world.clock.advance("20d")
    world.crashes()
    carol.edits(said, "pkgdesk: answer 1 upgrade the daemon to 4.17.4")
    assert short(world.draft(1)) == "upgrade the daemon to 4.17.4."


def test_what_is_taken_back_weeks_later_leaves_the_draft(world: World) -> None:
    _, bob, _, replied = answers(world)
    world.clock.advance("20d")
    world.crashes()
    bob.redacts(replied)
    assert (world.draft(1).state, world.draft(1).now) == (DraftState.REJECTED, "")


def test_nobody_edits_what_somebody_else_said(world: World) -> None:
    alice, bob, asked, replied = answers(world)
    before = world.draft(1)
    world.crashes()
    alice.edits(replied, "alice: reboot")
    bob.edits(asked, "pkgdesk: why is it cold?")
    assert world.draft(1) == before


# --- edited, denied, taken back once it is published ---


def test_what_is_edited_once_it_is_published_editors_hear(world: World, edith: Somebody) -> None:
    alice, bob, asked, replied = answers(world)
    publishes(world, edith)
    before = world.draft(1)
    world.crashes()
    bob.edits(replied, "alice: upgrade the daemon to 4.17.4")
    edith.reads(
        r"`xenstored-.*`, from draft 1, is in the base, but what it was made of was edited since, "
        r"and would say now: “.* → upgrade the daemon to 4\.17\.4\.”: "
        "`kb revert 1`, or `kb edit xenstored-.* …`"
    )
    assert (world.draft(1).state, world.draft(1).now) == (DraftState.PUBLISHED, before.now)
    bob.edits(replied, "alice: upgrade the daemon to 4.17.5")
    alice.edits(asked, "pkgdesk: why does xenstored die?")
    assert told_editors(world) == []


def test_an_edit_that_changes_no_word_of_it_is_nothing(world: World, edith: Somebody) -> None:
    _, bob, _, replied = answers(world)
    publishes(world, edith)
    bob.edits(replied, f"{REMEDY} :)")
    bob.edits(replied, REMEDY)
    assert told_editors(world) == []
    assert not world.draft(1).doubt


def test_an_answer_that_is_not_it_after_all_is_told_to_editors_once(world: World, edith: Somebody) -> None:
    alice, _, _, _ = answers(world)
    publishes(world, edith)
    world.crashes()
    alice.says("pkgdesk: not it 1")
    edith.reads("is in the base, but its asker says that it was not right after all: `kb revert 1`")
    assert len(told_editors(world)) == 1
    alice.says("pkgdesk: not it 1")
    assert told_editors(world) == []
    edith.tells("kb show 1")
    edith.reads("but its asker says that it was not right after all: `kb revert 1`")


@pytest.mark.parametrize("how", ["withdrawn", "question", "answer"])
def test_so_is_what_is_taken_back(world: World, edith: Somebody, how: str) -> None:
    alice, bob, asked, replied = answers(world)
    publishes(world, edith)
    if how == "withdrawn":
        alice.says("pkgdesk: not it 1")
        alice.says("pkgdesk: withdraw 1")
    elif how == "question":
        alice.redacts(asked)
    else:
        bob.redacts(replied)
    edith.reads("is in the base, but what it was made of was taken back: `kb revert 1`")
    assert len(told_editors(world)) == 1


def test_who_says_yes_again_takes_the_doubt_away_and_nobody_hears_of_each_change(
    world: World, edith: Somebody
) -> None:
    alice, bob, _, _ = answers(world)
    publishes(world, edith)
    for _ in range(2):
        alice.says("pkgdesk: not it 1")
        assert world.draft(1).doubt
        bob.says(f"pkgdesk: answer 1 {REMEDY.removeprefix('alice: ')}")
        alice.says("pkgdesk: yes 1")
        assert not world.draft(1).doubt
    assert len([each for each in world.said if each.venue.name == "edith" and "not right" in each.text]) == 1


def test_that_it_was_taken_back_is_the_last_word(world: World, edith: Somebody) -> None:
    alice, bob, _, replied = answers(world)
    publishes(world, edith)
    bob.redacts(replied)
    alice.says("pkgdesk: not it 1")
    assert told_editors(world) == []
    assert world.draft(1).doubt == "what it was made of was taken back"


def test_what_is_in_the_base_no_more_comes_out_of_doubt_by_no_word(world: World, edith: Somebody) -> None:
    alice, bob, _, _ = answers(world)
    publishes(world, edith)
    alice.says("pkgdesk: not it 1")
    edith.tells("kb revert 1")
    world.published(1, "2a2a2a2")
    before = world.draft(1)
    bob.says(f"pkgdesk: answer 1 {REMEDY.removeprefix('alice: ')}")
    alice.says("pkgdesk: yes 1")
    assert (world.question(1).state, world.draft(1)) == (State.ANSWERED, before)


def test_the_newest_doubt_is_told_first(world: World) -> None:
    def published(number: int, at: datetime) -> Draft:
        return Draft(
            number,
            f"key {number}",
            Origin.ANSWER,
            "libera/account/bob",
            "bob",
            START,
            f"entry-{number}",
            "",
            state=DraftState.PUBLISHED,
            doubt="why",
            doubted_at=at,
        )

    drafts = {number: published(number, START + timedelta(hours=number)) for number in (2, 3, 1)}
    case = Case(START, Facts(drafts=drafts), world.reference)
    assert [draft.number for draft in in_doubt(case)] == [3, 2, 1]


@pytest.mark.parametrize("privately", [False, True])
def test_who_says_yes_to_another_answer_takes_no_doubt_away(
    world: World, edith: Somebody, privately: bool
) -> None:
    alice, bob, _, _ = answers(world)
    publishes(world, edith)
    alice.says("pkgdesk: not it 1")
    (bob.tells if privately else bob.says)(f"{'' if privately else 'pkgdesk: '}answer 1 reboot the host")
    alice.says("pkgdesk: yes 1")
    if privately:
        assert (world.draft(1).doubt, told_editors(world)) == (
            "its asker says that it was not right after all",
            [],
        )
    else:
        edith.reads("its asker says that another answer was right, and would say now: “.* → reboot the host")


def test_who_says_yes_takes_away_no_doubt_of_somebody_elses(world: World, edith: Somebody) -> None:
    alice, eve = (world.joins(nick, account=nick) for nick in ("alice", "eve"))
    for somebody, text in ((alice, EITHER), (eve, "how to build tools, no cloning?")):
        somebody.says(f"pkgdesk: {text}")
        somebody.says(world.choice("SeaBIOS"))
    publishes(world, edith)
    eve.says("pkgdesk: not it 2")
    alice.says("pkgdesk: yes 1")
    assert world.draft(1).doubt == "its asker says that it was not right after all"


def test_what_is_edited_while_it_is_published_is_in_doubt(world: World, edith: Somebody) -> None:
    _, bob, _, replied = answers(world)
    edith.tells("kb publish 1")
    bob.edits(replied, f"{REMEDY} :)")
    bob.edits(replied, "alice: reboot the host")
    world.published(1, "1f2e3d4c")
    edith.reads("draft 1 is published.*; what it was made of was edited since, meanwhile: `kb revert 1`")
    assert world.draft(1).doubt == "what it was made of was edited since"


@pytest.mark.parametrize("taken_back", [False, True])
def test_where_it_could_not_be_published_it_waits_and_says_so(
    world: World, edith: Somebody, taken_back: bool
) -> None:
    alice, bob, asked, replied = answers(world)
    edith.tells("kb publish 1")
    if taken_back:
        alice.redacts(asked)
    bob.edits(replied, "alice: reboot the host")
    if taken_back:
        alice.says("pkgdesk: not it 1")
    world.publishing_fails(1, "the checkout is not clean")
    if taken_back:
        assert (world.draft(1).state, world.draft(1).now) == (DraftState.REJECTED, "")
    else:
        edith.reads("the checkout is not clean; what it was made of was edited since")
        assert world.draft(1).state is DraftState.QUEUED


def test_of_what_was_taken_out_of_the_base_nothing_is_said(world: World, edith: Somebody) -> None:
    alice, _, _, _ = answers(world)
    publishes(world, edith)
    edith.tells("kb revert 1")
    world.published(1, "2a2a2a2")
    alice.says("pkgdesk: not it 1")
    assert told_editors(world) == []


@pytest.mark.parametrize("before", [False, True])
def test_of_what_was_taken_back_nothing_is_kept_once_it_is_reverted(
    world: World, edith: Somebody, before: bool
) -> None:
    alice, _, asked, _ = answers(world)
    publishes(world, edith)
    if before:
        alice.redacts(asked)
    edith.tells("kb revert 1")
    world.published(1, "2a2a2a2")
    edith.reads("draft 1 is taken out again.*: `xenstored-")
    if not before:
        alice.redacts(asked)
    draft = world.draft(1)
    assert (draft.state, draft.now, draft.entry) == (DraftState.REVERTED, "", "")
    edith.tells("kb show 1")
    edith.reads("draft 1")


def test_what_was_taken_back_while_it_was_published_is_in_doubt(world: World, edith: Somebody) -> None:
    alice, _, asked, _ = answers(world)
    edith.tells("kb publish 1")
    alice.redacts(asked)
    world.published(1, "1f2e3d4c")
    assert world.draft(1).doubt == "what it was made of was taken back"


@pytest.mark.parametrize("how", ["not it", "withdraw", "edited", "redacted"])
def test_a_phrasing_that_is_published_is_told_of_too(world: World, edith: Somebody, how: str) -> None:
    asked = {}
    for nick, text in (("alice", EITHER), ("eve", "how to build tools, no cloning?")):
        somebody = world.joins(nick, account=nick)
        asked[nick] = somebody.says(f"pkgdesk: {text}", message=f"by {nick}")
        somebody.says(world.choice("SeaBIOS"))
    publishes(world, edith)
    world.crashes()
    if how == "edited":
        somebody.edits(asked["eve"], "pkgdesk: how to build it without a network?")
    elif how == "redacted":
        somebody.redacts(asked["eve"])
    else:
        somebody.says(f"pkgdesk: {how} 2")
    edith.reads(
        r"`system-seabios`, from draft 1, is in the base, but .*: "
        "`kb diff 1`, then `kb phrase system-seabios -PHRASING`"
    )
    assert len(told_editors(world)) == 1


def test_who_was_not_about_finds_it_in_the_digest(world: World, edith: Somebody) -> None:
    alice, _, _, _ = answers(world)
    publishes(world, edith)
    edith.goes_away()
    alice.says("pkgdesk: not it 1")
    edith.comes_back()
    world.clock.advance("2d")
    digest(world)
    edith.reads("in the base, but in doubt: `xenstored-.*`, its asker says .*: `kb revert 1`")
    world.clock.advance("20d")
    digest(world, week="2026-W53")
    assert not [each for each in told_editors(world) if "in doubt" in each]


# --- several who answer ---


def test_all_who_gave_the_answer_are_its_authors(world: World, edith: Somebody) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: upgrade the daemon to 4.17.3")
    carol.says("pkgdesk: answer 1 and clear its database before")
    world.clock.advance("4m")
    alice.says("yes")
    draft = world.draft(1)
    assert (draft.author_name, draft.co_authors) == ("carol", (Author("libera/account/bob", "bob"),))
    for author in (bob, carol):
        author.tells("kb publish 1")
        author.reads("draft 1 is yours, or you wrote in it")
    edith.tells("kb reject 1 we say so elsewhere")
    for author in (bob, carol):
        author.reads(r"your answer to #1 was not taken into the knowledge base \(we say so elsewhere\)")


def test_who_is_in_the_map_no_more_stays_its_author(world: World) -> None:
    alice, bob, asked, _ = answers(world)
    world.reloads(map_=MAP.replace("bob", "rob"), editors={"libera": ["bob"]})
    alice.edits(asked, "pkgdesk: why does xenstored of 4.18.1 die?")
    assert (world.draft(1).revision, world.draft(1).author) == (2, "libera/account/bob")
    bob.tells("kb publish 1")
    bob.reads("draft 1 is yours, or you wrote in it")


def test_who_only_asked_back_is_none(world: World) -> None:
    alice, bob, carol = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    said = bob.says("alice: which version is that?", message="back")
    carol.says("pkgdesk: answer 1 upgrade the daemon to 4.17.3")
    world.clock.advance("4m")
    alice.says("yes")
    assert world.draft(1).co_authors == ()
    bob.edits(said, "alice: reboot the host before.")
    assert world.draft(1).co_authors == (Author("libera/account/bob", "bob"),)


def test_what_its_author_wrote_into_the_draft_stays_when_they_edit_their_answer(world: World) -> None:
    _, bob, _, replied = answers(world)
    bob.tells("kb edit 1 short Upgrade it.")
    bob.edits(replied, "alice: reboot")
    assert short(world.draft(1)) == "Upgrade it."


# --- who suggests something without an account ---


@pytest.mark.parametrize("restarted", [False, True])
def test_who_logs_in_after_a_suggestion_hears_of_it_days_later(
    world: World, edith: Somebody, restarted: bool
) -> None:
    guest = world.joins("guest")
    guest.tells("suggest How do I trace xl? => Use `xl -vvv create`.")
    guest.reads("log in before you leave to hear what becomes of it")
    if not restarted:  # a session does not outlive the connection in which it was seen
        guest.logs_in("gus")
        assert world.draft(1).author == "libera/account/gus"
    guest.quits()
    if restarted:
        world.crashes()
    world.clock.advance("2d")
    edith.tells("kb reject 1 we say so elsewhere")
    guest.returns()
    if restarted:
        guest.logs_in("gus")
        guest.reads_nothing()
    else:
        guest.reads(r"what you suggested was not taken .* \(we say so elsewhere\)")


def test_who_is_still_there_hears_at_once_without_an_account(world: World, edith: Somebody) -> None:
    guest = world.joins("guest")
    guest.says("pkgdesk: suggest How do I trace xl? => Use `xl -vvv create`.")
    edith.tells("kb reject 1 we say so elsewhere")
    guest.reads(r"what you suggested was not taken .* \(we say so elsewhere\)")
