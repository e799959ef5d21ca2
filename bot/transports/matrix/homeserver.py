"""Requests to one homeserver, each with a typed end: an answer, a refusal, or none that means anything.

    dict         the server did it: a JSON object
    Refused      the server answered, and said no (client-server API, "Standard error response")
    Fatal        the same, and no later attempt will do better: somebody has to do something
    Unreachable  no answer in time, or none that is one: a proxy's page, garbage, more than there is room for

Requests go out by the library's client, below what it makes of answers: that tries again by itself, without a
pause, and takes a token as it comes (both as of matrix-nio 0.26). Nothing is ever tried again here; who asks
decides that. Redirects are not followed, for the access token goes along with each request.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote_plus

import aiohttp
import nio

from bot.transports.matrix import raw
from bot.transports.plain import plain

_FATAL = {
    "M_UNKNOWN_TOKEN": "the homeserver does not know the access token (any more): give it a valid one, or "
    "log in anew with `pkgdesk matrix login --again`; where that is refused the account may be deactivated",
    "M_MISSING_TOKEN": "the homeserver saw no access token, which a proxy may have taken away; else log in "
    "anew with `pkgdesk matrix login --again`",
    "M_USER_DEACTIVATED": "the account is deactivated: ask the homeserver's administrators, or configure "
    "another user",
    "M_USER_LOCKED": "the account is locked: ask the homeserver's administrators",
}

LARGEST, LARGEST_SYNC = 32 << 20, 256 << 20
"""Bytes of an answer that are read; a first sync tells of all rooms."""

CONNECT_WITHIN = 10.0
"""Seconds to reach the server at all."""

LONGEST_PAUSE = 3600.0
"""Seconds for which a server is left alone at the most, whatever it wants."""

_LONGEST, _DIGITS = 300, 9
_CHUNK = 1 << 16

_quoted = lru_cache(16)(quote_plus)
"""Every request for news has the same long filter, and quoting it took a tenth of all the work."""


class Refused(Exception):
    """The server answered, and said no. `code`: as M_FORBIDDEN, empty where it gave none; `words`: its own,
    in one printable line; `after`: seconds that it wants to be left alone, `LONGEST_PAUSE` at the most."""

    def __init__(self, status: int, code: str, words: str, after: float | None = None) -> None:
        super().__init__(": ".join(each for each in (code or f"HTTP {status}", words) if each))
        self.status = status
        self.code = code
        self.words = words
        self.after = after

    @property
    def passing(self) -> bool:
        """Whether it may well be otherwise in a while: too many requests, or trouble of the server's own."""
        return self.status == 429 or self.status >= 500


class Fatal(Refused):
    """What no waiting mends. `remedy`: what somebody has to do."""

    def __init__(self, status: int, code: str, words: str, remedy: str) -> None:
        super().__init__(status, code, words)
        self.remedy = remedy


class Unreachable(Exception):
    """There was no answer, or none that is one; `why` in a few words. `after`: as of `Refused`, where a proxy
    says so."""

    def __init__(self, why: str, after: float | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.after = after


class Homeserver:
    """The homeserver at `url`, as `user` on `device` with the access token `token`; all empty before the
    login. `timeout`: seconds for a request."""

    def __init__(
        self,
        url: str,
        user: str = "",
        device: str = "",
        token: str = "",
        *,
        timeout: float = 30.0,
    ) -> None:
        self.url = url
        self.user = user
        self.device = device
        self._timeout = timeout
        self._token = token
        self._client = nio.AsyncClient(
            url, user, device, config=nio.AsyncClientConfig(encryption_enabled=False), ssl=True
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (no part of it may take longer)
        largest: int = LARGEST,
    ) -> dict[str, Any]:
        """One request. `path` from `/_matrix` on, its parts quoted; `timeout`: seconds for all of it. Raises
        Refused, Fatal and Unreachable."""
        answer = await self.raw(method, path, body, query=query, timeout=timeout, largest=largest)
        return read(answer.decode("utf-8", "replace"))

    async def raw(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 (no part of it may take longer)
        largest: int = LARGEST,
    ) -> bytes:
        """The same, and the answer as it came: of a status that says yes, and perhaps no JSON at all."""
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        if data is not None:
            headers["Content-Type"] = "application/json"
        if query:
            path = f"{path}?{'&'.join(f'{_quoted(key)}={_quoted(value)}' for key, value in query.items())}"
        limit = aiohttp.ClientTimeout(total=timeout or self._timeout, sock_connect=CONNECT_WITHIN)
        try:
            if self._client.client_session is None:
                self._client.client_session = _connections()
            # Whatever the types say, the limit goes to aiohttp as it is, which knows no other any more.
            sent: Any = self._client.send(method, path, data, headers, timeout=limit)
            async with await sent as response:
                answer = await _read(response, largest)
        except TimeoutError:
            raise Unreachable("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(_words(str(error)) or type(error).__name__) from error
        if 200 <= response.status < 300:
            return answer
        raise _refusal(response.status, answer, response.headers.get("Retry-After", ""))

    async def close(self) -> None:
        """Give back the connections; twice does no harm."""
        await self._client.close()


def _connections() -> aiohttp.ClientSession:
    watched = aiohttp.TraceConfig()
    watched.on_request_redirect.append(_led_elsewhere)
    return aiohttp.ClientSession(trace_configs=[watched])


async def _led_elsewhere(_session: Any, _context: Any, told: aiohttp.TraceRequestRedirectParams) -> None:
    raise Unreachable(f"HTTP {told.response.status}: it leads elsewhere; set `homeserver` to where it leads")


async def _read(response: aiohttp.ClientResponse, largest: int) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_chunked(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > largest:
            raise Unreachable(f"its answer is larger than {largest >> 20} MiB")
    return b"".join(parts)


def read(answer: str) -> dict[str, Any]:
    """What an answer says. Raises Unreachable where it is no JSON object."""
    try:
        told = raw.answer(answer)
    except ValueError:
        raise Unreachable("its answer is no JSON") from None
    if not isinstance(told, dict):
        raise Unreachable("its answer is no JSON object")
    return told


def _refusal(status: int, answer: bytes, later: str) -> Refused | Unreachable:
    try:
        told = read(answer.decode("utf-8", "replace"))
    except Unreachable:
        told = {}
    code, words = told.get("errcode"), told.get("error")
    if not isinstance(code, str):
        return Unreachable(f"HTTP {status}, and no word of a homeserver", _after(later))
    # What follows in a sentence of ours follows a colon.
    code, words = _words(code), _words(words).removesuffix(".") if isinstance(words, str) else ""
    if code in _FATAL:
        return Fatal(status, code, words, _FATAL[code])
    return Refused(status, code, words, _after(later, told.get("retry_after_ms")))


def _after(later: str, told: object = None) -> float | None:
    """Of what the header says in whole seconds (RFC 9110, section 10.2.3; as a date it is not read) and the
    older field of the answer in milliseconds (deprecated since version 1.10 of the specification), the
    longer."""
    pauses = [float(later[:_DIGITS])] if later.isascii() and later.isdecimal() else []
    if isinstance(told, int | float) and not isinstance(told, bool) and told >= 0:
        pauses.append(min(told, LONGEST_PAUSE * 1000) / 1000)
    return min(max(pauses), LONGEST_PAUSE) if pauses else None


def _words(text: str) -> str:
    return plain(text[:_LONGEST])
