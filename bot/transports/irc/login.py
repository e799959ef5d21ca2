"""Being identified: logging in to the services account, and staying so.

"Connected" and "identified" are two states. Services link after the server has started, are restarted, are
busy; then the connection is made without the account, and logging in is tried again:

    at once        the server announces `sasl` (CAP NEW)
    soon           services did not answer, or were busy (904 without a challenge, 906, 263, no word), or we
                   were logged out (901): growing pauses, `SOON` at most, so that it takes less than a minute
                   from their return
    seldom         services looked at it and refused (902, 904, 905 after a challenge), again and again:
                   account or password is wrong. It is said once, as an error, and tried every few minutes.

Solanum tells neither that services have gone nor that they are back, so where SASL is missing the server is
asked for its capabilities anew. The mechanisms are tried from the best on (`bot.transports.irc.mechanisms`),
of what the server lists (the value of `sasl`, 908); a server that failed to prove that it knows the password
is not told it.

Whether the account is ours is for the server to say (`bot.transports.irc.account`). The password is read at
each attempt, and nothing of it, nor of what is exchanged, is ever logged.

IRCv3: "sasl-3.1", "sasl-3.2". Numerics: modern.ircdocs.horse.
"""

import asyncio
import random
from collections.abc import Callable
from enum import Enum

import structlog

from bot.transports.base import backoff
from bot.transports.irc.account import OurAccount
from bot.transports.irc.link import Message
from bot.transports.irc.mechanisms import Broken, Gathering, Mechanism, Name, chosen, chunks, made, possible
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)

SOON = 40.0
"""The longest pause, in seconds, while services may be away: with an attempt that gets no answer
(`times.sasl`) and the log-in itself (up to 5 s, seen) it stays below a minute."""

SELDOM = 10
"""After so many times `times.retry` it is tried again where account or password seem to be wrong."""

REFUSALS = 3
"""So many in a row mean that account or password are wrong."""

REMEDY = (
    "check the account's name and password (`/msg NickServ IDENTIFY` tells by hand whether they are right), "
    "and that services know the certificate, where there is one (`/msg NickServ CERT ADD`)"
)


class Outcome(Enum):
    """How an attempt ended that did not succeed. `value` is for the log."""

    AWAY = "services did not answer"
    BUSY = "the server had enough of attempts"
    MECHANISM = "the mechanism is not known there"
    REFUSED = "services refused"
    IMPOSTOR = "the server could not prove that it knows the password"


def pause(outcome: Outcome, attempt: int, retry: float, rng: random.Random) -> float:
    """Seconds until the next attempt, `attempt` (from 0) having failed in a row. `retry`: `times.retry`."""
    if outcome in (Outcome.REFUSED, Outcome.IMPOSTOR) and attempt >= REFUSALS - 1:
        return backoff(0, SELDOM * retry, SELDOM * retry, rng)
    most = min(SOON, 4 * retry)
    return backoff(99 if outcome is Outcome.BUSY else attempt, min(retry, most), most, rng)


