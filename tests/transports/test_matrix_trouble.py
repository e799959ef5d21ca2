"""A desk on a homeserver that is there and does not do all that it should."""

import asyncio
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from irc_networks import Ears, now
from matrix_desk import settings_of
from matrix_script import Answer, Scripted, hangs, line, refuses, says, told, writes
from matrix_sync import ME, create, inside, member, rules, state
from structlog.testing import capture_logs

from bot.desk.events import Heard, Joined
from bot.transports.base import ShutOut
from bot.transports.matrix.homeserver import LONGEST_PAUSE, Homeserver, Refused, Unreachable
from bot.transports.matrix.transport import MatrixTransport

ROOM = "!a:x"
HERE = told("t1", **inside(ROOM, state=(create(), rules("public"), member(ME), member("@alice:x"))))
OTHERS: dict[str, Answer] = {
    "/whoami": says({"user_id": ME, "device_id": "DEVICE"}),
    "/joined_members": says({"joined": {ME: {}, "@alice:x": {}}}),
    "/versions": says({"versions": ["v1.12"]}),
}


def in_turn(*answers: Answer) -> Answer:
    """These one after the other, but for whoever looks for old invitations only."""
    left = iter(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        aside = request.query.get("set_presence") == "offline"
        return await (says(told("aside")) if aside else next(left))(request)

    return answer


def desk(server: Scripted, folder: Path, **more: Any) -> MatrixTransport:
    (folder / "token").write_text("token")
    settings = settings_of(server.url, ME, folder, rooms=[ROOM], login={"token_file": folder / "token"})
    return MatrixTransport("net", settings, clock=now, rng=random.Random(7), boot="boot", **more)


@pytest.mark.parametrize(
    "trouble",
    [refuses("M_UNKNOWN", 500), writes(b"<html>Bad Gateway</html>", 502), refuses("M_FORBIDDEN", 403)],
)
async def test_a_room_whose_history_is_broken_does_not_deafen_the_desk(
    trouble: Answer, tmp_path: Path
) -> None:
    gap: Any = line("t2", "behind a gap", limited=True, prev_batch="p1")
    answers = in_turn(says(HERE), says(gap), says(line("t3", "and on")), hangs)
    async with Scripted(answers, others={**OTHERS, "/messages": trouble}).open() as server:
        transport, ears = desk(server, tmp_path), Ears()
        run = asyncio.create_task(transport.run(ears))
        await ears.heard("and on")
        assert ears.texts() == ["behind a gap", "and on"]
        await transport.close("the test is over")
        await run


async def test_a_room_that_becomes_encrypted_is_told_to_who_runs_a_desk_without_encryption(
    tmp_path: Path,
) -> None:
    sealed = state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
    answers = in_turn(
        says(HERE), says(told("t2", **inside(ROOM, sealed))), says(line("t3", "in clear", room=ROOM)), hangs
    )
    with capture_logs() as logged:
        async with Scripted(answers, others=OTHERS).open() as server:
            transport, ears = desk(server, tmp_path), Ears()
            run = asyncio.create_task(transport.run(ears))
            await ears.heard("in clear")
            assert "encrypted" in transport.attendance.reasons[ROOM]
            await transport.close("the test is over")
            await run
    [warned] = [each for each in logged if "encrypted" in each["event"]]
    assert (warned["log_level"], warned["room"]) == ("warning", ROOM)
    assert "`encryption`" in warned["why"]


async def test_a_defect_costs_one_line_and_not_the_ear(tmp_path: Path) -> None:
    def wants_right(heard: Heard) -> bool:
        return bool(1 / (heard.text != "poison"))

    answers = in_turn(says(HERE), says(line("t2", "poison", "and on")), hangs)
    async with Scripted(answers, others=OTHERS).open() as server:
        transport, ears = desk(server, tmp_path, privileged=wants_right), Ears()
        run = asyncio.create_task(transport.run(ears))
        await ears.heard("and on")
        await transport.close("the test is over")
        await run
        assert ears.texts() == ["and on"]


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(1500, 1.5), (0, 0.0), (10**15, LONGEST_PAUSE), (math.inf, LONGEST_PAUSE)]
    + [(each, None) for each in (-1, math.nan, True, "1", None)],
)
async def test_a_server_is_left_alone_for_an_hour_at_most(told: object, seconds: float | None) -> None:
    async with Scripted(refuses("M_LIMIT_EXCEEDED", 429, retry_after_ms=told)).open() as server:
        homeserver = Homeserver(server.url)
        with pytest.raises(Refused) as refused:
            await homeserver.ask("GET", "/_matrix/client/v3/sync")
        await homeserver.close()
    assert refused.value.after == seconds


