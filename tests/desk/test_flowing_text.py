"""Text of several lines as chat lines: paragraphs flow, lists and code stay as they are."""

from hypothesis import given
from hypothesis import strategies as st

from bot.desk.fitting import size, wrap


def test_a_paragraph_flows() -> None:
    assert wrap("one\ntwo\n\nthree", 100) == ["one two", "three"]


def test_a_list_stays_a_list() -> None:
    text = "Either:\n- the first,\n  which goes on\n- the second\n1. and\n2) this"
    assert wrap(text, 100) == ["Either:", "- the first, which goes on", "- the second", "1. and", "2) this"]


def test_indented_code_stands_for_itself() -> None:
    assert wrap("Do\n    make world\n    make install\nand be done", 100) == [
        "Do",
        "make world",
        "make install",
        "and be done",
    ]


def test_going_on_with_what_was_cut_flows_the_same() -> None:
    text = "a long paragraph of words\n- a\n- b"
    lines = wrap(text, 12)
    assert wrap("\n".join(lines[1:]), 12) == lines[1:]


@given(st.text(alphabet="ab -*1.\n", max_size=200), st.integers(5, 40))
def test_nothing_is_lost_and_every_line_fits(text: str, limit: int) -> None:
    lines = wrap(text, limit)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(0 < size(line) <= limit for line in lines)
