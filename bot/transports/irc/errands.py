"""Housekeeping at a measured pace: what the desk asks of a server beside talking.

    errand     JOIN, PART, WHO, MONITOR, MODE, NICK, CHATHISTORY, words to services: wait here for their turn
    at once    PONG and the sign-of-life PING; CAP, NICK, USER and AUTHENTICATE of logging on, which are in
               lock-step with the server's answers

Measured: Solanum takes 5 lines at once and then 2 a second, and ends a connection that has 26 waiting or
keeps up 3 a second; InspIRCd takes 10, then 1 a second. What is said has a token bucket of its own
(`bot.transports.pacing`: by default 4, then one every two seconds), with a PING behind each line where there
are no labels; errands have a second bucket of the same size. Together that is 12 at once and 1.5 a second.

Urgent errands go first, each kind in its order. A line that waits already is not taken twice, nor is any
beyond `MOST`. Where the server says that it had enough of a command (263), the last such line is sent again
after a while.

Time and the way to the server come in from outside.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable

import structlog

from bot.transports.pacing import Bucket, PaceSettings

log = structlog.get_logger(__name__)

MOST = 500
"""Lines that may wait: a look at every channel and at everybody who is looked out for."""

REFUSED_FOR = 60.0
"""Seconds until a command is tried again of which the server had enough."""

_REMEMBERED = 8


class Errands:
    """The errands of one connection. `write` gets each line when it is due; `later(seconds, action)` and
    `now()` are of one clock."""

    def __init__(
        self,
        pace: PaceSettings,
        write: Callable[[bytes], None],
        later: Callable[[float, Callable[[], None]], object],
        now: Callable[[], float],
    ) -> None:
        self._write = write
        self._later = later
        self._now = now
        self._bucket = Bucket(pace.rate, pace.burst, pace.burst, -math.inf)
        self._urgent: deque[bytes] = deque()
        self._usual: deque[bytes] = deque()
        self._written: defaultdict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))
        self._waiting = False
        self._full = False

    def __len__(self) -> int:
        return len(self._urgent) + len(self._usual)

    def add(self, line: bytes, *, urgent: bool = False) -> None:
        """Have `line` written as soon as its turn comes: now, if nothing waits and the pace allows it."""
        if line in self._urgent or (line in self._usual and not urgent):
            return
        if line in self._usual:
            self._usual.remove(line)
        if len(self) >= MOST:
            if not self._full:
                log.warning("too much housekeeping waits; what comes is left undone", waiting=len(self))
            self._full = True
            return
        (self._urgent if urgent else self._usual).append(line)
        if not self._waiting:
            self._go()

    def refused(self, verb: str) -> None:
        """The server had enough of `verb`."""
        written = self._written.get(verb)
        if written:
            line = written.pop()
            self._later(REFUSED_FOR, lambda: self.add(line))

    def _go(self) -> None:
        self._waiting = False
        while len(self):
            now = self._now()
            pause = self._bucket.ready_at() - now
            if pause > 0.0:
                self._waiting = True
                self._later(pause, self._go)
                return
            self._bucket = self._bucket.take(now)
            line = (self._urgent or self._usual).popleft()
            self._written[line.split(b" ", 1)[0].decode()].append(line)
            self._write(line)
        self._full = False
