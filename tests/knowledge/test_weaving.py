"""Two people change one text, and one file: what does not contradict is kept of both, comments above all."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.files import parse_entry
from knowledge.rewriting import Conflict, laid_over
from knowledge.weaving import Overlap, woven, woven_as_far_as_possible

FILE = """\
id: offline
phrasings:
  - why so
answers:
  - short: One.
    text: |
      First: unpack.
      Then configure.

      It takes a while.

      At last, install.
section: build
"""


def changed(*pairs: str, text: str = FILE) -> str:
    """The text with the first of each pair replaced by the second."""
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    return text


def test_paragraphs_that_two_people_change_are_as_both_have_them() -> None:
    ours = changed("First: unpack.", "First: unpack it.")
    theirs = changed("At last, install.", "At last, install.\n\n      And reboot.")
    assert laid_over(FILE, ours, theirs, "offline") == laid_over(FILE, theirs, ours, "offline")
    assert laid_over(FILE, ours, theirs, "offline") == changed(
        "First: unpack.", "First: unpack it.", "install.", "install.\n\n      And reboot."
    )


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (("First: unpack.", "First: download."), "`First: download.`"),
        (("Then configure.", "Then run configure."), "`Then run configure.`"),  # it touches
        (("      First: unpack.\n      Then configure.\n\n", ""), "nothing"),
    ],
)
def test_the_same_lines_are_a_conflict_that_says_what_is_there(theirs: tuple[str, ...], says: str) -> None:
    with pytest.raises(Conflict) as conflict:
        laid_over(FILE, changed("First: unpack.", "First: unpack it."), changed(*theirs), "offline")
    assert str(conflict.value) == (
        f"answers[0].text was changed meanwhile in the same lines, and says {says} there by now"
    )


def test_a_file_that_is_written_in_other_ways_is_merged_by_what_it_says() -> None:
    """One line that is folded, and quoted; what is written by the desk for what is changed in chat."""
    was = 'id: offline\nphrasings: [why so]\nanswers:\n  - short: One.\n    text: "one\\n\\ntwo\\n\\nthree"\n'
    now = was.replace("one\\n", "eins\\n")
    theirs = was.replace("three", "drei").replace("[why so]", "[why so, why else]")
    entry = parse_entry(laid_over(was, now, theirs, "offline"), "", "offline")
    assert (entry.answers[0].text, len(entry.phrasings)) == ("eins\n\ntwo\n\ndrei", 2)


def test_comments_are_kept_of_both() -> None:
    ours = changed(
        "id: offline\n",
        "# Asked at every release.\nid: offline\n",
        "    text: |",
        "    # by hand\n    text: |",
    )
    theirs = changed("  - why so", "  - why so  # twice", "section: build", "section: docs  # moved")
    merged = laid_over(FILE, ours, theirs, "offline")
    for said in (
        "# Asked at every release.\nid:",
        "why so  # twice",
        "    # by hand\n    text: |",
        "docs  # moved",
    ):
        assert said in merged


def test_a_comment_on_a_line_that_others_changed_goes_to_the_head() -> None:
    ours = changed("short: One.", "short: One.  # as the manual has it", "section: build", "section: docs")
    theirs = changed("short: One.", "short: Another.")
    merged = laid_over(FILE, ours, theirs, "offline")
    assert merged == "# as the manual has it\n" + changed(
        "short: One.", "short: Another.", "section: build", "section: docs"
    )


def test_comments_alone_are_a_change() -> None:
    theirs = changed("why so", "why so?")
    assert laid_over(FILE, "# new\n" + FILE, theirs, "offline") == "# new\n" + theirs
    assert laid_over(theirs, "# new\n" + theirs, theirs, "offline") == "# new\n" + theirs
    assert laid_over(FILE, "# new\n" + theirs, theirs, "offline") == "# new\n" + theirs


def test_what_came_and_went_in_items_keeps_the_comments_beside_it() -> None:
    ours = changed("  - why so\n", "  - why so\n  # heard on the list\n  - who so\n")
    theirs = changed("  - why so\n", "  - how so\n  - why so\n", "section: build\n", "")
    merged = laid_over(FILE, ours, theirs, "offline")
    assert "# heard on the list" in merged
    assert set(parse_entry(merged, "", "offline").phrasings) == {"why so", "how so", "who so"}


def written(answers: list[str], comments: list[str]) -> str:
    """An entry with these answers, and each comment before the answer of its number."""
    lines = ["id: offline", "phrasings: [why so]", "answers:"]
    for number, short in enumerate(answers):
        lines += [f"  # {each}" for each in comments if each.endswith(str(number))]
        lines += [f"  - short: {short}", "    # of its text", f"    text: {short}-{short}"]
    return "\n".join(lines) + "\n"


ANSWERS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True)


def comments(whose: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.integers(0, 3).map(lambda number: f"{whose}{number}"), max_size=3, unique=True)


@settings(max_examples=60)
@given(ANSWERS, ANSWERS, ANSWERS, comments("w"), comments("n"), comments("c"))
def test_no_comment_that_was_written_is_lost_or_comes_twice(
    was: list[str], now: list[str], current: list[str], old: list[str], ours: list[str], theirs: list[str]
) -> None:
    mine, others = written(now, old + ours), written(current, old + theirs)
    try:
        text = laid_over(written(was, old), mine, others, "offline")
    except Conflict:
        return

    def count(of: str) -> Counter[str]:
        return Counter(line.strip() for line in of.splitlines() if "#" in line and "its text" not in line)

    assert not count(mine) - count(written(was, old)) - count(text)
    assert not count(text) - (count(mine) | count(others))


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "\n"]), max_size=7).map("".join)


@given(LINES, LINES, LINES)
def test_no_order_matters_and_nobody_is_overruled(was: str, now: str, current: str) -> None:
    assert woven(was, now, was) == now
    assert woven(was, was, current) == current
    assert woven(was, now, now) == now
    try:
        both = woven(was, now, current)
    except Overlap:
        return
    assert both == woven(was, current, now) == woven_as_far_as_possible(was, now, current)
