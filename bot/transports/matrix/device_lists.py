"""Whose devices read along: the lists of devices that their servers keep, and sessions with each of them.

Client-server API, "Tracking the device list for a user": a list is asked for once, and again when the server
says that it has changed. What is known is kept, so that a device cannot come back with other keys; that it is
up to date is not, so every list is asked for once after a start.

Somebody else's server may be down, or send garbage: then what is known of its users holds, and it is asked
again later; the others do not wait.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

import structlog

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import CryptoStore, Device
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.olm import Account, devices_of

log = structlog.get_logger(__name__)

AT_ONCE = 100
"""Users, or devices, in one request."""

BEGUN_AT_ONCE = 20
"""Sessions that are begun without anybody else getting a turn: each takes a millisecond."""

LATER = 300.0
"""Seconds until a server that could not be asked, or a device that has left no keys, is asked again."""

PATIENCE_MS = 10_000
"""How long our server waits for the others."""

MOST_CURIOUS = 200


class DeviceLists:
    """`now`: the time in seconds."""

    def __init__(
        self, homeserver: Homeserver, store: CryptoStore, account: Account, now: Callable[[], float]
    ) -> None:
        self._homeserver = homeserver
        self._store = store
        self._account = account
        self._now = now
        self._known: dict[str, dict[str, Device]] = {}
        self._due: dict[str, float] = {}
        """Whose lists were asked for in this process: from when on they are to be asked for again."""
        self._silent: dict[Device, float] = {}
        """With which no session could be begun: from when on that is tried again."""
        self._curious: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    def changed(self, users: Iterable[object]) -> None:
        """Their lists are no longer what is known."""
        for user in users:
            if isinstance(user, str) and user in self._due:
                self._due[user] = 0.0

    def gone(self, users: Iterable[object]) -> None:
        """They share no encrypted room with us any more; nothing is told of their lists."""
        for user in users:
            if isinstance(user, str):
                self._due.pop(user, None)

    def wonder(self, user: str) -> None:
        """A device of theirs that is not known has written to us."""
        if len(self._curious) < MOST_CURIOUS:
            self._curious.add(user)

    async def satisfy(self) -> None:
        """Ask for the lists of those that have written to us. Raises Refused, Fatal, Unreachable."""
        users = set(self._curious)
        self.changed(users)
        await self.bring_up_to_date(users)
        self._curious -= users

    def of(self, user: str) -> list[Device]:
        """The devices of a user that are there, ours not among them, as far as they are known."""
        known = self._all(user)
        ours = self._account.device if user == self._account.user else None
        return [each for each in known.values() if not each.gone and each.id != ours]

    def by(self, curve: str, user: str) -> Device | None:
        """The device of the user with that key."""
        found = self._store.device_by(curve)
        return found if found is not None and found.user == user and not found.gone else None

    def are_up_to_date(self, users: Collection[str]) -> bool:
        now = self._now()
        return all(self._due.get(user, 0.0) > now for user in users)

    async def bring_up_to_date(self, users: Collection[str]) -> None:
        """Ask for the lists that are not known or have changed. Raises Refused, Fatal, Unreachable."""
        async with self._one_at_a_time:
            now = self._now()
            wanted = sorted(user for user in users if self._due.get(user, 0.0) <= now)
            for start in range(0, len(wanted), AT_ONCE):
                await self._ask(wanted[start : start + AT_ONCE])

    async def meet(self, devices: Sequence[Device]) -> None:
        """Begin sessions with those with which there is none. Afterwards `reachable` says with which there is
        one. Raises Refused, Fatal, Unreachable."""
        async with self._one_at_a_time:
            wanted = [each for each in devices if not self._account.knows(each) and self.reachable(each)]
            for start in range(0, len(wanted), AT_ONCE):
                await self.begin(wanted[start : start + AT_ONCE])

    def reachable(self, device: Device) -> bool:
        """Whether it is worth a try."""
        return self._silent.get(device, 0.0) <= self._now() or self._account.knows(device)

    async def begin(self, devices: Sequence[Device]) -> None:
        """Begin another session with each, whether there is one or not."""
        if not devices:
            return
        wanted: dict[str, dict[str, str]] = {}
        for each in devices:
            wanted.setdefault(each.user, {})[each.id] = "signed_curve25519"
        body = {"one_time_keys": wanted, "timeout": PATIENCE_MS}
        told = await self._homeserver.ask("POST", "/_matrix/client/v3/keys/claim", body)
        given, now = raw.table(told.get("one_time_keys")), self._now()
        for start in range(0, len(devices), BEGUN_AT_ONCE):
            with self._store.changes():
                for each in devices[start : start + BEGUN_AT_ONCE]:
                    offered = raw.table(given.get(each.user)).get(each.id)
                    if self._account.begin(each, offered, now):
                        self._silent.pop(each, None)
                    else:
                        self._silent[each] = now + LATER
            await asyncio.sleep(0)

    async def _ask(self, users: Sequence[str]) -> None:
        # What changes from now on is newer than the answer.
        for user in users:
            self._due[user] = float("inf")
        try:
            body = {"device_keys": {user: [] for user in users}, "timeout": PATIENCE_MS}
            told = await self._homeserver.ask("POST", "/_matrix/client/v3/keys/query", body)
        except BaseException:
            self.changed(users)
            raise
        lists, failed = raw.table(told.get("device_keys")), raw.table(told.get("failures"))
        with self._store.changes():
            for user in users:
                if user not in lists and raw.server_of(user) in failed:
                    self._due[user] = self._now() + LATER
                    continue
                news = devices_of(user, lists.get(user), self._all(user))
                self._store.save_devices(news)
                self._all(user).update({each.id: each for each in news})

    def _all(self, user: str) -> dict[str, Device]:
        if user not in self._known:
            self._known[user] = self._store.devices(user)
        return self._known[user]
