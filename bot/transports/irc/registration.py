"""Coming in: capabilities, the services account, the nick; and keeping them while the connection stands.

    CAP LS 302 -> REQ -> AUTHENTICATE, given an account -> CAP END -> 001 … 376

Each of the three has a module of its own (`negotiation`, `login`, `nick`); here they are put in order.
Whatever becomes of logging in, the connection is made.
"""

from collections.abc import Callable

from bot.transports.irc.link import Message
from bot.transports.irc.login import Login
from bot.transports.irc.negotiation import Negotiation
from bot.transports.irc.nick import OurNick
from bot.transports.irc.renewal import Renewals
from bot.transports.irc.standing import Standing

LONGEST = 500
"""Characters that are kept of what the server says at parting."""


class Registration:
    """Handles what the server says about capabilities, account and nick. `welcomed` is called when it has let
    us in; `renewals` outlives the connection. `parting`: the server's words for why it ended the connection,
    empty where it said none."""

    def __init__(self, standing: Standing, welcomed: Callable[[], None], renewals: Renewals) -> None:
        self.parting = ""
        self._standing = standing
        self._welcomed = welcomed
        self._negotiating = self._let_in = False
        self._negotiation = Negotiation(
            standing, lambda: self._login.wants_sasl, self._settled, lambda: self._login.gone()
        )
        self._login = Login(
            standing, lambda: self._negotiation.mechanisms, self._negotiation.look, self._end, renewals
        )
        self._nick = OurNick(standing)

    def open(self) -> None:
        """The first line of a connection, before NICK and USER."""
        self._negotiating = True
        self._negotiation.look()
        self._nick.open()

    def handle(self, message: Message) -> None:
        before = self._standing.account
        match message.verb:
            case "CAP":
                if message[1].upper() == "NEW" and not self._let_in:
                    self._negotiating = True  # what is asked for now has to be ended, too
                self._negotiation.handle(message)
            case "005":
                self._standing.isupport.load(message.parameters)
            case "001":
                self._negotiating, self._let_in = False, True
            case "465" | "ERROR":
                self.parting = f"{self.parting} {message[-1]}".strip()[:LONGEST]
        self._nick.handle(message)
        self._login.handle(message)
        if message.verb in ("376", "422"):
            self._welcomed()
        if before is None and self._standing.account is not None:
            self._nick.identified()

    def _settled(self) -> None:
        self._login.settled()
        if not self._login.busy:
            self._end()

    def _end(self) -> None:
        if self._negotiating:
            self._negotiating = False
            self._standing.say("CAP", "END")
