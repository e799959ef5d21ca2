"""The egress codec: whatever people are called and whatever they say, one harmless line leaves."""

import string

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.transports import wire
from bot.transports.names import BREAK, spelling
from bot.transports.wire import Unsendable
from routing.presence import Venue, Visibility

CHANNEL = Venue("libera", "#xen-packaging")
PRIVATE = Venue("libera", "alice", Visibility.PRIVATE)
ANY = st.text(st.characters(codec=None, categories=None), max_size=80)
LONG = st.text(st.characters(codec=None, categories=None), max_size=700)
NICK = st.text(string.ascii_letters + string.digits + "[]\\`^{}|_", min_size=1, max_size=12)


def says(
    text: str, to: str | None = None, members: tuple[str, ...] = (), venue: Venue = CHANNEL, limit: int = 340
) -> str:
    line = wire.compose(venue, text, to, (), members, limit)
    assert line.endswith(b"\r\n")
    return line.decode().removesuffix("\r\n")


def test_in_public_a_line_begins_with_the_addressee() -> None:
    assert says("use 4.19", "alice") == "PRIVMSG #xen-packaging :alice: use 4.19"


def test_in_private_it_does_not() -> None:
    assert says("use 4.19", "alice", venue=PRIVATE) == "PRIVMSG alice :use 4.19"


@pytest.mark.parametrize("first", string.punctuation)
def test_what_bots_obey_is_guarded(first: str) -> None:
    assert says(f"{first}op mallory") == f"PRIVMSG #xen-packaging :» {first}op mallory"
    assert says(f" \t\u200b{first}op mallory") == f"PRIVMSG #xen-packaging :» {first}op mallory"
    assert says(f"{first}op mallory", "alice") == f"PRIVMSG #xen-packaging :alice: {first}op mallory"


def test_a_nick_that_begins_like_a_command_is_guarded_too() -> None:
    assert says("yes", "`quit") == "PRIVMSG #xen-packaging :» `quit: yes"


def test_a_command_cannot_be_smuggled() -> None:
    assert says("a\rTOPIC #c :pwned\nQUIT\0x", "alice") == (
        "PRIVMSG #xen-packaging :alice: a TOPIC #c :pwned QUITx"
    )


@pytest.mark.parametrize(
    "name",
    ["+#chan", "@#chan", "#a,#b", "#a b", "#a\r", "#a\0", "#", "chan", "", "#a\x07", "#\ud800", "*", "$$*"],
)
def test_only_one_channel_is_a_target(name: str) -> None:
    with pytest.raises(Unsendable):
        says("hello", venue=Venue("libera", name))


@pytest.mark.parametrize(
    "name",
    [
        "#chan",
        "a,b",
        "a b",
        "a!b@c",
        "a\r",
        "@bob",
        "+bob",
        "$*.org",
        "*",
        "",
        "-bob",
        "a:b",
        ":a",
        "x\ud800",
    ],
)
def test_only_one_nick_is_a_target(name: str) -> None:
    with pytest.raises(Unsendable):
        says("hello", venue=Venue("libera", name, Visibility.PRIVATE))


@pytest.mark.parametrize("nick", ["bob", "[m]", "`a`", "x|away", "ghost/matrix", "42XAAAAAB", "Zoë", "^_^"])
def test_these_are_nicks(nick: str) -> None:
    assert says("hi", nick).endswith(f"{nick}: hi")


@pytest.mark.parametrize("nick", ["a: b", "a\rb", "", "a,b", "a b"])
def test_an_addressee_that_is_no_nick_is_refused(nick: str) -> None:
    with pytest.raises(Unsendable):
        says("hi", nick)


@pytest.mark.parametrize("text", ["", " ", "\x02\x0f", "\u200b\u202e", "\ud800"])
def test_nothing_is_not_sent(text: str) -> None:
    with pytest.raises(Unsendable):
        says(text, "alice")


def test_other_members_are_broken_and_the_addressee_is_not() -> None:
    line = wire.compose(
        CHANNEL, "bob says alice and carol", "alice", ("carol",), ("alice", "bob", "carol"), 340
    )
    assert line.decode() == f"PRIVMSG #xen-packaging :alice: b{BREAK}ob says alice and carol\r\n"


def test_a_long_text_is_cut_between_words() -> None:
    said = says("word " * 200, limit=60).partition(" :")[2]
    assert said == "word " * 10 + "word…"


def test_a_cut_does_not_make_a_name() -> None:
    word = "x" + "bob" * 40
    every_beginning = tuple(word[:length] for length in range(2, len(word)))
    said = says(word, members=every_beginning, limit=28).partition(" :")[2]
    assert said == f"x{BREAK}{'bob' * 7}…"
    assert len(said.encode()) == 28


def test_an_emoji_is_not_cut_in_two() -> None:
    flags = "🇫🇷" * 30
    said = says(flags, limit=50).partition(" :")[2]
    assert said == "🇫🇷" * 5 + "…"


