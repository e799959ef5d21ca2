"""A desk that has to end, whatever it was asking for or doing just then; and one that has to wait."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from irc_networks import Ears, now
from matrix_desk import settings_of
from matrix_script import Scripted, hangs, line, refuses, says, told
from matrix_sync import ME, create, inside, member, rules
from matrix_town import PATIENCE
from test_matrix_syncing import TIMES, Reader

from bot.received import Forgetful
from bot.transports.base import ShutOut
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.sealing import KeysUnusable
from bot.transports.matrix.syncing import Batch
from bot.transports.matrix.transport import HIGH, MatrixTransport

HERE = inside("!a:x", state=(create(), rules("public"), member(ME), member("@alice:x")))
INVITED = {"invite": {"!i:x": {"invite_state": {"events": [member(ME, "invite", sender="@mallory:x")]}}}}


@pytest.mark.parametrize(
    ("gone", "room", "then"),  # what asks for the first, where the second is configured, at the third answer
    [
        ("/directory/room/#b:x", "#b:x", None),
        ("/join/!b:x", "!b:x", None),
        ("/rooms/!a:x/joined_members", "!a:x", None),
        ("/rooms/!i:x/leave", "!a:x", told("t2", rooms=INVITED)),
        ("/rooms/!a:x/messages", "!a:x", line("t2", "behind a gap", limited=True, prev_batch="p1")),
    ],
)
async def test_a_token_that_is_gone_ends_the_desk_whatever_it_was_asking_for(
    gone: str, room: str, then: dict[str, Any] | None, tmp_path: Path
) -> None:
    answers = {None: told("t1", **HERE), "t1": then}

    async def sync(request: web.Request) -> web.StreamResponse:
        """Who only looks for old invitations is told of none."""
        aside = request.query.get("set_presence") == "offline"
        answer = told("aside") if aside else answers.get(request.query.get("since"))
        return await (says(answer) if answer is not None else hangs)(request)

    others = {
        "/whoami": says({"user_id": ME, "device_id": "DEVICE"}),
        gone: refuses("M_UNKNOWN_TOKEN", 401),
        "/joined_members": says({"joined": {ME: {}}}),
    }
    (tmp_path / "token").write_text("token")
    async with Scripted(sync, others=others).open() as server:
        login = {"token_file": tmp_path / "token"}
        settings = settings_of(server.url, ME, tmp_path, rooms=[room], login=login)
        transport = MatrixTransport("net", settings, clock=now, rng=random.Random(7), boot="boot")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(ShutOut, match="M_UNKNOWN_TOKEN") as shut_out:
                await transport.run(Ears())
    assert "pkgdesk matrix login" in shut_out.value.remedy
    assert sum(path.endswith(gone) for path in server.paths) == 1


class WithoutKeys(Reader):
    """Whose keys cannot be written."""

    async def _handle(self, batches: Sequence[Batch]) -> None:
        raise KeysUnusable(Path("device.keys"), "cannot be written", "make room on the disk")


async def test_keys_that_cannot_be_kept_are_no_defect_that_is_passed_over() -> None:
    """What comes encrypted would be lost one by one, and nobody told."""
    async with Scripted(says(line("t1", "hello")), hangs).open() as server:
        reader = WithoutKeys(Forgetful(), TIMES)
        await reader.start(server.url)
        try:
            with pytest.raises(KeysUnusable):
                await asyncio.wait_for(reader.run, PATIENCE)
        finally:
            await reader.end()


async def test_while_nothing_is_taken_no_more_is_asked_for(tmp_path: Path) -> None:
    """However much is said: what waits is bounded, and all of it comes at last, in order."""
    each, last = 500, 12

    async def sync(request: web.Request) -> web.StreamResponse:
        if request.query.get("set_presence") == "offline":
            return await says(told("aside"))(request)
        number = int(request.query.get("since", "0"))
        if number == last:
            return await hangs(request)
        lines = [str(number * each + index) for index in range(each)] if number else []
        answer = line(str(number + 1), *lines) if number else told("1", **HERE)
        return await says(answer)(request)

    others = {
        "/whoami": says({"user_id": ME, "device_id": "DEVICE"}),
        "/joined_members": says({"joined": {ME: {}, "@alice:x": {}}}),
    }
    (tmp_path / "token").write_text("token")
    async with Scripted(sync, others=others).open() as server:
        login = {"token_file": tmp_path / "token"}
        settings = settings_of(server.url, ME, tmp_path, rooms=["!a:x"], login=login)
        transport, ears = (
            MatrixTransport("net", settings, clock=now, rng=random.Random(7), boot="boot"),
            Ears(),
        )
        ears.open.clear()
        run = asyncio.create_task(transport.run(ears))
        await server.asked_often(HIGH // each)
        beside = Homeserver(server.url)
        for _ in range(3 * last):  # as long as all of the others would take
            await beside.ask("GET", "/whoami")
        await beside.close()
        assert len(server.asked) <= HIGH // each + 3
        ears.open.set()
        await ears.heard(str(last * each - 1))
        assert ears.texts() == [str(number) for number in range(each, last * each)]
        await transport.close("the test is over")
        await run
