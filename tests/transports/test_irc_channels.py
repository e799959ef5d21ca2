"""Sitting in the configured channels, and in no others."""

import asyncio
from datetime import timedelta

import pytest
from irc_networks import CHANNEL, line
from irc_script import scripted
from structlog.testing import capture_logs

from bot.desk.events import Joined, RosterLost
from bot.desk.model import Failure
from bot.transports.base import Attendance, NotSent
from bot.transports.irc import channels, guestbook
from routing.presence import Venue, Visibility

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


@pytest.mark.parametrize(
    "told",
    [f"{OP} KICK {CHANNEL} pkgdesk :out", f":pkgdesk!~d@h PART {CHANNEL} :requested by op (out)"],
    ids=["KICK", "REMOVE"],
)
async def test_who_is_put_out_comes_back_and_learns_anew_who_is_there(told: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        before = len(world.ears.events)
        server.says(told)
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
        # What is to be said there need not wait: the ladder goes on, an answer is kept.
        with pytest.raises(NotSent, match=numeric) as refused:
            await world.transport.send(line(world.channel, "but"), None, ())
        assert not refused.value.later
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


async def test_who_put_us_out_when_it_is_tried_again_and_that_we_are_back_is_told() -> None:
    async with scripted(
        times={"retry": timedelta(minutes=2), "reconnect_most": timedelta(minutes=2)}
    ) as world:
        server = await world.connection()
        await server.lets_in()
        with capture_logs() as logged:
            server.says(f"{OP} KICK {CHANNEL} pkgdesk :out")
            await server.alive()
            sits = world.transport.attendance
            assert sits.absences == (f"{CHANNEL} (put out by op)",)
            server.says(f"{OP} INVITE pkgdesk {CHANNEL}")
            await server.hears(f"JOIN {CHANNEL}")
            assert not world.transport.attendance.waits, "it is being tried"
            server.tells(f"474 pkgdesk {CHANNEL} :Cannot join channel")
            await server.alive()
            banned = world.transport.attendance
            assert banned.absences == (f"{CHANNEL} (banned)",)
            server.says(f":pkgdesk!~d@h JOIN {CHANNEL}")
            await server.alive()
    assert not world.transport.attendance.waits
    out, refused, back = (entry for entry in logged if entry.get("venue") == CHANNEL)
    assert out["by"] == "op"
    for told, then in ((out, sits), (refused, banned)):
        seconds = float(told["again_in"].removesuffix(" s"))
        assert 60 <= seconds <= 120
        assert then.waits[CHANNEL] <= seconds + 0.5
    assert back["event"] == "back in a channel"


async def test_who_is_put_out_again_and_again_stays_out_for_half_an_hour() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        with capture_logs() as logged:
            for _ in range(guestbook.OFTEN - 1):
                server.says(f"{OP} KICK {CHANNEL} pkgdesk :out\x02!")
                await server.lets_join("alice")
            server.says(f"{OP} KICK {CHANNEL} pkgdesk :and stay there")
            await server.alive()
        assert not [text for text in server.passed if text.startswith("JOIN")]
        told = [entry for entry in logged if entry.get("by") == "op"]
        assert [entry["log_level"] for entry in told] == ["warning", "warning", "error"]
        assert told[-1]["again_in"] == f"{guestbook.BARRED_FOR:.0f} s"
        assert told[0]["words"] == "out!"
        # Not even a new connection changes that; who lets us in again does.
        await server.hang_up()
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.alive()
        assert not [text for text in server.passed if text.startswith("JOIN")]
        server.says(f"{OP} INVITE pkgdesk {CHANNEL}")
        await server.lets_join("alice")


async def test_why_a_channel_cannot_be_joined_is_told_once_with_what_helps() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        with capture_logs() as logged:
            for numeric in ("474", "474", "475", "475"):
                await server.hears(f"JOIN {CHANNEL}")
                server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
            await server.hears(f"JOIN {CHANNEL}")
            assert world.transport.attendance.absences == (f"{CHANNEL} (needs a key)",)
            server.says(f":pkgdesk!~d@h JOIN {CHANNEL}")
            await server.alive()
        told = [entry for entry in logged if entry["event"] == "could not join"]
        assert [entry["why"] for entry in told] == ["banned", "needs a key"]
        assert CHANNEL in told[0]["remedy"]
        assert not world.transport.attendance.absences


async def test_a_channel_that_sends_us_elsewhere_does_not_get_us_there() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"470 pkgdesk {CHANNEL} ##elsewhere :Forwarding to another channel")
        server.says(":pkgdesk!~d@h JOIN ##elsewhere")
        server.tells("366 pkgdesk ##elsewhere :End of NAMES list")
        assert await server.hears("PART") == f"PART ##elsewhere :{channels.FAREWELL}"
        server.says(":pkgdesk!~d@h PART ##elsewhere")
        assert world.transport.attendance.reasons == {CHANNEL: "forwards to another channel"}
        await server.hears(f"JOIN {CHANNEL}")
        assert not [text for text in server.passed if text.startswith("WHO #")]


