"""An asker who left gets the answer on return, by their account; a session that ended gets nothing."""

from world import HOME, UNKNOWN, World

from bot.desk.model import Failure, State


def test_the_answer_is_kept_and_told_once_on_return(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.is_pinged("alice asks #1")
    bob.says("restart the daemon")
    world.clock.advance("4m")
    world.desk_says("alice is not here now; I keep your answer to #1 for their return", to="bob")
    assert world.question(1).state is State.KEPT
    world.clock.advance("3d")
    alice.returns()
    world.desk_says(
        r"bob answered #1 “xenstored exits.*” while you were away: restart the daemon — was that it\?",
        to="alice",
    )
    alice.quits()
    alice.returns()
    world.is_silent()
    alice.says("yes")
    world.desk_says("#1 is answered", to="alice")


def test_whoever_comes_back_elsewhere_is_told_privately(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    alice.renames("alice2")
    alice.returns("#xen-devel")
    alice.reads("bob answered #1")
    world.is_silent(HOME)


def test_a_private_word_is_enough_to_be_told(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    world.knows("alice_phone", account="alice").tells("missed")
    assert "bob answered #1" in world.turn[0].text
    assert len(world.turn) == 1, "told, so not missed any more"


def test_a_long_kept_answer_goes_on_with_more(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    for part in range(8):
        bob.says(f"step {part} is to look at the ring page and its neighbours with some care, then to go on")
    bob.says("done")
    alice.returns()
    world.desk_says(r"…, `more` — was that it\? `yes` or `no`$", to="alice")
    alice.says("more")
    world.desk_says("step 0")


def test_nobody_comes_back_and_that_is_said(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    world.clock.advance("31d")
    world.desk_says("#1: its asker never came back for the answer, so it is closed")
    assert world.question(1).state is State.EXPIRED


def test_without_an_account_the_answer_stands_in_the_channel(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    world.clock.advance("4m")
    world.desk_says("the asker of #1 has left without an account; the answer stands in #xen-packagers")
    assert world.question(1).state is State.ANSWERED


def test_a_private_reply_stays_private_until_it_is_shared(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("1m")
    bob.tells("restart the daemon")
    bob.tells("done")
    bob.reads("the asker of #1 has left.*stays here: `share 1` lets me say it in #xen-packagers")
    world.is_silent(HOME)
    bob.tells("share 1")
    world.desk_says("bob on #1: restart the daemon")
    assert world.question(1).state is State.ANSWERED


def test_who_takes_the_nick_gets_nothing_and_can_withdraw_nothing(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    alice.quits()
    thief = world.joins("alice", account="thief")
    world.clock.advance("1m")
    bob.is_pinged("#1", privately=True)
    bob.tells("restart the daemon, password is swordfish")
    bob.tells("done")
    bob.reads(
        "alice asked #1 privately and without an account, and has left: I cannot bring them your answer"
    )
    for word in ("hello there, you all", "missed", "mine", "yes #1"):
        world.clock.advance("2m")
        thief.tells(word)
        assert "swordfish" not in str(world.turn)
        assert "xenstored" not in str(world.turn)
    unknown = []
    for word in ("withdraw 1", "withdraw 99", "status 1", "status 99", "why 1", "why 99"):
        world.clock.advance("2m")
        thief.tells(word)
        unknown.append(world.turn[0].text.replace("99", "1"))
    assert len(set(unknown)) == 1
    assert world.question(1).state is State.KEPT
    world.clock.advance("31d")
    assert world.question(1).state is State.EXPIRED
    assert "swordfish" not in " ".join(each.text for each in world.said)


def test_a_session_goes_on_through_a_change_of_nick(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.renames("alice_")
    world.joins("alice", account="thief")
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    world.desk_says(r"was that it for #1\?", to="alice_")
    alice.says("yes")
    world.desk_says("#1 is answered", to="alice_")


def test_a_session_ends_with_our_own_connection(world: World) -> None:
    alice = world.joins("alice")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.disconnects()
    world.reconnects()
    alice.says("pkgdesk: withdraw 1")
    world.desk_says("I know no #1", to="alice")


def test_who_identifies_takes_their_question_along(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.logs_in("alice")
    assert world.question(1).asker.account == "alice"
    alice.quits()
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    world.desk_says("alice is not here now; I keep your answer")
    alice.nick = "alice_home"
    alice.returns()
    world.desk_says("bob answered #1", to="alice_home")


def test_an_account_on_the_line_itself_is_proof_enough(world: World) -> None:
    alice, bob = world.joins("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.account = "alice"
    alice.says("it is a fresh installation")
    alice.quits()
    assert world.question(1).asker.account == "alice"
    world.clock.advance("1m")
    bob.says("restart the daemon")
    bob.says("done")
    alice.returns()
    world.desk_says("bob answered #1", to="alice")


def test_who_shares_no_venue_and_fell_silent_is_nobody(world: World) -> None:
    alice, bob = world.knows("alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    world.clock.advance("15m")
    bob.tells("restart the daemon")
    alice.reads_nothing()
    bob.tells("done")
    bob.reads("I cannot bring them your answer")


def test_who_was_away_when_nobody_could_be_found_is_told_on_return(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    alice.quits()
    world.clock.advance("2h")
    world.desk_says("^alice: #1: I could reach nobody who knows. The place to ask now is xenstore@")
    world.clock.advance("3d")
    alice.returns()
    assert any("saw this on #1: I could reach nobody who knows" in each.text for each in world.turn)
    alice.says("more")
    world.desk_says("To: xenstore@lists.example.org", to="alice")


def test_a_private_question_that_nobody_could_take_is_told_of_on_return(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.clock.advance("1m")
    alice.tells(UNKNOWN)
    alice.quits()
    world.clock.advance("2h")
    world.is_silent()
    alice.returns()
    alice.reads("I cannot tell whether you saw this on #1: I could reach nobody who knows")
    alice.tells("more")
    alice.reads("To: xenstore@lists.example.org")


# --- what may not have arrived ---------------------------------------------------------------------------


def test_an_unconfirmed_answer_is_offered_again_when_the_asker_speaks(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    world.failing = lambda line, going: Failure.UNCONFIRMED if going.venue.name == "alice" else None
    bob.tells("restart the daemon")
    bob.tells("then start the guest")
    alice.says("hmm")
    alice.says("hmm")
    world.failing = lambda line, going: None
    alice.says("hmm")
    again = alice.reads("on #1: bob on #1: restart the daemon bob on #1: then start the guest")
    assert again.text.count("I cannot tell whether") == 1
    alice.says("hmm")
    assert not [each for each in world.turn if "I cannot tell" in each.text]


def test_an_answer_of_the_base_that_may_be_lost_is_offered_again(world: World) -> None:
    alice = world.joins("alice", account="alice")
    world.failing = lambda line, going: Failure.UNCONFIRMED
    alice.says("pkgdesk: how do I build the tools without cloning QEMU?")
    world.failing = lambda line, going: None
    alice.says("anybody?")
    world.desk_says("I cannot tell whether you saw this on #1: Configure with", to="alice")


def test_who_leaves_before_they_can_be_asked_is_asked_on_return(world: World) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.tells("restart the daemon")
    world.pauses()
    bob.tells("done")
    alice.quits()
    world.resumes()
    assert world.question(1).state is State.KEPT
    world.clock.advance("3d")
    alice.returns()
    assert any("was that it" in each.text for each in world.turn)
    alice.tells("yes")
    assert world.question(1).state is State.ANSWERED
