"""Networks that can change a message afterwards, take it back, or put a sign on it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from world import DATABASE, DEVEL, EITHER, KNOWN, LOST, OTHER, UNKNOWN, Somebody, World

from bot.desk.events import Heard
from bot.desk.facts import Concern
from bot.desk.model import TAKEN_BACK, State


def test_an_edited_question_is_read_anew_while_nobody_has_it(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says("pkgdesk: I have got a question, folks", message="m1")
    assert world.question(1).state is State.OPEN
    alice.edits(heard, f"pkgdesk: {KNOWN}")
    world.desk_says(r"--with-system-qemu.*\[#1", to="alice")
    assert world.question(1).text == KNOWN


def test_while_somebody_is_asked_the_text_is_what_it_says_now(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    alice.edits(heard, f"pkgdesk: {OTHER}")
    world.is_silent()  # bob reads it where it was asked
    assert (world.question(1).text, world.question(1).state) == (OTHER, State.ASKED)


def test_whoever_reads_it_elsewhere_hears_the_correction_once(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    alice.edits(heard, f"pkgdesk: {OTHER}")
    world.desk_says("#1 was corrected.*CFLAGS on s390x", in_=DEVEL, to="bob")
    alice.edits(heard, f"pkgdesk: {OTHER} in 4.19")
    world.is_silent()
    assert world.question(1).text == f"{OTHER} in 4.19"


def test_an_edit_tells_another_entry_while_nobody_confirmed(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: {KNOWN}", message="m1")
    first = world.desk_says("--with-system-qemu", to="alice")
    alice.edits(heard, "pkgdesk: which python version do the tools need?")
    told = world.desk_says("Python 3.6", to="alice")
    assert (told.line.reply_to, told.line.thread) == ("m1", "m1")
    alice.reacts("👍", to=first)
    assert world.question(1).state is State.TOLD
    alice.reacts("👍", to=told)
    assert world.question(1).state is State.ANSWERED
    alice.edits(heard, f"pkgdesk: {KNOWN}")
    world.is_silent()
    assert "python" in world.question(1).text


def test_an_edit_that_finds_the_same_says_nothing(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: {KNOWN}", message="m1")
    alice.edits(heard, f"pkgdesk: {KNOWN} please")
    world.is_silent()
    assert world.question(1).text == f"{KNOWN} please"
    alice.edits(heard, f"pkgdesk: {LOST}")
    world.is_silent()
    assert world.question(1).state is State.TOLD


def test_an_edit_of_one_line_leaves_the_others(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {LOST}", message="m1")
    second = alice.says("it prints ENOFROB every time", message="m2")
    assert world.question(1).text == f"{LOST}\nit prints ENOFROB every time"
    alice.edits(second, "it prints EWOBBLE every time")
    assert world.question(1).text == f"{LOST}\nit prints EWOBBLE every time"
    alice.redacts(second)
    assert (world.question(1).text, world.question(1).state) == (LOST, State.OPEN)


def answered_elsewhere(world: World) -> tuple[Somebody, Somebody, Heard]:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    reply = bob.says("restart xenstored with -N", message="b1")
    world.desk_says("bob on #1: restart xenstored with -N", to="alice")
    return alice, bob, reply


def test_an_edited_answer_is_corrected_once(world: World) -> None:
    alice, bob, reply = answered_elsewhere(world)
    alice.edits(reply, "rm -rf /")
    world.is_silent()
    bob.edits(reply, "restart xenstored with -D")
    world.desk_says("bob corrected what they said on #1: restart xenstored with -D", to="alice")
    bob.edits(reply, "restart xenstored with -D -V")
    world.is_silent()
    assert [line.text for line in world.question(1).replies] == ["restart xenstored with -D -V"]
    alice.says("thanks!")
    world.clock.advance("2d")
    assert world.question(1).state is State.ANSWERED
    bob.edits(reply, "never mind")
    world.is_silent()
    assert world.question(1).replies[0].text == "restart xenstored with -D -V"


def test_an_edited_answer_is_told_without_its_command(world: World) -> None:
    alice, bob, _ = answered_elsewhere(world)
    reply = bob.tells("answer 1 it needs -D, too", message="b2")
    alice.reads("bob on #1: it needs -D, too")
    bob.edits(reply, "answer 1 it needs -V, too")
    alice.reads("bob corrected what they said on #1: it needs -V, too")
    named = bob.says("pkgdesk: #1 and -t", message="b3")
    bob.edits(named, "pkgdesk: #1 and -T")
    assert world.question(1).replies[-1].text == "and -T"


def test_an_answer_that_is_taken_back_is_not_told_again(world: World) -> None:
    _, bob, reply = answered_elsewhere(world)
    bob.redacts(reply)
    assert world.question(1).replies == ()
    world.clock.advance("3m")
    assert world.question(1).state is not State.PROPOSED


def test_nobody_edits_what_somebody_else_asked_but_a_moderator_may_redact_it(world: World) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    mallory.edits(heard, f"pkgdesk: {KNOWN}")
    world.is_silent()
    assert world.question(1).state is State.OPEN
    mallory.redacts(heard)
    world.is_silent()
    assert (world.question(1).state, world.question(1).text) == (State.WITHDRAWN, TAKEN_BACK)


def test_an_answer_that_waits_and_is_taken_back_is_not_passed_on(world: World, tmp_path: Path) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob", channel=DEVEL)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    world.pauses()
    reply = bob.says("try the password hunter2", message="b1", id="libera/b1")
    bob.says("or another one", message="b2", id="libera/b2")
    bob.redacts(reply)
    world.resumes()
    world.desk_says("bob on #1: or another one", to="alice")
    assert "hunter2" not in str(world.turn)
    assert kept(tmp_path, "hunter2") == set()


def test_an_answer_that_is_taken_back_does_not_come_to_count_as_right(world: World) -> None:
    alice, bob, reply = answered_elsewhere(world)
    world.clock.advance("3m")
    proposal = world.desk_says("was that it", to="alice")
    bob.redacts(reply)
    alice.reacts("👍", to=proposal)
    assert (world.question(1).state, world.question(1).replies) == (State.ENGAGED, ())
    world.clock.advance("3d")
    assert world.question(1).state is not State.ANSWERED


def test_what_an_asker_takes_back_of_the_talk_is_gone(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    bob.says("which guest is it?", message="b1")
    line = alice.says("the one with the password hunter2", message="m2")
    bob.edits(line, "something else")
    assert len(world.question(1).replies) == 2
    alice.redacts(line)
    assert [reply.text for reply in world.question(1).replies] == ["which guest is it?"]


def test_only_the_first_message_of_a_question_names_the_desk(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {LOST}", message="m1")
    second = alice.says("log: ENOFROB", message="m2")
    alice.edits(second, "log: EWOBBLE")
    assert world.question(1).text == f"{LOST}\nlog: EWOBBLE"


def test_what_is_taken_back_is_forgotten(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.clock.advance("1m")
    ping = bob.is_pinged("xenstored exits")
    alice.redacts(heard)
    question = world.question(1)
    assert (question.state, question.text, question.parts) == (State.WITHDRAWN, "(taken back)", ())
    line = world.facts(Concern(line=ping.line.id)).line
    assert line is not None
    assert line.text == "(taken back)"


def kept(folder: Path, word: str) -> set[str]:
    """The tables in which a word can be read."""
    found = set()
    with closing(sqlite3.connect(next(folder.glob(f"*/{DATABASE}")))) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if any(word in str(value) for row in database.execute(f"SELECT * FROM {table}") for value in row):
                found.add(table)
    return found


def test_a_vote_on_what_a_question_said_before_is_forgotten(world: World, tmp_path: Path) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: hunter2 {KNOWN}", message="m1")
    alice.says("not it, our builders have no network", message="m2")
    assert kept(tmp_path, "hunter2") == {"question", "vote"}
    alice.redacts(heard)
    assert kept(tmp_path, "hunter2") == set()


def test_a_vote_on_another_question_stays(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    alice.says("yes")
    heard = alice.says("pkgdesk: which python version do the tools need?", message="m2")
    alice.says("yes")
    alice.redacts(heard)
    assert world.votes() == [("system-qemu", True)]


def test_reasons_that_quote_a_question_are_forgotten(world: World, tmp_path: Path) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says("pkgdesk: tools/xenstored/hunter2.c does not compile", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("hunter2")
    alice.redacts(heard)
    assert kept(tmp_path, "hunter2") == set()
    alice.says("pkgdesk: why 1")
    world.desk_says("#1: withdrawn · its message was redacted", to="alice")


def test_the_mail_that_was_prepared_is_forgotten(world: World, tmp_path: Path) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says("pkgdesk: frobnication quuxes hunter2, who can help?", message="m1")
    world.clock.advance("20d")
    assert "prompt" in kept(tmp_path, "hunter2")
    alice.redacts(heard)
    assert kept(tmp_path, "hunter2") == set()
    alice.tells("more 1")
    assert "hunter2" not in str(world.turn)


def test_a_line_that_waited_keeps_nothing(world: World, tmp_path: Path) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN} hunter2", message="m1")
    world.pauses()
    world.clock.advance("1m")
    alice.redacts(heard)
    world.resumes()
    world.clock.advance("1m")
    bob.is_not_pinged()
    assert kept(tmp_path, "hunter2") == set()


def test_what_was_added_by_name_or_number_is_edited_as_such(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {LOST}", message="m1")
    world.clock.advance("2m")
    numbered = alice.says("pkgdesk: #1: it is 4.17", message="m2")
    named = alice.says("pkgdesk: and with 4.12", message="m3", thread="m1")
    assert world.question(1).text == f"{LOST}\nit is 4.17\nand with 4.12"
    alice.edits(numbered, "pkgdesk: #1: it is 4.18")
    alice.edits(named, "pkgdesk: and with 4.13")
    assert world.question(1).text == f"{LOST}\nit is 4.18\nand with 4.13"


def test_endless_edits_do_not_fill_the_room(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: {KNOWN}", message="m1")
    for _ in range(5):
        alice.edits(heard, "pkgdesk: which python version do the tools need?")
        alice.edits(heard, f"pkgdesk: {KNOWN}")
    assert len(world.said) == 4
    assert (world.question(1).state, world.question(1).text) == (State.TOLD, KNOWN)


def test_of_words_that_stand_twice_those_of_the_message_are_changed(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says("pkgdesk: frobnication in the build quuxes", message="m1")
    second = alice.says("build", message="m2")
    alice.edits(second, "test")
    assert world.question(1).text == "frobnication in the build quuxes\ntest"
    alice.redacts(second)
    assert world.question(1).text == "frobnication in the build quuxes"


def test_what_ended_long_ago_is_forgotten_too(world: World) -> None:
    alice = world.joins("alice", account="alice")
    heard = alice.says(f"pkgdesk: {KNOWN}", message="m1")
    alice.reacts("👍")
    assert world.votes()
    world.clock.advance("30d")
    alice.redacts(heard)
    assert (world.question(1).state, world.question(1).text) == (State.ANSWERED, "(taken back)")
    assert world.votes() == []


def test_a_ping_that_waits_is_not_sent_once_the_question_is_taken_back(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    world.pauses()
    world.clock.advance("1m")
    alice.redacts(heard)
    world.resumes()
    bob.is_not_pinged()


def test_redactions_of_anything_else_do_nothing(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}", message="m1")
    answer = world.desk_says("--with-system-qemu")
    hello = alice.says("hello all", message="m2")
    alice.redacts(hello)
    alice.redacts(replace(hello, message=answer.message))
    world.is_silent()
    assert world.question(1).state is State.TOLD


def test_a_redacted_question_is_withdrawn(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.joins("bob", account="bob")
    heard = alice.says(f"pkgdesk: {UNKNOWN}", message="m1")
    alice.redacts(heard)
    assert world.question(1).state is State.WITHDRAWN
    world.clock.advance("1h")
    world.is_silent()


@pytest.mark.parametrize(
    ("sign", "state"), [("👍", State.ANSWERED), ("👎", State.OFFERED), ("🎉", State.TOLD)]
)
def test_a_sign_is_a_bare_word(world: World, sign: str, state: State) -> None:
    alice, mallory = world.joins("alice", account="alice"), world.joins("mallory", account="mallory")
    alice.says(f"pkgdesk: {KNOWN}")
    mallory.reacts(sign)
    assert world.question(1).state is State.TOLD
    alice.reacts(sign)
    assert world.question(1).state is state


def test_a_sign_picks_a_candidate(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {EITHER}")
    alice.reacts({"1": "1️⃣", "2": "2️⃣"}[world.choice("SeaBIOS")])
    world.desk_says("--with-system-seabios", to="alice")


def test_a_raised_hand_is_ack(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    ping = bob.is_pinged("#1")
    alice.reacts("✋", to=ping)
    world.is_silent()
    bob.reacts("✋", to=ping)
    world.desk_says("#1: bob has seen it", to="alice")
