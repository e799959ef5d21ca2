"""Requests to a homeserver: what leads elsewhere is not followed, for the access token would go along."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.transports.matrix.homeserver import Homeserver, Unreachable

TOKEN = "hunter2-hunter2"
asked: list[tuple[str, str | None]] = []


async def _elsewhere(request: web.Request) -> web.StreamResponse:
    asked.append((request.path, request.headers.get("Authorization")))
    raise web.HTTPFound("/other")


async def _other(request: web.Request) -> web.StreamResponse:
    asked.append((request.path, request.headers.get("Authorization")))
    return web.json_response({})


@pytest.fixture
async def homeserver() -> AsyncIterator[Homeserver]:
    asked.clear()
    app = web.Application()
    app.router.add_route("*", "/_matrix/client/v3/sync", _elsewhere)
    app.router.add_route("*", "/other", _other)
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    found = Homeserver(url, token=TOKEN)
    try:
        yield found
    finally:
        await found.close()
        await server.close()


async def test_what_leads_elsewhere_is_not_followed(homeserver: Homeserver) -> None:
    with pytest.raises(Unreachable, match="HTTP 302: it leads elsewhere; set `homeserver` to where it leads"):
        await homeserver.ask("GET", "/_matrix/client/v3/sync", query={"timeout": "0"})
    assert asked == [("/_matrix/client/v3/sync", f"Bearer {TOKEN}")]
