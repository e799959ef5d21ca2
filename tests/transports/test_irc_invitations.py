"""Following invitations: from accounts that the configuration names, and from nobody else."""

import pytest
from irc_networks import CHANNEL
from irc_script import Connection, World, scripted
from structlog.testing import capture_logs

from bot.desk.events import Heard
from bot.transports.irc import channels, guestbook, uninvited
from bot.transports.irc.guestbook import Guestbook
from routing.presence import Visibility

TRUSTED = {"invited_by": ["boss"]}
BOSS = "@account=Boss :anybody!~b@h"


async def let_in(world: World) -> Connection:
    server = await world.connection()
    await server.lets_in()
    return server


async def nobody_joins(server: Connection) -> None:
    await server.alive()
    assert not [text for text in server.passed if "#elsewhere" in text]
    assert not [text for text in server.passed if text.startswith(("PRIVMSG", "NOTICE"))]


async def test_who_is_trusted_gets_the_desk_into_a_channel_until_it_ends() -> None:
    async with scripted(**TRUSTED) as world:
        server = await let_in(world)
        with capture_logs() as logged:
            server.says(f"{BOSS} INVITE pkgdesk #elsewhere")
            await server.lets_join("alice", channel="#elsewhere")
        told = next(entry for entry in logged if entry["event"] == "invited into a channel")
        assert told["to_stay"] == 'channels: [{name: "#elsewhere", visibility: members}]'
        await server.hears("WHO #elsewhere")
        server.says(":alice!~a@h PRIVMSG #elsewhere :pkgdesk: hello")
        heard = await world.told(Heard)
        assert heard.venue.visibility is Visibility.MEMBERS
        assert not world.transport.attendance.missing
        await server.hang_up()
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        assert await server.hears("JOIN") == f"JOIN {CHANNEL},#elsewhere"


@pytest.mark.parametrize(
    "invitation",
    [
        ":boss!~b@h INVITE pkgdesk #elsewhere",
        "@account=mallory :boss!~b@h INVITE pkgdesk #elsewhere",
        "@account= :boss!~b@h INVITE pkgdesk #elsewhere",
        "@+account=boss :boss!~b@h INVITE pkgdesk #elsewhere",
        f"{BOSS} INVITE alice #elsewhere",
        f"{BOSS} INVITE pkgdesk elsewhere",
        f"{BOSS} INVITE pkgdesk #elsewhere,#more",
        f"{BOSS} INVITE pkgdesk",
    ],
)
async def test_nobody_else_is_followed_nor_answered(invitation: str) -> None:
    async with scripted(**TRUSTED) as world:
        server = await let_in(world)
        server.says(invitation)
        await nobody_joins(server)


async def test_the_log_tells_whose_invitation_is_not_followed_now_and_then() -> None:
    async with scripted(**TRUSTED) as world:
        server = await let_in(world)
        with capture_logs() as logged:
            server.says("@account=mallory :mal!~b@h INVITE pkgdesk #elsewhere")
            server.says(*(f":mal!~b@h INVITE pkgdesk #{n}" for n in ("elsewhere", *range(100))))
            await server.alive()
        assert len(logged) == uninvited.CHANNELS
        assert {(each["event"], each["by"]) for each in logged} == {("invitation not followed", "mal")}
        assert logged[0]["venue"] == "#elsewhere"
        assert "put their account `mallory` into `invited_by`" in logged[0]["remedy"]
        assert "must be logged in" in logged[1]["remedy"]


async def test_an_account_counts_only_where_the_server_proves_it() -> None:
    async with scripted(**TRUSTED) as world:
        server = await world.connection()
        await server.lets_in("message-tags")
        with capture_logs() as logged:
            server.says(f"{BOSS} INVITE pkgdesk #elsewhere")
            await nobody_joins(server)
        assert "`invited_by` is of no use" in logged[0]["remedy"]


async def test_who_is_put_out_there_needs_a_new_invitation() -> None:
    async with scripted(**TRUSTED) as world:
        server = await let_in(world)
        for _ in range(2):
            server.says(f"{BOSS} INVITE pkgdesk #elsewhere")
            await server.lets_join("alice", channel="#elsewhere")
            server.says(":op!~o@h KICK #elsewhere pkgdesk :out")
            await server.alive()
        server.passed.clear()
        server.says(":alice!~a@h INVITE pkgdesk #elsewhere")
        await nobody_joins(server)


async def test_an_invitation_is_followed_once_a_minute() -> None:
    async with scripted() as world:
        server = await world.connection()
        await server.negotiates()
        server.welcomes()
        await server.hears(f"JOIN {CHANNEL}")
        for _ in range(20):
            server.says(f":op!~o@h INVITE pkgdesk {CHANNEL}")
        await server.alive()
        assert len([text for text in server.passed if text.startswith("JOIN")]) == 1


async def test_who_was_put_out_again_and_again_is_brought_back_by_an_invitation_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "AGAIN", 0.0)  # minutes go by
    async with scripted() as world:
        server = await let_in(world)
        for _ in range(guestbook.OFTEN - 1):
            server.says(f":op!~o@h KICK {CHANNEL} pkgdesk :out")
            await server.lets_join("alice")
        for _ in range(2):
            server.says(f":op!~o@h KICK {CHANNEL} pkgdesk :out")
            server.says(f":mallory!~m@h INVITE pkgdesk {CHANNEL}")
            server.says(f":pkgdesk!~desk@desk.example JOIN {CHANNEL}")
        server.says(f":op!~o@h KICK {CHANNEL} pkgdesk :out")
        server.passed.clear()
        await server.alive()
        assert len([text for text in server.passed if text.startswith("JOIN")]) == 1


def test_there_is_an_end_to_invitations() -> None:
    book = Guestbook()
    assert all(book.invite(f"#c{number}") for number in range(guestbook.MOST))
    assert not book.invite("#one-more")
    assert book.invite("#C0"), "it is there already"
    assert book.forget("#c1")
    assert not book.forget("#c1")
    assert book.invite("#one-more")
    assert len(book.invited) == guestbook.MOST


def test_what_was_an_hour_ago_is_forgiven() -> None:
    book = Guestbook()
    assert [book.kick("#c", at) for at in (0.0, 100.0, 3000.0, 3601.0)] == [1, 2, 3, 3]
    assert book.barred("#C", 3601.0) == guestbook.BARRED_FOR
    assert book.kick("#c", 9000.0) == 1
    assert book.barred("#c", 9000.0) == 0.0
    assert book.may_ask("#c", 0.0)
    assert not book.may_ask("#C", 3599.0)
    assert book.may_ask("#c", 3600.0)
