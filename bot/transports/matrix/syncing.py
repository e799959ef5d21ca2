"""Reading a homeserver on and on: GET /sync, each answer kept before it is handled, and handled in order.

    ask, from the token of the last answer  (client-server API, "Syncing")
    keep answer and token in one transaction, for the server forgets messages to devices once it is asked on
    handle: hand every event over; whoever is behind holds up the next request, and nothing is lost
    forget the answer, when all that came of it is settled

An answer that says nothing is not kept; the stored token may be older than the last one then, and the server
tells the same again from there. What a crash left is handled first at the next start, ten times at most.

    no answer, or a refusal        pauses that grow, with jitter; `Fatal` ends it
    a token that is refused        three times in a row: everything is read anew, from no token
    answers without progress       pauses that grow, and one error in the log

The first request of a process asks for the whole state of all rooms, for what is known of them is not stored.
"""

import asyncio
import contextlib
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.received import Journal
from bot.transports.base import Clock, backoff
from bot.transports.matrix import raw
from bot.transports.matrix.homeserver import LARGEST_SYNC, Fatal, Homeserver, Refused, Unreachable, read
from bot.transports.matrix.ledger import Ledger
from bot.transports.matrix.position import Position
from bot.transports.matrix.sealing import KeysUnusable
from bot.transports.matrix.settings import MatrixTimes

log = structlog.get_logger()

MOST_TRIES = 10
"""How often the handling of an answer is begun, all starts together. One that ends the process must not do so
for ever; one during which the power went, and went again, must not be lost."""

REFUSED_OFTEN = 3
"""How often in a row a token is refused until it is given up."""

STALLED = 5
"""Answers in a row without progress, until that is told."""

TIMELINE = 50
"""Events of a room in one answer; what is beyond is asked for (see `bot.transports.matrix.gaps`)."""

CATCHING_UP = timedelta(minutes=2)
"""For how long, where all is read anew, something may be told that was told before: servers keep the answer
to such a request for a while, and give it again."""

FORGET_AFTER = 0.2
"""Seconds in which the next answer may come, with which a handled one is forgotten in one transaction."""

_STATE = [
    *("m.room.create", "m.room.member", "m.room.join_rules", "m.room.history_visibility"),
    *("m.room.encryption", "m.room.power_levels", "m.room.server_acl", "m.room.tombstone"),
    *("m.room.canonical_alias", "m.room.name"),
]
SAID = ["m.room.message", "m.room.encrypted", "m.room.redaction", "m.reaction"]


@dataclass(frozen=True, slots=True)
class Batch:
    """One answer to be handled. `id`: its number in the journal, where it is kept. `read`: up to when the
    homeserver had been read before; None where never. `since`: the token that it goes on from. `known`: where
    all is read anew, what was said until then is known."""

    id: int | None
    body: Mapping[str, Any]
    at: datetime
    read: datetime | None
    since: str | None
    known: datetime | None = None


Handle = Callable[[Sequence[Batch]], Awaitable[None]]
"""What handles answers; all but the last were left by an earlier start, and their state is older than what
the last one tells."""


