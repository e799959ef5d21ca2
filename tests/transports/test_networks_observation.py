"""What a server tells while the desk looks around, line by line."""

from datetime import UTC, datetime

import pytest

from bot.networks.facts import Refusal, Relay
from bot.networks.observation import NOT_LOGGED_IN, Observation
from bot.transports.irc.doors import DOORS
from bot.transports.irc.link import Message

LET_IN = (
    ":irc.test 001 desk :Welcome",
    ":irc.test 004 desk irc.test solanum-1.0-dev abc def",
    ":irc.test 005 desk NETWORK=Test CHANMODES=eIbq,k,flj,CFLMPQScgimnprstuz PREFIX=(ov)@+ WHOX :supported",
)


def message(line: str) -> Message:
    source, _, rest = line.partition(" ") if line.startswith(":") else ("", "", line)
    middle, colon, trailing = rest.partition(" :")
    verb, *parameters = middle.split()
    return Message(verb, (*parameters, *([trailing] if colon else [])), source.removeprefix(":"))


def seen(*lines: str, looked_for: tuple[str, ...] = ()) -> Observation:
    observation = Observation("desk", ("#a", "#b"), looked_for)
    for line in lines:
        observation.take(message(line))
    return observation


def test_what_is_offered_and_used_over_several_lines() -> None:
    found = seen(
        ":irc.test CAP * LS * :batch sasl=PLAIN,EXTERNAL account-tag",
        ":irc.test CAP * LS :setname",
        ":irc.test CAP * ACK :batch sasl account-tag",
        ":irc.test CAP desk DEL :account-tag",
    )
    assert found.offered == {"batch": "", "sasl": "PLAIN,EXTERNAL", "setname": ""}
    assert found.used == {"batch", "sasl"}


@pytest.mark.parametrize("numeric", sorted(NOT_LOGGED_IN))
def test_why_logging_in_failed_until_it_succeeds(numeric: str) -> None:
    refused = seen(f":irc.test {numeric} desk :SASL authentication failed")
    assert refused.login == Refusal(numeric, "SASL authentication failed")
    refused.take(message(":irc.test 900 desk desk!d@h pkgdesk :You are now logged in"))
    assert (refused.login, refused.account) == (None, "pkgdesk")


def test_only_the_wanted_nick_is_taken_and_only_before_we_are_in() -> None:
    refused = Refusal("433", "Nickname is already in use.")
    line = ":irc.test 433 * desk :Nickname is already in use."
    assert seen(line).taken == refused
    assert seen(*LET_IN, line).taken is None
    assert seen(":irc.test 433 * desk_ :Nickname is already in use.").taken is None


def test_server_mask_and_modes() -> None:
    found = seen(
        *LET_IN,
        ":irc.test 396 desk user/desk :is now your hidden host",
        ":desk MODE desk :+Bi",
        ":desk MODE desk -i",
        ":irc.test 311 desk desk ~d user/desk * :packagers' desk",
        ":irc.test 378 desk desk :is connecting from *@host.example 192.0.2.1",
    )
    assert (found.server, found.software) == ("irc.test", "solanum-1.0-dev")
    assert (found.user, found.host, found.real_host) == ("~d", "user/desk", "host.example")
    assert found.user_modes == {"B"}


@pytest.mark.parametrize("numeric", sorted(DOORS.keys() - {"470"}))
def test_a_closed_door_until_it_opens(numeric: str) -> None:
    found = seen(*LET_IN, f":irc.test {numeric} desk #A :Cannot join channel")
    assert found.seats()[0].refusal == Refusal(numeric, "Cannot join channel")
    assert not found.joins_settled
    found.take(message(":desk!d@h JOIN #a"))
    assert (found.seats()[0].joined, found.seats()[0].refusal) == (True, None)


def test_a_forward_is_no_door() -> None:
    found = seen(
        *LET_IN,
        ":irc.test 470 desk #a ##a :Forwarding to another channel",
        ":desk!d@h JOIN ##a",
        ":irc.test 473 desk #b :Cannot join channel (+i)",
    )
    assert found.joins_settled
    assert [(seat.forwarded, seat.joined) for seat in found.seats()] == [("##a", False), (None, False)]


def test_who_is_there_is_counted_and_only_who_is_looked_for_is_kept() -> None:
    found = seen(
        *LET_IN,
        ":desk!d@h JOIN #a",
        ":irc.test 353 desk = #a :@+alice +desk bob carol",
        ":irc.test 366 desk #a :End of /NAMES list.",
        ":irc.test 354 desk 152 #a desk H pkgdesk",
        ":irc.test 354 desk 152 #a ali H@ ALICE",
        ":irc.test 354 desk 152 #a bob H 0",
        ":irc.test 354 desk 152 #a carol G carol",
        ":irc.test 315 desk #a :End of /WHO list.",
        ":irc.test 303 desk :dave",
        ":irc.test 330 desk erin erin :is logged in as",
        ":irc.test 330 desk frank somebody :is logged in as",
        looked_for=("alice", "dave", "erin", "frank"),
    )
    seat = found.seats()[0]
    assert (seat.members, seat.identified, seat.rank) == (3, 2, "+")
    assert seat.present == {"alice"}
    assert found.members_known
    assert found.present == {"alice", "erin"}
    assert found.online == {"dave"}


