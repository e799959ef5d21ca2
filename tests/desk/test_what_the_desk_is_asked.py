"""help, who owns, why, status, mine, missed, withdraw: what anybody may ask, and what of it they may see."""

import re
from collections.abc import Callable

import pytest
from world import HOME, KNOWN, LOST, OTHER, TEAM, UNKNOWN, World

from bot.desk.commands import COMMANDS
from bot.desk.kb_commands import within_kb
from bot.desk.model import Role, State
from bot.desk.rows import Command

Make = Callable[..., World]


@pytest.mark.parametrize(
    "line", ["pkgdesk: help", "!help", "pkgdesk: help me", "pkgdesk: commands", "pkgdesk, help?"]
)
def test_help_lists_what_one_may_do(world: World, line: str) -> None:
    world.joins("alice").says(line)
    shown = " ".join(each.text for each in world.turn)
    for command in COMMANDS.values():
        assert (f"`{command.usage}`" in shown) is (command.role is Role.ANYBODY), command.path
    assert len(world.turn) <= 2


@pytest.mark.parametrize(
    ("nick", "role"), [("bob", Role.RESPONDER), ("ed", Role.EDITOR), ("op", Role.OPERATOR)]
)
def test_help_lists_to_everybody_what_they_may_do(make_world: Make, nick: str, role: Role) -> None:
    world = make_world(editors={"libera": ["ed"]}, operators={"libera": ["op"]})
    world.joins(nick, account=nick).tells("help")
    shown = " ".join(each.text for each in world.turn)
    for command in COMMANDS.values():
        listed = command.role <= role and not within_kb(command.path)
        assert (f"`{command.usage}`" in shown) is listed, command.path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=lambda command: command.path)
def test_help_explains_each_command_to_those_who_have_it(make_world: Make, command: Command) -> None:
    world = make_world(operators={"libera": ["root"]})
    alice, root = world.joins("alice"), world.joins("root", account="root")
    root.says(f"pkgdesk: help {command.path}")
    world.desk_says(re.escape(f"usage: {command.usage} — {command.meaning}"), to="root")
    alice.says(f"pkgdesk: help {command.path}")
    if command.role is Role.ANYBODY:
        world.desk_says("usage: ", to="alice")
    else:
        world.desk_says(f"I know no `{command.path}`; `help` lists what I know", to="alice")


def test_help_with_a_word_of_ones_own_is_no_command(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: help frobnicate")
    world.desk_says("I know no `frobnicate`; `help` lists what I know")
    alice.says("pkgdesk: help, how do I build the tools without cloning QEMU?")
    world.desk_says("--with-system-qemu")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("tools/xenstored/core.c", "XENSTORE: Bob Builder, Carol Example"),
        ("xenstored", "XENSTORE: Bob Builder, Carol Example"),
        ("XENSTORE", "XENSTORE: Bob Builder, Carol Example"),
        ("docs/some/file.txt", "THE REST: Dave Example"),
        ("cheese", "nobody that I know of owns “cheese”"),
    ],
)
def test_who_owns_names_section_people_and_reason(world: World, asked: str, answer: str) -> None:
    world.joins("alice").says(f"pkgdesk: who owns {asked}?")
    world.desk_says(answer, to="alice")
    assert not world.exists(1)


