"""Asking a homeserver how the desk stands there: what `pkgdesk matrix check` does on one network.

The device is the desk's, and nothing is changed by any of it: nobody is told anything, no room is entered or
left, and a desk that runs misses nothing, for what is read here is not confirmed.

    GET  /versions                                    without logging in
    GET  /_matrix/federation/v1/version               what runs there, where it is told at all
    GET  /account/whoami, /profile                    who we are
    GET  /_synapse/admin/v1/users/…/override_ratelimit   where the desk is an administrator, or is told anyway
    POST /keys/query                                  how our device is seen; asks, in spite of its name
    GET  /sync                                        once, from the beginning, as if nobody were online
    GET  /directory/room/{alias}                      each configured alias
    GET  /v1/room_summary/{room}                      of a configured room that we are not in
    GET  /rooms/{room}/state/m.room.member/{us}       of the same: who put us out, where /sync does not say

A device is not made: where only a password is configured and nobody has logged in, that is what is told.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bot.homeservers.facts import Bridge, Facts, Place
from bot.transports.matrix import raw
from bot.transports.matrix.cross_signing import verification
from bot.transports.matrix.crypto_files import fingerprint
from bot.transports.matrix.device import Unusable, kept
from bot.transports.matrix.doors import door
from bot.transports.matrix.encryption import unavailable
from bot.transports.matrix.folding import fold
from bot.transports.matrix.homeserver import LARGEST_SYNC, Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.sealing import KeysUnusable
from bot.transports.matrix.session import NotLoggedIn, log_in, opened
from bot.transports.matrix.settings import MatrixSettings

SOFTWARE_WITHIN = 5.0
"""Seconds to wait for what is left unsaid else."""

AT_ONCE = 8
"""Rooms that are asked about side by side."""

_V3 = "/_matrix/client/v3"
_BRIDGED = ("m.bridge", "uk.half-shot.bridge")
_MOST_BRIDGES = 5

Tell = Callable[[str], None]
"""Is told what is being done now."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be looked at; `within`: seconds that all of it may take."""

    network: str
    settings: MatrixSettings
    within: float = 60.0


async def examine(plan: Plan, tell: Tell) -> Facts:
    """What the homeserver is like, and how the desk stands there; never raises for what a server does."""
    visit = _Visit(plan, tell)
    try:
        async with asyncio.timeout(plan.within):
            await visit.looks()
    except TimeoutError:
        visit.found(complete=False)
        if not visit.facts.reached:
            visit.found(trouble="no answer in time", remedy=_LOOK_AT_URL)
    except NotLoggedIn as error:
        visit.found(trouble=error.words, remedy=error.remedy)
    except Fatal as error:
        visit.found(trouble=str(error), remedy=error.remedy)
    except Unreachable as error:
        visit.found(trouble=error.why, remedy=_LOOK_AT_URL)
    except Refused as error:
        visit.found(trouble=str(error), remedy="read the server's words; it may be otherwise in a while")
    finally:
        await visit.leaves()
    return visit.facts


_LOOK_AT_URL = "look at `homeserver`, whether a homeserver answers there, and for a proxy or firewall between"


