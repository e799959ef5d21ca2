"""How far an installation has come, for who watches a terminal.

Nothing is shown where standard error is none.
"""

from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Amount(ProgressColumn):
    """Bytes of what is fetched, parts of what is built."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes, self._parts = DownloadColumn(), MofNCompleteColumn()

    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("")
        return (self._bytes if task.fields["download"] else self._parts).render(task)


class Watched:
    """A line for each thing that is done, one below the other; they are gone in the end."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), _Amount(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._shown = self._progress.console.is_terminal

    def __enter__(self) -> "Watched":
        if self._shown:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._progress.stop()

    def of(self, what: str, *, download: bool = False) -> Callable[[int, int | None], None]:
        """Begin a thing; what is returned is told how much of how much is done, if that is known."""
        task = self._progress.add_task(what, total=None, download=download)
        return lambda done, total: self._progress.update(task, completed=done, total=total)
