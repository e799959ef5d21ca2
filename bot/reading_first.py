"""The first reading of base and map, at the start of a desk: by what is kept on disk of a large base, with
its progress and all that is wrong in the log.

Imports of ours: the configuration, `bot.sources` and what keeps a base.
"""

import os
from collections.abc import Callable

import structlog

from bot.config import Settings
from bot.memory import collect_rarely, keep, nothing_collected
from bot.sources import Sources, read_sources
from knowledge.keeping import Keeping
from knowledge.library import Snapshot, made_in

log = structlog.get_logger()

TOLD_EVERY = 2_500
"""Entries after which the log says how far reading them is: half a second."""


def read_first(settings: Settings) -> tuple[Sources, Keeping]:
    """What the settings point at, told; and where the base is kept for the next start. It need not hold
    together."""
    with nothing_collected():
        keeping = Keeping.of(os.environ, settings.knowledge, _not_kept)
        sources = read_sources(settings, kept=keeping.read(), progress=_told)
        keep()
    collect_rarely()
    if sources.reference is not None:
        for problem in sources.problems:
            log.warning("left out", problem=str(problem))
        for warning in sources.warnings:
            log.warning("worth a look", problem=str(warning))
    return sources, keeping


def kept_by(keeping: Keeping | None) -> Callable[[Snapshot], None]:
    """What keeps a base for the next start, off the event loop."""
    return lambda snapshot: keeping.keep(made_in(snapshot)) if keeping is not None else None


def _told(done: int, total: int) -> None:
    """A large base takes a while."""
    if total > TOLD_EVERY and done % TOLD_EVERY == 0:
        log.info("reading the base", entries=done, of=total)


def _not_kept(problem: str) -> None:
    log.warning("the base on disk, as it was read", problem=problem)
