"""What there is to say of the configured bridges: whether each is there, and is who it should be. Pure.

A bridge whose account is configured is believed only with that account (`bot.bridges`); one without is
whoever bears its nick.
"""

from collections.abc import Iterator

from bot.networks.facts import Facts, Relay
from bot.networks.finding import Finding, fine, look, missing
from bot.networks.keeping import Desk


def of_bridges(facts: Facts, desk: Desk) -> Iterator[Finding]:
    """Each bridge of the configuration."""
    relays = {relay.nick: relay for relay in facts.relays}
    for nick, account in desk.bridges.items():
        yield _of_bridge(relays.get(nick) or Relay(nick), account, facts)


def _of_bridge(relay: Relay, account: str | None, facts: Facts) -> Finding:
    topic = f"bridge {relay.nick}"
    if not relay.online:
        return look(topic, "nobody of that nick was seen", "is it down, or called otherwise? Mend its `nick`")
    if account is not None and not relay.told:
        return look(topic, "there; whether it has its account was not told", f"see /whois {relay.nick}")
    named = f"logged in as {relay.account}" if relay.account is not None else "not logged in"
    if account is not None and (relay.account or "").casefold() != account.casefold():
        return missing(
            topic,
            f"there, {named}, and its `account` is {account}: none of its lines is heard",
            f"have it log in as {account}, or mend its `account`",
        )
    if facts.seats and not relay.inside:
        return look(topic, f"there, {named}, and in none of the desk's channels", "have it join them")
    if account is None and relay.account is not None:
        return look(
            topic,
            f"there, {named}; as no `account` is set for it, whoever takes its nick is heard as the bridge",
            f"set its `account` to {relay.account}",
        )
    if account is None:
        return fine(topic, "there, and believed without an account: whoever takes its nick is heard as it")
    return fine(topic, f"there, {named}")
