"""A desk that is as it should be on a network, for tests of what is said where something is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.networks.capabilities import LOSSES
from bot.networks.facts import Facts, Seat, Tls
from bot.networks.finding import Finding, Severity
from bot.networks.findings import findings
from bot.networks.keeping import Desk
from bot.transports.irc.settings import IrcSettings

AT = datetime(2026, 11, 23, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "host": "irc.libera.chat",
    "nick": "example-desk",
    "operator": "alice",
    "channels": ["#example"],
    "sasl": {"account": "example-desk", "password_env": "PATH"},
}
GOOD = Facts(
    network="libera",
    address="irc.libera.chat:6697",
    welcomed=True,
    tls=Tls("TLSv1.3", AT + timedelta(days=80)),
    called="Libera.Chat",
    server="tin.libera.chat",
    software="solanum-1.0-dev",
    offered={**dict.fromkeys(LOSSES, ""), "sasl": "PLAIN,EXTERNAL"},
    used=frozenset({*LOSSES, "sasl"}),
    isupport={"NETWORK": "Libera.Chat", "WHOX": "", "MONITOR": "100", "NICKLEN": "16", "BOT": "B"},
    nick="example-desk",
    user="~pkgdesk",
    host="user/alice/bot/example-desk",
    account="example-desk",
    user_modes=frozenset("B"),
    seats=(
        Seat("#example", joined=True, modes="nt", members=40, identified=30, present=frozenset({"alice"})),
    ),
    present=frozenset({"alice"}),
)


def desk(operators: tuple[str, ...] = ("alice",), **changed: Any) -> Desk:
    people = {"alice@example.org": "alice"}
    return Desk(IrcSettings.model_validate({**SETTINGS, **changed}), operators, people)


def said(facts: Facts, of: Desk | None = None) -> tuple[Finding, ...]:
    return findings((facts,), of or desk(), AT).findings


def grave(facts: Facts, of: Desk | None = None) -> dict[str, Severity]:
    """Topic -> severity of what is neither fine nor a question."""
    kinds = (Severity.MISSING, Severity.LOOK)
    return {each.topic: each.severity for each in said(facts, of) if each.severity in kinds}


def the(topic: str, facts: Facts, of: Desk | None = None) -> Finding:
    found = [each for each in said(facts, of) if each.topic == topic and each.severity is not Severity.FINE]
    assert len(found) == 1, found
    return found[0]


def seat(**changed: Any) -> Facts:
    return replace(GOOD, seats=(replace(GOOD.seats[0], **changed),))
