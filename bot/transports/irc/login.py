"""Being identified: logging in to the services account, and staying so.

"Connected" and "identified" are two states. Services link after the server has started, are restarted, hang,
are busy; then the connection is made without the account, and logging in is tried again:

    at once        the server announces `sasl` (CAP NEW), or services that hung say something after all
    soon           services did not answer, or were busy, or we were logged out (901): so that it takes less
                   than a minute from their return (`bot.transports.irc.outcome`)
    seldom         services looked at it and refused, again and again: account or password is wrong. It is
                   said once, as an error.

Solanum and InspIRCd tell neither that services have gone nor that they are back, but list `sasl` only while
they are there: so the list is asked for before each new attempt, and nothing is sent to nobody.

Services that hang are listed, too. After an attempt that got no word they are spoken to with each further
one, by a private message that any services answer and that holds no secret. InspIRCd keeps waiting for those
that hung, and passes nothing on to those that come after them, for the rest of that connection (seen). Where
services answer the private message and nobody the attempt before it, that is the case, and the connection is
made anew: at once the first time, then ever more seldom (`bot.transports.irc.renewal`). Whoever bears their
nick while they are away can bring that about once, and nothing else.

The password is not told them in a private message (`IDENTIFY`), though that would spare the new connection:
that goes to whoever bears a nick, it says the password where SCRAM or a certificate would have kept it, and
no server tells by which name of theirs services could be addressed for certain (`NickServ@services.…`).

Which mechanism comes next is for `bot.transports.irc.ways`, one attempt for `bot.transports.irc.attempt`, and
whether the account is ours for the server to say (`bot.transports.irc.account`). The password is read at each
attempt, and nothing of it is ever logged.

IRCv3: "sasl-3.1", "sasl-3.2". Numerics: modern.ircdocs.horse.
"""

import asyncio
from collections.abc import Callable

import structlog

from bot.transports.irc.account import OurAccount
from bot.transports.irc.attempt import Attempt
from bot.transports.irc.link import Message
from bot.transports.irc.mechanisms import Broken, made
from bot.transports.irc.outcome import BY_HAND, ENDS, Outcome, Tries, meaning, remedy
from bot.transports.irc.renewal import Renewals
from bot.transports.irc.standing import Standing
from bot.transports.irc.ways import Ways, no_way
from bot.transports.plain import plain

log = structlog.get_logger(__name__)

SIGN_OF_LIFE = "STATUS"
"""What is said to services to see whether they are there. Atheme and Anope know it; others say that they do
not, which is as good."""

GRACE = 3.0
"""Seconds that services which answered a private message have for the attempt that was sent before it."""


