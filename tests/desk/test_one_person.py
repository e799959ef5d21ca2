"""Accounts of one person on several networks: linked by codes from both sides, and one person then."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import DATABASE, HOME, KNOWN, MAP, TEAM, UNKNOWN, VENUES, Somebody, World

from bot.desk.codes import LENGTH, SYMBOLS, Codes, hashed
from bot.desk.facts import Concern
from bot.desk.links import MOST, Account, Links
from bot.desk.model import Failure, State
from routing.presence import Venue, Visibility

Make = Callable[..., World]

ROOM = "#xen:example.org"
SECRET = "#security:example.org"
MATRIX = (
    *VENUES,
    Venue("matrix", ROOM),
    Venue("matrix", SECRET, Visibility.MEMBERS, sealed=True),
)


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(venues=MATRIX)


def on_matrix(world: World, name: str, room: str = ROOM) -> Somebody:
    user = f"@{name}:example.org"
    return world.joins(user, account=user, channel=room, network="matrix")


def code_of(world: World) -> str:
    found = re.search(r"`link ([a-z0-9-]{14})`", world.turn[-1].text)
    assert found, world
    return found[1]


def link(one: Somebody, other: Somebody) -> None:
    """As two windows of one person do it."""
    one.tells("link")
    code = code_of(one.world)
    other.tells(f"link {code}")
    code = code_of(one.world)
    one.tells(f"link {code}")


def test_two_accounts_are_linked_by_a_code_from_each(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    alice.tells("link")
    first = alice.reads("from your other account say `link .*` to me, privately, within 15 m")
    alex.tells(f"link {code_of(world)}")
    second = alex.reads("if alice on libera is you, too, say `link .*` to me from there within 15 m")
    assert first.text != second.text
    alice.tells(f"link {code_of(world).upper().replace('-', ' ')}")
    alice.reads("done: this account and @alex:example.org on matrix are one person's now")
    alex.reads("this account and alice on libera are one person's now: .* say `unlink` at once")
    alex.tells("links")
    alex.reads("this account is linked with alice on libera[.]")


def test_they_stay_linked_across_a_crash_and_until_one_says_unlink(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    world.crashes()
    alice.tells("links")
    alice.reads("linked with @alex:example.org on matrix")
    alex.tells("unlink")
    alex.reads("no longer linked with alice on libera")
    alice.reads("@alex:example.org on matrix is no longer linked with this account")
    alice.tells("links")
    alice.reads("linked with no other")
    alice.tells("unlink")
    alice.reads("linked with no other")


def test_three_accounts_are_one_person_and_one_may_leave(world: World) -> None:
    one, two = world.joins("alice", account="alice"), on_matrix(world, "alex")
    three = world.joins("alice", account="alice", network="oftc")
    link(one, two)
    link(three, two)
    one.tells("links")
    one.reads(
        "linked with alice on oftc and @alex:example.org on matrix|@alex:example.org on matrix and alice"
    )
    two.tells("unlink")
    one.tells("links")
    one.reads("linked with alice on oftc[.]")


def test_a_wrong_an_old_a_used_and_somebody_elses_code_have_the_same_answer(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    mallory = world.joins("mallory", account="mallory")
    alice.tells("link")
    first = code_of(world)
    answers = set()
    alice.tells(f"link {first}")  # one's own
    answers.add(world.turn[-1].text)
    alex.tells(f"link {first}")
    second = code_of(world)
    mallory.tells(f"link {second}")  # for alice alone
    answers.add(world.turn[-1].text)
    mallory.tells(f"link {first}")  # used
    answers.add(world.turn[-1].text)
    mallory.tells("link aaaa-bbbb-cccc")
    answers.add(world.turn[-1].text)
    world.clock.advance("16m")
    alice.tells(f"link {second}")
    answers.add(world.turn[-1].text)
    assert len(answers) == 1
    for each in (alice, alex, mallory):
        each.tells("links")
        each.reads("linked with no other")


def test_whoever_guesses_is_stopped_and_nobody_else(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    mallory = world.joins("mallory", account="mallory")
    alice.tells("link")
    code = code_of(world)
    for _ in range(5):
        mallory.tells("link aaaa-bbbb-cccc")
        mallory.reads("no code for you")
        world.clock.advance("1m")
    mallory.tells(f"link {code}")
    mallory.reads("too many wrong codes; try again in an hour")
    alex.tells(f"link {code}")
    alex.reads("say `link ")
    world.clock.advance("1h")
    mallory.tells("link aaaa-bbbb-cccc")
    mallory.reads("no code for you")


def test_a_code_that_others_read_is_void(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    alice.tells("link")
    code = code_of(world)
    alex.says(f"pkgdesk: link {code}")
    world.desk_says("privately, please; that code counts no more", in_=ROOM, network="matrix")
    alex.tells(f"link {code}")
    alex.reads("no code for you")
    alice.says("pkgdesk: links")
    world.desk_says("say that to me privately")


def test_no_code_outlives_its_use_or_the_end_of_what_it_made(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    used = re.search(
        r"link ([a-z0-9-]{14})", next(each.text for each in reversed(world.said) if "`link" in each.text)
    )
    assert used
    alice.says("pkgdesk: unlink")
    world.desk_says("say that to me privately")
    alice.tells("link")
    fresh = code_of(world)
    alex.tells(f"link {fresh}")
    alex.reads("this account and alice on libera are one person's already")
    alice.tells("link")
    fresh = code_of(world)
    alice.tells("unlink")
    for each, code in ((alice, used[1]), (alex, fresh)):
        each.tells(f"link {code}")
        each.reads("no code for you")


def test_nobody_is_eleven(world: World) -> None:
    alice = world.joins("alice", account="alice")
    for number in range(MOST - 1):
        link(on_matrix(world, f"alice-{number}"), alice)
        world.clock.advance("1m")
    more = on_matrix(world, "one-more")
    more.tells("link")
    alice.tells(f"link {code_of(world)}")
    alice.reads(f"one person has at most {MOST} accounts")
    more.tells("links")
    more.reads("linked with no other")


def test_only_accounts_are_linked(world: World) -> None:
    guest, ghost = world.joins("guest"), world.joins("@irc_bob:example.org", network="matrix", channel=ROOM)
    alice = world.joins("alice", account="alice")
    alice.tells("link")
    code = code_of(world)
    for each in (guest, ghost):
        for said in ("link", f"link {code}", "links", "unlink"):
            world.clock.advance("2m")
            each.tells(said)
            each.reads("only accounts can be linked")


def test_no_code_is_kept(world: World, tmp_path: Path) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    alice.tells("link")
    first = code_of(world)
    alex.tells(f"link {first}")
    second = code_of(world)
    (kept,) = tmp_path.rglob(DATABASE)
    with sqlite3.connect(kept) as database:
        dumped = "\n".join(database.iterdump())
    assert hashed(second) in dumped
    for code in (first, second):
        assert code not in dumped
        assert code.replace("-", "") not in dumped


def test_a_question_that_begins_with_the_word_is_none_the_less_one(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.tells("link against a static xenstore library fails when my guest starts, what is wrong?")
    assert world.exists(1)


# --- what a link means ------------------------------------------------------------------------------------


def test_rights_follow_the_person(make_world: Make) -> None:
    world = make_world(
        venues=MATRIX, editors={"libera": ["alice"]}, operators={"matrix": ["@op:example.org"]}
    )
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    alex.tells("open")
    alex.reads("I know no `open`")
    link(alice, alex)
    alex.tells("open")
    alex.reads("no question is open")
    alex.tells("unlink")
    alex.tells("open")
    assert "no question" not in " ".join(each.text for each in world.turn)


def test_a_person_of_the_map_is_pinged_where_they_linked_an_account_and_answers_there(world: World) -> None:
    bob, there = world.joins("bob", account="bob"), on_matrix(world, "builder")
    link(bob, there)
    bob.quits()
    world.clock.advance("1m")
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    there.is_pinged("#1", "XENSTORE")
    there.says("restart the daemon first")
    world.desk_says("restart the daemon first", to="alice")
    there.says("done")
    world.desk_says("was that it", to="alice")


def test_one_asker_on_either_side(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    alice.says(f"pkgdesk: {UNKNOWN}")
    alex.tells("mine")
    alex.reads("#1 .*xenstored")
    alex.says("pkgdesk: #1: it is Xen 4.19")
    assert "4.19" in world.question(1).text
    alex.tells("withdraw")
    alex.reads("#1")
    assert world.question(1).state is State.WITHDRAWN


def test_a_prompt_may_be_answered_privately_on_the_other_side_and_is_closed_on_both(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="alice")
    alex.tells("yes")
    alex.reads("#1")
    assert world.question(1).state is State.ANSWERED
    world.clock.advance("2m")
    facts = world.facts(Concern(speaker_keys=("libera/account/alice",)))
    assert not facts.prompts


def test_one_person_has_one_vote(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    for each in (alice, alex):
        each.says(f"pkgdesk: {KNOWN}")
        each.says("yes")
    assert len(world.votes()) == 2
    link(alice, alex)
    assert len(world.votes()) == 1


def test_what_one_side_forgets_the_other_forgets_too(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    alex.tells("my xen 4.17")
    link(alice, alex)
    alice.tells("my")
    alice.reads("4[.]17")
    alice.tells("forget xen")
    for each in (alice, alex):
        each.tells("my")
        each.reads("I know nothing of you")
    asked = alex.says(f"pkgdesk: {KNOWN}", message="$asked")
    alice.tells("yes 1")
    assert world.votes()
    alex.redacts(asked)
    assert not world.votes()


def test_who_left_is_told_on_the_other_network(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    bob = world.joins("bob", account="bob")
    link(alice, alex)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    alice.quits()
    bob.says("start xenstored before the guest")
    alex.reads("bob .*start xenstored before the guest")
    bob.says("done")
    alex.reads("was that it")
    alex.tells("yes")
    assert world.question(1).state is State.ANSWERED


def test_nobody_else_learns_under_which_other_name_an_asker_is_told(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    bob = world.joins("bob", account="bob")
    link(alice, alex)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    alice.quits()
    bob.tells("answer 1 restart it with -N")
    alex.reads("bob on #1: restart it with -N")
    bob.reads("passed on to alice[.]")


def test_who_comes_back_on_the_other_network_is_told_there(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    bob = world.joins("bob", account="bob")
    link(alice, alex)
    alex.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    alex.quits()
    alice.quits()
    bob.tells("start xenstored before the guest")
    bob.tells("done")
    assert world.question(1).state is State.KEPT
    alice.returns()
    alice.reads("bob answered #1 .*start xenstored")


def test_a_code_that_is_none_any_more_is_not_shown(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.pauses()
    alice.tells("link")
    world.clock.advance("16m")
    world.resumes()
    world.is_silent()


# --- what is encrypted ------------------------------------------------------------------------------------


def test_nothing_of_an_encrypted_room_reaches_irc(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex", SECRET)
    link(alice, alex)
    bob = world.joins("bob", account="bob")
    alex.says(f"pkgdesk: {UNKNOWN} swordfish", in_=SECRET)
    world.clock.advance("1h")
    bob.is_not_pinged()
    for said in ("mine", "status 1", "why 1", "missed", "more", "more 1"):
        alice.tells(said)
    assert not [each for each in world.said if each.venue.network == "libera" and "swordfish" in each.text]


@pytest.mark.parametrize("word", ["mine", "status 1", "not it 1", "yes 1", "missed", "why 1"])
def test_nothing_of_an_encrypted_conversation_is_told_in_another_with_the_same_person(
    world: World, word: str
) -> None:
    alex = on_matrix(world, "alex", SECRET)
    alex.tells(f"{UNKNOWN} swordfish", sealed=True)
    world.clock.advance("1m")
    alex.tells(word)
    assert not [each for each in world.said if "swordfish" in each.text and not each.venue.sealed]
    alex.tells("mine", sealed=True)
    alex.reads("swordfish")


def test_an_encrypted_answer_stays_so_until_it_is_shared(world: World) -> None:
    bob, there = world.joins("bob", account="bob"), on_matrix(world, "builder")
    alice = world.joins("alice", account="alice")
    link(bob, there)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    there.tells("answer 1 the workaround is swordfish", sealed=True)
    there.reads("what you said here about #1 stays here: this is encrypted")
    assert not [each for each in world.said if "swordfish" in each.text]
    alice.says("pkgdesk: missed")
    assert not [each for each in world.said if "swordfish" in each.text]
    there.tells("share 1", sealed=True)
    assert [each for each in world.said if "swordfish" in each.text and each.venue.name == HOME]


@pytest.mark.parametrize(
    ("asked", "closer"),
    [
        (KNOWN, "#1: it also says swordfish"),
        (KNOWN, "not it, our builders have swordfish"),
        (UNKNOWN, "no, that gives swordfish"),
    ],
)
def test_what_is_said_encrypted_adds_nothing_to_a_question_that_more_can_read(
    world: World, asked: str, closer: str
) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex", SECRET)
    link(alice, alex)
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {asked}")
    world.clock.advance("30s")
    if asked is UNKNOWN:
        for words in ("restart it with -N", "done"):
            bob.says(words)
    alex.tells(closer, sealed=True)
    assert world.turn
    world.clock.advance("1h")
    assert "swordfish" not in world.question(1).text
    assert not [each for each in world.said if "swordfish" in each.text and not each.venue.sealed]


def test_an_encrypted_answer_that_may_be_lost_is_not_kept_with_a_question_that_more_can_read(
    world: World,
) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    bob, there = world.joins("bob", account="bob"), on_matrix(world, "builder")
    link(bob, there)
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    world.failing = lambda line, going: Failure.UNCONFIRMED if going.venue.sealed else None
    there.tells("answer 1 the workaround is swordfish", sealed=True)
    assert [each for each in world.transcript if "not delivered (unconfirmed)" in str(each)]
    assert "swordfish" not in world.question(1).unsaid


def test_what_may_be_lost_of_a_private_answer_is_said_privately_though_it_was_not_it(world: World) -> None:
    alice, alex = world.joins("alice", account="alice"), on_matrix(world, "alex")
    link(alice, alex)
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    world.failing = lambda line, going: Failure.UNCONFIRMED if "swordfish" in line.text else None
    bob.tells("answer 1 the workaround is swordfish")
    alex.tells("not it 1")
    world.failing = lambda line, going: None
    alice.says("hmm")
    assert [each.venue.private for each in world.turn if "swordfish" in each.text] == [True]


def test_the_one_who_is_pinged_about_an_encrypted_question_is_pinged_encrypted(make_world: Make) -> None:
    map_ = MAP.replace("{libera: bob}", '{libera: bob, matrix: "@bob:example.org"}')
    world = make_world(venues=MATRIX, map_=map_)
    bob = on_matrix(world, "bob", SECRET)
    world.joins("bob", account="bob", channel=[HOME, TEAM])
    alice = on_matrix(world, "alice", SECRET)
    world.clock.advance("1m")
    alice.tells(f"{UNKNOWN} swordfish", sealed=True)
    world.clock.advance("30s")
    ping = bob.is_pinged("swordfish", privately=True)
    assert ping.venue.sealed
    bob.tells("restart it", sealed=True)
    told = alice.reads("restart it")
    assert told.venue.sealed


# --- the values -------------------------------------------------------------------------------------------


def test_codes_are_long_enough_and_easy_to_type() -> None:
    assert len(set(SYMBOLS)) ** LENGTH >= 2**50
    assert not set(SYMBOLS) & set("ilo01ILO")
    codes = Codes(b"a key", iter("0123456789abcdef" * 16).__next__)
    drawn = codes.draw()
    assert codes.shown(f"say {drawn.mark}!") == f"say {drawn.mark}!"  # no nonce of sixteen digits
    whole = Codes(b"a key", lambda: "0123456789abcdef").draw()
    shown = codes.shown(whole.mark)
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", shown)
    assert hashed(shown.upper().replace("-", " ")) == whole.hash
    assert Codes(b"another", lambda: "0123456789abcdef").draw().hash != whole.hash


ACCOUNTS = [
    Account("libera", "a"),
    Account("libera", "b"),
    Account("matrix", "@a:x.org"),
    Account("oftc", "a"),
]


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from([None, *ACCOUNTS])), max_size=12))
def test_links_are_groups_whatever_happens(deeds: list[tuple[Account, Account | None]]) -> None:
    links = Links()
    groups = {account: {account} for account in ACCOUNTS}
    for one, other in deeds:
        if other is None:
            links = links.unlinked(one)
            for account in ACCOUNTS:
                groups[account] = groups[account] - {one} if account != one else {one}
        else:
            links = links.linked(one, other)
            joined = groups[one] | groups[other]
            for account in joined:
                groups[account] = joined
    for account in ACCOUNTS:
        assert set(links.of(account)) == groups[account]
        assert account not in links.beside(account)
