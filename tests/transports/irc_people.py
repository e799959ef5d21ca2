"""People on an IRC network, for tests: clients that know nothing and do what they are told."""

import asyncio
import contextlib
from collections.abc import Callable

PATIENCE = 10.0
CHANNEL = "#xen-packaging"


class Person:
    """A client of IRC that knows nothing: it writes what it is told to, and keeps what it reads."""

    def __init__(self, nick: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.nick = nick
        self.lines: list[str] = []
        self._writer = writer
        self._changed = asyncio.Condition()
        self._task = asyncio.create_task(self._read(reader))

    @classmethod
    async def comes(cls, port: int, nick: str, *, channel: str | None = CHANNEL) -> "Person":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        person = cls(nick, reader, writer)
        person.writes(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
        await person.reads(lambda text: text.split()[1:2] in (["376"], ["422"]))
        if channel is not None:
            person.writes(f"JOIN {channel}")
            await person.reads(lambda text: text.split()[1:2] == ["366"])
        return person

    def writes(self, *lines: str | bytes) -> None:
        for each in lines:
            raw = each if isinstance(each, bytes) else each.encode("utf-8", "surrogateescape")
            self._writer.write(raw + b"\r\n")

    async def reads(self, wanted: Callable[[str], bool], after: int = 0) -> str:
        """The first line from number `after` on that is `wanted`."""
        async with asyncio.timeout(PATIENCE), self._changed:
            while True:
                for text in self.lines[after:]:
                    if wanted(text):
                        return text
                after = len(self.lines)
                await self._changed.wait()

    async def settles(self) -> None:
        """Waits until the server has dealt with all that was written, and all of its answers are here."""
        token = f"settled{len(self.lines)}"
        self.writes(f"PING :{token}")
        await self.reads(lambda text: " PONG " in text and text.endswith(token))

    def said_by(self, nick: str) -> list[str]:
        """What `nick` said, to whomever, in order."""
        said = [text.partition(" PRIVMSG ") for text in self.lines if text.startswith(f":{nick}!")]
        return [rest.partition(" :")[2] for _, verb, rest in said if verb]

    async def leaves(self) -> None:
        self._writer.close()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await self._task

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while raw := await reader.readline():
                text = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
                if text.startswith("PING "):
                    self.writes("PONG " + text[5:])
                    continue
                async with self._changed:
                    self.lines.append(text)
                    self._changed.notify_all()
