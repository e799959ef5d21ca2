"""People in encrypted rooms, for tests: clients over matrix-nio, which can read and write there.

    alice = await town.sealed_person("alice")
    room = await alice.create_room(bob, encrypted=True)
    await alice.say_sealed(room, "pkgdesk: …")
    event = await alice.hears_sealed("…")

Each is a `Person` as well: what is not encrypted it does as the others do, with a device of its own, as two
that sync for the same one would take the keys away from each other.
"""

import asyncio
import contextlib
import re
from pathlib import Path
from typing import Any

import aiohttp
import nio
from matrix_people import PATIENCE, Person


class SealedPerson(Person):
    """Somebody who can decrypt. `folder`: where the keys are kept; `client`: what nio knows."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, user: str, token: str, *, password: str, folder: Path
    ) -> None:
        super().__init__(http, url, user, token)
        self._password = password
        self.opened: list[nio.RoomMessage] = []
        """What could be decrypted, or was not encrypted."""
        self.closed: list[nio.MegolmEvent] = []
        """What could not."""
        self.client = nio.AsyncClient(
            url,
            user,
            store_path=str(folder),
            config=nio.AsyncClientConfig(encryption_enabled=True, store_sync_tokens=False),
        )
        self.client.add_event_callback(self._opens, nio.RoomMessage)
        self.client.add_event_callback(self._fails, nio.MegolmEvent)
        self.client.add_response_callback(self._learns, (nio.SyncResponse, nio.KeysQueryResponse))
        self._seen = asyncio.Condition()
        self._heard: set[str] = set()
        self._running: asyncio.Task[None] | None = None

    async def listens(self) -> None:
        await super().listens()
        told = await self.client.login(self._password)
        assert isinstance(told, nio.LoginResponse), told
        # The keys of this device are known to all when this returns.
        await self.client.sync(timeout=0, full_state=True)
        if self.client.should_upload_keys:
            await self.client.keys_upload()
        self._running = asyncio.create_task(self.client.sync_forever(timeout=10_000, loop_sleep_time=0))

    async def leaves_town(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        await self.client.close()
        await super().leaves_town()

    async def knows(self, room: str, *users: str) -> None:
        """Waits until this client has seen them in the room, and their keys: only those get its own."""
        async with asyncio.timeout(PATIENCE), self._seen:
            while not (
                room in self.client.rooms
                and set(users) <= set(self.client.rooms[room].users)
                and not set(users) & self.client.users_for_key_query
            ):
                await self._seen.wait()

    async def say_sealed(
        self, room: str, body: str, *, relates_to: dict[str, Any] | None = None, **more: Any
    ) -> str:
        """Encrypted for every device of the room, verified or not; the event's id."""
        content: dict[str, Any] = {"msgtype": "m.text", "body": body, **more}
        if relates_to is not None:
            content["m.relates_to"] = relates_to
        told = await self.client.room_send(room, "m.room.message", content, ignore_unverified_devices=True)
        assert isinstance(told, nio.RoomSendResponse), told
        return told.event_id

    async def hears_sealed(
        self, what: str, *, by: Person | str | None = None, within: float = PATIENCE
    ) -> nio.RoomMessage:
        """The first decrypted message of somebody else that is so and that was not yet found in this way."""
        user = by.user if isinstance(by, Person) else by

        def find() -> nio.RoomMessage | None:
            for event in self.opened:
                fits = event.decrypted and event.event_id not in self._heard and event.sender != self.user
                if fits and user in (None, event.sender) and re.search(what, event.source["content"]["body"]):
                    return event
            return None

        try:
            async with asyncio.timeout(within), self._seen:
                while (found := find()) is None:
                    await self._seen.wait()
        except TimeoutError:
            lately = [event.source["content"].get("body") for event in self.opened[-12:]]
            raise AssertionError(
                f"{self.user} waited for /{what}/; lately came {lately}, and {len(self.closed)} closed"
            ) from None
        self._heard.add(found.event_id)
        return found

    async def _learns(self, _: nio.Response) -> None:
        async with self._seen:
            self._seen.notify_all()

    async def _opens(self, _room: nio.MatrixRoom, event: nio.RoomMessage) -> None:
        async with self._seen:
            self.opened.append(event)
            self._seen.notify_all()

    async def _fails(self, _room: nio.MatrixRoom, event: nio.MegolmEvent) -> None:
        async with self._seen:
            self.closed.append(event)
            self._seen.notify_all()
