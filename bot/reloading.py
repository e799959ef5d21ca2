"""Reading anew while the desk runs: the configuration, the knowledge base, the map.

    asked     by SIGHUP or by an operator's `reload`: all three are read, and whoever asked is told
    noticed   files have changed: these are read, or knowledge and map, where it may be anything; only what is
              new about them is told
    in time   every `LOOKED_EVERY` all is looked at, for where the system tells of no changes

One at a time, in the order in which it was asked, so that what was read last is what is in use. What is read
is put in place in one assignment, and only where it holds together: an entry that cannot be read leaves all
of the knowledge as it was (unless it was left out from the start), a broken map leaves knowledge and map, a
broken configuration all three (`bot.reading_anew`). Settings that changed are named, and which of them need a
restart.

After a change of the knowledge the desk serves with the calibration at hand, until one of its own is learned.

A problem that a change brings is told where it is still there after `DOUBT`: a file may be half written, or
another that belongs to it be still to come.

What askers vote is heeded with each reading, and otherwise within `HEEDED_EVERY`. Votes on entries that are
gone are told, and wait.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from bot.aside import aside
from bot.config import Settings
from bot.desk.changes import Changes
from bot.desk.events import Event, ReferenceChanged
from bot.desk.model import Speaker
from bot.desk.reference import Reference
from bot.git import last_change
from bot.reading_anew import as_found, read_anew
from bot.sources import Mapped, heeding
from bot.store.errors import StoreError
from knowledge.library import Snapshot, learned
from knowledge.votes import Vote, gone
from routing.presence import Venue

log = structlog.get_logger()

REST = 1.0
"""Seconds before learning begins: a thread that computes slows down whatever else is done, and the networks
are joined meanwhile."""


LOOKED_EVERY = 300.0
"""Seconds after which all files are looked at, by their stamps, whether or not the system told of any."""

DOUBT = 1.0
"""Seconds after which a problem that has come by a change is told."""

HEEDED_EVERY = 300.0
"""Seconds after which votes that were cast meanwhile count."""

VOTES_WITHIN = 2.0
"""Seconds in which the votes must be there; else a reading goes on with those that it had. A database that is
waited for holds up neither base nor map."""

_SHOWN = 20  # ids that the log names

_PLACE = re.compile(r"(.+?):\d+:\d+: ")


@dataclass(frozen=True, slots=True)
class Ask:
    """One reading that is to be done: the id of the event that will tell of it, and who asked, and where.

    `noticed`: nobody asked. `sure`: what is wrong then is told at once.
    """

    id: str
    by: tuple[Speaker, Venue] | None = None
    noticed: bool = False
    sure: bool = True


def _whose(problem: str) -> tuple[str, str] | None:
    """Who committed the file that a problem names, and in which commit."""
    found = _PLACE.match(problem)
    return last_change(Path(found[1])) if found is not None else None


def _entries(changes: Changes) -> frozenset[str]:
    return frozenset((*changes.added, *changes.changed, *changes.removed))


class Reloading:
    """`run` reads what was asked for, `calibrate` learns behind it, `heed` has new votes count, until they
    are cancelled.

    `source`: the file of the configuration. `current`, `use`: the reference in use, and how to put another in
    its place. `votes`: reads those that count, the oldest first; `heeded`: those that the reference heeds
    already. `applied`: called with the settings that are in use after a reading; `busy`: with whether one is
    under way. `learn`: learns a base, off the event loop. `ours`: the ids of the entries that the desk itself
    is publishing, or has just published.
    """

    def __init__(
        self,
        settings: Settings,
        source: Path | None,
        *,
        current: Callable[[], Reference],
        use: Callable[[Reference], None],
        votes: Callable[[], Awaitable[Sequence[Vote]]],
        heeded: Sequence[Vote] = (),
        applied: Callable[[Settings], None],
        busy: Callable[[bool], None],
        put: Callable[[Event], Awaitable[None]],
        clock: Callable[[], datetime],
        learn: Callable[[Snapshot], Snapshot] = learned,
        ours: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        self.settings = settings
        self.problems: tuple[str, ...] = ()
        self.gone: tuple[str, ...] = ()
        self._source = source
        self._current = current
        self._use = use
        self._votes = votes
        self._heeded = heeded
        self._applied = applied
        self._busy = busy
        self._put = put
        self._clock = clock
        self._learned = learn
        self._asks: asyncio.Queue[Ask] = asyncio.Queue()
        self._ours = ours
        self._mapped: Mapped | None = None
        self._changed: set[str] | None = set()
        self._noticed: Ask | None = None
        self._doubting: asyncio.TimerHandle | None = None
        self._signalled: Ask | None = None
        self._learn = asyncio.Event()
        self._learn.set()
        self._look_for_gone()

    def ask(self, by: tuple[Speaker, Venue] | None = None) -> str:
        """Have everything read; the id of the event that will tell what came of it. However often nobody in
        particular asks (SIGHUP) before it is read, it is read once for them."""
        ask = self._signalled if by is None else None
        if ask is None:
            ask = Ask(f"reference/{secrets.token_hex(8)}", by)
            self._asks.put_nowait(ask)
            self._signalled = ask if by is None else self._signalled
        return ask.id

    def notice(self, changed: Collection[str] | None = None) -> None:
        """Files have changed: these of the base, or any. However often that is said before they are read,
        they are read once."""
        self._has_changed(changed)
        self._look(sure=False)

    def _has_changed(self, changed: Collection[str] | None) -> None:
        self._changed = None if changed is None or self._changed is None else {*self._changed, *changed}

    def _look(self, *, sure: bool) -> None:
        if self._noticed is None:
            self._noticed = Ask(f"reference/{secrets.token_hex(8)}", noticed=True, sure=sure)
            self._asks.put_nowait(self._noticed)

    async def look(self) -> None:
        """Look at all files every so often."""
        while True:
            await asyncio.sleep(LOOKED_EVERY)
            self.notice()

    async def run(self) -> None:
        while True:
            ask = await self._asks.get()
            if ask is self._noticed:
                self._noticed = None
            if ask is self._signalled:
                self._signalled = None
            self._busy(True)
            try:
                await self._read(ask)
            except Exception as error:
                self._changed = None
                # A defect costs this reading. Whoever waits for its end is told all the same.
                log.exception("nothing could be read anew")
                problem = f"nothing could be read: {type(error).__name__}"
                await self._tell(ask, Changes(), (problem,), ("knowledge", "map"))
            finally:
                self._busy(False)

    async def calibrate(self) -> None:
        """Learn from the base how sure a match is, whenever it has changed. Where that fails the desk goes on
        with what it has."""
        while True:
            await self._learn.wait()
            self._learn.clear()
            await asyncio.sleep(REST)
            knowledge = self._current().knowledge
            try:
                better = await aside(partial(self._learned, knowledge))
            except Exception:
                # A defect costs what would be learned of this base. Trying at once would change nothing.
                log.exception(
                    "nothing could be learned from the base, which is served as it is",
                    base=str(self.settings.knowledge),
                    remedy="it is tried again when the base changes: see `pkgdesk check`",
                )
                continue
            here = self._current()
            # A reading that came in between and brought other entries has set the flag again.
            if here.knowledge.entries is knowledge.entries:
                self._put_in_place(replace(here, knowledge=as_found(better, here.knowledge)))
                log.info("calibrated on the base at hand", entries=len(better.entries))

    async def heed(self) -> None:
        """Have votes count that were cast since the last reading, every so often."""
        while True:
            await asyncio.sleep(HEEDED_EVERY)
            await self.heed_now()

    async def heed_now(self) -> None:
        """Have the votes count that are there now."""
        before = self._heeded
        await self._read_votes()
        if self._heeded != before:
            self._put_in_place(self._current())
            log.info("votes are heeded", votes=len(self._heeded))

    async def _read_votes(self) -> None:
        try:
            async with asyncio.timeout(VOTES_WITHIN):
                self._heeded = await self._votes()
        except (TimeoutError, StoreError) as error:
            log.warning("votes cannot be read, so the former count", why=str(error) or "no answer")

    def _put_in_place(self, reference: Reference) -> None:
        self._use(heeding(reference, self._heeded))
        self._look_for_gone()

    def _look_for_gone(self) -> None:
        """Votes on entries that are gone are told when there are such, and when they change."""
        found = gone(self._heeded, self._current().knowledge.by_id)
        if tuple(found) != self.gone and found:
            shown = dict(list(found.items())[:_SHOWN])
            log.warning("votes are kept for entries that are gone", entries=len(found), votes=shown)
        self.gone = tuple(found)

    async def _read(self, ask: Ask) -> None:
        await self._read_votes()
        old = self._current()
        source = None if ask.noticed else self._source
        changed, self._changed = self._changed if ask.noticed else None, set()
        anew = await aside(partial(read_anew, self.settings, old, source, changed, self._mapped))
        self._mapped = anew.mapped
        if anew.kept:  # what was read is not what is in use, so that it is to be read again
            self._has_changed(changed)
        problems = anew.problems
        if not ask.sure and (new_ones := {*problems} - {*self.problems}):
            problems = tuple(each for each in problems if each not in new_ones)
            self._has_changed(changed)
            self._doubt()
        # The calibration may have been learned meanwhile.
        here = self._current()
        # What the past says of a map, and gaps, are learned behind the scenes; until then the former count.
        new = replace(anew.reference, precedent=here.precedent, gaps=here.gaps)
        if new.knowledge.entries is old.knowledge.entries:
            new = replace(new, knowledge=as_found(here.knowledge, new.knowledge))
        else:
            self._learn.set()
        known = problems == self.problems
        self.settings, self.problems = anew.settings, problems
        self._put_in_place(new)
        if source is not None:
            self._applied(anew.settings)
        told = not ask.noticed or anew.changes or not known
        said = log.debug if not told else log.error if anew.kept and problems else log.info
        said(
            "read anew",
            stays_as_it_was=list(anew.kept),
            added=len(anew.changes.added),
            changed=len(anew.changes.changed),
            removed=len(anew.changes.removed),
            problems=list(problems),
            settings=list(anew.applied),
            need_a_restart=list(anew.later),
        )
        # A file may have been touched, or written as it was.
        if told:
            kept = anew.kept if problems else ()
            await self._tell(ask, anew.changes, problems, kept, anew.applied, anew.later)

    def _doubt(self) -> None:
        """Look again a little later at what may be half done."""
        if self._doubting is not None:
            self._doubting.cancel()
        self._doubting = asyncio.get_running_loop().call_later(DOUBT, partial(self._look, sure=True))

    async def _tell(
        self,
        ask: Ask,
        changes: Changes,
        problems: tuple[str, ...],
        kept: tuple[str, ...],
        applied: tuple[str, ...] = (),
        later: tuple[str, ...] = (),
    ) -> None:
        await self._put(
            ReferenceChanged(
                id=ask.id,
                at=self._clock(),
                changes=changes,
                problems=problems,
                kept=kept,
                applied=applied,
                later=later,
                gone=self.gone,
                asked=ask.by,
                by=await aside(partial(_whose, problems[0])) if problems else None,
                published=tuple(each for each in sorted(self._ours()) if each in _entries(changes)),
            )
        )
