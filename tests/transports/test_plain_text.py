"""What is left of a text when nothing in it can steer anything."""

import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.transports.plain import MOST_MARKS, plain, unformatted

ANY = st.text(st.characters(codec=None, categories=None), max_size=120)


@pytest.mark.parametrize(
    "text",
    [
        "Configure with `--with-system-qemu=/usr/bin/qemu`; nothing is fetched then.",
        "häufig gefragt: „wie?“ – naïve café, 日本語, русский, עברית, हिन्दी, ไทย",
        "emoji 👍🏽 ❤️ 🇫🇷 stay, and so does 1 < 2 && a|b {c} [d] ~e ^f",
        "two  spaces stay two",
    ],
)
def test_ordinary_writing_is_not_changed(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("one\r\ntwo\rthree\nfour\u2028five\u2029six\x85seven", "one two three four five six seven"),
        ("a\x00b\x07c\x1bd\x7fe\x9bf", "abcdef"),
        ("\x02bold\x02 \x0304,05red\x0f \x04ff0000hex \x1funder\x1d\x16\x11\x1e", "bold red hex under"),
        ("\x01ACTION waves\x01", "ACTION waves"),
        ("abc\u202edef\u2066\u200e\u200f\u061c", "abcdef"),
        ("n\u200bi\u200cc\u200dk\u2060\ufeff\u00ad\u180e", "nick"),
        ("tag\U000e0041\U000e0042s \u3164\u115f\uffa0fillers", "tags fillers"),
        ("n\u00a0b\u3000s\u2800p\u2009", "n b s p"),
        ("lone \ud800\udc00 \udfff", "lone"),
        ("\ufffe\uffff\U0001ffff", ""),
        ("a\ufe0fb \u2764\ufe0f\ufe0f", "ab \u2764\ufe0f"),
        ("1\ufe0f\u20e3 2\ufe0f x\ufe0f\u20e3 3\ufe0e\u20e3", "1\ufe0f\u20e3 2 x\u20e3 3\u20e3"),
        ("z" + "\u0301" * 200, "z" + "\u0301" * MOST_MARKS),
        (" \t\r\n ", ""),
    ],
)
def test_what_steers_is_taken_out(text: str, left: str) -> None:
    assert plain(text) == left


BIDI_AND_ZERO_WIDTH = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200C, 0x200D, 0x200E, 0x200F}
BIDI_AND_ZERO_WIDTH |= {0x061C, 0x2028, 0x2029, 0x2060, 0xFEFF}


@given(ANY)
@example("\x03\x0304")
def test_plain_text_is_one_visible_line_whatever_was_said(text: str) -> None:
    left = plain(text)
    assert left == left.strip()
    assert not {ord(char) for char in left} & BIDI_AND_ZERO_WIDTH
    assert not {unicodedata.category(char) for char in left} & {"Cc", "Cs", "Zl", "Zp"}
    assert all(char == " " for char in left if unicodedata.category(char) == "Zs")
    assert not regex.search(rf"\p{{M}}{{{MOST_MARKS + 1}}}", left)
    assert left.encode().decode() == left


@given(ANY)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


def test_reading_a_line_takes_formatting_and_controls_out_and_leaves_the_rest() -> None:
    assert unformatted("\x02bob\x02: \x0312,1see\x03 a\x10nb \u202eit\u200b") == "bob: see anb \u202eit\u200b"
    assert unformatted("two\rlines\tand\x85more") == "two lines and more"
    assert unformatted("as\u00a0it is") == "as\u00a0it is"


@given(ANY)
def test_what_was_read_is_one_line(text: str) -> None:
    assert not {unicodedata.category(char) for char in unformatted(text)} & {"Cc"}
