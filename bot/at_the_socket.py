"""What whoever said something at the control socket is told of what comes of it, beside the answers.

A client waits for the end of what it said: until everything that followed from it is decided and said. What
leads to more (a reading, a commit) is waited for, too. Where no socket is configured nobody is told anything.
"""

import asyncio
import contextlib
from collections.abc import Sequence

from bot.desk.effects import Operate
from bot.desk.events import Event, Fate, Heard, PublishingFailed, ReferenceChanged
from bot.desk.model import CONTROL, Line, Purpose
from bot.transports.base import NotSent, Transport
from bot.transports.control import ControlTransport


class AtTheSocket:
    """Those at one desk's control socket, which is behind `door`, if anywhere."""

    def __init__(self, door: ControlTransport | None) -> None:
        self._door = door
        self._telling: asyncio.Task[None] | None = None

    def settled(self, event: Event, fate: Fate) -> None:
        """`event` has been dealt with."""
        if self._door is not None:
            self._door.settled(event.id, told_as(event, fate).value)

    def leads_to(self, event: Event, *others: str) -> None:
        """What `event` set off ends with these events (their ids)."""
        if self._door is not None:
            self._door.leads_to(event.id, *others)

    def unanswered(self, event: Event, done: Sequence[Operate], why: str) -> None:
        """Say without the database why there is no answer to `event`, and what is `done` all the same."""
        if self._door is None or not isinstance(event, Heard) or event.venue.network != CONTROL or event.own:
            return
        orders = ", ".join(operate.order.value for operate in done)
        told = f"{orders}: done, but the database takes nothing" if orders else "nothing came of it"
        said = Line(event.venue, f"{told}: {why}", Purpose.REPLY, event=event.id)
        # It has begun before the task that tells the end.
        self._telling = asyncio.get_running_loop().create_task(_sent(self._door, said))


def told_as(event: Event, fate: Fate) -> Fate:
    """The fate of `event` as a script is told it: whoever has a reload or a commit done wants to know that it
    was of no use."""
    of_no_use = isinstance(event, PublishingFailed) or (isinstance(event, ReferenceChanged) and event.kept)
    return Fate.COMPLAINED if of_no_use and fate is Fate.WELL else fate


async def _sent(door: Transport, line: Line) -> None:
    with contextlib.suppress(NotSent):  # whoever is gone need not be told
        await door.send(line, None, ())
