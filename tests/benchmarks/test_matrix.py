"""What the benchmark of Matrix is made of; the whole of it takes minutes, a homeserver and other bots."""

import asyncio

import aiohttp
from aiohttp import web

from benchmarks.matrix_door import Door
from benchmarks.matrix_findings import ALONE, OURS, Cost, Findings


def test_what_was_found_stands_beside_its_goal() -> None:
    found = Findings(50, 20, 600, 1_000, {"another": "left out"})
    found.costs[ALONE] = Cost(1.0, 40.0, 800, 50.0, 50.0, 8, 8)
    found.costs[OURS] = Cost(4.0, 40.0, 800, 100.0, 110.0, 8, 8)
    found.joins[OURS] = [0.5, 2.5]
    found.answers[OURS] = [0.01] * 199 + [0.9]
    goals, rooms, joined, answers = found.tables()
    assert {row["what"]: (row["measured"], row["kept"]) for row in goals.data()["rows"]} == {
        "600 members: joined, and all of them known, longest": (2500.0, "no"),
        "50 rooms, 20 lines a second: processor": (10.0, "yes"),
        "the same: memory grown": (10.0, "no"),
        "told to answered, p99": (10.0, "yes"),
    }
    ours = rooms.data()["rows"][1]
    assert (ours["beside matrix-nio alone"], ours["cpu for a line"], ours["lines a second"]) == (
        4.0,
        5.0,
        20.0,
    )
    assert any("another: not measured, left out" in note for note in rooms.notes)
    assert (tuple(joined.column("longest")), tuple(answers.column("p99"))) == ((2500.0,), (10.0,))


async def test_at_the_door_times_are_taken_and_nothing_is_changed() -> None:
    async def answers(request: web.Request) -> web.Response:
        told = {
            "path": request.raw_path,
            "body": await request.text(),
            "who": request.headers["Authorization"],
        }
        return web.json_response(told, status=201)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answers)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    upstream = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with Door.open(upstream) as door, aiohttp.ClientSession() as client:
            headers = {"Authorization": "Bearer me"}
            line = asyncio.create_task(door.line_after(0, within=5.0))
            path = "/v3/rooms/!a%2Fb/send/m.room.message/1"
            async with client.put(f"{door.url}{path}", json={"a": 1}, headers=headers) as answer:
                assert answer.status == 201
                told = await answer.json()
            assert (told["body"], told["who"]) == ('{"a": 1}', "Bearer me")
            assert await line is not None
            assert door.lines == 1
            async with client.get(f"{door.url}/v3/sync?since=$it", headers=headers) as answer:
                await answer.read()
            assert door.told("$it") is not None
            assert door.told("$other") is None
            assert await door.line_after(1, within=0.0) is None
    finally:
        await runner.cleanup()
