"""One player of the demo: a real client in a process of its own, told what to do, telling what it hears.

    python -m bot.demo.player --host 127.0.0.1 --port 6667 --nick alice --channel '#xen-packagers'
    python -m bot.demo.matrix_player --homeserver http://127.0.0.1:8008 --nick alice --channel '#x:localhost'

reads one JSON object a line from standard input (orders, carried out in their order) and writes one a line to
standard output (reports). The password is the account's name, as everywhere in the demo.

    {"do": "come"}                                         connect, identify, join
    {"do": "say", "where": "#channel", "what": "…"}
    {"do": "react", "what": "👍"}                          to the line that was found last; not on IRC
    {"do": "expect", "id": 1, "who": R, "where": R, "what": R, "within": seconds}
    {"do": "count", "id": 2, "who": R, "where": R, "what": R}
    {"do": "leave", "what": "…"}                           say goodbye and hang up; `come` comes back

    {"tell": "came"}  {"tell": "left"}                     the player itself
    {"tell": "present", "who": ["bob", "pkgdesk"]}         who was there already
    {"tell": "said", "where": "#channel", "what": "…"}
    {"tell": "heard", "who": "pkgdesk", "where": "#channel", "what": "…"}     on Matrix with its "event", too
    {"tell": "reacted", "what": "👍", "to": "…"}
    {"tell": "joined", "who": "bob"}  {"tell": "gone", "who": "bob", "what": "…"}
    {"tell": "check", "id": 1, "came": true, "groups": {…}}
    {"tell": "check", "id": 1, "came": false, "instead": ["…"]}
    {"tell": "check", "id": 2, "count": 1}
    {"tell": "trouble", "what": "…"}

R is a regular expression: `who` and `where` must match in full, `what` is searched for. Whether an expected
line came is decided here, by the client that receives it. Each line answers one expectation at most, and what
is expected in one place is expected in the order in which it is said: a line that came before the last one
that was found no longer counts. `where` is the channel, or the player's own nick for what is said privately.

It ends when its input does. Must not import anything of the bot but its clients: it is one like any other.
"""

import argparse
import asyncio
import contextlib
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from bot.demo.client import Client, Tell, Trouble

_SHOWN_INSTEAD = 8


@dataclass(frozen=True, slots=True)
class Said:
    """Something that was heard: who said what, and where."""

    who: str
    where: str
    what: str
    event: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an expected line is like."""

    who: re.Pattern[str]
    where: re.Pattern[str]
    what: re.Pattern[str]

    @classmethod
    def read(cls, order: dict[str, Any]) -> "Wanted":
        who, where, what = (re.compile(order[key]) for key in ("who", "where", "what"))
        return cls(who, where, what)

    def found_in(self, said: Said) -> re.Match[str] | None:
        if self.who.fullmatch(said.who) and self.where.fullmatch(said.where):
            return self.what.search(said.what)
        return None


class Ear:
    """What a player has heard, and what is still expected of it."""

    def __init__(self) -> None:
        self._heard: list[Said] = []
        self._past: dict[str, int] = {}
        self.last: Said | None = None
        """What was found last."""
        self._more = asyncio.Event()

    def hears(self, said: Said) -> None:
        self._heard.append(said)
        self._more.set()

    def count(self, wanted: Wanted) -> int:
        return sum(wanted.found_in(said) is not None for said in self._heard)

    async def expect(self, wanted: Wanted, within: float) -> re.Match[str] | None:
        """The match in the first line that counts; None where there is none within so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while (found := self._find(wanted)) is None:
                    self._more.clear()
                    await self._more.wait()
                return found
        return None

    def lately(self, wanted: Wanted) -> list[str]:
        """What came in the places in question since the last line that was found there."""
        return [
            f"<{said.who}> {said.what}"
            for index, said in enumerate(self._heard)
            if wanted.where.fullmatch(said.where) and index >= self._past.get(said.where, 0)
        ][-_SHOWN_INSTEAD:]

    def _find(self, wanted: Wanted) -> re.Match[str] | None:
        for index, said in enumerate(self._heard):
            if index >= self._past.get(said.where, 0) and (found := wanted.found_in(said)):
                self._past[said.where] = index + 1
                self.last = said
                return found
        return None


class SomeClient(Protocol):
    """Of any network."""

    async def come(self) -> None: ...
    async def say(self, where: str, what: str) -> None: ...
    async def react(self, event: str, what: str, to: str) -> None: ...
    async def leave(self, why: str = ...) -> None: ...


class Player:
    """Carries out orders, and tells. `made`: a client that reports to whom it is given."""

    def __init__(self, made: Callable[[Tell], SomeClient]) -> None:
        self._ear = Ear()
        self._client = made(self._hear)
        self._checks: set[asyncio.Task[None]] = set()

    async def play(self, orders: asyncio.StreamReader) -> None:
        """Until the orders end."""
        try:
            while line := await orders.readline():
                try:
                    await self._obey(json.loads(line))
                except (Trouble, OSError) as error:
                    _tell({"tell": "trouble", "what": str(error)})
        finally:
            for check in self._checks:
                check.cancel()
            await self._client.leave()

    async def _obey(self, order: dict[str, Any]) -> None:
        match order["do"]:
            case "come":
                await self._client.come()
            case "say":
                await self._client.say(order["where"], order["what"])
            case "react" if self._ear.last is not None:
                await self._client.react(self._ear.last.event, order["what"], self._ear.last.what)
            case "leave":
                await self._client.leave(order["what"])
            case "expect":
                check = asyncio.create_task(self._expect(order))
                self._checks.add(check)
                check.add_done_callback(self._checks.discard)
            case "count":
                _tell({"tell": "check", "id": order["id"], "count": self._ear.count(Wanted.read(order))})

    async def _expect(self, order: dict[str, Any]) -> None:
        wanted = Wanted.read(order)
        found = await self._ear.expect(wanted, order["within"])
        if found is not None:
            _tell({"tell": "check", "id": order["id"], "came": True, "groups": found.groupdict()})
        else:
            instead = self._ear.lately(wanted)
            _tell({"tell": "check", "id": order["id"], "came": False, "instead": instead})

    def _hear(self, report: dict[str, Any]) -> None:
        _tell(report)
        if report["tell"] == "heard":
            self._ear.hears(Said(report["who"], report["where"], report["what"], report.get("event", "")))


def _tell(report: dict[str, Any]) -> None:
    print(json.dumps(report), flush=True)


async def _play(made: Callable[[Tell], SomeClient]) -> None:
    orders = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(orders)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    await Player(made).play(orders)


def played(made: Callable[[Tell], SomeClient]) -> None:
    """Play until the orders end, by what `made` makes."""
    # The reader of the reports may be gone first.
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        asyncio.run(_play(made))


def arguments_for(*of_network: str) -> argparse.Namespace:
    """What the command line says; each of `of_network` must be there, too."""
    parser = argparse.ArgumentParser(description="One player of the demo.")
    for name in of_network:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--nick", required=True, help="which is the account and its password, too")
    parser.add_argument("--channel", required=True)
    return parser.parse_args()


def main() -> None:
    said = arguments_for("host", "port")
    played(lambda tell: Client(said.host, int(said.port), said.nick, said.channel, tell))


if __name__ == "__main__":
    main()
