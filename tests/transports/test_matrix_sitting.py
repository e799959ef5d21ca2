"""Sitting in rooms of a real homeserver: coming in, being put out, invitations, upgrades, who is there."""

from matrix_sitting import Sitting
from matrix_town import Town
from structlog.testing import capture_logs

from bot.desk.events import Joined, Left, RosterLost
from bot.desk.model import Role, Speaker
from bot.transports.matrix import power, seat
from bot.transports.matrix.changes import Invited, Unbanned, Uninvited, WeJoined, WeLeft
from bot.transports.matrix.members import shown
from routing.presence import Venue, Visibility

PUBLIC, MEMBERS, PRIVATE = Visibility.PUBLIC, Visibility.MEMBERS, Visibility.PRIVATE


async def test_it_comes_in_and_sees_who_is_there(town: Town) -> None:
    alice, bob = await town.people("alice", "bob")
    name = town.alias("packagers")
    room = await alice.create_room(alias=town.called("packagers"))
    await bob.join(room)
    async with Sitting(town, await town.account("pkgdesk"), name) as desk:
        await desk.until(lambda: len(desk.events) >= 2)
        venue = Venue("matrix", name, PUBLIC)
        assert desk.rooms.venue(room) == venue
        assert desk.seats.missing == ()
        there = {each.speaker for each in desk.events if isinstance(each, Joined)}
        assert there == {Speaker("matrix", each.user, each.user) for each in (alice, bob)}
        assert all(each.present for each in desk.events if isinstance(each, Joined))
        await bob.leave(room)
        await desk.until(lambda: any(isinstance(each, Left) for each in desk.events))
        left = desk.events[-1]
        assert isinstance(left, Left)
        assert (left.nick, left.venue) == (bob.user, venue)
        assert left.id.startswith("matrix/$")


async def test_it_says_why_it_is_not_in_and_an_invitation_has_it_in_at_once(town: Town) -> None:
    alice = await town.person("alice")
    room = await alice.create_room(public=False, alias=town.called("closed"))
    name, nowhere = town.alias("closed"), town.alias("nowhere")
    async with Sitting(town, await town.account("pkgdesk"), name, nowhere, times={"retry": "1h"}) as desk:
        await desk.until(lambda: len(desk.seats.reasons) == 2)
        assert desk.seats.reasons == {name: "invite only", nowhere: "no such room"}
        assert all(desk.seats.waits[each] > 600 for each in (name, nowhere))
        await alice.invite(room, desk.user)
        await desk.until(lambda: room in desk.rooms.joined)
        assert desk.rooms.venue(room) == Venue("matrix", name, MEMBERS)
        assert desk.seats.missing == (nowhere,)


async def test_a_kick_keeps_it_out_for_minutes_and_a_ban_for_hours(town: Town) -> None:
    alice = await town.person("alice")
    room = await alice.create_room(alias=town.called("packagers"))
    name = town.alias("packagers")
    async with Sitting(town, await town.account("pkgdesk"), name) as desk:
        await desk.until(lambda: len(desk.events) >= 1)
        await alice.kick(room, desk.user, "too loud")
        await desk.until(lambda: desk.were(WeLeft))
        assert desk.were(WeLeft) == [WeLeft(room, alice.user, "too loud", banned=False)]
        lost = desk.events[-1]
        assert isinstance(lost, RosterLost)
        assert lost.venue == Venue("matrix", name, PUBLIC)
        assert desk.seats.reasons == {name: f"put out by {alice.user} (too loud)"}
        assert seat.PUT_OUT / 2 - 1 < desk.seats.waits[name] <= seat.PUT_OUT

        await alice.invite(room, desk.user)
        await desk.until(lambda: len(desk.were(WeJoined)) == 2)
        assert desk.seats.missing == ()

        await alice.ban(room, desk.user, "enough")
        await desk.until(lambda: len(desk.were(WeLeft)) == 2)
        assert desk.seats.reasons == {name: f"banned by {alice.user} (enough)"}
        assert desk.seats.waits[name] > seat.BARRED - 60
        await alice.unban(room, desk.user)
        await desk.until(lambda: desk.were(Unbanned))


