"""What the desk loses with each capability that a server does not offer, as a table, and what to say.

IRCv3's specifications; `multiline` and the like, which the desk does not use, are not told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.networks.facts import Facts
from bot.networks.finding import Finding, Severity, fine, look


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost without a capability. `grave`: people will notice."""

    told: str
    grave: bool = False


LOSSES: Mapping[str, Loss] = {
    "account-tag": Loss(
        "no line proves whose it is: nobody has rights in chat, and operators use pkgdesk ctl",
        grave=True,
    ),
    "account-notify": Loss("who logs in or out while they are there is not noticed", grave=True),
    "extended-join": Loss("the account of who comes in is not told at once", grave=True),
    "message-tags": Loss(
        "lines have no ids, and other bots bear no mark: name them under `bots`", grave=True
    ),
    "server-time": Loss("lines that are replayed bear no time, and may be taken for new ones", grave=True),
    "batch": Loss("what is replayed is not marked as such"),
    "labeled-response": Loss("a PING follows every line that is said, to learn whether it arrived"),
    "echo-message": Loss("what others see of the desk's lines is not seen"),
    "away-notify": Loss("who goes away is noticed late"),
    "cap-notify": Loss("when services come back is noticed by asking them every so often"),
    "chghost": Loss("who changes their host seems to leave and to come back"),
    "multi-prefix": Loss("of several ranks of a member only the highest is known"),
    "setname": Loss("nothing of weight: changed real names are not seen"),
    "extended-monitor": Loss("people outside of the desk's channels are asked about every half an hour"),
    "standard-replies": Loss("nothing of weight: refusals are told in the old way"),
}
HISTORY = ("draft/chathistory", "chathistory")
REPLAYED = "H"
"""The mode of a channel whose last lines are replayed to whoever joins it."""


def of_capabilities(facts: Facts) -> Iterator[Finding]:
    """How many are used, and each that is missing with what is lost by it."""
    offered = facts.offered.keys() & LOSSES.keys()
    used = facts.used & LOSSES.keys()
    yield fine("capabilities", f"{len(used)} of {len(LOSSES)} used: {', '.join(sorted(used)) or 'none'}")
    for name, loss in LOSSES.items():
        if name in used:
            continue
        how = "offered, and not used" if name in offered else "not offered"
        severity = Severity.LOOK if loss.grave else Severity.FINE
        yield Finding(name, severity, f"{how}: {loss.told}")


def of_history(facts: Facts) -> Finding:
    """Whether what was said while the desk was away can be read afterwards: asked for, or replayed by the
    server to whoever joins a channel with +H (InspIRCd)."""
    if any(name in facts.used for name in HISTORY):
        most = facts.isupport.get("CHATHISTORY", "")
        limit = f", {most} lines at most at a time" if most.isdecimal() and int(most) else ""
        return fine("history", f"offered: what was said while the desk was away is read afterwards{limit}")
    if any(name in facts.offered for name in HISTORY):
        return look("history", "offered, and not used")
    kept = [seat.name for seat in facts.seats if seat.joined and REPLAYED in (seat.modes or "")]
    bare = [seat.name for seat in facts.seats if seat.joined and REPLAYED not in (seat.modes or REPLAYED)]
    if not _replays(facts) or not (kept or bare):
        return fine("history", "not offered: what is said while the desk is away it never learns")
    told = []
    if kept:
        told.append(f"replayed to whoever joins {', '.join(kept)} (+H), and read by the desk then")
    if bare:
        told.append(f"of {', '.join(bare)} none is kept: what is said there while it is away it never learns")
    if not bare:
        return fine("history", "; ".join(told))
    each = "an operator" if len(bare) == 1 else "an operator of each"
    return look("history", "; ".join(told), f"ask {each} to have it kept, as with /mode {bare[0]} +H 100:1d")


def _replays(facts: Facts) -> bool:
    """Whether the server has a mode H that takes a value when it is set: how much is kept (InspIRCd, and
    UnrealIRCd)."""
    kinds = facts.isupport.get("CHANMODES", "").split(",")
    return len(kinds) > 2 and REPLAYED in kinds[2]
