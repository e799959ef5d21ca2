"""To whom a line is said, read from its words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.addressing import address, is_chatter, is_promise, is_thanks, is_to_other, names
from routing.presence import fold

NICKS = frozenset(fold(nick) for nick in ("dave", "Carol", "e[x]", "a-b", "will"))


@pytest.mark.parametrize(
    ("line", "nick", "rest"),
    [
        ("dave: yes", "dave", "yes"),
        ("dave, yes", "dave", "yes"),
        ("dave; yes", "dave", "yes"),
        ("dave : yes", "dave", "yes"),
        ("@dave yes", "dave", "yes"),
        ("@dave: yes", "dave", "yes"),
        ("@dave", "dave", ""),
        ("dave:", "dave", ""),
        ("e[x]: yes", "e[x]", "yes"),
        ("dave yes", None, "dave yes"),
        ("http://example.org/", None, "http://example.org/"),
        ("12:30 is fine", None, "12:30 is fine"),
        ("", None, ""),
    ],
)
def test_a_line_begins_with_a_name(line: str, nick: str | None, rest: str) -> None:
    assert address(line) == (nick, rest)


@pytest.mark.parametrize(
    "line",
    [
        "dave: look",
        "DAVE, look",
        "da: look",
        "@dave look",
        "look at this @dave",
        "E[X]: look",
        "a-b: look",
        "thanks dave",
        "thank you so much, dave!",
        "hi Carol",
        "dave ^^",
        "dave",
        "dave?",
        "dave...",
        "carol/dave: who?",
        "dave - that is not so",
        "so dave, how was it",
        "yes dave",
        "is it you, carol?",
    ],
)
def test_said_to_one_of_them(line: str) -> None:
    assert is_to_other(line, NICKS)


@pytest.mark.parametrize(
    "line",
    [
        "look at this",
        "dave knows that",
        "the patch of dave mends it",
        "I think dave and carol wrote it",
        "will be mended in 4.20",
        "ask dave about it",
        "see davenport: it is there",
        "note: this is old",
        "d: nothing",
        "it is in a-b.c",
        "configure: error: no yajl",
        "https://example.org/@dave2/x",
        "dave2: hello",
        "",
        "…",
    ],
)
def test_said_to_none_of_them(line: str) -> None:
    assert not is_to_other(line, NICKS)


@given(st.text(max_size=200), st.lists(st.text(max_size=10), max_size=4))
def test_no_line_is_too_odd(line: str, nicks: list[str]) -> None:
    is_to_other(line, nicks)
    names(line, "dave")
    assert line.endswith(address(line)[1])


def test_names_are_whole_words_in_any_spelling() -> None:
    assert names("I asked E[x], he knows", "e[X]")
    assert not names("davenport", "dave")


@pytest.mark.parametrize(
    "line", ["thanks", "Thank you!", "that worked", "ty :)", "it works now, great", "cheers dave"]
)
def test_thanks(line: str) -> None:
    assert is_thanks(line)


@pytest.mark.parametrize(
    "line",
    [
        "thanks, but it still fails",
        "that works? really?",
        "it doesn't work, thanks",
        "it does not work",
        "thanks, until that broke",
        "party time",
        "that worked before the update",
        "no",
    ],
)
def test_no_thanks(line: str) -> None:
    assert not is_thanks(line)


@pytest.mark.parametrize(
    "line", ["let me look", "hm, let me check", "one moment please", "looking into it", "I'll check"]
)
def test_promises(line: str) -> None:
    assert is_promise(line)
    assert not is_chatter(line)


@pytest.mark.parametrize(
    "line", ["looking at the code you need -j1", "wait until it is done", "will be in 4.20", "let it build"]
)
def test_no_promises(line: str) -> None:
    assert not is_promise(line)


@pytest.mark.parametrize(
    "line", ["hi", "Good morning all", "lol", ":)", "ok", "* bob yawns", "alice: hi", "👍"]
)
def test_chatter(line: str) -> None:
    assert is_chatter(line, ["alice"])


@pytest.mark.parametrize("line", ["4.17", "yes", "no", "use 4.17", "https://example.org", "alice: yes"])
def test_no_chatter(line: str) -> None:
    assert not is_chatter(line, ["alice"])
