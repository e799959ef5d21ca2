"""Many people at plain clients, in one process of their own, so that what they do costs nobody else.

    python -m benchmarks.throng PORT NAME IDLERS TALKERS CHANNEL,CHANNEL… BOT

Idler number n is NAMEin, in two channels; talker number n is NAMEtn, in one. It says `{"joined": people}`
when all are in theirs, and carries out each line of standard input:

    {"say": ["…", …], "rate": lines a second, 0 for as fast as it goes}
            the talkers say the lines in turn, each in their channel     {"said": count, "seconds": …}
    {}      how much the bot said to talkers since this was last asked: the most in public to one of them
            in a minute, in public and in private to all
                                          {"in a minute": lines, "public": lines, "private": lines}

It ends when its input does. What is heard is looked at only where the bot may have said it.
"""

import asyncio
import json
import os
import sys
import threading
import time
from bisect import bisect_left
from functools import partial
from itertools import count

HOST = "127.0.0.1"
_TICK = 0.01
_MINUTE = 60.0
_PATIENCE = 60.0


class Voice(asyncio.Protocol):
    """One connection. `joined` is called when it is in all its channels."""

    transport: asyncio.Transport

    def __init__(self, nick: str, channels: tuple[str, ...], bot: str) -> None:
        self.nick = nick
        self.channels = channels
        self.public: list[float] = []
        self.private: list[float] = []
        self.inside: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._by_bot = f":{bot}!".encode()
        self._to_me = f" :{nick}: ".encode()
        self._rest = b""
        self._wanted = len(channels)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.write(f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick}")

    def connection_lost(self, error: Exception | None) -> None:
        if not self.inside.done():
            self.inside.set_exception(error or ConnectionError(f"{self.nick} was sent away"))

    def write(self, *lines: str) -> None:
        self.transport.write("".join(f"{line}\r\n" for line in lines).encode())

    def data_received(self, data: bytes) -> None:
        whole, _, self._rest = (self._rest + data).rpartition(b"\n")
        if self.inside.done() and self._by_bot not in whole and b"PING " not in whole:
            return
        for line in whole.split(b"\n"):
            self._heard(line)

    def _heard(self, line: bytes) -> None:
        if line.startswith(self._by_bot):
            words = line.split(b" ", 3)
            if words[1] in (b"PRIVMSG", b"NOTICE") and words[2] == self.nick.encode():
                self.private.append(time.monotonic())
            elif words[1] == b"PRIVMSG" and self._to_me in line:
                self.public.append(time.monotonic())
        elif line.startswith(b"PING "):
            self.write(f"PONG {line[5:].decode().strip()}")
        elif not self.inside.done():
            numeric = line.split(b" ", 2)[1:2]
            if numeric == [b"001"]:
                self.write(f"JOIN {','.join(self.channels)}")
            elif numeric == [b"366"]:
                self._wanted -= 1
                if not self._wanted:
                    self.inside.set_result(None)


class Throng:
    """Everybody of it."""

    def __init__(
        self, port: int, name: str, idlers: int, talkers: int, channels: list[str], bot: str
    ) -> None:
        of = len(channels)
        self._port = port
        self._idlers = [
            Voice(f"{name}i{n}", tuple({channels[n % of]: None, channels[(n + 1) % of]: None}), bot)
            for n in range(idlers)
        ]
        self._talkers = [Voice(f"{name}t{n}", (channels[n % of],), bot) for n in range(talkers)]
        self._turn = count()

    async def come(self) -> int:
        """How many are inside."""
        everybody = [*self._idlers, *self._talkers]
        loop = asyncio.get_running_loop()
        for voice in everybody:
            await loop.create_connection(partial(_same, voice), HOST, self._port)
        async with asyncio.timeout(_PATIENCE):
            await asyncio.gather(*(voice.inside for voice in everybody))
        return len(everybody)

    async def say(self, lines: list[str], rate: float) -> float:
        """Say the lines at that rate; how many seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        each = max(1, round(rate * _TICK)) if rate else len(lines)
        for start in range(0, len(lines), each):
            for line in lines[start : start + each]:
                voice = self._talkers[next(self._turn) % len(self._talkers)]
                voice.write(f"PRIVMSG {voice.channels[0]} :{line}")
            if rate:
                await asyncio.sleep(max(0.0, began + (start + each) / rate - loop.time()))
        return loop.time() - began

    def told(self) -> dict[str, int]:
        """How much the bot said to talkers; it is forgotten."""
        told = {
            "in a minute": max(most(voice.public) for voice in self._talkers),
            "public": sum(len(voice.public) for voice in self._talkers),
            "private": sum(len(voice.private) for voice in self._talkers),
        }
        for voice in self._talkers:
            voice.public.clear()
            voice.private.clear()
        return told


def most(moments: list[float]) -> int:
    """How many of them fall into one minute, at the most."""
    return max((bisect_left(moments, at + _MINUTE) - n for n, at in enumerate(moments)), default=0)


def _same(voice: Voice) -> Voice:
    return voice


async def _run(throng: Throng) -> None:
    loop, orders = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, line)
        os._exit(0)

    print(json.dumps({"joined": await throng.come()}), flush=True)
    threading.Thread(target=read, daemon=True).start()
    while True:
        order = json.loads(await orders.get())
        if "say" in order:
            seconds = await throng.say(order["say"], order["rate"])
            print(json.dumps({"said": len(order["say"]), "seconds": seconds}), flush=True)
        else:
            print(json.dumps(throng.told()), flush=True)


def main() -> None:
    port, name, idlers, talkers, channels, bot = sys.argv[1:]

    async def run() -> None:
        await _run(Throng(int(port), name, int(idlers), int(talkers), channels.split(","), bot))

    asyncio.run(run())


if __name__ == "__main__":
    main()
