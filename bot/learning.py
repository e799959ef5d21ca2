"""Learning a base: what its entries mean to the sentence model, if one is used, and how sure a match is.

The model is loaded when something is learned for the first time and is kept. One that cannot be used is told
once, and the base is learned by words alone; so it is where the model fails with a text of the base, until
the base changes. Called off the event loop, by one at a time.

Imports of ours: the settings, the choice of the model, and `knowledge`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import structlog

from bot.config import Settings
from bot.memory import give_back
from bot.model.choice import InUse, in_use
from knowledge.embeddings import Cache, default_cache, silent
from knowledge.library import Snapshot, learned
from knowledge.semantic import ModelError

log = structlog.get_logger()

TOLD_EVERY = 2_000
"""Texts after which the log says how far it is: some six seconds."""


class Learning:
    """How a desk with these settings learns. `progress` is told how many texts the model has read, of those
    whose vectors are not kept from before. `keep`: called before with what is to be learned, to have it kept
    for the next start."""

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        progress: Callable[[int, int], None] = silent,
        keep: Callable[[Snapshot], None] = silent,
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._progress = progress
        self._keep = keep
        self._used: InUse | None = None
        self._told = False

    def __call__(self, snapshot: Snapshot) -> Snapshot:
        """The same entries, learned."""
        self._keep(snapshot)
        used = self._used
        if used is None:
            used = in_use(self._settings, self._environ)
            if used.model is not None:
                used = replace(used, model=replace(used.model, note=self._failed))
            self._used = used
            if used.problem:
                log.warning("the sentence model is not used", problem=used.problem)
            log.info("answers are found", by=str(used))
        cache = Cache(default_cache(self._environ, self._settings.knowledge), self._note)
        try:
            return learned(snapshot, used.model, cache, self._tell)
        except ModelError:  # which `_failed` was told
            log.error("answers are found", by=str(InUse()), until="the knowledge base changes")
            return learned(snapshot)
        finally:
            give_back()

    def _tell(self, done: int, total: int) -> None:
        self._progress(done, total)
        if total > TOLD_EVERY and done % TOLD_EVERY == 0:
            log.info("the sentence model reads the base", texts=done, of=total)

    def _failed(self, problem: str) -> None:
        if not self._told:
            log.error("the sentence model fails, and words alone are used then", problem=problem)
        self._told = True

    @staticmethod
    def _note(text: str) -> None:
        log.warning("vectors", problem=text)
