"""Whether the desk keeps what a network asks of a bot: each rule (`bot.networks.rules`) held against the
facts. Pure."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bot.networks.facts import Facts
from bot.networks.finding import Finding, Severity, fine
from bot.networks.rules import Network, Rule, Sign, network_called
from bot.transports.irc.settings import IrcSettings


@dataclass(frozen=True, slots=True)
class Desk:
    """What is configured for a network. `operators`: their accounts there; `people`: those of the map, with
    their accounts there. `running`: whether a desk runs with it on this machine, None where that is not known
    (and where nobody asks: the nick is free). `fingerprints` of its client certificate: hash -> its value.
    `bridges`: nick -> the account that it must have, if any."""

    settings: IrcSettings
    operators: tuple[str, ...] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    running: bool | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    bridges: Mapping[str, str | None] = field(default_factory=dict)


def cloaked(facts: Facts) -> bool:
    """Whether others see another host than the one that we come from: the server has told both, or it is of
    the shape that no address has (`user/alice`)."""
    if facts.host is None:
        return False
    if facts.real_host is not None and facts.real_host != facts.host:
        return True
    return "/" in facts.host and not _address(facts.host)


def _address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def of_rules(facts: Facts, desk: Desk) -> Iterator[Finding]:
    """Each rule of the network, kept or not, and those that nobody can see from here as questions."""
    network = network_called(facts.called)
    for rule in network.rules:
        yield _held(rule, network, facts, desk)


def _held(rule: Rule, network: Network, facts: Facts, desk: Desk) -> Finding:
    topic = f"rule {rule.name}"
    asks = f"{network.name} asks {rule.asks}" if network.binding else f"by custom a network asks {rule.asks}"
    if rule.sign is Sign.ANSWER:
        return Finding(topic, Severity.ASK, f"{asks}; is it so?", rule.remedy)
    kept, told = _sign(rule.sign, facts, desk)
    if kept:
        return fine(topic, f"{asks}: {told}")
    severity = Severity.MISSING if network.binding else Severity.LOOK
    if rule.sign is Sign.ACCOUNT and desk.settings.sasl is not None:
        return Finding(topic, severity, f"{asks}: {told}", "why stands under `account`")
    return Finding(topic, severity, f"{asks}: {told}", rule.remedy)


def _sign(sign: Sign, facts: Facts, desk: Desk) -> tuple[bool, str]:
    """Whether a sign is there, and in what."""
    match sign:
        case Sign.BOT_MODE:
            return _labelled(facts, desk.settings.real_name)
        case Sign.OPERATOR_NAMED:
            return _named(desk)
        case Sign.ACCOUNT:
            return facts.account is not None, (
                f"logged in as {facts.account}" if facts.account else "not logged in"
            )
        case Sign.CLOAK if cloaked(facts):
            return True, f"its host is {facts.host}"
        case Sign.CLOAK:
            named, told = _named(desk)
            return named, f"no cloak; {told}"
        case Sign.REACHABLE:
            return _reachable(facts, desk.operators)
        case Sign.PACE:
            rate, most = desk.settings.pace.rate, network_called(facts.called).rate
            return most is None or rate <= most, f"the desk writes {rate:g} a second at most, for long"
        case Sign.INVITED:
            by = desk.settings.invited_by
            return True, f"only {', '.join(by)} can invite it" if by else "nobody can"
        case Sign.ANSWER:
            return False, "nobody can see it from here"


def _labelled(facts: Facts, real_name: str) -> tuple[bool, str]:
    letter = facts.isupport.get("BOT", "")
    if letter and letter in facts.user_modes:
        return True, f"it bears +{letter}, and /whois says so"
    if re.search(r"\bbot\b", real_name, re.IGNORECASE):
        return True, f"its real name says so: {real_name}"
    return False, f"neither a mode nor its real name says so: {real_name}"


def _named(desk: Desk) -> tuple[bool, str]:
    name = desk.settings.real_name
    who = (desk.settings.operator, *desk.operators)
    if any(each and each.casefold() in name.casefold() for each in who):
        return True, f"its real name says so: {name}"
    if desk.settings.realname is not None and re.search(r"\bby \S", name):
        return True, f"its real name seems to say so: {name}"
    return False, f"its real name does not say who runs it: {name}"


def _reachable(facts: Facts, operators: tuple[str, ...]) -> tuple[bool, str]:
    there = [each for each in operators if each in facts.present]
    if there:
        return True, f"{', '.join(there)} is there"
    if not operators:
        return False, "no account of an operator is configured for this network"
    return False, f"none of its operators was seen under their account: {', '.join(operators)}"