class Login:
    """Of one connection. `offered`: the server's list of mechanisms, None where it has no SASL. `look` asks
    it for its capabilities. `over` is called when an attempt has ended, however it did."""

    def __init__(
        self,
        standing: Standing,
        offered: Callable[[], str | None],
        look: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        self._standing = standing
        self._offered = offered
        self._look = look
        self._over = over
        self._sasl = standing.settings.sasl
        self._listed: str | None = None
        self._attempt: Mechanism | None = None
        self._gathering = Gathering()
        self._answered = False
        self._aborted = False
        """The server has yet to say that it heard us give an attempt up."""
        self._failed: set[Name] = set()
        self._times = 0
        self._refusals = 0
        self._told: str | None = None
        self._impostor = False
        self._ours = OurAccount(standing, lambda: self._offered() is not None, self._changed)
        self._patience: asyncio.TimerHandle | None = None
        self._next: asyncio.TimerHandle | None = None

    @property
    def wants_sasl(self) -> bool:
        """Whether we could use what the server offers."""
        return chosen(self._able(), self._list()) is not None

    @property
    def busy(self) -> bool:
        """Whether an attempt is going on."""
        return self._attempt is not None

    def settled(self) -> None:
        """It is known what the server grants."""
        seldom = self._next is not None and self._refusals >= REFUSALS
        if self._sasl is not None and self._standing.account is None and not self.busy and not seldom:
            if "sasl" in self._standing.caps:
                self._begin()
            else:
                self._missing()

    def gone(self) -> None:
        """The server has taken SASL back: services have left."""
        self._refusals = 0
        self._listed = None
        self._failed.clear()
        if self.busy:
            self._ended(Outcome.AWAY)

    def handle(self, message: Message) -> None:
        # By SCRAM the server has something to prove, too.
        if self._attempt is None or self._attempt.convinced or message.verb != "900":
            self._ours.handle(message)
        match message.verb:
            case "AUTHENTICATE" if self._attempt is not None:
                self._challenged(self._attempt, message[0])
            case "903":
                self._succeeded()
            case "907" if self._attempt is not None:
                # As whom, it does not say; after 901 it may even be wrong.
                self._ours.ask()
                self._ended(Outcome.BUSY)
            case "908":
                self._listed = message[1]
            case "902" | "904" | "905":
                self._ended(Outcome.REFUSED if self._answered else self._unanswered())
            case "906" if self._aborted:
                # Nothing of the next attempt, which may be under way already.
                self._aborted = False
            case "906":
                self._ended(Outcome.AWAY)
            case "263" if message[1].upper() == "AUTHENTICATE":
                self._ended(Outcome.BUSY)
            case "421" if message[1].upper() == "AUTHENTICATE":
                self._ended(Outcome.AWAY)

    # --- an attempt ------------------------------------------------------------------------------------

    def _able(self) -> frozenset[Name]:
        if self._sasl is None:
            return frozenset()
        certificate = self._standing.settings.certificate is not None
        able = possible(self._sasl.mechanism, password=self._sasl.has_password, certificate=certificate)
        return able - {"PLAIN"} if self._impostor else able

    def _list(self) -> str:
        return self._listed or self._offered() or ""

    def _begin(self) -> None:
        self._drop_next()
        name = chosen(self._able(), self._list(), self._failed)
        if self._sasl is None or name is None:
            self._missing()
            return
        try:
            secret = self._sasl.password() if name != "EXTERNAL" else None
            self._attempt = made(name, self._sasl.account, secret)
        except (Broken, OSError, ValueError) as error:
            self._tell(str(error))
            self._failed.add(name)
            if chosen(self._able(), self._list(), self._failed) is not None:
                self._begin()
            else:
                self._failed.clear()
                self._refusals = REFUSALS
                self._again(Outcome.REFUSED)
            return
        self._gathering = Gathering()
        self._answered = False
        self._standing.say("AUTHENTICATE", name)
        self._patience = self._standing.later(
            self._standing.settings.times.sasl.total_seconds(), self._no_answer
        )

    def _challenged(self, attempt: Mechanism, chunk: str) -> None:
        self._answered = True
        self._aborted = False
        try:
            message = self._gathering.take(chunk)
            if message is None:
                return
            answer = attempt.answer(message)
        except Broken as error:
            log.warning("logging in is given up", why=str(error), mechanism=attempt.name)
            self._abort()
            self._ended(Outcome.IMPOSTOR if error.impostor else Outcome.REFUSED)
            return
        for line in chunks(answer):
            self._standing.say("AUTHENTICATE", line)

    def _abort(self) -> None:
        self._aborted = True
        self._standing.say("AUTHENTICATE", "*")

    def _no_answer(self) -> None:
        self._abort()
        self._ended(Outcome.AWAY)

    def _unanswered(self) -> Outcome:
        """What 904 means before services have said anything: on Solanum they are away; where they are there
        they have told their mechanisms first (908)."""
        name = self._attempt.name if self._attempt is not None else None
        listed = self._listed is not None and name not in self._listed.upper().split(",")
        return Outcome.MECHANISM if listed else Outcome.AWAY

    def _succeeded(self) -> None:
        if self._attempt is None or self._sasl is None:
            return
        if not self._attempt.convinced:
            self._ended(Outcome.IMPOSTOR)
            return
        self._stop()
        self._failed.clear()
        if self._standing.account is None:
            self._ours.believe(self._sasl.account)
        self._over()

    def _ended(self, outcome: Outcome) -> None:
        if self._attempt is None:
            return
        name = self._attempt.name
        self._stop()
        if outcome is Outcome.IMPOSTOR:
            self._impostor = True
        elif outcome in (Outcome.REFUSED, Outcome.MECHANISM) or not self._list():
            self._failed.add(name)
        other = chosen(self._able(), self._list(), self._failed)
        if other is not None and outcome in (Outcome.REFUSED, Outcome.MECHANISM):
            log.info("one way of logging in failed", mechanism=name, why=outcome.value, next=other)
            self._begin()
            if not self.busy:
                self._over()
            return
        if other is None:
            self._failed.clear()
        if outcome in (Outcome.REFUSED, Outcome.IMPOSTOR):
            self._refusals += 1
            if self._refusals == REFUSALS or outcome is Outcome.IMPOSTOR:
                self._refusals = REFUSALS
                account = self._sasl.account if self._sasl is not None else ""
                self._tell(outcome.value, account=account)
            else:
                log.warning("logging in to the account failed", why=outcome.value, attempt=self._refusals)
        elif self._times == 0:
            log.warning("logging in to the account failed; it is tried again", why=outcome.value)
        self._again(outcome)
        self._over()

    def _stop(self) -> None:
        self._attempt = None
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    # --- the next one ----------------------------------------------------------------------------------

    def _missing(self) -> None:
        """There is no SASL, or none that we could use."""
        if self._offered() is None:
            why = "the server offers no SASL now"
            remedy = "where the network never does, have services know the desk by a `certificate`"
        else:
            why = f"it offers {self._list().lower()} only"
            remedy = "set another sasl.mechanism, or what that takes"
        if self._told != why:
            self._told = why
            log.warning("not logged in to the account; it is tried again", why=why, remedy=remedy)
        self._again(Outcome.AWAY)

    def _again(self, outcome: Outcome) -> None:
        attempt = self._refusals - 1 if outcome in (Outcome.REFUSED, Outcome.IMPOSTOR) else self._times
        retry = self._standing.settings.times.retry.total_seconds()
        self._times += 1
        self._drop_next()
        self._next = self._standing.later(pause(outcome, attempt, retry, self._standing.rng), self._retry)

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _retry(self) -> None:
        self._next = None
        if self._standing.account is not None or self.busy:
            return
        if "sasl" in self._standing.caps:
            self._begin()
            return
        if self._ours.by_certificate:
            self._ours.ask()
        self._again(Outcome.AWAY)  # should no answer come
        self._look()

    def _changed(self, before: str | None) -> None:
        """The account is another now."""
        if self._standing.account is not None:
            self._times = self._refusals = 0
            self._told = None
            if not self.busy:
                self._drop_next()
        elif self._sasl is not None and not self.busy:
            if before is not None:
                self._times = 0
            self._again(Outcome.AWAY)

    def _tell(self, why: str, **more: str) -> None:
        """An error that does not mend itself, said once."""
        if self._told != why:
            self._told = why
            log.error("the account is not to be had", why=why, remedy=REMEDY, **more)
