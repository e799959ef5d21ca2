"""Requests to a homeserver: what leads elsewhere is not followed, for the access token would go along; and
what no homeserver says is no refusal."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from matrix_script import Answer, Scripted, says, writes

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


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (writes(b"<html>Bad Gateway</html>", 502), "HTTP 502, and no word"),
        (writes(b"<html>who are you?</html>", 401), "HTTP 401, and no word"),
        (says({"error": "no"}, 403), "HTTP 403, and no word"),
        (says({"a": "b" * (1 << 21)}), "larger than 1 MiB"),
        (writes(b"{}"[:1]), "no JSON"),
    ],
)
async def test_what_no_homeserver_says_is_no_refusal(answer: Answer, why: str) -> None:
    """A line on which a proxy stumbles is sent again as long as it takes; a refused one is given up."""
    async with Scripted(answer).open() as server:
        homeserver = Homeserver(server.url, token=TOKEN)
        with pytest.raises(Unreachable, match=why):
            await homeserver.ask("GET", "/sync", largest=1 << 20)
        await homeserver.close()