async def test_only_invitations_of_those_who_are_trusted_are_followed(town: Town) -> None:
    alice, bob = await town.people("alice", "bob")
    ghost = await town.ghost("carol")
    open_ = await bob.create_room(public=False, alias=town.called("open"))
    invitations = {"users": [alice.user], "rooms": [town.alias("open")]}
    async with Sitting(town, await town.account("pkgdesk"), invitations=invitations) as desk:
        by_bob = [await bob.create_room(desk.user, public=False, name=f"#{each}") for each in range(3)]
        by_ghost = await ghost.create_room(desk.user, public=False, direct=True)
        direct = await alice.create_room(desk.user, public=False, direct=True)
        await bob.invite(open_, desk.user)
        await desk.until(lambda: {direct, open_} <= set(desk.rooms.joined))
        await desk.until(lambda: len(desk.were(Uninvited)) == 4)
        assert set(desk.rooms.joined) == {direct, open_}
        assert {each.room for each in desk.were(Uninvited)} == {*by_bob, by_ghost}
        assert (await bob.members(by_bob[0]))[desk.user] == "leave"
        assert desk.rooms.venue(direct) == Venue("matrix", alice.user, PRIVATE)
        assert desk.marked == [(alice.user, direct)]
        assert not desk.rooms.invited

        await alice.invite(direct, bob)
        await desk.until(lambda: desk.rooms.venue(direct) == Venue("matrix", direct, MEMBERS))
        assert any(
            isinstance(each, RosterLost) and each.venue == Venue("matrix", alice.user, PRIVATE)
            for each in desk.events
        )


async def test_an_invitation_that_is_taken_back_is_gone(town: Town) -> None:
    alice = await town.person("alice")
    got = await town.account("pkgdesk")
    room = await alice.create_room(got.user, public=False)
    async with Sitting(town, got, room, times={"retry": "1h"}) as desk:
        assert desk.were(Invited) == [Invited(room, alice.user)]
        await desk.until(lambda: room in desk.rooms.joined)
        await alice.kick(room, got.user)
        await desk.until(lambda: room not in desk.rooms.joined)


async def test_an_invitation_of_before_is_answered_after_a_restart(town: Town) -> None:
    alice, mallory = await town.people("alice", "mallory")
    got = await town.account("pkgdesk")
    invitations = {"users": [alice.user]}
    before = Sitting(town, got, invitations=invitations)
    wanted = await alice.create_room(got.user, public=False, direct=True)
    unwanted = await mallory.create_room(got.user, public=False, direct=True)
    await before.reads()  # and dies
    async with Sitting(town, got, since=before.since, invitations=invitations) as desk:
        await desk.until(lambda: wanted in desk.rooms.joined)
        await desk.until(lambda: desk.were(Uninvited) == [Uninvited(unwanted)])
        assert desk.rooms.venue(wanted) == Venue("matrix", alice.user, PRIVATE)


async def test_it_goes_along_when_a_room_is_upgraded(town: Town) -> None:
    alice = await town.person("alice")
    old = await alice.create_room(version="10")
    got = await town.account("pkgdesk")
    venue = Venue("matrix", old, PUBLIC)
    async with Sitting(town, got, old) as desk:
        await desk.until(lambda: desk.rooms.venue(old) == venue)
        new = await alice.upgrade(old, "12")
        await desk.until(lambda: desk.rooms.venue(new) == venue)
        assert desk.rooms.venue(old) is None
        assert desk.rooms.joined[new].creators == {alice.user}
        newest = await alice.upgrade(new, "12")
        await desk.until(lambda: desk.rooms.venue(newest) == venue)
        assert desk.seats.missing == ()
        await desk.until(lambda: desk.rooms.joined[newest].complete)
        room = desk.rooms.room_for(venue)
        assert room is not None
        assert room.id == newest
    async with Sitting(town, got, old) as again:
        # What a server tells first, it may have said to the same question a minute ago.
        await again.until(lambda: again.rooms.venue(newest) == venue)
        assert again.rooms.venue(old) is again.rooms.venue(new) is None


async def test_it_goes_along_from_a_room_into_which_it_was_invited(town: Town) -> None:
    alice = await town.person("alice")
    async with Sitting(town, await town.account("pkgdesk"), invitations={"users": [alice.user]}) as desk:
        old = await alice.create_room(desk.user, version="10")
        await desk.until(lambda: old in desk.rooms.joined)
        new = await alice.upgrade(old)
        await desk.until(lambda: desk.rooms.venue(new) is not None and desk.rooms.venue(old) is None)
        room = desk.rooms.room_for(Venue("matrix", old, MEMBERS))
        assert room is not None
        assert room.id == new


