"""Gaps are learned behind the scenes, and put in place when they are ready.

Looked at every hour, and soon after a reading that changed the base or the map: what is missing changes with
what is asked, and with what there is. The desk serves meanwhile with what it had; a defect is logged, and
costs no more than that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.aside import aside, ever_again
from bot.desk.reference import Reference
from bot.gaps.finding import Asking, gaps_of
from bot.memory import give_back
from bot.store.errors import StoreError
from knowledge.embeddings import Cache, default_cache
from knowledge.gaps import Asked, Gap

log = structlog.get_logger()

LATELY = timedelta(days=90)
"""How long ago a question may have been asked that shows a gap."""

REST = 20.0
"""Seconds before learning begins: networks are joined meanwhile, and the base itself is learned."""

LOOKED_AT_EVERY = 3600.0
"""Seconds between two looks."""

READ_WITHIN = 10.0
"""Seconds in which the questions must be there; else the gaps that are known stay."""


def cache_of(environ: Mapping[str, str], base: Path) -> Path:
    """Where the vectors of what is asked of a base are kept."""
    return default_cache(environ, base).with_suffix(".asked.vectors")


class Gaps:
    """`run` until it is cancelled. `current`: what is in use; `use`: how to put another reference in its
    place; `unanswered`: reads the questions since a moment; `base`: the folder of the entries."""

    def __init__(
        self,
        *,
        current: Callable[[], Reference],
        use: Callable[[Reference], None],
        unanswered: Callable[[datetime], Awaitable[Sequence[Asked]]],
        clock: Callable[[], datetime],
        base: Callable[[], Path],
        environ: Mapping[str, str],
    ) -> None:
        self._current = current
        self._use = use
        self._unanswered = unanswered
        self._clock = clock
        self._base = base
        self._environ = environ
        self._asking = Asking()
        self._wake = asyncio.Event()

    def look(self) -> None:
        """There may be another base, or another map."""
        self._wake.set()

    async def run(self) -> None:
        what = "the gaps of the base"
        await ever_again(self.learn, self._wake, rest=REST, every=LOOKED_AT_EVERY, what=what)

    async def learn(self) -> None:
        """Learn the gaps that the base has now."""
        try:
            async with asyncio.timeout(READ_WITHIN):
                asked = await self._unanswered(self._clock() - LATELY)
        except (TimeoutError, StoreError) as error:
            log.warning(
                "what was asked cannot be read, so gaps are as they were", why=str(error) or "no answer"
            )
            return
        cache = Cache(cache_of(self._environ, self._base()), _note)
        found = await aside(partial(_learned, asked, self._current(), self._asking, cache))
        here = self._current()
        if found != here.gaps:
            self._use(replace(here, gaps=found))
            log.info("gaps are known", gaps=len(found), questions=len(asked))


def _learned(asked: Sequence[Asked], reference: Reference, asking: Asking, cache: Cache) -> tuple[Gap, ...]:
    try:
        return gaps_of(asked, reference, asking=asking, cache=cache)
    finally:
        give_back()


def _note(text: str) -> None:
    log.warning("vectors", problem=text)
