"""The client of the control socket: says one command after the other, and gives what the desk answers.

It knows the protocol (`bot.transports.control_protocol`) and nothing of the desk, so that it starts quickly:
of ours only `bot.unix_socket` is imported, of libraries none. What is slow to come by (the configuration, a
desk of one's own where none runs, the table of commands) is asked of whoever made the session. Raises
`SocketError`.
"""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from bot.unix_socket import NobodyListens, SocketError, connect

BETWEEN = 10.0
"""Seconds for a desk that is starting to listen, or for one that is ending to end."""

_AGAIN = 0.2
_READ = 1 << 16


class DeskGone(SocketError):
    """The connection ended, or nothing came in time; what was said may have been done."""


class BetweenTimes(SocketError):
    """Nobody listens, and yet there is a desk: it is just starting, or ending."""


class Refused(SocketError):
    """The desk does not talk to us; the text is its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk said to one command, and how that ended: well, complained, wrong or failed."""

    lines: tuple[str, ...]
    end: str
    commands: tuple[dict[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file for the knowledge base, whole: `now` as it is to be, `was` as it was when that was begun with
    (empty: a new entry). `note`: what its reviewer is told. `number`: of the draft whose place it takes."""

    now: str
    was: str = ""
    note: str = ""
    number: int | None = None


Said: TypeAlias = str | Proposal
"""What an operator says: the words of a command, or what they propose."""


class Connection:
    """A connection to the desk behind `path`. `timeout`: seconds that an answer may take."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._timeout = timeout
        self._socket = connect(path, timeout)
        self._lines = _lines(self._socket)

    def say(self, said: Said) -> Answer:
        """One command, from its words to its end."""
        if isinstance(said, str):
            return self._exchange(say=said)
        told = {name: value for name, value in asdict(said).items() if value}
        return self._exchange(propose=told)

    def commands(self) -> tuple[dict[str, Any], ...]:
        """What there is: usage, meaning and names of each command."""
        return self._exchange(list="commands").commands

    def close(self) -> None:
        self._socket.close()

    def _exchange(self, **asked: object) -> Answer:
        told: list[str] = []
        commands: tuple[dict[str, Any], ...] = ()
        with contextlib.suppress(OSError):  # why is in what is there to be read
            # What the terminal gave and is no text is no command either.
            line = json.dumps(asked, ensure_ascii=False).encode("utf-8", "replace")
            self._socket.sendall(line + b"\n")
        try:
            for line in self._lines:
                match json.loads(line):
                    case {"end": str(end)}:
                        return Answer(tuple(told), end, commands)
                    case {"line": str(text)} | {"news": str(text)}:
                        told.append(text)
                    case {"commands": list(found)}:
                        commands = tuple(found)
                    case {"error": str(why)}:
                        raise Refused(why)
        except TimeoutError:
            waited = f"{self._timeout:g} s"
            raise DeskGone(f"the desk has not answered within {waited}; it may do so yet") from None
        except (OSError, ValueError) as error:
            raise DeskGone(f"what the desk said could not be read: {error}") from error
        raise DeskGone("the desk ended before it answered")


class Session:
    """One operator's commands. `find`: where the socket is; `alone`: what answers where nobody listens, and
    why that is (BetweenTimes has it asked again for a while); `explain`: what answers `help`."""

    def __init__(
        self,
        find: Callable[[], Path],
        timeout: float,
        *,
        alone: Callable[[Said, NobodyListens], Answer],
        explain: Callable[[str], Answer],
    ) -> None:
        self._find = find
        self._timeout = timeout
        self._alone = alone
        self._explain = explain
        self._connection: Connection | None = None

    def say(self, said: Said) -> Answer:
        """What the desk answers. Raises SocketError; the next command tries anew."""
        first, _, rest = said.partition(" ") if isinstance(said, str) else ("", "", "")
        if first.casefold() == "help":
            return self._explain(rest.strip())
        by = time.monotonic() + min(self._timeout, BETWEEN)
        while True:
            try:
                return self._connected().say(said)
            except NobodyListens as why:
                try:
                    return self._alone(said, why)
                except BetweenTimes:
                    if time.monotonic() >= by:
                        raise
                time.sleep(_AGAIN)
            except BaseException:
                # Half an answer is left in it.
                self.close()
                raise

    def meanings(self) -> dict[str, str]:
        """Every name of a command, with what it does. Raises SocketError."""
        found = self._connected().commands()
        return {name: each["meaning"] for each in found for name in each["names"]}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = Connection(self._find(), self._timeout)
        return self._connection


def _lines(connection: socket.socket) -> Iterator[bytes]:
    """The lines that arrive, until the other end closes."""
    rest = b""
    while data := connection.recv(_READ):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole
