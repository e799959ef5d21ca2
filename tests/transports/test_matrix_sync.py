"""A desk on a real homeserver reads on: nothing old is told, nothing is lost, nothing is told twice."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from irc_networks import line, now
from matrix_desk import MatrixDesk
from matrix_homeservers import Shared, synapse
from matrix_town import PATIENCE, Person, Town

from bot.demo.homeserver import Homeserver
from bot.desk.events import Heard, Joined, RosterLost
from bot.store.store import Store
from bot.transports.base import NotSent, ShutOut
from bot.transports.matrix.position import Position
from routing.presence import Venue, Visibility


async def test_it_sits_in_its_rooms_hears_and_speaks(town: Town, tmp_path: Path) -> None:
    alice = await town.person("alice")
    room = await alice.create_room(alias=town.called("packagers"))
    await alice.say(room, "said long ago")
    alias = town.alias("packagers")
    async with MatrixDesk(town, await town.account("pkgdesk"), tmp_path, rooms=[alias]).serving() as desk:
        there = await desk.ears.until(lambda event: isinstance(event, Joined))
        assert there.present
        await alice.say(room, "how do I build it?")
        heard = await desk.ears.heard("how do I build it?")
        assert heard.venue.name == alias
        assert heard.speaker.account == alice.user
        assert (heard.replayed, heard.late, heard.own) == (False, False, False)
        receipt = await desk.transport.send(line(heard.venue, "like this"), None, ())
        said = await alice.hears("^like this$")
        assert receipt.message == said["event_id"]
        assert said["content"]["msgtype"] == "m.notice"
        await desk.ears.heard("like this", own=True)
    assert desk.ears.texts() == ["how do I build it?"]


@pytest_asyncio.fixture
async def packagers(town: Town, tmp_path: Path) -> AsyncIterator["Packagers"]:
    """A room with alice in it, a desk that is to sit there, and its database."""
    alice = await town.person("alice")
    room = await alice.create_room(alias=town.called("packagers"))
    store = await Store.open(f"sqlite:///{tmp_path}/desk.sqlite")
    desk = MatrixDesk(town, await town.account("pkgdesk"), tmp_path, rooms=[town.alias("packagers")])
    yield Packagers(alice, room, store, desk)
    await store.close()


@dataclass
class Packagers:
    alice: Person
    room: str
    store: Store
    desk: MatrixDesk

    @contextlib.asynccontextmanager
    async def serving(self, **more: Any) -> AsyncIterator[MatrixDesk]:
        """The desk, from when it is in the room on."""
        self.desk.ears.events.clear()
        async with self.desk.serving(self.store, **more) as desk:
            await desk.ears.until(lambda event: isinstance(event, Joined))
            yield desk

    async def says(self, *texts: str) -> None:
        for text in texts:
            await self.alice.say(self.room, text)


async def test_after_a_restart_it_hears_what_was_said_meanwhile_once(packagers: Packagers) -> None:
    await packagers.says("long ago")
    async with packagers.serving() as desk:
        await packagers.says("before")
        await desk.ears.heard("before")
    await packagers.says("meanwhile", "and this")
    async with packagers.serving() as desk:
        await packagers.says("after")
        await desk.ears.heard("after")
        assert desk.ears.texts() == ["meanwhile", "and this", "after"]
    async with packagers.serving() as desk:
        await packagers.says("at last")
        await desk.ears.heard("at last")
        assert desk.ears.texts() == ["at last"]


async def test_what_one_answer_leaves_out_is_asked_for(packagers: Packagers) -> None:
    async with packagers.serving(timeline=2):
        pass
    said = [f"line {number}" for number in range(7)]
    await packagers.says(*said)
    async with packagers.serving(timeline=2) as desk:
        await desk.ears.heard(said[-1])
        assert desk.ears.texts() == said


async def test_a_token_that_is_garbage_costs_nothing_that_was_said(packagers: Packagers) -> None:
    async with packagers.serving(timeline=2) as desk:
        await packagers.says("before")
        await desk.ears.heard("before")
    position = Position.read(await packagers.store.position("net"))
    await packagers.store.bookmark("net", replace(position, since="s1_garbage").token)
    said = [f"line {number}" for number in range(5)]
    await packagers.says(*said)
    async with packagers.serving(timeline=2) as desk:
        await desk.ears.heard(said[-1])
        assert desk.ears.texts() == said
    assert Position.read(await packagers.store.position("net")).salt == position.salt


async def test_what_was_said_hours_ago_is_judged_before_it_is_answered(packagers: Packagers) -> None:
    me = packagers.desk.settings.me
    async with packagers.serving():
        pass
    asked = await packagers.alice.say(packagers.room, f"{me}: how do I build it?")
    await packagers.says(f"{me}: where is the map?", f"{me}: never mind", f"{me}: who is bob?")
    position = Position.read(await packagers.store.position("net"))
    assert position.at is not None
    long_ago = replace(position, at=position.at - timedelta(hours=5))
    await packagers.store.bookmark("net", long_ago.token)
    in_an_hour = partial(later, timedelta(hours=1))
    async with packagers.serving(clock=in_an_hour) as desk:
        heard = await desk.ears.heard(f"{me}: who is bob?")
        assert (heard.late, heard.replayed) == (True, True)
        assert heard.said_at is not None
        assert heard.at - heard.said_at > timedelta(minutes=30)
        assert f"{me}: where is the map?" not in desk.ears.texts()
    assert asked


def later(span: timedelta) -> datetime:
    return now() + span


async def test_killed_between_hearing_and_settling_it_hears_again(packagers: Packagers) -> None:
    async with packagers.serving() as desk:
        desk.unsettled = True
        await packagers.says("one", "two")
        await desk.ears.heard("two")
    desk.unsettled = False
    async with packagers.serving() as desk:
        await packagers.says("three")
        await desk.ears.heard("three")
        assert desk.ears.texts() == ["one", "two", "three"]
        first = [event.id for event in desk.ears.events if isinstance(event, Heard)]
    assert len(set(first)) == 3
    assert all(each.startswith("net/$") for each in first)
    async with packagers.serving() as desk:
        await packagers.says("four")
        await desk.ears.heard("four")
        assert desk.ears.texts() == ["four"]


async def test_an_inbox_that_takes_nothing_loses_nothing(packagers: Packagers) -> None:
    async with packagers.serving() as desk:
        desk.ears.open.clear()
        await packagers.says("one", "two", "three")
        await desk.transport.send(line(Venue("net", desk.settings.rooms[0].name), "not held up"), None, ())
        await packagers.alice.hears("^not held up$")
        desk.ears.open.set()
        await desk.ears.heard("three")
        assert desk.ears.texts() == ["one", "two", "three"]


async def test_a_revoked_token_ends_it_with_a_remedy(packagers: Packagers, town: Town) -> None:
    async def serves() -> None:
        async with packagers.serving() as desk:
            await town.client(packagers.desk.account).logs_out()
            assert desk.run is not None
            await asyncio.wait([desk.run], timeout=PATIENCE)

    with pytest.raises(ShutOut) as shut_out:
        await serves()
    assert shut_out.value.network == "net"
    assert "M_UNKNOWN_TOKEN" in shut_out.value.why
    assert "pkgdesk matrix login" in shut_out.value.remedy
    assert packagers.desk.account.token not in str(shut_out.value)


async def test_what_is_said_with_an_invitation_is_heard(town: Town, tmp_path: Path) -> None:
    """Clients make a direct conversation with its first line, before anybody can have come into it."""
    alice = await town.person("alice")
    desk = MatrixDesk(town, await town.account("pkgdesk"), tmp_path, invitations={"users": [alice.user]})
    room = await alice.create_room(desk.account.user, public=False, direct=True)
    await alice.say(room, "while nobody was there")
    async with desk.serving():
        heard = await desk.ears.heard("while nobody was there")
        assert heard.venue == Venue("net", alice.user, Visibility.PRIVATE)
        await desk.transport.send(line(heard.venue, "here I am"), None, ())
        await alice.hears("^here I am$", room=room)


async def test_it_survives_the_end_of_its_homeserver(tmp_path: Path) -> None:
    server = Homeserver(tmp_path, python=synapse())
    server.start()
    try:
        async with Town(Shared(server.port, server.secrets)) as town:
            alice = await town.person("alice")
            room = await alice.create_room()
            desk = MatrixDesk(town, await town.account("pkgdesk"), tmp_path, rooms=[room])
            async with desk.serving():
                await desk.ears.until(lambda event: isinstance(event, Joined))
                await alice.say(room, "before")
                heard = await desk.ears.heard("before")
                server.kill()
                async with asyncio.timeout(PATIENCE):
                    while desk.transport.connected:  # noqa: ASYNC110 (nothing tells of it)
                        await asyncio.sleep(0)
                with pytest.raises(NotSent) as not_sent:
                    await desk.transport.send(line(heard.venue, "is anybody there?"), None, ())
                assert not_sent.value.later
                await asyncio.to_thread(server.start)
                await alice.say(room, "after")
                await desk.ears.heard("after")
                await desk.transport.send(line(heard.venue, "I am"), None, ())
                await alice.hears("^I am$")
            assert desk.ears.texts() == ["before", "after"]
            # Nobody has gone because a server did.
            lost = [event for event in desk.ears.events if isinstance(event, RosterLost)]
            assert lost == desk.ears.events[-1:]
    finally:
        server.kill()
