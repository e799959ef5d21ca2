"""Editors make entries and change them in chat, and hand over whole texts from outside."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import FACETS, KNOWN, Somebody, World

from bot.desk.editing import MOST_WITH_EDITS
from bot.desk.facts import Concern
from knowledge.amending import FIELDS, NotSo, amended, applying, as_written, phrased
from knowledge.drafts import Origin
from knowledge.entry import Answer, Entry
from knowledge.files import parse_entry, to_yaml

Make = Callable[..., World]


@pytest.fixture
def world(make_world: Make) -> World:
    return make_world(editors={"libera": ["edith", "erin"]}, offer_at=0.1)


@pytest.fixture
def edith(world: World) -> Somebody:
    return world.joins("edith", account="edith")


@pytest.fixture
def erin(world: World) -> Somebody:
    return world.joins("erin", account="erin")


def entry(world: World, number: int = 1) -> Entry:
    """What a draft says, as a file would be read."""
    return parse_entry(world.draft(number).now, "draft")


def count(world: World) -> int:
    return len(world.facts(Concern(draft_numbers=tuple(range(1, 30)))).drafts)


# --- a new entry ---


@pytest.mark.parametrize("arrow", ["=>", "->", "→"])
def test_a_new_entry(world: World, edith: Somebody, erin: Somebody, arrow: str) -> None:
    edith.says(f"pkgdesk: kb new How do I trace xenstored? {arrow} Start it with --trace-file=PATH.")
    world.desk_says(
        r"draft 1, `trace-xenstored` \(then another editor's `kb publish 1`\): “How do I", to="edith"
    )
    erin.reads(r"draft 1, by edith: `kb show 1`, `kb publish 1`")
    made = entry(world)
    assert made.phrasings == ("How do I trace xenstored?",)
    assert made.answers == (Answer("Start it with --trace-file=PATH."),)
    assert made.section == "XENSTORE"
    assert made.verified is not None
    assert made.verified.by == "edith"
    assert (world.draft(1).origin, world.draft(1).was) == (Origin.EDIT, "")
    assert not world.exists(1)


def test_a_second_one_gets_an_id_of_its_own(world: World, edith: Somebody) -> None:
    for _ in range(2):
        edith.tells("kb new System QEMU? => Configure --with-system-qemu.")
    assert {entry(world, number).id for number in (1, 2)} == {"system-qemu-2", "system-qemu-3"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f"How? => {'x' * 301}", r"answers\[0\]\.short: must have at most 300 bytes, found 301"),
        ("? => yes", r"phrasings\[0\]: must have a word in it"),
        ("How do I? => a\u202eb", r"answers\[0\]\.short: must be one line of visible text, found .* U\+202E"),
    ],
)
def test_what_a_file_may_not_say_is_told(world: World, edith: Somebody, said: str, told: str) -> None:
    edith.tells(f"kb new {said}")
    edith.reads(f"that cannot be: {told}")
    assert not count(world)


# --- changes of an entry ---


@pytest.mark.parametrize(
    ("line", "changed"),
    [
        ("edit system-qemu title Building with the distribution's QEMU", "title: Building with the"),
        ("edit system-qemu short Say --with-system-qemu.", "short: Say --with-system-qemu."),
        ("edit system-qemu source https://docs.example.org/qemu", "source: https://docs.example.org/qemu"),
        ("edit system-qemu text It takes a path, too.", "It takes a path, too."),
        ("edit system-qemu section xenstore", "section: XENSTORE"),
        ("edit system-qemu tags offline, qemu-xen", "tags: [offline, qemu-xen]"),
        ("edit SYSTEM-QEMU see system-seabios python-version", "see: [system-seabios, python-version]"),
        ("edit system-qemu verified 4.19", '2026-11-23, by: edith, for: "4.19"'),
        ("edit system-qemu verified for trixie", "2026-11-23, by: edith, for: trixie"),
        ("edit system-qemu review 1y", "review_after: 1y"),
        ("edit system-qemu verified", "2026-11-23, by: edith}"),
        ("edit system-qemu verified 2026-10-01 by bob for 4.19", '2026-10-01, by: bob, for: "4.19"'),
        ("edit python-version short 2 Python 2.7.", "short: Python 2.7."),
        ("edit python-version short + Nobody knows.", "short: Nobody knows."),
        ("phrase system-qemu qemu without git?", "- qemu without git?"),
        ("applies system-qemu xen >=4.5,<4.20", '">=4.5,<4.20"'),
        ("applies system-qemu toolstack virsh", "toolstack: libvirt"),
        ("applies python-version 2 distribution mga debian", "distribution: [mageia, debian]"),
    ],
)
def test_an_entry_is_changed(world: World, edith: Somebody, line: str, changed: str) -> None:
    edith.tells(f"kb {line}")
    edith.reads("draft 1, `(system-qemu|python-version)`")
    draft = world.draft(1)
    assert changed in draft.now
    assert changed not in draft.was
    known = world.reference.knowledge.by_id(draft.entry)
    assert known is not None
    assert draft.was == to_yaml(known)


@pytest.mark.parametrize(
    ("line", "gone"),
    [
        ("edit system-qemu source -", "source:"),
        ("edit python-version short 2 -", "Python 2.6"),
        ("edit system-qemu section -", "section:"),
        ("phrase system-qemu -2", "xen build downloads"),
        ("phrase system-qemu - How do I build the tools without cloning QEMU?", "How do I build"),
        ("applies system-qemu xen -", "applies"),
    ],
)
def test_something_is_left_out_of_an_entry(world: World, edith: Somebody, line: str, gone: str) -> None:
    edith.tells(f"kb {line}")
    assert gone in world.draft(1).was
    assert gone not in world.draft(1).now


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("edit system-quemu short x", r"there is no entry `system-quemu`, did you mean `system-qemu`\?"),
        ("edit system-qemu shrt x", "there is no field `shrt`: title, short, text"),
        ("edit system-qemu applies xen", r"say `kb applies ID \[VARIANT\] FACET VALUE…`"),
        ("edit system-qemu short", r"say after `short` what it is to be"),
        ("edit system-qemu review soon", "review: must be a number and a unit"),
        ("edit system-qemu verified on monday", r"verified: say \[DATE\]"),
        ("edit system-qemu verified by", r"verified: say \[DATE\]"),
        ("edit system-qemu verified bob", r"verified: say \[DATE\]"),
        ("edit system-qemu short -", "that is its only variant"),
        ("edit system-qemu verified 2026-13-01", r"verified: say \[DATE\]"),
        ("edit system-qemu section XENSTOR", "the map has no section `XENSTOR`, did you mean `XENSTORE`"),
        ("edit system-qemu see sytem-seabios", "there is no entry `sytem-seabios`, did you mean"),
        ("edit system-qemu source https://xenbits.example.org/INSTALL", "`system-qemu` says so already"),
        ("edit python-version short Python 3.", "it has 2 variants: say which"),
        ("edit python-version short 3 Python 3.", "it has 2 variants, and no 3"),
        ("edit python-version text + more", "a variant begins with its short"),
        ("phrase system-qemu how do i build  the tools without cloning QEMU?", "has that phrasing already"),
        ("phrase system-qemu -9", "it has no such phrasing"),
        ("phrase livepatch-build -1", "that is its only phrasing"),
        ("applies system-qemu toolstak xl", "no facet `toolstak` is declared, did you mean `toolstack`"),
        ("applies system-qemu toolstack libvrt", "`libvrt` is no toolstack, did you mean `libvirt`"),
        ("applies system-qemu xen >=foo", "must be a version constraint"),
        ("applies python-version xen 4.19", "it has 2 variants: say which"),
        ("applies system-qemu distribution -", "it says nothing of `distribution`"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(world: World, edith: Somebody, line: str, told: str) -> None:
    edith.says(f"pkgdesk: kb {line}")
    world.desk_says(told, to="edith")
    assert len(world.turn) == 1
    assert not count(world)


def test_ones_own_changes_of_an_entry_are_one_draft(world: World, edith: Somebody, erin: Somebody) -> None:
    edith.tells("kb edit system-qemu short Say --with-system-qemu.")
    erin.reads("draft 1")
    edith.tells("kb phrase system-qemu qemu without git?")
    edith.reads("draft 1")
    erin.reads_nothing()
    erin.tells("kb edit system-qemu tags offline")
    assert count(world) == 2
    assert entry(world).answers[0].short == "Say --with-system-qemu."
    assert "qemu without git?" in entry(world).phrasings
    assert entry(world, 2).tags == ("offline",)
    assert entry(world, 2).answers[0].short != "Say --with-system-qemu."
    erin.tells("kb publish 1")
    edith.tells("kb edit system-qemu review 2y")
    assert count(world) == 3


def test_a_new_entry_is_changed_by_its_id_before_it_is_one(world: World, edith: Somebody) -> None:
    edith.tells("kb new How do I trace xenstored? => Start it with --trace-file=PATH.")
    edith.tells("kb edit trace-xenstored source https://docs.example.org/xenstored")
    assert count(world) == 1
    assert entry(world).answers[0].source == "https://docs.example.org/xenstored"
    edith.tells("kb show trace-xenstored")
    edith.reads("draft 1: new `trace-xenstored`, by edith")
    edith.tells("kb edit system-qemu see trace-xenstored")
    assert entry(world, 2).see == ("trace-xenstored",)


def test_a_new_entry_gets_another_id_before_it_is_one(world: World, edith: Somebody, erin: Somebody) -> None:
    for what in ("xl", "xenstored"):
        edith.tells(f"kb new How do I trace {what}? => Say --trace.")
    erin.tells("kb edit 1 id Tracing-xl")
    erin.reads("draft 1, `tracing-xl`")
    assert (world.draft(1).entry, entry(world).id) == ("tracing-xl", "tracing-xl")
    assert world.draft(1).amended_by == ("libera/account/erin",)
    edith.tells("kb edit tracing-xl id trace-xl")
    edith.tells("kb show trace-xl")
    edith.reads("draft 1: new `trace-xl`")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1 id trace xl", "id: must be "),
        ("1 id Trace_xl", "id: must be "),
        ("1 id", "id"),
        ("1 id trace-xl", "`trace-xl` says so already"),
        ("1 id trace-xenstored", "there is an entry `trace-xenstored` already"),
        ("1 id system-qemu", "there is an entry `system-qemu` already"),
        ("3 id qemu", "the entry is `system-qemu`, and an id stays as it is"),
        ("system-qemu id qemu", "the entry is `system-qemu`, and an id stays as it is"),
        ("4 id qemu", "draft 4 is a remark"),
    ],
)
def test_an_id_that_cannot_be_is_told_in_a_line(world: World, edith: Somebody, line: str, told: str) -> None:
    for what in ("xl", "xenstored"):
        edith.tells(f"kb new How do I trace {what}? => Say --trace.")
    edith.tells("kb edit system-qemu tags offline")
    edith.tells("suggest nothing is said of stubdomains")
    before = [world.draft(number) for number in range(1, 5)]
    edith.tells(f"kb edit {line}")
    edith.reads(told)
    assert [world.draft(number) for number in range(1, 5)] == before


# --- drafts of others ---


def test_who_writes_in_a_draft_does_not_publish_it(world: World, edith: Somebody, erin: Somebody) -> None:
    sam = world.joins("sam", account="sam")
    sam.says("pkgdesk: suggest How do I trace xl? => Use xl -vvv create.")
    edith.tells("kb edit 1 short Use `xl -vvv create`.")
    assert entry(world).answers[0].short == "Use `xl -vvv create`."
    assert (world.draft(1).author_name, world.draft(1).amended_by) == ("sam", ("libera/account/edith",))
    edith.tells("kb publish 1")
    edith.reads("draft 1 is yours, or you wrote in it")
    erin.tells("kb publish 1")
    erin.reads("draft 1 is being published")
    edith.tells("kb edit 1 title Tracing")
    edith.reads(r"draft 1 \(`.*`\) is being published for erin")


@pytest.mark.parametrize(
    ("line", "asked", "answered"),
    [
        ("edit 1 short Use `xl -vvv create`.", "nobody says how to trace xl", "Use `xl -vvv create`."),
        ("phrase draft 1 How do I trace xl?", "How do I trace xl?", "nobody says how to trace xl"),
    ],
)
def test_a_remark_becomes_an_entry(
    world: World, edith: Somebody, line: str, asked: str, answered: str
) -> None:
    world.joins("sam", account="sam").says("pkgdesk: suggest nobody says how to trace xl")
    assert world.draft(1).is_remark
    edith.tells("kb applies 1 xen 4.19")
    edith.reads("draft 1 is a remark: `kb edit 1 short ANSWER` makes an entry of it")
    edith.tells(f"kb {line}")
    assert entry(world).phrasings == (asked,)
    assert entry(world).answers[0].short == answered
    assert world.draft(1).author_name == "sam"


def test_a_remark_about_an_entry_becomes_a_change_of_it(world: World, edith: Somebody) -> None:
    world.joins("sam", account="sam").says("pkgdesk: suggest system-qemu: it takes a path by now")
    edith.tells("kb edit 1 short Configure with `--with-system-qemu=PATH`.")
    known = world.reference.knowledge.by_id("system-qemu")
    assert known is not None
    assert world.draft(1).was == to_yaml(known)
    assert entry(world).phrasings == known.phrasings


# --- whole texts ---

TEXT = "# mine\nid: trace-xl\nphrasings: [How do I trace xl?]\nanswers:\n  - short: Use `xl -vvv create`.\n"


def test_a_whole_text_becomes_a_draft_as_it_is(world: World, edith: Somebody, erin: Somebody) -> None:
    edith.proposes(TEXT, note="from the list")
    edith.reads("draft 1, `trace-xl`")
    erin.reads("draft 1, by edith")
    assert (world.draft(1).now, world.draft(1).note) == (TEXT, "from the list")
    edith.proposes(TEXT.replace("# mine", "# ours"), number=1)
    assert world.draft(1).now.startswith("# ours")
    assert world.draft(1).note == "from the list"
    assert count(world) == 1


@pytest.mark.parametrize(
    ("text", "values", "told"),
    [
        ("id: trace-xl\nphrasing: x\n", {}, r"2:1: phrasing: "),
        ("id: [\n", {}, r"\d:\d: "),
        (TEXT.replace("trace-xl", "system-qemu"), {}, "there is an entry `system-qemu` already"),
        (TEXT, {"was": TEXT}, "`trace-xl` says so already"),
        (TEXT, {"was": TEXT.replace("trace-xl", "trace-it")}, "the entry is `trace-it`, and an id stays"),
        (TEXT, {"number": 9}, "there is no draft 9"),
    ],
)
def test_a_text_that_cannot_be_is_told_with_its_place(
    world: World, edith: Somebody, text: str, values: dict[str, str | int], told: str
) -> None:
    edith.proposes(text, **values)  # type: ignore[arg-type]
    edith.reads(told)
    assert not count(world)


def test_nobody_else_hands_over_a_text(world: World) -> None:
    for nick, account in (("bob", "bob"), ("edith", None)):
        somebody = world.joins(nick, account=account)
        somebody.proposes(TEXT)
        somebody.reads("I know no `kb`; `help` lists what I know")
        world.clock.advance("2m")
    assert not count(world)


def test_there_are_never_more_drafts_than_are_read_at_once(
    world: World, edith: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.editing.MOST_WITH_EDITS", 2)
    for number in range(3):
        edith.tells(f"kb new How do I build part {number}? => Say make part{number}.")
    edith.reads("2 drafts wait for a review; publish or reject some first")
    edith.proposes(TEXT)
    edith.reads("2 drafts wait for a review")
    assert count(world) == 2 < MOST_WITH_EDITS
    edith.tells("kb edit 1 tags part")
    assert entry(world).tags == ("part",)


def test_a_question_may_still_be_asked_in_these_words(world: World) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu")


# --- changes as values ---

BEFORE = Entry("some", ("How is it?", "How?"), (Answer("So.", "", "", {"xen": (">=4.4",)}), Answer("Else.")))


def told(change: Callable[[], Entry]) -> str:
    """What a change is told; the text that it makes can be read again."""
    try:
        text = as_written(change())
    except NotSo as wrong:
        return str(wrong)
    assert parse_entry(text, "draft").id == "some"
    return ""


@given(st.sampled_from([*FIELDS, "frob"]), st.text(max_size=40) | st.sampled_from(["-", "2 x", "+ x", "1y"]))
def test_a_change_is_told_wrong_or_can_be_written(field: str, value: str) -> None:
    assert "\n" not in told(lambda: amended(BEFORE, field, value, on=date(2026, 11, 23), by="edith"))


@given(st.text(max_size=30), st.none() | st.integers(0, 3), st.sampled_from(["xen", "toolstack", "x\n"]))
def test_a_phrasing_or_a_limit_is_told_wrong_or_can_be_written(
    text: str, variant: int | None, facet: str
) -> None:
    assert "\n" not in told(lambda: phrased(BEFORE, text))
    assert "\n" not in told(lambda: applying(BEFORE, variant, facet, text.split(), FACETS))


@pytest.mark.parametrize("quote", ['"', "'"])
def test_quotes_as_for_a_shell_are_no_part_of_an_entry(world: World, edith: Somebody, quote: str) -> None:
    edith.tells(f"kb new {quote}How do I trace xenstored?{quote} => {quote}With --trace-file=PATH.{quote}")
    assert entry(world).phrasings == ("How do I trace xenstored?",)
    assert entry(world).answers[0].short == "With --trace-file=PATH."


def test_a_field_without_a_value_says_what_is_missing(world: World, edith: Somebody) -> None:
    edith.tells("kb edit system-qemu short")
    edith.reads("say after `short` what it is to be, or `-` to empty it")
    edith.tells("kb edit system-qemu source")
    edith.reads("say after `source` what it is to be")
    assert count(world) == 0
