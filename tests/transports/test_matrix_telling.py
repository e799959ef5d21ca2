"""What an answer of a homeserver has to say: what is heard, what is late, and what is nobody's business."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from matrix_script import Scripted, refuses, says, told

from bot.backscroll import to_me
from bot.desk.events import Edited, Heard
from bot.transports.matrix.folding import fold
from bot.transports.matrix.gaps import MOST, filled
from bot.transports.matrix.hearing import Ghosts
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.patience import patiently
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.settings import MatrixTimes
from bot.transports.matrix.telling import Telling, came

ME, ROOM = "@pkgdesk:x", "!a:x"
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def said(text: str, at: datetime = NOON, by: str = "@alice:x", **more: Any) -> dict[str, Any]:
    return {
        "type": "m.room.message",
        "event_id": f"${text.replace(' ', '_')}",
        "sender": by,
        "origin_server_ts": int(at.timestamp() * 1000),
        "content": {"msgtype": "m.text", "body": text},
        **more,
    }


def membership(is_: str, was: str | None = None, of: str = ME) -> dict[str, Any]:
    before = {"unsigned": {"prev_content": {"membership": was}}} if was is not None else {}
    content = {"membership": is_}
    return {"type": "m.room.member", "sender": of, "state_key": of, "content": content, **before}


def body(*events: dict[str, Any], **timeline: Any) -> dict[str, Any]:
    return {"rooms": {"join": {ROOM: {"timeline": {"events": list(events), **timeline}}}}}


class Desk:
    """In one room; `hears` gives what comes of an answer that goes on from a token, read at some time."""

    def __init__(self) -> None:
        here = [membership("join"), membership("join", of="@alice:x")]
        join = {
            "event_id": "$j",
            "type": "m.room.join_rules",
            "state_key": "",
            "content": {"join_rule": "public"},
        }
        state = {"rooms": {"join": {ROOM: {"state": {"events": [*here, join]}}}}}
        self.rooms, _ = fold(Rooms("net", ME), state)
        self._telling = Telling("net", "pkgdesk", Ghosts(), to_me, timedelta(days=1))

    def hears(
        self,
        *events: dict[str, Any],
        now: datetime = NOON,
        read: datetime | None = NOON,
        since: str | None = "t",
        known: datetime | None = None,
    ) -> list[Any]:
        found: Iterator[Any] = self._telling.told(
            body(*events), self.rooms, now=now, read=read, since=since, known=known
        )
        return list(found)

    def texts(self, *events: dict[str, Any], **when: Any) -> list[str]:
        return [event.text for event in self.hears(*events, **when) if isinstance(event, Heard)]


def test_what_is_said_now_is_live_whatever_its_server_says_of_the_time() -> None:
    desk = Desk()
    for number, at in enumerate((NOON, NOON - timedelta(days=900), NOON + timedelta(days=900))):
        [heard] = desk.hears(said(f"hello {number}", at))
        assert (heard.at, heard.late, heard.replayed, heard.said_at) == (NOON, False, False, None)


def test_an_event_is_told_once() -> None:
    desk = Desk()
    assert desk.texts(said("hello"), said("hello"), said("world")) == ["hello", "world"]
    assert desk.texts(said("hello")) == []


def test_on_the_first_start_of_all_nothing_is_told() -> None:
    assert Desk().hears(said("hello"), read=None, since=None) == []


def test_what_was_said_while_it_was_away_is_late_if_nobody_dealt_with_it() -> None:
    ago = {hours: NOON - timedelta(hours=hours) for hours in range(10)}
    events = (
        said("pkgdesk: asked too long ago?", NOON - timedelta(days=3)),
        said("pkgdesk: where is it?", ago[4]),
        said("pkgdesk: never mind", ago[3]),
        said("pkgdesk: who owns it?", ago[2]),
        said("a chat", ago[1]),
        said("pkgdesk: and now?", NOON - timedelta(seconds=30)),
    )
    heard = [each for each in Desk().hears(*events, read=ago[9]) if isinstance(each, Heard)]
    late = {each.text: each for each in heard if each.late}
    assert "pkgdesk: where is it?" not in late
    owns = late["pkgdesk: who owns it?"]
    assert (owns.at, owns.said_at) == (NOON, ago[2])
    live = heard[-1]
    assert (live.text, live.late, live.replayed, live.at) == ("pkgdesk: and now?", False, False, NOON)


def test_how_late_it_is_nobody_can_make_up() -> None:
    read = NOON - timedelta(hours=2)
    events = (
        said("pkgdesk: old?", NOON - timedelta(days=30)),
        said("pkgdesk: new?", NOON + timedelta(days=30)),
    )
    old, new = Desk().hears(*events, read=read)
    assert (old.said_at, old.late) == (read, True)
    assert (new.said_at, new.late) == (None, False)


def test_an_edit_of_then_comes_behind_its_line() -> None:
    text = {
        "msgtype": "m.text",
        "body": "* pkgdesk: whose?",
        "m.new_content": {"msgtype": "m.text", "body": "b"},
    }
    edit = {**text, "m.relates_to": {"rel_type": "m.replace", "event_id": "$pkgdesk:_who?"}}
    at = NOON - timedelta(hours=1)
    events = said("pkgdesk: who?", at), said("edited", at, content=edit)
    first, second = Desk().hears(*events, read=NOON - timedelta(hours=3))
    assert isinstance(first, Heard)
    assert isinstance(second, Edited)


def test_where_all_is_read_anew_what_was_read_is_not_told_again() -> None:
    read = NOON - timedelta(minutes=1)
    events = (
        said("pkgdesk: read?", read - timedelta(seconds=1)),
        said("pkgdesk: unread?", read + timedelta(seconds=1)),
    )
    assert Desk().texts(*events, read=read, since=None, known=read) == ["pkgdesk: unread?"]


@pytest.mark.parametrize(
    ("before", "start"),
    [
        ([], 0),
        ([said("a")], 0),
        ([said("a"), membership("join")], 2),
        ([said("a"), membership("join", "leave")], 2),
        ([membership("join", "join"), said("a")], 0),
        ([said("a"), membership("invite"), said("b"), membership("join", "invite")], 2),
        ([said("a"), membership("join", "invite"), said("b")], 2),
        ([membership("invite"), membership("leave", "invite"), said("a"), membership("join", "leave")], 4),
        ([said("a"), membership("join", of="@alice:x")], 0),
        ([{"type": "m.room.member", "state_key": ME, "content": 7}], 0),
    ],
)
def test_what_was_said_before_it_came_is_not_meant_for_it(before: list[dict[str, Any]], start: int) -> None:
    assert came(before, ME) == start


def test_of_one_answer_only_what_follows_on_its_coming_is_told() -> None:
    events = (said("before"), membership("join"), said("after"))
    assert Desk().texts(*events) == ["after"]


# --- gaps -------------------------------------------------------------------------------------------------


def page(*texts: str, end: str | None = None, at: datetime = NOON) -> dict[str, Any]:
    """An answer of /messages: the newest first."""
    return {"chunk": [said(each, at) for each in texts], **({"end": end} if end else {})}


async def missed(*pages: Any, since: str | None = "t0", events: Any = None, **timeline: Any) -> list[str]:
    """What an answer says that leaves something out of the room, after the pages were asked for."""
    answers = list(pages)
    async with Scripted(says(told("t"))).open() as server:

        async def messages(request: Any) -> Any:
            assert request.query["dir"] == "b"
            assert request.query.get("to") == since
            return await (answers.pop(0) if len(answers) > 1 else answers[0])(request)

        server.others["/messages"] = messages
        homeserver = Homeserver(server.url)
        times = MatrixTimes(reconnect=timedelta(milliseconds=1), reconnect_most=timedelta(milliseconds=1))
        whole = await filled(
            homeserver,
            body(*(events or [said("new")]), **{"limited": True, "prev_batch": "p0", **timeline}),
            me=ME,
            since=since,
            read=NOON - timedelta(hours=1),
            oldest=NOON - timedelta(days=1),
            ask=partial(_patiently, times),
        )
        await homeserver.close()
    return [event["content"].get("body", "-") for event in whole["rooms"]["join"][ROOM]["timeline"]["events"]]


async def _patiently(times: MatrixTimes, ask: Any) -> Any:
    return await patiently("a gap", ask, times, random.Random(7), unless_refused=True)


async def test_a_gap_is_filled_in_order() -> None:
    pages = [says(page("four", "three", end="p1")), says(page("two", "one", end="p2")), says(page())]
    assert await missed(*pages) == ["one", "two", "three", "four", "new"]


async def test_where_nothing_is_left_out_nothing_is_asked_for() -> None:
    assert await missed(says(page("one")), limited=False) == ["new"]


async def test_what_is_too_old_is_not_asked_for() -> None:
    old = says(page("ancient", end="p2", at=NOON - timedelta(days=3)))
    assert await missed(says(page("one", end="p1")), old, refuses("M_UNKNOWN", 500)) == [
        "ancient",
        "one",
        "new",
    ]


async def test_where_all_is_read_anew_the_gap_ends_where_it_had_read() -> None:
    old = says(page("read", end="p2", at=NOON - timedelta(hours=2)))
    assert await missed(says(page("one", end="p1")), old, since=None) == ["read", "one", "new"]


async def test_a_gap_without_end_is_bounded() -> None:
    count = 0

    async def more(request: Any) -> Any:
        nonlocal count
        count += 1
        texts = [f"{count} {number}" for number in range(100)]
        return await says(page(*texts, end=f"p{count}"))(request)

    assert len(await missed(more)) == MOST + 1


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([refuses("M_FORBIDDEN", 403)], ["new"]),
        ([refuses("M_UNKNOWN", 502), says(page("one"))], ["one", "new"]),
        ([says({"chunk": "garbage", "end": 7})], ["new"]),
        ([says(page("one", end="p0"))], ["one", "new"]),
    ],
)
async def test_a_gap_that_is_not_told_costs_only_itself(pages: list[Any], found: list[str]) -> None:
    assert await missed(*pages) == found


async def test_whoever_has_just_come_has_no_gap() -> None:
    events = [membership("join"), said("new")]
    assert await missed(refuses("M_UNKNOWN", 404), events=events) == ["-", "new"]
    assert await missed(refuses("M_UNKNOWN", 404), limited=False) == ["new"]
    assert await missed(refuses("M_UNKNOWN", 404), prev_batch=None) == ["new"]