class Login:
    """Of one connection. `offered`: the server's list of mechanisms, None where it has no SASL. `look` asks
    it for its capabilities. `over` is called when an attempt has ended, however it did."""

    def __init__(
        self,
        standing: Standing,
        offered: Callable[[], str | None],
        look: Callable[[], None],
        over: Callable[[], None],
        renewals: Renewals,
    ) -> None:
        self._standing = standing
        self._offered = offered
        self._look = look
        self._over = over
        self._renewals = renewals
        self._sasl = standing.settings.sasl
        self._ways = Ways(standing.settings, offered)
        self._attempt: Attempt | None = None
        self._words = ""
        """What the server said to the end of the last attempt, where it said anything."""
        self._aborted = False
        """The server has yet to say that it heard us give an attempt up."""
        self._tries = Tries()
        self._told: str | None = None
        self._registered = False
        self._looking = False
        self._spoken_to = False
        self._ours = OurAccount(standing, lambda: self._offered() is not None, self._changed)
        self._next: asyncio.TimerHandle | None = None

    @property
    def wants_sasl(self) -> bool:
        """Whether we could use what the server offers."""
        return self._ways.any

    @property
    def busy(self) -> bool:
        """Whether an attempt is going on."""
        return self._attempt is not None

    def settled(self) -> None:
        """It is known what the server grants."""
        seldom = self._next is not None and self._tries.hopeless and not self._looking
        self._looking = False
        if self._sasl is not None and self._standing.account is None and not self.busy and not seldom:
            if "sasl" in self._standing.caps:
                self._begin()
            else:
                self._missing()

    def gone(self) -> None:
        """The server has taken SASL back: services have left."""
        self._tries = self._tries.anew()
        self._ways.gone()
        if self._attempt is not None:
            self._ended(Outcome.AWAY if self._attempt.challenged else Outcome.SILENT)

    def handle(self, message: Message) -> None:
        # By SCRAM the server has something to prove, too.
        if self._attempt is None or self._attempt.convinced or message.verb != "900":
            self._ours.handle(message)
        match message.verb:
            case "AUTHENTICATE":
                self._challenged(message[0])
            case "903":
                self._succeeded()
            case "908":
                self._ways.told(message[1])
            case "906" if self._aborted:
                # Nothing of the next attempt, which may be under way already.
                self._aborted = False
            case "263" | "421" if message[1].upper() != "AUTHENTICATE":
                pass
            case verb if verb in ENDS and self._attempt is not None:
                if verb == "907":  # as whom, it does not say; after 901 it may even be wrong
                    self._ours.ask()
                challenged, unknown = self._attempt.challenged, self._ways.unknown(self._attempt.name)
                self._words = f"{verb} {plain(message[-1])}"
                self._ended(meaning(verb, challenged=challenged, unknown=unknown))
            case "NOTICE" if self._standing.isupport.same(message.nick, self._standing.settings.services):
                self._alive()
            case "376" | "422":
                self._registered = True

    # --- an attempt ------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._drop_next()
        name = self._ways.next
        if self._sasl is None or name is None:
            self._missing()
            return
        try:
            secret = self._sasl.password() if name != "EXTERNAL" else None
            mechanism = made(name, self._sasl.account, secret)
        except (Broken, OSError, ValueError) as error:
            self._tell(str(error))
            self._ways.refused(name)
            if self._ways.next is not None:
                self._begin()
            else:
                self._ways.forget()
                self._tries = self._tries.in_vain()
                self._wait(Outcome.REFUSED)
            return
        self._words = ""
        self._attempt = Attempt(self._standing, mechanism, self._given_up)
        self._spoken_to = self._registered and self._tries.silences > 0
        if self._spoken_to:  # after AUTHENTICATE, as services answer in turn
            self._standing.errand("PRIVMSG", self._standing.settings.services, SIGN_OF_LIFE, trailing=True)

    def _challenged(self, chunk: str) -> None:
        if self._attempt is not None:
            self._aborted = False
            self._attempt.take(chunk)
        elif (
            self._tries.silences
            and self._registered
            and "sasl" in self._standing.caps
            and self._standing.account is None
        ):
            # Services that hung have come to what they were asked long ago. It is given up once more, for
            # servers that did not heed that while they waited.
            self._tries = Tries()
            self._aborted = True
            self._standing.say("AUTHENTICATE", "*")
            self._begin()

    def _given_up(self, outcome: Outcome) -> None:
        self._aborted = True
        if outcome is Outcome.UNHEARD and self._renewals.allowed(self._standing.now()):
            self._renew(outcome)
        else:
            self._ended(outcome)

    def _alive(self) -> None:
        """Services said something to us."""
        if self._attempt is not None and self._spoken_to:
            self._spoken_to = False
            self._attempt.hurry(min(GRACE, self._standing.settings.times.sasl.total_seconds()))

    def _renew(self, outcome: Outcome) -> None:
        log.warning("the account is not to be had on this connection; a new one is made", why=outcome.value)
        self._renewals.made(self._standing.now(), self._standing.rng)
        if self._standing.link is not None:
            self._standing.link.disconnect("services cannot be reached from this connection")

    def _succeeded(self) -> None:
        if self._attempt is None or self._sasl is None:
            return
        name, convinced = self._attempt.name, self._attempt.convinced
        if not convinced:
            self._ended(Outcome.IMPOSTOR)
            return
        self._stop()
        self._ways.forget()
        self._standing.mechanism = name
        if self._standing.account is None and name == "EXTERNAL":
            self._ours.ask()  # whose certificate it is, only services know
            self._wait(Outcome.AWAY)
        elif self._standing.account is None:
            self._ours.believe(self._sasl.account)
        self._over()

    def _ended(self, outcome: Outcome) -> None:
        """The attempt that is going on has come to nothing."""
        if self._attempt is None:
            return
        name = self._attempt.name
        self._stop()
        another = outcome in (Outcome.REFUSED, Outcome.MECHANISM)
        if outcome is Outcome.IMPOSTOR:
            self._ways.impostor()
        elif another or not self._ways.listed:
            self._ways.refused(name)
        other = self._ways.next
        if other is not None and another:
            log.info("one way of logging in failed", mechanism=name, why=outcome.value, next=other)
            self._begin()
            if not self.busy:
                self._over()
            return
        if other is None:
            self._ways.forget()
        self._again(outcome)
        self._over()

    def _stop(self) -> None:
        if self._attempt is not None:
            self._attempt.stop()
        self._attempt = None

    # --- the next one ----------------------------------------------------------------------------------

    def _missing(self) -> None:
        """There is no SASL, or none that we could use."""
        if self._offered() is None:
            why = "the server offers no SASL now"
            what = "where the network never does, have services know the desk by a `certificate`"
        elif (way := no_way(self._standing.settings, self._ways.listed)) is not None:
            told, what = way
            why = f"{told}; offered: {', '.join(self._ways.listed.upper().split(','))}"
        else:
            why = f"none of what it offers is left to try: {self._ways.listed.upper()}"
            what = BY_HAND
        if self._told != why:
            self._told = why
            log.warning("not logged in to the account; it is tried again", why=why, remedy=what)
        self._tries = self._tries.missed()
        self._wait(Outcome.AWAY)

    def _again(self, outcome: Outcome) -> None:
        """After an attempt."""
        before, self._tries = self._tries, self._tries.after(outcome)
        if outcome.lasting and self._tries.hopeless:
            if not before.hopeless:
                account = self._sasl.account if self._sasl is not None else ""
                self._tell(outcome.value, account=account, **self._quoted)
        elif outcome.lasting:
            log.warning(
                "logging in to the account failed",
                why=outcome.value,
                **self._quoted,
                attempt=self._tries.refusals,
                remedy=BY_HAND,
            )
        elif before.times == 0:
            log.warning(
                "logging in to the account failed; it is tried again",
                why=outcome.value,
                **self._quoted,
                remedy=remedy(outcome, self._words),
            )
        self._wait(outcome)

    @property
    def _quoted(self) -> dict[str, str]:
        """The server's words, where it said any; whoever logs them hides what is secret (`bot.log`)."""
        return {"words": self._words} if self._words else {}

    def _wait(self, outcome: Outcome) -> None:
        retry = self._standing.settings.times.retry.total_seconds()
        self._drop_next()
        self._next = self._standing.later(self._tries.pause(outcome, retry, self._standing.rng), self._retry)

    def _drop_next(self) -> None:
        if self._next is not None:
            self._next.cancel()
            self._next = None

    def _retry(self) -> None:
        self._next = None
        if not self._registered:  # to look what there is would keep us out until CAP END
            self._wait(Outcome.AWAY)
        elif self._standing.account is None and not self.busy:
            if self._ours.by_certificate:
                self._ours.ask()
            self._looking = True
            self._wait(Outcome.AWAY)  # should no answer come
            self._look()

    def _changed(self, before: str | None) -> None:
        """The account is another now."""
        if self._standing.account is not None:
            self._tries = Tries()
            self._told = None
            self._renewals.identified()
            if not self.busy:
                self._drop_next()
        else:
            self._standing.mechanism = None
            if self._sasl is not None and not self.busy:
                if before is not None:
                    self._tries = Tries()
                self._wait(Outcome.AWAY)

    def _tell(self, why: str, **more: str) -> None:
        """An error that does not mend itself, said once."""
        if self._told != why:
            self._told = why
            log.error("the account is not to be had", why=why, remedy=BY_HAND, **more)
