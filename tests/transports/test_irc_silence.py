"""When a silent server counts as dead, and when not. (`test_irc_link.py` has the plain cases.)"""

import asyncio
from datetime import timedelta

from irc_networks import CHANNEL, now
from irc_script import Connection, scripted

from bot.transports.irc.transport import HIGH

SHORT = {"silence": timedelta(milliseconds=20), "sign_of_life": timedelta(milliseconds=20)}


async def test_a_clock_that_is_set_anew_ends_no_connection() -> None:
    ahead = timedelta()
    async with scripted(clock=lambda: now() + ahead) as world:
        server = await world.connection()
        await server.lets_in()
        for days in (365, -365):
            ahead = timedelta(days=days)
            server.says(f":alice!~a@h PRIVMSG {CHANNEL} :what year is it?")
            await server.alive()
        assert "PING :alive" not in server.passed
        assert world.transport.connected


async def test_while_the_desk_reads_nothing_the_server_is_not_silent() -> None:
    async with scripted(times=SHORT) as world:
        server = await world.connection()
        await server.lets_in()
        answering = asyncio.create_task(_answers(server))
        world.ears.open.clear()
        server.says(*(f":alice!~a@h PRIVMSG {CHANNEL} :{number}" for number in range(HIGH + 50)))
        # Long enough for a server to be given up.
        long_after = asyncio.Event()
        asyncio.get_running_loop().call_later(0.3, long_after.set)
        await long_after.wait()
        assert world.transport.connected
        world.ears.open.set()
        await world.ears.heard(str(HIGH + 49))
        answering.cancel()


async def _answers(server: Connection) -> None:
    """It gives signs of life."""
    while True:
        if (asked := await server.next()).startswith("PING "):
            server.tells(f"PONG irc.script.test {asked.removeprefix('PING ')}")
