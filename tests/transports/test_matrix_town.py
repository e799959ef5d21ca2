"""The town itself: what tests build upon holds on a real homeserver."""

from pathlib import Path

import pytest
from matrix_town import Refused, Town


async def test_people_hear_each_other(town: Town) -> None:
    alice, bob = await town.people("alice", "bob")
    room = await alice.create_room(bob, alias=town.called("packagers"), name="packagers")
    assert await bob.is_invited() == room
    assert await bob.join(town.alias("packagers")) == room

    said = await alice.say(room, "hello", mentions=[bob])
    heard = await bob.hears("^hello$", by=alice, room=room)
    assert heard["event_id"] == said
    assert heard["content"]["m.mentions"] == {"user_ids": [bob.user]}

    await bob.say(room, "hi", reply=said, html="<b>hi</b>")
    answer = await alice.hears("hi", by=bob)
    assert answer["content"]["m.relates_to"]["m.in_reply_to"]["event_id"] == said
    await bob.say(room, "more", thread=said)
    await alice.hears("more")
    await bob.edits(room, answer["event_id"], "hi there")
    assert (await alice.hears(r"\* hi there"))["content"]["m.new_content"]["body"] == "hi there"

    reaction = await alice.reacts(room, answer["event_id"], "👍")
    await bob.meets(lambda event: event["type"] == "m.reaction" and event["event_id"] == reaction)
    await alice.redacts(room, reaction)
    await bob.meets(lambda event: event["type"] == "m.room.redaction" and event["redacts"] == reaction)
    assert [event["event_id"] for event in await alice.history(room)][-1] != reaction


async def test_rooms_have_ranks_and_successors(town: Town) -> None:
    alice, bob = await town.people("alice", "bob")
    room = await alice.create_room(version="11")
    await bob.join(room)
    await alice.gives_power(room, bob, 50)
    assert (await bob.state(room, "m.room.power_levels"))["users"][bob.user] == 50
    await alice.gives_power(room, bob, None)
    with pytest.raises(Refused, match="M_FORBIDDEN"):
        await bob.kick(room, alice)

    successor = await alice.upgrade(room, "12")
    tombstone = await bob.meets(lambda event: event["type"] == "m.room.tombstone")
    assert tombstone["content"]["replacement_room"] == successor
    await bob.join(successor)
    await alice.kick(successor, bob, "enough")
    await bob.until(lambda: successor in bob.left)
    assert bob.left[successor]["content"]["reason"] == "enough"
    assert (await alice.members(successor))[bob.user] == "leave"


async def test_a_bridge_speaks_as_its_ghosts(town: Town) -> None:
    alice = await town.person("alice")
    room = await alice.create_room()
    carol, *_ = await town.crowd(room, 3)
    await carol.say(room, "from over there")
    heard = await alice.hears("over there")
    assert heard["sender"].startswith("@irc_")


async def test_what_is_sealed_is_read_by_those_who_are_there(town: Town, tmp_path: Path) -> None:
    for name in ("alice", "bob"):
        (tmp_path / name).mkdir()
    alice = await town.sealed_person("alice", tmp_path / "alice")
    bob = await town.sealed_person("bob", tmp_path / "bob")
    room = await alice.create_room(bob, public=False, encrypted=True)
    await bob.join(room)
    await alice.knows(room, bob.user)

    await alice.say_sealed(room, "for us alone")

    assert (await bob.hears_sealed("^for us alone$", by=alice)).decrypted
    assert bob.said_by(alice) == []
