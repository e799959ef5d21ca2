"""Editors review drafts in chat: what they hear of them, publishing, rejecting, reverting, and who may."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import HOME, KNOWN, START, UNKNOWN, Somebody, World, reference

from bot.consult import consult
from bot.desk.commands import COMMANDS
from bot.desk.concerning import subject_given
from bot.desk.decide import decide
from bot.desk.effects import SaveDraft, Say
from bot.desk.events import Heard, Joined
from bot.desk.facts import Facts
from bot.desk.kb_commands import is_kb
from bot.desk.model import Role, Speaker
from bot.desk.said import Said
from knowledge.drafts import Draft, DraftState, Origin
from routing.presence import Venue, Visibility

Make = Callable[..., World]


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(editors={"libera": ["edith", "erin"]}, offer_at=0.1)


@pytest.fixture
def edith(world: World) -> Somebody:
    return world.joins("edith", account="edith")


def suggests(
    world: World, text: str = "How do I trace xl? => Use `xl -vvv create`.", nick: str = "sam"
) -> Somebody:
    """Somebody has suggested something, which is draft 1."""
    sam = next((each for each in world.people if each.nick == nick), None) or world.joins(nick, account=nick)
    sam.says(f"pkgdesk: suggest {text}")
    return sam


# --- from an answer to a published entry ---


def test_two_short_messages_publish_a_confirmed_answer(world: World, edith: Somebody) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: upgrade the daemon to 4.17.3, see https://docs.example.org/xenstored")
    world.clock.advance("4m")
    alice.says("yes")
    edith.reads(r"draft 1, from the answer to #1: `kb show 1`, `kb publish 1`: “.*xenstored.*→ .*4\.17\.3")

    edith.tells("kb show 1")
    edith.reads(r"draft 1: new `xenstored.*`, from the answer to #1, .* old")
    edith.reads(r"short: Upgrade the daemon to 4\.17\.3|short: upgrade the daemon to 4\.17\.3")
    edith.tells("kb publish 1")
    edith.reads("draft 1 is being published")
    assert world.draft(1).state is DraftState.PUBLISHING
    assert world.draft(1).reviewer == "libera/account/edith"

    world.published(1, "1f2e3d4c5b6a")
    edith.reads(rf"draft 1 is published as 1f2e3d4: `{world.draft(1).entry}`")
    bob.reads("your answer to #1 is now in the knowledge base")
    assert world.draft(1).state is DraftState.PUBLISHED
    assert world.draft(1).commit == "1f2e3d4c5b6a"


# --- hearing of drafts ---


def test_editors_who_are_about_hear_of_a_draft_and_its_author_does_not(world: World, edith: Somebody) -> None:
    erin = world.joins("erin", account="erin")
    edith.says("pkgdesk: suggest How do I trace xl? => Use `xl -vvv create`.")
    erin.reads("draft 1, suggested by edith")
    assert not [each for each in world.turn if "`kb publish 1`" in each.text and each.venue.name == "edith"]


def test_who_is_away_is_not_told(world: World, edith: Somebody) -> None:
    edith.goes_away()
    suggests(world)
    edith.reads_nothing()


def test_of_many_drafts_within_a_minute_three_are_told(world: World, edith: Somebody) -> None:
    for number, what in enumerate(("hvmloader", "ovmf", "xenalyze", "stubdoms", "blktap"), 1):
        suggests(world, f"{what}, how? => Say make {what}.")
        if number == 3:
            edith.reads(r"draft 3, suggested by sam \(and there may be more: `kb drafts`\)")
        elif number < 3:
            edith.reads(rf"draft {number}, suggested by sam: ")
        else:
            edith.reads_nothing()
    world.clock.advance("2m")
    suggests(world, "Is there a mailing list for packagers? => Yes, xen-devel.", nick="sue")
    edith.reads(r"draft 6, suggested by sue: ")


def test_a_draft_like_an_entry_is_told_with_it(world: World, edith: Somebody) -> None:
    suggests(world, "How to build the tools without cloning QEMU? => Use --with-system-qemu.")
    edith.reads(r"draft 1, suggested by sam, like `system-qemu` \(\d+%\)")
    edith.tells("kb show 1")
    edith.reads(r"it resembles `system-qemu` \(\d+%\)")


# --- listing and showing ---


def test_drafts_are_listed_in_a_few_lines(world: World, edith: Somebody) -> None:
    edith.says("pkgdesk: kb drafts")
    world.desk_says("no draft waits for a review", to="edith")
    for number in range(5):
        suggests(world, f"How do I build part {number} of it? => Say make part{number}.")
    world.clock.advance("2h")
    edith.says("pkgdesk: kb drafts")
    world.desk_says(r"draft 1: new `.*`, suggested by sam, 2 h old: “How do I build part 0", to="edith")
    world.desk_says(r"and 3 more: `kb drafts all`", to="edith")
    assert len(world.turn) == 3
    edith.says("pkgdesk: kb drafts all")
    assert len([each for each in world.turn if each.venue.name == HOME]) == 4
    edith.reads("draft 5: new")


def test_an_entry_is_shown_in_a_few_lines_and_the_rest_privately(world: World, edith: Somebody) -> None:
    edith.says("!kb show system-qemu")
    world.desk_says(
        r"`system-qemu`: “How do I build the tools without cloning QEMU\?” \(2 phrasings", to="edith"
    )
    world.desk_says(r"for xen ≥ 4\.4: Configure with `--with-system-qemu`.*INSTALL", to="edith")
    world.desk_says(r"and \d+ more, by private message")
    assert len([each for each in world.turn if each.venue.name == HOME]) == 4
    edith.reads("GIT and WGET can be set")


def test_each_line_of_what_goes_on_stays_a_line(world: World, edith: Somebody) -> None:
    for number in range(30):
        world.clock.advance("1d")
        suggests(world, f"How do I build part {number} of it? => Say make part{number}.", nick=f"s{number}")
    world.clock.advance("1d")
    edith.tells("kb drafts all")
    seen = 8
    while seen < 30:
        edith.tells("more")
        lines = [each.text for each in world.turn]
        assert all(line.startswith("draft ") for line in lines), lines
        seen += len(lines)
    assert seen == 30


def test_a_long_queue_is_listed_as_far_as_anybody_reads(make_world: Make) -> None:
    world = make_world(operators={"control": ["root"]})
    root = Somebody(world, "control", "root", "root")
    root._do("connects", Joined, speaker=root.speaker, venue=Venue("control", "root", Visibility.PRIVATE))
    many = [SaveDraft(replace(_draft(1, DraftState.QUEUED), number=n, key=f"k{n}")) for n in range(1, 121)]
    world.run(world._store.commit("test/many", world.clock.now, many))
    root.tells("kb drafts")
    assert len(world.turn) == 100
    assert world.turn[-1].text == "and 21 more."


def test_what_is_not_there_is_told(world: World, edith: Somebody) -> None:
    edith.tells("kb show system-quemu")
    edith.reads(r"there is no entry `system-quemu`, did you mean `system-qemu`\?")
    for line in ("kb show 7", "kb diff draft 7", "kb publish #7", "kb reject 7 no", "kb revert 7"):
        edith.tells(line)
        edith.reads("there is no draft 7")


def test_a_difference_is_shown_line_by_line(world: World, edith: Somebody) -> None:
    erin = world.joins("erin", account="erin")
    erin.tells("kb edit system-seabios short Configure with `--with-system-seabios`.")
    edith.tells("kb diff 1")
    edith.reads(r"draft 1: change of `system-seabios` \(short\), by erin")
    edith.reads(r"^-.*seabios=PATH")
    edith.reads(r"^\+.*seabios`")


def test_kb_alone_lists_what_there_is(world: World, edith: Somebody) -> None:
    edith.tells("kb")
    told = " ".join(each.text for each in world.turn)
    assert all(f"`{row.usage}`" in told for row in COMMANDS.values() if row.path.startswith("kb "))
    edith.tells("kb publish everything")
    edith.reads("usage: kb publish DRAFT…")
    edith.tells("kb frobnicate")
    edith.reads(r"`kb drafts \[all\]`")


# --- publishing ---


def test_nobody_publishes_their_own_draft_by_whichever_account(make_world: Make) -> None:
    world = make_world(editors={"libera": ["edith"], "oftc": ["edi"]})
    edith = world.joins("edith", account="edith")
    other = world.joins("edi", account="edi", network="oftc")
    suggests(world, nick="edith")
    other.tells("link")
    code = world.said[-1].text
    word = next(each for each in code.replace("`", " ").split() if each.count("-") >= 2)
    edith.tells(f"link {word}")
    back = next(each for each in world.said[-1].text.replace("`", " ").split() if each.count("-") >= 2)
    other.tells(f"link {back}")
    for each in (edith, other):
        each.tells("kb publish 1")
        each.reads("draft 1 is yours, or you wrote in it: another editor publishes it")
    assert world.draft(1).state is DraftState.QUEUED


def test_who_is_the_only_editor_may_be_let(make_world: Make) -> None:
    world = make_world(editors={"libera": ["edith"]}, self_review=True)
    edith = world.joins("edith", account="edith")
    edith.tells("kb new How do I trace xl? => Use `xl -vvv create`.")
    edith.reads(r"draft 1, `.*` \(then `kb publish 1`\)")
    edith.tells("kb publish 1")
    edith.reads("draft 1 is being published")


def test_several_are_published_at_once_and_of_each_other_it_is_told_why_not(
    world: World, edith: Somebody
) -> None:
    suggests(world)
    suggests(world, "the docs are out of date")
    suggests(world, "How do I build part 3 of it? => Say make part3.")
    edith.tells("kb publish 1, 2 and 3 9")
    edith.reads("drafts 1, 3 are being published")
    edith.reads("draft 2 is a remark: `kb edit 2 short ANSWER`")
    edith.reads("there is no draft 9")
    edith.tells("kb publish 1")
    edith.reads(r"draft 1 \(`.*`\) is being published for edith")


def test_one_that_cannot_be_published_waits_again_and_says_why(world: World, edith: Somebody) -> None:
    suggests(world)
    edith.tells("kb publish 1")
    world.publishing_fails(1, "answers[0].short was changed meanwhile: `kb edit` it anew")
    edith.reads(r"draft 1 could not be published, and waits again: answers\[0\]\.short was changed meanwhile")
    assert world.draft(1).state is DraftState.QUEUED
    edith.tells("kb show 1")
    edith.reads("the last try failed: answers")
    edith.tells("kb publish 1")
    world.published(1)
    edith.reads("draft 1 is published: `")
    assert world.draft(1).reason == ""


def test_an_outcome_of_what_is_not_under_way_changes_nothing(world: World, edith: Somebody) -> None:
    suggests(world)
    before = world.draft(1)
    world.published(1, "1f2e3d4")
    edith.reads_nothing()
    world.publishing_fails(1, "no")
    edith.reads_nothing()
    assert world.draft(1) == before


def test_a_reviewer_in_no_channel_hears_the_outcome_all_the_same(world: World) -> None:
    edith = world.knows("edith", account="edith")
    suggests(world)
    edith.tells("kb publish 1")
    world.published(1, "1f2e3d4")
    edith.reads("draft 1 is published as 1f2e3d4")


def test_who_orders_it_at_the_control_socket_hears_the_outcome_there(make_world: Make) -> None:
    world = make_world(operators={"control": ["root"]}, offer_at=0.1)
    first, second = (Somebody(world, "control", nick, "root") for nick in ("root", "root-2"))
    for each in (first, second):
        each._do(
            "connects", Joined, speaker=each.speaker, venue=Venue("control", each.nick, Visibility.PRIVATE)
        )
    suggests(world)
    suggests(world, "How do I build part 3 of it? => Say make part3.")
    second.tells("kb drafts")
    assert len(world.turn) == 2
    second.tells("kb publish 1 2")
    world.published(1, "1f2e3d4")
    second.reads("draft 1 is published as 1f2e3d4")
    first.reads_nothing()


def test_what_was_published_is_taken_out_again(world: World, edith: Somebody) -> None:
    sam = suggests(world)
    edith.tells("kb revert 1")
    edith.reads("waits for a review")
    edith.tells("kb publish 1")
    world.published(1, "1f2e3d4c")
    edith.tells("kb revert 1")
    edith.reads("draft 1 is being taken out again")
    world.publishing_fails(1, "the remote cannot be reached")
    edith.reads("draft 1 could not be taken out again: the remote")
    assert world.draft(1).state is DraftState.PUBLISHED
    edith.tells("kb revert 1")
    world.published(1, "9a8b7c6d", "not pushed yet: the remote cannot be reached")
    edith.reads("draft 1 is taken out again as 9a8b7c6: `.*`; not pushed yet")
    sam.reads("what you suggested is no longer in the knowledge base")
    assert (world.draft(1).state, world.draft(1).undone) == (DraftState.REVERTED, "9a8b7c6d")


# --- rejecting ---


def test_the_author_learns_why_at_once(world: World, edith: Somebody) -> None:
    sam = suggests(world)
    edith.says("pkgdesk: kb reject 1 we have that already")
    world.desk_says("draft 1 is rejected", to="edith")
    sam.reads(r"what you suggested was not taken .*\(we have that already\): “How do I trace xl\?")
    edith.tells("kb publish 1")
    edith.reads(r"draft 1 \(.*\) was rejected by edith: we have that already")
    assert world.draft(1).told


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("seen", ["joins", "logs in", "writes privately"])
def test_an_author_who_is_not_about_learns_why_when_they_are_seen(
    world: World, edith: Somebody, seen: str, restart: bool
) -> None:
    sam = suggests(world)
    sam.quits()
    edith.tells("kb reject 1: we have that already")
    assert not world.draft(1).told
    world.clock.advance("3d")
    if restart:
        world.crashes()
    match seen:
        case "joins":
            sam.returns()
        case "logs in":
            sam.account = None
            sam.returns()
            sam.reads_nothing()
            sam.logs_in("sam")
        case _:
            sam.tells("mine")
    sam.reads(r"was not taken into the knowledge base \(we have that already\)")
    assert world.draft(1).told
    sam.tells("mine")
    assert not [each for each in world.turn if "not taken" in each.text]


def test_a_session_that_has_ended_is_waited_for_by_nobody(world: World, edith: Somebody) -> None:
    sam = world.joins("sam")
    suggests(world)
    sam.quits()
    edith.tells("kb reject 1")
    assert world.draft(1).told


def test_one_takes_ones_own_draft_back_and_is_told_once(world: World, edith: Somebody) -> None:
    edith.tells("kb new How do I trace xl? => Use `xl -vvv create`.")
    edith.tells("kb reject 1")
    assert [each.text for each in world.turn] == ["draft 1 is rejected."]


# --- rights ---

LINES = {
    "kb": "kb",
    "kb drafts": "kb drafts all",
    "kb show": "kb show 1",
    "kb diff": "kb diff 1",
    "kb publish": "kb publish 1",
    "kb reject": "kb reject 1 because",
    "kb revert": "kb revert 2",
    "kb new": "kb new How do I trace xl? => Use it.",
    "kb edit": "kb edit system-qemu short Use it.",
    "kb phrase": "kb phrase system-qemu how else?",
    "kb applies": "kb applies system-qemu xen >=4.19",
}
"""A line for each of the commands that would do something, said by an editor."""


@pytest.mark.parametrize("path", [row.path for row in COMMANDS.values() if row.path in LINES])
@pytest.mark.parametrize("nick", ["edith", "bob", "alice"])
def test_a_name_alone_gives_no_right(make_world: Make, path: str, nick: str) -> None:
    """Somebody who calls themself like an editor, a responder, a stranger: for none is there such a word."""
    world = make_world(editors={"libera": ["edith"]}, offer_at=0.1)
    suggests(world)
    before = world.draft(1)
    somebody = world.joins(nick, account=None if nick == "edith" else nick)
    somebody.tells(LINES[path])
    assert [each.text for each in world.turn] == [f"I know no `{path}`; `help` lists what I know."]
    assert world.draft(1) == before
    assert not world.exists(1)
    somebody.says(f"!{LINES[path]}")
    world.is_silent()


def test_it_is_the_answer_to_a_word_that_does_not_exist(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.tells("help kb frobnicate")
    unknown = world.turn[-1].text
    world.clock.advance("2m")
    alice.tells("kb publish 1")
    assert world.turn[-1].text == unknown.replace("kb frobnicate", "kb publish")


def test_kb_with_other_words_is_a_question_of_whoever_is_no_editor(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: kb entry about this please: {KNOWN}")
    assert world.exists(1)
    alice.says("!kb entry about this")
    world.is_silent()


def _draft(number: int, state: DraftState) -> Draft:
    now = "id: some\nphrasings: [how is it?]\nanswers: [{short: so}]\n"
    return Draft(
        number, f"k{number}", Origin.SUGGESTION, "libera/account/sam", "sam", START, "some", now, state=state
    )


FACTS = Facts(drafts={1: _draft(1, DraftState.QUEUED), 2: _draft(2, DraftState.PUBLISHED)}, next_draft=3)
REFERENCE = reference(editors={"libera": ["edith"]})
SPEAKERS = (
    Speaker("libera", "edith", None, "edith!e@example.org"),
    Speaker("libera", "bob", "bob"),
    Speaker("libera", "alice", "alice"),
    Speaker("oftc", "edith", "edith"),
    Speaker("libera", "edith", None, "bridge!b@example.org <edith"),
)
VENUES = (Venue("libera", HOME), Venue("libera", "x", Visibility.PRIVATE))


@given(st.sampled_from(SPEAKERS), st.sampled_from(VENUES), st.sampled_from(sorted(LINES)), st.data())
def test_nothing_follows_from_any_such_line_but_that_answer(
    speaker: Speaker, venue: Venue, path: str, data: st.DataObject
) -> None:
    rest = data.draw(st.text("12 =>-abcé#\u202e\n", max_size=12) | st.just(LINES[path][len(path) :]))
    start = data.draw(st.sampled_from(["pkgdesk: ", "!", ""]))
    heard = Heard(
        "x/1", START, speaker, replace(venue, network=speaker.network), f"{start}{path} {rest}", "pkgdesk"
    )
    text = subject_given(heard, FACTS, REFERENCE)
    effects = decide(heard, consult(text, None, REFERENCE) if text else None, FACTS, REFERENCE)
    assert not [each for each in effects if isinstance(each, SaveDraft)]
    said = [each.line.text for each in effects if isinstance(each, Say)]
    assert not [line for line in said if "draft" in line.replace("kb drafts", "")]


def test_every_command_is_for_editors_alone() -> None:
    rows = [row for row in COMMANDS.values() if is_kb(Said("", command=row.path))]
    assert {row.path for row in rows} >= {*LINES}
    assert {row.role for row in rows} == {Role.EDITOR}
