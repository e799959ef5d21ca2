"""What a program that runs beside the demo writes into its log, from one moment on."""

import asyncio
import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

_LOOK = 0.05
"""Seconds between two looks."""


class Log:
    """The log in `path`, which need not be there yet, from now on: lines of JSON, among others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._from = path.stat().st_size if path.exists() else 0

    async def tells(self, event: str, within: float) -> bool:
        """Whether the event is told of within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                # Nothing tells when another process has written.
                while event not in self._events():  # noqa: ASYNC110 (a file tells nobody)
                    await asyncio.sleep(_LOOK)
                return True
        return False

    def _events(self) -> Iterator[str]:
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as log:
            log.seek(self._from)
            for line in log:
                with contextlib.suppress(ValueError, AttributeError):
                    yield str(json.loads(line).get("event"))
