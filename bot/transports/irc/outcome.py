"""What became of an attempt to log in, and when the next one is due.

    refused, and services had not said a word       they are away, or do not know the mechanism (908)
    refused after a challenge (902, 904, 905)       account or password are wrong
    ended for us (906), 421                         services are away
    enough of attempts (263), logged in (907)       the server is busy
    no word                                         services are away, or hang

Whatever may mend itself is tried again soon, for as long as it takes: `SOON` is chosen so that we are
identified within a minute of services returning. The worst case is that they return just after we asked:

    nobody answers (`times.sasl`)                   15 s
    the pause                                       30 s at most
    the server passes nothing on (see `login`)       3 s, and 3 s for a new connection
    logging in                                       5 s (up to 5.3 s were measured)

What services refuse again and again does not mend itself, and is tried every few minutes only: somebody may
have put the password right. Pure: chance comes in. Numerics: modern.ircdocs.horse.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from bot.transports.base import backoff

SOON = 30.0
"""The longest pause, in seconds, while services may be away."""

SELDOM = 10
"""After so many times `times.retry` it is tried again where account or password seem to be wrong."""

REFUSALS = 3
"""So many in a row mean that account or password are wrong."""


class Outcome(Enum):
    """How an attempt ended that did not succeed. `value` is for the log."""

    AWAY = "services did not answer"
    SILENT = "services said nothing"
    UNHEARD = "services are there, and the server passes nothing on to them"
    BUSY = "the server had enough of attempts"
    MECHANISM = "the mechanism is not known there"
    REFUSED = "services refused"
    IMPOSTOR = "the server could not prove that it knows the password"

    @property
    def lasting(self) -> bool:
        """Whether it says something about account and password, and not about services."""
        return self in (Outcome.REFUSED, Outcome.IMPOSTOR)


ENDS = frozenset({"902", "904", "905", "906", "907", "263", "421"})
"""The numerics that end an attempt; the last two only where they are about AUTHENTICATE."""

REMEDIES: Mapping[str, str] = {
    "902": "the nick or account is not to be had just now: ask the network's services why",
    "904": "look at `sasl.account` and its password; right after a restart of the network, services may be "
    "away, and the desk tries again by itself",
    "905": "the password is too long for this server: choose a shorter one",
    "906": "services did not answer in time: wait, the desk tries again by itself",
    "263": "the server had enough of attempts just now: wait a minute, the desk tries again by itself",
    "421": "the server has no SASL just now: services may be away, and the desk tries again by itself",
}
"""What to do about an attempt that ended so."""


def meaning(verb: str, *, challenged: bool, unknown: bool) -> Outcome:
    """What one of `ENDS` means. `challenged`: services had said something before; `unknown`: they have told
    their mechanisms, and this one is none of them."""
    match verb:
        case "263" | "907":
            return Outcome.BUSY
        case "906" | "421":
            return Outcome.AWAY
    if challenged:
        return Outcome.REFUSED
    return Outcome.MECHANISM if unknown else Outcome.AWAY


BY_HAND = (
    "check the account's name and password (`/msg NickServ IDENTIFY` tells by hand whether they are right), "
    "and that services know the certificate, where there is one (`/msg NickServ CERT ADD`)"
)
"""What to do where services refused."""


def remedy(outcome: Outcome, words: str) -> str:
    """What to do about an attempt that may mend itself, whose end the server told in those words."""
    if outcome is Outcome.MECHANISM:
        return "leave `sasl.mechanism` out"
    return REMEDIES.get(words[:3], REMEDIES["906"])


@dataclass(frozen=True, slots=True)
class Tries:
    """What came of it so far on this connection, since we were identified the last time. `times`: attempts,
    and looks for services that were not there; `refusals`: how often they refused; `silences`: how many
    attempts in a row got no word at all."""

    times: int = 0
    refusals: int = 0
    silences: int = 0

    @property
    def hopeless(self) -> bool:
        """Whether account or password are wrong, for all that we know."""
        return self.refusals >= REFUSALS

    def after(self, outcome: Outcome) -> "Tries":
        """An attempt ended so."""
        silent = outcome in (Outcome.SILENT, Outcome.UNHEARD)
        now = replace(self, times=self.times + 1, silences=self.silences + 1 if silent else 0)
        if outcome is Outcome.IMPOSTOR:
            return now.in_vain()
        return replace(now, refusals=now.refusals + 1) if outcome is Outcome.REFUSED else now

    def missed(self) -> "Tries":
        """Nobody was there to be asked."""
        return replace(self, times=self.times + 1)

    def in_vain(self) -> "Tries":
        """It is known that it cannot succeed."""
        return replace(self, refusals=max(self.refusals, REFUSALS))

    def anew(self) -> "Tries":
        """Services have left: whoever comes back may think otherwise."""
        return replace(self, refusals=0)

    def pause(self, outcome: Outcome, retry: float, rng: random.Random) -> float:
        """Seconds until the next attempt, after one with that `outcome`. `retry`: `times.retry`."""
        if outcome.lasting and self.hopeless:
            return backoff(0, SELDOM * retry, SELDOM * retry, rng)
        most = min(SOON, 4 * retry)
        # Whoever had enough of it is left alone for as long as can be.
        attempt = 99 if outcome is Outcome.BUSY else max(0, self.times - 1)
        return backoff(attempt, min(retry, most), most, rng)
