"""Accounts, as a network's services have them: SASL while they are linked, and NickServ to talk to.

PLAIN (RFC 4616), EXTERNAL without a certificate at hand (refused), and SCRAM-SHA-256 (RFC 5802, RFC 7677),
whose server side is written here for itself, so that the client's is held against another reading of them.
"""

import base64
import hashlib
import hmac
from typing import Protocol

from network import Network, User

ROUNDS = 4096
SALT = b"sixteen bytes of"


class Talks(Protocol):
    """The connection that logs in."""

    network: Network
    user: User
    registered: bool

    def tell(self, numeric: str) -> None:
        """A line of the server, without its name; `*` stands for our nick."""

    def logged_in(self, account: str) -> None:
        """The account is now theirs."""


class Login:
    """One connection's talk with SASL."""

    def __init__(self, seat: Talks) -> None:
        self._seat = seat
        self._mechanism = ""
        self._step = 0
        self._coded = ""
        self._bare = self._nonce = ""
        self._account = ""
        self._waits = False

    def hears(self, said: str) -> None:
        network = self._seat.network
        if self._waits:
            return
        if not network.services:
            self._waits = network.silent_services and self._seat.registered and network.profile.keeps_waiting
            if not network.silent_services:
                self._fails()
            return
        if said == "*":
            self._mechanism = ""
            self._seat.tell("906 * :SASL authentication aborted")
        elif not self._mechanism:
            self._begins(said.upper())
        else:
            self._goes_on(said)

    def _begins(self, mechanism: str) -> None:
        if mechanism not in self._seat.network.profile.mechanisms:
            self._seat.tell(f"908 * {','.join(self._seat.network.profile.mechanisms)} :are available")
            self._fails()
            return
        self._mechanism, self._step, self._coded = mechanism, 0, ""
        self._seat.tell("AUTHENTICATE +")

    def _goes_on(self, said: str) -> None:
        if said != "+":
            self._coded += said
            if len(said) == 400:
                return
        try:
            given = base64.b64decode(self._coded, validate=True).decode()
        except ValueError:
            self._fails()
            return
        self._coded = ""
        if self._mechanism == "PLAIN":
            _, account, password = given.split("\0")
            self._ends(account, self._seat.network.accounts.get(account) == password)
        elif self._mechanism == "SCRAM-SHA-256":
            self._scram(given)
        else:
            self._fails()

    def _scram(self, given: str) -> None:
        self._step += 1
        if self._step == 1:
            self._bare = given.split(",", 2)[2]
            named = dict(each.split("=", 1) for each in self._bare.split(","))
            self._account, self._nonce = named["n"], named["r"] + "SERVER"
            self._sends(self._challenge())
        elif self._step == 2:
            proof = dict(each.split("=", 1) for each in given.split(","))
            password = self._seat.network.accounts.get(self._account, "")
            salted = hashlib.pbkdf2_hmac("sha256", password.encode(), SALT, ROUNDS)
            said = f"{self._bare},{self._challenge()},{given.rpartition(',p=')[0]}".encode()
            key = hmac.digest(salted, b"Client Key", "sha256")
            signature = hmac.digest(hashlib.sha256(key).digest(), said, "sha256")
            found = bytes(a ^ b for a, b in zip(base64.b64decode(proof["p"]), signature, strict=True))
            if found != key or proof["r"] != self._nonce:
                self._fails()
                return
            server = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
            self._sends(f"v={base64.b64encode(server).decode()}")
        else:
            self._ends(self._account, True)

    def _challenge(self) -> str:
        return f"r={self._nonce},s={base64.b64encode(SALT).decode()},i={ROUNDS}"

    def _sends(self, text: str) -> None:
        self._seat.tell(f"AUTHENTICATE {base64.b64encode(text.encode()).decode()}")

    def _ends(self, account: str, well: bool) -> None:
        self._mechanism = ""
        if not well:
            self._fails()
            return
        self._seat.logged_in(account)
        self._seat.tell("903 * :SASL authentication successful")

    def _fails(self) -> None:
        self._mechanism = ""
        self._seat.tell("904 * :SASL authentication failed")


def nickserv(seat: Talks, text: str) -> None:
    """What NickServ does about a line of the desk's."""
    network, words = seat.network, text.split()
    answer = f":NickServ!NickServ@services.{network.name}.test NOTICE {seat.user.nick} :"
    match [words[0].upper() if words else "", *words[1:]]:
        case ["IDENTIFY", *rest] if rest:
            account = rest[0] if len(rest) > 1 else seat.user.nick
            if network.accounts.get(account) == rest[-1]:
                seat.logged_in(account)
                seat.tell(f"{answer}You are now identified for {account}.")
            else:
                seat.tell(f"{answer}Invalid password for {account}.")
        case ["GHOST" | "REGAIN" | "RELEASE" | "RECOVER" as verb, nick, *_]:
            holder = network.user(nick)
            if verb == "REGAIN" and network.profile.regain != "REGAIN":
                seat.tell(f"{answer}Invalid command. Use /msg NickServ help for a command listing.")
            elif seat.user.account != nick:
                seat.tell(f"{answer}You are not authorized to perform this operation.")
            elif holder is seat.user:
                seat.tell(f"{answer}You may not {verb.lower()} yourself.")
            else:
                if holder is not None and holder.seat is not None:
                    holder.seat.lose(f"Killed (NickServ ({verb} command used by {seat.user.nick}))")
                elif holder is not None:
                    network.quit(holder, f"Killed (NickServ ({verb} command used by {seat.user.nick}))")
                seat.tell(f"{answer}{nick} has been ghosted.")
                if verb == "REGAIN":
                    network.rename(seat.user, nick)
        case _:
            seat.tell(f"{answer}Invalid command. Use /msg NickServ help for a command listing.")
