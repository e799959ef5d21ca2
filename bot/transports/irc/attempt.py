"""One attempt to log in by SASL, from the name of the mechanism to the end.

    AUTHENTICATE mechanism -> AUTHENTICATE challenge <-> AUTHENTICATE answer … -> a numeric, or silence

It says what services ask for and gives up what makes no sense (`AUTHENTICATE *`) or takes too long. What a
numeric means is for `bot.transports.irc.outcome`, and what is done about it for `bot.transports.irc.login`.
Nothing of what is exchanged is ever logged.

IRCv3: "sasl-3.1".
"""

import asyncio
from collections.abc import Callable

import structlog

from bot.transports.irc.mechanisms import Broken, Gathering, Mechanism, Name, chunks
from bot.transports.irc.outcome import Outcome
from bot.transports.irc.standing import Standing

log = structlog.get_logger(__name__)


class Attempt:
    """It begins as it is made. `given_up` is called where we end it; `challenged` tells whether services have
    said anything."""

    def __init__(self, standing: Standing, mechanism: Mechanism, given_up: Callable[[Outcome], None]) -> None:
        self.challenged = False
        self._standing = standing
        self._mechanism = mechanism
        self._given_up = given_up
        self._gathering = Gathering()
        standing.say("AUTHENTICATE", mechanism.name)
        self._patience = self._wait(standing.settings.times.sasl.total_seconds(), Outcome.SILENT)

    @property
    def name(self) -> Name:
        return self._mechanism.name

    @property
    def convinced(self) -> bool:
        """Whether the server has proved all that it has to prove."""
        return self._mechanism.convinced

    def take(self, chunk: str) -> None:
        """A line of services."""
        self.challenged = True
        try:
            message = self._gathering.take(chunk)
            answer = self._mechanism.answer(message) if message is not None else None
        except Broken as error:
            log.warning("logging in is given up", why=str(error), mechanism=self.name)
            self._give_up(Outcome.IMPOSTOR if error.impostor else Outcome.REFUSED)
            return
        for line in chunks(answer) if answer is not None else ():
            self._standing.say("AUTHENTICATE", line)

    def hurry(self, seconds: float) -> None:
        """Services are there: what they have not said by then, the server does not pass on."""
        if not self.challenged:
            self._patience.cancel()
            self._patience = self._wait(seconds, Outcome.UNHEARD)

    def stop(self) -> None:
        """It is over, whoever ended it."""
        self._patience.cancel()

    def _wait(self, seconds: float, outcome: Outcome) -> asyncio.TimerHandle:
        return self._standing.later(
            seconds, lambda: self._give_up(Outcome.AWAY if self.challenged else outcome)
        )

    def _give_up(self, outcome: Outcome) -> None:
        self._standing.say("AUTHENTICATE", "*")
        self._given_up(outcome)
