"""What `pkgdesk irc check` tells: to people a block of lines for each network, to programs one JSON document.

On a terminal a finding is a line, the gravest marked by colour and a sign, with what to do indented below;
lines are broken between words however narrow the terminal is, so there is no table. Elsewhere each finding is
one line, `network: severity: topic: what: what to do`. The sum goes to standard error. Servers are quoted,
and one of them may repeat what it was told: no password is shown.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.networks.facts import Facts
from bot.networks.finding import Finding, Severity
from bot.networks.findings import Summary
from bot.networks.keeping import Desk, cloaked
from bot.networks.rules import network_called
from bot.networks.seats import room
from bot.screen import console
from knowledge.composing import one_line

_SIGNS = {
    Severity.MISSING: ("x", "bold red"),
    Severity.LOOK: ("!", "bold yellow"),
    Severity.ASK: ("?", "bold cyan"),
    Severity.FINE: ("-", "green"),
}


def report(
    summaries: Mapping[str, Summary],
    desks: Mapping[str, Desk],
    *,
    as_json: bool,
    note: Callable[[str], None],
    hide: Callable[[str], str],
) -> None:
    """Print what was found, network by network. `hide` takes the passwords out of a text."""
    if as_json:
        networks = [hidden(data(each, desks[name]), hide) for name, each in summaries.items()]
        well = all(each.well for each in summaries.values())
        print(json.dumps({"well": well, "networks": networks}, indent=2, ensure_ascii=False))
        return
    shown = sys.stdout.isatty()
    for name, each in summaries.items():
        if shown:
            show(console(), name, [_quoted(finding, hide) for finding in each.findings])
        else:
            for finding in each.findings:
                print(in_one_line(name, _quoted(finding, hide)))
    for name, each in summaries.items():
        note(f"{name}: {counted(each.findings)}")


def show(to: Console, name: str, findings: Iterable[Finding]) -> None:
    """One network on a terminal."""
    to.print(Text(name, "bold"))
    for finding in findings:
        sign, colour = _SIGNS[finding.severity]
        lines = Table.grid(padding=(0, 1))
        lines.add_column(width=len(sign))
        lines.add_column(overflow="fold")
        told = Text.assemble((one_line(finding.topic), "bold"), ": ", one_line(finding.told))
        lines.add_row(Text(sign, colour), told)
        if finding.remedy:
            lines.add_row("", Padding(Text(one_line(finding.remedy), "italic"), (0, 0, 0, 2)))
        to.print(Padding(lines, (0, 0, 0, 2)))
    to.print()


def in_one_line(name: str, finding: Finding) -> str:
    """A finding as a line of a list."""
    remedy = f": {finding.remedy}" if finding.remedy else ""
    return one_line(f"{name}: {finding.severity}: {finding.topic}: {finding.told}{remedy}")


def counted(findings: Iterable[Finding]) -> str:
    """How many there are of each kind, the gravest first."""
    kinds = [finding.severity for finding in findings]
    said = (f"{kinds.count(kind)} {kind}" for kind in Severity if kind in kinds)
    return ", ".join(said) or "nothing was found out"


def data(summary: Summary, desk: Desk) -> dict[str, Any]:
    """Everything of one network as what JSON can hold."""
    facts = summary.facts
    return {
        "network": facts.network,
        "well": summary.well,
        "server": _server(facts),
        "capabilities": {
            "offered": dict(sorted(facts.offered.items())),
            "used": sorted(facts.used),
        },
        "isupport": dict(sorted(facts.isupport.items())),
        "account": {
            "configured": desk.settings.sasl.account if desk.settings.sasl is not None else None,
            "account": facts.account,
            "mechanism": facts.mechanism,
            "mechanisms": list(facts.mechanisms),
            "refused": asdict(facts.login) if facts.login is not None else None,
        },
        "nick": {
            "configured": desk.settings.nick,
            "nick": facts.nick,
            "taken": asdict(facts.taken) if facts.taken is not None else None,
            "borne_by": asdict(facts.bearer) if facts.bearer is not None else None,
        },
        "mask": facts.mask,
        "cloaked": cloaked(facts),
        "user_modes": sorted(facts.user_modes),
        "pace": {"burst": desk.settings.pace.burst, "rate": desk.settings.pace.rate},
        "channels": [
            {
                "channel": seat.name,
                "joined": seat.joined,
                "refused": asdict(seat.refusal) if seat.refusal is not None else None,
                "forwarded_to": seat.forwarded,
                "modes": seat.modes,
                "rank": seat.rank,
                "members": seat.members,
                "with_account": seat.identified,
                "quieted_by": seat.quieted,
                "bytes_left": room(seat, facts, desk.settings) if seat.joined else None,
            }
            for seat in facts.seats
        ],
        "bridges": [{**asdict(relay), "configured": desk.bridges.get(relay.nick)} for relay in facts.relays],
        "people": {
            who: "there"
            if account in facts.present
            else "nick only"
            if account in facts.online
            else "not seen"
            for who, account in desk.people.items()
        },
        "operators": {
            account: "there"
            if account in facts.present
            else "nick only"
            if account in facts.online
            else "not seen"
            for account in desk.operators
        },
        "rules_from": network_called(facts.called).source,
        "complete": facts.complete,
        "findings": [
            {"topic": each.topic, "severity": each.severity.value, "told": each.told, "remedy": each.remedy}
            for each in summary.findings
        ],
    }


def _quoted(finding: Finding, hide: Callable[[str], str]) -> Finding:
    return replace(finding, told=hide(finding.told))


def hidden(value: Any, hide: Callable[[str], str]) -> Any:
    """The same JSON, with the passwords taken out of its texts."""
    match value:
        case str():
            return hide(value)
        case dict():
            return {key: hidden(each, hide) for key, each in value.items()}
        case list():
            return [hidden(each, hide) for each in value]
    return value


def _server(facts: Facts) -> dict[str, Any]:
    tls = facts.tls
    return {
        "address": facts.address,
        "reached": facts.welcomed,
        "trouble": facts.trouble or None,
        "network": facts.called,
        "name": facts.server,
        "software": facts.software,
        "tls": tls.version if tls is not None else None,
        "verified": tls is not None,
        "certificate_until": tls.until.isoformat() if tls is not None and tls.until is not None else None,
    }
