"""A developer simply talks; the desk sees which line answers which question, and brings it to the asker."""

from collections.abc import Callable

import pytest
from world import DEVEL, HOME, OTHER, TEAM, UNKNOWN, Somebody, World

from bot.desk.model import State

Make = Callable[..., World]


@pytest.fixture
def asked(world: World) -> tuple[World, Somebody, Somebody, Somebody]:
    """alice has asked, bob is pinged, carol and dave are about."""
    alice, bob, carol, _ = (world.joins(nick, account=nick) for nick in ("alice", "bob", "carol", "dave"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    return world, alice, bob, carol


Asked = tuple[World, Somebody, Somebody, Somebody]


@pytest.mark.parametrize(
    "line",
    [
        "dave: the meeting is at three",
        "dave, did you push that branch?",
        "@dave have you seen the failing test",
        "car: can you review it?",
        "thanks dave",
        "hi carol",
        "morning all",
        "dave - yes, exactly",
        "so how was the conference, carol?",
        "dave/carol: who takes the release?",
        "* bob is away for lunch",
        "brb",
        "ok :)",
        "carol: alice asks something, can you look?",
        "trudy: ping",
        "lol",
    ],
)
def test_a_line_to_somebody_else_is_no_reply(asked: Asked, line: str) -> None:
    world, _, bob, carol = asked
    bob.says(line)
    world.is_silent()
    assert world.question(1).state is State.ASKED
    world.clock.advance("31m")
    carol.is_pinged("#1")


@pytest.mark.parametrize(
    "line",
    [
        "restart xenstored and it goes away",
        "alice: restart the daemon",
        "@alice restart the daemon",
        "alice, which version is that?",
        "the daemon of 4.17 has that bug; dave mended it in 4.19",
        "will be mended in 4.20",
        "4.19.1",
        "https://xenbits.example.org/some/commit",
        "yes",
        "pkgdesk: use the daemon of 4.19",
        "hint, alice: look into the log",
        "#1 is a known bug, upgrade",
        "answer: upgrade the daemon",
        "ask dave about the details, but upgrading helps",
    ],
)
def test_a_line_that_speaks_to_the_question_is_a_reply(asked: Asked, line: str) -> None:
    world, _, bob, carol = asked
    bob.says(line)
    assert world.question(1).state is State.ENGAGED
    assert world.question(1).responder == "bob"
    world.is_silent()
    world.clock.advance("20m")
    carol.is_not_pinged()


def test_lines_of_somebody_who_was_not_pinged_are_their_own(asked: Asked) -> None:
    world, _, _, carol = asked
    carol.says("alice: restart the daemon")
    assert world.question(1).state is State.ASKED


def test_a_clarifying_question_and_then_the_answer_need_no_command(asked: Asked) -> None:
    world, alice, bob, carol = asked
    bob.says("alice: which version is that?")
    world.clock.advance("5m")
    world.is_silent()
    alice.says("4.17.2, on mageia")
    world.clock.advance("6m")
    world.is_silent()
    bob.says("then upgrade to 4.17.3, it has the fix")
    bob.says("or take the one commit")
    world.clock.advance("2m")
    world.is_silent()
    world.clock.advance("2m")
    world.desk_says(r"was that it for #1\? `yes` or `no`", to="alice")
    assert len(world.turn) == 1
    alice.says("yes")
    world.desk_says("#1 is answered, thank you", to="alice")
    carol.is_not_pinged()
    assert world.question(1).state is State.ANSWERED


def test_who_only_asked_back_and_fell_silent_is_passed_over(asked: Asked) -> None:
    world, _, bob, carol = asked
    bob.says("alice: which version is that?")
    world.clock.advance("31m")
    carol.is_pinged("#1")


@pytest.mark.parametrize("line", ["let me look", "looking", "one sec", "I'll check"])
def test_a_promise_is_no_answer_but_stops_the_ladder(asked: Asked, line: str) -> None:
    world, _, bob, carol = asked
    bob.says(line)
    world.clock.advance("20m")
    world.is_silent()
    bob.says("found it: the ring page is not mapped")
    world.clock.advance("4m")
    world.desk_says("was that it", to="alice")
    carol.is_not_pinged()


def test_done_asks_at_once_and_only_once(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.says("restart the daemon")
    bob.says("done")
    world.desk_says(r"was that it for #1\?", to="alice")
    bob.says("done")
    world.is_silent()
    world.clock.advance("20h")
    world.is_silent()


def test_thanks_of_the_asker_end_the_talk(asked: Asked) -> None:
    world, alice, bob, _ = asked
    bob.says("restart the daemon")
    alice.says("thanks a lot!")
    world.desk_says(r"was that it for #1\?", to="alice")


def test_thanks_for_a_question_back_end_nothing(asked: Asked) -> None:
    world, alice, bob, _ = asked
    bob.says("which version is that?")
    alice.says("thanks for looking, 4.17")
    world.is_silent()
    assert world.question(1).state is State.ENGAGED


def test_nobody_objects_and_the_answer_stands(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.says("restart the daemon")
    world.clock.advance("2d")
    assert world.question(1).outcome == "nobody objected"
    assert len([each for each in world.said if "was that it" in each.text]) == 1


def test_what_the_asker_says_to_others_meanwhile_goes_nowhere(asked: Asked) -> None:
    _, alice, bob, _ = asked
    bob.tells("restart the daemon")
    alice.says("dave: did you see the game?")
    bob.reads_nothing()
    alice.says("it did not help")
    bob.reads("alice on #1: it did not help")


# --- privately, elsewhere, and how far it may go ---------------------------------------------------------


def test_a_private_reply_is_relayed_privately_and_confirmed_once(asked: Asked) -> None:
    world, alice, bob, _ = asked
    bob.tells("restart the daemon")
    alice.reads("bob on #1: restart the daemon")
    bob.reads("passed on to alice. What you say next is, too; `done` ends it")
    world.is_silent(HOME)
    bob.tells("and send me the log, if it comes again")
    alice.reads("send me the log")
    bob.reads_nothing()
    bob.tells("done")
    alice.reads("was that it for #1")
    world.is_silent(HOME)
    alice.tells("yes")
    alice.reads("#1 is answered")


def test_share_lets_the_private_reply_be_said_in_the_channel(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.tells("restart the daemon")
    bob.tells("share")
    bob.reads("thank you; I say it in #xen-packagers, on #1")
    world.desk_says("bob on #1: restart the daemon", to="alice")
    bob.tells("share")
    bob.reads("you said nothing here about #1 that could not be read there already")
    world.is_silent(HOME)


def test_what_is_said_in_the_channel_needs_no_sharing(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.says("restart the daemon")
    bob.says("pkgdesk: share")
    world.desk_says("you said nothing here about #1 that could not be read there already", to="bob")


def test_a_reply_in_another_channel_is_brought_to_the_asker(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("that is the ring page, upgrade to 4.19")
    world.desk_says("bob on #1: that is the ring page, upgrade to 4.19", in_=HOME, to="alice")
    world.desk_says("passed on to alice", in_=DEVEL, to="bob")
    alice.says("we cannot upgrade before May")
    world.desk_says("alice on #1: we cannot upgrade before May", in_=DEVEL, to="bob")


def test_what_is_said_among_members_never_gets_into_the_public(world: World) -> None:
    alice = world.joins("alice", account="alice")
    bob = world.joins("bob", account="bob", channel=[HOME, TEAM])
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("pkgdesk: answer 1 it is the secret ring page", in_=TEAM)
    alice.reads("bob on #1: it is the secret ring page")
    alice.reads("was that it for #1")
    world.is_silent(HOME)
    alice.quits()
    alice.returns()
    alice.says("pkgdesk: missed")
    assert "secret" not in " ".join(each.text for each in world.said if not each.venue.private)


def test_a_public_question_is_not_talked_about_in_rooms_where_nobody_was_pinged(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.joins(DEVEL)
    bob.says("the daemon needs a restart after that", in_=DEVEL)
    world.is_silent()
    assert world.question(1).state is State.ASKED


# --- answer, from anywhere, and late ---------------------------------------------------------------------


def test_answer_is_for_every_responder_pinged_or_not(asked: Asked) -> None:
    world, alice, _, carol = asked
    carol.tells("answer 1 it is the ring page: upgrade to 4.19")
    alice.reads("carol on #1: it is the ring page: upgrade to 4.19")
    alice.reads(r"was that it for #1\?")
    carol.reads("^passed on to alice.$")
    alice.tells("yes")
    assert world.question(1).responder == "carol"


def test_answer_without_a_number_is_about_the_ping(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.says("pkgdesk: answer upgrade the daemon")
    world.desk_says(r"was that it for #1\?", to="alice")


def test_answer_with_a_question_in_it_waits_for_more(asked: Asked) -> None:
    world, _, bob, _ = asked
    bob.says("pkgdesk: answer 1 which version is that?")
    world.is_silent()
    assert world.question(1).state is State.ENGAGED


def test_a_late_reply_names_the_asker_or_the_number(asked: Asked) -> None:
    world, _, bob, carol = asked
    world.clock.advance("32m")
    carol.is_pinged("#1")
    bob.says("back from lunch, what a day")
    assert world.question(1).state is State.ASKED
    bob.says("alice: restart the daemon")
    assert world.question(1).responder == "bob"


def test_a_late_private_reply_needs_no_name(asked: Asked) -> None:
    world, alice, bob, _ = asked
    world.clock.advance("32m")
    bob.tells("restart the daemon, that is all")
    alice.reads("bob on #1: restart the daemon")


def test_after_the_list_was_named_an_answer_is_still_welcome(asked: Asked) -> None:
    world, _, bob, _ = asked
    world.clock.advance("3h")
    assert world.question(1).state is State.HANDED_OVER
    bob.says("alice: restart the daemon")
    world.clock.advance("4m")
    world.desk_says(r"was that it for #1\?", to="alice")


def test_small_talk_with_the_asker_days_later_reopens_nothing(asked: Asked) -> None:
    world, _, bob, _ = asked
    world.clock.advance("3d")
    bob.says("alice: how was your holiday by the sea")
    assert world.question(1).state is State.HANDED_OVER


def test_a_private_word_after_the_end_is_no_new_question(asked: Asked) -> None:
    world, alice, bob, _ = asked
    alice.says("pkgdesk: withdraw")
    bob.tells("restart the daemon, that is all")
    bob.reads("#1 was withdrawn; thank you all the same")
    assert not world.exists(2)


def test_with_two_pings_the_number_the_asker_or_the_newest_decides(world: World) -> None:
    alice, erin = world.joins("alice", account="alice"), world.joins("erin", account="erin")
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {OTHER}")
    world.clock.advance("1m")
    erin.says("pkgdesk: where does configure look for yajl on freebsd hosts?")
    world.clock.advance("1m")
    carol.is_pinged("#2")
    carol.says("alice: that was mended in 4.18")
    assert world.question(1).responder == "carol"
    carol.says("#2 needs pkg-config in the path")
    assert world.question(2).responder == "carol"
    carol.says("pkgdesk: done 1")
    world.desk_says(r"was that it for #1\?", to="alice")


@pytest.mark.parametrize("word", ["ack", "done", "share", "answer it is so"])
def test_words_of_responders_that_find_nothing_say_so(world: World, word: str) -> None:
    bob = world.joins("bob", account="bob")
    bob.says(f"pkgdesk: {word} 9" if not word.startswith("answer") else "pkgdesk: answer 9 it is so")
    world.desk_says("I know no #9", to="bob")
    world.clock.advance("2m")
    bob.says(f"pkgdesk: {word}")
    world.desk_says(rf"about which question\? Say its number: `{word.split()[0]} 42`", to="bob")
    world.clock.advance("2m")
    bob.says(word)
    world.is_silent()


def test_a_word_for_a_question_that_has_gone_on_says_how_it_stands(asked: Asked) -> None:
    world, alice, bob, _ = asked
    bob.says("restart the daemon")
    alice.says("thanks")
    alice.says("yes")
    bob.says("pkgdesk: ack 1")
    world.desk_says(r"#1 “xenstored exits .*: answered; confirmed by the asker", to="bob")


def test_a_ping_that_is_taken_back_is_told_where_it_was_not_seen(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    alice.says("pkgdesk: withdraw")
    world.desk_says("#1 is withdrawn", in_=HOME, to="alice")
    world.desk_says("#1 is withdrawn", in_=DEVEL, to="bob")


def test_only_what_was_shared_is_said_in_the_open(world: World) -> None:
    alice, bob, carol = (
        world.joins("alice"),
        world.joins("bob", account="bob"),
        world.joins("carol", account="carol"),
    )
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    carol.tells("answer 1 the codeword is sesame")
    bob.tells("answer 1 restart the daemon")
    bob.tells("share 1")
    world.desk_says("bob on #1: restart the daemon")
    assert "sesame" not in str([each.text for each in world.said if not each.venue.private])


def test_what_was_denied_is_not_told_again(asked: Asked) -> None:
    world, alice, bob, carol = asked
    bob.says("restart the daemon")
    bob.says("done")
    alice.says("no")
    alice.quits()
    carol.is_not_pinged()
    carol.says("alice: map the ring page")
    carol.says("done")
    alice.returns()
    back = world.desk_says("carol answered #1", to="alice")
    assert "map the ring page" in back.text
    assert "restart" not in back.text


def test_what_was_only_asked_back_does_not_count_for_the_next_one(asked: Asked) -> None:
    """Who is asked next has as much time for their own first words."""
    world, _, bob, carol = asked
    bob.says("hm, let me see. which version?")
    world.clock.advance("31m")
    carol.is_pinged("#1")
    carol.says("alice: which host is that?")
    world.clock.advance("10m")
    world.is_silent()