class Syncing:
    """One homeserver, read until cancelled. `reach` is told whenever the connection is lost or there again;
    an answer is handled before it is there. `ledger` says which answers are handled. `timeline`: how many
    events of a room come in one answer."""

    def __init__(
        self,
        network: str,
        server: Homeserver,
        journal: Journal,
        times: MatrixTimes,
        *,
        position: Position,
        handle: Handle,
        reach: Callable[[bool], None],
        ledger: Ledger,
        clock: Clock,
        rng: random.Random,
        timeline: int = TIMELINE,
    ) -> None:
        self.position = position
        self.stalled = False
        self._network = network
        self._server = server
        self._journal = journal
        self._times = times
        self._handle = handle
        self._reach = reach
        self._ledger = ledger
        self._clock = clock
        self._rng = rng
        self._since = position.since
        self._read = position.at
        self._filter = _filter(timeline)
        self._whole = True
        self._failures = 0
        self._refusals = 0
        self._anew_at: tuple[datetime | None, datetime] | None = None
        self._spins = 0
        self._last = ""
        self._left: list[Batch] | None = None
        self._to_forget = asyncio.Event()

    async def run(self) -> None:
        """Read on until cancelled. Raises Fatal, and KeysUnusable where handling does."""
        forgetting = asyncio.create_task(self._forget())
        try:
            while True:
                await self._step()
        finally:
            forgetting.cancel()

    def forget(self) -> None:
        """The ledger has handled answers."""
        self._to_forget.set()

    async def leave(self) -> None:
        """Keep how far it was read; nothing is read any more."""
        with contextlib.suppress(Exception):  # it is read again, and what was handled is known by its id
            await self._journal.handled(self._ledger.handled)
            if self._since != self.position.since:
                await self._journal.bookmark(self._network, self._at(self._since).token)

    async def _step(self) -> None:
        """One request, and what follows."""
        loop, since = asyncio.get_running_loop(), self._since
        began = loop.time()
        try:
            # As text, for that is what a database takes; what is none in it is replaced.
            answer = (await self._asked(since)).decode("utf-8", "replace")
            told = _answer(answer)
        except Fatal:
            raise
        except (Refused, Unreachable) as error:
            await self._failed(error)
            return
        self._refusals = 0
        wait = self._wait
        spinning = self._spinning(told, loop.time() - began, wait)
        if not spinning or answer != self._last:
            try:
                batches = await self._kept(told, answer)
            except Exception as error:  # whatever the database complains of; nothing is lost
                log.error("what the homeserver told cannot be kept", network=self._network, why=str(error))
                await self._pause()
                return
            self._last = answer
            if not await self._handled(batches) and self._whole:
                await self._pause()
                return
        self._whole = False
        if self._failures:
            log.info("the homeserver is read again", network=self._network)
        self._failures = 0
        self._reach(True)
        if self._spins > 1:
            await asyncio.sleep(self._backoff(self._spins - 2))

    async def _asked(self, since: str | None) -> bytes:
        times = self._times
        wait = self._wait
        query = {"filter": self._filter, "timeout": str(int(wait * 1000))}
        if since is not None:
            query["since"] = since
        if self._whole:
            query["full_state"] = "true"
        most = times.first_sync.total_seconds() if self._whole else wait + times.request.total_seconds()
        path = "/_matrix/client/v3/sync"
        return await self._server.raw("GET", path, query=query, timeout=most, largest=LARGEST_SYNC)

    @property
    def _wait(self) -> float:
        """Seconds that the server may wait for something to happen. Whether it is there is asked without."""
        return 0.0 if self._whole or self._failures else self._times.sync.total_seconds()

    async def _kept(self, told: Mapping[str, Any], answer: str) -> list[Batch]:
        """Keep an answer if it says anything; it and, at the start, those that were left before."""
        since, at = self._since, self._clock()
        following = told.get("next_batch")
        if self._left is None:
            self._left = await self._left_over()
        number = None
        if _says_anything(told):
            position, handled = replace(self._at(following), at=at), self._ledger.handled
            number = await self._journal.receive(self._network, position.token, since, answer, at, handled)
            self._ledger.forgotten(handled)
            self.position = position
        self._since = following
        known, anew_at = self._anew_at or (None, at)
        known = known if at - anew_at < CATCHING_UP else None
        batches, self._left = [*self._left, Batch(number, told, at, self._read, since, known)], []
        self._read = at
        return batches

    def _at(self, since: str | None) -> Position:
        return replace(self.position, since=since, at=self._read, device=self._server.device)

    async def _left_over(self) -> list[Batch]:
        """What earlier starts have not handled, each begun once more."""
        found = []
        for number in await self._journal.received(self._network):
            kept = await self._journal.begin(number)
            if kept is None:
                continue
            if kept.tries > MOST_TRIES:
                log.error(
                    "what the homeserver told could not be handled, and is given up",
                    network=self._network,
                    told_at=kept.at.isoformat(timespec="seconds"),
                    tries=MOST_TRIES,
                )
                await self._journal.handled((number,))
                continue
            # What came from no token was there before the desk: that it was read makes none of it news.
            read = None if kept.since is None else kept.at
            with contextlib.suppress(Unreachable):
                found.append(Batch(number, _answer(kept.body), kept.at, read, kept.since))
        return found

    async def _handled(self, batches: Sequence[Batch]) -> bool:
        try:
            await self._handle(batches)
        except (Fatal, KeysUnusable):
            raise
        except Exception:
            # It is kept, and handled again at the next start.
            log.exception("an answer of the homeserver could not be handled", network=self._network)
            return False
        return True

    async def _forget(self) -> None:
        """Forgets what is handled, a little later: a busy homeserver's next answer does it on the way."""
        while True:
            await self._to_forget.wait()
            await asyncio.sleep(FORGET_AFTER)
            self._to_forget.clear()
            numbers = self._ledger.handled
            if not numbers:
                continue
            try:
                await self._journal.handled(numbers)
            except Exception as error:  # the next answer that can be kept does it
                log.warning("what is handled cannot be forgotten", network=self._network, why=str(error))
            else:
                self._ledger.forgotten(numbers)

    # --- what goes wrong ----------------------------------------------------------------------------------

    async def _failed(self, error: Refused | Unreachable) -> None:
        after = error.after
        if isinstance(error, Refused) and error.status == 400 and self._since is not None:
            self._refusals += 1
            if self._refusals >= REFUSED_OFTEN:
                self._anew(error)
                return
        if not (isinstance(error, Refused) and error.status == 429):
            self._reach(False)
        await self._pause(after, str(error))

    def _anew(self, error: Refused) -> None:
        log.error(
            "the homeserver does not know how far the desk has read; all rooms are read anew",
            network=self._network,
            words=str(error),
            read=self._read.isoformat(timespec="seconds") if self._read is not None else None,
        )
        self._since, self._whole, self._refusals = None, True, 0
        self._anew_at = (self._read, self._clock())

    async def _pause(self, least: float | None = None, why: str = "") -> None:
        seconds = max(self._backoff(self._failures), least or 0.0)
        self._failures += 1
        if why:
            again = f"{seconds:.0f} s"
            log.warning("the homeserver cannot be read", network=self._network, why=why, again_in=again)
        await asyncio.sleep(seconds)

    def _backoff(self, attempt: int) -> float:
        times = self._times
        return backoff(
            attempt, times.reconnect.total_seconds(), times.reconnect_most.total_seconds(), self._rng
        )

    def _spinning(self, told: Mapping[str, Any], took: float, wait: float) -> bool:
        """Whether the answer leads nowhere: it says something and does not go on, or says nothing and came at
        once."""
        here = told.get("next_batch") == self._since
        nowhere = here if _says_anything(told) else took < wait / 2
        self._spins = self._spins + 1 if nowhere else 0
        if self._spins == STALLED:
            self.stalled = True
            log.error(
                "the homeserver answers on and on without getting any further",
                network=self._network,
                remedy="it is asked less and less often; look at the homeserver, or at a proxy before it",
            )
        elif not nowhere and self.stalled:
            self.stalled = False
            log.info("the homeserver gets further again", network=self._network)
        return nowhere