async def test_it_does_not_go_where_only_one_end_says_that_it_is_an_upgrade(town: Town) -> None:
    alice, mallory = await town.people("alice", "mallory")
    room, elsewhere = await alice.create_room(), await mallory.create_room()
    forged = await mallory.create_room(more={"creation_content": {"predecessor": {"room_id": room}}})
    invitations = {"users": [mallory.user]}
    async with Sitting(town, await town.account("pkgdesk"), room, invitations=invitations) as desk:
        await mallory.invite(forged, desk.user)
        await desk.until(lambda: {room, forged} <= set(desk.rooms.joined))
        assert desk.rooms.joined[forged].predecessor == room
        assert desk.rooms.name(forged) is None
        await alice.sets_state(room, "m.room.tombstone", {"replacement_room": elsewhere})
        await desk.until(lambda: WeJoined(elsewhere) in desk.changes)
        await desk.until(lambda: elsewhere not in desk.rooms.joined)
        assert desk.rooms.venue(room) == Venue("matrix", room, PUBLIC)
        assert desk.seats.missing == ()


async def test_where_it_may_not_speak_is_known(town: Town) -> None:
    alice = await town.person("alice")
    room, other = await alice.create_room(), await alice.create_room()
    async with Sitting(town, await town.account("pkgdesk"), room, other) as desk:
        await desk.until(lambda: not desk.seats.missing)
        assert desk.seats.mute == {}
        levels = await alice.state(room, "m.room.power_levels")
        said = "its moderators let nobody speak below level 50, and ours is 0"
        with capture_logs() as logged:
            await alice.sets_state(room, "m.room.power_levels", {**levels, "events_default": 50})
            await desk.until(lambda: room in desk.seats.mute)
            assert desk.seats.mute == {room: said}
            await alice.sets_state(room, "m.room.power_levels", levels)
            await desk.until(lambda: not desk.seats.mute)
        told = [(each["event"], each["room"]) for each in logged if "in a room" in each["event"]]
        assert told == [("may say nothing in a room", room), ("may speak in a room again", room)]
        (warned,) = (each for each in logged if each["log_level"] == "warning")
        assert (warned["why"], desk.user in warned["remedy"]) == (said, True)


async def test_of_a_room_that_it_was_invited_into_the_log_tells_why_it_is_silent(town: Town) -> None:
    alice = await town.person("alice")
    invitations = {"users": [alice.user]}
    async with Sitting(town, await town.account("pkgdesk"), invitations=invitations) as desk:
        room = await alice.create_room(desk.user, public=False)
        await desk.until(lambda: room in desk.rooms.joined)
        with capture_logs() as logged:
            await alice.sets_state(room, "m.room.power_levels", {"events_default": 1})
            await desk.until(lambda: logged)
        (warned,) = (each for each in logged if each["log_level"] == "warning")
        assert (warned["event"], warned["room"]) == ("may say nothing in a room", room)
        assert warned["why"] == "its moderators let nobody speak below level 1, and ours is 0"


async def test_a_rank_counts_as_it_is_now(town: Town) -> None:
    alice, bob = await town.people("alice", "bob")
    rights = {Role.EDITOR: 50, Role.OPERATOR: 100}
    room = await alice.create_room(version="12", powers={bob.user: 50})
    async with Sitting(town, await town.account("pkgdesk"), room) as desk:
        await desk.until(lambda: room in desk.rooms.joined)
        await bob.join(room)

        async def right(user: str, account: str | None = None, where: str = room) -> Role:
            speaker = Speaker("matrix", user, account, granted=Role.OPERATOR)
            return (await power.ranked(desk.homeserver, where, speaker, rights)).granted

        assert await right(alice.user, alice.user) is Role.OPERATOR  # created it, and is not in `users`
        assert await right(bob.user, bob.user) is Role.EDITOR
        assert await right(bob.user) is Role.ANYBODY  # a ghost, say
        await alice.gives_power(room, bob, None)  # demoted by being left out
        assert await right(bob.user, bob.user) is Role.ANYBODY
        await alice.gives_power(room, bob, 100)
        assert await right(bob.user, bob.user) is Role.OPERATOR
        await bob.leave(room)
        assert await right(bob.user, bob.user) is Role.ANYBODY
        assert await right(alice.user, alice.user, "!nowhere:localhost") is Role.ANYBODY


async def test_everybody_of_a_large_room_is_known(town: Town) -> None:
    alice = await town.person("alice")
    room = await alice.create_room()
    crowd = await town.crowd(room, 20)
    async with Sitting(town, await town.account("pkgdesk"), room) as desk:
        await desk.until(lambda: room in desk.rooms.joined and desk.rooms.joined[room].complete)
        there = {each.speaker.nick for each in desk.events if isinstance(each, Joined)}
        assert there == {alice.user, *(each.user for each in crowd)}
        assert shown(desk.rooms.names_of(room), crowd[0].user).startswith("irc_crowd0")
