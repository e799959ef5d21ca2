"""Capabilities, against a scripted server: lists of any length, and what is given and taken at any time."""

import pytest
from irc_script import CAPS, scripted

from bot.transports.irc.negotiation import WANTED


async def test_a_list_of_many_lines_is_waited_for() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        for name in sorted(WANTED):
            server.tells(f"CAP * LS * :{name}=a,b some.example/{name}")
        server.tells("CAP * LS :draft/other")
        asked = await server.hears("CAP REQ :")
        assert set(asked.removeprefix("CAP REQ :").split()) == WANTED


async def test_a_list_far_too_long_costs_nothing() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        for number in range(2000):
            names = " ".join(f"vendor.example/{number}-{each}" for each in range(10))
            server.tells(f"CAP * LS * :{names}")
        server.tells("CAP * LS :server-time")
        assert await server.hears("CAP REQ") == "CAP REQ :server-time"


@pytest.mark.parametrize("ack", ["~account-tag =server-time", "account-tag server-time "])
async def test_modifiers_of_old_are_understood(ack: str) -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells("CAP * LS :account-tag server-time")
        await server.hears("CAP REQ :account-tag server-time")
        server.tells(f"CAP * ACK :{ack}")
        assert await server.hears("CAP") == "CAP END"


async def test_an_answer_in_two_lines_is_one_answer() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells("CAP * LS :account-tag server-time")
        await server.hears("CAP REQ :account-tag server-time")
        server.tells("CAP * ACK * :account-tag", "PING x")
        server.tells("CAP * ACK :server-time")
        assert await server.hears("CAP") == "CAP END"


async def test_what_is_taken_away_is_not_used() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in(f"{CAPS} cap-notify")
        server.says("@account=alice :alice!~a@h PRIVMSG pkgdesk :one")
        assert (await world.ears.heard("one")).speaker.account == "alice"
        server.tells("CAP pkgdesk DEL :account-tag extended-join account-notify")
        server.says("@account=alice :alice!~a@h PRIVMSG pkgdesk :two")
        assert (await world.ears.heard("two")).speaker.account is None
        server.tells("CAP pkgdesk NEW :account-tag=x other/thing")
        assert await server.hears("CAP REQ") == "CAP REQ :account-tag"
        server.tells("CAP pkgdesk ACK :account-tag")
        server.says("@account=alice :alice!~a@h PRIVMSG pkgdesk :three")
        assert (await world.ears.heard("three")).speaker.account == "alice"


async def test_what_is_withdrawn_by_ack_is_not_used_and_answered_with_nothing() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.tells("CAP * ACK :-account-tag")
        await server.hears("CAP END")
        server.welcomes()
        await server.lets_join()
        server.says("@account=alice :alice!~a@h PRIVMSG pkgdesk :one")
        assert (await world.ears.heard("one")).speaker.account is None
        server.tells("CAP pkgdesk ACK :", "CAP pkgdesk NAK :whatever", "CAP pkgdesk LIST :batch")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("CAP")][1:]


async def test_a_refused_request_ends_in_as_few_lines_as_can_be() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.hears("CAP LS 302")
        server.tells("CAP * LS :account-tag away-notify batch server-time")
        lines = 0
        while (asked := await server.hears("CAP ")) != "CAP END":
            lines += 1
            server.tells(f"CAP * NAK :{asked.removeprefix('CAP REQ :')}")
        assert lines == 7
