"""One connection of the desk's to a scripted network, line by line.

Each line is taken in its turn: so many at once, so many a second after that. Who has more waiting than the
profile allows is killed, and that is noted as broken: the desk must never come so far. So is a line that no
server would take: too long, not UTF-8, with a NUL or a bare CR.
"""

import asyncio
from collections import deque
from datetime import UTC, datetime

from memory_wire import Wire
from network import Network, User

PING_EVERY = 120.0
UNREGISTERED = ("CAP", "NICK", "USER", "AUTHENTICATE", "PING", "PONG", "QUIT", "PASS")


class Connection:
    """The lines of one connection, each way. What a command does is a method `_on_COMMAND` of an heir."""

    def __init__(self, network: Network, wire: Wire) -> None:
        self.network = network
        self.wire = wire
        self.caps: set[str] = set()
        self.monitored: set[str] = set()
        self.registered = False
        self.user = User("*", "user", f"gateway.{network.chance.randrange(1000)}.example")
        self._part = b""
        self._waiting: deque[bytes] = deque()
        self._loop = asyncio.get_running_loop()
        self._tokens, self._at = float(network.profile.burst), self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._over = False
        self._heard_at = self._loop.time()
        self._answer: list[str] | None = None
        self._pinging = self._loop.call_later(PING_EVERY, self._ping)
        network.seats.append(self)

    # --- bytes -----------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        self._heard_at = self._loop.time()
        *lines, self._part = (self._part + data).split(b"\n")
        for line in lines:
            self._waiting.append(line)
        if self._timer is None:
            self._work()
        self.network.most_waiting = max(self.network.most_waiting, len(self._waiting))

    def ended(self) -> None:
        self._end("Remote host closed the connection")

    def lose(self, why: str) -> None:
        """The server ends the connection."""
        if not self._over:
            self.raw(f"ERROR :Closing Link: {self.user.host} ({why})")
            self.wire.end()
            self._end(why)

    def _end(self, why: str) -> None:
        if not self._over:
            self._over = True
            self._pinging.cancel()
            if self._timer is not None:
                self._timer.cancel()
            self.network.note(f"-- {self.user.nick}: {why}")
            self.network.lost(self, why)

    def _ping(self) -> None:
        if self._loop.time() - self._heard_at > 2 * PING_EVERY:
            self.lose("Ping timeout: 240 seconds")
            return
        self.raw(f"PING :{self.network.server}")
        self._pinging = self._loop.call_later(PING_EVERY, self._ping)

    def _work(self) -> None:
        self._timer = None
        profile, now = self.network.profile, self._loop.time()
        self._tokens = min(profile.burst, self._tokens + (now - self._at) * profile.rate)
        self._at = now
        while self._waiting and self._tokens >= 0.999 and not self._over:
            self._tokens -= 1
            self._take(self._waiting.popleft())
        if self._waiting and not self._over:
            if len(self._waiting) > profile.most_queued:
                self.network.broken.append(f"{self.network.clock():%H:%M:%S} killed for flooding")
                self.lose("Excess Flood")
            else:
                self._timer = self._loop.call_later((1 - self._tokens) / profile.rate, self._work)

    def _take(self, raw: bytes) -> None:
        line = raw.removesuffix(b"\r")
        try:
            text = line.decode()
        except UnicodeDecodeError:
            text = repr(line)
            self.network.broken.append(f"not UTF-8: {text}")
        if (
            len(text.partition(" ")[2] if text.startswith("@") else text) > 510
            or "\0" in text
            or "\r" in text
        ):
            self.network.broken.append(f"no line of IRC: {text!r}")
        self.network.note(f"< {text}" if "AUTHENTICATE" not in text else "< AUTHENTICATE …")
        label = ""
        if text.startswith("@"):
            tags, _, text = text.partition(" ")
            label = dict(each.partition("=")[::2] for each in tags[1:].split(";")).get("label", "")
        head, colon, trailing = text.partition(" :")
        verb, *parameters = [*head.split(), *([trailing] if colon else [])]
        self._answer = [] if label and "labeled-response" in self.caps else None
        handle = getattr(self, f"_on_{verb.lower()}", None)
        if handle is None:
            self.tell(f"421 * {verb} :Unknown command")
        elif self.registered or verb in (
            "CAP",
            "NICK",
            "USER",
            "AUTHENTICATE",
            "PING",
            "PONG",
            "QUIT",
            "PASS",
        ):
            handle(*parameters)
        else:
            self.tell("451 * :You have not registered")
        if self._answer is not None:
            answer, self._answer = self._answer, None
            self._labelled(answer, label)

    def _labelled(self, answer: list[str], label: str) -> None:
        if not answer:
            self.raw(f"@label={label} :{self.network.server} ACK")
        elif len(answer) == 1:
            tags, line = answer[0][1:].split(" ", 1) if answer[0].startswith("@") else ("", answer[0])
            self.raw(f"@label={label}{';' + tags if tags else ''} {line}")
        else:
            self.raw(f"@label={label} :{self.network.server} BATCH +{label} labeled-response")
            for each in answer:
                tags, line = each[1:].split(" ", 1) if each.startswith("@") else ("", each)
                self.raw(f"@batch={label}{';' + tags if tags else ''} {line}")
            self.raw(f":{self.network.server} BATCH -{label}")

    def raw(self, line: str | bytes) -> None:
        data = line if isinstance(line, bytes) else line.encode()
        self.network.note("> " + data.decode(errors="replace"))
        self.wire.deliver(data + b"\r\n")

    def write(self, line: str, tags: dict[str, str], *, at: datetime | None = None, batch: str = "") -> None:
        kept = {}
        if "server-time" in self.caps:
            moment = (at or self.network.clock()).astimezone(UTC)
            kept["time"] = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
        if "account-tag" in self.caps and tags.get("account"):
            kept["account"] = tags["account"]
        if "message-tags" in self.caps:
            kept |= {name: tags[name] for name in ("msgid", "bot") if name in tags}
        if batch:
            kept["batch"] = batch
        told = ";".join(f"{name}={value}" if value else name for name, value in kept.items())
        whole = f"@{told} {line}" if told else line
        if self._answer is not None:
            self._answer.append(whole)
        else:
            self.raw(whole)

    def tell(self, numeric: str) -> None:
        if numeric.startswith((":", "AUTHENTICATE")):
            self.write(numeric, {})
            return
        number, _, rest = numeric.partition(" * ")
        self.write(f":{self.network.server} {number} {self.user.nick} {rest}", {})
