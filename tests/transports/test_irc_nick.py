"""Our nick, against a scripted server: another where it is taken, and every way back to it.

`test_irc_coming_in.py` has the plain cases, `test_irc_services.py` those with real services."""

from datetime import timedelta

import pytest
from irc_people import CHANNEL
from irc_script import CAPS, Connection, World, scripted
from structlog.testing import capture_logs

from bot.transports.irc import nick as nicks

SASL = {"account": "pkgdesk", "password_env": "PKGDESK_TEST_PASSWORD"}
YES = ("900 * pkgdesk!~d@h pkgdesk :You are now logged in", "903 * :SASL successful")
SOON = {"regain": timedelta(milliseconds=20)}
SERVICES = ":NickServ!services@services.example"


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PKGDESK_TEST_PASSWORD", "sesame")


async def comes_as_another(world: World, *, identified: bool = True) -> Connection:
    """The desk's nick is taken; it comes in as `pkgdesk_`."""
    server = await world.connection()
    await server.negotiates(f"{CAPS} sasl=PLAIN" if identified else CAPS)
    server.tells("433 * pkgdesk :Nickname is already in use.")
    if identified:
        await server.hears("AUTHENTICATE PLAIN")
        server.tells(*YES)
    await server.hears("CAP END" if identified else "NICK pkgdesk_")
    server.welcomes("pkgdesk_")
    return server


def is_back(server: Connection) -> None:
    server.says(":pkgdesk_!~desk@desk.example NICK :pkgdesk")


async def test_services_that_know_regain_give_us_the_nick() -> None:
    async with scripted(sasl=SASL) as world:
        server = await comes_as_another(world)
        assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :REGAIN pkgdesk"
        is_back(server)
        await server.alive()
        assert world.transport.me == "pkgdesk"


@pytest.mark.parametrize(
    "words",
    [
        "Invalid command. Use \x02/msg NickServ help\x02 for a command listing.",
        'Unknown command "REGAIN".',
        "No such command REGAIN",
    ],
)
async def test_where_they_do_not_know_it_they_put_the_bearer_out_and_we_take_it(words: str) -> None:
    async with scripted(sasl=SASL) as world:
        server = await comes_as_another(world)
        await server.hears("PRIVMSG NickServ :REGAIN pkgdesk")
        server.says(f"{SERVICES} NOTICE pkgdesk_ :{words}")
        assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :GHOST pkgdesk"
        server.says(f"{SERVICES} NOTICE pkgdesk_ :pkgdesk has been ghosted.")
        assert await server.hears("NICK") == "NICK pkgdesk"
        is_back(server)
        await server.alive()
        assert world.transport.me == "pkgdesk"


async def test_where_nothing_comes_of_one_request_the_next_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nicks, "ANSWER", 0.02)
    async with scripted(sasl=SASL) as world:
        server = await comes_as_another(world)
        await server.hears("PRIVMSG NickServ :REGAIN pkgdesk")
        await server.hears("PRIVMSG NickServ :GHOST pkgdesk")
        assert await server.hears("NICK") == "NICK pkgdesk"


@pytest.mark.parametrize(
    "held", ["437 pkgdesk_ pkgdesk :unavailable", "432 pkgdesk_ pkgdesk :Held for owner"]
)
async def test_a_nick_that_services_hold_is_released(held: str) -> None:
    async with scripted(sasl=SASL) as world:
        server = await comes_as_another(world)
        await server.hears("PRIVMSG NickServ :REGAIN pkgdesk")
        server.says(f"{SERVICES} NOTICE pkgdesk_ :Invalid command.")
        await server.hears("PRIVMSG NickServ :GHOST pkgdesk")
        server.says(f"{SERVICES} NOTICE pkgdesk_ :pkgdesk has been ghosted.")
        await server.hears("NICK pkgdesk")
        server.tells(held)
        assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :RELEASE pkgdesk"
        server.says(f"{SERVICES} NOTICE pkgdesk_ :pkgdesk has been released.")
        assert await server.hears("NICK") == "NICK pkgdesk"
        is_back(server)


async def test_services_have_other_names_elsewhere() -> None:
    async with scripted(sasl=SASL, services="Q") as world:
        server = await comes_as_another(world)
        assert await server.hears("PRIVMSG") == "PRIVMSG Q :REGAIN pkgdesk"
        server.says(":mallory!~m@h NOTICE pkgdesk_ :Unknown command")
        await server.alive()
        assert not [text for text in server.passed if "GHOST" in text]


async def test_services_are_asked_as_soon_as_they_know_us() -> None:
    async with scripted(sasl=SASL) as world:
        server = await world.connection()
        await server.negotiates(f"{CAPS} sasl=PLAIN")
        server.tells("433 * pkgdesk :in use")
        await server.hears("AUTHENTICATE PLAIN")
        server.tells("904 * :SASL authentication failed")
        await server.hears("CAP END")
        server.welcomes("pkgdesk_")
        await server.is_looked_at(f"{CAPS} sasl=PLAIN")
        await server.hears("AUTHENTICATE PLAIN")
        assert not [text for text in server.passed if text.startswith("PRIVMSG")]
        server.tells(*YES)
        assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :REGAIN pkgdesk"


