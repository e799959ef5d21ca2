"""Who may command the desk by their rank in a room, on the whole way from the homeserver to the inbox."""

import asyncio
import random
from pathlib import Path

import pytest
from aiohttp import web
from irc_networks import Ears, now
from matrix_desk import MatrixDesk, settings_of
from matrix_script import Answer, Scripted, hangs, line, refuses, says, told
from matrix_town import PATIENCE, Town

from bot.desk.events import Heard, Joined
from bot.desk.model import Role, Speaker
from bot.transports.base import ShutOut
from bot.transports.matrix import power
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.transport import MatrixTransport

RIGHTS = {"editor": 50, "operator": 100}


def wants_right(event: Heard) -> bool:
    return event.text.startswith("edit")


async def test_a_line_that_wants_a_right_has_the_rank_of_that_moment(town: Town, tmp_path: Path) -> None:
    alice, bob = await town.people("alice", "bob")
    room = await alice.create_room(version="12")  # its creator is in no list
    ghost = await town.ghost("carol")
    for each in (bob, ghost):
        await each.join(room)
        await alice.gives_power(room, each, 50)
    got = await town.account("pkgdesk")
    configured = [{"name": room, "rights": RIGHTS}]
    desk = MatrixDesk(town, got, tmp_path, rooms=configured, ghosts=["@irc_*:localhost"])
    async with desk.serving(privileged=wants_right):
        await desk.ears.until(lambda event: isinstance(event, Joined))

        async def granted(who: str, text: str) -> Role:
            heard = await desk.ears.heard(text)
            assert heard.speaker.nick == who
            return heard.speaker.granted

        await bob.say(room, "edit while he may")
        assert await granted(bob.user, "edit while he may") is Role.EDITOR
        await bob.say(room, "no command")
        assert await granted(bob.user, "no command") is Role.ANYBODY
        await alice.gives_power(room, bob, None)  # demoted by being left out
        await bob.say(room, "edit no more")
        assert await granted(bob.user, "edit no more") is Role.ANYBODY
        await alice.say(room, "edit by its creator")
        assert await granted(alice.user, "edit by its creator") is Role.OPERATOR
        await ghost.say(room, "edit by a ghost")
        assert await granted(ghost.user, "edit by a ghost") is Role.ANYBODY
        heard = await desk.ears.heard("edit by a ghost")
        assert heard.speaker.account is None


async def test_who_cannot_be_asked_gives_no_right_and_does_not_hold_up_the_line() -> None:
    everything = {"/": hangs, "@alice:x": hangs}
    async with Scripted(hangs, others=everything).open() as server:
        homeserver = Homeserver(server.url, "@desk:x", "DEVICE", "token")
        alice, rights = Speaker("net", "@alice:x", "@alice:x"), {Role.EDITOR: 0}
        try:
            async with asyncio.timeout(PATIENCE):
                ranked = await power.ranked(homeserver, "!a:x", alice, rights, within=0.01)
        finally:
            await homeserver.close()
    assert ranked.granted is Role.ANYBODY


HERE = {
    "/m.room.power_levels/": says({"users": {"@alice:x": 50}}),
    "/m.room.create/": says({"sender": "@bob:x", "content": {"room_version": "10"}}),
    "/@alice:x": says({"membership": "join"}),
}
GONE = refuses("M_NOT_FOUND", 404)


@pytest.mark.parametrize(
    ("otherwise", "role"),
    [
        ({}, Role.EDITOR),
        ({"/@alice:x": says({"membership": "leave"})}, Role.ANYBODY),
        ({"/@alice:x": GONE}, Role.ANYBODY),
        ({"/m.room.create/": GONE}, Role.ANYBODY),
        ({"/m.room.create/": says({"room_version": "10"})}, Role.ANYBODY),  # the content alone: not by whom
        ({"/m.room.power_levels/": GONE}, Role.ANYBODY),
        ({"/m.room.power_levels/": refuses("M_FORBIDDEN", 403)}, Role.ANYBODY),
        ({"/m.room.power_levels/": says({"users": {"@alice:x": "50"}})}, Role.ANYBODY),
        ({"/m.room.power_levels/": says({"users": []})}, Role.ANYBODY),
    ],
)
async def test_a_right_is_given_where_all_of_it_is_told(otherwise: dict[str, Answer], role: Role) -> None:
    async with Scripted(hangs, others={**HERE, **otherwise}).open() as server:
        homeserver = Homeserver(server.url, "@desk:x", "DEVICE", "token")
        alice = Speaker("net", "@alice:x", "@alice:x")
        ranked = await power.ranked(homeserver, "!a:x", alice, {Role.EDITOR: 50})
        await homeserver.close()
    assert ranked.granted is role


async def test_a_token_that_is_revoked_while_a_rank_is_asked_for_ends_the_desk(tmp_path: Path) -> None:
    async def sync(request: web.Request) -> web.StreamResponse:
        """One line, and then nothing for ever."""
        here = told("s1", rooms={"join": {"!a:x": {}}})
        answer = here if "full_state" in request.query else told("d")
        if since := request.query.get("since"):
            return await (says(line("s2", "edit this")) if since == "s1" else hangs)(request)
        return await says(answer)(request)

    gone = refuses("M_UNKNOWN_TOKEN", 401)
    others = {
        "/whoami": says({"user_id": "@desk:x", "device_id": "DEVICE"}),
        "/joined_members": says({"joined": {}}),
        **dict.fromkeys(("/m.room.power_levels/", "/m.room.create/", "/@alice:x"), gone),
    }
    (tmp_path / "token").write_text("syt_secret")
    async with Scripted(sync, others=others).open() as server:
        settings = settings_of(
            server.url,
            "@desk:x",
            tmp_path,
            rooms=[{"name": "!a:x", "rights": RIGHTS}],
            login={"token_file": tmp_path / "token"},
        )
        transport = MatrixTransport(
            "net", settings, clock=now, rng=random.Random(7), boot="boot", privileged=wants_right
        )
        ears = Ears()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ShutOut, match="M_UNKNOWN_TOKEN"):
                await transport.run(ears)
    assert all(event.speaker.granted is Role.ANYBODY for event in ears.events if isinstance(event, Heard))
