"""A desk in earnest whose roster is watched: `python -m benchmarks.matrix_probe CONFIG`.

It is `pkgdesk run`; but each line on standard input is answered by one on standard output that says how many
people were found to be in a room since the last one, and when the last of them was in the roster:

    {"members": how many, "at": monotonic seconds}
"""

import asyncio
import json
import sys
import time
from pathlib import Path

from bot import app, loop
from bot.config import Settings, load, secrets
from bot.desk.events import Event, Joined
from bot.log import set_up
from routing.presence import Roster


class Count:
    """Of those who came into the roster as present."""

    def __init__(self) -> None:
        self.members = 0
        self.at = 0.0
        self._fold = loop.fold_event

    def fold(self, roster: Roster, event: Event) -> Roster:
        folded = self._fold(roster, event)
        if isinstance(event, Joined) and event.present:
            self.members += 1
            self.at = time.perf_counter()
        return folded

    def report(self) -> dict[str, float]:
        seen = {"members": self.members, "at": self.at}
        self.members = 0
        return seen


async def _run(settings: Settings, count: Count) -> int:
    def told() -> None:
        if sys.stdin.readline():
            print(json.dumps(count.report()), flush=True)
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin)

    asyncio.get_running_loop().add_reader(sys.stdin, told)
    return await app._run(settings, None, None)


def main() -> None:
    settings = load(Path(sys.argv[1]))
    set_up(settings.log, secrets(settings))
    count = Count()
    loop.fold_event = count.fold  # type: ignore[attr-defined]
    sys.exit(asyncio.run(_run(settings, count)))


if __name__ == "__main__":
    main()
