"""A homeserver that answers what it is told to, for tests of what real ones seldom do."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def says(body: object, status: int = 200) -> Answer:
    """JSON."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")

    return answer


def refuses(code: str, status: int = 400, **more: Any) -> Answer:
    return says({"errcode": code, "error": "no", **more}, status)


def writes(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Anything."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=headers)

    return answer


async def hangs(request: web.Request) -> web.StreamResponse:
    """No answer, for ever."""
    await asyncio.Event().wait()
    raise AssertionError(request)


def told(token: str, **parts: Any) -> dict[str, Any]:
    """An answer of /sync."""
    return {"next_batch": token, **parts}


def line(token: str, *bodies: str, room: str = "!a:x", **timeline: Any) -> dict[str, Any]:
    """An answer of /sync in which alice says something."""
    events = [
        {
            "type": "m.room.message",
            "event_id": f"${body.replace(' ', '_')}",
            "sender": "@alice:x",
            "origin_server_ts": 1,
            "content": {"msgtype": "m.text", "body": body},
        }
        for body in bodies
    ]
    return told(token, rooms={"join": {room: {"timeline": {"events": events, **timeline}}}})


class Scripted:
    """Each /sync gets the next of `answers`, and the last one for ever; `asked` holds the tokens that they
    went on from. Other requests get what `others` has for the end of their path."""

    def __init__(self, *answers: Answer, others: Mapping[str, Answer] | None = None) -> None:
        self.answers = list(answers)
        self.others = dict(others or {})
        self.asked: list[str | None] = []
        self.paths: list[str] = []
        self.url = ""
        self._changed = asyncio.Condition()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        async with self._changed:
            self.paths.append(request.path)
            if request.path.endswith("/sync"):
                self.asked.append(request.query.get("since"))
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            else:
                end = next((end for end in self.others if request.path.endswith(end)), None)
                answer = self.others[end] if end is not None else refuses("M_UNRECOGNIZED", 404)
            self._changed.notify_all()
        return await answer(request)

    async def asked_often(self, count: int) -> None:
        """Until it was asked so many times in all."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.asked) >= count)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["Scripted"]:
        server = web.Server(self._answer, handler_cancellation=True)
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()
