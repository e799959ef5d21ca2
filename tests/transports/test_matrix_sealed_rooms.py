"""In encrypted rooms of a real homeserver, with people whose programs are not ours."""

import asyncio
from pathlib import Path

from matrix_sealed import SealedPerson
from matrix_sealed_desk import SealedDesk
from matrix_town import Town


async def alice_of(town: Town, folder: Path, name: str = "alice") -> SealedPerson:
    (folder / name).mkdir()
    return await town.sealed_person(name, folder / name)


async def sealed_room(desk: SealedDesk, *people: SealedPerson) -> str:
    """A room with all of them, who know each other's devices."""
    first, *others = people
    room = await first.create_room(desk.user, *others, public=False, encrypted=True)
    for each in others:
        await each.join(room)
    await desk.join(room)
    await asyncio.gather(*(each.knows(room, desk.user) for each in people))
    return room


async def session(witness: SealedPerson, event: str) -> str:
    """With which key an event was encrypted."""
    return str((await witness.meets(lambda each: each["event_id"] == event))["content"]["session_id"])


def keys_of(person: SealedPerson, room: str) -> set[str]:
    """The keys that somebody has for a room."""
    assert person.client.olm is not None
    return {each.id for each in person.client.olm.inbound_group_store if each.room_id == room}


async def test_who_asks_in_an_encrypted_room_reads_the_answer(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await sealed_room(desk, alice)

        asked = await alice.say_sealed(room, "how do I build it?")
        heard = await desk.hears("how do I build it?")
        assert (heard["event_id"], heard["sender"], heard["type"]) == (asked, alice.user, "m.room.message")

        relation = {"m.in_reply_to": {"event_id": asked}}
        answer = await desk.says(room, "like this", **{"m.relates_to": relation})
        said = await alice.hears_sealed("^like this$")
        assert said.event_id == answer
        outside = await alice.meets(lambda event: event["event_id"] == answer)
        assert outside["type"] == "m.room.encrypted"
        assert outside["content"]["m.relates_to"] == relation
        assert "like this" not in str(outside)

        # Our own line comes back, and can be read.
        assert (await desk.hears("like this"))["sender"] == desk.user

        # Nobody sits here to compare emoji, which is said at once, and encrypted.
        wanted = {"msgtype": "m.key.verification.request", "to": desk.user, "from_device": "PHONE"}
        asked = await alice.say_sealed(room, "let us compare keys", **wanted)
        declined = await alice.meets(
            lambda event: (
                event["content"].get("m.relates_to", {}).get("event_id") == asked
                and event["sender"] == desk.user
            )
        )
        assert declined["content"]["m.relates_to"]["rel_type"] == "m.reference"
        assert declined["type"] == "m.room.encrypted"


async def test_all_is_well_where_every_answer_is_taken_twice(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        desk.twice = True
        room = await sealed_room(desk, alice)
        await alice.say_sealed(room, "one")
        await desk.hears("one")
        await desk.says(room, "two")
        await alice.hears_sealed("^two$")
        await alice.say_sealed(room, "three")
        await desk.hears("three")
        await desk.says(room, "four")
        await alice.hears_sealed("^four$")
        assert not desk.late
        # Nobody thought that a session was broken.
        assert not [each for each in alice.passing if each["type"] == "m.dummy"]


async def test_a_crash_before_the_lines_are_handled_loses_no_key(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    async with desk.serving():
        room = await sealed_room(desk, alice)
        await alice.say_sealed(room, "before the crash")
        await desk.hears("before the crash")
        first = len(desk.bodies)
    kept = list(desk.bodies)

    # The next start takes all of it again, as the journal has kept it: with the keys of before.
    desk.events.clear()
    async with desk.serving():
        for body in kept[:first]:
            await desk.takes(body)
        await desk.hears("before the crash")
        assert not desk.late


async def test_a_device_that_comes_later_reads_what_is_said_from_then_on(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await sealed_room(desk, alice)
        await desk.says(room, "to one device")
        await alice.hears_sealed("^to one device$")

        (tmp_path / "phone").mkdir()
        phone = SealedPerson(
            alice._http,
            town.server.url,
            alice.user,
            alice.token,
            password=alice._password,
            folder=tmp_path / "phone",
        )
        seen = len(desk.bodies)
        await phone.listens()
        try:
            await desk.until(
                lambda: any(
                    alice.user in body.get("device_lists", {}).get("changed", [])
                    for body in desk.bodies[seen:]
                )
            )
            await desk.says(room, "to both of them")
            await phone.hears_sealed("^to both of them$")
            await alice.hears_sealed("^to both of them$")
        finally:
            await phone.leaves_town()
        assert "to one device" not in [event.source["content"].get("body") for event in phone.opened]


async def test_who_has_left_reads_no_further(town: Town, tmp_path: Path) -> None:
    alice, bob = await alice_of(town, tmp_path), await alice_of(town, tmp_path, "bob")
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await sealed_room(desk, alice, bob)
        first = await desk.says(room, "to all of us")
        await bob.hears_sealed("^to all of us$")
        await bob.leave(room)
        await desk.until(lambda: bob.user not in desk.room(room).members)
        second = await desk.says(room, "to us two")
        await alice.hears_sealed("^to us two$")

        known = keys_of(bob, room)
        assert await session(alice, first) in known
        assert await session(alice, second) not in known


async def test_from_the_event_on_that_encrypts_a_room_nothing_is_said_in_clear(
    town: Town, tmp_path: Path
) -> None:
    alice = await alice_of(town, tmp_path)
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await alice.create_room(desk.user, public=False)
        await desk.join(room)
        before = desk.room(room)
        clear = await desk.says(room, "for everybody")
        assert (await alice.hears("^for everybody$"))["event_id"] == clear
        await alice.sets_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await desk.until(lambda: desk.room(room).encrypted)
        # Whoever still holds the room as it was before sends nothing in clear either.
        content = {"msgtype": "m.notice", "body": "for us"}
        event = await desk.encryption.send(before, "m.room.message", content, "test-old")
        await alice.hears_sealed("^for us$")
        assert (await alice.meets(lambda e: e["event_id"] == event))["type"] == "m.room.encrypted"
        # And it is not forgotten.
    async with desk.serving():
        again = await desk.encryption.send(before, "m.room.message", {"body": "later"}, "test-later")
        assert (await alice.meets(lambda e: e["event_id"] == again))["type"] == "m.room.encrypted"


async def test_reactions_stay_in_clear(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await sealed_room(desk, alice)
        asked = await alice.say_sealed(room, "is it so?")
        relation = {"m.relates_to": {"rel_type": "m.annotation", "event_id": asked, "key": "👍"}}
        event = await desk.encryption.send(desk.room(room), "m.reaction", relation, "test-reaction")
        assert (await alice.meets(lambda e: e["event_id"] == event))["type"] == "m.reaction"