async def test_without_an_account_services_are_not_asked() -> None:
    async with scripted(times=SOON) as world:
        server = await comes_as_another(world, identified=False)
        for _ in range(3):
            assert await server.hears("NICK") == "NICK pkgdesk"
            server.tells("433 pkgdesk_ pkgdesk :in use")
        assert not [text for text in server.passed if text.startswith("PRIVMSG")]


async def test_services_that_refuse_are_asked_less_and_less_often() -> None:
    async with scripted(sasl=SASL, times=SOON) as world:
        server = await comes_as_another(world)
        await server.hears("PRIVMSG NickServ :REGAIN pkgdesk")
        server.says(f"{SERVICES} NOTICE pkgdesk_ :Invalid command.")
        for _ in range(4):
            await server.hears("PRIVMSG NickServ :GHOST pkgdesk")
            server.says(f"{SERVICES} NOTICE pkgdesk_ :You may not ghost pkgdesk.")
            await server.hears("NICK pkgdesk")
            server.tells("433 pkgdesk_ pkgdesk :in use")
        server.passed.clear()
        await server.hears("PRIVMSG NickServ :GHOST pkgdesk")
        assert server.passed.count("NICK pkgdesk") >= 3


async def test_a_nick_changed_by_force_is_taken_back() -> None:
    with capture_logs() as records:
        async with scripted(sasl=SASL) as world:
            server = await world.connection()
            await server.negotiates(f"{CAPS} sasl=PLAIN")
            await server.hears("AUTHENTICATE PLAIN")
            server.tells(*YES)
            await server.hears("CAP END")
            server.welcomes()
            await server.lets_join()
            server.says(":pkgdesk!~desk@desk.example NICK :Guest12345")
            assert await server.hears("PRIVMSG") == "PRIVMSG NickServ :REGAIN pkgdesk"
            assert world.transport.me == "Guest12345"
            server.says(":Guest12345!~desk@desk.example NICK :pkgdesk")
            await server.alive()
            assert world.transport.me == "pkgdesk"
    assert "the nick was changed by force" in [each["event"] for each in records]


async def test_a_desk_that_is_not_identified_does_not_fight_for_its_nick() -> None:
    async with scripted(sasl=SASL, times={"retry": timedelta(days=1)}) as world:
        server = await world.connection()
        await server.lets_in()
        server.says(":pkgdesk!~desk@desk.example NICK :Guest12345")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("NICK ") and text != "NICK pkgdesk"]
        assert world.transport.me == "Guest12345"


async def test_the_nick_is_what_the_server_leaves_of_it() -> None:
    async with scripted(nick="pkgdesk-of-xen", times=SOON) as world:
        server = await world.connection()
        await server.negotiates()
        await server.hears("CAP END")
        server.welcomes("pkgdesk-o", isupport="CHANTYPES=# NICKLEN=9")
        await server.lets_join(nick="pkgdesk-o")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("NICK ")][1:]


async def test_a_nick_that_the_server_does_not_take_is_said() -> None:
    with capture_logs() as records:
        async with scripted(nick="pkgdesk-of-xen") as world:
            server = await world.connection()
            await server.negotiates()
            server.tells("432 * pkgdesk-of-xen :Erroneous Nickname")
            await server.hears("CAP END")
            other = (await server.hears("NICK ")).removeprefix("NICK ")
            assert other.startswith("pkgdes")
            assert len(other) == 9
    (said,) = [each for each in records if each["log_level"] == "error"]
    assert said["nick"] == "pkgdesk-of-xen"
    assert "another `nick`" in said["remedy"]


async def test_a_channel_that_cannot_be_joined_is_no_nick_that_is_taken() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.lets_in()
        server.tells("437 pkgdesk #xen-packaging :Nick/channel is temporarily unavailable")
        await server.alive()
        assert not [text for text in server.passed if text.startswith("NICK ") and text != "NICK pkgdesk"]


@pytest.mark.parametrize(
    "refusal",
    [
        f"435 pkgdesk_ pkgdesk {CHANNEL} :Cannot change nickname while banned on channel",
        "438 pkgdesk_ pkgdesk :Nick change too fast. Please wait 5 seconds.",
        f"447 pkgdesk_ :Can't change nickname while on {CHANNEL} (+N)",
    ],
)
async def test_a_change_that_is_not_let_be_now_is_tried_again(refusal: str) -> None:
    async with scripted(times=SOON) as world:
        server = await comes_as_another(world, identified=False)
        for _ in range(2):
            await server.hears("NICK pkgdesk")
            server.tells(refusal)
        await server.alive()
        assert world.transport.me == "pkgdesk_"
        await server.hears("NICK pkgdesk")
        is_back(server)
        await server.alive()
        assert world.transport.me == "pkgdesk"