@pytest.mark.parametrize(
    ("mask", "account", "fits"),
    [
        ("desk!*@*", None, True),
        ("*!*@*.example", None, True),
        ("*!?d@*", None, True),
        ("*!*@*.example.org", None, False),
        ("$~a", None, True),
        ("$~a", "pkgdesk", False),
        ("$a", "pkgdesk", True),
        ("$a:PKG*", "pkgdesk", True),
        ("$a:other", "pkgdesk", False),
        ("$a", None, False),
        ("$r:*desk*", None, False),
        ("*" * 100 + "!", None, False),
    ],
)
def test_whom_a_quiet_fits(mask: str, account: str | None, fits: bool) -> None:
    found = seen(
        *LET_IN, ":desk!~d@host.example JOIN #a", f":irc.test 728 desk #a q {mask} op!o@h 1760000000"
    )
    found.account = account
    assert (found.seats()[0].quieted == mask) is fits


@pytest.mark.parametrize(
    ("tokens", "lists"),
    [
        ("CHANMODES=eIbq,k,l,mn PREFIX=(ov)@+", True),
        ("CHANMODES=IXbegw,k,l,mn PREFIX=(qaohv)~&@%+", False),
        ("CHANMODES=b,k,l,mn", False),
    ],
)
def test_whether_there_are_lists_of_who_is_quieted(tokens: str, lists: bool) -> None:
    assert seen(f":irc.test 005 desk {tokens} :are supported").quiets is lists


@pytest.mark.parametrize("words", ["soon", "9" * 40, ""])
def test_since_when_a_channel_is(words: str) -> None:
    assert seen(*LET_IN, f":irc.test 329 desk #a {words}").seats()[0].created is None
    [found, _] = seen(*LET_IN, ":irc.test 329 desk #a 1760000000").seats()
    assert found.created == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "known"),
    [
        ((), Relay("Bridge")),
        ((":irc.test 353 desk = #a :@bridge desk",), Relay("Bridge", True, True)),
        ((":irc.test 354 desk 152 #a bridge H relay",), Relay("Bridge", True, True, True, "relay")),
        ((":irc.test 354 desk 152 #a bridge H 0",), Relay("Bridge", True, True, True)),
        (
            (
                ":irc.test 311 desk bridge b host * :a bridge",
                ":irc.test 330 desk bridge relay :is logged in as",
                ":irc.test 318 desk bridge :End of /WHOIS list.",
            ),
            Relay("Bridge", True, False, True, "relay"),
        ),
    ],
)
def test_a_bridge_that_is_looked_for(lines: tuple[str, ...], known: Relay) -> None:
    found = Observation("desk", ("#a",), (), "desk", ("Bridge",))
    for line in (*LET_IN, ":desk!d@h JOIN #a", *lines):
        found.take(message(line))
    assert found.relays == (known,)


def test_somebody_comes_in_while_the_desk_looks_around() -> None:
    found = seen(
        *LET_IN,
        ":desk!d@h JOIN #a",
        ":irc.test 353 desk = #a :@desk",
        ":irc.test 366 desk #a :End of /NAMES list.",
        ":irc.test 354 desk 152 #a desk H 0",
        ":irc.test 354 desk 152 #a alice H alice",
        ":irc.test 315 desk #a :End of /WHO list.",
    )
    assert (found.seats()[0].members, found.seats()[0].identified) == (1, 1)


def test_the_running_desk_is_known_among_the_others() -> None:
    found = Observation("desk_", ("#a",), (), "desk")
    for line in (*LET_IN, ":desk_!d@h JOIN #a", ":irc.test 353 desk_ = #a :desk desk_ bob"):
        found.take(message(line.replace(" 001 desk ", " 001 desk_ ")))
    assert found.seats()[0].beside == ""
    found.take(message(":irc.test 354 desk_ 152 #a desk H pkgdesk"))
    assert found.seats()[0].beside == "pkgdesk"


def test_put_out_again() -> None:
    found = seen(*LET_IN, ":desk!d@h JOIN #a", ":op!o@h KICK #a desk :no bots here")
    assert found.seats()[0].refusal == Refusal("KICK", "no bots here")


def test_no_line_is_too_short() -> None:
    verbs = (
        *(
            "CAP",
            "900",
            "901",
            "904",
            "263",
            "908",
            "433",
            "001",
            "004",
            "005",
            "396",
            "NICK",
            "PONG",
            "ERROR",
        ),
        *(
            "303",
            "MODE",
            "221",
            "311",
            "330",
            "378",
            "338",
            "JOIN",
            "KICK",
            "353",
            "354",
            "366",
            "315",
            "470",
        ),
        *("324", "728", "473", ""),
    )
    for verb in verbs:
        for parameters in ((), ("desk",), ("desk", "#a"), ("#a",), ("desk", "desk", "#a"), ("x", "=", "#a")):
            seen(*LET_IN).take(Message(verb, parameters, "desk!d@h"))
