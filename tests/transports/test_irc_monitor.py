"""Looking out for people of the map who are in none of our channels."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from irc_networks import CHANNEL
from irc_script import CAPS, Connection, World, scripted

from bot.desk.events import AccountChanged, AwayChanged, Event, RosterLost, Sighted
from bot.transports.irc import errands, monitor
from bot.transports.irc.isupport import Isupport

MONITORS = "WHOX CHANTYPES=# MONITOR=100"
EXTENDED = f"{CAPS} extended-monitor"
SOON = {"look_out": timedelta(milliseconds=10)}
BOB = ":bob!~b@host.example"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "REFUSED_FOR", 0.001)


def looking_out(*accounts: str, **settings: Any) -> Any:
    return scripted(times=SOON, look_out=lambda: accounts, **settings)


async def sighted(world: World, after: int = 0) -> Sighted:
    found: Sighted = await world.told(Sighted, after)
    return found


async def monitors(server: Connection, beginning: str = "MONITOR") -> str:
    """The next line that begins so, be it that the client wrote it while it was still being let in."""
    for each in server.passed:
        if each.startswith(beginning):
            server.passed.remove(each)
            return each
    return await server.hears(beginning)


async def is_online(server: Connection, account: str = "bob", flags: str = "H") -> None:
    """Bob turns out to be online, and to be behind an account."""
    server.tells("730 pkgdesk :bob!~b@host.example")
    await server.hears("WHO bob %tcnaf,153")
    server.tells(f"354 pkgdesk 153 * bob {flags} {account}", "315 pkgdesk bob :End of WHO list")


async def test_who_is_online_counts_once_their_account_is_proven() -> None:
    async with looking_out("bob", "carol") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        assert await monitors(server) == "MONITOR + bob,carol"
        server.tells("731 pkgdesk :carol")
        await is_online(server, flags="G")
        event: Event = await world.ears.until(
            lambda event: isinstance(event, Sighted) and event.account is not None
        )
        assert isinstance(event, Sighted)
        assert (event.network, event.nick, event.account, event.away) == ("net", "bob", "bob", True)
        before = len(world.ears.events)
        server.tells("731 pkgdesk :bob")
        gone = await sighted(world, before)
        assert (gone.nick, gone.account) == ("bob", None)


async def test_a_nick_alone_proves_nothing() -> None:
    async with looking_out("bob") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        await is_online(server, account="0")
        nobody = await world.told(AccountChanged)
        assert (nobody.nick, nobody.account) == ("bob", None)
        assert not [event for event in world.ears.events if isinstance(event, Sighted)]


async def test_where_the_server_tells_more_it_is_heard() -> None:
    async with looking_out("bob") as world:
        server = await world.connection()
        await server.lets_in(EXTENDED, isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        await is_online(server, account="0")
        server.says(f"{BOB} ACCOUNT bob")
        await server.hears("WHO bob %tcnaf,153")
        server.says(f"{BOB} AWAY :fishing")
        assert (await world.told(AwayChanged)).away
        server.says(":stranger!~s@h ACCOUNT stranger")
        await server.alive()
        assert not [text for text in server.passed if "stranger" in text]


async def test_many_are_looked_out_for_in_few_lines_and_no_more_than_the_server_takes() -> None:
    names = [f"developer-number-{number}" for number in range(100)]
    async with looking_out(*names) as world:
        server = await world.connection()
        await server.lets_in(isupport="WHOX MONITOR=40")
        lines = [await monitors(server, "MONITOR + ") for _ in range(2)]
        assert ",".join(line.removeprefix("MONITOR + ") for line in lines).split(",") == names[:40]
        assert all(len(line) < 450 for line in lines)


async def test_a_list_that_is_full_is_left_at_that() -> None:
    wanted = ["bob", "carol", "dave"]
    async with scripted(times=SOON, look_out=lambda: wanted) as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob,carol,dave")
        server.tells("734 pkgdesk 2 dave :Monitor list is full.")
        await server.alive()
        wanted.remove("bob")
        assert await monitors(server) == "MONITOR - bob"
        assert await monitors(server) == "MONITOR + dave"


async def test_who_comes_into_a_channel_is_looked_out_for_no_more() -> None:
    wanted = ["bob"]
    async with scripted(times=SOON, look_out=lambda: wanted) as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        await is_online(server)
        await sighted(world)
        server.says(f"{BOB} JOIN {CHANNEL} bob :Bob")
        wanted.clear()
        before = len(world.ears.events)
        assert await monitors(server) == "MONITOR - bob"
        assert (await sighted(world, before)).account is None
        wanted.append("bob")
        assert await monitors(server) == "MONITOR + bob"


async def test_the_list_is_made_again_after_a_new_connection() -> None:
    async with looking_out("bob") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        await server.hang_up()
        await world.told(RosterLost)
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")


async def test_where_the_server_has_enough_it_is_asked_again() -> None:
    async with looking_out("bob") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        server.tells("730 pkgdesk :bob!~b@host.example")
        await server.hears("WHO bob")
        server.tells("263 pkgdesk WHO :Server load is temporarily too heavy.")
        await server.hears("WHO bob")


async def test_without_extended_monitor_it_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "ANEW", 0.0)
    async with looking_out("bob") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        await monitors(server, "MONITOR + bob")
        await is_online(server)
        await server.hears("WHO bob %tcnaf,153")


@pytest.mark.parametrize("isupport", ["WHOX CHANTYPES=#", "MONITOR=100 CHANTYPES=#"])
async def test_without_both_nobody_is_looked_out_for(isupport: str) -> None:
    asked: list[int] = []

    def wanted() -> Sequence[str]:
        asked.append(1)
        return ("bob",)

    async with scripted(times={"look_out": timedelta()}, look_out=wanted) as world:
        server = await world.connection()
        await server.lets_in(isupport=isupport)
        await server.alive()
        await server.alive()
        assert not asked
        assert not [text for text in server.passed if text.startswith("MONITOR")]


async def test_what_is_no_nick_and_ourselves_are_not_looked_out_for() -> None:
    async with looking_out("b,ob", "two words", "PkgDesk", "", "carol") as world:
        server = await world.connection()
        await server.lets_in(isupport=MONITORS)
        assert await monitors(server) == "MONITOR + carol"


@pytest.mark.parametrize(
    ("token", "limit"), [("MONITOR=100", 100), ("MONITOR", 0), ("MONITOR=", 0), ("MONITOR=x", 0), ("X", None)]
)
def test_the_limit_is_read_from_isupport(token: str, limit: int | None) -> None:
    isupport = Isupport()
    isupport.load(["pkgdesk", token, "are supported by this server"])
    assert isupport.monitor == limit
