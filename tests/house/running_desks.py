"""Real desks for tests: `pkgdesk run` in a process of its own, the demo's IRC server in another, and people.

Everything waits for something to happen, with a limit; nothing sleeps for a time.
"""

import contextlib
import json
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import nursery

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "bot" / "demo"
CHANNEL = "#xen-packaging"
PATIENCE = 30.0
KNOWN = "how do I build the tools without cloning QEMU?"

ENTRY = """\
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
answers:
  - applies: {xen: ">=4.4"}
    short: "Configure with `--with-system-qemu`; nothing is fetched then."
    source: https://example.org/INSTALL
verified: {on: 2026-10-01, by: bob, for: "4.20"}
"""

CONFIG = """\
networks:
  demo:
    host: 127.0.0.1
    port: {port}
    tls: no
    nick: pkgdesk
    channels: ["{channel}"]
    pace: {{burst: {burst}, rate: {rate}, target_rate: {rate}}}
    times: {{reconnect: 1s, reconnect_most: 1s}}
desk: {{bots_answer: 0s, settle: 1s}}
facets:
  xen: {{words: [hypervisor], bare: yes}}
  toolstack:
    choices: {{xl: [libxl], libvirt: [virsh, virt-manager, virt-install], xapi: [xcp-ng, xenserver]}}
knowledge: base
map: map.yaml
"""


class Lines:
    """The lines of a stream as they come, kept and waited for."""

    def __init__(self, stream: IO[str]) -> None:
        self.all: list[str] = []
        self._new: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: IO[str]) -> None:
        with contextlib.suppress(OSError, ValueError):
            for line in stream:
                self._new.put(line.rstrip("\r\n"))
        self._new.put(None)

    def until(self, wanted: Callable[[str], bool], after: int = 0) -> str:
        """The first line from number `after` on that is `wanted`."""
        for line in self.all[after:]:
            if wanted(line):
                return line
        while True:
            try:
                new = self._new.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError("it did not come; there was: " + "\n".join(self.all[-20:])) from None
            assert new is not None, "it ended; there was: " + "\n".join(self.all[-20:])
            self.all.append(new)
            if wanted(new):
                return new

    def end(self) -> None:
        """Returns when nothing more comes."""
        while self._new.get(timeout=PATIENCE) is not None:
            """Nobody waits for it."""


class Server:
    """The demo's IRC server."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.demo.server", "--port", "0", "--accounts", "bob=secret"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port: int = json.loads(self.process.stdout.readline())["port"]
        self.people: list[Person] = []

    def is_left(self) -> None:
        """All people leave, so that their nicks are free for the next test."""
        for person in tuple(self.people):
            person.leaves()

    def ends(self) -> None:
        self.process.kill()
        self.process.wait()


class Person:
    """Somebody on the server."""

    def __init__(self, server: Server, nick: str) -> None:
        self.nick = nick
        self._server = server
        server.people.append(self)
        self._socket = socket.create_connection(("127.0.0.1", server.port))
        self.lines = Lines(self._socket.makefile("r", encoding="utf-8", errors="replace"))
        self.writes(f"NICK {nick}", f"USER {nick} 0 * :{nick}", f"JOIN {CHANNEL}")
        self.lines.until(lambda line: " 366 " in line)

    def writes(self, *lines: str) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def says(self, text: str) -> None:
        """In the channel, once the desk is there."""
        self.lines.until(
            lambda line: re.match(r":pkgdesk!\S+ JOIN |\S+ 353 .*[ :]pkgdesk( |$)", line) is not None
        )
        self.writes(f"PRIVMSG {CHANNEL} :{text}")

    def hears(self, text: str, after: int = 0) -> str:
        return self.lines.until(lambda line: line.startswith(":pkgdesk!") and text in line, after)

    def leaves(self) -> None:
        self._server.people.remove(self)
        self._socket.shutdown(socket.SHUT_RDWR)
        self.lines.end()
        self._socket.close()


class Desk:
    """A folder with a desk's configuration, base and map, and the process that runs there."""

    def __init__(
        self, folder: Path, server: Server, *, burst: int = 50, rate: float = 100.0, more: str = ""
    ) -> None:
        self.folder = folder
        (folder / "base").mkdir(parents=True)
        (folder / "base" / "system-qemu.yaml").write_text(ENTRY)
        shutil.copy(DEMO / "map.yaml", folder)
        text = CONFIG.format(port=server.port, channel=CHANNEL, burst=burst, rate=rate)
        (folder / "config.yaml").write_text(text + more)
        self.environment: dict[str, str] = {}
        self.process: nursery.Child | None = None
        self.log: Lines | None = None

    @property
    def socket(self) -> Path:
        return self.folder / "pkgdesk.sock"

    def starts(self) -> None:
        env = environment(**self.environment)
        self.process, log = nursery.telling("run", on="stderr", cwd=self.folder, env=env)
        self.log = Lines(log)

    def is_there(self) -> None:
        self.logs("connected")
        self.logs("calibrated on the base at hand")

    def logs(self, event: str, **fields: object) -> dict[str, Any]:
        """What is logged of an event, with these values, as soon as it is."""

        def wanted(line: str) -> bool:
            said = json.loads(line) if line.startswith("{") else {}
            return said.get("event") == event and all(
                said.get(name) == value for name, value in fields.items()
            )

        assert self.log is not None
        found: dict[str, Any] = json.loads(self.log.until(wanted))
        return found

    def gets(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def ends(self) -> int:
        """Its exit code, once it has one."""
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def ctl(self, *words: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
        return pkgdesk(self.folder, "ctl", *words, said=said)

    def is_stopped(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **more}


def pkgdesk(folder: Path, *words: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command line, in a folder."""
    return nursery.ran(*words, cwd=folder, env=environment(), said=said or "")


@contextlib.contextmanager
def served() -> Iterator[Server]:
    server = Server()
    try:
        yield server
    finally:
        server.ends()


@contextlib.contextmanager
def running(desk: Desk) -> Iterator[Desk]:
    """The desk, from when it is there."""
    try:
        desk.starts()
        desk.is_there()
        yield desk
    finally:
        desk.is_stopped()
