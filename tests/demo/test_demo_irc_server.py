"""The demo's IRC server: people with any client can come in, be somebody, talk, and break nothing."""

import base64
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.demo.server import DemoServer
from bot.demo.server_client import parse

ROOT = Path(__file__).parents[2]
CHANNEL = "#xen-packagers"


class Visitor:
    """A client that writes what it is told to and reads line by line."""

    def __init__(self, port: int, nick: str = "", caps: str = "") -> None:
        self.nick = nick
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._lines = self._socket.makefile("rb")
        if caps:
            self.writes(f"CAP REQ :{caps}")
        if nick:
            self.writes(
                f"NICK {nick}", f"USER {nick} 0 * :{nick} of the tests", *(["CAP END"] if caps else [])
            )
            self.reads(" 376 ")

    def writes(self, *lines: str | bytes) -> None:
        for line in lines:
            self._socket.sendall((line if isinstance(line, bytes) else line.encode()) + b"\r\n")

    def next(self) -> str:
        """The next line; empty at the end of the connection."""
        return self._lines.readline().decode().removesuffix("\r\n")

    def reads(self, part: str) -> str:
        """The next line that holds `part`."""
        while part not in (line := self.next()):
            assert line, f"the connection ended before {part!r} came"
        return line

    def until_now(self) -> list[str]:
        """All lines that came before the server answers a PING."""
        self.writes("PING :now")
        lines = []
        while not (line := self.next()).endswith(" PONG irc.demo.invalid :now"):
            assert line, "the connection ended"
            lines.append(line)
        return lines

    def joins(self) -> "Visitor":
        self.writes(f"JOIN {CHANNEL}")
        self.reads(" 366 ")
        return self

    def hears_little(self) -> None:
        """The system keeps as little as it can of what is not read."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def drops(self) -> None:
        """The connection is gone, without a word."""
        self._lines.close()
        self._socket.close()


Enter = Callable[..., Visitor]


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer(0, {"alice": "wonder", "Bob": "builder"}) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def enter(server: DemoServer) -> Iterator[Enter]:
    visitors: list[Visitor] = []

    def enter(nick: str = "", caps: str = "") -> Visitor:
        visitors.append(Visitor(server.port, nick, caps))
        return visitors[-1]

    yield enter
    for visitor in visitors:
        visitor.drops()


def logged_in(visitor: Visitor, name: str, password: str) -> None:
    visitor.writes(f"PRIVMSG NickServ :IDENTIFY {name} {password}")
    visitor.reads("You are now identified")


# --- coming in ------------------------------------------------------------------------------------------


def test_a_client_is_welcomed_and_told_what_is_supported(enter: Enter) -> None:
    alice = enter()
    alice.writes("NICK alice", "USER alice 0 * :Alice")
    assert alice.next().startswith(":irc.demo.invalid 001 alice :Welcome")
    supported = alice.reads(" 005 ")
    for token in ("CASEMAPPING=ascii", "CHANTYPES=#", "WHOX", "NETWORK=Demo", "BOT=B"):
        assert token in supported.split()


def test_registration_waits_for_the_end_of_negotiation(enter: Enter) -> None:
    alice = enter()
    alice.writes("CAP LS 302", "NICK alice", "USER alice 0 * :Alice")
    assert "sasl=PLAIN" in alice.next().split()
    alice.writes(
        "CAP REQ :server-time account-tag", "CAP REQ :no-such-thing", "CAP LIST", "CAP WHAT", "CAP END"
    )
    assert alice.next().endswith("ACK :server-time account-tag")
    assert alice.next().endswith("NAK :no-such-thing")
    assert alice.next().endswith("LIST :account-tag server-time")
    assert " 410 " in alice.next()
    assert " 001 " in alice.next()


def test_sasl_proves_an_account(enter: Enter) -> None:
    alice = enter()
    alice.writes("CAP REQ :sasl", "AUTHENTICATE SCRAM-SHA-256")
    alice.reads(" 904 ")
    for proof, answer in (("\0alice\0wrong", " 904 "), ("nonsense", " 904 "), ("\0ALICE\0wonder", " 903 ")):
        alice.writes("AUTHENTICATE PLAIN")
        assert alice.next() == "AUTHENTICATE +"
        alice.writes(f"AUTHENTICATE {base64.b64encode(proof.encode()).decode()}")
        if answer == " 903 ":
            assert alice.reads(" 900 ").endswith("alice :You are now logged in as alice")
        alice.reads(answer)
    alice.writes("AUTHENTICATE PLAIN", "AUTHENTICATE *")
    alice.reads(" 906 ")
    alice.writes("AUTHENTICATE PLAIN", *(["AUTHENTICATE " + "A" * 400] * 5))
    alice.reads(" 905 ")


def test_nickserv_proves_an_account_too_and_others_learn_of_it(enter: Enter) -> None:
    bob = enter("bob", caps="account-notify").joins()
    alice = enter("alice").joins()
    alice.writes("PRIVMSG NickServ :IDENTIFY alice wrong", "PRIVMSG nickserv :help", "PRIVMSG NickServ :")
    assert "Invalid" in alice.reads("NOTICE")
    assert "IDENTIFY" in alice.reads("NOTICE")
    alice.writes("PRIVMSG NickServ :identify wonder")
    alice.reads("You are now identified as alice")
    assert bob.reads("ACCOUNT") == ":alice!~alice@localhost ACCOUNT alice"
    alice.writes("PRIVMSG NickServ :LOGOUT")
    assert bob.reads("ACCOUNT").endswith("ACCOUNT *")


def test_nicks(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    for nick, numeric in (
        ("ALICE", " 433 "),
        ("NickServ", " 433 "),
        ("1st", " 432 "),
        ("", " 431 "),
        ("é", " 432 "),
    ):
        bob.writes(f"NICK {nick}")
        bob.reads(numeric)
    bob.writes("NICK Bob[m]")
    assert alice.reads("NICK") == bob.reads("NICK") == ":bob!~bob@localhost NICK :Bob[m]"
    alice.writes("PRIVMSG BOB[M] :hello")
    bob.reads("PRIVMSG Bob[m] :hello")
    enter("bob").joins()
    alice.reads(":bob!~bob@localhost JOIN")


def test_commands_before_coming_in_and_unknown_ones(enter: Enter) -> None:
    alice = enter()
    alice.writes("JOIN #a", "NONSENSE", "DUMP", "USER a")
    assert " 451 " in alice.next()
    assert " 421 * NONSENSE " in alice.next()
    assert " 421 * DUMP " in alice.next()
    assert " 461 * USER " in alice.next()


# --- talking --------------------------------------------------------------------------------------------


def test_what_is_said_reaches_the_others_once_with_the_tags_they_asked_for(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob", caps="account-tag server-time message-tags").joins()
    logged_in(alice, "alice", "wonder")
    alice.writes(f"PRIVMSG {CHANNEL} :how do I build xen?", f"@+draft/reply=m1 PRIVMSG {CHANNEL} :again")
    tags, verb, parameters = parse(bob.reads("PRIVMSG"))
    assert (verb, parameters) == ("PRIVMSG", [CHANNEL, "how do I build xen?"])
    assert tags["account"] == "alice"
    assert {"time", "msgid"} <= tags.keys()
    assert parse(bob.reads("PRIVMSG"))[0]["+draft/reply"] == "m1"
    bob.writes(f"PRIVMSG {CHANNEL} :like this")
    assert alice.reads("PRIVMSG") == f":bob!~bob@localhost PRIVMSG {CHANNEL} :like this"
    assert not [line for line in bob.until_now() if "PRIVMSG" in line]


def test_echo_and_labels(enter: Enter) -> None:
    desk = enter("desk", caps="echo-message labeled-response batch message-tags").joins()
    desk.writes(
        f"@label=1 PRIVMSG {CHANNEL} :to all", "@label=2 PRIVMSG nobody :to nobody", "@label=3 PONG :x"
    )
    echo = parse(desk.next())
    assert (echo[0]["label"], echo[1:]) == ("1", ("PRIVMSG", [CHANNEL, "to all"]))
    refusal = parse(desk.next())
    assert (refusal[0]["label"], refusal[1]) == ("2", "401")
    assert parse(desk.next()) == ({"label": "3"}, "ACK", [])
    desk.writes("@label=4 TOPIC #nowhere", f"@label=5 WHO {CHANNEL}")
    assert desk.next().startswith("@label=4 :irc.demo.invalid 403 ")
    assert desk.next() == "@label=5 :irc.demo.invalid BATCH +b1 labeled-response"
    assert desk.next().startswith("@batch=b1 :irc.demo.invalid 352 ")
    assert desk.next().startswith("@batch=b1 :irc.demo.invalid 315 ")
    assert desk.next() == ":irc.demo.invalid BATCH -b1"


def test_where_nothing_can_be_said(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob")
    bob.writes(f"PRIVMSG {CHANNEL} :from outside", "PRIVMSG #none :x", "PRIVMSG nobody :x", "PRIVMSG alice :")
    for numeric in (" 404 ", " 403 ", " 401 ", " 412 "):
        assert numeric in bob.next()
    bob.writes("NOTICE nobody :x", "PRIVMSG alice :hello", "JOIN #bad,name #x", "JOIN xen")
    assert " 403 " in bob.reads(" 403 bob name ")
    assert " 403 " in bob.reads(" 403 bob xen ")
    assert alice.reads("PRIVMSG") == ":bob!~bob@localhost PRIVMSG alice :hello"


def test_a_channel_may_have_hyphens_and_goes_with_its_last_member(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    alice.writes(f"TOPIC {CHANNEL} :packaging")
    assert bob.reads("TOPIC") == f":alice!~alice@localhost TOPIC {CHANNEL} :packaging"
    bob.writes(f"PART {CHANNEL.upper()} :bye", f"PART {CHANNEL}", "PART #none")
    assert alice.reads("PART") == f":bob!~bob@localhost PART {CHANNEL} :bye"
    bob.reads(" 442 ")
    bob.reads(" 403 ")
    alice.writes("JOIN 0")
    alice.reads("PART")
    alice.writes("LIST")
    assert alice.reads(" 32")
    assert not [line for line in alice.until_now() if " 322 " in line]


def test_a_long_text_is_cut_for_others_and_never_within_a_character(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    alice.writes(f"PRIVMSG {CHANNEL} :{'é' * 240}")
    line = bob.reads("PRIVMSG")
    assert 505 < len(line.encode()) <= 510
    assert line.endswith("é")
    alice.writes(f"PRIVMSG {CHANNEL} :{'x' * 600}")
    alice.reads(" 417 ")


# --- who is there ---------------------------------------------------------------------------------------


def test_whox_tells_accounts_and_who_is_away(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    logged_in(alice, "alice", "wonder")
    alice.writes("AWAY :lunch", "MODE alice +B")
    alice.reads("MODE")
    bob.writes(f"WHO {CHANNEL} %tcnaf,152")
    assert bob.reads(" 354 ") == f":irc.demo.invalid 354 bob 152 {CHANNEL} alice GB alice"
    assert bob.next() == f":irc.demo.invalid 354 bob 152 {CHANNEL} bob H 0"
    assert " 315 " in bob.next()
    bob.writes("WHO alice", "WHOIS alice", "PRIVMSG alice :there?")
    assert bob.reads(" 352 ").split()[3:9] == ["*", "~alice", "localhost", "irc.demo.invalid", "alice", "GB"]
    for numeric in (" 315 ", " 311 ", " 319 ", " 312 ", " 330 ", " 335 ", " 301 ", " 318 ", " 301 "):
        assert numeric in bob.next()


def test_comings_goings_and_moods_are_told_to_those_who_asked(enter: Enter) -> None:
    bob = enter("bob", caps="extended-join away-notify").joins()
    plain = enter("plain").joins()
    alice = enter("alice")
    logged_in(alice, "alice", "wonder")
    alice.writes("AWAY :asleep")
    alice.joins()
    assert bob.reads(":alice!") == f":alice!~alice@localhost JOIN {CHANNEL} alice :alice of the tests"
    assert bob.next() == ":alice!~alice@localhost AWAY :asleep"
    assert plain.reads(":alice!") == f":alice!~alice@localhost JOIN {CHANNEL}"
    alice.writes("AWAY", "QUIT :good night")
    assert bob.next() == ":alice!~alice@localhost AWAY"
    assert bob.next() == plain.next() == ":alice!~alice@localhost QUIT :Quit: good night"


def test_what_clients_ask_on_their_own_is_answered(enter: Enter) -> None:
    alice = enter("alice").joins()
    asked = {
        f"MODE {CHANNEL}": " 324 ",
        f"MODE {CHANNEL} +b": " 368 ",
        f"MODE {CHANNEL} +o alice": " 482 ",
        "MODE #none": " 403 ",
        "MODE alice": " 221 ",
        "MODE alice +i": " MODE alice :+i",
        "MODE bob +i": " 502 ",
        f"TOPIC {CHANNEL}": " 331 ",
        f"NAMES {CHANNEL}": " 353 ",
        "NAMES #none": " 366 ",
        "ISON alice nobody": " 303 alice :alice",
        "USERHOST alice": " 302 alice :alice=+~alice@localhost",
        "WHOIS nobody": " 401 ",
        "MOTD": " 376 ",
        "LIST": f" 322 alice {CHANNEL} 1 ",
    }
    for command, answer in asked.items():
        alice.writes(command)
        assert alice.reads(answer), command


def test_a_bot_is_marked(enter: Enter) -> None:
    desk, bob = enter("desk").joins(), enter("bob", caps="message-tags").joins()
    desk.writes("MODE desk +B", f"PRIVMSG {CHANNEL} :beep")
    assert "bot" in parse(bob.reads("PRIVMSG"))[0]


# --- what goes wrong ------------------------------------------------------------------------------------


def test_the_death_of_a_connection_is_noticed(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    bob.drops()
    assert alice.reads("QUIT").startswith(":bob!~bob@localhost QUIT :")
    enter("bob")


def test_nothing_malformed_gets_through_or_ends_anything(enter: Enter) -> None:
    alice, bob = enter("alice").joins(), enter("bob").joins()
    lines = [
        b"",
        b" ",
        b":",
        b": x",
        b"@",
        b"@a",
        b"@a ",
        b"\0",
        b"PRIVMSG",
        b"JOIN",
        b"NICK",
        b"CAP",
        b"\xff",
    ]
    alice.writes(*lines)
    alice.writes(b"@" + b"t" * 9_000 + b" PRIVMSG bob :x", b"x" * 100_000)
    alice.writes(b"PRIVMSG bob :n\0ul", b"PRIVMSG bob :caf\xe9", b"PRIVMSG bob :one\rPRIVMSG bob :two")
    assert [bob.reads("PRIVMSG").partition(" :")[2] for _ in range(4)] == ["nul", "café", "one", "two"]
    assert alice.until_now()


def test_a_client_that_does_not_read_is_dropped_and_the_others_do_not_notice(enter: Enter) -> None:
    deaf, alice = enter("deaf").joins(), enter("alice").joins()
    deaf.hears_little()
    for _ in range(100):
        alice.writes(*([f"PRIVMSG {CHANNEL} :{'x' * 400}"] * 500))
        if any("QUIT" in line for line in alice.until_now()):
            break
    else:
        pytest.fail("a client that never reads was kept")
    deaf.drops()


# --- as a process ---------------------------------------------------------------------------------------


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "bot.demo.server", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("how", ["SIGTERM", "end of input"])
def test_it_tells_its_port_and_ends_when_asked(how: str) -> None:
    with start("--accounts", "alice=wonder,bob=b=c") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = json.loads(process.stdout.readline())["port"]
        visitor = Visitor(port, "bob")
        logged_in(visitor, "bob", "b=c")
        visitor.drops()
        if how == "SIGTERM":
            process.send_signal(signal.SIGTERM)
        else:
            process.stdin.close()
        assert process.wait(10) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_accounts_that_are_none_are_refused() -> None:
    with start("--accounts", "alice") as process:
        assert process.wait(10) == 2


def test_two_servers_can_be_up_and_one_of_them_again_at_once() -> None:
    with DemoServer(0, {}) as one, DemoServer(0, {}) as other:
        assert one.port != other.port
        port = one.port
    with DemoServer(port, {}) as again:
        assert again.port == port


def test_a_line_is_read_as_clients_write_it() -> None:
    assert parse("@label=1;x :me PRIVMSG #a :b :c") == ({"label": "1", "x": ""}, "PRIVMSG", ["#a", "b :c"])
    assert parse("privmsg  #a   b") == ({}, "PRIVMSG", ["#a", "b"])
    assert parse("NICK :") == ({}, "NICK", [""])
    assert parse("") == ({}, "", [])
