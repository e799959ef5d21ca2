"""What the past says of whose a question is: learned behind the scenes, and put in place when it is ready.

    the history that `pkgdesk map learn` keeps  ->  routing.precedent, for the map in use
    what people said of where questions belong  ->  its corrections

Looked at every so often, and at once after a reading: a history is learned again when its file or the map has
changed, corrections when one was made. A history that cannot be read is told once; what was learned of the
former one stays. The desk serves meanwhile with what it has.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from bot.aside import aside, ever_again
from bot.config import Settings
from bot.desk.reference import Reference
from bot.maps.cache import CacheError
from bot.memory import give_back
from bot.past import history_file, learned_past
from bot.store.errors import StoreError
from routing.past.corrections import Correction
from routing.precedent import Precedent
from routing.sections import MaintainersMap

log = structlog.get_logger()

REST = 2.0
"""Seconds before learning begins: the networks are joined meanwhile."""
LOOKED_AT_EVERY = 60.0
"""Seconds between two looks at whether there is something new."""
READ_WITHIN = 5.0
"""Seconds in which the corrections must be there; else those that were read before count."""

Mark = tuple[Path, int, int]
"""What a file was when it was read: its path, when it was written, its size."""


def _learned_and_tidy(file: Path, map_: MaintainersMap) -> Precedent:
    try:
        return learned_past(file, map_)
    finally:
        give_back()


def _marked(settings: Settings, environ: Mapping[str, str]) -> Mark | str | None:
    """The file of the history as it is now; None where there is none, a sentence where it cannot be seen."""
    file = history_file(settings, environ)
    if file is None:
        return None
    try:
        status = file.stat()
    except OSError as error:
        return f"{file}: cannot be read: {error.strerror or error}"
    return file, status.st_mtime_ns, status.st_size


class Precedents:
    """`run` until it is cancelled. `settings`, `current`: what is in use; `use`: how to put another reference
    in its place; `corrections`: reads those that count."""

    def __init__(
        self,
        *,
        settings: Callable[[], Settings],
        current: Callable[[], Reference],
        use: Callable[[Reference], None],
        corrections: Callable[[], Awaitable[Sequence[Correction]]],
        environ: Mapping[str, str],
    ) -> None:
        self._settings = settings
        self._current = current
        self._use = use
        self._corrections = corrections
        self._environ = environ
        self._wake = asyncio.Event()
        self._mark: Mark | None = None
        self._map: MaintainersMap | None = None
        self._heeded: Sequence[Correction] = ()
        self._problem = ""

    def look(self) -> None:
        """There may be another map."""
        self._wake.set()

    async def run(self) -> None:
        what = "the precedents"
        await ever_again(self.learn, self._wake, rest=REST, every=LOOKED_AT_EVERY, what=what)

    async def learn(self) -> None:
        """Learn whatever is new."""
        map_ = self._current().map
        found = await self._learned(map_)
        corrections = await self._read()
        if found is None and corrections == self._heeded:
            return
        better = await aside(partial((found or self._current().precedent).with_corrections, corrections))
        self._heeded = corrections
        here = self._current()
        if found is None or here.map is map_:
            self._use(replace(here, precedent=better))
            log.info("the past is heeded", commits=better.size, corrections=len(corrections))

    async def _learned(self, map_: MaintainersMap) -> Precedent | None:
        """What the history says, where that is not known yet."""
        mark = await aside(partial(_marked, self._settings(), self._environ))
        if isinstance(mark, str):
            self._tell(mark)
            return None
        if mark == self._mark and map_ is self._map:
            return None
        self._mark, self._map = mark, map_
        if mark is None:
            anything = map_.lookups or self._current().precedent.size
            return await aside(partial(Precedent.without_history, map_)) if anything else None
        try:
            learned = await aside(partial(_learned_and_tidy, mark[0], map_))
        except CacheError as error:
            self._tell(str(error))
            return None if self._current().precedent.size else Precedent.without_history(map_)
        self._problem = ""
        return learned

    def _tell(self, problem: str) -> None:
        if problem != self._problem:
            log.warning("the project's history is not learned", problem=problem)
        self._problem = problem

    async def _read(self) -> Sequence[Correction]:
        try:
            async with asyncio.timeout(READ_WITHIN):
                return tuple(await self._corrections())
        except (TimeoutError, StoreError) as error:
            log.warning("corrections cannot be read, so the former count", why=str(error) or "no answer")
            return self._heeded
