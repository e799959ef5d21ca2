"""Where drafts come from: confirmed answers, phrasings, suggestions; what is taken back leaves them again."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from world import EITHER, HOME, KNOWN, OTHER, TEAM, UNKNOWN, Somebody, World

from bot.desk.concerning import concerns
from bot.desk.effects import SaveDraft
from bot.desk.events import Heard
from bot.desk.facts import Concern
from bot.desk.model import State
from bot.desk.quoting import MOST
from knowledge.drafts import Draft, DraftState, Origin, Review, reviewed
from knowledge.entry import Entry
from knowledge.files import parse_entry

Make = Callable[..., World]
ASKED = "hi all, xenstored of 4.17.2 exits with EINVAL when my guest starts, what is wrong? thanks"
PHRASED = "xenstored of 4.17.2 exits with EINVAL when my guest starts, what is wrong?"
ANSWERED = "alice: ok, upgrade the daemon to 4.17.3, see https://docs.example.org/xenstored :)"


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(offer_at=0.1, editors={"libera": ["edith"]})


def drafts(world: World) -> list[Draft]:
    """All that there ever were."""
    return list(world.facts(Concern(draft_numbers=tuple(range(1, 50)))).drafts.values())


def the_draft(world: World) -> Draft:
    (draft,) = drafts(world)
    return draft


def entry_of(draft: Draft) -> Entry:
    return parse_entry(draft.now, "draft.yaml")


def save(world: World, *changed: Draft) -> None:
    """What an editor, or the publisher, did meanwhile."""
    effects = [SaveDraft(draft) for draft in changed]
    world.run(world._store.commit(world.next_id("test"), world.clock.now, effects))


def crowd(world: World, count: int) -> None:
    """So many drafts wait."""
    some = Draft(1, "k1", Origin.EDIT, "libera/account/edith", "edith", world.clock.now, "some", "id: some\n")
    save(world, *(replace(some, number=number, key=f"k{number}") for number in range(1, count + 1)))


def asks(world: World, text: str = ASKED, channel: str = HOME) -> tuple[Somebody, Somebody]:
    """alice has asked, and bob is asked to answer."""
    alice, bob = (world.joins(nick, account=nick, channel=channel) for nick in ("alice", "bob"))
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {text}", message="m1")
    world.clock.advance("1m")
    bob.is_pinged("#1")
    return alice, bob


def answered(world: World, *lines: str, text: str = ASKED) -> tuple[Somebody, Somebody]:
    """… and has answered, so that alice is asked whether that was it."""
    alice, bob = asks(world, text)
    for number, line in enumerate(lines or (ANSWERED,)):
        bob.says(line, message=f"a{number}")
    world.clock.advance("4m")
    world.desk_says("was that it for #1", to="alice")
    return alice, bob


# --- confirmed answers ---


@pytest.mark.parametrize("word", ["yes", "thanks", "thank you so much, that works!", "👍"])
def test_a_confirmed_answer_becomes_a_draft(world: World, word: str) -> None:
    edith = world.joins("edith", account="edith")
    alice, _ = answered(world)
    if word == "👍":
        alice.reacts(word)
    else:
        alice.says(word)
    draft, entry = the_draft(world), entry_of(the_draft(world))
    assert (draft.number, draft.origin, draft.state, draft.question) == (
        1,
        Origin.ANSWER,
        DraftState.QUEUED,
        1,
    )
    assert (draft.author, draft.author_name, draft.was) == ("libera/account/bob", "bob", "")
    assert draft.entry == entry.id == "xenstored-exits-einval-guest-starts"
    assert entry.phrasings == (PHRASED,)
    (answer,) = entry.answers
    assert answer.short == "upgrade the daemon to 4.17.3, see https://docs.example.org/xenstored"
    assert (answer.source, answer.applies) == ("https://docs.example.org/xenstored", {"xen": ("4.17",)})
    assert entry.section == "XENSTORE"
    assert entry.verified is not None
    assert (entry.verified.by, entry.verified.version) == ("Bob Builder", "4.17.2")
    told = world.find("draft 1", lambda each: each.venue.name == edith.nick)
    assert told.line.question == 1
    assert "draft 1" in world.explanation(1)


def test_silence_confirms_nothing(world: World) -> None:
    answered(world)
    world.clock.advance("2d")
    assert world.question(1).state is State.ANSWERED
    assert drafts(world) == []


def test_a_late_yes_confirms(world: World) -> None:
    alice, _ = answered(world)
    world.clock.advance("25h")
    assert world.question(1).state is State.ANSWERED
    alice.says("pkgdesk: yes 1")
    assert the_draft(world).question == 1
    alice.says("pkgdesk: yes 1")
    assert len(drafts(world)) == 1


def test_what_is_no_answer_is_left_out(world: World) -> None:
    alice, bob = asks(world)
    bob.says("let me look")
    bob.says("alice: which distribution is that?")
    alice.says("mageia 9")
    bob.says("it is a known bug of 4.17")
    bob.says("hmm ok")
    bob.says("upgrade, as carol says")
    world.joins("carol", account="carol")
    world.clock.advance("4m")
    alice.says("yes")
    (answer,) = entry_of(the_draft(world)).answers
    assert answer.short == "It is a known bug of 4.17. upgrade, as somebody says."


def test_nobody_who_is_about_is_named(world: World) -> None:
    world.joins("guestof_dave")
    alice, _ = answered(
        world, "guestof_dave and bob had that, too; upgrade", text="guestof_dave's xenstored dies, bob, why?"
    )
    alice.says("yes")
    entry = entry_of(the_draft(world))
    assert entry.phrasings == ("somebody's xenstored dies, why?",)
    assert entry.answers[0].short == "Somebody and somebody had that, too; upgrade."


def test_what_was_not_said_in_public_is_not_told(world: World) -> None:
    alice, bob = asks(world)
    bob.tells("upgrade the daemon")
    world.clock.advance("4m")
    alice.tells("yes")
    assert world.question(1).state is State.ANSWERED
    assert drafts(world) == []


def test_what_its_speaker_shares_is(world: World) -> None:
    alice, bob = asks(world)
    bob.tells("upgrade the daemon")
    bob.tells("share")
    world.clock.advance("4m")
    alice.says("yes")
    assert entry_of(the_draft(world)).answers[0].short == "upgrade the daemon."


@pytest.mark.parametrize("confirmed", [False, True])
def test_what_is_made_of_it_later_is_not_shared_with_it(world: World, confirmed: bool) -> None:
    alice, bob = asks(world)
    bob.tells("upgrade the daemon", message="p1")
    bob.tells("share")
    said = next(each for each in world.handled if isinstance(each, Heard) and each.message == "p1")
    world.clock.advance("4m")
    if confirmed:
        alice.says("yes")
    bob.edits(said, "upgrade the daemon; the key is hunter2")
    alice.says("yes")
    assert not any("hunter2" in each.now for each in drafts(world))
    assert not any("hunter2" in each.text for each in world.said if not each.line.venue.private)


@pytest.mark.parametrize("where", ["members", "sealed", "private"])
def test_a_closed_question_is_nobodys_entry(make_world: Make, where: str) -> None:
    world = make_world(editors={"libera": ["edith"]})
    alice, bob = (world.joins(nick, account=nick, channel=[TEAM, HOME]) for nick in ("alice", "bob"))
    world.clock.advance("1m")
    if where == "members":
        alice.says(f"pkgdesk: {UNKNOWN}", in_=TEAM)
    else:
        alice.tells(UNKNOWN, sealed=where == "sealed")
    world.clock.advance("1m")
    bob.tells("answer 1 upgrade the daemon", sealed=where == "sealed")
    world.clock.advance("1m")
    alice.tells("yes", sealed=where == "sealed")
    assert drafts(world) == []


def test_a_denied_answer_has_no_draft_and_the_next_one_has(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    alice.says("pkgdesk: not it 1")
    first = the_draft(world)
    assert (first.state, first.reviewer, first.told) == (DraftState.REJECTED, "", True)
    assert "not right after all" in first.reason
    world.clock.advance("1m")
    bob.says("pkgdesk: answer 1 reboot the host")
    alice.says("yes")
    second = drafts(world)[1]
    assert entry_of(second).answers[0].short == "reboot the host."


def test_what_an_editor_rejected_does_not_come_again(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    save(world, reviewed(the_draft(world), Review.REJECT, reviewer="libera/account/edith", reason="no"))
    alice.says("pkgdesk: not it 1")
    world.clock.advance("1m")
    bob.says("pkgdesk: answer 1 reboot the host")
    alice.says("yes")
    assert len(drafts(world)) == 1


def test_a_reaction_that_is_taken_back_takes_the_draft_with_it(world: World) -> None:
    alice, _ = answered(world)
    line = world.turn[-1]
    reaction = alice.reacts("👍", to=line)
    alice.redacts(reaction)
    assert world.question(1).state is State.PROPOSED
    assert the_draft(world).state is DraftState.REJECTED
    alice.reacts("👍", to=line)
    assert [each.state for each in drafts(world)] == [DraftState.REJECTED, DraftState.QUEUED]


def test_the_id_is_neither_in_the_base_nor_in_the_queue(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    alice.says(f"pkgdesk: {PHRASED} again", message="m2")
    world.clock.advance("1m")
    bob.says("pkgdesk: answer 2 reboot the host")
    alice.says("yes")
    assert [each.entry for each in drafts(world)] == [
        "xenstored-exits-einval-guest-starts",
        "xenstored-exits-einval-guest-starts-2",
    ]


def test_a_full_queue_takes_none_and_why_tells(world: World) -> None:
    crowd(world, MOST)
    alice, _ = answered(world)
    alice.says("yes")
    assert world.question(1).state is State.ANSWERED
    assert len(world.facts(Concern(drafts=True)).drafts) == MOST
    assert "no draft was made of it" in world.explanation(1)
    alice.tells("suggest more => less")
    world.find(f"{MOST} drafts wait", lambda each: each.venue.private)


# --- what is taken back, and edited ---


@pytest.mark.parametrize("what", ["question", "answer"])
def test_what_is_taken_back_leaves_nothing_in_the_draft(world: World, what: str) -> None:
    alice, bob = asks(world)
    asked = next(each for each in world.handled if isinstance(each, Heard) and each.message == "m1")
    said = bob.says(ANSWERED, message="a1")
    world.clock.advance("4m")
    alice.says("yes")
    if what == "question":
        alice.redacts(asked)
    else:
        bob.redacts(said)
    draft = the_draft(world)
    assert (draft.state, draft.now, draft.was, draft.note, draft.entry) == (
        DraftState.REJECTED,
        "",
        "",
        "",
        "",
    )
    assert "taken back" in draft.reason


def test_also_of_one_that_was_rejected_before(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    save(world, reviewed(the_draft(world), Review.REJECT, reviewer="libera/account/edith", reason="no"))
    said = next(each for each in world.handled if isinstance(each, Heard) and each.message == "a0")
    bob.redacts(said)
    assert (the_draft(world).now, the_draft(world).reason) == ("", "no")


def test_an_edited_answer_amends_the_draft(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    before = the_draft(world)
    said = next(each for each in world.handled if isinstance(each, Heard) and each.message == "a0")
    bob.edits(said, "alice: upgrade the daemon to 4.17.4")
    after = the_draft(world)
    assert (after.number, after.entry) == (before.number, before.entry)
    assert entry_of(after).answers[0].short == "upgrade the daemon to 4.17.4."
    asked = next(each for each in world.handled if isinstance(each, Heard) and each.message == "m1")
    alice.edits(asked, "pkgdesk: xenstored of 4.18.1 dies, why?")
    assert entry_of(the_draft(world)).phrasings == ("xenstored of 4.18.1 dies, why?",)
    assert entry_of(the_draft(world)).answers[0].applies == {"xen": ("4.18",)}


def test_where_an_editor_wrote_in_it_the_draft_stays(world: World) -> None:
    alice, bob = answered(world)
    alice.says("yes")
    edited = the_draft(world).now.replace("upgrade the daemon", "Upgrade it")
    by = ("libera/account/edith",)
    save(world, reviewed(the_draft(world), Review.AMEND, now=edited, amended_by=by))
    said = next(each for each in world.handled if isinstance(each, Heard) and each.message == "a0")
    bob.edits(said, "alice: reboot")
    assert the_draft(world).now == edited


# --- phrasings ---

SEABIOS = "system-seabios"


def picks(world: World, nick: str = "alice", text: str = EITHER, word: str = "SeaBIOS") -> Somebody:
    somebody = world.joins(nick, account=nick)
    somebody.says(f"pkgdesk: {text}", message=f"by {nick}")
    somebody.says(world.choice(word))
    return somebody


def test_what_was_picked_is_asked_so(world: World) -> None:
    alice = picks(world, text=f"hi, {EITHER}")
    draft = the_draft(world)
    assert (draft.origin, draft.entry, draft.question) == (Origin.PHRASINGS, SEABIOS, 1)
    assert draft.author == "libera/account/alice"
    assert parse_entry(draft.was, "was.yaml") == world.reference.knowledge.by_id(SEABIOS)
    assert entry_of(draft).phrasings == (*parse_entry(draft.was, "was.yaml").phrasings, EITHER)
    alice.says("yes")
    assert len(drafts(world)) == 1


def test_more_of_them_are_one_draft(world: World) -> None:
    picks(world)
    picks(world, "eve", "how to build tools, no cloning?")
    draft = the_draft(world)
    assert entry_of(draft).phrasings[-2:] == (EITHER, "how to build tools, no cloning?")
    assert (draft.note, draft.amended_by) == ("from #1 #2", ("libera/account/eve",))
    picks(world, "mallory", EITHER.upper())
    assert the_draft(world) == draft


def test_one_that_is_being_published_is_left_alone(world: World) -> None:
    picks(world)
    save(world, reviewed(the_draft(world), Review.PUBLISH, reviewer="libera/account/edith"))
    picks(world, "eve", "how to build tools, no cloning?")
    first, second = drafts(world)
    assert first.state is DraftState.PUBLISHING
    assert entry_of(second).phrasings[-1] == "how to build tools, no cloning?"
    assert EITHER not in entry_of(second).phrasings


def test_what_the_base_was_sure_of_teaches_it_nothing(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("yes")
    assert drafts(world) == []


def test_what_it_told_without_being_sure_does(make_world: Make) -> None:
    world = make_world(answer_at=0.15, offer_at=0.1, gap=0.0)
    alice = world.joins("alice", account="alice")
    alice.says("pkgdesk: how old may a python be?")
    world.desk_says("Python 3.6", to="alice")
    alice.says("yes")
    assert entry_of(the_draft(world)).phrasings[-1] == "how old may a python be?"


def test_only_accounts_teach_it(world: World) -> None:
    guest = world.joins("guest")
    guest.says(f"pkgdesk: {EITHER}")
    guest.says(world.choice("SeaBIOS"))
    assert drafts(world) == []


def test_what_was_asked_privately_teaches_it_nothing(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.tells(EITHER)
    alice.tells(world.choice("SeaBIOS"))
    assert drafts(world) == []


@pytest.mark.parametrize("how", ["not it", "withdraw", "redacted"])
def test_a_phrasing_goes_with_its_question(world: World, how: str) -> None:
    picks(world)
    eve = picks(world, "eve", "how to build tools, no cloning?")
    if how == "redacted":
        asked = next(each for each in world.handled if isinstance(each, Heard) and each.message == "by eve")
        eve.redacts(asked)
    else:
        eve.says(f"pkgdesk: {how}")
    draft = the_draft(world)
    assert draft.state is DraftState.QUEUED
    assert entry_of(draft).phrasings[-1] == EITHER
    assert draft.note == "from #1"
    world.people[0].says("pkgdesk: withdraw 1")
    assert the_draft(world).state is DraftState.REJECTED
    assert the_draft(world).now == ""


def test_one_draft_holds_no_more_than_somebody_reads(world: World) -> None:
    for number in range(12):
        picks(world, f"asker{number}", f"how to build tools without cloning, {'very ' * number}quickly?")
    assert len(entry_of(the_draft(world)).phrasings) == 2 + 10


# --- suggestions ---


def test_an_entry_is_suggested(world: World) -> None:
    edith, guest = world.joins("edith", account="edith"), world.joins("guest")
    guest.says("pkgdesk: suggest does xenstored need a reboot? => no, restart the daemon")
    world.desk_says("draft 1", to="guest")
    world.find("draft 1, suggested by guest", lambda each: each.venue.name == edith.nick)
    draft, entry = the_draft(world), entry_of(the_draft(world))
    assert (draft.origin, draft.entry, draft.note) == (Origin.SUGGESTION, entry.id, "")
    assert draft.author.startswith("libera/session/")
    assert entry.phrasings == ("does xenstored need a reboot?",)
    assert entry.answers[0].short == "No, restart the daemon."
    assert (entry.section, entry.verified) == ("XENSTORE", None)


@pytest.mark.parametrize("arrow", ["=>", "->", "→", " => "])
def test_any_arrow_does(world: World, arrow: str) -> None:
    world.joins("alice", account="alice").tells(f"suggest what is python for{arrow}for the tools")
    assert entry_of(the_draft(world)).phrasings == ("what is python for",)


@pytest.mark.parametrize(
    ("words", "entry", "note"),
    [
        ("system-qemu: the path is optional", "system-qemu", "the path is optional"),
        ("SYSTEM-QEMU => the path is optional", "system-qemu", "the path is optional"),
        ("nothing is said of Windows guests", "", "nothing is said of Windows guests"),
        ("no-such-entry: it is wrong", "", "no-such-entry: it is wrong"),
        ("=> nothing", "", "=> nothing"),
    ],
)
def test_a_remark_is_suggested(world: World, words: str, entry: str, note: str) -> None:
    world.joins("alice", account="alice").tells(f"suggest {words}")
    draft = the_draft(world)
    assert draft.is_remark
    assert (draft.entry, draft.note, bool(draft.was)) == (entry, note, bool(entry))


def test_a_remark_is_on_what_was_just_told(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    alice.says("!suggest that changed in 4.20")
    assert the_draft(world).entry == "system-qemu"
    alice.says("!suggest and this is elsewhere", in_=HOME)
    world.joins("eve", account="eve").says("!suggest it is all wrong")
    assert [each.entry for each in drafts(world)] == ["system-qemu", "system-qemu", ""]


def test_what_asks_is_a_question(world: World) -> None:
    world.joins("alice", account="alice").tells("suggest a python version for the tools?")
    assert drafts(world) == []
    assert world.exists(1)


def test_nothing_at_all_is_not_suggested(world: World) -> None:
    world.joins("alice", account="alice").tells("suggest :)")
    world.find("suggest QUESTION => ANSWER", lambda each: each.venue.private)
    assert drafts(world) == []


def test_what_is_encrypted_is_suggested_elsewhere(world: World) -> None:
    world.joins("alice", account="alice").tells("suggest more => less", sealed=True)
    world.find("encrypted", lambda each: each.venue.private)
    assert drafts(world) == []


def test_an_account_may_make_so_many_a_day(make_world: Make) -> None:
    world = make_world(suggestions=2)
    alice = world.joins("alice", account="alice")
    for _ in range(3):
        world.clock.advance("2m")
        alice.tells("suggest something is missing")
    world.find("more than 2 suggestions within 24 hours", lambda each: each.venue.private)
    assert len(drafts(world)) == 2
    world.joins("eve", account="eve").tells("suggest something else is missing")
    assert len(drafts(world)) == 3
    world.clock.advance("25h")
    alice.tells("suggest something is missing")
    assert len(drafts(world)) == 4


def test_those_without_an_account_share_what_they_may(make_world: Make) -> None:
    world = make_world(suggestions=1)
    for number in range(5):
        world.joins(f"guest{number}").tells("suggest something is missing")
    world.find("have made 4 suggestions", lambda each: each.venue.private)
    assert len(drafts(world)) == 4


def test_zero_switches_it_off(make_world: Make) -> None:
    world = make_world(suggestions=0)
    world.joins("alice", account="alice").tells("suggest something is missing")
    world.find("no suggestions are taken", lambda each: each.venue.private)
    assert drafts(world) == []


# --- what it costs ---


@pytest.mark.parametrize("line", [KNOWN, "morning all", "the build works now", f"pkgdesk: {OTHER}", "more"])
def test_a_line_of_chat_reads_no_drafts(world: World, line: str) -> None:
    heard = world.joins("alice", account="alice").says(line, in_=HOME)
    concern = concerns(heard, world.reference)
    assert (concern.drafts, concern.drafts_of, concern.suggested) == (False, False, ())
