"""Entries written into files that people wrote: what is not changed stays, byte for byte, and no change is
lost."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.documents import DocumentError
from knowledge.entry import Answer, Entry, Verified
from knowledge.files import parse_entry, to_yaml
from knowledge.rewriting import Conflict, laid_over, rewritten
from tests.knowledge.test_entry_files import ENTRY, entries

WRITTEN = """\
# Asked at every release.
id: offline   # as the page is called

phrasings: # the commonest first
   - why so
   # heard on the list
   -   'who: me'   # twice

   - "what \\u00e4"
answers:
- short: One.
  # from the manual
  text: |  # by hand
     one  
     two\tthree

     four
  applies: { xen: '>=4.4' ,toolstack: [ xl,libvirt ] }   # both
- applies: {xen: "4.3"}
  short: Two
    lines.
  text: >-
    The first paragraph
    goes over two lines.

    The second does not.
# about it
tags: [a, # the first
  b]
section: BUILD
"""  # noqa: W291 (blanks at the end of a line are part of the sample)

E = parse_entry(WRITTEN, "offline.yaml", "offline")
ONE, TWO = E.answers


def answered(*answers: Answer) -> Entry:
    return replace(E, answers=answers)


def changed(was: str, now: str) -> tuple[list[str], list[str]]:
    """The lines that went away, and those that came."""
    old, new = was.split("\n"), now.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("entry", "gone", "come"),
    [
        (E, [], []),
        (replace(E, title="New: one"), [], ['title: "New: one"']),
        (
            replace(E, phrasings=("why so", "who else", "what ä")),
            ["   -   'who: me'   # twice"],
            ["   -   who else   # twice"],
        ),
        (replace(E, phrasings=("why so", "what ä")), ["   -   'who: me'   # twice"], []),
        (replace(E, phrasings=("when", *E.phrasings)), [], ["   - when"]),
        (replace(E, phrasings=(*E.phrasings, "x: y")), [], ['   - "x: y"']),
        (answered(replace(ONE, short="Uno."), TWO), ["- short: One."], ["- short: Uno."]),
        (
            answered(replace(ONE, text="one\nzwei\n\nfour"), TWO),
            ["     two\tthree"],
            ["     zwei"],
        ),
        (answered(replace(ONE, text="one\ntwo\tthree\n\nfour\nfive"), TWO), [], ["     five"]),
        (answered(replace(ONE, source="https://x.org"), TWO), [], ["  source: https://x.org"]),
        (
            answered(ONE, replace(TWO, text=TWO.text.replace("over two", "over three"))),
            ["    goes over two lines."],
            ["    goes over three lines."],
        ),
        (
            answered(ONE, replace(TWO, short="Two words.")),
            ["  short: Two", "    lines."],
            ["  short: Two words."],
        ),
        (
            answered(replace(ONE, applies={"xen": (">=4.5",), "toolstack": ("xl", "libvirt")}), TWO),
            ["  applies: { xen: '>=4.4' ,toolstack: [ xl,libvirt ] }   # both"],
            ['  applies: { xen: ">=4.5" ,toolstack: [ xl,libvirt ] }   # both'],
        ),
        (
            answered(replace(ONE, applies={"xen": (">=4.4",), "toolstack": ("libvirt",)}), TWO),
            ["  applies: { xen: '>=4.4' ,toolstack: [ xl,libvirt ] }   # both"],
            ["  applies: { xen: '>=4.4' ,toolstack: [ libvirt ] }   # both"],
        ),
        (
            answered(ONE, replace(TWO, applies={})),
            ['- applies: {xen: "4.3"}', "  short: Two"],
            ["- short: Two"],
        ),
        (
            answered(ONE, TWO, Answer("Three.", "a\n\nb", applies={"xen": ("4.2",)})),
            [],
            ['- applies: {xen: "4.2"}', "  short: Three.", "  text: |-", "    a", "    b"],
        ),
        (
            replace(E, tags=("a",)),
            ["  b]"],
            ["  ]"],
        ),
        (replace(E, tags=("a", "b", "c")), ["  b]"], ["  b, c]"]),
        (replace(E, section=""), ["section: BUILD"], []),
        (replace(E, see=("other",)), [], ["see: [other]"]),
        (
            replace(E, verified=Verified(date(2026, 11, 1), "alice")),
            [],
            ["verified: {on: 2026-11-01, by: alice}"],
        ),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_what_changes_is_a_line_and_the_rest_stays_byte_for_byte(entry, gone, come, newline, mark, last):
    text = mark + (WRITTEN.removesuffix("\n") + last).replace("\n", newline)
    now = rewritten(text, entry)
    assert parse_entry(now, "offline.yaml") == entry
    ends = newline.removesuffix("\n")
    was_gone, has_come = changed(text.replace("\r", ""), now.replace("\r", ""))
    assert (was_gone, has_come) == (gone, come)
    assert now.count("\r\n") == (now.count("\n") if ends else 0)
    assert now.startswith("\ufeff") == bool(mark)


def test_an_answer_that_goes_away_takes_its_comments_along_and_no_other():
    now = rewritten(WRITTEN, answered(TWO))
    assert "# from the manual" not in now
    assert "# both" not in now
    for kept in ("# Asked at", "# as the page", "# heard on", "# twice", "# about it", "# the first"):
        assert kept in now


def test_a_mapping_in_a_list_may_lose_what_it_begins_with():
    text = 'id: a\nphrasings: [x]\nanswers:\n  - applies: {xen: "4"}\n    # why\n    short: y\n'
    now = rewritten(text, Entry("a", ("x",), (Answer("y"),)))
    assert now == "id: a\nphrasings: [x]\nanswers:\n  - \n    # why\n    short: y\n"


@pytest.mark.parametrize(
    "text",
    [
        "{id: a, phrasings: [why so], # c\n answers: [{short: b}]}",
        "? id\n: a\nphrasings: [why so] # c\n? answers\n: - short: b",
        "# c\n---\n'id': a\nphrasings:\n- why so\nanswers:\n-\n  short:\n    b\ntags: []\nsection: #\n...\n",
        "# c\nid: a\nphrasings:\n- >\n  why\n  so\nanswers: [short: b]\nsee: []\n",
        "id: a\r\rphrasings: [why so] # c\ranswers: [{short: b, text: ''}]",
    ],
)
def test_whatever_style_a_file_is_written_in_nothing_is_lost(text):
    was = parse_entry(text, "a.yaml")
    for now in (
        replace(was, title="T x", tags=("x", "y"), section="S"),
        replace(was, phrasings=("other",), see=("b",)),
        replace(was, answers=(Answer("c", "d\n\ne", "https://x", {"xen": (">=4", "3")}), *was.answers)),
    ):
        changed = rewritten(text, now)
        assert parse_entry(changed, "a.yaml") == now
        assert "# c" in changed
        assert rewritten(changed, now) == changed


def test_a_windows_file_without_a_last_newline_gets_no_other_ones():
    text = to_yaml(ENTRY).rstrip("\n").replace("\n", "\r\n")
    longer = rewritten(text, replace(ENTRY, see=(), phrasings=(*ENTRY.phrasings, "one more")))
    assert longer.count("\n") == longer.count("\r\n")
    behind = rewritten("\r\n".join(["id: a", "phrasings: [b]", "answers: [{short: c}]"]), BEHIND)
    assert behind == "\r\n".join(["id: a", "phrasings: [b]", "answers: [{short: c}]", "see: [d]"])


def test_what_comes_out_too_long_for_a_file_is_refused():
    text = "".join(f"# what was said of it, {number}\n" for number in range(2_300)) + to_yaml(ENTRY)
    assert len(text) < 65_536 - len(long := "more of it " * 20)
    assert rewritten(text, replace(ENTRY, phrasings=(*ENTRY.phrasings, long.strip()))).startswith("# what")
    longer = replace(ENTRY, answers=(replace(ENTRY.answers[0], text="more of it\n" * 1_000 + "and more"),))
    with pytest.raises(DocumentError, match="larger than the 65536 bytes"):
        rewritten(text, longer)


def test_comments_right_below_an_item_that_are_deeper_are_its_own():
    text = "id: a\nphrasings:\n  - b\n      # said by bob\n  - c\nanswers: [{short: d}]\n"
    more = rewritten(text, Entry("a", ("b", "between", "c"), (Answer("d"),)))
    assert more.splitlines()[2:6] == ["  - b", "      # said by bob", "  - between", "  - c"]


BEHIND = Entry("a", ("b",), (Answer("c"),), see=("d",))


def test_what_is_no_entry_is_refused():
    with pytest.raises(DocumentError):
        rewritten("id: [", ENTRY)
    with pytest.raises(DocumentError):
        laid_over(to_yaml(E), to_yaml(replace(E, title="t")), "no: entry", "offline")


@st.composite
def by_hand(draw):
    """An entry and a text of it with comments, each on a line of its own, and blank lines in between."""
    entry = draw(entries)
    found, comments = [], []
    inside_text = False
    for line in to_yaml(entry).split("\n")[:-1]:
        inside_text = inside_text and (not line or line.startswith("      "))
        if not inside_text and draw(st.integers(0, 3)) == 0:
            comment = f"# {len(comments)} c {draw(st.sampled_from(['x', 'y: [', '- z', chr(39)]))}"
            comments.append((comment, entry))
            found.append(draw(st.sampled_from(["", "  ", "    "])) + comment)
        if not inside_text and draw(st.integers(0, 9)) == 0:
            found.append("")
        inside_text = inside_text or line.endswith("text: |-")
        found.append(line)
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return entry, newline.join(found) + draw(st.sampled_from(["", newline])), [each for each, _ in comments]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(by_hand(), entries)
def test_any_entry_is_written_over_any_other(written, other):
    entry, text, comments = written
    assert parse_entry(text, "e.yaml") == entry
    assert rewritten(text, entry) == text
    now = rewritten(text, other)
    assert parse_entry(now, "e.yaml") == other
    assert rewritten(now, other) == now
    # All answers, phrasings and fields that stay keep their comments; those of whatever goes may go.
    same = replace(other, answers=entry.answers, phrasings=entry.phrasings, title=entry.title)
    kept = rewritten(text, same)
    assert parse_entry(kept, "e.yaml") == same
    assert [comment for comment in comments if comment not in kept] == []


# --- laid over ---

WAS = to_yaml(ENTRY)


def over(ours: Entry, theirs: Entry, was: Entry = ENTRY) -> Entry:
    text = laid_over(to_yaml(was), to_yaml(ours), to_yaml(theirs), was.id)
    return parse_entry(text, f"{was.id}.yaml", was.id)


def test_a_new_entry_is_its_text_where_there_is_none():
    assert laid_over("", WAS, None, ENTRY.id) == WAS
    assert laid_over("", WAS, WAS, ENTRY.id) == WAS
    assert laid_over("", WAS, f"# by hand\n{WAS}", ENTRY.id) == f"# by hand\n{WAS}"
    with pytest.raises(Conflict, match="there is an entry `system-qemu` already, which says something else"):
        laid_over("", WAS, to_yaml(replace(ENTRY, title="")), ENTRY.id)
    with pytest.raises(Conflict, match="the entry was removed meanwhile"):
        laid_over(WAS, to_yaml(replace(ENTRY, title="")), None, ENTRY.id)


def test_an_unchanged_file_says_what_was_proposed_and_keeps_its_comments():
    now = to_yaml(replace(E, title="T x"))
    text = laid_over(WRITTEN, now, WRITTEN, "offline")
    assert changed(WRITTEN, text) == ([], ["title: T x"])
    by_hand = now.replace("id:", "# mine\nid:")
    assert laid_over(WRITTEN, by_hand, WRITTEN, "offline") == by_hand
    assert laid_over(WAS, WAS.replace("1y", "2y"), WAS, ENTRY.id) == WAS.replace("1y", "2y")


def test_changes_of_different_fields_and_items_come_together():
    first = ENTRY.answers[0]
    ours = replace(ENTRY, title="", phrasings=(*ENTRY.phrasings, "third way"), tags=("new", *ENTRY.tags))
    theirs = replace(
        ENTRY,
        phrasings=("How do I do it?", ENTRY.phrasings[1], "fourth way"),
        answers=(replace(first, short="Do."), Answer("Else.", applies={"xen": ("<4.4",)})),
        tags=("libxl.so.4.2",),
    )
    found = over(ours, theirs)
    assert found == over(theirs, ours) or set(found.phrasings) == set(over(theirs, ours).phrasings)
    assert found == replace(
        theirs,
        title="",
        phrasings=("How do I do it?", ENTRY.phrasings[1], "fourth way", "third way"),
        tags=("libxl.so.4.2", "new"),
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        ({"title": "A b"}, {"title": "C d"}, "title was changed meanwhile, and says `C d` by now"),
        ({"title": ""}, {"title": "C d"}, "title was changed meanwhile, and says `C d` by now; this would "),
        ({"title": "A b"}, {"title": ""}, "title was removed meanwhile"),
        (
            {"phrasings": ("How shall I?", ENTRY.phrasings[1])},
            {"phrasings": ("How can I?", ENTRY.phrasings[1])},
            r"phrasings\[0\] was changed meanwhile, and says `How can I\?` by now",
        ),
        (
            {"answers": (replace(ENTRY.answers[0], short="A"),)},
            {"answers": (replace(ENTRY.answers[0], short="B"),)},
            r"answers\[0\].short was changed meanwhile, and says `B` by now",
        ),
        (
            {"answers": (replace(ENTRY.answers[0], applies={"xen": ("1",)}),)},
            {"answers": (replace(ENTRY.answers[0], applies={"xen": ("2",)}),)},
            r"answers\[0\].applies.xen was changed meanwhile",
        ),
        ({"verified": None}, {"verified": Verified(date(2026, 11, 1), "bob")}, "verified was changed mean"),
        (
            {"tags": tuple(f"a{n}" for n in range(15))},
            {"tags": tuple(f"b{n}" for n in range(15))},
            "with what was changed meanwhile, tags: must have at most 20 items",
        ),
    ],
)
def test_what_both_changed_differently_is_a_conflict(ours, theirs, why):
    with pytest.raises(Conflict, match=why):
        over(replace(ENTRY, **ours), replace(ENTRY, **theirs))


def test_what_only_moved_is_not_lost():
    one, two = ENTRY.phrasings
    turned = replace(ENTRY, phrasings=(two, one))
    more = replace(ENTRY, phrasings=(one, two, "a third"))
    assert set(over(turned, more).phrasings) == {one, two, "a third"}
    assert set(over(more, turned).phrasings) == {one, two, "a third"}


FIELDS = ("phrasings", "answers", "section", "verified", "review_after", "see", "title", "tags")


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries, entries, entries, st.permutations(FIELDS), st.integers(0, len(FIELDS)))
def test_changes_of_different_fields_never_conflict(was, ours, theirs, fields, cut):
    of_ours = {field: getattr(ours, field) for field in fields[:cut]}
    of_theirs = {field: getattr(theirs, field) for field in fields[cut:]}
    assert over(replace(was, **of_ours), replace(was, **of_theirs), was) == replace(
        was, **of_ours, **of_theirs
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries, entries, entries)
def test_nothing_that_either_side_added_is_lost_without_a_conflict(was, ours, theirs):
    ours, theirs = replace(ours, id=was.id), replace(theirs, id=was.id)
    try:
        found = over(ours, theirs, was)
    except Conflict:
        return
    for side in (ours, theirs):
        for phrasing in side.phrasings:
            assert phrasing in found.phrasings or phrasing in was.phrasings
        for answer in side.answers:
            shorts = {each.short for each in found.answers}
            assert answer.short in shorts or answer.short in {each.short for each in was.answers}
