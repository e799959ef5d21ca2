"""Lines out of bytes: whole, in order, however the bytes come, and at a bounded price."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transports.framing import Framing, decode


def test_lines_end_with_lf_and_the_crs_before_it() -> None:
    assert Framing().feed(b"one\r\ntwo\nthree\r\r\n\r\n\nfour") == [b"one", b"two", b"three"]


def test_a_cr_within_a_line_is_part_of_it() -> None:
    assert Framing().feed(b"a\rb\r\n") == [b"a\rb"]


def test_what_is_too_long_is_dropped_and_the_next_line_is_not() -> None:
    framing = Framing(cap=5)
    assert framing.feed(b"12345\n123456\nabc\n") == [b"12345", b"abc"]
    assert framing.feed(b"123") == framing.feed(b"456") == framing.feed(b"789") == []
    assert framing.feed(b"end\nabc\n") == [b"abc"]


@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\n", b"")), max_size=8), st.data())
def test_it_does_not_matter_how_the_bytes_come(lines: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(each + b"\r\n" for each in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    framing = Framing(cap=10)
    wanted = [each.rstrip(b"\r") for each in lines if len(each) + 1 <= 10]
    assert [line for piece in pieces for line in framing.feed(piece)] == [each for each in wanted if each]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("naïve €".encode(), "naïve €"),
        (b"na\xefve", "naïve"),
        (b"caf\xe9", "café"),
        ("naï€".encode()[:-1], "naï"),
        ("na€ x".encode().replace(b"\xac", b""), "naâ\x82 x"),
        (b"\xff", "ÿ"),
    ],
)
def test_any_bytes_are_a_text(line: bytes, text: str) -> None:
    assert decode(line) == text


@given(st.binary())
def test_no_bytes_are_an_error(line: bytes) -> None:
    assert isinstance(decode(line), str)
