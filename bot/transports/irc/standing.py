"""What the parts of one IRC connection share: who we are there, how to write a line, how to wait.

Everything in it ends with the connection: `stop` cancels what was still to be done later.
"""

import asyncio
import random
from collections.abc import Callable

from bot.transports import wire
from bot.transports.base import backoff
from bot.transports.irc.errands import Errands
from bot.transports.irc.isupport import Isupport
from bot.transports.irc.link import Link, Message
from bot.transports.irc.settings import IrcSettings


class Standing:
    """Nick, mask, account, capabilities and ISUPPORT of one connection.

    `account` is the services account that the server says we are logged in to: connected and identified are
    two states. `mechanism`: the one of SASL by which we are. `user` and `host` are None until the server has
    told them.
    """

    def __init__(self, settings: IrcSettings, rng: random.Random) -> None:
        self.settings = settings
        self.nick = settings.nick
        self.user: str | None = None
        self.host: str | None = None
        self.account: str | None = None
        self.mechanism: str | None = None
        self.caps: set[str] = set()
        self.isupport = Isupport()
        self.link: Link | None = None
        self.rng = rng
        self._timers: set[asyncio.TimerHandle] = set()
        self._errands = Errands(settings.pace, self._write, self.later, self.now)

    def is_me(self, nick: str) -> bool:
        return self.isupport.same(nick, self.nick)

    def say(self, verb: str, *parameters: str, trailing: bool = False) -> None:
        """Write a line that cannot wait. Once the connection has ended it goes nowhere."""
        self._write(wire.command(verb, *parameters, trailing=trailing))

    def errand(self, verb: str, *parameters: str, trailing: bool = False, urgent: bool = False) -> None:
        """Have a line of housekeeping written when its turn comes; see `bot.transports.irc.errands`."""
        self._errands.add(wire.command(verb, *parameters, trailing=trailing), urgent=urgent)

    def later(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Have `action` done after `seconds`, if the connection still stands."""

        def due() -> None:
            self._timers.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds, due)
        self._timers = {timer for timer in self._timers if not timer.cancelled()} | {handle}
        return handle

    def now(self) -> float:
        """Seconds on the clock by which `later` waits."""
        return asyncio.get_running_loop().time()

    def pause(self, attempt: int) -> float:
        """Seconds before something is tried again that failed `attempt` times before."""
        times = self.settings.times
        most = max(times.retry, times.reconnect_most).total_seconds()
        return backoff(attempt, times.retry.total_seconds(), most, self.rng)

    def stop(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def learn(self, message: Message) -> None:
        """Follow our own mask, which decides how much text fits a line; and what the server had enough of."""
        if message.nick and self.is_me(message.nick):
            user, host = message.mask
            self.user, self.host = user or self.user, host or self.host
            if message.verb == "CHGHOST" and message[1]:
                self.user, self.host = message[0], message[1]
        elif message.verb == "396" and message[1]:
            user, _, host = message[1].rpartition("@")
            self.user, self.host = user or self.user, host
        elif message.verb == "352" and self.is_me(message[5]):
            self.user, self.host = message[2] or self.user, message[3] or self.host
        elif message.verb == "263":
            self._errands.refused(message[1].upper())

    def _write(self, line: bytes) -> None:
        if self.link is not None and self.link.connected:
            self.link.send(line)
