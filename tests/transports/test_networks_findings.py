"""What is said of a network: facts in, findings out."""

import errno
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from irc_findings import AT, GOOD, desk, grave, said, the
from rich.console import Console

from bot.networks.capabilities import HISTORY, LOSSES
from bot.networks.facts import Bearer, Facts, Refusal, Tls
from bot.networks.finding import Finding, Severity
from bot.networks.findings import findings
from bot.networks.keeping import Desk
from bot.networks.report import in_one_line, show
from bot.networks.rules import NETWORKS, Sign
from bot.transports.irc.negotiation import WANTED
from bot.transports.irc.settings import IrcServer
from bot.transports.irc.unreached import trouble


def test_a_desk_that_is_as_it_should_be() -> None:
    assert grave(GOOD) == {}
    assert findings((GOOD,), desk(), AT).well
    asked = [each.topic for each in said(GOOD) if each.severity is Severity.ASK]
    assert asked == ["rule permission", "rule bots", "rule privacy"]


def test_what_keeps_it_out_is_all_that_there_is_to_say() -> None:
    facts = Facts("libera", "irc.libera.chat:6697", trouble="there is no such host", remedy="look at `host`")
    [only] = said(facts)
    assert only == Finding(
        "server", Severity.MISSING, "irc.libera.chat:6697: there is no such host", "look at `host`"
    )
    assert not findings((facts,), desk(), AT).well


def test_no_nick_was_free() -> None:
    [only] = said(Facts("libera", "irc.libera.chat:6697", nick="example-desk__"))
    assert "no nick like example-desk__ was free" in only.told
    assert only.remedy == "choose another `nick`"


def test_no_nick_was_taken() -> None:
    [only] = said(
        Facts("net", "irc.example:6697", nick="exampl2", taken=Refusal("432", "Erroneous Nickname"))
    )
    assert only.told == "irc.example:6697: it does not take the nick: 432 Erroneous Nickname"
    assert only.remedy == "choose another `nick`"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ECONNREFUSED, "nobody listens there"), (errno.EHOSTUNREACH, "a firewall between")],
)
@pytest.mark.parametrize("form", ["{}", "Multiple exceptions: {0}, {0}"])
def test_the_nick_is_not_why_nobody_answers(number: int, words: str, form: str) -> None:
    one = f"[Errno {number}] Connect call failed ('192.0.2.1', 6697)"
    found = trouble(OSError(form.format(one)), IrcServer(host="irc.example"))
    assert words in found.remedy
    [only] = said(Facts("net", "irc.example:6697", trouble="what nobody has seen yet"))
    assert "`nick`" not in found.remedy + only.remedy


def test_a_connection_that_ended_on_the_way() -> None:
    found = the("server", replace(GOOD, trouble="it ended the connection: Excess Flood"))
    assert "Excess Flood" in found.told


def test_a_server_that_was_tried_before_is_worth_a_look() -> None:
    dead = Facts("libera", "one.example:6697", trouble="connection refused")
    found = findings((dead, GOOD), desk(), AT)
    assert found.well
    assert found.findings[0].severity is Severity.LOOK
    assert "one.example:6697: connection refused" in found.findings[0].told


def test_each_capability_that_is_missing_is_told_with_its_loss() -> None:
    bare = replace(GOOD, offered={}, used=frozenset())
    told = {each.topic: each.told for each in said(bare)}
    assert all(loss.told in told[name] for name, loss in LOSSES.items())
    assert grave(bare)["account-tag"] is Severity.LOOK


def test_every_capability_that_the_desk_asks_for_has_its_loss() -> None:
    assert WANTED.difference(HISTORY) == LOSSES.keys()


@pytest.mark.parametrize("numeric", ["902", "904", "905", "906", "263", "421"])
def test_a_login_that_failed(numeric: str) -> None:
    found = the("account", replace(GOOD, account=None, login=Refusal(numeric, "SASL failed")))
    assert found.severity is Severity.MISSING
    assert f"{numeric} SASL failed" in found.told
    assert found.remedy


