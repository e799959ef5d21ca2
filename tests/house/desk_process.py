"""A desk in a process of its own, on the demo's IRC server, seen from outside.

    async with Stage(tmp_path, monitoring={"port": …}) as stage:
        await stage.start()
        alice = await stage.enter("alice")
        alice.says("pkgdesk", "how do I …?")
        await alice.hears("with-system-qemu")

Everything waits for something to happen, with a limit, and every process that was started is ended.
"""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

import nursery

from bot.demo.server import DemoServer

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "bot" / "demo"
PATIENCE = 40.0
CHANNEL = "#xen-packagers"

T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def until(true: Callable[[], bool], what: str) -> None:
    """Waits until it is `true`."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"it never came that {what}"
        await asyncio.sleep(0.02)


async def eventually(ask: Callable[[], Awaitable[T]], right: Callable[[T], bool], what: str) -> T:
    """The first answer that is `right`. Nobody listening is no answer."""
    end = time.monotonic() + PATIENCE
    answer: object = "nothing"
    while True:
        with contextlib.suppress(ConnectionError):
            answer = found = await ask()
            if right(found):
                return found
        assert time.monotonic() < end, f"it never came that {what}, but {answer}"
        await asyncio.sleep(0.05)


class Client:
    """Somebody on the network, who says lines and keeps what they hear."""

    def __init__(self, nick: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.nick = nick
        self.heard: list[str] = []
        self._writer = writer
        self._listening = asyncio.create_task(self._listen(reader))

    def sends(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())

    def says(self, where: str, what: str) -> None:
        self.sends(f"PRIVMSG {where} :{what}")

    async def hears(self, pattern: str) -> str:
        """The first line, of all so far, in which `pattern` is found."""

        def found() -> str | None:
            return next((line for line in self.heard if re.search(pattern, line)), None)

        await until(
            lambda: found() is not None, f"{self.nick} hears /{pattern}/; they heard {self.heard[-5:]}"
        )
        return found() or ""

    async def close(self) -> None:
        self._listening.cancel()
        self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n"):
            if line.startswith("PING"):
                self.sends(line.replace("PING", "PONG", 1))
            self.heard.append(line)


@contextlib.contextmanager
def serving(accounts: Mapping[str, str]) -> Iterator[DemoServer]:
    """The demo's IRC server, in threads of this process."""
    with DemoServer(0, accounts) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Stage:
    """`settings` are the desk's configuration beside network, knowledge and map; `network` that of its
    network; `environment` what is set for its process."""

    def __init__(
        self,
        folder: Path,
        *,
        accounts: Mapping[str, str] = MappingProxyType({}),
        network: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.log_file = folder / "desk.log"
        self.configuration = folder / "config.yaml"
        self.database = folder / "desk.sqlite"
        self.desk: nursery.WaitedFor | None = None
        self._accounts = accounts
        self._network = network or {}
        self._environment = environment or {}
        self._settings = settings
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.port = self._open.enter_context(serving(self._accounts)).port
        self.configure()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def configure(self, **settings: Any) -> None:
        """Write the configuration; `settings` are other than at first. (What JSON writes, YAML reads.)"""
        network = {
            "host": "127.0.0.1",
            "port": str(self.port),
            "tls": "no",
            "nick": "pkgdesk",
            "channels": [CHANNEL],
            "pace": {"burst": "50", "rate": "50", "target_rate": "50"},
            "times": {"reconnect": "1s"},
            **self._network,
        }
        written = {
            "networks": {"demo": network},
            "knowledge": str(DEMO / "knowledge"),
            "map": str(DEMO / "map.yaml"),
            "database": self.database.name,
            "desk": {"bots_answer": "0s", "settle": "0s", "ping_after": "0s"},
            **self._settings,
            **settings,
        }
        self.configuration.write_text(json.dumps(written), "utf-8")

    async def start(self) -> None:
        """Start the desk, without waiting for it."""
        with self.log_file.open("ab") as log:
            self.desk = nursery.started(
                *("run", "--config", str(self.configuration)),
                stderr=log.fileno(),
                cwd=ROOT,
                env={**os.environ, **self._environment},
                kind=nursery.WaitedFor,
            )
        self._open.push_async_callback(ended, self.desk)

    async def enter(self, nick: str, channel: str = CHANNEL) -> Client:
        """Somebody comes into the channel, and sees the desk there."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        client = Client(nick, reader, writer)
        self._open.push_async_callback(client.close)
        client.sends(f"NICK {nick}")
        client.sends(f"USER {nick} 0 * :{nick}")
        client.sends(f"JOIN {channel}")
        await client.hears(rf"(353 .*\bpkgdesk\b|:pkgdesk!\S+ JOIN :?{re.escape(channel)})")
        return client

    def signalled(self, number: signal.Signals) -> None:
        assert self.desk is not None
        self.desk.send_signal(number)

    async def ends(self) -> int:
        """The exit code of the desk, once it has ended."""
        assert self.desk is not None
        async with asyncio.timeout(PATIENCE):
            return await self.desk.wait()

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The lines of the log that tell of `event`."""
        lines = (json.loads(line) for line in self.log.splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == event]


async def ended(process: asyncio.subprocess.Process | nursery.WaitedFor) -> None:
    """End a process that is still there: politely, then not."""
    for number in (signal.SIGCONT, signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        if number is not signal.SIGCONT:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10.0):
                    await process.wait()


async def got(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, dict[str, str], str]:
    """What the page answers: status, headers, body."""
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
        writer.close()
    status, *lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body
