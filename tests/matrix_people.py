"""People on a Matrix homeserver, for tests: clients that know nothing and do what they are told.

They speak the client-server API of the specification (https://spec.matrix.org/latest/client-server-api/) over
plain HTTP, keep every event as it comes, and share no code with the transport.
"""

import asyncio
import contextlib
import itertools
import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

PATIENCE = 30.0
LONG_POLL = 10_000
"""Milliseconds that the server may keep a sync that has nothing to tell; nobody waits for its end."""

FILTER = {"room": {"timeline": {"limit": 1000}}}

JsonEvent = dict[str, Any]


class Refused(Exception):
    """The homeserver did not do it."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {json.dumps(answer)}")
        self.status = status
        self.code = answer.get("errcode", "")
        self.answer = dict(answer)


class Person:
    """Somebody with an account. `user`: the full id; `acts_as`: as whom a bridge's token speaks."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        user: str,
        token: str,
        *,
        device: str = "",
        acts_as: bool = False,
    ) -> None:
        self.user = user
        self.name = user[1:].partition(":")[0]
        self.token = token
        self.device = device
        self.events: list[JsonEvent] = []
        """All of all timelines, in the order in which they came, each with its `room_id`; one's own, too."""
        self.invitations: dict[str, list[JsonEvent]] = {}
        """Of each room to which one is invited what its server tells of it."""
        self.left: dict[str, JsonEvent] = {}
        """Of each room that one is no longer in the event that said so."""
        self.passing: list[JsonEvent] = []
        """What is not kept in a room: typing and receipts, with `room_id`, and messages to this device."""
        self._http = http
        self._url = url
        self._as = {"user_id": user} if acts_as else {}
        self._numbers = itertools.count(1)
        self._found: set[str] = set()
        self._changed = asyncio.Condition()
        self._listening: asyncio.Task[None] | None = None

    async def listens(self) -> None:
        """From now on one hears what happens; what happened so far, too."""
        since = await self._sync(None)
        self._listening = asyncio.create_task(self._listen(since))

    async def leaves_town(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening

    # --- rooms ------------------------------------------------------------------------------------------

    async def create_room(
        self,
        *invited: "Person | str",
        public: bool = True,
        name: str | None = None,
        alias: str | None = None,
        version: str | None = None,
        encrypted: bool = False,
        direct: bool = False,
        powers: Mapping[str, int] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """The id of a new room. `alias`: its local part; `powers`: the level of each user beside the
        creator; `more`: of the request's body."""
        sealed = {"type": "m.room.encryption", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
        body: dict[str, Any] = {
            "preset": "public_chat" if public else "private_chat",
            "visibility": "private",
            "invite": [_id(each) for each in invited],
            "is_direct": direct,
            "initial_state": [sealed] if encrypted else [],
            **({"name": name} if name else {}),
            **({"room_alias_name": alias} if alias else {}),
            **({"room_version": version} if version else {}),
            **(more or {}),
        }
        room: str = (await self.call("POST", "createRoom", body))["room_id"]
        for user, level in (powers or {}).items():
            await self.gives_power(room, user, level)
        return room

    async def join(self, room: str) -> str:
        """The id of the room, of which the alias will do."""
        joined: str = (await self.call("POST", f"join/{quote(room, safe='')}", {}))["room_id"]
        return joined

    async def leave(self, room: str) -> None:
        await self._in(room, "POST", "leave", {})

    async def invite(self, room: str, who: "Person | str") -> None:
        await self._in(room, "POST", "invite", {"user_id": _id(who)})

    async def kick(self, room: str, who: "Person | str", reason: str = "") -> None:
        await self._in(room, "POST", "kick", {"user_id": _id(who), "reason": reason})

    async def ban(self, room: str, who: "Person | str", reason: str = "") -> None:
        await self._in(room, "POST", "ban", {"user_id": _id(who), "reason": reason})

    async def unban(self, room: str, who: "Person | str") -> None:
        await self._in(room, "POST", "unban", {"user_id": _id(who)})

    async def upgrade(self, room: str, version: str = "11") -> str:
        """The id of the room that replaces it."""
        told = await self._in(room, "POST", "upgrade", {"new_version": version})
        replacement: str = told["replacement_room"]
        return replacement

    async def members(self, room: str) -> dict[str, str]:
        """Of each user the membership."""
        told = await self._in(room, "GET", "members")
        return {each["state_key"]: each["content"]["membership"] for each in told["chunk"]}

    async def state(self, room: str, kind: str, key: str = "") -> JsonEvent:
        return await self._in(room, "GET", f"state/{kind}/{quote(key, safe='')}")

    async def sets_state(self, room: str, kind: str, content: Mapping[str, Any], key: str = "") -> str:
        told = await self._in(room, "PUT", f"state/{kind}/{quote(key, safe='')}", content)
        event: str = told["event_id"]
        return event

    async def gives_power(self, room: str, who: "Person | str", level: int | None) -> None:
        """None takes the user out of the list, which is how people are demoted, too."""
        levels = await self.state(room, "m.room.power_levels")
        users = {user: old for user, old in levels.get("users", {}).items() if user != _id(who)}
        if level is not None:
            users[_id(who)] = level
        await self.sets_state(room, "m.room.power_levels", {**levels, "users": users})

    async def history(self, room: str) -> list[JsonEvent]:
        """All events of a room, oldest first, as the server has them now."""
        found: list[JsonEvent] = []
        page: dict[str, Any] = {"end": None}
        while "end" in page:
            place = {"from": page["end"]} if page["end"] else {}
            page = await self._in(room, "GET", "messages", dir="b", limit="1000", **place)
            found += page["chunk"]
        return found[::-1]

    # --- speaking ---------------------------------------------------------------------------------------

    async def say(
        self,
        room: str,
        body: str,
        *,
        html: str | None = None,
        mentions: "Collection[Person | str]" = (),
        everybody: bool = False,
        reply: str | None = None,
        thread: str | None = None,
        kind: str = "m.text",
        more: Mapping[str, Any] | None = None,
    ) -> str:
        """The id of the event. `reply`: the event it answers; `thread`: the root of its thread (without
        `reply` the root is answered, as clients do for those that know no threads); `everybody`: mentions the
        room."""
        content: dict[str, Any] = {"msgtype": kind, "body": body}
        if html is not None:
            content |= {"format": "org.matrix.custom.html", "formatted_body": html}
        if mentions or everybody:
            users = {"user_ids": [_id(each) for each in mentions]} if mentions else {}
            content["m.mentions"] = {**users, **({"room": True} if everybody else {})}
        if thread is not None:
            content["m.relates_to"] = {
                "rel_type": "m.thread",
                "event_id": thread,
                "is_falling_back": reply is None,
                "m.in_reply_to": {"event_id": reply or thread},
            }
        elif reply is not None:
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": reply}}
        return await self.sends(room, "m.room.message", {**content, **(more or {})})

    async def edits(self, room: str, event: str, body: str, *, kind: str = "m.text") -> str:
        return await self.sends(
            room,
            "m.room.message",
            {
                "msgtype": kind,
                "body": f"* {body}",
                "m.new_content": {"msgtype": kind, "body": body},
                "m.relates_to": {"rel_type": "m.replace", "event_id": event},
            },
        )

    async def reacts(self, room: str, event: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": event, "key": key}
        return await self.sends(room, "m.reaction", {"m.relates_to": relation})

    async def redacts(self, room: str, event: str, reason: str = "") -> str:
        number = next(self._numbers)
        body = {"reason": reason} if reason else {}
        told = await self._in(room, "PUT", f"redact/{quote(event, safe='')}/{number}", body)
        redaction: str = told["event_id"]
        return redaction

    async def sends(self, room: str, kind: str, content: Mapping[str, Any]) -> str:
        """Any event; its id."""
        told = await self._in(room, "PUT", f"send/{kind}/{next(self._numbers)}", content)
        event: str = told["event_id"]
        return event

    async def types(self, room: str) -> None:
        path = f"typing/{quote(self.user, safe='')}"
        await self._in(room, "PUT", path, {"typing": True, "timeout": 30_000})

    async def reads(self, room: str, event: str) -> None:
        await self._in(room, "POST", f"receipt/m.read/{quote(event, safe='')}", {})

    async def is_called(self, name: str) -> None:
        """A display name from now on."""
        await self.call("PUT", f"profile/{quote(self.user, safe='')}/displayname", {"displayname": name})

    async def marks_direct(self, rooms: Mapping[str, list[str]]) -> None:
        """Which rooms are direct conversations, by user."""
        path = f"user/{quote(self.user, safe='')}/account_data/m.direct"
        await self.call("PUT", path, dict(rooms))

    async def logs_out(self) -> None:
        """The access token is worth nothing any more."""
        await self.call("POST", "logout", {})

    # --- hearing ----------------------------------------------------------------------------------------

    async def hears(
        self,
        what: str,
        *,
        by: "Person | str | None" = None,
        room: str | None = None,
        within: float = PATIENCE,
    ) -> JsonEvent:
        """The first message that is so and that was not yet found in this way: `what` is searched for in its
        body. One's own words do not count."""

        def is_wanted(event: JsonEvent) -> bool:
            return (
                event["type"] == "m.room.message"
                and event["event_id"] not in self._found
                and event["sender"] == (_id(by) if by is not None else event["sender"])
                and event["sender"] != self.user
                and re.search(what, str(event["content"].get("body", ""))) is not None
                and room in (None, event["room_id"])
            )

        found = await self.meets(is_wanted, within=within, wanted=f"/{what}/")
        self._found.add(found["event_id"])
        return found

    async def meets(
        self,
        is_wanted: Callable[[JsonEvent], bool],
        *,
        after: int = 0,
        within: float = PATIENCE,
        wanted: str = "such an event",
    ) -> JsonEvent:
        """The first event from number `after` on that is so."""
        found: JsonEvent
        await self.until(lambda: any(map(is_wanted, self.events[after:])), within=within, wanted=wanted)
        found = next(filter(is_wanted, self.events[after:]))
        return found

    async def is_invited(self, room: str | None = None, *, within: float = PATIENCE) -> str:
        """The room to which one is invited."""
        await self.until(
            lambda: bool(self.invitations) if room is None else room in self.invitations,
            within=within,
            wanted="an invitation",
        )
        return next(iter(self.invitations)) if room is None else room

    async def until(
        self, holds: Callable[[], bool], *, within: float = PATIENCE, wanted: str = "something"
    ) -> None:
        """Looks whenever something was heard. AssertionError, with what came lately, after so long."""
        try:
            async with asyncio.timeout(within), self._changed:
                while not holds():
                    self._died()
                    await self._changed.wait()
        except TimeoutError:
            lately = "\n".join(f"  {_shown(event)}" for event in self.events[-12:])
            raise AssertionError(f"{self.user} waited for {wanted}; lately came\n{lately}") from None

    def said_by(self, who: "Person | str", room: str | None = None) -> list[str]:
        """The bodies of all messages of somebody, in order."""
        return [
            event["content"].get("body", "")
            for event in self.events
            if event["type"] == "m.room.message"
            and event["sender"] == _id(who)
            and room in (None, event["room_id"])
        ]

    # --- underneath -------------------------------------------------------------------------------------

    async def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        """One request of the client-server API, `path` behind `/_matrix/client/v3/`; its answer. Raises
        Refused."""
        url = f"{self._url}/_matrix/client/v3/{path}"
        params = {**query, **self._as}
        if params:
            url += "?" + "&".join(f"{key}={quote(value, safe='')}" for key, value in params.items())
        proof = {"Authorization": f"Bearer {self.token}"}
        # It is encoded already: `%2F` belongs to a name.
        async with self._http.request(method, URL(url, encoded=True), json=body, headers=proof) as answer:
            told: dict[str, Any] = await answer.json(content_type=None)
            if answer.status != 200:
                raise Refused(answer.status, told)
            return told

    async def _in(
        self, room: str, method: str, path: str, body: Mapping[str, Any] | None = None, **query: str
    ) -> dict[str, Any]:
        return await self.call(method, f"rooms/{quote(room, safe='')}/{path}", body, **query)

    async def _listen(self, since: str) -> None:
        while True:
            try:
                since = await self._sync(since)
            except aiohttp.ClientError:
                # The server may be ended by a test, and come back.
                await asyncio.sleep(0.05)

    async def _sync(self, since: str | None) -> str:
        place = {"since": since, "timeout": str(LONG_POLL)} if since else {"timeout": "0"}
        told = await self.call("GET", "sync", filter=json.dumps(FILTER), **place)
        rooms = told.get("rooms", {})
        async with self._changed:
            for room, news in rooms.get("join", {}).items():
                self.invitations.pop(room, None)
                self.left.pop(room, None)
                self._keep(room, news)
            for room, news in rooms.get("invite", {}).items():
                self.invitations[room] = news["invite_state"]["events"]
            for room, news in rooms.get("leave", {}).items():
                self.invitations.pop(room, None)
                self._keep(room, news)
                ours = [each for each in self.events if each.get("state_key") == self.user]
                self.left[room] = next((each for each in ours[::-1] if each["room_id"] == room), {})
            self.passing += told.get("to_device", {}).get("events", [])
            self._changed.notify_all()
        token: str = told["next_batch"]
        return token

    def _keep(self, room: str, news: Mapping[str, Any]) -> None:
        for part, kept in (("state", self.events), ("timeline", self.events), ("ephemeral", self.passing)):
            kept += [{**event, "room_id": room} for event in news.get(part, {}).get("events", [])]

    def _died(self) -> None:
        if self._listening is None:
            raise AssertionError(f"{self.user} does not listen")
        if self._listening.done():
            self._listening.result()


def _id(who: Person | str) -> str:
    return who if isinstance(who, str) else who.user


def _shown(event: JsonEvent) -> str:
    content = event.get("content", {})
    what = content.get("body") or content.get("membership") or ""
    return f"{event.get('room_id')} {event['type']} <{event.get('sender')}> {what}"
