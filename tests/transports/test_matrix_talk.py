"""What the desk says and hears on a real homeserver: who is notified, in which order, and where privately."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest
from irc_networks import now
from matrix_desk import MatrixDesk
from matrix_town import Person, Refused, Town

from bot.desk.events import Edited, Event, Heard, Joined, Reacted, Redacted
from bot.desk.model import Failure, Line, Purpose, Speaker
from bot.transports.base import NotSent, Receipt
from routing.presence import Venue, Visibility


class Seat(NamedTuple):
    """A desk in a room; `own`: what its account can do beside it."""

    desk: MatrixDesk
    own: Person
    room: str
    venue: Venue

    async def say(self, text: str, number: int = 0, to: Person | None = None, **more: Any) -> Receipt:
        more = {"queued_at": now(), **more}
        return await self.send(Line(self.venue, text, Purpose.ANSWER, id=number, **more), to)

    async def tell(self, user: str, text: str, number: int) -> Receipt:
        """Privately."""
        venue = Venue("net", user, Visibility.PRIVATE)
        return await self.send(Line(venue, text, Purpose.ANSWER, id=number, queued_at=now()))

    async def send(self, line: Line, to: Person | None = None) -> Receipt:
        user = to.user if to is not None else None
        line = replace(line, addressee=Speaker("net", user, user) if user is not None else None)
        return await self.desk.transport.send(line, user, ())

    async def hears(self, what: type[Event], so: Callable[[Any], bool] = lambda _: True) -> Any:
        return await self.desk.ears.until(lambda event: isinstance(event, what) and so(event))


def _is_by(user: str, event: Any) -> bool:
    return bool(event.speaker.nick == user)


def _is_of(message: str, event: Any) -> bool:
    return bool(event.message == message)


@contextlib.asynccontextmanager
async def sitting(town: Town, folder: Path, *members: Person, **more: Any) -> AsyncIterator[Seat]:
    """A desk in a room with these members, of whom it knows."""
    host = members[0]
    room = await host.create_room(alias=town.called("packagers"))
    for member in members[1:]:
        await member.join(room)
    alias = town.alias("packagers")
    got = await town.account("pkgdesk")
    desk = MatrixDesk(town, got, folder, rooms=[alias], **more)
    async with desk.serving():
        seat = Seat(desk, town.client(got), room, Venue("net", alias))
        for member in members:
            await seat.hears(Joined, partial(_is_by, member.user))
        yield seat


async def notified_of(person: Person, **only: str) -> list[str]:
    """The texts of which the server would notify somebody, the last first."""
    told = await person.call("GET", "notifications", None, limit="50", **only)
    return [each["event"]["content"].get("body", "") for each in told["notifications"]]


# --- who is notified ------------------------------------------------------------------------------------


async def test_a_ping_reaches_its_target_alone_whatever_stands_in_it(town: Town, tmp_path: Path) -> None:
    alice, bob = await town.people("alice", "bob")
    async with sitting(town, tmp_path, alice, bob) as seat:
        text = (
            f"{bob.user} {bob.name}: @room <b>look</b> https://matrix.to/#/{bob.user} "
            f"[x](https://matrix.to/#/{bob.user}) `@room` <script>alert(1)</script>"
        )
        await seat.say(text, 1)
        await seat.say(text, 2, to=bob)
        ping = await seat.say(text, 3, to=alice, notify=True)
        told = await alice.meets(lambda event: event["event_id"] == ping.message)
        assert told["content"]["m.mentions"] == {"user_ids": [alice.user]}
        html, body = told["content"]["formatted_body"], told["content"]["body"]
        assert "<script" not in html
        assert html.startswith(f'<a href="https://matrix.to/#/{alice.user}">{alice.name}</a>: ')
        await bob.say(seat.room, "done", mentions=[alice])
        await alice.hears("^done$")

        assert await notified_of(alice, only="highlight") == ["done", body]
        assert await notified_of(bob, only="highlight") == []
        # Of notices nobody is told at all.
        assert await notified_of(bob) == [body]


async def test_notices_edits_reactions_and_redactions_are_heard_as_what_they_are(
    town: Town, tmp_path: Path
) -> None:
    alice, bot = await town.people("alice", "bot")
    async with sitting(town, tmp_path, alice, bot, ghosts=["@irc_*:localhost"]) as seat:
        room, me = seat.room, seat.desk.transport.me
        await bot.say(room, "I am a bot", kind="m.notice")
        assert (await seat.desk.ears.heard("I am a bot")).notice

        asked = await alice.say(room, f"how do I build it, {me}?", mentions=[seat.own])
        assert (await seat.desk.ears.heard(f"{me}: how do I build it?")).message == asked
        await alice.edits(room, asked, f"{me}: how do I build 4.17?")
        edited = await seat.hears(Edited)
        assert (edited.message, edited.text) == (asked, f"{me}: how do I build 4.17?")

        answer = (await seat.say("like this", 1, to=alice, reply_to=asked, thread=asked)).message or ""
        own = await seat.hears(Heard, lambda event: event.own)
        assert (own.message, own.thread, own.text) == (answer, asked, f"{alice.user}: like this")
        reaction = await alice.reacts(room, answer, "👍")
        reacted = await seat.hears(Reacted)
        assert (reacted.message, reacted.key, reacted.reaction) == (answer, "👍", reaction)
        for gone in (reaction, asked):
            await alice.redacts(room, gone)
            redacted = await seat.hears(Redacted, partial(_is_of, gone))
            assert redacted.speaker.account == alice.user

        carol = await town.ghost("carol")
        await carol.join(room)
        await carol.say(room, f"{me}: hello")
        heard = await seat.hears(Heard, partial(_is_by, carol.user))
        assert (heard.speaker.account, heard.text) == (None, f"{me}: hello")


async def test_a_line_is_said_even_where_no_thread_can_begin(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        root = await alice.say(seat.room, "first")
        within = await alice.say(seat.room, "second", thread=root)
        await seat.say("in a thread", 1, thread=root)
        await seat.say("in none", 2, thread=within)
        assert (await alice.hears("in a thread"))["content"]["m.relates_to"]["event_id"] == root
        assert "m.relates_to" not in (await alice.hears("in none"))["content"]


# --- order ----------------------------------------------------------------------------------------------


async def test_a_burst_arrives_whole_and_in_order_though_the_server_throttles(
    town: Town, tmp_path: Path
) -> None:
    alice, admin = await town.person("alice"), await town.person("admin", listens=False, admin=True)
    async with sitting(town, tmp_path, alice) as seat:
        await limited(town, admin, seat.own.user, a_second=2, burst=1)  # slower than any machine
        waiting = deque(range(1, 5))
        failures: list[NotSent] = []
        while waiting:  # as the outbox does: one line of a venue at a time
            try:
                await seat.say(f"line {waiting[0]}", waiting[0])
            except NotSent as error:
                failures.append(error)
                await asyncio.sleep(error.after or 0.0)
            else:
                waiting.popleft()
        await alice.hears("^line 4$")
        assert {(each.failure, each.later) for each in failures} == {(Failure.THROTTLED, True)}
        assert alice.said_by(seat.own) == [f"line {number}" for number in range(1, 5)]


async def limited(town: Town, admin: Person, user: str, *, a_second: int, burst: int) -> None:
    """For one user of a server that is generous it is as servers are (its admin API)."""
    url = f"{town.server.url}/_synapse/admin/v1/users/{user}/override_ratelimit"
    limits = {"messages_per_second": a_second, "burst_count": burst}
    proof = {"Authorization": f"Bearer {admin.token}"}
    async with aiohttp.ClientSession() as http, http.post(url, json=limits, headers=proof) as answer:
        assert answer.status == 200


async def test_lines_that_are_sent_at_once_arrive_in_order(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        await asyncio.gather(*(seat.say(f"line {number}", number) for number in range(1, 5)))
        await alice.hears("^line 4$")
        assert alice.said_by(seat.own) == [f"line {number}" for number in range(1, 5)]


async def test_the_same_line_is_one_event(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        queued = now()
        first, second = [await seat.say("once", 4, queued_at=queued) for _ in range(2)]
        assert first.message == second.message
        await seat.say("and more", 5)
        # As after a restored database, which gives numbers once more.
        await seat.say("another", 5)
        await alice.hears("another")
        assert alice.said_by(seat.own) == ["once", "and more", "another"]


# --- privately ------------------------------------------------------------------------------------------


async def test_lines_at_once_make_one_direct_conversation(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        await asyncio.gather(*(seat.tell(alice.user, str(number), number) for number in (1, 2, 3)))
        room = await alice.is_invited()
        [invited] = [each for each in alice.invitations[room] if each.get("state_key") == alice.user]
        assert invited["content"]["is_direct"] is True
        await alice.join(room)
        await alice.hears("^3$", room=room)
        assert alice.said_by(seat.own) == ["1", "2", "3"]
        assert not alice.invitations

        await alice.say(room, "thanks")
        assert (await seat.desk.ears.heard("thanks")).venue == Venue("net", alice.user, Visibility.PRIVATE)
        visibility = await alice.state(room, "m.room.history_visibility")
        assert visibility == {"history_visibility": "invited"}
        directs = await seat.own.call("GET", f"user/{seat.own.user}/account_data/m.direct")
        assert directs == {alice.user: [room]}


async def test_whoever_declines_is_left_in_peace_for_a_day(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        await seat.tell(alice.user, "psst", 1)
        room = await alice.is_invited()
        await alice.leave(room)
        await alice.until(lambda: not alice.invitations)
        # What is said in the room afterwards comes after her going.
        await alice.say(seat.room, "not now")
        await seat.desk.ears.heard("not now")
        with pytest.raises(NotSent) as caught:
            await seat.tell(alice.user, "psst", 2)
        assert (caught.value.failure, caught.value.later) == (Failure.NOT_PRIVATELY, False)
        await alice.say(seat.room, "still here")
        await seat.desk.ears.heard("still here")
        assert not alice.invitations

        monkeypatch.setattr("bot.transports.matrix.directs.AGAIN_AFTER", 0.0)
        await seat.tell(alice.user, "psst", 3)
        assert await alice.is_invited() == room


async def test_a_conversation_is_found_again_by_the_next_start(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        await seat.tell(alice.user, "first", 1)
        room = await alice.is_invited()
    before = len(seat.desk.ears.events)
    async with seat.desk.serving():
        await seat.desk.ears.until(lambda event: isinstance(event, Joined), before)
        await seat.tell(alice.user, "second", 2)
    await alice.join(room)
    await alice.hears("second", room=room)
    assert alice.said_by(seat.own) == ["first", "second"]


async def test_a_conversation_with_a_third_in_it_is_none(town: Town, tmp_path: Path) -> None:
    alice, bob = await town.people("alice", "bob")
    async with sitting(town, tmp_path, alice, bob) as seat:
        await seat.tell(alice.user, "first", 1)
        room = await alice.is_invited()
        await alice.join(room)
        with pytest.raises(Refused, match="M_FORBIDDEN"):
            await alice.invite(room, bob)
        await seat.own.invite(room, bob)
        await bob.join(room)
        await bob.say(room, "hello you two")
        assert (await seat.desk.ears.heard("hello you two")).venue.visibility is Visibility.MEMBERS
        await seat.tell(alice.user, "for you alone", 2)
        assert await alice.is_invited() != room
        assert "for you alone" not in bob.said_by(seat.own)


async def test_it_is_encrypted_where_the_desk_can(town: Town, tmp_path: Path) -> None:
    pytest.importorskip("vodozemac", reason="without the extra pkgdesk[encryption]")
    (tmp_path / "alice").mkdir()
    alice = await town.sealed_person("alice", tmp_path / "alice")
    async with sitting(town, tmp_path, alice, encryption=True) as seat:
        await seat.tell(alice.user, "psst", 1)
        await alice.join(await alice.is_invited())
        await alice.hears_sealed("^psst$", by=seat.own)
        assert alice.said_by(seat.own) == []


async def test_somebody_who_cannot_be_invited_costs_one_room_at_most(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    async with sitting(town, tmp_path, alice) as seat:
        for number in (1, 2):
            with pytest.raises(NotSent, match="Federation denied") as caught:
                await seat.tell("@nobody:elsewhere.example", "psst", number)
            assert (caught.value.failure, caught.value.later) == (Failure.NOT_PRIVATELY, False)
        assert len((await seat.own.call("GET", "joined_rooms"))["joined_rooms"]) == 2
