"""Somebody who talks much: a bare client in a process of its own, so that what it does costs nobody else.

    python -m benchmarks.talker PORT NICK CHANNEL

says `{"joined": true}` when it is in the channel, and carries out each line of standard input:

    {"say": ["…", …], "rate": lines a second, 0 for as fast as it goes}   {"said": count, "seconds": …}
    {}                                                                    {"got": lines addressed to it}

It ends when its input does.
"""

import json
import os
import socket
import sys
import threading
import time

_TICK = 0.01


class Talker:
    """One connection; a thread reads what comes, so that the server never waits for us."""

    def __init__(self, port: int, nick: str, channel: str) -> None:
        self.got = 0
        self._nick = nick
        self._channel = channel
        self._inside = threading.Event()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._read, daemon=True).start()
        self._write([f"NICK {nick}", f"USER {nick} 0 * :{nick}"])
        self._inside.wait(30)

    def say(self, lines: list[str], rate: float) -> float:
        """Say the lines at that rate; how many seconds it took."""
        began = time.perf_counter()
        said = [f"PRIVMSG {self._channel} :{line}" for line in lines]
        each = max(1, round(rate * _TICK)) if rate else len(said)
        for start in range(0, len(said), each):
            self._write(said[start : start + each])
            if rate:
                time.sleep(max(0.0, began + (start + each) / rate - time.perf_counter()))
        return time.perf_counter() - began

    def _write(self, lines: list[str]) -> None:
        self._socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _read(self) -> None:
        mine = f" PRIVMSG {self._channel} :{self._nick}: "
        for line in self._socket.makefile(encoding="utf-8", errors="replace", newline="\n"):
            words = line.split(" ", 3)
            if words[0] == "PING":
                self._write([f"PONG {words[1].rstrip()}"])
            elif words[1] == "001":
                self._write([f"JOIN {self._channel}"])
            elif words[1] == "366":
                self._inside.set()
            self.got += mine in line


def main() -> None:
    port, nick, channel = sys.argv[1:]
    talker = Talker(int(port), nick, channel)
    print(json.dumps({"joined": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "say" in order:
            seconds = talker.say(order["say"], order["rate"])
            print(json.dumps({"said": len(order["say"]), "seconds": seconds}), flush=True)
        else:
            print(json.dumps({"got": talker.got}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
