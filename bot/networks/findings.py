"""From what was found out about a network to what is to be said of it: facts and configuration in, findings
out, in the order of coming in. Pure; the time comes in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.networks.capabilities import of_capabilities, of_history
from bot.networks.facts import Facts
from bot.networks.finding import Finding, Severity, fine, look, missing
from bot.networks.keeping import Desk, cloaked, of_rules
from bot.networks.nick import of_nick, too_long
from bot.networks.relays import of_bridges
from bot.networks.rules import network_called
from bot.networks.seats import of_seats
from bot.transports.irc.mechanisms import chosen, possible
from bot.transports.irc.outcome import REMEDIES
from bot.transports.irc.settings import is_loopback
from bot.transports.irc.ways import no_way

ENDS_SOON = timedelta(days=14)
"""Before a certificate ends, somebody should know for so long."""

MEASURED_RATE, MEASURED_BURST = 2.0, 5.0
"""Lines a second, and at once, that the most patient servers take which were measured (Solanum, Ergo)."""

NAMED = 8
"""As many people are named."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All that there is to say of one network."""

    facts: Facts
    findings: tuple[Finding, ...] = field(default_factory=tuple)

    @property
    def well(self) -> bool:
        return not any(each.severity is Severity.MISSING for each in self.findings)


def findings(tried: tuple[Facts, ...], desk: Desk, at: datetime) -> Summary:
    """Of what was found at each server that was tried, of which only the last may have let us in."""
    facts = tried[-1]
    before = [look("server", _trouble(each), each.remedy) for each in tried[:-1]]
    return Summary(facts, (*before, *_of_one(facts, desk, at)))


def _of_one(facts: Facts, desk: Desk, at: datetime) -> Iterator[Finding]:
    if facts.trouble or not facts.welcomed:
        yield missing("server", _trouble(facts), facts.remedy or _remedy(facts))
        if not facts.welcomed:
            return
    yield from _of_server(facts, desk, at)
    yield from of_capabilities(facts)
    yield from _of_account(facts, desk)
    yield of_nick(facts, desk)
    yield from _of_limits(facts, desk)
    yield from _of_host(facts, desk)
    yield _of_pace(facts, desk)
    yield from of_seats(facts, desk, at)
    yield from _of_people(facts, desk)
    yield from of_bridges(facts, desk)
    yield of_history(facts)
    yield from of_rules(facts, desk)
    if not facts.complete:
        yield look(
            "check", "not everything was answered in time", "try again, or give it longer with --timeout"
        )


def _trouble(facts: Facts) -> str:
    if not facts.trouble and facts.taken is not None and facts.taken.numeric == "432":
        return f"{facts.address}: it does not take the nick: 432 {facts.taken.words}"
    return f"{facts.address}: {facts.trouble or f'no nick like {facts.nick} was free'}"


def _remedy(facts: Facts) -> str:
    return "look at `host` and `port`" if facts.trouble else "choose another `nick`"


def _of_server(facts: Facts, desk: Desk, at: datetime) -> Iterator[Finding]:
    names = " ".join(each for each in (facts.server, facts.software) if each)
    yield fine("server", f"{facts.called or 'a network without a name'}: {names or facts.address}")
    tls = facts.tls
    if tls is None and _local(desk):
        yield fine("tls", "not encrypted, and nothing leaves this machine")
        return
    if tls is None:
        yield look("tls", "not encrypted", "set `tls: yes`, unless the server is on this machine")
        return
    until = f", its certificate holds until {tls.until:%Y-%m-%d}" if tls.until is not None else ""
    told = f"{tls.version}, verified{until}"
    if tls.until is not None and tls.until - at < ENDS_SOON:
        yield look("tls", told, "that is soon: if the server's people forget it, the desk cannot connect")
    else:
        yield fine("tls", told)


def _of_account(facts: Facts, desk: Desk) -> Iterator[Finding]:
    sasl, known = desk.settings.sasl, network_called(facts.called)
    offers = f"SASL offered: {', '.join(facts.mechanisms) or 'yes'}" if "sasl" in facts.offered else "no SASL"
    if sasl is None:
        if facts.account is not None:  # by its certificate
            yield fine("account", f"logged in as {facts.account}, by the client certificate; {offers}")
        else:
            yield look(
                "account",
                f"none is configured; {offers}",
                "register one and set `sasl`"
                if "sasl" in facts.offered
                else "register the nick, and tell its services the fingerprint of a client certificate",
            )
        return
    if facts.account is not None:
        how = f" by SASL {facts.mechanism}" if facts.mechanism is not None else ""
        told = f"logged in as {facts.account}{how}; {offers}"
        if facts.account.casefold() != sasl.account.casefold():
            yield look("account", f"{told}; configured is {sasl.account}", "mend `sasl.account`")
        else:
            yield fine("account", told)
        return
    if (complaint := sasl.complaint()) is not None:
        yield missing("account", f"not logged in: cannot read the password: {complaint}", "mend `sasl`")
    elif (way := no_way(desk.settings, ",".join(facts.mechanisms))) is not None:
        told, remedy = way
        yield missing("account", f"not logged in as {sasl.account}: {told}; {offers}", remedy)
    elif facts.login is not None:
        numeric, words = facts.login.numeric, facts.login.words
        remedy = _of_login(numeric, facts, desk)
        yield missing("account", f"not logged in as {sasl.account}: {numeric} {words}; {offers}", remedy)
    elif "sasl" not in facts.offered:
        yield missing(
            "account",
            f"not logged in as {sasl.account}: the server offers no SASL",
            "this network has none: its services know the desk by a client certificate (docs/how-to/oftc.md)"
            if known.sasl is False
            else "services may be away, and the desk tries again; if this stays, the network has none",
        )
    else:
        yield missing(
            "account",
            f"not logged in as {sasl.account}: nothing was answered in time; {offers}",
            "services may be slow: try again; if this stays, look at `sasl.mechanism`",
        )