@pytest.mark.parametrize(
    ("changed", "settings", "remedy"),
    [
        ({"login": Refusal("904", "no")}, {"account": "a", "password_env": "PATH"}, "look at `sasl.account`"),
        (
            {"login": Refusal("908", "no")},
            {"account": "a", "password_env": "PATH", "mechanism": "scram-sha-256"},
            "leave `sasl.mechanism` out, or set it to `plain`",
        ),
        (
            {},
            {"account": "a", "password_env": "PATH", "mechanism": "scram-sha-256"},
            "leave `sasl.mechanism` out, or set it to `plain`",
        ),
        (
            {"offered": {"sasl": "EXTERNAL"}},
            {"account": "a", "password_env": "PATH"},
            "name a client `certificate`",
        ),
        (
            {"offered": {"sasl": "ECDSA-NIST256P-CHALLENGE"}},
            {"account": "a", "password_env": "PATH"},
            "the desk knows none of those",
        ),
        (
            {"offered": {}, "called": "OFTC"},
            {"account": "a", "password_env": "PATH"},
            "this network has none",
        ),
        ({"offered": {}}, {"account": "a", "password_env": "PATH"}, "services may be away"),
        ({}, {"account": "a", "password_env": "NOT_SET_ANYWHERE"}, "mend `sasl`"),
        ({}, {"account": "a", "password_env": "PATH"}, "services may be slow"),
    ],
)
def test_why_there_is_no_account(changed: dict[str, Any], settings: dict[str, str], remedy: str) -> None:
    found = the("account", replace(GOOD, account=None, **changed), desk(sasl=settings))
    assert found.severity is Severity.MISSING
    assert remedy in found.remedy


def test_a_certificate_that_services_do_not_know() -> None:
    failed = replace(GOOD, account=None, login=Refusal("904", "SASL authentication failed"))
    prints = {"sha256": "12ab", "sha512": "34cd"}
    sasl = {"account": "a", "mechanism": "external"}
    alone = the("account", failed, replace(desk(sasl=sasl, certificate="d.pem"), fingerprints=prints))
    assert "/msg NickServ CERT ADD" in alone.remedy
    assert "sha256 12ab, sha512 34cd" in alone.remedy
    assert "password" not in alone.remedy
    both = {"account": "a", "password_env": "PATH"}
    either = the("account", failed, replace(desk(sasl=both, certificate="d.pem"), fingerprints=prints))
    assert "CERT ADD" in either.remedy
    assert "look at `sasl.account` and its password" in either.remedy


def test_a_mechanism_that_is_not_offered() -> None:
    sasl = {"account": "a", "password_env": "PATH", "mechanism": "scram-sha-256"}
    told = the("account", replace(GOOD, account=None), desk(sasl=sasl)).told
    assert told == (
        "not logged in as a: `sasl.mechanism` is scram-sha-256, which is not offered; "
        "SASL offered: PLAIN, EXTERNAL"
    )
    external = desk(sasl={"account": "a", "mechanism": "external"}, certificate="desk.pem")
    plain = replace(GOOD, account=None, offered={"sasl": "PLAIN"})
    assert "`sasl.password_file`" in the("account", plain, external).remedy


def test_by_which_mechanism() -> None:
    def told(facts: Facts) -> str:
        return next(each.told for each in said(facts) if each.topic == "account")

    assert told(GOOD).startswith("logged in as example-desk;")
    by_certificate = replace(GOOD, mechanism="EXTERNAL")
    assert told(by_certificate).startswith("logged in as example-desk by SASL EXTERNAL;")


def test_another_account_than_the_configured_one() -> None:
    assert "configured is example-desk" in the("account", replace(GOOD, account="somebody")).told


TAKEN = replace(GOOD, nick="example-desk_", taken=Refusal("433", "in use"))
DESK, STRANGER = "packagers' desk, a bot run by alice", "somebody"


@pytest.mark.parametrize(
    ("running", "bearer", "severity", "words"),
    [
        (True, Bearer("d!d@h", DESK, "Example-Desk"), Severity.FINE, "the desk is running and has it"),
        (True, Bearer("d!d@h", DESK), Severity.FINE, "the desk is running and has it"),
        (True, None, Severity.FINE, "the desk is running and has it"),
        (None, Bearer("d!d@h", DESK), Severity.FINE, "the desk seems to be running and has it"),
        (True, Bearer("d!d@h", STRANGER, "bob"), Severity.LOOK, "d!d@h (logged in as bob)"),
        (False, Bearer("d!d@h", STRANGER), Severity.LOOK, "d!d@h (not logged in)"),
        (False, Bearer("d!d@h", DESK, "example-desk"), Severity.LOOK, "no desk is running here"),
        (False, None, Severity.LOOK, "taken by somebody"),
    ],
)
def test_who_has_the_nick(
    running: bool | None, bearer: Bearer | None, severity: Severity, words: str
) -> None:
    facts, of = replace(TAKEN, bearer=bearer), replace(desk(), running=running)
    [found] = [each for each in said(facts, of) if each.topic == "nick"]
    assert found.severity is severity
    assert words in found.told
    assert "looked at as example-desk_" in found.told
    assert ("seems" in found.told) is (running is None)


def test_what_to_do_about_whoever_has_the_nick() -> None:
    facts, of = replace(TAKEN, bearer=Bearer("d!d@h", STRANGER)), replace(desk(), running=False)
    assert "GHOST" in the("nick", facts, of).remedy
    without = the("nick", replace(facts, account=None), replace(desk(sasl=None), running=False))
    assert (without.severity, without.remedy[:21]) == (Severity.MISSING, "choose another `nick`")


