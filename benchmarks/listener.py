"""The peer of the desk's ears: a client made of the library `irc` alone, which hears and does nothing.

    python -m benchmarks.listener PORT NICK CHANNEL[,CHANNEL…] [own|asyncio]

`asyncio`: on the library's client for asyncio, as the desk is, instead of its own loop. Each line on standard
input is answered by `{"heard": lines of the channels so far, "cpu": seconds}`; it ends when its input does.
`{"joined": true}` comes first, as soon as it is in the channels.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from irc.client import SimpleIRCClient
from irc.client_aio import AioSimpleIRCClient


class Ears:
    """Joins, and counts: what both clients have in common."""

    def __init__(self, nick: str, channels: str) -> None:
        super().__init__()
        self.heard = 0
        self._nick = nick
        self._channels = channels
        self._missing = channels.count(",") + 1

    def on_welcome(self, connection: Any, _: Any) -> None:
        connection.join(self._channels)

    def on_join(self, _: Any, event: Any) -> None:
        if event.source.nick == self._nick:
            self._missing -= 1
            if not self._missing:
                print(json.dumps({"joined": True}), flush=True)

    def on_pubmsg(self, _: Any, __: Any) -> None:
        self.heard += 1

    def answer(self) -> None:
        """Until the input ends."""
        for _ in sys.stdin:
            print(json.dumps({"heard": self.heard, "cpu": time.process_time()}), flush=True)
        os._exit(0)


class Listener(Ears, SimpleIRCClient):  # type: ignore[misc]
    """On the library's own loop."""


class AioListener(Ears, AioSimpleIRCClient):  # type: ignore[misc]
    """On asyncio."""


def main() -> None:
    port, nick, channels, *loop = sys.argv[1:]
    listener = AioListener(nick, channels) if loop == ["asyncio"] else Listener(nick, channels)
    threading.Thread(target=listener.answer, daemon=True).start()
    listener.connect("127.0.0.1", int(port), nick)
    listener.start()


if __name__ == "__main__":
    main()
