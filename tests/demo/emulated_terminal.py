"""A terminal without a screen: a real program runs on a pseudo-terminal, and what it draws is looked at."""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import nursery
import pyte

T = TypeVar("T")

_PKGDESK = Path(__file__).with_name("at_this_terminal.py")

WITHIN = 60.0
"""Seconds that anything may take to be seen, on a busy machine."""

KEYS = {
    "enter": "\r",
    "tab": "\t",
    "escape": "\x1b",
    "up": "\x1b[A",
    "ctrl-c": "\x03",
    "ctrl-d": "\x04",
    "ctrl-l": "\x0c",
    "ctrl-u": "\x15",
    "ctrl-z": "\x1a",
}


class Terminal:
    """A program on a terminal of its own: `pkgdesk` with these words, or another `command`. `written`: every
    byte that it has written."""

    process: nursery.Child | subprocess.Popen[bytes]

    def __init__(
        self,
        words: Sequence[str],
        *,
        command: Sequence[str] = (),
        columns: int = 80,
        rows: int = 24,
        cwd: Path | None = None,
        environment: Mapping[str, str] = {},
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, rows, history=1000)
        self.written = b""
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = os.openpty()
        self._size(columns, rows)
        env = {**without_colour_settings(os.environ), "TERM": "xterm-256color", **environment}
        if command:
            self.process = subprocess.Popen(
                [*command, *words], cwd=cwd, env=env, preexec_fn=partial(os.login_tty, slave)
            )
        else:
            self.process = nursery.started(
                *words, program=_PKGDESK, cwd=cwd, env=env, stdin=slave, stdout=slave, stderr=slave
            )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hangs_up()
        try:
            self.process.wait(WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    # --- what is done at it -----------------------------------------------------------------------------

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.types(KEYS[key])

    def enters(self, text: str) -> None:
        self.types(text + KEYS["enter"])

    def pastes(self, text: str) -> None:
        """As terminals paste where a program has asked for it in brackets."""
        self.types(f"\x1b[200~{text}\x1b[201~")

    def resizes(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        self._size(columns, rows)

    def hangs_up(self) -> None:
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    # --- what is seen -----------------------------------------------------------------------------------

    @property
    def rows(self) -> list[str]:
        """The screen, row by row, as far as something stands there."""
        return [row.rstrip() for row in self.screen.display]

    @property
    def shown(self) -> str:
        return "\n".join(self.rows).rstrip("\n")

    @property
    def scrolled(self) -> str:
        """What has left the screen at its top, and the screen."""
        past = [
            "".join(row[x].data for x in range(self.screen.columns)).rstrip()
            for row in self.screen.history.top
        ]
        return "\n".join([*past, *self.rows])

    def sees(self, what: str) -> re.Match[str]:
        """The first place on the screen, or above it, that is so."""
        return self._until(lambda: re.search(what, self.scrolled, re.MULTILINE), f"/{what}/")

    def sees_now(self, what: str) -> re.Match[str]:
        """The same of what is on the screen and not scrolled away."""
        return self._until(lambda: re.search(what, self.shown, re.MULTILINE), f"/{what}/ on the screen")

    def sees_no_longer(self, what: str) -> None:
        self._until(lambda: not re.search(what, self.shown, re.MULTILINE) or None, f"no /{what}/")

    def style(self, what: str) -> tuple[str, bool, bool]:
        """Colour, boldness and reverse of the first character of the last such text on the screen."""
        for y, row in reversed(list(enumerate(self.screen.display))):
            if (x := row.rfind(what)) >= 0:
                cell = self.screen.buffer[y][x]
                return cell.fg, cell.bold, cell.reverse
        raise AssertionError(f"{what} is not on the screen:\n{self.shown}")

    def ends(self) -> int:
        """The exit code; whatever it still writes is read."""
        return self._until(self.process.poll, "the end of the program")

    def _until(self, seen: Callable[[], T | None], what: str) -> T:
        end = time.monotonic() + WITHIN
        over = False
        while (found := seen()) is None:
            if over or time.monotonic() > end:
                raise AssertionError(f"{what} did not come:\n{self.scrolled}")
            self._read(0.1)
            over = self._master < 0 and self.process.poll() is not None
        return found

    def _read(self, within: float) -> None:
        if self._master < 0:
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(within)
        elif select.select([self._master], [], [], within)[0]:
            try:
                data = os.read(self._master, 65536)
            except OSError:  # the program has ended
                self.hangs_up()
                return
            self.written += data
            self._stream.feed(data)

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def without_colour_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What whoever runs the tests has set for their own terminal is left out."""
    mine = {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "PROMPT_TOOLKIT_COLOR_DEPTH"}
    return {key: value for key, value in environment.items() if key not in mine}
