"""What the demo prints: plain where it is read by programs, coloured and wrapped where by people."""

from datetime import UTC, datetime

from bot.demo.transcript import Transcript

AT = datetime(2026, 11, 1, 21, 34, 5, tzinfo=UTC)


def printed(*, colour: bool = False, width: int | None = None) -> tuple[Transcript, list[str]]:
    lines: list[str] = []
    columns = None if width is None else (lambda: width)
    return Transcript(lines.append, colour=colour, width=columns, now=lambda: AT), lines


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
    transcript, lines = printed(colour=True)
    transcript.said("bob", "alice: hello")

    assert lines == ["\x1b[2m21:34:05\x1b[0m  <\x1b[33mbob\x1b[0m> \x1b[32malice\x1b[0m: hello"]


def test_nothing_that_is_said_steers_the_terminal() -> None:
    transcript, lines = printed()
    transcript.said("ev\x1b[2Jil", "one\x1b]0;title\x07 two\x9b31m\u202e")
    transcript.left("e\x1bve", "\x1b[2J")

    assert not any(char in "".join(lines) for char in "\x1b\x07\x9b\u202e")
