"""What there is to say of the desk's nick: whether it is to be had, and else who bears it. Pure."""

from bot.networks.facts import Facts
from bot.networks.finding import Finding, fine, look, missing
from bot.networks.keeping import Desk


def of_nick(facts: Facts, desk: Desk) -> Finding:
    """Whether the desk can have its nick there."""
    if facts.taken is None:
        return fine("nick", facts.nick)
    numeric, words = facts.taken.numeric, facts.taken.words
    if numeric == "432":
        longest = too_long(facts, desk)
        return missing(
            "nick",
            f"the server does not take it ({numeric} {words})"
            + (f": it is longer than {longest} characters" if longest else "")
            + f", so this was looked at as {facts.nick}",
            "choose a shorter `nick`" if longest else "choose another `nick`: one of letters and digits",
        )
    if numeric != "433":
        return missing("nick", f"not to be had: {numeric} {words}", "choose another `nick`, or wait")
    seen = f"so this was looked at as {facts.nick}"
    if borne_by_desk(facts, desk):
        is_ = "is" if desk.running else "seems to be"
        return fine("nick", f"the desk {is_} running and has it, {seen}")
    told = f"taken by {_bearer(facts)}, {seen}; {_RUNNING[desk.running]}"
    if facts.account is None:
        return missing("nick", told, "choose another `nick`, or wait until they leave it")
    if _by_account(facts):
        return look(
            "nick",
            told,
            "is it a desk elsewhere, or you? End that; once logged in, a desk here would take it from them",
        )
    return look(
        "nick",
        told,
        f"once logged in, the desk takes it back (REGAIN, GHOST), if it belongs to the account "
        f"{facts.account}; else choose another `nick`",
    )


def too_long(facts: Facts, desk: Desk) -> int | None:
    """How long a nick may be there, where the configured one is longer."""
    longest = facts.isupport.get("NICKLEN", "")
    if not longest.isdecimal() or len(longest) > 4 or len(desk.settings.nick) <= int(longest):
        return None
    return int(longest)


_RUNNING = {
    True: "the desk is running, under another one",
    False: "no desk is running here",
    None: "whether the desk is running cannot be seen from here",
}


def borne_by_desk(facts: Facts, desk: Desk) -> bool:
    """Whether it is the desk that bears its nick just now, for all that can be seen."""
    if facts.taken is None or desk.running is False:
        return False
    if facts.bearer is None:
        return desk.running is True
    return _by_account(facts) or facts.bearer.real_name == desk.settings.real_name


def _by_account(facts: Facts) -> bool:
    """Whether whoever bears it is logged in to the account that we are logged in to."""
    theirs = facts.bearer.account if facts.bearer is not None else None
    return (
        None not in (theirs, facts.account) and (theirs or "").casefold() == (facts.account or "").casefold()
    )


def _bearer(facts: Facts) -> str:
    if facts.bearer is None:
        return "somebody"
    account = facts.bearer.account
    how = f"logged in as {account}" if account is not None else "not logged in"
    return f"{facts.bearer.mask} ({how})"
