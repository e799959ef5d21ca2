"""The part of the desk that brings into the base what reviews have decided, one draft after the other.

What is to be done stands in the store: the drafts that are under way. So nothing is lost with the process,
and nothing is told twice: a draft is taken up until the store holds what came of it, and the id of what came
of it (`draft/NUMBER/REVISION/done` or `…/failed`) is the same each time. Git works in a thread of its own;
where the process ends meanwhile, the next one puts in order what is left (`bot.publishing.repository`).
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from math import inf

import structlog

from bot.aside import aside
from bot.desk.events import Event, Published, PublishingFailed, UpstreamChanged
from bot.desk.upstream import Trouble, Upstream
from bot.publishing.base import Base, CaughtUp, Check, Done, NotPublished, Signature
from knowledge.drafts import Draft, DraftState

log = structlog.get_logger()

AGAIN = 30.0
"""Seconds after which a draft is taken up again of which the store does not know what came of it."""

AT_ODDS = 60.0
"""Seconds after which base and remote repository are brought together again where that failed. What fails
once more is told: by then it is no hiccup, and after a start the networks are joined."""

LATELY = 15.0
"""Seconds for which a change of an entry in the base is taken for the one that was published."""


def outcome(draft: Draft) -> str:
    """What the id of the event begins with that tells what came of a draft that is under way."""
    return f"draft/{draft.number}/{draft.revision}"


def outcomes(draft: Draft) -> tuple[str, str]:
    """The ids of the events that may tell what came of it, of which one will."""
    return f"{outcome(draft)}/done", f"{outcome(draft)}/failed"


class Publisher:
    """`run` publishes until it is cancelled; `drain` once.

    `base`: the base as it is set by then; it may take a moment, and raise NotPublished. `under_way`: reads
    the drafts that are. `put`: where it is told what came of one. `signatures`: author's and reviewer's.
    `check`: what a text must pass. `every`: how often the remote repository is looked at, None for never.
    `changed`: called when files of the base may have changed.
    """

    def __init__(
        self,
        *,
        base: Callable[[], Base],
        under_way: Callable[[], Awaitable[tuple[Draft, ...]]],
        put: Callable[[Event], Awaitable[None]],
        signatures: Callable[[Draft], tuple[Signature, Signature]],
        check: Check,
        clock: Callable[[], datetime],
        every: Callable[[], timedelta | None] = lambda: None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._base = base
        self._under_way = under_way
        self._put = put
        self._signatures = signatures
        self._check = check
        self._clock = clock
        self._every = every
        self._changed = changed
        self._stirred = asyncio.Event()
        self._lately: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._warned = False
        self._failing = ""
        self.upstream = Upstream()
        """How the base stands to its remote repository."""
        self._looked = 0.0
        self._problem = ""
        self._trouble: Trouble | None = None  # at the last look
        self._troubles: set[Trouble] = set()  # those that were told, until all is well
        self._before = Upstream()

    def look(self) -> None:
        """A draft is under way, or the settings have changed."""
        self._stirred.set()

    def lately(self) -> frozenset[str]:
        """The ids of the entries that are being published, or were within `LATELY`."""
        since = asyncio.get_running_loop().time() - LATELY
        self._lately = {name: at for name, at in self._lately.items() if at >= since}
        return frozenset(self._lately)

    async def run(self) -> None:
        now = asyncio.get_running_loop().time
        self._looked = now()
        await self._catch_up()
        while True:
            self._stirred.clear()
            left = await self._drained()
            if now() >= self._looked + self._rest():
                await self._catch_up()
                self._looked = now()
            rest = self._rest()
            pause = max(0.0, self._looked + rest - now()) if rest < inf else None
            if left:
                pause = AGAIN if pause is None else min(pause, AGAIN)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stirred.wait()

    async def drain(self) -> None:
        """Everything that is under way, once. Raises what reading the drafts or telling raises."""
        now = asyncio.get_running_loop().time
        drafts = await self._under_way()
        ids = {outcome(draft) for draft in drafts}
        self._told = {each: at for each, at in self._told.items() if each in ids}
        for draft in drafts:
            if now() - self._told.get(outcome(draft), -AGAIN) < AGAIN:
                continue  # told, and on its way to the store
            await self._put(await self._brought_in(draft))
            self._told[outcome(draft)] = now()

    def _rest(self) -> float:
        """Seconds between two looks at the remote repository."""
        every = self._every()
        if every is None:
            return inf
        untold = self.upstream.trouble is not None and self.upstream.trouble not in self._troubles
        return min(every.total_seconds(), AT_ODDS) if untold else every.total_seconds()

    async def _drained(self) -> bool:
        """Whether there is something left to be looked at again."""
        try:
            await self.drain()
        except Exception as error:
            # Whatever it is: the drafts stay under way. The store tells by itself that it is out of order.
            if str(error) != self._failing:
                log.error("what is to be published waits", why=str(error), again_in=f"{AGAIN:g} s")
            self._failing = str(error)
            return True
        self._failing = ""
        return bool(self._told)

    async def _brought_in(self, draft: Draft) -> Event:
        """What came of it."""
        done_id, failed_id = outcomes(draft)
        self._lately[draft.entry] = asyncio.get_running_loop().time()
        try:
            done = await aside(partial(self._do, draft))
        except NotPublished as error:
            log.warning("not published", draft=draft.number, why=error.why)
            return PublishingFailed(failed_id, self._clock(), draft.number, error.why)
        except Exception as error:  # a defect costs this draft, and is told like any other reason
            log.exception("a draft could not be published", draft=draft.number)
            why = f"a defect of the desk ({type(error).__name__}): its log tells more"
            return PublishingFailed(failed_id, self._clock(), draft.number, why)
        log.info("published", draft=draft.number, state=draft.state.value, commit=done.commit, note=done.note)
        if done.away:  # which its reviewer is told, and the others if it goes on
            self.upstream = self.upstream.then(Upstream(done.unpushed, done.away), self._clock())
            self._trouble = self.upstream.trouble
            self._looked = asyncio.get_running_loop().time()
        self._changed()
        return Published(done_id, self._clock(), draft.number, done.commit, done.note)

    def _do(self, draft: Draft) -> Done:
        base = self._base()
        if base.warning and not self._warned:
            self._warned = True
            log.warning("worth a look", problem=base.warning)
        author, reviewer = self._signatures(draft)
        if draft.state is DraftState.REVERTING:
            return base.revert(draft, reviewer)
        return base.publish(draft, author, reviewer, self._check)

    async def _catch_up(self) -> None:
        """Once for each problem its line in the log: a remote repository may be away for days."""
        try:
            caught = await aside(lambda: self._base().catch_up())
        except NotPublished as error:
            caught = CaughtUp(error.why, unpushed=None)
        except Exception:  # a defect costs this once: drafts can be published all the same
            log.exception("the base could not be brought up to date")
            return
        if caught.problem and caught.problem != self._problem:
            log.warning("the base is not up to date", problem=caught.problem)
        elif self._problem and not caught.problem:
            log.info("the base is up to date again")
        self._problem = caught.problem
        if caught.moved:
            self._changed()
        unpushed = self.upstream.unpushed if caught.unpushed is None else caught.unpushed
        found = Upstream(unpushed, caught.away, "" if caught.away else caught.problem)
        self.upstream = self.upstream.then(found, self._clock())
        await self._tell()

    async def _tell(self) -> None:
        """What is the matter at two looks is told once, whatever else there is meanwhile, and so is the end
        of it."""
        now, trouble = self.upstream, self.upstream.trouble
        if self._every() is None:
            self.upstream, self._troubles = Upstream(), set()  # there is no remote repository any more
        elif trouble is None and self._troubles:
            self._troubles = set()
            await self._put(UpstreamChanged(_happened(), self._clock(), now, self._before))
        elif trouble is not None and trouble is self._trouble and trouble not in self._troubles:
            self._troubles.add(trouble)
            self._before = now
            await self._put(UpstreamChanged(_happened(), self._clock(), now))
        self._trouble = trouble


def _happened() -> str:
    return f"upstream/{secrets.token_hex(8)}"
