"""Reading ISUPPORT, as servers send it and as they should not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.transports.irc.isupport import LONGEST, MOST, Isupport


def told(*tokens: str) -> Isupport:
    isupport = Isupport()
    isupport.load(["pkgdesk", *tokens, "are supported by this server"])
    return isupport


def test_before_anything_is_told_it_is_as_in_rfc_1459() -> None:
    isupport = Isupport()
    assert isupport.chantypes == "#&"
    isupport.load(("pkgdesk", "CHANTYPES=", "are supported"))
    assert isupport.chantypes == "#&", "without channels we would be deaf"
    assert isupport.prefixes == isupport.statusmsg == "@+"
    assert not isupport.whox
    assert isupport.bot is None
    assert isupport.same("[Desk]", "{desk}")


def test_tokens_without_a_value_are_known_too() -> None:
    isupport = told(
        "WHOX", "CHANTYPES=#", "PREFIX=(qaohv)~&@%+", "STATUSMSG=~&@%+", "BOT=B", "CASEMAPPING=ascii"
    )
    assert isupport.whox
    assert isupport.chantypes == "#"
    assert isupport.prefixes == isupport.statusmsg == "~&@%+"
    assert isupport.bot == "B"
    assert isupport.casemapping == "ascii"


def test_a_token_can_be_taken_back_and_a_value_be_escaped() -> None:
    isupport = told("WHOX", "BOT=B", "CHANTYPES=\\x23\\x26")
    isupport.load(["pkgdesk", "-WHOX", "-BOT", "-NEVER", "are supported"])
    assert not isupport.whox
    assert isupport.bot is None
    assert isupport.chantypes == "#&"


@pytest.mark.parametrize(
    "odd", ["=", "-", "=x", "PREFIX", "PREFIX=", "PREFIX=ov@+", "BOT=", "BOT=BB", "BOT=1", "x y"]
)
def test_what_makes_no_sense_is_passed_over(odd: str) -> None:
    isupport = told(odd, "WHOX")
    assert isupport.whox
    assert isupport.bot is None
    assert "@" in isupport.prefixes
    assert "+" in isupport.prefixes


def test_a_server_that_tells_without_end_costs_nothing() -> None:
    isupport = told(*(f"T{number}=x" for number in range(2 * MOST)), "WHOX", f"NETWORK={'x' * LONGEST}")
    assert len(isupport.tokens) == MOST
    isupport.load(("pkgdesk", "-T0", "CHANTYPES=#", "T1=y", "are supported"))
    assert (isupport.chantypes, isupport.tokens["T1"]) == ("#", "y")


@pytest.mark.parametrize(
    ("mapping", "one", "other", "same"),
    [
        ("rfc1459", "A[]\\~", "a{}|^", True),
        ("rfc1459-strict", "A[]\\", "a{}|", True),
        ("rfc1459-strict", "~", "^", False),
        ("ascii", "Nick", "nICK", True),
        ("ascii", "[", "{", False),
        ("rfc8265", "[", "{", False),
        ("ascii", "É", "é", False),
    ],
)
def test_names_are_compared_as_the_server_says(mapping: str, one: str, other: str, same: bool) -> None:
    assert told(f"CASEMAPPING={mapping}").same(one, other) is same


@given(st.lists(st.text(max_size=20), max_size=10))
def test_no_token_is_an_error(tokens: list[str]) -> None:
    isupport = Isupport()
    isupport.load(tokens)
    assert isupport.fold("A") == "a"
    assert isinstance(isupport.bot, str | None)
