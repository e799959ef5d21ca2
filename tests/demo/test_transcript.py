"""What the demo prints: plain where it is read by programs, coloured and wrapped where by people."""

from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from bot.demo.colours import OTHERS, VOICES, Colours, Palette
from bot.demo.transcript import Transcript

AT = datetime(2026, 11, 1, 21, 34, 5, tzinfo=UTC)


def printed(
    *, colours: Colours = Colours.NONE, width: int | None = None, you: tuple[str, ...] = ()
) -> tuple[Transcript, list[str]]:
    lines: list[str] = []
    columns = None if width is None else (lambda: width)
    made = Transcript(lines.append, colours=colours, width=columns, now=lambda: AT, you=lambda: you)
    return made, lines


def test_a_line_is_one_line_where_it_is_not_wrapped() -> None:
    transcript, lines = printed()
    transcript.said("pkgdesk", "alice: " + "word " * 50)
    transcript.said("pkgdesk", "alice asks #1", to="bob")
    transcript.came("bob")
    transcript.left("bob", "lunch")
    transcript.stage("it is killed")

    assert lines == [
        "21:34:05  <pkgdesk> alice: " + " ".join(["word"] * 50),
        "21:34:05  pkgdesk → bob (privately): alice asks #1",
        "21:34:05  bob is here",
        "21:34:05  bob has left (lunch)",
        "21:34:05  — it is killed —",
    ]


def test_a_long_line_is_wrapped_with_a_margin() -> None:
    transcript, lines = printed(width=60)
    transcript.said("pkgdesk", "word " * 20)

    assert len(lines) > 1
    assert all(line.startswith(" " * 10) and len(line) < 60 for line in lines[1:])
    assert " ".join(line[10:] for line in lines) == "<pkgdesk> " + " ".join(["word"] * 20)


def test_voices_and_the_one_who_is_addressed_have_their_colours() -> None:
    transcript, lines = printed(colours=Colours.EIGHT)
    transcript.said("bob", "alice: hello")

    assert lines == ["\x1b[2m21:34:05\x1b[0m  <\x1b[33mbob\x1b[0m> \x1b[32malice\x1b[0m: hello"]


def test_nothing_that_is_said_steers_the_terminal() -> None:
    transcript, lines = printed()
    transcript.said("ev\x1b[2Jil", "one\x1b]0;title\x07 two\x9b31m\u202e")
    transcript.left("e\x1bve", "\x1b[2J")

    assert not any(char in "".join(lines) for char in "\x1b\x07\x9b\u202e")


def test_what_is_said_to_the_reader_is_marked_and_what_they_say_stands_out() -> None:
    transcript, lines = printed(colours=Colours.EIGHT, you=("alice",))
    transcript.said("pkgdesk", "alice: say `more`")
    transcript.said("pkgdesk", "bob: say `more`")
    transcript.said("pkgdesk", "#1 is open", to="alice")
    transcript.said("alice", "bob: hello")

    assert "\x1b[1;36m*\x1b[0m<" in lines[0]
    assert "\x1b[1malice" not in lines[0]
    assert "\x1b[1m`more`\x1b[0m" in lines[0]
    assert "*" not in lines[1]
    assert "*" in lines[2]
    assert lines[3].endswith("\x1b[1mhello\x1b[0m")


@pytest.mark.parametrize("width", [20, 40, 59, 60, 80, 200])
def test_no_row_is_wider_than_the_terminal_not_even_of_wide_letters(width: int) -> None:
    transcript, lines = printed(width=width)
    transcript.said("bob", "漢字 words und Wörter " * 20)
    transcript.aside("漢字 words " * 20, head="why #1: ")
    transcript.paragraph("words " * 30, hang=4)

    assert all(cell_len(line) < max(width, 35) for line in lines)


def test_an_address_stays_whole() -> None:
    address = "https://example.org/" + "x" * 80
    transcript, lines = printed(width=40)
    transcript.said("pkgdesk", f"see {address} for more")

    assert any(address in line for line in lines)


# --- colours --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "terminal", "colours"),
    [
        ({"TERM": "xterm"}, True, Colours.EIGHT),
        ({"TERM": "xterm-256color"}, True, Colours.MANY),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, True, Colours.MANY),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, Colours.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, True, Colours.MANY),
        ({"TERM": "dumb"}, True, Colours.NONE),
        ({}, True, Colours.NONE),
        ({"TERM": "xterm-256color"}, False, Colours.NONE),
    ],
)
def test_there_are_as_many_colours_as_the_terminal_has(
    environment: dict[str, str], terminal: bool, colours: Colours
) -> None:
    assert Colours.of(environment, terminal=terminal) is colours


def test_a_voice_keeps_its_colour() -> None:
    palette = Palette(Colours.MANY)

    assert palette.voice("erin") == palette.voice("ERIN") == palette.voice("erin")
    assert len({palette.voice(nick) for nick in VOICES}) == len(VOICES)


def test_every_colour_is_readable_on_black_and_on_white() -> None:
    """By WCAG 2, 1.4.3: for large text 3:1."""
    for _, number in (*VOICES.values(), *OTHERS):
        light = luminance(number)
        assert (light + 0.05) / 0.05 > 3.5
        assert 1.05 / (light + 0.05) > 3.5


def luminance(number: int) -> float:
    """Of one of xterm's 216 colours (WCAG 2, "relative luminance")."""
    steps = (0, 95, 135, 175, 215, 255)
    place = number - 16
    levels = (steps[place // 36] / 255, steps[place // 6 % 6] / 255, steps[place % 6] / 255)
    red, green, blue = (
        level / 12.92 if level <= 0.03928 else ((level + 0.055) / 1.055) ** 2.4 for level in levels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
