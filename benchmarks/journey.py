"""A desk in earnest in which the journey of a question is timed: `python -m benchmarks.journey CONFIG`.

It is `pkgdesk run`, but for the marks that are set when a question passes its milestones. Each line on
standard input is answered by those since the last: `{"marks": [[seconds, milestone], …]}`.

`parts` makes of them how long each part took. A part ends with its milestone and begins where the latest of
those before it was passed, so that the parts make up the whole, also where two are under way at once.
"""

import asyncio
import functools
import inspect
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bot.loop
from bot import app
from bot.config import Settings, load, secrets
from bot.log import set_up
from bot.loop import River
from bot.outbox import Outbox
from bot.store.store import Store
from bot.transports.irc.link import Link
from bot.transports.irc.transport import IrcTransport

Mark = tuple[float, str]

ARRIVED, LEFT = "the line arrives", "the answer leaves"

MILESTONES: tuple[tuple[str, str], ...] = (
    ("put<", "read, taken apart, handed over"),
    ("admit>", "roster, intake, does it matter?"),
    ("consult>", "consulted (another thread)"),
    ("facts<", "the writer turns to it"),
    ("facts>", "facts read (another thread)"),
    ("decide>", "decided"),
    ("commit>", "committed, durably (another thread)"),
    ("add>", "counted and queued for the outbox"),
    ("send<", "looked at again by the outbox"),
    (LEFT, "fitted, addressed, written"),
)
"""What a question passes, in this order; and the part that ends there."""

WRAPPED: tuple[tuple[Any, str, str], ...] = (
    (River, "put", "put"),
    (River, "_admit", "admit"),
    (bot.loop, "consult", "consult"),
    (Store, "facts_for", "facts"),
    (bot.loop, "decide", "decide"),
    (Store, "commit", "commit"),
    (Outbox, "add", "add"),
    (IrcTransport, "send", "send"),
)


def parts(marks: Sequence[Mark]) -> dict[str, float] | None:
    """Seconds of each part of the one journey that is in `marks`; None where it has no end."""
    left = next((at for at, name in marks if name == LEFT), None)
    decided = next((at for at, name in marks if name == "decide>"), None)
    if left is None or decided is None:
        return None
    arrived = max((at for at, name in marks if name == ARRIVED and at < decided), default=None)
    if arrived is None:
        return None
    found, latest = {}, arrived
    for name, part in MILESTONES:
        passed = next((at for at, each in marks if each == name and at >= arrived), latest)
        found[part] = max(0.0, min(passed, left) - latest)
        latest = max(latest, min(passed, left))
    return found


class Marks:
    """What was passed when."""

    def __init__(self) -> None:
        self.passed: list[Mark] = []

    def set(self, name: str) -> None:
        self.passed.append((time.perf_counter(), name))

    def wrap(self, owner: Any, method: str, name: str) -> None:
        """Set marks where `method` begins and ends."""
        inner: Callable[..., Any] = getattr(owner, method)

        @functools.wraps(inner)
        def called(*args: Any, **kwargs: Any) -> Any:
            self.set(f"{name}<")
            try:
                return inner(*args, **kwargs)
            finally:
                self.set(f"{name}>")

        @functools.wraps(inner)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            self.set(f"{name}<")
            try:
                return await inner(*args, **kwargs)
            finally:
                self.set(f"{name}>")

        setattr(owner, method, awaited if inspect.iscoroutinefunction(inner) else called)

    def begin(self, owner: Any, method: str, name: str) -> None:
        """Set a mark where `method` begins."""
        inner: Callable[..., Any] = getattr(owner, method)

        @functools.wraps(inner)
        def called(*args: Any, **kwargs: Any) -> Any:
            self.set(name)
            return inner(*args, **kwargs)

        setattr(owner, method, called)

    def everywhere(self) -> None:
        """Set all marks of a desk, from now on."""
        self.begin(Link, "process_data", ARRIVED)
        self.begin(Link, "send", LEFT)
        for owner, method, name in WRAPPED:
            self.wrap(owner, method, name)


async def _run(settings: Settings, marks: Marks) -> int:
    def told() -> None:
        if sys.stdin.readline():
            print(json.dumps({"marks": marks.passed}), flush=True)
            marks.passed.clear()
        else:
            asyncio.get_running_loop().remove_reader(sys.stdin)

    asyncio.get_running_loop().add_reader(sys.stdin, told)
    return await app._run(settings, None, None)


def main() -> None:
    settings = load(Path(sys.argv[1]))
    set_up(settings.log, secrets(settings))
    marks = Marks()
    marks.everywhere()
    sys.exit(asyncio.run(_run(settings, marks)))


if __name__ == "__main__":
    main()
