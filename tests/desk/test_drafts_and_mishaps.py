"""What goes wrong around drafts: what is taken back while it is being published, what is not told twice, what
is left of a draft that is gone, and numbers that are ids as well."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from world import BASE, EITHER, UNKNOWN, VENUES, Somebody, World

from bot.desk.events import Heard
from bot.desk.facts import Concern
from bot.desk.model import TAKEN_BACK, State
from knowledge.drafts import Draft, DraftState, Origin
from knowledge.files import parse_entry, to_yaml
from routing.presence import Venue, Visibility

Make = Callable[..., World]

SUGGESTED = "How do I trace xl? => Use `xl -vvv create`."
REMEDY = "alice: upgrade the daemon to 4.17.3, see https://docs.example.org/xenstored"


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(editors={"libera": ["edith", "erin"]}, offer_at=0.1)


@pytest.fixture
def edith(world: World) -> Somebody:
    return world.joins("edith", account="edith")


def is_answered(world: World, remedy: str = REMEDY) -> tuple[Callable[[], None], Callable[[], None]]:
    """Alice confirms what bob answered. Given back: what takes her question back, and what his answer."""
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    asked = alice.says(f"pkgdesk: {UNKNOWN}", message="asked")
    world.clock.advance("1m")
    replied = bob.says(remedy, message="replied")
    world.clock.advance("4m")
    alice.says("yes")
    return lambda: alice.redacts(asked), lambda: bob.redacts(replied)


def is_empty(draft: Draft) -> bool:
    return (draft.state, draft.now, draft.was, draft.note) == (DraftState.REJECTED, "", "", "")


# --- taken back while it is being published ---


@pytest.mark.parametrize("what", [0, 1])
def test_what_was_taken_back_meanwhile_does_not_wait_again(world: World, edith: Somebody, what: int) -> None:
    takes_back = is_answered(world)[what]
    edith.tells("kb publish 1")
    revision = world.draft(1).revision
    takes_back()
    assert (world.draft(1).state, world.draft(1).revision) == (DraftState.PUBLISHING, revision)
    world.publishing_fails(1, "the remote cannot be reached")
    edith.reads("draft 1 was not published, and is gone: what it was made of was taken back")
    assert is_empty(world.draft(1))
    edith.tells("kb show 1")
    edith.reads("draft 1 was rejected: what it was made of was taken back")


@pytest.mark.parametrize("fails", [True, False])
def test_what_is_not_right_after_all_does_not_wait_again_either(
    world: World, edith: Somebody, fails: bool
) -> None:
    is_answered(world)
    edith.tells("kb publish 1")
    world.people[1].says("pkgdesk: not it #1")
    if fails:
        world.publishing_fails(1, "the remote cannot be reached")
        edith.reads("draft 1 was not published, and is gone: its asker says that it was not right after all")
        assert (world.draft(1).state, bool(world.draft(1).now)) == (DraftState.REJECTED, True)
    else:
        world.published(1, "1f2e3d4c")
        edith.reads("its asker says that it was not right after all, meanwhile: `kb revert 1`")


def test_its_reviewer_hears_that_what_is_published_was_taken_back_meanwhile(
    world: World, edith: Somebody
) -> None:
    takes_back, _ = is_answered(world)
    edith.tells("kb publish 1")
    takes_back()
    world.published(1, "1f2e3d4c", "not pushed yet")
    edith.reads(
        r"published as 1f2e3d4: `.*`; not pushed yet; what .* was taken back, meanwhile: `kb revert 1`"
    )
    assert (world.draft(1).state, world.draft(1).reason) == (DraftState.PUBLISHED, "")


def test_what_stands_is_published_as_if_nothing_had_been_taken_back_before(
    world: World, edith: Somebody
) -> None:
    is_answered(world)
    edith.tells("kb publish 1")
    world.publishing_fails(1, "the remote cannot be reached")
    edith.tells("kb publish 1")
    world.publishing_fails(1, "the remote cannot be reached")
    assert world.draft(1).state is DraftState.QUEUED


# --- a suggestion is taken back ---


@pytest.mark.parametrize("text", [SUGGESTED, "system-qemu: that path is my own, please mend it"])
@pytest.mark.parametrize("rejected", [False, True])
def test_a_suggestion_whose_message_is_taken_back_is_gone(
    world: World, edith: Somebody, text: str, rejected: bool
) -> None:
    sam = world.joins("sam", account="sam")
    said = sam.says(f"pkgdesk: suggest {text}", id="libera/m1", message="m1")
    sam.says(f"pkgdesk: suggest {SUGGESTED}", id="libera/m2", message="m2")
    if rejected:
        edith.tells("kb reject 1 because")
    sam.redacts(said)
    assert is_empty(world.draft(1))
    assert world.draft(2).state is DraftState.QUEUED


def test_what_an_editor_said_of_a_draft_stays_when_they_take_their_line_back(
    world: World, edith: Somebody
) -> None:
    said = edith.says(f"pkgdesk: kb new {SUGGESTED}", id="libera/m1", message="m1")
    edith.redacts(said)
    assert (world.draft(1).origin, world.draft(1).state) == (Origin.EDIT, DraftState.QUEUED)


# --- who is told, and how often ---


def is_linked(one: Somebody, other: Somebody) -> None:
    world = one.world
    other.tells("link")
    code = next(each for each in world.said[-1].text.replace("`", " ").split() if each.count("-") >= 2)
    one.tells(f"link {code}")
    back = next(each for each in world.said[-1].text.replace("`", " ").split() if each.count("-") >= 2)
    other.tells(f"link {back}")


def test_who_has_linked_accounts_is_told_once(make_world: Make) -> None:
    world = make_world(editors={"libera": ["edith"], "oftc": ["edi"]})
    edith, other = world.joins("edith", account="edith"), world.joins("edi", account="edi", network="oftc")
    sam = world.joins("sam", account="sam")
    is_linked(edith, other)
    sam.says(f"pkgdesk: suggest {SUGGESTED}")
    assert len([each for each in world.turn if "`kb publish 1`" in each.text]) == 1
    world.reloads(editors={"libera": ["edith"], "oftc": ["edi"]}, entries=BASE[1:])
    assert len([each for each in world.turn if each.venue.private]) == 1


def test_by_no_account_of_theirs_an_author_is_told_of_their_own(make_world: Make) -> None:
    world = make_world(editors={"libera": ["edith"], "oftc": ["edi"]})
    edith, other = world.joins("edith", account="edith"), world.joins("edi", account="edi", network="oftc")
    is_linked(edith, other)
    for each in (edith, other):
        world.clock.advance("2m")
        each.says(f"pkgdesk: suggest {SUGGESTED}")
        assert not [said for said in world.turn if "`kb publish" in said.text]


def test_by_whichever_account_one_writes_in_ones_own_draft(make_world: Make) -> None:
    world = make_world(editors={"libera": ["edith"], "oftc": ["edi"]})
    edith, other = world.joins("edith", account="edith"), world.joins("edi", account="edi", network="oftc")
    is_linked(edith, other)
    edith.tells(f"kb new {SUGGESTED}")
    other.tells("kb edit 1 short Use it.")
    other.tells("kb edit trace-xl short Use `xl -vvv`.")
    assert (world.draft(1).author, world.draft(1).amended_by) == ("libera/account/edith", ())


def test_once_the_last_one_is_dealt_with_the_next_is_told_at_once(world: World, edith: Somebody) -> None:
    sam = world.joins("sam", account="sam")
    for number in (1, 2):
        sam.says(f"pkgdesk: suggest {SUGGESTED}")
        edith.reads(f"draft {number}, suggested by sam")
        edith.tells(f"kb publish {number}")


def test_the_last_of_a_burst_are_told_with_the_next_review(world: World, edith: Somebody) -> None:
    for nick in ("sam", "sue", "sid"):
        world.joins(nick, account=nick).says(f"pkgdesk: suggest How do I build {nick}? => make {nick}")
    edith.tells("kb publish 1")
    edith.reads(r"draft 1 is being published; 2 more wait \(`kb drafts`\)")
    edith.tells("kb reject 3 no")
    edith.reads(r"draft 3 is rejected; 1 more waits \(`kb drafts`\)")
    edith.tells("kb publish 2")
    edith.reads(r"draft 2 is being published\.$")


# --- rejecting several ---


@pytest.mark.parametrize(
    ("line", "gone", "reason"),
    [
        ("1 2", {1, 2}, ""),
        ("1, 2 and 3", {1, 2, 3}, ""),
        ("1 2: spam", {1, 2}, "spam"),
        ("1 2 entries say so already", {1}, "2 entries say so already"),
        ("1: 2 says so already", {1}, "2 says so already"),
        ("draft 3 - no", {3}, "no"),
    ],
)
def test_several_are_rejected_at_once(
    world: World, edith: Somebody, line: str, gone: set[int], reason: str
) -> None:
    for nick in ("sam", "sue", "sid"):
        world.joins(nick, account=nick).says(f"pkgdesk: suggest How do I build {nick}? => make {nick}")
    edith.tells(f"kb reject {line}")
    drafts = [world.draft(number) for number in (1, 2, 3)]
    assert {each.number for each in drafts if each.state is DraftState.REJECTED} == gone
    assert {each.reason for each in drafts if each.state is DraftState.REJECTED} == {reason}
    assert len([each for each in world.turn if "not taken" in each.text]) == len(gone)


def test_of_each_that_cannot_be_rejected_it_is_told_why(world: World, edith: Somebody) -> None:
    world.joins("sam", account="sam").says(f"pkgdesk: suggest {SUGGESTED}")
    edith.tells("kb reject 1 7")
    edith.reads(r"draft 1 is rejected\.$")
    edith.reads("there is no draft 7")
    edith.tells("kb reject 1 7")
    edith.reads(r"draft 1 \(`trace-xl`\) was rejected by edith")


# --- what a draft says of itself ---


def test_what_could_not_be_taken_out_again_is_not_said_to_be_published_by_who_tried(
    world: World, edith: Somebody
) -> None:
    erin = world.joins("erin", account="erin")
    world.joins("sam", account="sam").says(f"pkgdesk: suggest {SUGGESTED}")
    edith.tells("kb publish 1")
    world.published(1, "1f2e3d4c")
    edith.tells("kb show 1")
    edith.reads(r"draft 1 \(`trace-xl`\) was published as 1f2e3d4 by edith")
    erin.tells("kb revert 1")
    world.publishing_fails(1, "it was changed since")
    edith.tells("kb show 1")
    edith.reads(r"was published as 1f2e3d4; taking it out again for erin failed: it was changed since")


def test_what_was_taken_back_is_no_remark_to_make_an_entry_of(world: World, edith: Somebody) -> None:
    takes_back, _ = is_answered(world)
    takes_back()
    assert world.question(1).text == TAKEN_BACK
    for line in ("kb show 1", "kb diff 1", "kb publish 1", "kb edit 1 short x", "kb reject 1"):
        edith.tells(line)
        edith.reads("draft 1 was rejected: what it was made of was taken back")
        assert not [each for each in world.turn if "remark" in each.text or "“”" in each.text]


def test_a_change_of_an_entry_is_not_said_to_be_like_it(world: World, edith: Somebody) -> None:
    edith.tells("kb edit system-qemu short Say --with-system-qemu.")
    edith.tells("kb show 1")
    assert not [each for each in world.turn if "resembles `system-qemu`" in each.text]


def test_of_a_remark_on_an_entry_that_is_gone_no_other_is_made(world: World, edith: Somebody) -> None:
    world.joins("sam", account="sam").says("pkgdesk: suggest system-qemu: it is wrong")
    world.reloads(editors={"libera": ["edith"]}, entries=BASE[1:])
    edith.tells("kb edit 1 short Say so.")
    edith.reads("there is no entry `system-qemu`")
    assert world.draft(1).is_remark


def test_why_it_could_not_be_published_is_told_until_somebody_writes_in_it(
    world: World, edith: Somebody
) -> None:
    world.joins("sam", account="sam").says(f"pkgdesk: suggest {SUGGESTED}")
    edith.tells("kb publish 1")
    world.publishing_fails(1, "its short is too long")
    edith.tells("kb edit 1 short Use it.")
    edith.tells("kb show 1")
    assert not [each for each in world.turn if "the last try failed" in each.text]


def test_no_two_drafts_make_one_entry(world: World, edith: Somebody) -> None:
    world.joins("sam", account="sam").says(f"pkgdesk: suggest {SUGGESTED}")
    edith.proposes(world.draft(1).now.replace("xl -vvv", "xl -v"))
    edith.reads("there is an entry `trace-xl` already")
    edith.tells("kb reject 1")
    edith.proposes(world.draft(1).now.replace("xl -vvv", "xl -v"))
    edith.reads("draft 2, `trace-xl`")


# --- numbers and ids ---


def test_an_id_of_digits_is_found_where_no_draft_has_that_number(make_world: Make) -> None:
    entry = "id: '2'\nphrasings: [Is there a second release candidate?]\nanswers: [{short: Not yet.}]\n"
    world = make_world(editors={"libera": ["edith"]}, entries=(*BASE, entry))
    edith = world.joins("edith", account="edith")
    edith.tells("kb show 2")
    edith.reads("`2`: “Is there a second")
    edith.tells("kb edit 2 short By now there is.")
    edith.reads("draft 1, `2`")
    edith.tells("kb edit 2 title Release candidates")
    assert parse_entry(world.draft(1).now, "draft").title == "Release candidates"
    edith.tells("kb new How do I trace xl? => Use it.")
    edith.tells("kb show 2")
    edith.reads("draft 2: new")


# --- whom drafts name ---


def test_nobody_who_may_be_asked_is_named_though_they_are_not_about(world: World) -> None:
    is_answered(world, "alice: carol and trudy say that you should upgrade the daemon to 4.17.3")
    now = world.draft(1).now
    assert "upgrade the daemon" in now
    assert "carol" not in now
    assert "trudy" not in now


# --- phrasings, of which one question is taken back ---


def are_picked(world: World) -> tuple[Somebody, Heard]:
    """Alice and eve pick an entry, which is draft 1. Given back: eve, and what she asked."""
    for nick, text in (("alice", EITHER), ("eve", "how to build tools, no cloning?")):
        somebody = world.joins(nick, account=nick)
        asked = somebody.says(f"pkgdesk: {text}", message=f"by {nick}")
        somebody.says(world.choice("SeaBIOS"))
    return somebody, asked


def test_an_editors_note_leaves_it_known_whose_phrasings_they_are(world: World, edith: Somebody) -> None:
    eve, asked = are_picked(world)
    entry = parse_entry(world.draft(1).now, "draft")
    edith.proposes(to_yaml(replace(entry, title="SeaBIOS")), number=1, note="with a title")
    assert world.draft(1).note == "from #1 #2"
    eve.redacts(asked)
    assert "no cloning?" not in world.draft(1).now
    assert EITHER in world.draft(1).now


def test_one_is_kept_in_no_draft_that_was_rejected(world: World, edith: Somebody) -> None:
    eve, asked = are_picked(world)
    edith.tells("kb reject 1 nobody asks so")
    eve.redacts(asked)
    assert "no cloning?" not in world.draft(1).now


def test_one_does_not_wait_again_where_publishing_fails(world: World, edith: Somebody) -> None:
    eve, asked = are_picked(world)
    edith.tells("kb publish 1")
    eve.redacts(asked)
    world.publishing_fails(1, "the remote cannot be reached")
    assert "no cloning?" not in world.draft(1).now


def test_who_asked_so_hears_nothing_of_what_became_of_it(world: World, edith: Somebody) -> None:
    """They asked, and proposed nothing."""
    are_picked(world)
    edith.tells("kb reject 1 nobody asks so")
    assert {each.venue.name for each in world.turn} == {"edith"}
    assert world.draft(1).told


def test_an_editors_own_change_goes_into_no_draft_of_phrasings(world: World, edith: Somebody) -> None:
    edith.says(f"pkgdesk: {EITHER}")
    edith.says(world.choice("SeaBIOS"))
    edith.tells("kb edit system-seabios short Say --with-system-seabios.")
    assert [world.draft(number).origin for number in (1, 2)] == [Origin.PHRASINGS, Origin.EDIT]
    assert EITHER not in world.draft(2).now


def test_what_is_being_published_is_not_proposed_again(world: World, edith: Somebody) -> None:
    are_picked(world)
    edith.tells("kb publish 1")
    dan = world.joins("dan", account="dan")
    dan.says(f"pkgdesk: {EITHER.upper()}")
    dan.says(world.choice("SeaBIOS"))
    edith.tells("kb drafts all")
    assert len([each for each in world.turn if each.text.startswith("draft ")]) == 1


# --- what was said privately of one's case ---


@pytest.mark.parametrize("privately", [False, True])
def test_what_an_asker_adds_privately_limits_no_entry(world: World, privately: bool) -> None:
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: which version?")
    (alice.tells if privately else alice.says)("#1 it is 4.17.2")
    bob.says("alice: upgrade the daemon and start it again")
    world.clock.advance("4m")
    alice.says("yes")
    limits = parse_entry(world.draft(1).now, "draft").answers[0].applies
    assert limits == ({} if privately else {"xen": ("4.17",)})


@pytest.mark.parametrize("sealed", [False, True])
def test_of_what_is_encrypted_no_draft_is_made_though_everybody_may_join(
    make_world: Make, sealed: bool
) -> None:
    room = Venue("libera", "#sealed", Visibility.PUBLIC, sealed)
    world = make_world(venues=(*VENUES, room), editors={"libera": ["edith"]})
    alice = world.joins("alice", account="alice", channel=room.name)
    bob = world.joins("bob", account="bob", channel=room.name)
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    bob.says("alice: upgrade the daemon and start it again")
    world.clock.advance("4m")
    alice.says("yes")
    assert world.question(1).state is State.ANSWERED
    assert bool(world.facts(Concern(draft_numbers=(1,))).drafts) is not sealed


# --- nicks that are words ---


def test_a_nick_that_is_a_word_of_the_base_is_left_where_it_stands(world: World) -> None:
    world.joins("python")
    world.joins("rumpel")
    is_answered(world, "alice: rumpel says that you should upgrade python to 3.6 first")
    short = parse_entry(world.draft(1).now, "draft").answers[0].short
    assert "upgrade python to 3.6" in short
    assert "rumpel" not in short


def test_who_was_left_out_stays_left_out_when_a_line_is_mended_after_they_left(world: World) -> None:
    rumpel = world.joins("rumpel")
    alice, bob = world.joins("alice", account="alice"), world.joins("bob", account="bob")
    world.clock.advance("1m")
    alice.says(f"pkgdesk: {UNKNOWN}")
    world.clock.advance("1m")
    replied = bob.says("alice: rumpel says that you should upgrade the deamon", message="replied")
    world.clock.advance("4m")
    alice.says("yes")
    rumpel.quits()
    world.disconnects()
    world.reconnects()
    bob.edits(replied, "alice: rumpel says that you should upgrade the daemon")
    short = parse_entry(world.draft(1).now, "draft").answers[0].short
    assert "upgrade the daemon" in short
    assert "rumpel" not in short


# --- suggestions ---


def test_what_those_without_an_account_use_up_is_not_the_others(make_world: Make) -> None:
    world = make_world(suggestions=1)
    for number in range(5):
        world.joins(f"guest{number}").says(f"pkgdesk: suggest number {number} is missing")
    assert "have made 4 suggestions" in world.turn[0].text
    world.joins("sam", account="sam").says(f"pkgdesk: suggest {SUGGESTED}")
    world.desk_says("draft 5", to="sam")