def test_why_explains_ones_newest_question_or_the_one_named(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    alice.says("pkgdesk: why?")
    world.desk_says(
        r"#1: a developer was asked; it .*: nothing in the base is near .*XENSTORE: 0.60 .*bob is asked",
        to="alice",
    )
    bob.says("pkgdesk: why")
    world.desk_says("#1: ", to="bob")
    world.joins("erin").says("!why 1")
    world.desk_says("#1: ", to="erin")
    world.joins("frank").says("pkgdesk: why")
    world.desk_says("#1: ", to="frank")


def test_why_about_nothing_says_so(world: World) -> None:
    world.joins("alice").tells("why")
    assert world.turn[0].text == "there is nothing that I could explain here."


def test_status_of_the_desk_and_of_a_question(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("pkgdesk: status")
    world.desk_says(r"pkgdesk \S+: 1 question live \(1 told\), 0 ended; 4 entries, 3 sections", to="alice")
    alice.says("pkgdesk: status 1")
    world.desk_says(r"#1 “how do I build the tools.*”: answered from the base, not confirmed", to="alice")
    alice.says("!status #99")
    world.desk_says("I know no #99", to="alice")


def test_status_follows_a_question_through_its_life(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")

    def stands() -> str:
        world.clock.advance("10s")
        alice.tells("status 1")
        return world.turn[-1].text

    alice.says(f"pkgdesk: {UNKNOWN}")
    assert "I look for somebody who knows; next step by 2026-11-23 10:01 UTC" in stands()
    world.clock.advance("30s")
    assert "a developer was asked; it goes further at 2026-11-23 10:31 UTC" in stands()
    bob.says("restart the daemon")
    assert "bob is on it" in stands()
    bob.says("done")
    assert "answered, not confirmed" in stands()
    alice.says("no")
    world.clock.advance("1h")
    assert "handed over to xenstore@lists.example.org" in stands()
    alice.says("pkgdesk: withdraw 1")
    world.desk_says("#1 “xenstored.*”: handed over", to="alice")


def test_mine_lists_what_is_open_and_what_waits_for_me(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says("pkgdesk: mine")
    world.desk_says("you have asked nothing that is still open", to="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    alice.says("pkgdesk: mine")
    world.desk_says("#1 “xenstored .*”: a developer was asked", to="alice")
    bob.tells("mine")
    bob.reads("#1 waits for you: alice asks “xenstored")


def test_mine_says_a_few_lines_in_the_channel_and_the_rest_privately(world: World) -> None:
    alice = world.joins("alice", account="alice")
    for thing in ("frobs", "quuxes", "wibbles", "wobbles", "zorks"):
        world.clock.advance("2m")
        alice.says(f"pkgdesk: who can tell me all about {thing} in chroots?")
    alice.says("pkgdesk: mine")
    assert len([each for each in world.turn if each.venue.name == HOME]) == 4
    world.desk_says("and 2 more, by private message", to="alice")
    assert len([each for each in world.turn if each.venue.private]) == 2


def test_missed_tells_answers_and_pings_that_nobody_dealt_with(world: World) -> None:
    alice, bob, _ = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("31m")
    bob.tells("missed")
    bob.reads("#1 went further, and is still open: alice asks “xenstored")
    world.clock.advance("40m")
    bob.tells("missed")
    bob.reads("#1 went to the list; you may still answer it: alice asks “xenstored")
    bob.tells("answer 1 restart the daemon")
    bob.tells("what did I miss?")
    bob.reads("you missed nothing")
    alice.says("pkgdesk: missed")
    alice.reads("bob answered #1 “xenstored .*”: restart the daemon")
    assert "restart" not in " ".join(each.text for each in world.turn if not each.venue.private)


def test_what_was_confirmed_was_not_missed_and_what_nobody_objected_to_may_have_been(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    for number in (1, 2):
        world.clock.advance("1m")
        alice.says(f"pkgdesk: {UNKNOWN} {number}")
        world.clock.advance("1m")
        bob.says("restart the daemon")
        bob.says("done")
        if number == 1:
            alice.says("yes")
    alice.says("pkgdesk: missed")
    (told,) = world.turn
    assert "bob answered #2" in told.text
    world.clock.advance("2d")
    alice.says("pkgdesk: missed")
    assert "bob answered #2" in world.turn[0].text


def test_missed_tells_of_questions_that_ended_without_an_answer(world: World) -> None:
    alice, _ = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    world.clock.advance("3h")
    assert world.question(1).state is State.HANDED_OVER
    alice.says("pkgdesk: missed")
    alice.reads("^#1 “xenstored.*”: handed over to xenstore@lists.example.org[.]$")
    assert "xenstored" not in " ".join(each.text for each in world.turn if not each.venue.private)
    world.clock.advance("4d")
    alice.says("pkgdesk: missed")
    world.desk_says("you missed nothing", to="alice")


def test_without_an_account_nobody_is_known_again(world: World) -> None:
    alice = world.joins("alice")
    alice.says("pkgdesk: missed")
    world.desk_says("I find nothing: without an account I cannot know you again", to="alice")


# --- withdraw --------------------------------------------------------------------------------------------


def test_withdraw_takes_ones_newest_question_back_or_the_one_named(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("2m")
    alice.says(f"pkgdesk: {OTHER}")
    alice.says("pkgdesk: withdraw")
    world.desk_says("#2 is withdrawn", to="alice")
    alice.says("!withdraw 1")
    world.desk_says("#1 is withdrawn", to="alice")
    alice.says("pkgdesk: withdraw")
    world.desk_says("you have asked nothing that is still open", to="alice")
    world.clock.advance("2d")
    world.is_silent()


def test_others_cannot_withdraw(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    alice.says(f"pkgdesk: {UNKNOWN}")
    bob.says("pkgdesk: withdraw 1")
    world.desk_says("^bob: I know no #1.$")
    assert world.question(1).state is State.OPEN


def test_an_operator_withdraws_anything(make_world: Callable[..., World]) -> None:
    world = make_world(operators={"libera": ["Root"]})
    alice, root = world.joins("alice", account="alice"), world.joins("root", account="root")
    fake = world.joins("Root_", account="root2", network="oftc")
    alice.says(f"pkgdesk: {UNKNOWN}")
    fake.says("pkgdesk: withdraw 1")
    world.desk_says("I know no #1", network="oftc")
    root.says("pkgdesk: withdraw 1")
    world.desk_says("#1 is withdrawn", to="root")
    assert world.question(1).outcome == "withdrawn by an operator"


# --- what one may see ------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["private", "members"])
@pytest.mark.parametrize("word", ["status", "why", "withdraw", "1", "not it", "more", "answer", "ack"])
def test_a_question_that_one_may_not_see_does_not_exist(world: World, word: str, closed: str) -> None:
    alice = world.joins("alice", account="alice", channel=[HOME, TEAM])
    erin, trudy = world.joins("erin", account="erin"), world.joins("trudy", account="trudy")
    if closed == "private":
        alice.tells(UNKNOWN)
    else:
        alice.says(f"pkgdesk: {UNKNOWN}", in_=TEAM)
    rest = " it is so" if word == "answer" else ""
    for somebody in (erin, trudy):
        for tell in (somebody.tells, lambda text, who=somebody: who.says(f"pkgdesk: {text}")):
            heard = []
            for number in (1, 77):
                world.clock.advance("2m")
                tell(f"{word} {number}{rest}")
                heard.append([(each.venue, each.text.replace("77", "1")) for each in world.turn])
            assert heard[0] == heard[1]


def test_a_private_question_is_shown_to_its_asker_and_to_who_was_pinged(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    world.clock.advance("1m")
    bob.tells("status 1")
    bob.reads("#1 “xenstored")
    alice.tells("why")
    alice.reads("bob is asked")
    alice.says("pkgdesk: mine")
    world.desk_says("you have asked nothing that is still open", to="alice")
    bob.says("pkgdesk: status 1")
    world.desk_says("I know no #1", to="bob")
    bob.says("pkgdesk: mine")
    assert "xenstored" not in str([each.text for each in world.turn])


def test_a_members_question_is_shown_among_members(world: World) -> None:
    alice, erin = (world.joins(nick, account=nick, channel=[TEAM, HOME]) for nick in ("alice", "erin"))
    alice.says(f"pkgdesk: {LOST}", in_=TEAM)
    erin.says("pkgdesk: status 1", in_=TEAM)
    world.desk_says("#1 “frob", in_=TEAM, to="erin")
    erin.says("pkgdesk: status 1", in_=HOME)
    world.desk_says("I know no #1", in_=HOME, to="erin")


@pytest.mark.parametrize(
    "word", ["yes #1", "not it #1", "2 #1", "more #1", "#1: also", "withdraw 1", "status 1", "why 1"]
)
def test_ones_own_private_question_is_not_told_about_in_public(world: World, word: str) -> None:
    alice = world.joins("alice", account="alice")
    alice.tells(UNKNOWN)
    if word == "withdraw 1":
        alice.tells("withdraw")
    world.clock.advance("2m")
    for line in (word, f"pkgdesk: {word}"):
        alice.says(line)
        assert "xenstored" not in str([each.text for each in world.turn if not each.venue.private])
