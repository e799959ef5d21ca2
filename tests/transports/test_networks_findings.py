"""What is said of a network: facts in, findings out."""

import errno
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from bot.networks.capabilities import HISTORY, LOSSES
from bot.networks.facts import Bearer, Facts, Refusal, Relay, Seat, Tls
from bot.networks.finding import Finding, Severity
from bot.networks.findings import findings
from bot.networks.keeping import Desk
from bot.networks.report import in_one_line, show
from bot.networks.rules import NETWORKS, Sign
from bot.transports.irc.doors import DOORS
from bot.transports.irc.negotiation import WANTED
from bot.transports.irc.settings import IrcServer, IrcSettings
from bot.transports.irc.unreached import trouble

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


def test_a_key_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = seat(joined=False, refusal=Refusal("475", "Cannot join channel (+k)"))
    assert "set its `key`" in the("#example", facts).remedy
    of = desk(channels=[{"name": "#example", "key": {"password_env": "CHANNEL_KEY"}}])
    unread = the("#example", facts, of)
    assert "cannot read its key: the environment variable CHANNEL_KEY is not set" in unread.told
    monkeypatch.setenv("CHANNEL_KEY", "open-sesame")
    refused = the("#example", facts, of)
    assert refused.told == "not joined: its key is refused (475 Cannot join channel (+k))"
    assert "mend its `key`" in refused.remedy
    assert "open-sesame" not in repr(refused)


def test_no_rule_contradicts_what_stands_above_it() -> None:
    failed = replace(GOOD, called="Elsewhere", account=None, login=Refusal("904", "SASL failed"))
    assert the("rule account", failed).remedy == "why stands under `account`"
    assert "register one" in the("rule account", failed, desk(sasl=None)).remedy


def test_a_certificate_that_ends_soon_and_no_tls() -> None:
    assert the("tls", replace(GOOD, tls=Tls("TLSv1.2", AT + timedelta(days=3)))).severity is Severity.LOOK
    assert the("tls", replace(GOOD, tls=None), desk(sasl=None, tls=False)).remedy.startswith("set `tls: yes`")


@pytest.mark.parametrize("numeric", sorted(DOORS))
def test_every_closed_door_has_words_and_a_remedy(numeric: str) -> None:
    found = the("#example", seat(joined=False, refusal=Refusal(numeric, "Cannot join")))
    assert found.severity is Severity.MISSING
    assert f"{DOORS[numeric].why} ({numeric} Cannot join)" in found.told
    assert found.remedy
    assert "{" not in found.remedy


@pytest.mark.parametrize(
    ("changed", "severity", "words"),
    [
        ({"joined": False}, Severity.MISSING, "did not answer in time"),
        ({"joined": False, "forwarded": "##example"}, Severity.MISSING, "forwards to ##example"),
        (
            {"joined": False, "refusal": Refusal("KICK", "no bots")},
            Severity.MISSING,
            "put out again: no bots",
        ),
        ({"modes": "mnt"}, Severity.MISSING, "no voice"),
        ({"quieted": "$~a"}, Severity.MISSING, "$~a fits the desk"),
    ],
)
def test_channels_where_nobody_would_read_it(changed: dict[str, Any], severity: Severity, words: str) -> None:
    found = the("#example", seat(**changed))
    assert found.severity is severity
    assert words in found.told
    assert found.remedy


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({"created": AT - timedelta(seconds=1)}, True),
        ({}, True),
        ({"created": AT - timedelta(days=9)}, False),
        ({"rank": ""}, False),
        ({"members": 1}, False),
    ],
)
def test_a_channel_that_was_made_by_coming_in(changed: dict[str, Any], asked: bool) -> None:
    facts = seat(**{"members": 0, "identified": 0, "rank": "@", **changed})
    if not asked:
        assert "#example" not in grave(facts)
        return
    found = the("#example", facts)
    assert found.severity is Severity.LOOK
    assert "it did not exist until now" in found.told
    assert found.remedy.startswith("is the name right?")


@pytest.mark.parametrize("changed", [{"modes": "mnt", "rank": "+"}, {"quieted": "*!*@*", "rank": "@"}])
def test_with_a_voice_it_is_heard(changed: dict[str, Any]) -> None:
    assert grave(seat(**changed)) == {}


@pytest.mark.parametrize(
    ("host", "severity", "words"),
    [
        ("h" * 435, Severity.MISSING, "no text fits on a line: 33 bytes of each are left"),
        ("h" * 600, Severity.MISSING, "no text fits on a line: 0 bytes of each are left"),
        ("h" * 434, Severity.LOOK, "34 bytes of each line are left"),
    ],
)
def test_a_mask_that_leaves_no_room_for_a_text(host: str, severity: Severity, words: str) -> None:
    found = the("#example", replace(GOOD, host=host))
    assert found.severity is severity
    assert found.told.startswith(words)
    assert "cloak" in found.remedy


