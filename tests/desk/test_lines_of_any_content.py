"""Whatever is said to the desk has one of few outcomes: an answer, candidates, a person who is asked, or the
word that there is nothing to look up; and every line that follows is handled as ever."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import HOME, KNOWN, World

TOO_LITTLE = {
    "blanks": " \u00a0\u2003 ",
    "stop words": "how do I do that?",
    "punctuation": '?!… --- *** "" ()',
    "controls": "\x01\x07\x1b\x7f\x9f",
    "bidirectional": "\u202e\u2066\u200f",
    "emoji": "🔥👩\u200d👧",
    "a face": ":O",
    "one word": "zebra",
    "a word of 65,000 letters": "q" * 65_000,
    "marks": "z" + "\u0301" * 500,
    "NUL": "ze\0bra",
    "an escape": "\x1b[31mzebra",
}
"""What gets the advice to ask in more words."""

UNKNOWN = {
    "65,000 words": "zebra " * 65_000,
    "Cyrillic": "как собрать инструменты без сети",
    "Arabic": "كيف أبني الأدوات بدون شبكة",
    "syntax of queries": 'AND OR NOT "zebra" field0:x * ~ ^',
    "from right to left": "\u202ezebra crossing in the fog\u202c",
    "in between controls": "zebra\0 crossing\x1b[31m in the\x07 fog",
}
"""What people are asked."""


def goes_on(world: World) -> None:
    """The desk answers the next question as ever."""
    world.joins("zoe", account="zoe").says(f"pkgdesk: {KNOWN}")
    world.desk_says("--with-system-qemu", in_=HOME, to="zoe")


@pytest.mark.parametrize("text", TOO_LITTLE.values(), ids=TOO_LITTLE)
def test_what_says_too_little_disturbs_nobody(world: World, text: str) -> None:
    alice, carol = world.joins("alice", account="alice"), world.joins("carol", account="carol")
    alice.says(f"pkgdesk: {text}")
    world.desk_says("ask me in a few more words", in_=HOME, to="alice")
    world.clock.advance("1h")
    carol.is_not_pinged()
    goes_on(world)


@pytest.mark.parametrize("text", UNKNOWN.values(), ids=UNKNOWN)
def test_what_the_base_does_not_know_goes_to_people(world: World, text: str) -> None:
    alice = world.joins("alice", account="alice")
    alice.says(f"pkgdesk: {text}")
    world.desk_says("I do not know that one", in_=HOME, to="alice")
    assert not world.question(1).entries
    assert all(each.text.isprintable() for each in world.turn)
    goes_on(world)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    st.sampled_from(["pkgdesk: {}", "pkgdesk: ask {}", "!ask {}", "!{}", "{}", f"pkgdesk: {KNOWN} {{}}"]),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_line_stops_the_desk(make_world: Callable[..., World], text: str, said: str) -> None:
    world = make_world()
    alice = world.joins("alice", account="alice")
    alice.says(said.format(text))
    assert all(each.text.isprintable() for each in world.turn)
    goes_on(world)