@pytest.mark.parametrize(
    ("nick", "user", "host"),
    [("pkgdesk", None, None), ("pkgdesk", "~desk", "user/desk/x-12345678"), ("p" * 30, None, "h" * 63)],
)
def test_the_relayed_line_fits(nick: str, user: str | None, host: str | None) -> None:
    room = wire.room("#xen-packaging", nick, user, host)
    line = wire.compose(CHANNEL, "é" * 600, None, (), (), room)
    relayed = f":{nick}!{user or 'u' * 10}@{host or 'h' * 63} ".encode() + line
    assert 512 - 2 <= len(relayed) <= 512


@given(ANY, LONG, st.one_of(st.none(), ANY, NICK), st.lists(ANY), st.lists(ANY | NICK), st.integers(0, 480))
@example("#c", "a\rQUIT :x", "bob\r\nQUIT", ["\r\n"], ["\r\n", ""], 400)
def test_whatever_is_put_in_one_line_leaves_or_none(
    name: str, text: str, to: str | None, unbroken: list[str], members: list[str], limit: int
) -> None:
    for venue in (CHANNEL, PRIVATE, Venue("x", name), Venue("x", name, Visibility.PRIVATE)):
        try:
            line = wire.compose(venue, text, to, unbroken, tuple(members), limit)
        except Unsendable:
            continue
        assert len(line) <= 512
        assert regex.fullmatch(rb"PRIVMSG [^ \r\n\0,]+ :[^\r\n\0]+\r\n", line)
        said = line.decode().partition(" :")[2][:-2]
        assert len(said.encode()) <= limit
        assert said[0] not in string.punctuation
        assert not regex.search(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]", said)
        assert "\u200d" not in said


@given(LONG, NICK, st.lists(NICK, max_size=5), st.integers(60, 400))
def test_in_public_no_other_nick_stands_in_a_line_that_fits(
    text: str, to: str, members: list[str], limit: int
) -> None:
    mixed = " ".join([text[: limit // 2], *members, text[limit // 2 :]])
    try:
        said = says(mixed, to, tuple(members), limit=limit)
    except Unsendable:
        assume(False)
    opening, _, body = said.partition(" :")[2].partition(f"{to}: ")
    assert opening in ("", "» ")
    for nick in members:
        if spelling(nick) != spelling(to) and len(nick) > 1:
            edge = r"(?<![^\W_])" if nick[0].isalnum() else ""
            end = r"(?![^\W_])" if nick[-1].isalnum() else ""
            assert not regex.search(edge + regex.escape(spelling(nick)) + end, spelling(body))


# --- cutting ----------------------------------------------------------------------------------------------


@given(LONG.map(lambda text: text.encode("utf-8", "replace").decode()), st.integers(1, 200))
@example("\u1100" * 90, 20)
@example("e" + "\u0301" * 90, 20)
def test_fit_cuts_within_the_limit_and_loses_nothing(text: str, limit: int) -> None:
    head, rest = wire.fit(text, limit)
    assert len(head.encode()) <= limit
    assert text.startswith(head)
    assert text.endswith(rest)
    assert text[len(head) : len(text) - len(rest)].strip() == ""


@given(
    st.lists(st.sampled_from(["a", "é", "e\u0301", " ", "👍🏽", "🇫🇷", "한"])).map("".join), st.integers(8, 60)
)
def test_fit_cuts_between_graphemes(text: str, limit: int) -> None:
    head, _ = wire.fit(text, limit)
    ends = {0} | {found.end() for found in regex.finditer(r"\X", text)}
    assert len(head) in ends


# --- the other lines --------------------------------------------------------------------------------------


def test_commands_are_made_of_words() -> None:
    assert wire.command("JOIN", "#a,#b") == b"JOIN #a,#b\r\n"
    assert wire.command("QUIT", "so long :)", trailing=True) == b"QUIT :so long :)\r\n"
    assert wire.command("CAP", "END") == b"CAP END\r\n"


@pytest.mark.parametrize(
    "words", [("JOIN", ""), ("JOIN", "#a b"), ("NICK", ":x"), ("nick", "x"), ("NICK", "a\rb")]
)
def test_a_parameter_that_is_no_word_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(Unsendable):
        wire.command(*words)


def test_a_label_stands_before_the_line_and_is_not_counted() -> None:
    line = wire.command("PRIVMSG", "#a", "x" * 498, trailing=True)
    assert len(line) == 512
    assert wire.labelled(line, "a1") == b"@label=a1 " + line
    with pytest.raises(Unsendable):
        wire.labelled(line, "a b")


@pytest.mark.parametrize(
    "line",
    [
        b"QUIT",
        b"QUIT\n",
        b"QUIT\r\n\r\n",
        b"QUIT :a\rb\r\n",
        b"QUIT :a\nb\r\n",
        b"QUIT :a\0b\r\n",
        b"\r\n",
        b" QUIT\r\n",
        b"@label=\r\n QUIT\r\n",
        b"QUIT :\xff\r\n",
        b"QUIT :" + b"x" * 505 + b"\r\n",
        b"@time=x QUIT\r\n",
    ],
)
def test_the_last_look_at_the_bytes_stops_what_is_not_one_line(line: bytes) -> None:
    with pytest.raises(Unsendable):
        wire.checked(line)


@given(ANY)
def test_a_line_of_the_library_is_one_line_or_none(text: str) -> None:
    try:
        line = wire.given(text)
    except Unsendable:
        return
    assert line.count(b"\r") == line.count(b"\n") == 1
    assert line.endswith(b"\r\n")
