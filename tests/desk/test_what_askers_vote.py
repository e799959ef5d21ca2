"""What askers say of the base's answers is kept as votes, and heeded by the next index."""

from collections.abc import Callable

import pytest
from world import BASE, DEVEL, EITHER, HOME, KNOWN, START, TEAM, UNKNOWN, Somebody, World

from bot.desk.events import ReferenceChanged
from bot.desk.facts import Running
from bot.desk.model import State
from bot.desk.reports import condition
from bot.monitoring.metrics import VOTES
from bot.sources import heeding
from knowledge.votes import Vote
from knowledge.words.text import QUERY_LIMIT

ALICE = "libera/account/alice"
QEMU, SEABIOS = "system-qemu", "system-seabios"


def votes(world: World) -> dict[tuple[str, str], bool]:
    """(account, entry) -> whether it was right."""
    return {(vote.account, vote.entry): vote.right for vote in stored(world)}


def stored(world: World) -> tuple[Vote, ...]:
    return world.run(world._store.votes())


def heed(world: World) -> None:
    """The next build of the index, as a reading makes it."""
    world.reference = world._river.reference = heeding(world.reference, stored(world))


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A desk that offers what is only a little likely, so that there is something to choose from."""
    return make_world(offer_at=0.1, operators={"libera": ["olga"]}, editors={"libera": ["edith"]})


@pytest.fixture
def alice(world: World) -> Somebody:
    return world.joins("alice", account="alice", channel=[HOME, TEAM])


@pytest.mark.parametrize("word", ["yes", "thanks!", "that was it, thank you", "yes #1"])
def test_an_answer_that_is_confirmed_is_a_vote_for_its_entry(
    world: World, alice: Somebody, word: str
) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says(word)
    assert world.question(1).state is State.ANSWERED
    assert stored(world) == (Vote(KNOWN, QEMU, ALICE, True),)


def test_a_reaction_is_a_word(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.reacts("👍")
    assert votes(world) == {(ALICE, QEMU): True}


def test_an_answer_that_is_refused_is_a_vote_against_its_entry_alone(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("not it")
    world.desk_says("did you mean .*SeaBIOS")
    assert votes(world) == {(ALICE, QEMU): False}


def test_why_it_was_refused_is_no_part_of_what_was_asked(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("no, it still fetches OVMF from the network")
    assert "OVMF" in world.question(1).text
    assert stored(world) == (Vote(KNOWN, QEMU, ALICE, False),)


def test_who_chooses_confirms_one_candidate_and_refuses_none(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {EITHER}")
    alice.says(world.choice("SeaBIOS"))
    world.desk_says("--with-system-seabios")
    assert votes(world) == {(ALICE, SEABIOS): True}


def test_a_choice_that_is_refused_once_it_was_read_is_refused(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {EITHER}")
    alice.says(world.choice("SeaBIOS"))
    alice.says("not it")
    assert votes(world) == {(ALICE, SEABIOS): False}


def test_none_of_those_offered_is_a_vote_against_each(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {EITHER}")
    offered = [world.choice(word) for word in ("QEMU", "SeaBIOS")]
    assert len(set(offered)) == 2
    alice.says("none of them")
    assert votes(world) == dict.fromkeys(((ALICE, QEMU), (ALICE, SEABIOS)), False)


def test_yes_to_a_single_candidate_chooses_it(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("not it")
    alice.says("yes")
    assert votes(world) == {(ALICE, QEMU): False, (ALICE, SEABIOS): True}


def test_votes_are_counted_for_whoever_watches_the_desk(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("not it")
    alice.says("1")
    alice.says("thanks")
    assert dict(world._river._tally.count(VOTES)) == {("refused",): 1, ("confirmed",): 2}


# --- whose vote it is ---------------------------------------------------------------------------------------


def test_who_has_no_account_has_no_vote(world: World) -> None:
    guest = world.joins("guest")
    guest.says(f"pkgdesk: {KNOWN}")
    guest.says("not it")
    guest.says("1")
    guest.says("yes")
    assert world.question(1).state is State.ANSWERED
    assert stored(world) == ()
    guest.logs_in("dave")
    assert stored(world) == (), "what was said before is nobody's vote"


def test_the_account_that_is_proven_on_the_line_votes(world: World) -> None:
    guest = world.joins("guest")
    guest.says(f"pkgdesk: {KNOWN}")
    guest.logs_in("dave")
    guest.says("yes")
    assert votes(world) == {("libera/account/dave", QEMU): True}


def test_who_has_logged_out_votes_no_more(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.logs_out()
    alice.says("yes")
    assert stored(world) == ()


@pytest.mark.parametrize("word", ["not it #1", "yes #1", "no", "1 #1"])
def test_nobody_votes_on_the_question_of_another(world: World, word: str) -> None:
    world.joins("alice", account="alice").says(f"pkgdesk: {KNOWN}")
    for name in ("mallory", "carol", "olga", "edith"):
        world.joins(name, account=name).says(f"pkgdesk: {word}")
    assert stored(world) == ()


def test_two_networks_are_two_accounts(world: World, alice: Somebody) -> None:
    there = world.joins("alice", account="alice", network="oftc")
    for each in (alice, there):
        each.says(f"pkgdesk: {KNOWN}")
        each.says("yes")
    assert votes(world) == {(ALICE, QEMU): True, ("oftc/account/alice", QEMU): True}


# --- what is no vote ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_developers_answer_is_no_entrys(world: World, alice: Somebody, word: str) -> None:
    bob = world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("30s")
    bob.is_pinged("#1")
    bob.says("alice: you want libxenguest 4.19 for that")
    world.clock.advance("5m")
    world.desk_says("was that it|did that|answer", to="alice")
    alice.says(word)
    assert stored(world) == ()


def test_a_developers_answer_after_the_bases_is_what_is_confirmed(world: World, alice: Somebody) -> None:
    carol = world.joins("carol", account="carol")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {KNOWN}")
    carol.tells("answer 1 use --disable-qemu-traditional as well")
    alice.tells("yes")
    assert world.question(1).state is State.ANSWERED
    assert stored(world) == ()


def test_silence_is_no_vote(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("2d")
    assert world.question(1).state is State.ANSWERED
    alice.says(f"pkgdesk: {EITHER}")
    world.clock.advance("2d")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("withdraw")
    assert stored(world) == ()


def test_a_candidate_that_is_gone_when_it_is_chosen_gets_no_vote(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {EITHER}")
    chosen = world.choice("SeaBIOS")
    world.reloads(entries=[text for text in BASE if SEABIOS not in text])
    alice.says(chosen)
    assert stored(world) == ()


# --- one's mind is changed ----------------------------------------------------------------------------------


def test_the_latest_word_counts(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("thanks")
    assert votes(world) == {(ALICE, QEMU): True}
    alice.says("pkgdesk: not it #1")
    assert votes(world) == {(ALICE, QEMU): False}
    assert world.question(1).refused == (QEMU,)
    world.clock.advance("1h")
    alice.says(f"pkgdesk: {KNOWN} once more")
    alice.says("yes")
    assert stored(world) == (Vote(f"{KNOWN} once more", QEMU, ALICE, True),)


def test_a_word_long_after_the_answer_counts(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    world.clock.advance("1d")
    assert world.question(1).outcome == "told, not refused"
    alice.says("pkgdesk: yes #1")
    assert votes(world) == {(ALICE, QEMU): True}


def test_an_entry_that_is_gone_by_then_keeps_its_vote(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    world.reloads(entries=[text for text in BASE if "id: system-qemu" not in text])
    alice.says("yes")
    assert votes(world) == {(ALICE, QEMU): True}


def test_many_words_of_one_account_are_one_vote(world: World, alice: Somebody) -> None:
    for number in range(1, 21):
        alice.says(f"pkgdesk: {KNOWN} ({number})")
        alice.says("yes")
        world.clock.advance("10m")
    assert len(stored(world)) == 1


def test_a_vote_survives_with_what_it_was_said_about(world: World, alice: Somebody) -> None:
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("not it")
    world.crashes()
    assert (world.question(1).refused, votes(world)) == ((QEMU,), {(ALICE, QEMU): False})


def test_of_a_long_question_what_is_looked_up_is_kept(world: World, alice: Somebody) -> None:
    alice.tells(f"{KNOWN} {'it fails in our build root, over and over; ' * 40}")
    alice.tells("yes #1")
    alice.tells("1 #1")
    assert stored(world)
    assert all(vote.question.startswith(KNOWN) for vote in stored(world))
    assert all(len(vote.question) <= QUERY_LIMIT for vote in stored(world))


# --- they are heeded ----------------------------------------------------------------------------------------


def test_one_refusal_silences_no_entry_and_two_have_it_offered(world: World) -> None:
    for name in ("alice", "bert"):
        asker = world.joins(name, account=name)
        asker.says(f"pkgdesk: {KNOWN}")
        asker.says("not it")
    zoe = world.joins("zoe", account="zoe")
    one = stored(world)[:1]
    world.reference = world._river.reference = heeding(world.reference, one)
    zoe.says(f"pkgdesk: {KNOWN}")
    world.desk_says("Configure with `--with-system-qemu`", to="zoe")
    zoe.says("pkgdesk: withdraw")
    heed(world)
    zoe.says(f"pkgdesk: {KNOWN}")
    world.desk_says("did you mean .*QEMU", to="zoe")


def test_what_was_confirmed_is_offered_first(world: World) -> None:
    zoe = world.joins("zoe", account="zoe")
    zoe.says(f"pkgdesk: {EITHER}")
    last = "SeaBIOS" if world.choice("QEMU") == "1" else "QEMU"
    zoe.says("pkgdesk: withdraw")
    for name in ("alice", "bert", "carol"):
        asker = world.joins(name, account=name)
        asker.says(f"pkgdesk: {EITHER}")
        asker.says(world.choice(last))
    heed(world)
    zoe.says(f"pkgdesk: {EITHER}")
    assert world.choice(last) == "1"


def test_what_was_asked_in_private_is_heeded_and_told_to_nobody(world: World, alice: Somebody) -> None:
    secret = f"{KNOWN} for the Frobnix appliance"
    alice.tells(secret)
    alice.tells("yes #1")
    alice.says(f"pkgdesk: {KNOWN} for the Quuxnix appliance", in_=TEAM)
    alice.says("yes", in_=TEAM)
    heed(world)
    said = len(world.said)
    zoe = world.joins("zoe", account="zoe", channel=[HOME, DEVEL])
    zoe.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", to="zoe")
    number = max(n for n in range(1, 9) if world.exists(n))
    for line in (f"why {number}", "why", f"status {number}", "status", "more"):
        zoe.says(f"pkgdesk: {line}")
        zoe.tells(line)
    told = " ".join([*(each.text for each in world.said[said:]), world.explanation(number)])
    assert "nix" not in told


# --- entries that are gone ----------------------------------------------------------------------------------


def read_anew(world: World, asked: Somebody, *gone: str) -> None:
    at = world.act("-- read anew --")
    by = asked.speaker, asked.venue()
    world.happen(ReferenceChanged(world.next_id("reference"), at, gone=gone, asked=by))


def test_whoever_has_everything_read_anew_is_told_of_votes_on_what_is_gone(world: World) -> None:
    olga, edith = (world.joins(name, account=name) for name in ("olga", "edith"))
    read_anew(world, olga)
    assert [each.text for each in world.turn] == ["olga: read anew: nothing has changed"]
    read_anew(world, olga, "old-qemu")
    world.desk_says("^olga: votes are kept for 1 entry that is gone: old-qemu$")
    read_anew(world, olga, *"abcde")
    world.desk_says("votes are kept for 5 entries that are gone: a, b, c, and 2 more", to="olga")
    edith.reads_nothing()


def test_operators_are_told_of_votes_on_what_is_gone() -> None:
    assert condition(Running(gone=("old-qemu",)), START)[1:] == [
        "votes are kept for 1 entry that is gone: old-qemu"
    ]
    assert len(condition(Running(), START)) == 1
