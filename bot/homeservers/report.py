"""What `pkgdesk matrix check` tells: to people a block of lines for each network, to programs one JSON
document. The shape is that of `pkgdesk irc check` (`bot.networks.report`). Servers are quoted, and one of
them may repeat what it was told: no token and no password is shown."""

import json
import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from bot.homeservers.facts import Facts, Place
from bot.homeservers.findings import Summary
from bot.networks.finding import Finding
from bot.networks.report import counted, hidden, in_one_line, show
from bot.screen import console
from bot.transports.matrix.speech import mute, own_level


def report(
    summaries: Mapping[str, Summary],
    *,
    as_json: bool,
    note: Callable[[str], None],
    hide: Callable[[str], str],
) -> None:
    """Print what was found, network by network. `hide` takes tokens and passwords out of a text."""
    if as_json:
        networks = [hidden(data(each), hide) for each in summaries.values()]
        well = all(each.well for each in summaries.values())
        print(json.dumps({"well": well, "networks": networks}, indent=2, ensure_ascii=False))
        return
    for name, each in summaries.items():
        quoted = [_quoted(finding, hide) for finding in each.findings]
        if sys.stdout.isatty():
            show(console(), name, quoted)
        else:
            for finding in quoted:
                print(in_one_line(name, finding))
    for name, each in summaries.items():
        note(f"{name}: {counted(each.findings)}")


def data(summary: Summary) -> dict[str, Any]:
    """Everything of one homeserver as what JSON can hold."""
    facts = summary.facts
    seen = facts.verification
    return {
        "network": facts.network,
        "well": summary.well,
        "server": {
            "url": facts.url,
            "reached": facts.reached,
            "trouble": facts.trouble or None,
            "software": facts.software or None,
            "versions": list(facts.versions),
        },
        "user": facts.user,
        "device": facts.device or None,
        "encryption": {
            "possible": facts.no_encryption is None,
            "why_not": facts.no_encryption,
            "known": seen.known if seen is not None else None,
            "owner": seen.owner.value if seen is not None else None,
            "verified": seen.verified if seen is not None else None,
            "key": facts.key,
        },
        "limited": facts.limited,
        "rooms": [_room(each, facts) for each in facts.places],
        "invitations": [
            {"room": each.room, "by": each.by, "direct": each.direct, "encrypted": each.encrypted}
            for each in facts.invitations.values()
        ],
        "direct": list(facts.directs),
        "complete": facts.complete,
        "findings": [
            {"topic": each.topic, "severity": each.severity.value, "told": each.told, "remedy": each.remedy}
            for each in summary.findings
        ],
    }


def _room(place: Place, facts: Facts) -> dict[str, Any]:
    rooms = facts.rooms
    room = rooms.joined.get(place.id) if rooms is not None and place.id is not None else None
    told: dict[str, Any] = {
        "room": place.name,
        "id": place.id,
        "trouble": place.trouble or None,
        "joined": room is not None,
        "upgraded_from": place.upgraded,
        "goes_on_in": place.onwards,
        "bridges": [asdict(each) for each in place.bridges],
    }
    if room is None or rooms is None:
        return {
            **told,
            "join_rule": place.join_rule or None,
            "encrypted": place.encrypted,
            "version": place.version or None,
            "put_out": place.put_out or None,
        }
    venue, rank = rooms.venue(room.id), own_level(room, rooms.me)
    return {
        **told,
        "join_rule": room.join_rule,
        "encrypted": room.encrypted,
        "version": room.version,
        "members": room.joined,
        "visibility": venue.visibility.name.lower() if venue is not None else None,
        "history": room.history,
        "level": "infinite" if math.isinf(rank) else rank,
        "mute": mute(room, rooms.me),
    }


def _quoted(finding: Finding, hide: Callable[[str], str]) -> Finding:
    return replace(finding, told=hide(finding.told))