def test_a_nick_that_is_held() -> None:
    held = replace(GOOD, taken=Refusal("437", "unavailable"))
    assert the("nick", held).severity is Severity.MISSING


def test_a_nick_that_is_too_long() -> None:
    assert the("nick", GOOD, desk(nick="packagers-desk-of-example")).severity is Severity.MISSING


@pytest.mark.parametrize(
    ("settings", "told", "remedy"),
    [
        ({"nick": "packagers-desk-of-example"}, "longer than 16 characters", "choose a shorter `nick`"),
        ({}, "432 Erroneous", "one of letters and digits"),
    ],
)
def test_a_nick_that_is_not_taken(settings: dict[str, Any], told: str, remedy: str) -> None:
    facts = replace(GOOD, nick="packag1", taken=Refusal("432", "Erroneous"))
    found = the("nick", facts, desk(**settings))
    assert found.severity is Severity.MISSING
    assert told in found.told
    assert remedy in found.remedy


def test_no_rule_contradicts_what_stands_above_it() -> None:
    failed = replace(GOOD, called="Elsewhere", account=None, login=Refusal("904", "SASL failed"))
    assert the("rule account", failed).remedy == "why stands under `account`"
    assert "register one" in the("rule account", failed, desk(sasl=None)).remedy


def test_a_certificate_that_ends_soon_and_no_tls() -> None:
    assert the("tls", replace(GOOD, tls=Tls("TLSv1.2", AT + timedelta(days=3)))).severity is Severity.LOOK
    assert the("tls", replace(GOOD, tls=None), desk(sasl=None, tls=False)).remedy.startswith("set `tls: yes`")


@pytest.mark.parametrize(
    ("facts", "of", "topic"),
    [
        ({"user_modes": frozenset()}, desk(realname="packagers' desk, run by alice"), "rule label"),
        ({}, desk(operator=None, operators=("carol",)), "rule operator"),
        ({"host": "192.0.2.1"}, desk(operator=None, operators=("carol",)), "rule cloak"),
        ({"present": frozenset()}, desk(), "rule administrator"),
        ({}, desk(pace={"rate": 1.0}), "rule pace"),
    ],
)
def test_what_the_network_asks_for(facts: dict[str, Any], of: Desk, topic: str) -> None:
    missing = replace(GOOD, **facts)
    assert the(topic, missing, of).severity is Severity.MISSING
    elsewhere = replace(missing, called="Somewhere")
    assert Severity.MISSING not in grave(elsewhere, of).values()


def test_a_cloak_is_known_by_its_shape_or_by_the_host_behind_it() -> None:
    assert "host" not in grave(replace(GOOD, host="abc.users.example", real_host="host.example"))
    assert grave(replace(GOOD, host="host.example", real_host="host.example"))["host"] is Severity.LOOK
    assert grave(replace(GOOD, host="2001:db8::1"))["host"] is Severity.LOOK


def test_what_a_network_does_not_have() -> None:
    plain = replace(GOOD, isupport={"NETWORK": "Libera.Chat"})
    assert grave(plain)["WHOX"] is Severity.LOOK


def test_more_than_servers_take() -> None:
    assert grave(replace(GOOD, called="x"), desk(pace={"burst": 20, "rate": 4}))["pace"] is Severity.LOOK


def test_not_all_was_answered() -> None:
    assert grave(replace(GOOD, complete=False)) == {"check": Severity.LOOK}


def test_every_rule_says_what_to_do_and_can_be_looked_at() -> None:
    for network in NETWORKS:
        assert network.source
        assert len({rule.name for rule in network.rules}) == len(network.rules)
        assert all(rule.remedy and rule.sign in Sign for rule in network.rules)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_no_word_is_torn_on_a_narrow_terminal(width: int) -> None:
    console = Console(width=width, record=True, force_terminal=True, color_system=None, quiet=False)
    with console.capture() as captured:
        show(console, "libera", said(replace(GOOD, used=frozenset(), offered={}, account=None)))
    words = {
        word
        for each in said(replace(GOOD, used=frozenset(), offered={}, account=None))
        for word in each.told.split()
    }
    shown = captured.get()
    assert all(len(line.rstrip()) <= width for line in shown.splitlines())
    assert {word for word in words if len(word) <= width - 6} <= set(shown.split())


def test_what_a_server_says_cannot_forge_a_line() -> None:
    found = Finding("#a", Severity.MISSING, "put out: \x1b[2Jgo\naway\r", "talk")
    assert in_one_line("net", found).isprintable()
