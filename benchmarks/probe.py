"""A desk in earnest whose event loop is watched: `python -m benchmarks.probe CONFIG`.

It is `pkgdesk run`, but for two things: the loop waits for its sockets through a selector that notes how
long each turn took (from the moment that it had something to do until it waits again; nothing else can
run in between), and each line on standard input is answered by one on standard output that says what was
seen since the last:

    {"blocked": …, "over": …, "turn": …, "cpu": …}

`blocked`: the longest that the loop could not do what was due, in seconds; found by a beat every 5 ms, so
that it shows as well where the loop had nothing to do and another thread kept it from waking (a
collection of garbage does, in whatever thread). `over`: how often that was more than 50 ms. `turn`: the
most that the loop's own thread worked in one turn; where it is far less than `blocked`, the loop waited
for another thread or for the processor. `cpu`: the processor time of the whole process since it began.
"""

import asyncio
import json
import selectors
import sys
import time
from pathlib import Path

from bot import app
from bot.config import Settings, load, secrets
from bot.log import set_up

TOO_LONG = 0.05
"""Seconds that the loop must never be blocked for (promised of the desk)."""


BEAT = 0.005
"""Seconds between two beats."""


class Watch(selectors.DefaultSelector):
    """What asyncio waits with, noting what was worked between two waits, and how late the beats are."""

    def __init__(self) -> None:
        super().__init__()
        self._woke = self._turn = self._blocked = 0.0
        self._over = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._turn = max(self._turn, time.thread_time() - self._woke) if self._woke else 0.0
        found = super().select(timeout)
        self._woke = time.thread_time()
        return found

    async def beat(self) -> None:
        """Beats until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT
            await asyncio.sleep(BEAT)
            late = loop.time() - due
            self._over += late > TOO_LONG
            self._blocked = max(self._blocked, late)

    def report(self) -> dict[str, float]:
        """What was seen since the last report."""
        seen = {"blocked": self._blocked, "over": self._over, "turn": self._turn, "cpu": time.process_time()}
        self._blocked = self._turn = 0.0
        self._over = 0
        return seen


async def _run(settings: Settings, watch: Watch) -> int:
    def told() -> None:
        if sys.stdin.readline():
            print(json.dumps(watch.report()), flush=True)
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin)

    asyncio.get_running_loop().add_reader(sys.stdin, told)
    beating = asyncio.create_task(watch.beat())
    try:
        return await app._run(settings, None, None)
    finally:
        beating.cancel()


def main() -> None:
    settings = load(Path(sys.argv[1]))
    set_up(settings.log, secrets(settings))
    watch = Watch()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(watch)) as runner:
        sys.exit(runner.run(_run(settings, watch)))


if __name__ == "__main__":
    main()