@pytest.mark.parametrize(("numeric", "asked"), [("473", "INVITE"), ("474", "UNBAN")])
async def test_chanserv_is_asked_to_open_once(numeric: str, asked: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
        await server.hears(f"JOIN {CHANNEL}")
        assert not [text for text in server.passed if "ChanServ" in text], "we are nobody there"
        server.tells("900 pkgdesk pkgdesk!~d@h desk :You are now logged in as desk")
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
        assert await server.hears("PRIVMSG") == f"PRIVMSG ChanServ :{asked} {CHANNEL}"
        for _ in range(2):
            await server.hears(f"JOIN {CHANNEL}")
            server.tells(f"{numeric} pkgdesk {CHANNEL} :Cannot join channel")
        await server.lets_join("alice")
        assert not [text for text in server.passed if text.startswith("PRIVMSG")]


async def test_where_an_account_was_lacking_it_is_tried_as_soon_as_there_is_one() -> None:
    async with scripted(times={"retry": timedelta(hours=1)}) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        server.tells(f"477 pkgdesk {CHANNEL} :Cannot join channel (+r) - you need to be logged in")
        server.tells("900 pkgdesk pkgdesk!~d@h desk :You are now logged in as desk")
        await server.lets_join("alice")


async def test_a_join_that_nobody_answers_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "UNANSWERED", 0.001)
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        await server.lets_join("alice")


async def test_the_mark_of_a_bot_is_set_however_late_it_is_offered() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        server.tells("005 pkgdesk BOT=B :are supported by this server")
        assert await server.hears("MODE pkgdesk") == "MODE pkgdesk +B"
        server.tells("005 pkgdesk BOT=B :are supported by this server")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("MODE pkgdesk")]


async def test_lines_fit_our_mask_as_soon_as_it_is_told_and_whatever_becomes_of_it() -> None:
    async with scripted(channels=[]) as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears("WHO pkgdesk")
        for told, mask in (
            ("352 pkgdesk * ~d desk.example irc.script.test pkgdesk H :0 a bot", "~d@desk.example"),
            ("396 pkgdesk cloak.example :is now your displayed host", "~d@cloak.example"),
            (f"396 pkgdesk staff@{'c' * 63} :is now your displayed host", f"staff@{'c' * 63}"),
        ):
            server.tells(told)
            await server.alive()
            to = Venue("net", "alice", Visibility.PRIVATE)
            sending = asyncio.create_task(world.transport.send(line(to, "x" * 600), None, ()))
            said = await server.hears("PRIVMSG alice")
            token = (await server.hears("PING")).removeprefix("PING ")
            server.tells(f"PONG irc.script.test {token}")
            await sending
            assert len(f":pkgdesk!{mask} {said}\r\n".encode()) in range(505, 513)


async def test_a_channel_with_a_key_is_joined_with_it_and_the_key_is_never_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyed = {"name": CHANNEL, "key": {"password_env": "KEY"}}
    async with scripted(channels=["#a", keyed]) as world:
        with capture_logs() as logged:
            server = await world.connection()
            await server.negotiates()
            monkeypatch.setenv("KEY", "sesame")
            server.welcomes()
            assert await server.hears("JOIN") == "JOIN #a"
            assert await server.hears("JOIN") == f"JOIN {CHANNEL} sesame"
            for odd in ("two words", "a,b", ":a", ""):
                monkeypatch.setenv("KEY", odd)
                server.tells(f"475 pkgdesk {CHANNEL} :Cannot join channel (+k)")
                assert await server.hears("JOIN") == f"JOIN {CHANNEL}"
            monkeypatch.setenv("KEY", "sesame")
            server.tells(f"475 pkgdesk {CHANNEL} :Cannot join channel (+k)")
            await server.alive()
            assert world.transport.attendance.reasons[CHANNEL] == "its key is refused"
            await server.lets_join("alice")
            await server.alive()
    (refused,) = [each for each in logged if each["event"] == "could not join"]
    assert refused["why"] == "its key is refused"
    assert "mend its `key`" in refused["remedy"]
    assert "sesame" not in str(logged)
    assert "two words" not in str(logged)
