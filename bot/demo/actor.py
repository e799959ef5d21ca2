"""A player's process, seen from the stage: it is given its orders here, and what it tells is passed on.

What orders and reports are like stands in `bot.demo.player`.
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

CHANNEL = "#xen-packagers"
DESK = "pkgdesk"

READY_WITHIN = 60.0
"""Seconds that a process may take to be of use, on a machine that has much else to do."""

_ENDS_WITHIN = 5.0

Report = Callable[[str, dict[str, Any]], object]
"""Is told what the player of that name tells."""


class SceneFailed(Exception):
    """The scene could not be set, or fell down; the words are for people."""


class NoPlace(SceneFailed):
    """The scene cannot be where it was told to be: a folder."""


class NotHeard(Exception):
    """An expected line did not come."""

    def __init__(self, player: str, wanted: str, instead: list[str]) -> None:
        super().__init__(f"{player} expected {wanted}")
        self.player = player
        self.wanted = wanted
        self.instead = instead


class Actor:
    """A player's process, seen from the stage."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, report: Report) -> None:
        self.name = name
        self._process = process
        self._report = report
        self._checks: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._there = asyncio.Event()
        self._away = asyncio.Event()
        self._told = asyncio.create_task(self._listen())

    async def come(self) -> None:
        """Be in the channel."""
        self.order({"do": "come"})
        await self._soon(self._there.wait(), "to come in")
        self._away.clear()

    async def leave(self, why: str) -> None:
        self.order({"do": "leave", "what": why})
        await self._soon(self._away.wait(), "to leave")
        self._there.clear()

    def say(self, what: str, *, where: str = CHANNEL) -> None:
        self.order({"do": "say", "where": where, "what": what})

    def react(self, what: str) -> None:
        """To the line that was found last."""
        self.order({"do": "react", "what": what})

    async def hears(
        self, what: str, *, who: str = DESK, where: str | None = None, within: float = 8.0
    ) -> Mapping[str, str]:
        """The named groups of the first line that is so. `what` is searched for, `where` (a regular
        expression, too) by default the channel. Raises NotHeard after `within` seconds."""
        place = re.escape(CHANNEL) if where is None else where
        wanted = {"who": re.escape(who), "where": place, "what": what}
        check = await self._check({"do": "expect", **wanted, "within": within}, within)
        if not check["came"]:
            raise NotHeard(
                self.name, f"a line of {who} like /{what}/ within {within:.0f} s", check["instead"]
            )
        groups: dict[str, str] = check["groups"]
        return groups

    async def heard(self, what: str, *, times: int, who: str = DESK) -> None:
        """Raises NotHeard unless so many lines like this came until now."""
        wanted = {"who": re.escape(who), "where": ".*", "what": what}
        check = await self._check({"do": "count", **wanted}, 0.0)
        if check["count"] != times:
            raise NotHeard(
                self.name, f"{times} line(s) of {who} like /{what}/", [f"{check['count']} of them"]
            )

    async def end(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        await end(self._process)
        self._told.cancel()

    async def _check(self, order: dict[str, Any], within: float) -> dict[str, Any]:
        number = len(self._checks)
        self._checks[number] = asyncio.get_running_loop().create_future()
        self.order({**order, "id": number})
        told: dict[str, Any] = await self._soon(self._checks[number], "to tell what they heard", within)
        return told

    def order(self, order: dict[str, Any]) -> None:
        """Give one order; nothing is waited for."""
        if self._process.stdin is None or self._told.done():
            raise SceneFailed(f"the player {self.name} is gone")
        self._process.stdin.write(json.dumps(order).encode() + b"\n")

    async def _soon(self, what: Any, deed: str, within: float = 0.0) -> Any:
        """The outcome of what the player was ordered; not for ever."""
        awaited = asyncio.ensure_future(what)
        done, _ = await asyncio.wait(
            {awaited, self._told}, timeout=within + READY_WITHIN, return_when=asyncio.FIRST_COMPLETED
        )
        if awaited not in done:
            awaited.cancel()
            raise SceneFailed(f"the player {self.name} did not manage {deed}")
        return await awaited

    async def _listen(self) -> None:
        """Until the process ends."""
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            report = json.loads(line)
            match report["tell"]:
                case "came":
                    self._there.set()
                case "left":
                    self._away.set()
                case "check":
                    self._checks[report["id"]].set_result(report)
            self._report(self.name, report)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a process: politely, then not."""
    for ask, within in ((process.terminate, _ENDS_WITHIN), (process.kill, _ENDS_WITHIN)):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            ask()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), within)