def _of_login(numeric: str, facts: Facts, desk: Desk) -> str:
    """What to do about a login that was refused."""
    sasl, shown = desk.settings.sasl, desk.settings.certificate is not None
    usual = REMEDIES.get(numeric, "read the server's words")
    if sasl is None or numeric != "904" or not desk.fingerprints:
        return usual
    able = possible(sasl.mechanism, password=sasl.has_password, certificate=shown)
    if chosen(able, ",".join(facts.mechanisms)) != "EXTERNAL":
        return usual
    prints = ", ".join(f"{name} {value}" for name, value in desk.fingerprints.items())
    told = (
        f"as {sasl.account}, tell services the certificate's fingerprint, by whichever hash the network uses "
        f"(`/msg {desk.settings.services} CERT ADD FINGERPRINT`): {prints}"
    )
    return f"{told}; else {usual}" if able != {"EXTERNAL"} else told


def _of_limits(facts: Facts, desk: Desk) -> Iterator[Finding]:
    told = [
        f"{name} {facts.isupport[name]}".strip()
        for name in ("NICKLEN", "CHANNELLEN", "LINELEN", "CASEMAPPING", "STATUSMSG", "MONITOR", "CHATHISTORY")
        if name in facts.isupport
    ]
    yield fine("limits", ", ".join(told) or "the server tells none")
    if facts.taken is None and (longest := too_long(facts, desk)):
        yield missing(
            "nick", f"`{desk.settings.nick}` is longer than {longest}, and is cut", "choose a shorter `nick`"
        )
    if "WHOX" not in facts.isupport:
        yield look(
            "WHOX",
            "not offered: of who was there before the desk no account is known until they say something",
        )
    if "MONITOR" not in facts.isupport:
        yield fine("MONITOR", "not offered: people who are in none of the desk's channels are not seen")


def _local(desk: Desk) -> bool:
    return all(is_loopback(server.host) for server in desk.settings.in_turn)


def _of_host(facts: Facts, desk: Desk) -> Iterator[Finding]:
    if cloaked(facts):
        yield fine("host", f"others see {facts.mask}: cloaked")
    elif facts.host is None:
        yield fine("host", "the server has not told what others see of us")
    elif _local(desk):
        yield fine("host", f"others see {facts.mask}")
    else:
        yield look(
            "host",
            f"others see {facts.mask}: that is where the desk runs",
            "a cloak hides it, on networks that have some; ask the network how to get one",
        )


def _of_pace(facts: Facts, desk: Desk) -> Finding:
    pace, known = desk.settings.pace, network_called(facts.called)
    told = f"{pace.burst:g} lines at once, then {pace.rate:g} a second"
    if known.rate is not None and pace.rate <= known.rate and pace.burst <= MEASURED_BURST:
        return fine("pace", f"{told}: within what {known.name} asks for ({known.rate:g} a second)")
    if pace.rate > MEASURED_RATE or pace.burst > MEASURED_BURST:
        return look(
            "pace",
            f"{told}: more than {MEASURED_BURST:g} at once or {MEASURED_RATE:g} a second, and servers end a "
            "connection that floods",
            "leave `pace` out of the configuration",
        )
    return fine("pace", told)


def _of_people(facts: Facts, desk: Desk) -> Iterator[Finding]:
    people = desk.people
    if not people:
        yield look(
            "people",
            "nobody of the map has an account on this network, so nobody can be pinged here",
            "write down their accounts in the map, under `accounts`",
        )
        return
    present = [who for who, account in people.items() if account in facts.present]
    online = [who for who, account in people.items() if account in facts.online - facts.present]
    told = f"{len(present)} of {len(people)} of the map are there under their accounts"
    if present:
        told += f": {_few(present)}"
    if online:
        told += (
            f"; by nick alone, which proves nothing (have them join a channel of the desk): {_few(online)}"
        )
    absent = [who for who in people if who not in {*present, *online}]
    if absent:
        told += f"; not seen: {_few(absent)}"
    yield (
        fine("people", told)
        if present
        else look("people", told, "nobody can be pinged as long as that is so")
    )


def _few(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
