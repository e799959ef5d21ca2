"""What of encrypted rooms can be read only now, or not at all: it is told as soon as that is known, and
forgotten once nothing more comes of it.
"""

import asyncio
from collections.abc import Callable

from bot.desk.events import Event
from bot.transports.base import Clock
from bot.transports.matrix.encryption import Encryption, Opened
from bot.transports.matrix.hearing import Ghosts, unreadable
from bot.transports.matrix.rooms import Rooms
from bot.transports.matrix.telling import MOMENT, Telling

SETTLED_WITHIN = 60.0
"""Seconds in which what was read late is dealt with; it is forgotten then."""


class Belated:
    """Of one stay. `rooms` gives them as they are now, `tell` queues an event."""

    def __init__(
        self,
        network: str,
        encryption: Encryption,
        telling: Telling,
        *,
        rooms: Callable[[], Rooms],
        ghosts: Ghosts,
        tell: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self._network = network
        self._encryption = encryption
        self._telling = telling
        self._rooms = rooms
        self._ghosts = ghosts
        self._tell = tell
        self._clock = clock
        self._settling: dict[str, asyncio.Event] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async for late in self._encryption.readable():
            rooms, now = self._rooms(), self._clock()
            room = rooms.joined.get(late.room)
            if room is None:
                continue
            away = late.since if now - late.since > MOMENT else None
            if isinstance(late, Opened):
                told = list(self._telling.of_room([late.event], room, rooms, now=now, away=away))
            else:
                event = {"event_id": late.event, "sender": late.sender}
                found = unreadable(
                    event, room, rooms, network=self._network, ghosts=self._ghosts, received=now
                )
                told = [found] if found is not None else []
            for each in told:
                await self._tell_wholly(each)
        await asyncio.Event().wait()

    def settled(self, event: str) -> None:
        """Nothing more comes of an event."""
        if event in self._settling:
            self._settling.pop(event).set()

    async def _tell_wholly(self, event: Event) -> None:
        """Tell it, and wait until nothing more comes of it: then it may be forgotten."""
        settled = self._settling[event.id] = asyncio.Event()
        self._tell(event)
        try:
            async with asyncio.timeout(SETTLED_WITHIN):
                await settled.wait()
        except TimeoutError:
            self._settling.pop(event.id, None)
