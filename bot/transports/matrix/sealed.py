"""Encryption, where there is any: what comes in is opened, what goes out is closed.

    /sync ──> take ──> messages to this device (olm) ──> keys of rooms ──> lines (megolm) ──> the desk
                                                            └── what waited for them (unreadable) ──┘
    the desk ──> send ──> our key to every device that reads along (handing) ──> the line

An answer is taken in one transaction, so that after a crash it can be taken again. The library's own machine
(`nio.crypto`) is not used, only what it is built upon, vodozemac: as of 0.26 that machine takes a message
that comes twice for a broken session, hands out one-time keys before it has kept them, refuses the devices of
all when one user's are malformed, has no fallback keys, believes a line to be of whoever the server says, and
keeps every key it has ever seen in memory.

Once a room is encrypted it is so for ever, whatever the server says of it later.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

import structlog

from bot.transports.base import Clock, backoff
from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import CryptoStore, RoomKey
from bot.transports.matrix.declining import CANCEL, Declining, Request
from bot.transports.matrix.device_lists import DeviceLists
from bot.transports.matrix.handing import Handing
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.megolm import (
    Forged,
    NoKey,
    Places,
    forwarded_key,
    opened,
    room_key,
    session_of,
)
from bot.transports.matrix.olm import Account, Unopenable
from bot.transports.matrix.room import Room
from bot.transports.matrix.sealing import Opened, Unopened, events_of, put
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.matrix.unreadable import Unreadable
from bot.transports.matrix.upkeep import Upkeep

log = structlog.get_logger(__name__)

LOOKS_EVERY = 600.0
"""Seconds, where nothing is known to be due earlier."""


class Sealed:
    """The encryption of the device that `homeserver` is logged in as. Raises KeysUnusable."""

    def __init__(
        self,
        homeserver: Homeserver,
        settings: MatrixSettings,
        *,
        clock: Clock,
        rng: random.Random,
        password: Callable[[], str] | None = None,
    ) -> None:
        assert settings.folder is not None, "the configuration gives it one"
        self._homeserver = homeserver
        self._times = settings.times
        self._clock = clock
        self._rng = rng
        self._store = CryptoStore(settings.folder, homeserver.user, homeserver.device)
        self._account = Account(self._store, homeserver.user, homeserver.device)
        shared = (self._store, self._account)
        self._lists = DeviceLists(homeserver, *shared, self._now)
        self._handing = Handing(homeserver, *shared, self._lists, self._now)
        self._unreadable = Unreadable(self._store, settings.times.keys.total_seconds())
        self._upkeep = Upkeep(
            homeserver, settings.folder, *shared, self._lists, self._unreadable, password, self._now
        )
        self._declining = Declining(homeserver.user, homeserver.device)
        self._places = Places()
        self._to_do = asyncio.Event()
        self._to_give = asyncio.Event()

    def close(self) -> None:
        self._store.close()

    def refusal(self, room: Room) -> str | None:  # noqa: ARG002 (it does not depend on the room)
        """Nothing stands in the way."""
        return None

    async def start(self) -> None:
        await self._upkeep.start()
        try:
            await self._upkeep.sign()
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            log.info("the device is not signed yet", why=str(error))

    # --- what comes in -----------------------------------------------------------------------------------

    async def take(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        read: dict[int, Mapping[str, Any]] = {}
        with self._store.changes():
            for event in raw.events(body.get("to_device")):
                self._told(event)
            self._upkeep.count(body)
            lists = raw.table(body.get("device_lists"))
            self._lists.changed(raw.row(lists.get("changed")))
            self._lists.gone(raw.row(lists.get("left")))
            for room, event in events_of(body):
                self._happened(room, event, read)
        for room, told in raw.table(raw.table(body.get("rooms")).get("join")).items():
            if raw.table(raw.table(told).get("timeline")).get("limited") is True:
                self._handing.unsure(room)
        self._to_do.set()
        self._to_give.set()
        return _with_read(body, read) if read else body

    def read(self, room: str, events: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        with self._store.changes():
            found = [self._line(room, each) or each for each in events]
        self._to_do.set()
        return found

    def _happened(self, room: str, event: Mapping[str, Any], read: dict[int, Mapping[str, Any]]) -> None:
        content = raw.table(event.get("content"))
        match event.get("type"):
            case "m.room.encryption" if event.get("state_key") == "":
                self._handing.seal(room, content)
            case "m.room.member" if (user := raw.user(event.get("state_key"))) is not None:
                self._handing.moved(room, user, str(content.get("membership")))
            case "m.room.encrypted":
                if (line := self._line(room, event)) is not None:
                    read[id(event)] = line
                    self._declining.said(room, line, self._now())
            case "m.room.message":
                self._declining.said(room, event, self._now())

    def _line(self, room: str, event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The event, decrypted; None where it is not encrypted, or cannot be read (yet)."""
        if event.get("type") != "m.room.encrypted" or not self._handing.is_sealed(room):
            return None
        if (session := session_of(event)) is None:
            return None
        key = self._store.room_key(room, session, raw.user(event.get("sender")) or "")
        try:
            if key is None:
                raise NoKey
            line = opened(room, event, key, self._places)
        except NoKey:
            self._unreadable.keep(room, event, self._now())
            return None
        except Forged as forged:
            log.warning("a line is not what it says it is, and is passed over", room=room, why=str(forged))
            return None
        self._unreadable.read(line["event_id"])
        return line

    def _told(self, event: Mapping[str, Any]) -> None:
        """One message to this device."""
        self._declining.told(event, self._now())
        if event.get("type") == "m.room_key.withheld":
            content = raw.table(event.get("content"))
            log.info(
                "a device gives us no key",
                sender=raw.user(event.get("sender")),
                why=raw.words(content.get("code")),
            )
        if event.get("type") != "m.room.encrypted":
            return
        try:
            told = self._account.open(event, self._now())
        except Unopenable as error:
            self._cannot_open(event, error)
            return
        if told is None:
            return
        device = self._lists.by(told.peer, told.sender)
        if device is None:
            self._lists.wonder(told.sender)
        match told.kind:
            case "m.room_key":
                self._keep(room_key(told))
            case "m.forwarded_room_key":
                key = forwarded_key(told)
                if key is not None and self._unreadable.missed(key.room, key.session, key.owner):
                    self._keep(key)
            case "m.dummy" if device is not None:
                self._handing.needs_again(device)

    def _keep(self, key: RoomKey | None) -> None:
        """A key has come, and with it perhaps what waited for it."""
        if key is None or not self._store.save_room_key(key):
            return

        def line(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
            try:
                return opened(key.room, event, key, self._places)
            except (NoKey, Forged):
                return None

        self._unreadable.open(key.room, key.session, key.owner, line)

    def _cannot_open(self, event: Mapping[str, Any], error: Unopenable) -> None:
        sender = raw.user(event.get("sender")) or ""
        log.info("a message to this device cannot be opened", sender=sender, why=str(error))
        peer = raw.base64(raw.table(event.get("content")).get("sender_key"))
        if not error.stuck or peer is None:
            return
        device = self._lists.by(peer, sender)
        if device is None:
            self._lists.wonder(sender)
        else:
            self._upkeep.stuck(device)

    # --- what goes out -----------------------------------------------------------------------------------

    async def send(self, room: Room, kind: str, content: Mapping[str, Any], tx_id: str) -> str:
        # A reaction is all relation, which the server has to see.
        if (room.encrypted or self._handing.is_sealed(room.id)) and kind != "m.reaction":
            if not self._upkeep.known:
                raise Unreachable("the keys of this device are not known yet")
            content, kind = await self._handing.close(room, kind, content), "m.room.encrypted"
        return await put(self._homeserver, room.id, kind, content, tx_id)

    # --- going on ----------------------------------------------------------------------------------------

    async def run(self) -> None:
        failures = 0
        while True:
            self._to_do.clear()
            try:
                await self._upkeep.look_after()
                await self._decline()
            except Fatal:
                raise
            except (Refused, Unreachable) as error:
                first, cap = self._times.reconnect, self._times.reconnect_most
                pause = backoff(failures, first.total_seconds(), cap.total_seconds(), self._rng)
                pause = max(pause, error.after or 0.0)
                failures += 1
                log.info("keys cannot be exchanged", why=str(error), again_in=f"{pause:.0f} s")
                await asyncio.sleep(pause)
            else:
                failures = 0
                await self._woken(self._to_do)

    async def _decline(self) -> None:
        """Answer who wants to compare emoji; once, for they can ask again. Where the account's keys are
        another program's, that one may answer."""
        for request in self._declining.taken(self._now()) if self._upkeep.ours else ():
            try:
                await self._declined(request)
            except Fatal:
                raise
            except (Refused, Unreachable) as error:
                log.info("a request to compare keys is not answered", by=request.user, why=str(error))

    async def _declined(self, request: Request) -> None:
        content, tx_id = request.answer, f"decline-{request.flow}"
        if request.room is not None:
            await self.send(Room(request.room), CANCEL, content, tx_id)
            return
        path = f"/_matrix/client/v3/sendToDevice/{CANCEL}/{quote(tx_id, safe='')}"
        await self._homeserver.ask("PUT", path, {"messages": {request.user: {request.device: content}}})

    async def readable(self) -> AsyncIterator[Opened | Unopened]:
        while True:
            self._to_give.clear()
            self._unreadable.forget(self._now())
            given = self._unreadable.ready(self._now())
            for each in given:
                yield each
                self._unreadable.done(each)
            if not given:
                await self._woken(self._to_give)

    async def _woken(self, event: asyncio.Event) -> None:
        """Until the event is set, or something is due."""
        due = self._unreadable.next_at(self._now())
        wait = LOOKS_EVERY if due is None else min(max(due - self._now(), 0.01), LOOKS_EVERY)
        try:
            async with asyncio.timeout(wait):
                await event.wait()
        except TimeoutError:
            return

    def _now(self) -> float:
        return self._clock().timestamp()


def _with_read(body: Mapping[str, Any], read: Mapping[int, Mapping[str, Any]]) -> dict[str, Any]:
    """The answer with the decrypted events in place; what is not touched is shared."""
    rooms = dict(body["rooms"])
    joined = rooms["join"] = dict(rooms["join"])
    for room, told in joined.items():
        events = raw.table(raw.table(told).get("timeline")).get("events")
        if isinstance(events, list) and any(id(each) in read for each in events):
            timeline = {**told["timeline"], "events": [read.get(id(each), each) for each in events]}
            joined[room] = {**told, "timeline": timeline}
    return {**body, "rooms": rooms}
