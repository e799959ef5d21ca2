"""Text in lines of so many bytes: nothing is lost, no grapheme is cut, words stay whole where they can."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.fitting import cut, fit, pack, size

ODD = "aB \t\n.,é́\u0301\u200d👩🚀👍🏽🇩🇪ｆ漢\ud800\u202e"
TEXT = st.one_of(st.text(max_size=120), st.text(alphabet=ODD, max_size=120))
LIMIT = st.integers(1, 60)


def graphemes(text: str) -> list[str]:
    return [each.rstrip() for each in regex.findall(r"\X", text) if not each.isspace()]


@given(TEXT, LIMIT)
def test_head_and_rest_are_the_text(text: str, limit: int) -> None:
    head, rest = fit(text, limit)
    assert "".join((head + rest).split()) == "".join(text.split())
    assert text.startswith(head)
    assert text.endswith(rest)
    assert bool(head) or not text


@given(TEXT, LIMIT)
def test_the_head_is_within_the_limit_and_no_grapheme_is_cut(text: str, limit: int) -> None:
    head, rest = fit(text, limit)
    assert size(head) <= limit or len(regex.findall(r"\X", head)) == 1
    assert graphemes(head) + graphemes(rest) == graphemes(text)


@given(TEXT, LIMIT)
def test_the_head_is_as_long_as_it_can_be_to_the_half(text: str, limit: int) -> None:
    head, rest = fit(text, limit)
    if rest and graphemes(rest):
        following = regex.match(r"\s*\X", text[len(head) :]).group()
        # The next grapheme did not fit, or the cut fell at a blank in the second half.
        assert size(head + following) > limit or size(head) * 2 >= min(limit, size(text)) - 30


@given(TEXT, LIMIT)
def test_a_cut_text_is_one_line_and_says_that_it_was_cut(text: str, limit: int) -> None:
    line = cut(text, max(limit, 12))
    assert "\n" not in line
    if size(" ".join(text.split())) > max(limit, 12):
        assert line.endswith("…")
    else:
        assert line == " ".join(text.split())


@given(st.text(max_size=300), st.integers(12, 60))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    assert size(cut(text, limit)) <= limit or len(regex.findall(r"\X", cut(text, limit))) == 2


@given(st.lists(TEXT.map(str.strip).filter(bool), max_size=8), st.integers(8, 60))
def test_packed_pieces_keep_their_order_and_fit(pieces: list[str], limit: int) -> None:
    lines = pack(tuple(pieces), limit)
    assert "".join("".join(lines).replace(" · ", "").split()) == "".join(
        "".join(pieces).replace(" · ", "").split()
    )
    for line in lines:
        assert size(line) <= limit or len(regex.findall(r"\X", line)) == 1


@pytest.mark.parametrize(
    ("text", "limit", "head", "rest"),
    [
        ("one two three", 13, "one two three", ""),
        ("one two three", 12, "one two", "three"),
        ("one two three", 7, "one two", "three"),
        ("one two three", 8, "one two", "three"),
        ("a verylongword", 10, "a verylong", "word"),
        ("ééé", 4, "éé", "é"),
        ("e\u0301x", 2, "e\u0301", "x"),
        ("👍🏽 yes", 8, "👍🏽", "yes"),
        ("👍🏽 yes", 3, "👍🏽", "yes"),
        ("   ", 2, "  ", ""),
    ],
)
def test_by_example(text: str, limit: int, head: str, rest: str) -> None:
    assert fit(text, limit) == (head, rest)


def test_cut_by_example() -> None:
    assert cut("one  two\nthree", 100) == "one two three"
    assert cut("one, two, three", 12) == "one, two…"