def test_the_room_of_a_line_is_told_for_its_own_nick() -> None:
    told = [each.told for each in said(replace(GOOD, nick="example-desk_")) if each.topic == "#example"]
    mask, command = ":example-desk!~pkgdesk@user/alice/bot/example-desk ", "PRIVMSG #example :"
    assert told[-1] == f"{510 - len(mask) - len(command)} bytes of each line are left for what it says"


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


INSPIRCD = {"CHANMODES": "IXbegw,k,FHJLfjl,ACDKMNOPQRSTcimnprstuz", "NICKLEN": "30", "WHOX": ""}
SOLANUM = {"CHANMODES": "eIbq,k,flj,CFLMPQRSTcgimnprstuz", "NICKLEN": "16", "WHOX": ""}


@pytest.mark.parametrize(
    ("tokens", "modes", "severity", "words", "remedy"),
    [
        (INSPIRCD, "ntH", Severity.FINE, "replayed to whoever joins #example (+H)", ""),
        (INSPIRCD, "nt", Severity.LOOK, "of #example none is kept", "/mode #example +H "),
        (SOLANUM, "nt", Severity.FINE, "not offered", ""),
        (INSPIRCD, None, Severity.FINE, "not offered", ""),
    ],
)
def test_history_that_is_replayed_to_whoever_joins(
    tokens: dict[str, str], modes: str | None, severity: Severity, words: str, remedy: str
) -> None:
    without = replace(seat(modes=modes), isupport=tokens, used=GOOD.used.difference(HISTORY))
    [found] = [each for each in said(without) if each.topic == "history"]
    assert found.severity is severity
    assert words in found.told
    assert remedy in found.remedy


@pytest.mark.parametrize(
    ("changed", "running", "words"),
    [
        ({"members": 0, "identified": 0}, False, "joined; nobody else is there"),
        ({"members": 0, "identified": None}, False, "joined; nobody else is there"),
        ({"members": 1, "identified": 1}, False, "joined; 1 other is there, with an account"),
        ({"members": 1, "identified": 0}, False, "joined; 1 other is there, without an account"),
        ({"members": 1, "identified": None}, False, "joined; 1 other is there"),
        ({"members": 2, "identified": 0}, False, "joined; 2 others are there, none with an account"),
        ({"members": 1200, "identified": 40}, False, "joined; 1,200 others are there, 40 with an account"),
        (
            {"members": 3, "identified": 2, "beside": "d"},
            False,
            "joined; 3 others are there, 2 with an account",
        ),
        (
            {"members": 3, "identified": 2, "beside": "d"},
            True,
            "joined; the running desk is there, and 2 others, 1 with an account",
        ),
        (
            {"members": 2, "identified": 1, "beside": ""},
            True,
            "joined; the running desk is there, and 1 other, with an account",
        ),
        ({"members": 1, "identified": 1, "beside": "d"}, True, "joined; the running desk is there"),
    ],
)
def test_who_is_there(changed: dict[str, Any], running: bool, words: str) -> None:
    facts = replace(seat(**changed), taken=Refusal("433", "in use"))
    told = [each.told for each in said(facts, replace(desk(), running=running)) if each.topic == "#example"]
    assert told[0] == words


@pytest.mark.parametrize(
    ("account", "relay", "severity", "words"),
    [
        ("relay", Relay("bridge", True, True, True, "Relay"), Severity.FINE, "there, logged in as Relay"),
        (None, Relay("bridge", True, True, True), Severity.FINE, "without an account"),
        (None, Relay("bridge", True, True, True, "relay"), Severity.LOOK, "whoever takes its nick"),
        ("relay", Relay("bridge", True, True, True), Severity.MISSING, "not logged in, and its `account` is"),
        ("relay", Relay("bridge", True, True, True, "bob"), Severity.MISSING, "none of its lines is heard"),
        ("relay", Relay("bridge", True, True), Severity.LOOK, "was not told"),
        ("relay", Relay("bridge", True, False, True, "relay"), Severity.LOOK, "none of the desk's channels"),
        ("relay", Relay("bridge"), Severity.LOOK, "nobody of that nick"),
    ],
)
def test_a_bridge(account: str | None, relay: Relay, severity: Severity, words: str) -> None:
    of = replace(desk(), bridges={"bridge": account})
    [found] = [each for each in said(replace(GOOD, relays=(relay,)), of) if each.topic == "bridge bridge"]
    assert found.severity is severity
    assert words in found.told
    assert bool(found.remedy) is (severity is not Severity.FINE)


def test_people_of_the_map() -> None:
    nobody = Desk(desk().settings, ("alice",), {})
    assert "nobody of the map has an account" in the("people", GOOD, nobody).told
    absent = replace(GOOD, present=frozenset(), online=frozenset({"alice"}))
    assert (
        "by nick alone, which proves nothing (have them join a channel of the desk): alice@example.org"
        in the("people", absent).told
    )


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
