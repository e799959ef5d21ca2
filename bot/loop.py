"""The river: events come in at one door, are decided one after the other, and are committed by one writer.

    put -> roster, intake, does it matter? -> consult (worker thread) -> facts -> decide -> commit -> outbox

Whatever touches no stored state ends before the queue, so chatter costs a parse and no table. Consulting runs
off the event loop and ahead of the writer, but events are decided in the order in which they came. What was
decided on facts that have moved on meanwhile is read and decided again. *Acknowledged* means committed: only
committed lines reach the outbox.

Must not import transports, SQLModel or the configuration.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.consult import consult
from bot.desk.codes import NONE, Drawn
from bot.desk.concerning import concerns, subject, subject_given
from bot.desk.decide import decide, may_matter
from bot.desk.effects import Effect, Link, Operate, SaveDraft, Say, Stored, Unlink
from bot.desk.events import Event, Fate, Heard
from bot.desk.facts import Running
from bot.desk.interest import awaited
from bot.desk.linking import on_every_side
from bot.desk.model import Finding, Line
from bot.desk.reference import Reference
from bot.intake import Dropped, Intake
from bot.monitoring.metrics import COMMIT_SECONDS, DROPPED, Tally
from bot.noting import count, note_decided, note_dropped, place
from bot.roster import fold_event, forgotten, recognise
from bot.store.errors import AlreadyDone, AlreadyRunning, Conflict, StoreError
from bot.store.store import Store
from knowledge.drafts import Draft
from knowledge.facets import still_declared
from routing.presence import Roster

log = structlog.get_logger()

WAITING = 1000
"""Events that may wait for the writer; beyond it the doors are held shut, and the networks wait."""

_ATTEMPTS = 5
_REFRESH_INTEREST = 500
_FORGET_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Admitted:
    event: Event
    finding: Awaitable[Finding] | None
    reference: Reference


class _NotKept(StoreError):
    """What came of an event could not be stored. `done`: what the process has done of it all the same."""

    def __init__(self, why: str, done: tuple[Operate, ...]) -> None:
        super().__init__(why)
        self.done = done


class River:
    """One desk's stream of events.

    `committed` is called with the new outbox lines of each transaction, `ordered` with what the process is to
    do once the transaction stands, and `settled` with each event once nothing more will come of it. Where the
    database takes nothing, what the process is to do is done all the same, for that is when operators need it
    most; `unanswered` is then called with the event, what was done all the same, and why there is no answer.
    `drafted` is called with each draft that a transaction left under way, as it is stored.
    `running` says how the process does, where somebody asks, `rooms` how long lines may be (see `Facts`);
    `at_once` says whether a line will be written as soon as it is committed, so that this transaction can be
    the one that says so; `draw` makes a fresh code. What happens is counted in `tally`.
    """

    def __init__(
        self,
        store: Store,
        reference: Reference,
        *,
        clock: Callable[[], datetime],
        intake: Intake | None = None,
        committed: Callable[[tuple[Line, ...]], None],
        settled: Callable[[Event, Fate], None],
        ordered: Callable[[Operate, Event], None],
        unanswered: Callable[[Event, tuple[Operate, ...], str], None] | None = None,
        drafted: Callable[[Draft, Event], None] | None = None,
        running: Callable[[], Running] = Running,
        rooms: Callable[[], Mapping[str, int]] = dict,
        at_once: Callable[[Line], bool] = lambda _: False,
        draw: Callable[[], Drawn] = lambda: NONE,
        tally: Tally | None = None,
    ) -> None:
        self.reference = reference
        self.roster = Roster()
        self.interest: frozenset[str] = frozenset()
        self._store = store
        self._clock = clock
        self._intake = intake or Intake()
        self._committed = committed
        self._settled = settled
        self._ordered = ordered
        self._unanswered = unanswered
        self._drafted = drafted
        self._running = running
        self._rooms = rooms
        self._at_once = at_once
        self._draw = draw
        self._tally = tally or Tally()
        self._began: float | None = None
        self._queue: asyncio.Queue[_Admitted] = asyncio.Queue(WAITING)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="consult")
        self._commits = 0
        self._swept = datetime.min.replace(tzinfo=UTC)

    @property
    def waiting(self) -> int:
        """Events that wait to be decided."""
        return self._queue.qsize()

    @property
    def under_way(self) -> timedelta:
        """For how long the event at hand has been worked on; none where there is none."""
        return timedelta() if self._began is None else timedelta(seconds=time.monotonic() - self._began)

    async def put(self, event: Event) -> None:
        """The one door. Waits while the writer is behind."""
        admitted = self._admit(event)
        if admitted is not None:
            await self._queue.put(admitted)

    async def run(self) -> None:
        """Decides until cancelled."""
        self.interest = await self._store.interest(self._clock())
        try:
            while True:
                admitted = await self._queue.get()
                self._began = time.monotonic()
                await self._handle(admitted)
                self._began = None
                self._queue.task_done()
        finally:
            self._worker.shutdown(wait=False, cancel_futures=True)

    async def drained(self) -> None:
        """Returns when everything that was put so far has been decided."""
        await self._queue.join()

    def _admit(self, event: Event) -> _Admitted | None:
        if abs(event.at - self._swept) >= _FORGET_EVERY:
            self._swept = event.at
            self.roster = forgotten(self.roster, event.at)
        self.roster = fold_event(self.roster, event)
        reference = self.reference
        event = reference.known(recognise(self.roster, event))
        seen = self._intake.admit(event, reference, self.roster)
        if not isinstance(seen, Dropped):
            if not may_matter(seen, reference, self.roster, self.interest):
                self._settled(seen, Fate.WELL)
                return None
            seen = self._intake.admit_talk(seen)
        if isinstance(seen, Dropped):
            self._tally.counted(DROPPED, seen.value)
            if isinstance(event, Heard) and seen is not Dropped.OWN:
                note_dropped(event, seen, self._intake.notable(event, seen))
            self._settled(event, Fate.WELL)
            return None
        text = subject(seen, reference)
        finding = None if text is None else self._consult(text, reference)
        return _Admitted(seen, finding, reference)

    def _consult(
        self, text: str, reference: Reference, facets: Mapping[str, str] | None = None
    ) -> Awaitable[Finding]:
        return asyncio.get_running_loop().run_in_executor(self._worker, consult, text, facets, reference)

    async def _handle(self, admitted: _Admitted) -> None:
        """One event to its end. A defect, or a database that takes nothing, costs this event and is logged;
        the river runs on. Where another desk has the database now, it ends."""
        event = admitted.event
        fate = Fate.FAILED
        try:
            fate = await self._decide(event, admitted.finding, admitted.reference)
        except (asyncio.CancelledError, AlreadyRunning):
            raise
        except StoreError as error:
            log.error("an event is lost", happened=type(event).__name__, why=str(error), **place(event))
            if self._unanswered is not None:
                self._unanswered(event, error.done if isinstance(error, _NotKept) else (), str(error))
        except Exception:  # a defect costs this event
            log.exception("an event could not be handled", happened=type(event).__name__, **place(event))
        finally:
            self._settled(event, fate)

    async def _decide(self, event: Event, consulted: Awaitable[Finding] | None, reference: Reference) -> Fate:
        finding: Finding | None = None
        if reference.links is not self.reference.links:
            # Who is linked with whom is decided by the events before this one.
            reference = replace(reference, links=self.reference.links)
            event = reference.known(event)
        for _ in range(_ATTEMPTS):
            concern = concerns(event, reference)
            # While the one thread consults, the other reads.
            facts = await self._store.facts_for(concern, event.at)
            if finding is None and consulted is not None:
                finding = await consulted
            facts = replace(
                facts,
                roster=self.roster,
                running=self._running() if concern.running else Running(),
                rooms=self._rooms(),
                drawn=self._draw() if concern.tries is not None else NONE,
            )
            text = subject_given(event, facts, reference)
            if text is not None:
                told = still_declared(facts.facets, reference.facets)
                if finding is None or finding.text != text or not told.keys() <= finding.facets.keys():
                    finding = await self._consult(text, reference, told)
            effects = on_every_side(decide(event, finding, facts, reference), facts, reference)
            complained = any(isinstance(effect, Say) and effect.complaint for effect in effects)
            fate = Fate.COMPLAINED if complained else Fate.WELL
            effects = self._intake.restrained(event, effects)
            stored: list[Stored] = [effect for effect in effects if not isinstance(effect, Operate)]
            if stored:
                began = time.monotonic()
                try:
                    committed = await self._store.commit(event.id, event.at, self._begun(stored))
                except AlreadyDone:
                    return fate
                except Conflict:
                    continue
                except AlreadyRunning:
                    raise
                except StoreError as error:
                    raise _NotKept(str(error), self._order(effects, event)) from error
                took = time.monotonic() - began
                self._link(stored)
                self._committed(committed.lines)
                self._publish(stored, event)
                await self._watch(stored)
                await asyncio.sleep(0)  # first of all what people wait for
                self._tally.took(COMMIT_SECONDS, took)
                count(self._tally, event, finding, stored)
                note_decided(stored)
            self._order(effects, event)
            return fate
        raise RuntimeError(f"the stored state kept changing under {event.id}")

    def _link(self, effects: list[Stored]) -> None:
        """Whoever is linked now, or no more, is so from the next event on."""
        links = self.reference.links
        for effect in effects:
            match effect:
                case Link(one, other):
                    links = links.linked(one, other)
                case Unlink(account):
                    links = links.unlinked(account)
        if links is not self.reference.links:
            self.reference = replace(self.reference, links=links)

    def _publish(self, effects: list[Stored], event: Event) -> None:
        """Drafts that are under way by now are somebody's work."""
        for effect in effects:
            if isinstance(effect, SaveDraft) and effect.draft.state.under_way and self._drafted is not None:
                self._drafted(replace(effect.draft, revision=effect.draft.revision + 1), event)

    def _begun(self, effects: list[Stored]) -> list[Stored]:
        """The same, but the first line is noted as being written where it will be."""
        for index, effect in enumerate(effects):
            if isinstance(effect, Say):
                if not self._at_once(effect.line):
                    break
                first = replace(effect, line=replace(effect.line, begun=True))
                return [*effects[:index], first, *effects[index + 1 :]]
        return effects

    def _order(self, effects: list[Effect], event: Event) -> tuple[Operate, ...]:
        """What the process is to do; that is done now."""
        orders = tuple(effect for effect in effects if isinstance(effect, Operate))
        for order in orders:
            self._ordered(order, event)
        return orders

    async def _watch(self, effects: list[Stored]) -> None:
        """Lets in what may matter from now on. It only grows here; what has lapsed is dropped by a fresh read
        every so often, and until then costs no more than a read that finds nothing."""
        self._commits += 1
        if self._commits % _REFRESH_INTEREST == 0:
            self.interest = await self._store.interest(self._clock())
            return
        keys = awaited(effects)
        if not keys <= self.interest:
            self.interest |= keys