class _Visit:
    def __init__(self, plan: Plan, tell: Tell) -> None:
        self._plan = plan
        self._settings = plan.settings
        self._tell = tell
        self._server = Homeserver(plan.settings.homeserver, timeout=plan.within)
        self.facts = Facts(plan.network, plan.settings.homeserver)
        if not plan.settings.encryption:
            self.found(no_encryption="`encryption` is switched off in the configuration")
        else:
            self.found(no_encryption=unavailable())

    def found(self, **facts: Any) -> None:
        self.facts = replace(self.facts, **facts)

    async def leaves(self) -> None:
        await self._server.close()

    async def looks(self) -> None:
        self._tell(f"asking {self._settings.homeserver}")
        told = await self._server.ask("GET", "/_matrix/client/versions")
        versions = tuple(raw.words(each) for each in raw.row(told.get("versions"))[:100])
        self.found(reached=True, versions=versions, software=await self._software())
        self._tell("logging in")
        await self._log_in()
        await asyncio.gather(self._see_limits(), self._see_keys())
        self._tell("reading the rooms")
        await self._see_rooms()

    async def _software(self) -> str:
        """What the server says it is, where the port for other servers is the same; else nothing."""
        try:
            path = "/_matrix/federation/v1/version"
            told = raw.table((await self._server.ask("GET", path, timeout=SOFTWARE_WITHIN)).get("server"))
        except (Refused, Unreachable):
            return ""
        return " ".join(
            each for each in (raw.words(told.get("name")), raw.words(told.get("version"))) if each
        )

    async def _log_in(self) -> None:
        settings = self._settings
        if settings.login.has_password:
            try:
                device = kept(settings)
            except Unusable as error:
                raise NotLoggedIn(error.why, error.remedy) from None
            if device is None:
                raise NotLoggedIn(
                    "nobody has logged in with the password yet",
                    "run `pkgdesk matrix login`, or start the desk",
                )
        device = await log_in(settings)
        await self._server.close()
        self._server = opened(settings, device)
        told = await self._server.ask("GET", f"{_V3}/account/whoami")
        self.found(user=raw.user(told.get("user_id")), device=raw.words(told.get("device_id")))
        profile = await self._asked(f"{_V3}/profile/{quote(device.user, safe='')}")
        self.found(display_name=raw.words(profile.get("displayname")))

    async def _see_limits(self) -> None:
        """Only Synapse tells, and its administrators only; what others are told is nothing."""
        path = f"/_synapse/admin/v1/users/{quote(self._settings.user, safe='')}/override_ratelimit"
        told = await self._asked(path)
        if "messages_per_second" in told:
            self.found(limited=told["messages_per_second"] != 0)

    async def _see_keys(self) -> None:
        folder = self._settings.folder
        if folder is None or self.facts.no_encryption is not None:
            return
        try:
            kept_key = fingerprint(folder, self._server.device)
            self.found(key=kept_key)
            self.found(verification=await verification(self._server, folder, kept_key))
        except KeysUnusable as error:
            self.found(unreadable=(f"{error.place} {error.wrong}", error.remedy))

    async def _see_rooms(self) -> None:
        settings = self._settings
        rooms = Rooms.beginning(
            self._plan.network, settings.user, {each.name: each.visibility for each in settings.rooms}
        )
        told = await self._server.ask(
            "GET",
            f"{_V3}/sync",
            query={"filter": _filter(), "timeout": "0", "set_presence": "offline"},
            largest=LARGEST_SYNC,
        )
        rooms, _ = fold(rooms, told)
        inside = raw.table(raw.table(told.get("rooms")).get("join"))
        few = asyncio.Semaphore(AT_ONCE)

        async def place(name: str) -> Place:
            async with few:
                return await self._place(name)

        names = [each.name for each in settings.rooms]
        places = await asyncio.gather(*map(place, names))
        for each in places:
            if each.id is not None:
                rooms = rooms.named(each.name, each.id)
        outside = raw.table(raw.table(told.get("rooms")).get("leave"))
        seen = [await self._seen(each, rooms, inside, outside) for each in places]
        self.found(rooms=rooms, places=tuple(seen), invitations=dict(rooms.invited))

    async def _place(self, name: str) -> Place:
        """Which room a configured one is."""
        if (id_ := raw.room(name)) is not None:
            return Place(name, id_)
        try:
            told = await self._server.ask("GET", f"{_V3}/directory/room/{quote(name, safe='')}")
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            closed = door(error, name, self._settings.user)
            return Place(name, trouble=closed.why, remedy=closed.remedy)
        return Place(name, raw.room(told.get("room_id")))

    async def _seen(
        self, place: Place, rooms: Rooms, inside: Mapping[str, Any], outside: Mapping[str, Any]
    ) -> Place:
        if place.id is None:
            return place
        today = rooms.today(place.id)
        room = rooms.joined.get(today)
        if room is not None:
            return replace(
                place,
                id=today,
                upgraded=place.id if today != place.id else None,
                onwards=room.replacement,
                bridges=tuple(_bridges(raw.table(inside.get(today))))[:_MOST_BRIDGES],
            )
        room_id = quote(place.id, safe="")
        told = await self._asked(f"/_matrix/client/v1/room_summary/{room_id}")
        user = self._settings.user
        path = f"{_V3}/rooms/{room_id}/state/m.room.member/{quote(user, safe='')}?format=event"
        return replace(
            place,
            put_out=_put_out(_last(raw.table(outside.get(place.id)), user) or await self._asked(path), user),
            join_rule=raw.word(told.get("join_rule"), "") if told else "",
            encrypted=bool(told.get("encryption") or told.get("im.nheko.summary.encryption"))
            if told
            else None,
            version=raw.word(told.get("room_version"), ""),
        )

    async def _asked(self, path: str) -> Mapping[str, Any]:
        """What may well not be told; empty then. Raises Fatal."""
        try:
            return await self._server.ask("GET", path)
        except Fatal:
            raise
        except (Refused, Unreachable):
            return {}


