"""What can be ordered of the demo itself, with a slash: the table, and how a typed line reads.

A slash begins an order only where a word follows it: `/usr/lib/xen is missing` is something to say.

Pure.
"""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz, process

_ORDER = re.compile(r"/([A-Za-z]+)(?:\s+(.*))?", re.DOTALL)
_ALIKE = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """One row of the table. `needs`: it is nothing without an argument."""

    name: str
    takes: str
    meaning: str
    needs: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        return f"/{self.name} {self.takes}".rstrip()


ORDERS = {
    order.name: order
    for order in (
        Order("why", "[NUMBER]", "the desk's reasons: for that question, or the newest"),
        Order("reasons", "[on|off]", "shows the reasons with everything that the desk does"),
        Order("ask", "QUESTION", "what the base says to it, at length; nobody hears of it", needs=True),
        Order("route", "QUESTION", "whom the desk would ask, and why; nobody hears of it", needs=True),
        Order("be", "NAME", "speak as bob, carol, dave, or as alice again", aliases=("iam", "su")),
        Order("msg", "NICK WORDS", "says it privately", needs=True, aliases=("query", "privmsg")),
        Order("leave", "[WORDS]", "you go, and what comes for you is kept", aliases=("part",)),
        Order("back", "", "you are there again"),
        Order("who", "", "who is here", aliases=("names",)),
        Order("join", "", "how to come in with an IRC client of your own", aliases=("connect", "server")),
        Order("help", "", "this list", aliases=("h",)),
        Order("quit", "", "the end; Ctrl-D, too", aliases=("exit", "q")),
    )
}
_NAMES = {name: order for order in ORDERS.values() for name in (order.name, *order.aliases)}


@dataclass(frozen=True, slots=True)
class Ordered:
    """A line that is an order, and what follows its name; or one that wants to be an order and is none:
    `wrong` says so."""

    name: str
    argument: str = ""
    wrong: str = ""


def read(line: str) -> Ordered | None:
    """How a typed line reads; None where it is something to say."""
    found = _ORDER.fullmatch(line.strip())
    if found is None:
        return None
    name, argument = found[1].casefold(), (found[2] or "").strip()
    order = _NAMES.get(name)
    if order is None:
        nearest = process.extractOne(name, list(_NAMES), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        meant = f"did you mean /{_NAMES[nearest[0]].name}?" if nearest else "/help lists what there is."
        return Ordered(name, argument, f"there is no /{name}; {meant}")
    if order.needs and not argument:
        return Ordered(order.name, "", f"usage: {order.usage} — {order.meaning}")
    return Ordered(order.name, argument)
