"""Answers that depend on a version or the like: asked for, said, remembered, forgotten."""

from collections.abc import Callable

import pytest
from world import BASE, EITHER, UNKNOWN, Somebody, World

from bot.desk.model import State

Make = Callable[..., World]

PYTHON = "which python version do the tools need?"
NEWER, OLDER = "Python 3.6 or newer. · for xen ≥ 4.19", "Python 2.6 or newer. · for xen < 4.19"
ASKS = "else say which xen is yours"
START = """
id: guest-start
title: Starting a guest
phrasings:
  - How do I start a guest from its configuration file?
answers:
  - applies: {toolstack: xl}
    short: "`xl create FILE` starts it."
  - applies: {toolstack: libvirt}
    short: "`virsh create FILE` starts it."
"""
PACKAGES = """
id: packages
phrasings:
  - What are the packages called that hold the hypervisor binary?
answers:
  - applies: {distribution: mageia, xen: ">=4.17"}
    short: It is in xen-hypervisor.
"""

FROB = """
id: frob
phrasings:
  - How do I switch frobnication on for the tools?
answers:
  - short: Set FROB=1.
    text: It is read by configure.
  - applies: {xen: ">=4.19"}
    short: Use --enable-frob; FROB is gone.
"""


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(entries=(*BASE, START, PACKAGES, FROB))


@pytest.fixture
def alice(world: World) -> Somebody:
    alice = world.joins("alice", account="alice")
    world.joins("carol", account="carol")
    return alice


def silent(world: World) -> None:
    assert not world.turn, str(world)


# --- asked for, and said ---


