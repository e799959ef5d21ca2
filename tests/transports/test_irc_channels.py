"""Sitting in the configured channels, and in no others."""

from datetime import timedelta

import pytest
from irc_networks import CHANNEL, line
from irc_script import scripted

from bot.desk.events import Joined, RosterLost
from bot.desk.model import Failure
from bot.transports.base import Attendance, NotSent
from routing.presence import Venue

OP = ":op!~o@h"


async def test_all_channels_are_joined_in_few_lines() -> None:
    names = [f"#a-rather-long-name-for-channel-{number}" for number in range(20)]
    async with scripted(channels=names) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        first = (await server.hears("JOIN ")).removeprefix("JOIN ")
        second = (await server.hears("JOIN ")).removeprefix("JOIN ")
        assert f"{first},{second}".split(",") == names


async def test_after_a_kick_we_come_back_and_learn_anew_who_is_there() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        before = len(world.ears.events)
        server.says(f"{OP} KICK {CHANNEL} pkgdesk :out")
        lost = await world.told(RosterLost, before)
        assert lost.venue == Venue("net", CHANNEL)
        with pytest.raises(NotSent) as refused:
            await world.transport.send(line(world.channel, "but"), None, ())
        assert refused.value.later
        await server.lets_join("alice", "bob")
        joined = await world.told(Joined, world.ears.events.index(lost))
        assert joined.present


@pytest.mark.parametrize("numeric", ["471", "473", "474", "475", "437", "477"])
async def test_a_closed_door_is_tried_again(numeric: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
        await server.lets_join("alice")
        await world.told(Joined)


async def test_an_invitation_counts_for_configured_channels_only() -> None:
    async with scripted(times={"retry": timedelta(hours=1), "reconnect_most": timedelta(hours=1)}) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"473 pkgdesk {CHANNEL} :Cannot join channel (+i)")
        server.says(f"{OP} INVITE pkgdesk #elsewhere", f"{OP} INVITE pkgdesk {CHANNEL}")
        assert await server.hears("JOIN") == f"JOIN {CHANNEL}"
        await server.alive()
        assert not [text for text in server.passed if "#elsewhere" in text]


async def test_in_a_channel_that_is_not_ours_nothing_is_said() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        with pytest.raises(NotSent) as refused:
            await world.transport.send(line(Venue("net", "#elsewhere"), "hello"), None, ())
        assert refused.value.failure is Failure.REFUSED
        assert not refused.value.later


async def test_one_channel_after_the_other_is_asked_who_is_there() -> None:
    async with scripted(channels=["#a", "#b"]) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears("JOIN #a,#b")
        for channel in ("#a", "#b"):
            server.says(f":pkgdesk!~d@h JOIN {channel}")
            server.tells(f"366 pkgdesk {channel} :End of NAMES list")
        await server.hears("WHO #a %tcnaf,152")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("WHO #b")]


async def test_without_whox_nobody_is_asked_for() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(isupport="CHANTYPES=#")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("WHO #")]


async def test_how_the_desk_sits_there_is_told_at_every_moment() -> None:
    async with scripted(channels=["#a", "#b"], sasl={"account": "desk", "password_env": "UNSET"}) as world:
        assert world.transport.attendance == Attendance(False, ("#a", "#b"), False)
        server = await world.connection()
        await server.negotiates()
        assert not world.transport.attendance.connected, "connected is who was welcomed"
        server.welcomes()
        server.says(":pkgdesk!~d@h JOIN #a")
        server.tells("473 pkgdesk #b :Cannot join channel (+i)")
        await server.alive()
        told = {"#b": "by invitation only"}
        assert world.transport.attendance == Attendance(True, ("#b",), False, told)
        await server.hang_up()
        await world.told(RosterLost)
        assert world.transport.attendance == Attendance(False, ("#a", "#b"), False)
    async with scripted() as world:
        assert world.transport.attendance.identified is None, "there is no account to log in to"
