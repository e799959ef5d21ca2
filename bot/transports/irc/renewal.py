"""When a connection may be given up for the account's sake.

InspIRCd keeps waiting for services that hung when they were asked, and passes nothing on to those that come
after them (`bot.transports.irc.login`): such a connection cannot be identified any more, a new one can. It
costs something: people see the desk leave and come back, and whoever was known by session only is a stranger.
So the first one is made at once, and the next ones after ever longer pauses, as long as none of them led to
the account: on a network whose services talk but have no SASL at all it ends at one every few hours.

It outlives the connection. Pure: time (seconds of a monotonic clock) and chance come in.
"""

import math
import random

from bot.transports.base import backoff

FIRST = 600.0
"""Seconds after the first connection that was given up in vain, of which a half may be taken off."""

MOST = 6 * 3600.0


class Renewals:
    """Of one network."""

    def __init__(self) -> None:
        self._in_vain = 0
        self._not_before = -math.inf

    def allowed(self, now: float) -> bool:
        """Whether the connection may be given up."""
        return now >= self._not_before

    def made(self, now: float, rng: random.Random) -> None:
        """It is given up."""
        self._not_before = now + backoff(self._in_vain, FIRST, MOST, rng)
        self._in_vain += 1

    def identified(self) -> None:
        """It was good for something, or is over."""
        self._in_vain, self._not_before = 0, -math.inf
