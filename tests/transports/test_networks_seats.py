"""What is said of channels, of who is there, and of what they keep: facts in, findings out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from irc_findings import AT, GOOD, desk, grave, said, seat, the

from bot.networks.capabilities import HISTORY
from bot.networks.facts import Refusal, Relay
from bot.networks.finding import Severity
from bot.networks.keeping import Desk
from bot.transports.irc.doors import DOORS


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
