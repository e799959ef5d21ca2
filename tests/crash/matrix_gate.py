"""A door between a desk and its homeserver that knows who is about to go through it: an HTTP proxy of the
tests, at which a desk can be killed between any two steps that the other side can see.

    asked       the request has come; the homeserver has not got it
    answered    the homeserver has done it; the desk has not heard of that
    told        the answer was written to the desk

What is no wish of the test's passes through unchanged.
"""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import aiohttp
from aiohttp import web
from yarl import URL

HOST = "127.0.0.1"
_KEPT = ("Authorization", "Content-Type")


class Step(StrEnum):
    """How far a request has come."""

    ASKED = "asked"
    ANSWERED = "answered"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Point:
    """A request whose path holds `path`, at a step; `holding`: what its answer, or the request itself, must
    hold."""

    path: str
    step: Step
    holding: bytes = b""


class Gate:
    """Before the homeserver at `url`."""

    def __init__(self, url: str) -> None:
        self.port = 0
        self._upstream = url
        self._points: list[Point] = []
        self._do: Callable[[], None] = lambda: None
        self._reached = asyncio.Event()
        self._again = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._http = await self._stack.enter_async_context(
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        )
        application = web.Application(client_max_size=1 << 26)
        application.router.add_route("*", "/{path:.*}", self._passes)
        runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, HOST, 0)
        await site.start()
        self.port = runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def watches(self, points: Sequence[Point], do: Callable[[], None]) -> None:
        """From now on: once a request is at the last of the points, the others behind it, `do`, and nothing
        more becomes of that request."""
        self._points, self._do = list(points), do
        self._reached = asyncio.Event()

    async def is_reached(self) -> None:
        """Until a request is at the last point."""
        await self._reached.wait()

    def forgets(self) -> None:
        """Another desk begins."""
        self._again = asyncio.Event()

    async def asked_again(self) -> None:
        """Until the desk wants to know what goes on from the first answer to /sync, which it has handled."""
        await self._again.wait()

    async def _passes(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        # Whoever asks for old invitations beside says so by this, and reads nothing on.
        aside = request.query.get("set_presence") == "offline"
        if request.path.endswith("/sync") and "full_state" not in request.query and not aside:
            self._again.set()
        if self._is_at(request, Step.ASKED, body):
            return _nothing(request)
        url = URL(f"{self._upstream}{request.raw_path}", encoded=True)
        headers = {name: request.headers[name] for name in _KEPT if name in request.headers}
        async with self._http.request(request.method, url, data=body, headers=headers) as answer:
            told = await answer.read()
        if self._is_at(request, Step.ANSWERED, told):
            return _nothing(request)
        response = web.Response(status=answer.status, body=told, content_type=answer.content_type)
        with contextlib.suppress(ConnectionError):  # the desk is dead
            await response.prepare(request)
            await response.write_eof()
        self._is_at(request, Step.TOLD, told)
        return response

    def _is_at(self, request: web.Request, step: Step, words: bytes) -> bool:
        if not self._points or request.query.get("set_presence") == "offline":
            return False
        point = self._points[0]
        if point.step is not step or point.path not in request.path or point.holding not in words:
            return False
        del self._points[0]
        if self._points:
            return False
        self._do()
        self._reached.set()
        return True


def _nothing(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