def _filter() -> str:
    """As little as tells of the rooms. Synapse gives the same answer for two minutes to who asks the same, so
    each asks for something else."""
    nothing: dict[str, list[str]] = {"types": []}
    room = {
        "state": {"lazy_load_members": True, "not_types": [f"org.pkgdesk.check.{time.time_ns()}"]},
        "timeline": {"limit": 1, "lazy_load_members": True},
        "ephemeral": nothing,
        "account_data": nothing,
    }
    return json.dumps({"room": room, "presence": nothing, "account_data": {"types": ["m.direct"]}})


def _last(told: Mapping[str, Any], me: str) -> Mapping[str, Any]:
    """Our own membership as it was last, where /sync tells of a room that we are out of; empty where not."""
    found: Mapping[str, Any] = {}
    for part in (told.get("state"), told.get("timeline")):
        for event in raw.events(part):
            if event.get("type") == "m.room.member" and event.get("state_key") == me:
                found = event
    return found


def _put_out(event: Mapping[str, Any], me: str) -> str:
    """By whom and why we were put out, by our own membership as it was last; empty where nobody did that, or
    it is not told."""
    content = raw.table(event.get("content"))
    by, membership = raw.user(event.get("sender")), content.get("membership")
    before = raw.table(raw.table(event.get("unsigned")).get("prev_content")).get("membership", "join")
    if by is None or by == me or membership not in ("leave", "ban"):
        return ""
    if membership == "leave" and before != "join":  # an invitation was withdrawn, a ban lifted
        return ""
    why = raw.words(content.get("reason"))
    return f"{'banned' if membership == 'ban' else 'put out'} by {by}{f' ({why})' if why else ''}"


def _bridges(told: Mapping[str, Any]) -> Iterator[Bridge]:
    """MSC2346: `m.bridge`, one for each room at the other end; found by its name of before, too."""
    seen = set()
    for part in (told.get("state"), told.get("timeline")):
        for event in raw.events(part):
            content = raw.table(event.get("content"))
            if event.get("type") in _BRIDGED and content:
                by = raw.user(content.get("bridgebot")) or raw.user(event.get("sender")) or ""
                parts = (raw.table(content.get(each)) for each in ("channel", "network", "protocol"))
                named = (raw.words(each.get("displayname") or each.get("id")) for each in parts)
                bridge = Bridge(by, " on ".join(each for each in dict.fromkeys(named) if each))
                if bridge not in seen:
                    seen.add(bridge)
                    yield bridge
