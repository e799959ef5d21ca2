"""A door before a homeserver that takes times: an HTTP proxy for one bot, through which everything passes
unchanged.

It knows when an answer to /sync had been written to the bot, and when a line of the bot's arrived.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
from aiohttp import web
from yarl import URL

from bot.demo.synapse import HOST

_KEPT = ("Authorization", "Content-Type")
_ANSWERS = 200


class Door:
    """Before the homeserver at `upstream`; `url` is its own. Times are monotonic seconds."""

    def __init__(self, upstream: str, http: aiohttp.ClientSession) -> None:
        self.url = ""
        self.lines = 0
        """How many lines have arrived."""
        self._last = 0.0
        self._came = asyncio.Condition()
        self._answers: deque[tuple[float, bytes]] = deque(maxlen=_ANSWERS)
        self._upstream = upstream
        self._http = http

    @classmethod
    @asynccontextmanager
    async def open(cls, upstream: str) -> AsyncIterator["Door"]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
            door = cls(upstream, http)
            application = web.Application(client_max_size=1 << 26)
            application.router.add_route("*", "/{path:.*}", door._passes)
            runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
            await runner.setup()
            try:
                await web.TCPSite(runner, HOST, 0).start()
                door.url = f"http://{HOST}:{runner.addresses[0][1]}"
                yield door
            finally:
                await runner.cleanup()

    def told(self, words: str) -> float | None:
        """When the bot was told what holds these words, first; None where it was not, lately."""
        wanted = words.encode()
        return next((at for at, answer in self._answers if wanted in answer), None)

    async def line_after(self, count: int, within: float) -> float | None:
        """When a line arrived after so many; None where none did within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._came:
                await self._came.wait_for(lambda: self.lines > count)
                return self._last
        return None

    async def _passes(self, request: web.Request) -> web.StreamResponse:
        if request.method == "PUT" and "/send/" in request.path:
            self._last = time.perf_counter()
            async with self._came:
                self.lines += 1
                self._came.notify_all()
        body = await request.read()
        url = URL(f"{self._upstream}{request.raw_path}", encoded=True)
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        async with self._http.request(request.method, url, data=body, headers=headers) as answer:
            told = await answer.read()
        response = web.Response(status=answer.status, body=told, content_type=answer.content_type)
        await response.prepare(request)
        await response.write_eof()
        if request.path.endswith("/sync"):
            self._answers.append((time.perf_counter(), told))
        return response
