"""Which of the lines that were said while the desk was away are still to be handled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backscroll import MOST_ASKED, MOST_VENUES, Bookmarks, MayAsk, unheard
from bot.bridges import Bridge, Bridges
from bot.desk.addressing import address
from bot.desk.events import Heard
from bot.desk.model import Speaker
from bot.transports.names import BREAK
from routing.presence import Roster, Venue, Visibility

HOME = Venue("libera", "#xen-packagers")
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def asks(line: Heard) -> bool:
    return address(line.text)[0] == "pkgdesk"


may_ask = MayAsk(asks)


class Talk:
    """What was said before noon, a minute between any two lines."""

    def __init__(self, *lines: str, **marks: Any) -> None:
        began = NOON - timedelta(minutes=len(lines))
        self.lines = [
            self._heard(each, number, began + timedelta(minutes=number)) for number, each in enumerate(lines)
        ]

    def _heard(self, line: str, number: int, at: datetime) -> Heard:
        nick, _, text = line.partition("> ")
        return Heard(
            id=f"libera/m{number}",
            at=at,
            speaker=Speaker("libera", nick, nick),
            venue=HOME,
            text=text,
            me="pkgdesk",
            message=f"m{number}",
            replayed=True,
            own=nick == "pkgdesk",
        )

    def mark(self, number: int, **marks: Any) -> "Talk":
        self.lines[number] = replace(self.lines[number], **marks)
        return self

    def left(self, *, since: datetime = NOON - DAY, within: timedelta = DAY) -> list[str]:
        late = unheard(self.lines, since=since, now=NOON, within=within, may_ask=may_ask)
        assert all(line.late and line.at == NOON for line in late)
        return [line.text for line in late if line.text.startswith("pkgdesk")]


def test_a_question_that_nobody_answered_is_handled_as_what_it_is() -> None:
    talk = Talk("alice> pkgdesk: how do I build?", "bob> lunch", "carol> it rains")
    late = unheard(talk.lines, since=NOON - DAY, now=NOON, within=DAY, may_ask=may_ask)
    assert [line.text for line in late] == ["pkgdesk: how do I build?", "lunch", "it rains"]
    assert late[0].said_at == NOON - timedelta(minutes=3)
    assert late[0].replayed, "for everybody else it is of the past"


@pytest.mark.parametrize(
    "then",
    [
        "bob> alice: with --with-system-qemu",
        "bob> @alice see the wiki",
        "bob> ali: with --with-system-qemu",
        "pkgdesk> alice: configure with --with-system-qemu",
        "alice> never mind",
        "alice> nvm, found it",
        "alice> pkgdesk:  How do I build?",
        "alice> sorry, wrong channel",
    ],
)
def test_what_somebody_has_dealt_with_is_left_alone(then: str) -> None:
    left = Talk("alice> pkgdesk: how do I build?", "dave> hm", then).left()
    assert "pkgdesk: how do I build?" not in left


@pytest.mark.parametrize(
    "then",
    [
        "bob> alice: hi!",
        "bob> thanks alice",
        "bob> I met alice yesterday",
        "bob> carol: with --with-system-qemu",
        "bob> pkgdesk: status",
        "alice> this is on debian, and I never mind reading a long answer about it, really",
        "alice> pkgdesk: and which python?",
    ],
)
def test_what_only_stands_near_a_question_does_not_answer_it(then: str) -> None:
    assert "pkgdesk: how do I build?" in Talk("alice> pkgdesk: how do I build?", then).left()


BRIDGED = MayAsk(asks, lambda line: Bridges({("libera", "relay"): Bridge("relay")}).whose(line, Roster()))


@pytest.mark.parametrize(
    ("then", "left"),
    [
        ("bob> alice: with --with-system-qemu", 0),
        (f"pkgdesk> a{BREAK}lice: configure with --with-system-qemu", 0),
        ("relay> <bob> alice: with --with-system-qemu", 0),
        ("relay> <alice> never mind", 0),
        ("relay> <bob> never mind", 1),
        ("alice> never mind", 1),
        ("relay> *** bob joined", 1),
    ],
)
def test_who_asked_through_a_bridge_is_who_is_answered(then: str, left: int) -> None:
    talk = Talk("relay> <alice> pkgdesk: how do I build?", then).mark(0, from_bot=True)
    late = unheard(talk.lines, since=NOON - DAY, now=NOON, within=DAY, may_ask=BRIDGED)
    assert [line.text for line in late].count("<alice> pkgdesk: how do I build?") == left
    assert all(line.speaker.nick != "relay" or line.text.startswith("<") for line in late)


def test_thanks_say_that_it_was_answered_only_where_somebody_could_have() -> None:
    assert Talk("alice> pkgdesk: how do I build?", "alice> thanks!").left()
    assert not Talk("alice> pkgdesk: how do I build?", "bob> read INSTALL", "alice> thanks!").left()


def test_a_reply_in_the_thread_answers() -> None:
    talk = Talk("alice> pkgdesk: how do I build?", "bob> with --with-system-qemu")
    assert talk.left()
    assert not talk.mark(1, relates_to="m0").left()
    assert not talk.mark(1, thread="m0").left()


def test_what_a_bot_or_a_notice_says_answers_nobody_and_is_not_handled() -> None:
    for mark in ({"from_bot": True}, {"notice": True}):
        talk = Talk("alice> pkgdesk: how do I build?", "bob> alice: pkgdesk is away").mark(1, **mark)
        assert talk.left()
        assert not Talk("alice> pkgdesk: how do I build?").mark(0, **mark).left()


def test_what_was_said_live_is_never_late_and_yet_answers() -> None:
    talk = Talk("alice> pkgdesk: how do I build?", "bob> alice: with --with-system-qemu")
    assert not talk.mark(1, replayed=False).left()
    assert not Talk("alice> pkgdesk: how do I build?").mark(0, replayed=False).left()


def test_what_was_read_or_is_too_old_is_not_handled() -> None:
    talk = Talk("alice> pkgdesk: how do I build?", "carol> pkgdesk: which python?")
    assert talk.left(since=NOON - timedelta(seconds=90)) == ["pkgdesk: which python?"]
    assert talk.left(within=timedelta(seconds=90)) == ["pkgdesk: which python?"]
    assert not talk.left(within=timedelta())


def test_the_same_line_twice_is_one() -> None:
    talk = Talk("alice> pkgdesk: how do I build?", "alice> pkgdesk: how do I build?")
    assert len(talk.left()) == 1, "said again: the later one counts"
    assert len(talk.mark(1, id="libera/m0", message="m0").left()) == 1, "replayed twice"


def test_privately_only_an_account_is_answered_and_our_own_word_answers() -> None:
    venue = Venue("libera", "alice", Visibility.PRIVATE)
    talk = Talk("alice> pkgdesk: how do I build?").mark(0, venue=venue)
    assert talk.left()
    assert not talk.mark(0, speaker=Speaker("libera", "alice")).left()
    answered = Talk("alice> pkgdesk: how do I build?", "pkgdesk> like this")
    assert not answered.mark(0, venue=venue).mark(1, venue=venue).left()


def test_a_nick_alone_is_answered_in_public() -> None:
    assert Talk("alice> pkgdesk: how do I build?").mark(0, speaker=Speaker("libera", "alice")).left()


def test_of_a_flood_the_last_lines_count() -> None:
    talk = Talk(*(f"n{n}> pkgdesk: n1 n2 n3 what is {n}?" for n in range(1000)))
    assert [text.split()[-1] for text in talk.left()] == [f"{n}?" for n in range(1000 - MOST_ASKED, 1000)]


# --- whatever is said -----------------------------------------------------------------------------------

NICKS = st.sampled_from(["alice", "bob", "pkgdesk"])
WORDS = st.sampled_from(["pkgdesk: a?", "pkgdesk: b?", "alice: so", "bob: so", "thanks", "never mind", "hm"])
LINES = st.lists(st.tuples(NICKS, WORDS, st.booleans(), st.integers(0, 9)), max_size=12)


@given(LINES, st.integers(-1, 13), st.integers(0, 13))
def test_nothing_is_handled_twice_nor_what_was_answered_nor_what_was_read(
    said: list[tuple[str, str, bool, int]], read: int, within: int
) -> None:
    talk = Talk(*(f"{nick}> {words}" for nick, words, _, _ in said))
    for number, (_, _, replayed, name) in enumerate(said):
        talk.mark(number, replayed=replayed, id=f"libera/{name}", message=str(name))
    since = NOON - timedelta(minutes=len(said) - read)
    late = unheard(talk.lines, since=since, now=NOON, within=timedelta(minutes=within), may_ask=may_ask)
    assert len({line.id for line in late}) == len(late)
    for line in late:
        assert line.said_at is not None
        assert line.said_at >= max(since, NOON - timedelta(minutes=within))
        first = next(n for n, each in enumerate(talk.lines) if each.id == line.id and each.at == line.said_at)
        assert talk.lines[first].replayed
        assert not line.own
        if asks(line):
            later = talk.lines[first + 1 :]
            nick = line.speaker.nick
            assert not any(each.text == f"{nick}: so" and each.speaker.nick != nick for each in later)
    times = [line.spoken_at for line in late]
    assert times == sorted(times)


# --- how far it was read --------------------------------------------------------------------------------


def test_a_bookmark_only_moves_on() -> None:
    marks = Bookmarks()
    assert marks.get("#a") is None
    marks.read("#a", NOON)
    marks.read("#a", NOON - DAY)
    assert marks.get("#a") == NOON
    assert marks.get("") is None


def test_a_venue_has_one_bookmark_however_it_is_spelt() -> None:
    marks = Bookmarks()
    marks.read("#Xen-Packaging", NOON)
    again = Bookmarks()
    again.resume(marks.token)
    assert again.get("#xen-packaging") == again.get("#XEN-PACKAGING") == NOON


def test_what_is_written_down_is_read_again() -> None:
    marks = Bookmarks()
    marks.read("#ä", NOON + timedelta(microseconds=1500))
    marks.read("", NOON)
    again = Bookmarks()
    again.resume(marks.token)
    assert again.get("#ä") == NOON + timedelta(milliseconds=1)
    assert again.token == marks.token


@pytest.mark.parametrize(
    "token",
    ["", "7", "[]", '{"#a": 5}', '{"#a": "x"}', '{"#a": "2026-11-23T12:00:00"}', '{"#a"', '"2026"'],
)
def test_of_anything_else_nothing_was_ever_read(token: str) -> None:
    marks = Bookmarks()
    marks.resume(token)
    assert marks.get("#a") is None


def test_there_are_not_ever_more_of_them() -> None:
    marks = Bookmarks()
    for number in range(MOST_VENUES + 5):
        marks.read(f"#{number}", NOON + timedelta(seconds=number))
    assert marks.get("#4") is None
    assert marks.get("#5") is not None