def _filter(timeline: int) -> str:
    """What is asked for: nothing of presence, typing and receipts, and members only of those who speak."""
    nothing: dict[str, list[str]] = {"types": []}
    asked = {
        "presence": nothing,
        "account_data": {"types": ["m.direct"]},
        "room": {
            "account_data": nothing,
            "ephemeral": nothing,
            "state": {"lazy_load_members": True, "types": _STATE},
            "timeline": {"lazy_load_members": True, "limit": timeline, "types": [*SAID, *_STATE]},
        },
    }
    return json.dumps(asked, separators=(",", ":"))


def _answer(answer: str) -> dict[str, Any]:
    """An answer of /sync. Raises Unreachable where it is none."""
    told = read(answer)
    following = told.get("next_batch")
    if not isinstance(following, str) or not following or len(following) > 1 << 16:
        raise Unreachable("its answer is none to /sync")
    return told


def _says_anything(told: Mapping[str, Any]) -> bool:
    """Whether something in it may matter: a room, a message to the device, a mark of one's own."""
    rooms = raw.table(told.get("rooms"))
    if any(raw.table(rooms.get(part)) for part in ("join", "invite", "leave", "knock")):
        return True
    return any(True for part in ("to_device", "account_data") for _ in raw.events(told.get(part)))
