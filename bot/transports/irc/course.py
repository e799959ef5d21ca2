"""Which server is tried next, and when.

    failed        the next one of the row; the pause doubles with each round of all of them, up to
                  `times.reconnect_most`, and up to a half of it is taken off by chance
    throttled     "Trying to reconnect too fast", Excess Flood, a KILL: a pause of at least `THROTTLED` times
                  `times.reconnect`, doubling
    banned        465, "K-Lined", "You are banned": likewise; after a round in which each server said so,
                  `BANNED` times `times.reconnect_most`, doubling up to `BANNED_MOST` times it

A server that could not be had, or that ended a connection early, goes to the end of the row. One that kept us
for longer than `times.reconnect_most` stays first, and all pauses begin anew. Pure: time and chance come in.
"""

import random
import re
from dataclasses import dataclass, replace
from enum import Enum

from bot.transports.base import backoff
from bot.transports.irc.settings import IrcServer, IrcTimes

THROTTLED = 30
BANNED = 12
BANNED_MOST = 144

_BANNED = re.compile(
    r"\b(?:[kgdzq][-:]?lined?|akill(?:ed)?|autokill(?:ed)?|banned|not welcome|dnsbl|blacklisted)\b",
    re.IGNORECASE,
)
_THROTTLED = re.compile(
    r"throttl|(?:re)?connect\w* too fast|excess flood|too many (?:\w+ )?(?:connections|clones|sessions)|"
    r"no more connections|try(?:ing)? (?:again|to reconnect)|wait (?:a while|before)|\bkilled\b|\brecvq\b",
    re.IGNORECASE,
)


class Farewell(Enum):
    """What a server's last words ask of us."""

    NOTHING = "nothing"
    THROTTLED = "to wait"
    BANNED = "to stay away"


def farewell(words: str) -> Farewell:
    """What the text of 465 and ERROR means; servers word it as they like."""
    if _BANNED.search(words):
        return Farewell.BANNED
    return Farewell.THROTTLED if _THROTTLED.search(words) else Farewell.NOTHING


@dataclass(frozen=True, slots=True)
class Course:
    """`servers`: the row, of which the first is next. `failed`: attempts in a row that came to nothing;
    `throttled`: in how many of them the server wanted us to wait or to stay away; `banned`: to stay away."""

    servers: tuple[IrcServer, ...]
    failed: int = 0
    throttled: int = 0
    banned: int = 0

    def after(
        self, lasted: float | None, said: Farewell, times: IrcTimes, rng: random.Random
    ) -> tuple["Course", float]:
        """The course, and the pause in seconds, after a connection to the first server. `lasted`: seconds for
        which it stood, None where it did not let us in."""
        first, most = times.reconnect.total_seconds(), times.reconnect_most.total_seconds()
        many = len(self.servers)
        stable = lasted is not None and lasted > most
        known = replace(self, failed=0, throttled=0, banned=0) if stable else self
        then = Course(
            self.servers if stable and said is Farewell.NOTHING else (*self.servers[1:], self.servers[0]),
            known.failed + 1,
            known.throttled + (said is not Farewell.NOTHING),
            known.banned + (said is Farewell.BANNED),
        )
        pause = backoff(known.failed // many, first, most, rng)
        if said is Farewell.NOTHING:
            return then, pause
        if said is Farewell.BANNED and then.banned >= many:
            least, cap, rounds = BANNED * most, BANNED_MOST * most, (then.banned - 1) // many
        else:
            least, cap, rounds = THROTTLED * first, BANNED * most, (then.throttled - 1) // many
        # Up to a half is taken off: twice as much is at least so much.
        return then, max(pause, backoff(rounds, 2 * least, max(2 * least, cap), rng))
