"""Lines that go out into encrypted rooms: who reads along, and our key for each of their devices.

Our key for a room is handed to every device of everybody who has joined, and to those who are invited where
the room lets them read it, signed by their owners or not: this is a help desk, and who asks should read the
answer on whatever they hold in their hand. It is made anew when somebody has left or a device is gone, when
it was used often or long enough, and at each start. So who comes reads from then on, and who has left reads
no further.

Between looking who is there and encrypting the line nothing is awaited.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import CryptoStore, Device
from bot.transports.matrix.device_lists import DeviceLists
from bot.transports.matrix.homeserver import Homeserver, Unreachable
from bot.transports.matrix.megolm import DEFAULT_LINES, DEFAULT_SECONDS, Outbound, room_key
from bot.transports.matrix.olm import Account, Told
from bot.transports.matrix.room import Room

AT_ONCE = 50
"""Devices to which a key is handed in one request."""

ROUNDS = 10
"""How often it is looked again who reads along, before a line is put off."""

_V3 = "/_matrix/client/v3"


class Handing:
    """`now`: the time in seconds."""

    def __init__(
        self,
        homeserver: Homeserver,
        store: CryptoStore,
        account: Account,
        lists: DeviceLists,
        now: Callable[[], float],
    ) -> None:
        self._homeserver = homeserver
        self._store = store
        self._account = account
        self._lists = lists
        self._now = now
        self._rooms = store.sealed()
        self._members: dict[str, dict[str, str]] = {}
        self._coming: dict[str, dict[str, str]] = {}
        """What was told of members while they were being asked for."""
        self._outbound: dict[str, Outbound] = {}

    # --- what is told of rooms ---------------------------------------------------------------------------

    def is_sealed(self, room: str) -> bool:
        """Whether the room was ever encrypted; what is told later does not make it otherwise."""
        return room in self._rooms

    def seal(self, room: str, content: Mapping[str, Any]) -> None:
        """The room is encrypted from now on; `content`: of its `m.room.encryption`."""
        lines = raw.number(content.get("rotation_period_msgs")) or DEFAULT_LINES
        seconds = raw.number(content.get("rotation_period_ms")) // 1000 or DEFAULT_SECONDS
        # As often as the room wishes, within reason.
        wanted = min(lines, 10_000), min(max(seconds, 3600), 4 * DEFAULT_SECONDS)
        if self._rooms.get(room) != wanted:
            self._rooms[room] = wanted
            self._store.seal(room, *wanted)

    def moved(self, room: str, user: str, membership: str) -> None:
        """Somebody has come, was invited, or has left."""
        for known in (self._members.get(room), self._coming.get(room)):
            if known is not None:
                known[user] = membership

    def unsure(self, room: str) -> None:
        """More may have happened in the room than was told: members are loaded lazily."""
        self._members.pop(room, None)
        if room in self._coming:
            self._coming[room] = {}
            self._coming[room][""] = "unsure"

    def needs_again(self, device: Device) -> None:
        """The device has lost what we gave it."""
        for outbound in self._outbound.values():
            outbound.holders.discard(device)

    # --- closing a line ----------------------------------------------------------------------------------

    async def close(self, room: Room, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """The content of the encrypted event. Raises Refused, Fatal, Unreachable."""
        if room.id not in self._rooms:
            with self._store.changes():
                self.seal(room.id, {})
        for _ in range(ROUNDS):
            await self._learn_members(room.id)
            await self._lists.bring_up_to_date(self._readers(room))
            readers = self._readers(room)
            if not readers or not self._lists.are_up_to_date(readers):
                continue
            devices = {each for user in readers for each in self._lists.of(user)}
            outbound = self._ours(room.id, devices)
            missing = [each for each in devices - outbound.holders if self._lists.reachable(each)]
            if not missing:
                return outbound.seal(room.id, kind, content, self._account.curve, self._account.device)
            missing.sort(key=lambda each: (each.user, each.id))
            await self._lists.meet(missing)
            await self._hand(room.id, outbound, missing)
        raise Unreachable("people and devices come and go faster than they can be given keys")

    def _readers(self, room: Room) -> set[str]:
        """Who may read what is said now."""
        who = ("join",) if room.history == "joined" else ("join", "invite")
        return {user for user, how in self._members.get(room.id, {}).items() if how in who}

    async def _learn_members(self, room: str) -> None:
        if room in self._members:
            return
        told_meanwhile = self._coming.setdefault(room, {})
        try:
            place = f"{_V3}/rooms/{quote(room, safe='')}/members"
            told = await self._homeserver.ask("GET", place, query={"not_membership": "leave"})
        finally:
            if self._coming.get(room) is told_meanwhile:
                del self._coming[room]
        found: dict[str, str] = {}
        for event in raw.row(told.get("chunk")):
            user = raw.user(raw.table(event).get("state_key"))
            membership = raw.table(raw.table(event).get("content")).get("membership")
            if user is not None and isinstance(membership, str):
                found[user] = membership
        if self._account.user not in found:
            raise Unreachable("the homeserver does not tell who is in the room")
        self._members[room] = {**found, **told_meanwhile}

    def _ours(self, room: str, devices: set[Device]) -> Outbound:
        """Our key for the room: the one in use, unless somebody has it who must not read on."""
        lines, seconds = self._rooms[room]
        outbound, now = self._outbound.get(room), self._now()
        fresh = outbound is not None and outbound.lines < lines and 0 <= now - outbound.made < seconds
        if outbound is None or not fresh or not outbound.holders <= devices:
            outbound = self._outbound[room] = Outbound(now)
            self._keep(room, outbound)
        return outbound

    def _keep(self, room: str, outbound: Outbound) -> None:
        """We read our own lines, too, when they come back."""
        us = self._account
        key = room_key(Told(us.user, us.curve, us.ed, "m.room_key", outbound.shown(room)))
        with self._store.changes():
            if key is not None:
                self._store.save_room_key(key)

    async def _hand(self, room: str, outbound: Outbound, devices: Sequence[Device]) -> None:
        """Give our key to the devices, a few at once; those with which there is no session go without."""
        for start in range(0, len(devices), AT_ONCE):
            if self._outbound.get(room) is not outbound:
                return
            messages: dict[Device, Mapping[str, Any]] = {}
            with self._store.changes():
                for each in devices[start : start + AT_ONCE]:
                    sealed = self._account.seal(each, "m.room_key", outbound.shown(room), self._now())
                    if sealed is not None:
                        messages[each] = sealed
            await to_devices(self._homeserver, messages)
            outbound.holders.update(messages)


async def to_devices(homeserver: Homeserver, messages: Mapping[Device, Mapping[str, Any]]) -> None:
    """Send each device its message, encrypted already. Raises Refused, Fatal, Unreachable."""
    if not messages:
        return
    listed: dict[str, dict[str, Mapping[str, Any]]] = {}
    for device, content in messages.items():
        listed.setdefault(device.user, {})[device.id] = content
    path = f"{_V3}/sendToDevice/m.room.encrypted/{secrets.token_hex(16)}"
    await homeserver.ask("PUT", path, {"messages": listed})
