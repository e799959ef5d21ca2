"""Nobody is highlighted by accident: other people's nicks are broken, whatever surrounds them."""

import string
from urllib.parse import unquote

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from bot.transports.names import BREAK, MASS, broken, spelling
from bot.transports.plain import plain

B = BREAK


@pytest.mark.parametrize(
    ("text", "members", "said"),
    [
        ("ask bob about it", ["bob"], f"ask b{B}ob about it"),
        ("ask BoB, or bob.", ["bob"], f"ask B{B}oB, or b{B}ob."),
        ("bobby and kebob are other words", ["bob"], "bobby and kebob are other words"),
        ("use --with-system-qemu", ["qemu"], f"use --with-system-q{B}emu"),
        ("bob_ is not bob", ["bob", "bob_"], f"b{B}ob_ is not b{B}ob"),
        ("the [m]ouse{} and [M]OUSE[]", ["[m]ouse[]"], f"the [{B}m]ouse{{}} and [{B}M]OUSE[]"),
        ("x|away y|away", ["x|away"], f"x{B}|away y|away"),
        ("glued[x]on", ["[x]"], f"glued[{B}x]on"),
        ("a-bob", ["a-b", "bob"], f"a{B}-b{B}ob"),
        ("ab and b", ["ab", "b"], f"a{B}b{B} and b{B}"),
        ("éa", ["éa"], f"é{B}a"),
        ("@room, room, @all and @everyone!", [], f"@{B}room, room, @{B}all and @{B}everyone!"),
        ("@alligator", [], "@alligator"),
    ],
)
def test_a_nick_is_broken_wherever_it_is_a_whole_word(text: str, members: list[str], said: str) -> None:
    assert broken(text, tuple(members)) == said


def test_the_nicks_that_may_stand_stand() -> None:
    assert broken("bob asks carol and dave", ("bob", "carol", "dave"), ("BOB", "dave")) == (
        f"bob asks c{B}arol and dave"
    )


def test_a_nick_that_may_stand_does_not_protect_another_inside_of_it() -> None:
    assert broken("bob_ asks", ("bob", "bob_"), ("bob_",)) == f"b{B}ob_ asks"


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://example.org/~bob/patches", "https://example.org/~%62ob/patches"),
        ("https://example.org/?by=bob&x=1#bob", "https://example.org/?by=%62ob&x=1#%62ob"),
        ("https://bob.example.org/x", f"https://b{B}ob.example.org/x"),
        ("www.example.org/bob", "www.example.org/%62ob"),
        ("https://example.org/%62ob", "https://example.org/%62ob"),
        ("https://example.org/[x]", "https://example.org/[%78]"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
    ],
)
def test_a_link_still_leads_where_it_led(link: str, said: str) -> None:
    assert broken(f"see {link}", ("bob", "[x]", "é")) == f"see {said}"


# --- the universal promise, with an oracle of its own ---------------------------------------------------

NICK = st.one_of(
    st.sampled_from(
        ["a", "ab", "bob", "bob_", "bo", "ob", "b", "qemu", "with", "62ob", "a-b", "[x]", "é", "the"]
    ),
    st.text(string.ascii_letters + string.digits + "[]\\`^{}|-_", min_size=1, max_size=6),
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4),
)
WORD = st.one_of(
    NICK, st.sampled_from(["https://x.org/", "www.", "@", "%62", "/", "?", "-", ".", ":", "@room"])
)
TEXT = st.one_of(
    st.lists(WORD, max_size=12).map("".join),
    st.lists(WORD, max_size=12).map(" ".join),
    st.text(st.characters(codec="utf-8"), max_size=60),
).map(plain)


def standing(text: str, nick: str) -> list[int]:
    """Where `nick` stands in `text` as a whole word, unbroken. One grapheme is broken by what follows it."""
    low, wanted = spelling(text), spelling(nick)
    single = bool(regex.fullmatch(r"\X", nick))
    found = []
    for at in range(len(low) - len(wanted) + 1):
        end = at + len(wanted)
        if low[at:end] == wanted:
            left = at and low[at - 1].isalnum() and low[at].isalnum()
            right = end < len(low) and low[end - 1].isalnum() and low[end].isalnum()
            if not left and not right and not (single and low[end : end + 1] == BREAK):
                found.append(at)
    return found


@given(TEXT, st.lists(NICK, max_size=6), st.lists(NICK, max_size=2))
@example("a-bob", ["a-b", "bob"], [])
@example("https://x.org/62ob/bob", ["62ob", "bob"], [])
@example("ǰ Straße STRASSE", ["ǰ", "strasse", "straße"], [])
def test_no_nick_stands_unbroken(text: str, members: list[str], allowed: list[str]) -> None:
    said = broken(text, tuple(members), allowed)
    kept = {spelling(nick) for nick in allowed}
    for nick in [*members, *MASS]:
        if spelling(nick) not in kept:
            assert standing(said, nick) == [], (nick, said)


@given(TEXT, st.lists(NICK, max_size=6))
def test_breaking_loses_nothing(text: str, members: list[str]) -> None:
    said = broken(text, tuple(members)).replace(BREAK, "")
    if "://" not in text and "www." not in text:
        assert said == text
    assert broken(text, ()) == text or any(word in spelling(text) for word in MASS)


@given(st.lists(NICK, max_size=6))
def test_a_broken_link_is_the_same_link(members: list[str]) -> None:
    link = "https://example.org/~bob/a/the-bob_?q=with#qemu"
    said = broken(link, tuple(members))
    path = said.partition("example.org")[2] if BREAK not in said else ""
    assert unquote(path) in ("", "/~bob/a/the-bob_?q=with#qemu")


@pytest.mark.timeout(20)
def test_two_thousand_members_cost_what_two_do() -> None:
    """Searching for one nick after the other would take minutes here."""
    crowd = tuple(f"[nick{i}]" for i in range(1_000)) + tuple(f"nick-{i}-x" for i in range(1_000))
    text = " ".join(crowd[:20]) + " [[[[nick-" * 20
    for turn in range(300):
        assert broken(f"{turn} {text}", crowd).count(B) == 20