def test_the_newest_is_told_with_its_range_and_the_version_is_asked_for(
    world: World, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    world.desk_says(f"{NEWER}; {ASKS}", to="alice")


@pytest.mark.parametrize(
    "reply",
    ["4.17", "i'm on 4.17", "4.17.2-3.mga9", "xen 4.17, sorry", "pkgdesk: 4.17", "it's RELEASE-4.17.0 here"],
)
def test_a_reply_brings_the_variant_that_holds(world: World, alice: Somebody, reply: str) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says(reply)
    world.desk_says(OLDER, to="alice")
    assert world.question(1).state is State.TOLD
    assert not world.exists(2)


@pytest.mark.parametrize("reply", ["4.19", "we have 4.20-rc1", "hypervisor 4.21-unstable"])
def test_where_what_was_told_holds_that_is_said(world: World, alice: Somebody, reply: str) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says(reply)
    world.desk_says(r"#1: what I told you holds for xen 4\.", to="alice")
    assert len(world.turn) == 1
    assert world.question(1).state is State.TOLD
    alice.says("thanks")
    assert world.question(1).state is State.ANSWERED


def test_what_is_for_all_else_is_told_as_such(world: World, alice: Somebody) -> None:
    alice.says("pkgdesk: how do I switch frobnication on for the tools?")
    world.desk_says(f"Use --enable-frob; FROB is gone. · for xen ≥ 4.19; {ASKS}", to="alice")
    alice.says("not 4.19 but 4.17")
    told = world.desk_says("Set FROB=1. · for other than xen ≥ 4.19 ·", to="alice")
    assert "say which" not in told.text
    alice.says("more")
    world.desk_says("It is read by configure", to="alice")


def test_a_choice_is_said_by_any_of_its_names(world: World, alice: Somebody) -> None:
    for number, (reply, answer) in enumerate([("virsh", "virsh create"), ("libvirt", "virsh create")], 1):
        alice.says("pkgdesk: how do I start a guest from its configuration file?")
        world.desk_says("xl create FILE.* for xl; else say which toolstack is yours", to="alice")
        alice.says(reply)
        world.desk_says(f"#{number}|{answer}", to="alice")
        alice.says("yes")
    alice.says("pkgdesk: how do I start a guest from its configuration file?")
    alice.says("xl")
    world.desk_says("what I told you holds for toolstack xl", to="alice")


def test_what_was_said_can_be_corrected(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    for reply, answer in [("4.17", OLDER), ("no, wait: 4.19", NEWER), ("4.18", OLDER)]:
        alice.says(reply)
        world.desk_says(answer, to="alice")


def test_no_with_a_version_brings_its_variant_and_else_goes_to_a_person(
    world: World, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says("no, i'm on 4.17")
    world.desk_says(OLDER, to="alice")
    alice.says("no, 4.16 wants another one")
    assert world.question(1).state is State.OPEN
    assert "4.16 wants another one" in world.question(1).text


def test_it_is_not_remembered_of_the_asker(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says("4.17")
    alice.says("yes")
    alice.says(f"pkgdesk: {PYTHON}")
    world.desk_says(f"{NEWER}; {ASKS}", to="alice")
    alice.tells("my")
    alice.reads("I know nothing of you")


def test_where_there_is_no_variant_for_it_a_person_is_found(world: World, alice: Somebody) -> None:
    alice.says("pkgdesk: what are the packages called that hold the hypervisor binary?")
    world.desk_says("It is in xen-hypervisor", to="alice")
    alice.says("pkgdesk: debian")
    world.desk_says(
        "#1: what I told you is for mageia, xen ≥ 4.17; I have nothing for distribution debian", to="alice"
    )
    assert world.question(1).state is State.OPEN
    assert "debian" in world.question(1).text


@pytest.mark.parametrize(
    "line", ["gcc 12.2 here", "carol: 4.17", "anybody on 4.17 who has tried all of that by now?"]
)
def test_what_is_said_of_other_things_or_to_others_is_no_reply(
    world: World, alice: Somebody, line: str
) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says(line)
    silent(world)


def test_what_changes_nothing_is_chatter_unless_it_was_asked_for(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {PYTHON[:-1]} of xen 4.17?")
    world.desk_says(OLDER, to="alice")
    alice.says("i try 4.16 next")
    silent(world)
    alice.says("pkgdesk: 4.16")
    world.desk_says("what I told you holds for xen 4.16", to="alice")


def test_two_versions_are_told_what_holds_for_both(world: World, alice: Somebody) -> None:
    alice.says("pkgdesk: which python version do the tools need to upgrade from 4.16 to 4.17?")
    world.desk_says(OLDER, to="alice")
    assert all(ASKS not in each.text for each in world.turn)


def test_where_two_versions_differ_the_newest_is_told_and_it_is_asked(world: World, alice: Somebody) -> None:
    alice.says("pkgdesk: which python version do the tools need to upgrade from 4.17 to 4.19?")
    world.desk_says(f"{NEWER}; {ASKS}", to="alice")
    alice.says("4.17")
    world.desk_says(OLDER, to="alice")


# --- remembered ---


def test_what_was_told_before_chooses_the_variant(world: World, alice: Somebody) -> None:
    alice.says("pkgdesk: my xen 4.17")
    world.desk_says("I remember that your xen is 4.17; `forget xen` takes it back", to="alice")
    alice.says(f"pkgdesk: {PYTHON}")
    world.desk_says(OLDER, to="alice")
    assert all(ASKS not in each.text for each in world.turn)


def test_the_question_goes_before_what_was_told(world: World, alice: Somebody) -> None:
    alice.says("!my xen 4.17")
    alice.says(f"pkgdesk: {PYTHON[:-1]} of 4.20?")
    world.desk_says(NEWER, to="alice")


def test_it_outlasts_a_crash_and_is_the_accounts_under_any_nick(world: World, alice: Somebody) -> None:
    alice.tells("my xen 4.17")
    world.crashes()
    alice.renames("al")
    alice.says(f"pkgdesk: {PYTHON}")
    world.desk_says(OLDER, to="al")
    thief = world.joins("alice", account="mallory")
    thief.says(f"pkgdesk: {PYTHON}")
    world.desk_says(NEWER, to="alice")
    thief.tells("my")
    thief.reads("I know nothing of you; `my xen …` tells me")


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("my xen 4.17", "xen 4.17"),
        ("my xen is 4.17.2-3.mga9.", "xen 4.17.2"),
        ("my hypervisor: 4.17", "xen 4.17"),
        ("My XEN version is RELEASE-4.17.0", "xen 4.17.0"),
        ("my distribution mageia 9", "distribution mageia"),
        ("my distribution is mga9", "distribution mageia"),
        ("my toolstack virsh", "toolstack libvirt"),
    ],
)
def test_it_may_be_told_in_several_ways(world: World, alice: Somebody, line: str, known: str) -> None:
    alice.tells(line)
    alice.reads("I remember that your ")
    alice.tells("my")
    alice.reads(f"of you I know: {known}. `forget` takes it back")


def test_several_things_are_remembered_and_forgotten_one_by_one_or_at_once(
    world: World, alice: Somebody
) -> None:
    for line in ("my xen 4.17", "my distribution mageia", "my toolstack xl", "my xen 4.18"):
        alice.tells(line)
    world.clock.advance("1m")  # so that nobody floods
    alice.tells("my")
    alice.reads("distribution mageia, toolstack xl, xen 4.18")
    alice.tells("forget my toolstack")
    alice.reads("I have forgotten your toolstack xl")
    alice.tells("forget toolstack")
    alice.reads("I remember nothing of that")
    world.clock.advance("1m")
    alice.tells("forget")
    alice.reads("I have forgotten your distribution mageia, xen 4.18")
    alice.tells("forget all")
    alice.reads("I remember nothing of that")
    alice.says(f"pkgdesk: {PYTHON}")
    world.desk_says(f"{NEWER}; {ASKS}", to="alice")


def test_telling_it_for_good_answers_what_was_asked_too(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says("pkgdesk: my xen is 4.17")
    world.desk_says("I remember that your xen is 4.17", to="alice")
    world.desk_says(OLDER, to="alice")


def test_said_to_nobody_it_is_a_reply_and_not_remembered(world: World, alice: Somebody) -> None:
    alice.says("my xen is 4.17")
    silent(world)
    alice.says(f"pkgdesk: {PYTHON}")
    alice.says("my xen is 4.17")
    world.desk_says(OLDER, to="alice")
    alice.tells("my")
    alice.reads("I know nothing of you")


def test_a_nick_proves_nothing_so_nothing_is_remembered(world: World) -> None:
    zoe = world.joins("zoe")
    zoe.says(f"pkgdesk: {PYTHON}")
    zoe.says("pkgdesk: my xen 4.17")
    world.desk_says("I remember that for accounts only: log in first", to="zoe")
    world.desk_says(OLDER, to="zoe")
    zoe.says("yes")
    zoe.says(f"pkgdesk: {PYTHON}")
    world.desk_says(f"{NEWER}; {ASKS}", to="zoe")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("my xen 4.x.y", "“4.x.y” is no xen that I know; it is a version like 4.17.2"),
        ("my xen abc", r"I can remember: xen \(a version\), toolstack \(xl, libvirt\)"),
        ("my foo 3", r"I can remember: xen \(a version\), toolstack"),
        ("my foo", "distribution \\(mageia, debian\\)"),
        ("my xen", "I do not know your xen; `my xen …` tells me"),
        ("my distribution gentoo", "“gentoo” is no distribution that I know; it is one of mageia, debian"),
    ],
)
def test_a_value_that_there_is_not_is_told_of(world: World, alice: Somebody, line: str, said: str) -> None:
    alice.tells(line)
    alice.reads(said)
    assert not world.exists(1)


def test_why_says_what_the_variant_was_chosen_for(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {PYTHON[:-1]} of 4.17?")
    alice.says("pkgdesk: why 1")
    world.desk_says("told python-version: for xen < 4.19; the question says xen 4.17")


def test_why_does_not_say_what_was_told_of_oneself_or_elsewhere(world: World, alice: Somebody) -> None:
    alice.tells("my xen 4.17")
    alice.tells(PYTHON)
    alice.says(f"pkgdesk: {PYTHON} please")
    world.joins("mallory").says("pkgdesk: why 2")
    assert all("4.17" not in each.text for each in world.turn)


def test_one_facet_is_told_alone(world: World, alice: Somebody) -> None:
    alice.tells("my xen 4.17")
    alice.tells("my toolstack xl")
    alice.tells("my xen")
    alice.reads("^your xen is 4.17, as you told me; `forget xen` takes it back.$")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("I use xen 4.17", "`my xen 4.17`"),
        ("i'm on 4.17.2.", "`my xen 4.17.2`"),
        (
            "we run Xen 4.17 with xl on mageia 9",
            "`my xen 4.17` and `my toolstack xl` and `my distribution mageia`",
        ),
    ],
)
def test_who_only_says_what_they_have_is_asked_whether_to_remember_it(
    world: World, alice: Somebody, line: str, words: str
) -> None:
    alice.says(f"pkgdesk: {line}")
    world.desk_says(rf"shall I remember that\? {words}", to="alice")
    assert not world.exists(1)


@pytest.mark.parametrize(
    "line",
    [
        "I use xen 4.17 and xenstored exits with EINVAL",
        "my xen 4.17 does not start any guest and xenstored is silent",
        "my build of xenstored fails with an error in the makefile",
        "my toolstack libvirt crashes when xenstored restarts",
        "forget the daemon, how do I restart xenstored by hand?",
    ],
)
def test_a_question_that_begins_like_the_command_is_a_question(
    world: World, alice: Somebody, line: str
) -> None:
    alice.says(f"pkgdesk: {line}")
    assert world.question(1).text == line
    alice.tells("my")
    alice.reads("I know nothing of you")


def test_what_goes_on_with_a_question_is_no_command(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.says("my xen is 4.17")
    assert world.question(1).text == f"{UNKNOWN}\nmy xen is 4.17"


def test_it_is_told_to_nobody_else(world: World, alice: Somebody) -> None:
    alice.tells("my xen 4.17")
    alice.says(f"pkgdesk: {PYTHON}")
    eve = world.joins("eve", account="eve")
    for line in ("why 1", "status 1", "my", "missed"):
        eve.says(f"pkgdesk: {line}")
        assert all("4.17" not in each.text for each in world.turn)


# --- titles ---


def test_an_offer_shows_titles(make_world: Make) -> None:
    titles = iter(("Whose QEMU is built", "Whose SeaBIOS is built", "Python", "Live patches"))
    base = tuple(text.replace("phrasings:", f"title: {next(titles)}\nphrasings:") for text in BASE)
    world = make_world(entries=base, answer_at=0.99, offer_at=0.05)
    world.joins("zoe").says(f"pkgdesk: {EITHER}")
    world.desk_says(r"\(1\) “Whose .* is built”  \(2\) “Whose .* is built”", to="zoe")


def test_a_version_that_is_said_privately_is_no_part_of_a_question_that_more_can_read(
    world: World, alice: Somebody
) -> None:
    alice.says(f"pkgdesk: {PYTHON}")
    alice.tells("#1: xen 4.17")
    alice.reads(OLDER)
    assert world.question(1).text == PYTHON
