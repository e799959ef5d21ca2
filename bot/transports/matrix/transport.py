"""The Matrix transport: one homeserver, and the rooms that are reached by it.

It logs in, stays until it is closed (`bot.transports.matrix.stay`), and hands over what it is told. Events
wait in one queue on their way to the inbox, so that a slow inbox delays nothing that is sent; when too many
wait, the homeserver is asked for nothing more. Nobody is told when the desk ends: whoever is in a room of
Matrix stays in it.
"""

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from bot.backscroll import MayAsk, to_me
from bot.desk.events import Event, Fate, Heard, RosterLost
from bot.desk.model import Failure, Line
from bot.received import Forgetful, Journal
from bot.transports.base import Attendance, Clock, Inbox, NotSent, Receipt, ShutOut, hand_over
from bot.transports.matrix.device import Device
from bot.transports.matrix.encryption import KeysLost, KeysUnusable
from bot.transports.matrix.homeserver import Fatal
from bot.transports.matrix.patience import patiently
from bot.transports.matrix.position import Position
from bot.transports.matrix.session import log_in, log_in_instead
from bot.transports.matrix.settings import MatrixSettings
from bot.transports.matrix.stay import Stay, Surroundings
from bot.transports.matrix.syncing import TIMELINE

log = structlog.get_logger(__name__)

HIGH, LOW = 2000, 500
"""How many events may wait before nothing more is asked for, and until it goes on."""

GRACE = timedelta(minutes=1)
"""How long the connection may be lost until that is told."""


def _nobody(_: Heard) -> bool:
    return False


class MatrixTransport:
    """One homeserver. `boot` is different at each start of the desk. `journal`: where its answers are kept;
    what comes of them is told to `settled`. `may_ask`: how lines that were said while the desk was away are
    judged. `privileged`: whether a line may want a right, so that its speaker's rank is asked for. `grace`:
    how long the connection may be lost until that is told; `timeline`: see `Syncing`."""

    idempotent = True

    def __init__(
        self,
        network: str,
        settings: MatrixSettings,
        *,
        clock: Clock,
        rng: random.Random,
        boot: str,
        journal: Journal | None = None,
        may_ask: MayAsk = to_me,
        privileged: Callable[[Heard], bool] = _nobody,
        grace: timedelta = GRACE,
        timeline: int = TIMELINE,
    ) -> None:
        self.network = network
        self._settings = settings
        self._clock = clock
        self._rng = rng
        self._boot = boot
        self._privileged = privileged
        self._numbers = itertools.count(1)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._relieved = asyncio.Event()
        self._relieved.set()
        self._closing = asyncio.Event()
        self._ended = asyncio.Event()
        self._running = False
        self._stay: Stay | None = None
        self._around = Surroundings(
            network=network,
            settings=settings,
            journal=journal if journal is not None else Forgetful(),
            may_ask=may_ask,
            clock=clock,
            rng=rng,
            tell=self._tell,
            relief=self._relief,
            numbered=self._numbered,
            grace=grace,
            timeline=timeline,
        )

    @property
    def me(self) -> str:
        return self._settings.me

    @property
    def connected(self) -> bool:
        return self._stay is not None and self._stay.connected

    @property
    def attendance(self) -> Attendance:
        """How we sit there now."""
        if self._stay is None:
            return Attendance(False, tuple(each.name for each in self._settings.rooms))
        return self._stay.attendance

    def settled(self, event: Event, fate: Fate) -> None:
        """Nothing more comes of an event; those of other networks are passed over."""
        if self._stay is not None:
            self._stay.settled(event.id, fate)

    async def run(self, inbox: Inbox) -> None:
        """Be connected until `close`; see `base.Transport`."""
        # Whatever is logged on the way belongs to this network: tasks and callbacks inherit it.
        structlog.contextvars.bind_contextvars(network=self.network)
        self._running = True
        handing = asyncio.create_task(self._hand_over(inbox))
        staying = asyncio.create_task(self._stays())
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait((staying, closing), return_when=asyncio.FIRST_COMPLETED)
            if staying.done():
                staying.result()
        except Fatal as error:
            raise ShutOut(self.network, str(error), error.remedy) from error
        except KeysUnusable as error:
            raise ShutOut(self.network, f"{error.place} {error.wrong}", error.remedy) from error
        finally:
            for task in (staying, closing):
                task.cancel()
            await asyncio.wait((staying, closing))
            try:
                self._tell(RosterLost(self._numbered(), self._clock(), self.network))
                if self._closing.is_set():
                    await self._events.join()
            finally:
                handing.cancel()
                if self._stay is not None:
                    await self._stay.leave()
                self._ended.set()

    async def send(self, line: Line, addressee: str | None, members: tuple[str, ...]) -> Receipt:
        """Write one line; see `base.Transport`."""
        if self._stay is None or self._closing.is_set():
            raise NotSent(Failure.REFUSED, "not connected", later=True)
        return await self._stay.send(line, addressee, members)

    async def close(self, reason: str) -> None:
        """End `run`; see `base.Transport`. There is nobody to whom `reason` would be said."""
        log.debug("leaving", network=self.network, reason=reason)
        self._closing.set()
        if self._running:
            await self._ended.wait()

    async def _stays(self) -> None:
        device = await self._device(partial(log_in, self._settings))
        try:
            await self._stay_as(device)
        except KeysLost as lost:
            if not self._settings.login.has_password:
                raise
            log.warning("the keys of this device are lost: the desk becomes a new one", why=str(lost))
            if self._stay is not None:
                await self._stay.leave()
            await self._stay_as(await self._device(partial(log_in_instead, self._settings, device)))

    async def _device(self, log_in: Callable[[], Awaitable[Device]]) -> Device:
        device: Device = await patiently(
            "the login", log_in, self._settings.times, self._rng, unless_refused=False
        )
        return device

    async def _stay_as(self, device: Device) -> None:
        journal = self._around.journal
        position = Position.read(await journal.position(self.network))
        if not position.salt:
            salt = f"{self._rng.getrandbits(48):012x}"
            position = Position(position.since, position.at, salt, device.id)
            await journal.bookmark(self.network, position.token)
        self._stay = Stay(self._around, device, position)
        await self._stay.run()

    # --- on the way to the inbox ----------------------------------------------------------------------------

    def _numbered(self) -> str:
        return f"{self.network}/{self._boot}/{next(self._numbers)}"

    def _tell(self, event: Event) -> None:
        self._events.put_nowait(event)
        if self._events.qsize() >= HIGH:
            self._relieved.clear()

    async def _relief(self) -> None:
        await self._relieved.wait()

    async def _hand_over(self, inbox: Inbox) -> None:
        async def ranked_first(event: Event) -> None:
            if isinstance(event, Heard) and not event.own and self._privileged(event):
                event = await self._ranked(event)
            await inbox(event)

        while True:
            event = await self._events.get()
            await hand_over(event, ranked_first)
            self._events.task_done()
            if self._events.qsize() < LOW:
                self._relieved.set()

    async def _ranked(self, event: Heard) -> Heard:
        return event if self._stay is None else await self._stay.ranked(event)
