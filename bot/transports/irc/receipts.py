"""What became of the lines that were written.

With labeled-response every line bears a label, and so does the server's answer: our echo, ACK, or a refusal.
Without it a `PING :token` follows each line. Servers handle the lines of one client in order, so its PONG
proves that the line before it was dealt with; a refusal in between names the target and belongs to the oldest
line for it. An echo, where there is one, is proof as well, and brings the id of the message.

A channel or a server that takes no more just now says so by 439 or 263, or, where it is Solanum, by a notice
of its own; what it refused so may be sent again.

No word before the connection ends means: unconfirmed.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.desk.model import Failure
from bot.transports.base import Clock, NotSent, Receipt, Unconfirmed
from bot.transports.irc.link import Message
from bot.transports.irc.standing import Standing
from bot.transports.wire import is_nick

# modern.ircdocs.horse; 486 and 531 InspIRCd and Bahamut, 707, 716 and 717 Solanum (its numeric.h). InspIRCd
# says 477 also of whom nobody without an account may write to.
REFUSALS = {
    "401": Failure.ABSENT,
    "402": Failure.ABSENT,
    "403": Failure.REFUSED,
    "404": Failure.REFUSED,
    "407": Failure.REFUSED,
    "411": Failure.UNSENDABLE,
    "412": Failure.UNSENDABLE,
    "413": Failure.UNSENDABLE,
    "414": Failure.UNSENDABLE,
    "415": Failure.UNSENDABLE,
    "417": Failure.UNSENDABLE,
    "439": Failure.THROTTLED,
    "442": Failure.REFUSED,
    "477": Failure.REFUSED,
    "486": Failure.NOT_PRIVATELY,
    "489": Failure.REFUSED,
    "492": Failure.REFUSED,
    "494": Failure.REFUSED,
    "531": Failure.NOT_PRIVATELY,
    "707": Failure.NOT_PRIVATELY,
    "716": Failure.NOT_PRIVATELY,
    "717": Failure.NOT_PRIVATELY,
}
MOST_BATCHES = 100
_ERROR = re.compile("[45][0-9][0-9]")
"""What is an error, whichever it is: with a label it is known whose."""

_NO_TARGET = frozenset({"411", "412", "417"})
_FLOODING = re.compile(r"\*\*\* Message to (\S+) throttled due to flooding")


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    """A line that was written and has no fate yet. `key` is its label, or the token of the PING behind it."""

    key: str
    target: str
    text: str
    labelled: bool
    fate: asyncio.Future[Receipt]


class Receipts:
    """The lines of one connection whose fate is open, in the order in which they were written."""

    def __init__(self, standing: Standing, clock: Clock) -> None:
        self._standing = standing
        self._clock = clock
        self._open: list[_Expected] = []
        self._batches: dict[str, str] = {}

    def expect(self, key: str, target: str, text: str, *, labelled: bool) -> asyncio.Future[Receipt]:
        """Call it right before the line is written; the fate comes in what it returns."""
        fate = asyncio.get_running_loop().create_future()
        self._open.append(_Expected(key, target, text, labelled, fate))
        return fate

    def forget(self, fate: asyncio.Future[Receipt]) -> None:
        """Nobody waits for it any more."""
        self._open = [each for each in self._open if each.fate is not fate]

    def lost(self) -> None:
        """The connection ended: whatever is open stays unknown."""
        for each in self._open:
            if not each.fate.done():
                each.fate.set_exception(Unconfirmed("the connection ended"))

    def handle(self, message: Message) -> None:
        label = message.tags.get("label") or self._batches.get(message.tags.get("batch", ""), "")
        match message.verb:
            case "BATCH":
                self._batch(message, label)
            case "ACK":
                self._settle(lambda each: each.labelled and each.key == label)
            case "PONG":
                self._settle(lambda each: not each.labelled and each.key == message[-1])
            case "PRIVMSG" if self._standing.is_me(message.nick):
                self._settle(lambda each: self._echoes(each, message, label), message.tags.get("msgid"))
            case "FAIL" if label:
                self._refuse(message, Failure.REFUSED, lambda each: each.key == label)
            case "263" if message[1].upper() == "PRIVMSG":
                self._refuse(message, Failure.THROTTLED, lambda each: each.key == label or not label)
            case "NOTICE" if not message.nick and (told := _FLOODING.match(message[1])):
                same = self._standing.isupport.same
                self._refuse(message, Failure.THROTTLED, lambda each: same(each.target, told[1]))
            case verb if verb in REFUSALS or (label and _ERROR.fullmatch(verb)):
                failure = REFUSALS.get(verb, Failure.REFUSED)
                self._refuse(message, failure, lambda each: self._concerns(each, message, label))

    def _batch(self, message: Message, label: str) -> None:
        reference = message[0][1:]
        if message[0].startswith("+") and label:
            if len(self._batches) >= MOST_BATCHES:
                self._batches.pop(next(iter(self._batches)))
            self._batches[reference] = label
        elif ended := self._batches.pop(reference, ""):
            self._settle(lambda each: each.labelled and each.key == ended)

    def _echoes(self, each: _Expected, message: Message, label: str) -> bool:
        if each.labelled:
            return each.key == label
        return self._standing.isupport.same(each.target, message[0]) and each.text == message[1]

    def _concerns(self, each: _Expected, message: Message, label: str) -> bool:
        if label:
            return each.labelled and each.key == label
        if each.labelled:
            return False
        return message.verb in _NO_TARGET or self._standing.isupport.same(each.target, message[1])

    def _settle(self, which: Callable[[_Expected], bool], told: str | None = None) -> None:
        each = next((each for each in self._open if which(each)), None)
        if each is not None:
            self.forget(each.fate)
            if not each.fate.done():
                each.fate.set_result(Receipt(self._clock(), each.text, told))

    def _refuse(self, message: Message, failure: Failure, which: Callable[[_Expected], bool]) -> None:
        each = next((each for each in self._open if which(each)), None)
        if each is not None:
            self.forget(each.fate)
            if failure is Failure.REFUSED and is_nick(each.target):
                failure = Failure.NOT_PRIVATELY
            elif failure is Failure.ABSENT and not is_nick(each.target):
                failure = Failure.REFUSED  # Solanum says 401 also of a channel
            if not each.fate.done():
                later = failure is Failure.THROTTLED
                each.fate.set_exception(NotSent(failure, f"{message.verb} {message[-1]}", later=later))
