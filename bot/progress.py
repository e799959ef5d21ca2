"""How far something long has come, for who watches a terminal.

Nothing is drawn but when something is told, so that no second thread takes time from what is being timed; and
nothing is shown where standard error is no terminal. What was shown is gone in the end.
"""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn

EVERY = 0.2
"""Seconds between two drawings of the same thing."""


class Drawn:
    """A line of progress with these columns; the context in which it is there."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False)
        self._shown = self._progress.console.is_terminal

    def __enter__(self) -> Self:
        if self._shown:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._shown:
            self._progress.stop()


class Watched(Drawn):
    """Is called as `bot.evaluating.base.Tell`: with what is being done, and how much of how much is done."""

    def __init__(self) -> None:
        told = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[of]}")
        super().__init__(*told, TimeRemainingColumn())
        self._task: TaskID | None = None
        self._what = ""
        self._drawn = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._shown or (what == self._what and now - self._drawn < EVERY):
            return
        if self._task is None or what != self._what:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(what, total=None, of="")
        self._what, self._drawn = what, now
        of = f"{done:,} of {total:,}" if total else ""
        self._progress.update(self._task, completed=done, total=total or None, of=of)
        self._progress.refresh()
