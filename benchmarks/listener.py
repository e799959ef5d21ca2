"""The peer of the desk's ears: a client made of the library `irc` alone, which hears and does nothing.

    python -m benchmarks.listener PORT NICK CHANNEL

Each line on standard input is answered by `{"heard": lines of the channel so far, "cpu": seconds}`; it
ends when its input does. `{"joined": true}` comes first, as soon as it is in the channel.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from irc.client import SimpleIRCClient


class Listener(SimpleIRCClient):  # type: ignore[misc]
    """Joins, and counts."""

    def __init__(self, nick: str, channel: str) -> None:
        super().__init__()
        self.heard = 0
        self._nick = nick
        self._channel = channel

    def on_welcome(self, connection: Any, _: Any) -> None:
        connection.join(self._channel)

    def on_join(self, _: Any, event: Any) -> None:
        if event.source.nick == self._nick:
            print(json.dumps({"joined": True}), flush=True)

    def on_pubmsg(self, _: Any, __: Any) -> None:
        self.heard += 1

    def answer(self) -> None:
        """Until the input ends."""
        for _ in sys.stdin:
            print(json.dumps({"heard": self.heard, "cpu": time.process_time()}), flush=True)
        os._exit(0)


def main() -> None:
    port, nick, channel = sys.argv[1:]
    listener = Listener(nick, channel)
    threading.Thread(target=listener.answer, daemon=True).start()
    listener.connect("127.0.0.1", int(port), nick)
    listener.start()


if __name__ == "__main__":
    main()
