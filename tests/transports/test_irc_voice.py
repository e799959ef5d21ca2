"""Moderated channels: an operator learns that nothing can be said there before anything is refused."""

from typing import Any

import pytest
from irc_people import CHANNEL
from irc_script import scripted
from structlog.testing import capture_logs

from bot.transports.irc import voice
from bot.transports.irc.isupport import Isupport
from bot.transports.irc.voice import changes

OP = ":op!~o@h"
MUTE = "may say nothing in a channel"
FREE = "may speak in a channel again"


def told(logged: list[Any]) -> list[str]:
    return [each["event"] for each in logged if each["event"] in (MUTE, FREE)]


async def test_who_joins_a_moderated_channel_without_voice_says_so_once() -> None:
    async with scripted() as world:
        server = await world.connection()
        with capture_logs() as logged:
            await server.lets_in()
            server.tells(f"324 pkgdesk {CHANNEL} +mnt")
            server.says(f"{OP} MODE {CHANNEL} +v alice", f"{OP} MODE {CHANNEL} +m")
            await server.alive()
            assert world.transport.attendance.mute == (CHANNEL,)
            assert world.transport.attendance.reasons == {CHANNEL: voice.NO_VOICE}
            server.says(f"{OP} MODE {CHANNEL} +ov alice pkgdesk")
            await server.alive()
            assert not world.transport.attendance.mute
    (warned,) = (each for each in logged if each["event"] == MUTE)
    assert (warned["log_level"], warned["venue"]) == ("warning", CHANNEL)
    assert "+v" in warned["remedy"]
    assert told(logged) == [MUTE, FREE]


async def test_who_loses_the_voice_says_so_but_not_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "AGAIN", 3600.0)
    async with scripted() as world:
        server = await world.connection()
        with capture_logs() as logged:
            await server.lets_in()
            server.tells(
                f"353 pkgdesk = {CHANNEL} :alice +pkgdesk",
                f"324 pkgdesk {CHANNEL} +lm 5",
                "324 pkgdesk #x +m",
            )
            await server.alive()
            assert not told(logged), "it has voice"
            for _ in range(10):
                server.says(f"{OP} MODE {CHANNEL} -v pkgdesk", f"{OP} MODE {CHANNEL} +v pkgdesk")
            server.says(f"{OP} MODE {CHANNEL} -v pkgdesk", f"{OP} MODE {CHANNEL} -m", f"{OP} MODE pkgdesk +i")
            server.says(
                f"{OP} MODE {CHANNEL}", f"{OP} MODE {CHANNEL} +v", f"{OP} KICK {CHANNEL} pkgdesk :out"
            )
            await server.alive()
    assert told(logged) == [MUTE, FREE]


def test_which_letters_take_a_parameter_is_the_servers_to_say() -> None:
    isupport = Isupport()
    isupport.load(["me", "PREFIX=(qov)~@+", "CHANMODES=Ibw,k,flj,mnt", "are supported"])
    found = list(changes(("+vmbl-lkq", "me", "*!*@x", "5", "key", "bob"), isupport))
    assert found == [
        (True, "v", "me"),
        (True, "m", ""),
        (True, "b", "*!*@x"),
        (True, "l", "5"),
        (False, "l", ""),
        (False, "k", "key"),
        (False, "q", "bob"),
    ]
    assert list(changes((), isupport)) == []
