"""What has to be done for keys, whatever is said: leaving ours with the server, having our device signed,
beginning anew with devices that are out of step, asking for keys that have not come.

The one-time keys are kept before they are handed out, and handed out again where it is not known whether the
server took them. Where it has others under the same names, ours are older than what was done with them (a
restored backup), and must not be used: `KeysLost`.
"""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from bot.transports.matrix import cross_signing, raw
from bot.transports.matrix.crypto_files import ANEW
from bot.transports.matrix.crypto_store import CryptoStore, Device
from bot.transports.matrix.device_lists import DeviceLists
from bot.transports.matrix.handing import to_devices
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused
from bot.transports.matrix.olm import MEGOLM, Account
from bot.transports.matrix.sealing import KeysLost
from bot.transports.matrix.unreadable import Missing, Unreadable

log = structlog.get_logger(__name__)

MOST_STUCK = 100

_V3 = "/_matrix/client/v3"
_TAKEN = "already exists"


class Upkeep:
    """`password`: of the account, where there is one; `now`: the time in seconds."""

    def __init__(
        self,
        homeserver: Homeserver,
        folder: Path,
        store: CryptoStore,
        account: Account,
        lists: DeviceLists,
        unreadable: Unreadable,
        password: Callable[[], str] | None,
        now: Callable[[], float],
    ) -> None:
        self._homeserver = homeserver
        self._folder = folder
        self._store = store
        self._account = account
        self._lists = lists
        self._unreadable = unreadable
        self._password = password
        self._now = now
        self._stuck: set[Device] = set()
        self._left: int | None = None
        self._fallback_used = True
        self._signed = False
        self.known = False
        """Whether the server knows our keys, and they are ours."""
        self.ours = False
        """Whether the account's own keys are the desk's, so that no other program can vouch for it."""

    def count(self, body: Mapping[str, Any]) -> None:
        """What an answer of /sync tells of the keys that the server has left."""
        counts = body.get("device_one_time_keys_count")
        if isinstance(counts, dict):
            self._left = raw.number(counts.get("signed_curve25519"))
        unused = body.get("device_unused_fallback_key_types")
        if isinstance(unused, list):
            self._fallback_used = "signed_curve25519" not in unused

    def stuck(self, device: Device) -> None:
        """What the device tells us cannot be opened any more."""
        if len(self._stuck) < MOST_STUCK and self._account.may_begin(device, self._now()):
            self._stuck.add(device)

    async def start(self) -> None:
        """Make this device known. Raises KeysLost, Refused, Fatal, Unreachable."""
        us = self._account
        found = cross_signing.seen(
            await cross_signing.asked(self._homeserver), us.user, us.device, us.ed, None
        )
        if found.known and not found.same and self._store.new:
            # So that it is told as that at each start.
            self._store.discard()
            raise KeysLost(
                self._store.path, "is missing, and the homeserver knows this device by what was in it", ANEW
            )
        if found.known and not found.same:
            raise KeysLost(
                self._store.path, "holds other keys than the homeserver knows of this device", ANEW
            )
        if not found.known:
            self._left, self._fallback_used = 0, True
        await self._leave_keys(device_too=not found.known)
        self.known = True

    async def look_after(self) -> None:
        """All that is to be done now. Raises KeysLost, Refused, Fatal, Unreachable."""
        if not self.known:
            await self.start()
        await self._leave_keys()
        await self.sign()
        await self._lists.satisfy()
        await self._begin_anew()
        for missing in self._unreadable.to_ask(self._now()):
            await self._ask(missing)
            self._unreadable.asked(missing)

    async def sign(self) -> None:
        """See to it that this device is seen to be its owner's. Raises Refused, Fatal, Unreachable."""
        if self._signed:
            return
        us = self._account
        try:
            found = await cross_signing.verify(
                self._homeserver, self._folder, us.device_keys(), us.sign, self._password
            )
        except Refused as refused:
            if isinstance(refused, Fatal) or refused.passing:
                raise
            wrong, remedy = f"the homeserver refuses it: {refused}", "ask those who run the homeserver"
        else:
            wrong, remedy = found.complaint or ("", "")
            self.ours = found.owner is cross_signing.Owner.OURS
            if found.signature is not None:
                us.vouched(*found.signature)
        self._signed = True
        if wrong:
            log.warning("people's programs will not trust the desk's device", why=wrong, remedy=remedy)

    async def _leave_keys(self, *, device_too: bool = False) -> None:
        """Leave one-time keys with the server, when half of them are used, and another fallback key."""
        enough = self._store.account.max_number_of_one_time_keys
        few = self._left is not None and self._left <= enough // 2
        if not (few or device_too or (self._left is not None and self._fallback_used)):
            return
        body = self._account.one_time_keys(self._left or 0, fallback=self._fallback_used)
        if device_too:
            body["device_keys"] = self._account.device_keys()
        try:
            told = await self._homeserver.ask("POST", f"{_V3}/keys/upload", body)
        except Refused as refused:
            if _TAKEN not in refused.words:
                raise
            self.known = False
            raise KeysLost(
                self._store.path, "is older than what the homeserver knows of this device", ANEW
            ) from None
        self._account.published()
        self._fallback_used = False
        self._left = raw.number(raw.table(told.get("one_time_key_counts")).get("signed_curve25519"))

    async def _begin_anew(self) -> None:
        """Begin another session with those whose messages could not be opened, and say so."""
        stuck = sorted(self._stuck, key=lambda each: (each.user, each.id))
        if not stuck:
            return
        await self._lists.begin(stuck)
        messages: dict[Device, Mapping[str, Any]] = {}
        with self._store.changes():
            for each in stuck:
                sealed = self._account.seal(each, "m.dummy", {}, self._now())
                if sealed is not None:
                    messages[each] = sealed
        await to_devices(self._homeserver, messages)
        self._stuck.difference_update(stuck)

    async def _ask(self, missing: Missing) -> None:
        """Ask for a key that has not come, of the device that has made it."""
        wanted = {"algorithm": MEGOLM, "room_id": missing.room, "session_id": missing.session}
        if missing.peer:
            wanted["sender_key"] = missing.peer  # deprecated, and some programs want it
        request = {
            "action": "request",
            "body": wanted,
            "request_id": secrets.token_hex(16),
            "requesting_device_id": self._account.device,
        }
        path = f"{_V3}/sendToDevice/m.room_key_request/{secrets.token_hex(16)}"
        body = {"messages": {missing.sender: {missing.device or "*": request}}}
        await self._homeserver.ask("PUT", path, body)