@pytest.mark.parametrize(
    ("later", "told", "seconds"),
    [("7", {}, 7.0), ("7", {"retry_after_ms": 1500}, 7.0), ("1", {"retry_after_ms": 2500}, 2.5)]
    + [("9" * 5000, {}, LONGEST_PAUSE), ("0", {}, 0.0)]
    + [(each, {}, None) for each in ("-1", "1.5", "soon", "\u00b2", "Mon, 23 Nov 2026 23:50:00 GMT")],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_how_long_is_said_in_the_header_as_well(
    later: str, told: dict[str, int], seconds: float | None, status: int
) -> None:
    """A proxy's page has nothing but the header."""
    spoken = json.dumps({"errcode": "M_LIMIT_EXCEEDED", **told}).encode()
    pages = [writes(page, status, **{"Retry-After": later}) for page in (spoken, b"<html>later</html>")]
    async with Scripted(*pages).open() as server:
        homeserver = Homeserver(server.url)
        with pytest.raises(Refused) as refused:
            await homeserver.ask("GET", "/_matrix/client/v3/sync")
        with pytest.raises(Unreachable) as unreachable:
            await homeserver.ask("GET", "/_matrix/client/v3/sync")
        await homeserver.close()
    assert refused.value.after == seconds
    assert told or unreachable.value.after == seconds


async def test_whoever_is_told_first_that_the_token_is_gone_it_ends_with_the_remedy(tmp_path: Path) -> None:
    others = {**OTHERS, "/joined_members": refuses("M_UNKNOWN_TOKEN", 401)}
    async with Scripted(in_turn(says(HERE), hangs), others=others).open() as server:
        with pytest.raises(ShutOut, match="M_UNKNOWN_TOKEN"):
            await asyncio.wait_for(desk(server, tmp_path).run(Ears()), 10)


async def test_after_a_start_a_room_waits_for_its_own_members_and_for_no_others(tmp_path: Path) -> None:
    """Of hundreds of rooms some server is slow to tell who is in them."""
    told_of_b = asyncio.Event()
    there = (create(), rules("public"), member(ME))
    here = told("t1", **inside(ROOM, state=there))
    here["rooms"]["join"] |= inside("!b:x", state=there)["rooms"]["join"]

    async def who(request: web.Request) -> web.StreamResponse:
        if "b:x" in request.path:
            await told_of_b.wait()
        return await says({"joined": {ME: {}, "@bob:x": {}}})(request)

    answers = in_turn(
        says(here), says(line("t2", "in a", room=ROOM)), says(line("t3", "in b", room="!b:x")), hangs
    )
    async with Scripted(answers, others={**OTHERS, "/joined_members": who}).open() as server:
        transport, ears = desk(server, tmp_path), Ears()
        run = asyncio.create_task(transport.run(ears))
        await ears.heard("in a")
        told_of_b.set()
        line_in_b = await ears.heard("in b")
        came = [each for each in ears.events if isinstance(each, Joined) and each.venue == line_in_b.venue]
        assert ears.events.index(came[0]) < ears.events.index(line_in_b)
        await transport.close("the test is over")
        await run
