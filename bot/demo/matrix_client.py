"""A small Matrix client of the demo: one account, one room, and a report of all that happens.

It knows as much of the client-server API (https://spec.matrix.org/latest/client-server-api/) as it needs, and
shows and writes names as other clients do: somebody's user id is shown as the name alone, and a line that
begins with the name of a member and a colon mentions them, by a link in its HTML and in `m.mentions`. The
password is the account's name. What a report is like stands in `bot.demo.player`; the room is told as its
alias without the server, and a direct conversation as IRC would: heard in the name of oneself, said in the
name of the other.

Must not import anything else of the bot but the other client's `Trouble`: it is a client like any other.
"""

import asyncio
import contextlib
import html
import itertools
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from bot.demo.client import COMING, Tell, Trouble

_LONG_POLL = 30_000
"""Milliseconds that the server may keep a request when there is nothing to tell."""

_NOTHING: dict[str, list[str]] = {"types": []}
_FILTER = {
    "presence": _NOTHING,
    "account_data": _NOTHING,
    "room": {"ephemeral": _NOTHING, "account_data": _NOTHING, "timeline": {"limit": 200}},
}
_NAMED = re.compile(r"(?P<name>[\w.=/+-]+)(?P<rest>: .*)", re.DOTALL)


class MatrixClient:
    """A client of the homeserver at `url` for the account `name` in the room `alias`; `tell` receives the
    reports."""

    def __init__(self, url: str, name: str, alias: str, tell: Tell) -> None:
        self.nick = name
        self.channel, _, self._server = alias.partition(":")
        self._url = url
        self._alias = alias
        self._tell = tell
        self._http: aiohttp.ClientSession | None = None
        self._token = ""
        self._room = ""
        self._direct: dict[str, str] = {}
        """Of each direct conversation with whom it is."""
        self._joined: set[str] = set()
        """Direct conversations in which the other one is."""
        self._entered: set[str] = set()
        """Rooms of which what is said counts: not what was before."""
        self._changed = asyncio.Condition()
        self._numbers = itertools.count(1)
        self._listening: asyncio.Task[None] | None = None

    async def come(self) -> None:
        """Be in the room. Raises Trouble where that cannot be had."""
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_LONG_POLL / 1000 + COMING))
        try:
            async with asyncio.timeout(COMING):
                since = await self._enter()
        except TimeoutError:
            await self._http.close()
            raise Trouble(f"{self.nick} was not in {self.channel} after {COMING:.0f} s") from None
        except aiohttp.ClientError as error:
            await self._http.close()
            raise Trouble(f"{self.nick} cannot reach {self._url}: {error}") from None
        self._listening = asyncio.create_task(self._listen(since))
        self._tell({"tell": "came"})

    async def say(self, where: str, what: str) -> None:
        room = self._room if where == self.channel else await self._conversation(where)
        content: dict[str, Any] = {"msgtype": "m.text", "body": what, "m.mentions": {}}
        named = _NAMED.fullmatch(what)
        if named is not None and room == self._room and named["name"] in await self._members():
            user = self._user(named["name"])
            link = f'<a href="https://matrix.to/#/{user}">{named["name"]}</a>'
            content |= {
                "m.mentions": {"user_ids": [user]},
                "format": "org.matrix.custom.html",
                "formatted_body": link + html.escape(named["rest"]),
            }
        await self._call(
            "PUT", f"rooms/{quote(room, safe='')}/send/m.room.message/{next(self._numbers)}", content
        )
        self._tell({"tell": "said", "where": where, "what": what})

    async def react(self, event: str, what: str, to: str) -> None:
        """With an emoji to an event in the room; `to`: its text."""
        relation = {"rel_type": "m.annotation", "event_id": event, "key": what}
        await self._send(self._room, "m.reaction", {"m.relates_to": relation})
        self._tell({"tell": "reacted", "what": what, "to": to})

    async def leave(self, why: str = "bye") -> None:
        """Leave the room, and all conversations, as who quits IRC does; and log out."""
        if self._http is None or self._listening is None:
            return
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        with contextlib.suppress(Trouble, aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(2.0):
                for room in (self._room, *self._entered - {self._room}):
                    await self._call("POST", f"rooms/{quote(room, safe='')}/leave", {"reason": why})
                await self._call("POST", "logout", {})
        await self._http.close()
        self._http = self._listening = None
        self._direct.clear()
        self._joined.clear()
        self._tell({"tell": "left"})

    async def _enter(self) -> str:
        """Log in and join; where to listen from."""
        who = {"type": "m.id.user", "user": self.nick}
        login = {"type": "m.login.password", "identifier": who, "password": self.nick}
        self._token = ""
        self._token = (await self._call("POST", "login", login))["access_token"]
        # What is said from the joining on must not be missed, so this comes before it.
        before = await self._sync(None)
        self._entered = set(before.get("rooms", {}).get("join", {}))
        self._room = (await self._call("POST", f"join/{quote(self._alias, safe='')}", {}))["room_id"]
        self._tell({"tell": "present", "who": await self._members()})
        since: str = before["next_batch"]
        return since

    async def _members(self) -> list[str]:
        told = await self._call("GET", f"rooms/{quote(self._room, safe='')}/joined_members")
        return [_name(user) for user in told["joined"]]

    async def _conversation(self, name: str) -> str:
        """The room that is with `name` alone; made where there is none, and both of us are in it."""
        found = next((room for room, other in self._direct.items() if other == name), None)
        if found is None:
            body = {"preset": "trusted_private_chat", "is_direct": True, "invite": [self._user(name)]}
            found = str((await self._call("POST", "createRoom", body))["room_id"])
            self._direct[found] = name
        room = found
        try:
            async with asyncio.timeout(COMING), self._changed:
                await self._changed.wait_for(lambda: room in self._joined)
        except TimeoutError:
            raise Trouble(f"{name} does not come into a conversation with {self.nick}") from None
        return room

    async def _listen(self, since: str) -> None:
        try:
            while True:
                told = await self._sync(since)
                since = told["next_batch"]
                rooms = told.get("rooms", {})
                for room, news in rooms.get("invite", {}).items():
                    await self._invited(room, news["invite_state"]["events"])
                for room, news in rooms.get("join", {}).items():
                    self._happened(room, news)
                async with self._changed:
                    self._changed.notify_all()
        except (Trouble, aiohttp.ClientError, TimeoutError) as error:
            self._tell({"tell": "trouble", "what": f"{self.nick} hears nothing more: {error}"})
            self._tell({"tell": "left"})

    async def _invited(self, room: str, events: list[dict[str, Any]]) -> None:
        for event in events:
            if event.get("state_key") == self._user(self.nick) and event["content"].get("is_direct"):
                self._direct[room] = _name(event["sender"])
                self._joined.add(room)
                await self._call("POST", f"join/{quote(room, safe='')}", {})

    def _happened(self, room: str, news: Mapping[str, Any]) -> None:
        for event in self._since_we_came(room, news["timeline"]["events"]):
            who, content = _name(event["sender"]), event["content"]
            match event:
                case {"type": "m.room.member", "state_key": user}:
                    self._moved(room, _name(user), content, event)
                case {"type": "m.room.message", "event_id": number} if (
                    who != self.nick and content.get("m.relates_to", {}).get("rel_type") != "m.replace"
                ):
                    where = self.channel if room == self._room else self.nick
                    what = self._shown(str(content.get("body", "")))
                    self._tell({"tell": "heard", "who": who, "where": where, "what": what, "event": number})

    def _since_we_came(self, room: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Without what was before, where we have just come in: the server tells of that, too. What was
        said in a direct conversation since we were asked into it is meant for us."""
        if room in self._entered:
            return events
        came = self._last(events, "join")
        if came is None:
            return []
        self._entered.add(room)
        asked = self._last(events[:came], "invite") if room in self._direct else None
        return events[came if asked is None else asked :]

    def _last(self, events: list[dict[str, Any]], membership: str) -> int | None:
        """Where we were last given that membership."""
        for index in reversed(range(len(events))):
            event = events[index]
            own = event.get("state_key") == self._user(self.nick)
            if own and event["content"].get("membership") == membership:
                return index
        return None

    def _moved(self, room: str, who: str, content: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        came = content["membership"] == "join"
        if came and room in self._direct and who == self._direct[room]:
            self._joined.add(room)
        before = event.get("unsigned", {}).get("prev_content", {}).get("membership")
        if room != self._room or who == self.nick or (came and before == "join"):
            return
        if came:
            self._tell({"tell": "joined", "who": who})
        elif before == "join":
            self._tell({"tell": "gone", "who": who, "what": str(content.get("reason", ""))})

    def _shown(self, text: str) -> str:
        """Everybody's id as the name alone."""
        return re.sub(rf"@([^\s:@]+):{re.escape(self._server)}", r"\1", text)

    def _user(self, name: str) -> str:
        return f"@{name}:{self._server}"

    async def _send(self, room: str, kind: str, content: Mapping[str, Any]) -> None:
        await self._call("PUT", f"rooms/{quote(room, safe='')}/send/{kind}/{next(self._numbers)}", content)

    async def _sync(self, since: str | None) -> dict[str, Any]:
        place = {"since": since, "timeout": _LONG_POLL} if since else {"timeout": 0}
        query = urlencode({"filter": json.dumps(_FILTER), **place})
        return await self._call("GET", f"sync?{query}")

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if self._http is None:
            raise Trouble(f"{self.nick} is not there")
        url = URL(f"{self._url}/_matrix/client/v3/{path}", encoded=True)
        proof = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._http.request(method, url, json=body, headers=proof) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            if answer.status != 200:
                raise Trouble(f"{self.nick}: the homeserver says {told.get('error', answer.status)}")
            return told


def _name(user: str) -> str:
    return user[1:].partition(":")[0]
