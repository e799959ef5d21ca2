"""To whom a line is said, read from its words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk.addressing import (
    NoReply,
    address,
    is_chatter,
    is_promise,
    is_to_other,
    names,
    no_reply,
)
from bot.desk.thanks import is_thanks, may_say_it_worked, says_it_worked, will_try
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
        ("@dave:example.org: yes", "@dave:example.org", "yes"),
        ("@dave:example.org, yes", "@dave:example.org", "yes"),
        ("@dave:example.org yes", "@dave:example.org", "yes"),
        ("@dave:example.org", "@dave:example.org", ""),
        ("@dave:example.org. yes", "@dave:example.org", "yes"),
        ("@Dave/x=1:example.org:8448: yes", "@Dave/x=1:example.org:8448", "yes"),
        ("@dave:[2001:db8::1]:8448: yes", "@dave:[2001:db8::1]:8448", "yes"),
        ("@dave:localhost yes", "@dave:localhost", "yes"),
        ("@dave:homeserver: yes", "@dave:homeserver", "yes"),
        ("@dave:yes", "dave", "yes"),
        ("@dave:yes. it works", "dave", "yes. it works"),
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


@pytest.mark.parametrize("line", ["ta", "ok ta", "worked, ta", "ta dave", "ta very much", "tnx"])
def test_short_words_of_thanks(line: str) -> None:
    assert is_thanks(line)
    assert not will_try(line)


@pytest.mark.parametrize(
    "line",
    [
        "thanks, will try",
        "ok ty, I'll look into it",
        "cheers, trying now",
        "thanks, I'll give that a go later",
    ],
)
def test_politeness(line: str) -> None:
    assert is_thanks(line)
    assert will_try(line)
    assert not may_say_it_worked(line)


@pytest.mark.parametrize(
    "line",
    [
        "that worked",
        "that works, thanks!",
        "ta, worked",
        "works :)",
        "yes, that was it",
        "yup that's it, thanks bob",
        "bob: cool, it works now",
        "fixed, thank you very much",
        "that did the trick",
        "solved",
        "ok that fixed it",
        "everything works now",
    ],
)
def test_it_worked(line: str) -> None:
    assert says_it_worked(line, ("bob",))


@pytest.mark.parametrize(
    "line",
    [
        "yes",
        "thanks",
        "that works?",
        "it works with vlc",
        "mine works",
        "it works for me though",
        "it worked until 4.17",
        "it did not work",
        "that worked on debian",
        "works, thanks carol",
        "that should work",
        "is it fixed",
        "I fixed the typo",
        "it will work, thanks",
        "that might be it",
        "that's it? really",
        "working on it",
        "that worked, and now the guest does not start",
    ],
)
def test_it_may_not_have_worked(line: str) -> None:
    assert not says_it_worked(line, ("bob",))


@given(st.text(max_size=200))
def test_what_is_said_to_have_worked_may_have_been(line: str) -> None:
    """Whoever is named, what is read of the store before is the same."""
    assert may_say_it_worked(line) or not says_it_worked(line, ("bob",))


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


USERS = frozenset({"@dave:example.org", "@e.x:example.org"})


@pytest.mark.parametrize(
    "line",
    [
        "@dave:example.org: look",
        "look at this @dave:example.org",
        "thanks @dave:example.org!",
        "dave: look",
        "da: look",
        "thanks dave",
    ],
)
def test_said_to_one_who_is_known_by_their_user_id(line: str) -> None:
    assert is_to_other(line, USERS)


@pytest.mark.parametrize(
    "line",
    [
        "dave knows that",
        "@bob:example.org: look",
        "see @dave:example.net",
        "note: example.org is down",
        "org",
    ],
)
def test_said_to_none_of_those_user_ids(line: str) -> None:
    assert not is_to_other(line, USERS)


def test_a_user_id_is_a_name_and_so_is_its_local_part() -> None:
    assert names("hi dave", "@dave:example.org")
    assert names("hi @dave:example.org.", "@dave:example.org")
    assert not names("hi @dave:example.net", "@dave:example.org")
    assert not names("see example.org", "@dave:example.org")
    assert is_chatter("hi @dave:example.org", ["@dave:example.org"])
    assert no_reply("no idea, ask @dave:example.org") == NoReply(True, "@dave:example.org")


NICK = st.from_regex(r"[A-Za-z_\[\]{}|`^\\-][A-Za-z0-9_\[\]{}|`^\\-]{0,20}", fullmatch=True)
USER = st.from_regex(
    r"@[a-z0-9._=/+-]{1,30}:[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,6})?(:[0-9]{1,5})?", fullmatch=True
)
WORDS = st.from_regex(r"[^\s:,;][^\n]{0,60}", fullmatch=True)


@given(NICK | USER, st.sampled_from([":", ",", ";", " :"]), WORDS)
def test_who_is_named_at_the_start_is_read_again(name: str, mark: str, words: str) -> None:
    assert address(f"{name}{mark} {words}") == (name, words)


@given(st.text() | st.text(alphabet="@:.,; abd[]19"), st.frozensets(NICK | USER, max_size=5))
def test_no_text_is_too_much(text: str, known: frozenset[str]) -> None:
    name, rest = address(text)
    assert text.endswith(rest)
    assert name is None or text.lstrip("@").startswith(name.lstrip("@"))
    folded = frozenset(map(fold, known))
    is_to_other(text, folded)
    is_chatter(text, folded)
    no_reply(text)
    assert all(names(f"hi {each}", each) for each in known)
