"""A desk without a network: everything is its own, wired as in `bot.app`, but for the transport.

That one does to a line what a transport does (the real codec), and notes when the bytes are there. Pacing is
off, because it is a rule of networks and not a cost.

Everybody asks once, and the desk lets in only so many new people a second (`bot.allowances`). So its clock
goes on, beside real time, by as much as one newcomer takes to be allowed at each question: nobody is held
back, however fast they come, and the allowances do all their work. What is measured is on the wall: what the
desk can do, not what it lets happen to it.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from bot.allowances import NEWCOMERS_REFILL
from bot.desk.effects import Operate
from bot.desk.events import Event, Fate, Heard, Joined
from bot.desk.model import Line, Speaker
from bot.desk.reference import Reference
from bot.loop import River
from bot.outbox import Outbox
from bot.store.store import Store
from bot.timers import Timers
from bot.transports import wire
from bot.transports.base import Inbox, Receipt
from bot.transports.pacing import PaceSettings
from routing.presence import Venue

NETWORK = "bench"
CHANNEL = Venue(NETWORK, "#packagers")
IDLERS = 200
"""People who sit in the channel, none of whom a line may highlight."""

_PATIENCE = 30.0
_ME = "pkgdesk"
_AT_FULL_SPEED = PaceSettings.model_construct(burst=1_000_000, rate=1e9, target_rate=1e9)


def now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Real time, and what was put before it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return now() + self.ahead


class Door:
    """A transport that leads nowhere: lines become bytes, and whoever waits for one is told when."""

    network = NETWORK
    me = _ME
    connected = True

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.awaited: dict[str, asyncio.Future[float]] = {}

    async def run(self, inbox: Inbox) -> None:
        raise NotImplementedError("events are put into the river directly")

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        room = wire.room(line.venue.name, _ME)
        said = wire.spoken(line.venue, line.text, addressee, (*line.unbroken, _ME), members, room)
        written = wire.message(line.venue, said)
        left = time.perf_counter()
        waiting = self.awaited.pop(addressee or "", None)
        if waiting is not None and written:
            waiting.set_result(left)
        return Receipt(self._clock(), said)

    async def close(self, reason: str) -> None:
        raise NotImplementedError(f"nothing is open to be closed: {reason}")


class Desk:
    """A desk without a network. `ask` gives the seconds from the line to the first line of its answer."""

    def __init__(self, store: Store, reference: Reference) -> None:
        self.store = store
        self.reference = reference
        self._clock = Clock()
        self._door = Door(self._clock)
        self._ids = count(1)
        self._river = River(
            store,
            reference,
            clock=self._clock,
            committed=self._committed,
            settled=self._settled,
            ordered=self._ordered,
            at_once=lambda line: self._outbox.may_begin(line),
        )
        self._timers = Timers(store, self._river.put, self._clock)
        self._outbox = Outbox(
            store,
            {NETWORK: (self._door, _AT_FULL_SPEED)},
            put=self._river.put,
            roster=lambda: self._river.roster,
            reference=lambda: self._river.reference,
            clock=self._clock,
        )

    @classmethod
    @asynccontextmanager
    async def open(cls, reference: Reference, path: Path) -> AsyncIterator["Desk"]:
        store = await Store.open(f"sqlite:///{path}")
        desk = cls(store, reference)
        gc.freeze()
        parts = (desk._river, desk._outbox, desk._timers)
        tasks = {asyncio.create_task(part.run()) for part in parts}
        try:
            for number in range(IDLERS):
                await desk._river.put(desk._joined(f"idler{number}"))
            yield desk
            await desk.quiet()
        finally:
            await _end(tasks)
            await store.close()

    def heard(self, nick: str, text: str) -> Heard:
        """`text`, said to the desk in the channel."""
        number = next(self._ids)
        speaker = Speaker(NETWORK, nick, nick)
        return Heard(
            f"bench/{number}", self._clock(), speaker, CHANNEL, f"{_ME}: {text}", _ME, message=f"m{number}"
        )

    async def ask(self, nick: str, text: str) -> float:
        self._clock.ahead += NEWCOMERS_REFILL
        await self._river.put(self._joined(nick))
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._door.awaited[nick] = answered
        began = time.perf_counter()
        await self._river.put(self.heard(nick, text))
        async with asyncio.timeout(_PATIENCE):
            return await answered - began

    async def quiet(self) -> None:
        """Returns when nothing of what was put so far is under way."""
        for _ in range(2):
            await self._river.drained()
            await self._outbox.idle()

    def _joined(self, nick: str) -> Joined:
        speaker = Speaker(NETWORK, nick, nick)
        return Joined(f"bench/{next(self._ids)}", self._clock(), speaker, CHANNEL, present=True)

    def _committed(self, lines: tuple[Line, ...]) -> None:
        self._outbox.add(lines)
        self._timers.wake()

    def _settled(self, event: Event, fate: Fate) -> None:
        self._timers.settled(event, fate)

    def _ordered(self, operate: Operate, event: Event) -> None:
        raise NotImplementedError(f"nobody orders {operate.order} here: {event.id}")


async def _end(tasks: set[asyncio.Task[None]]) -> None:
    """Cancel until nothing is left: asyncio.wait_for can lose a cancellation before Python 3.12."""
    while tasks:
        for task in tasks:
            task.cancel()
        done, tasks = await asyncio.wait(tasks, timeout=1.0)
        await asyncio.gather(*done, return_exceptions=True)
