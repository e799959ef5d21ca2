"""Proving to services who we are: the mechanisms of SASL, and which of them to use.

    EXTERNAL        the client certificate of the TLS connection says it        (RFC 4422, appendix A)
    SCRAM-SHA-256   the password proves itself without being told, and the
                    server proves that it knows it                              (RFC 5802, RFC 7677)
    PLAIN           the password is told                                        (RFC 4616)

On IRC each message is base64 in lines of `AUTHENTICATE`, 400 characters in each; a line with fewer ends the
message, `+` where nothing is left to say (IRCv3, "sasl-3.1"). Both sides do so.

A mechanism here is one attempt: `answer` takes what the server sent and gives what to send back, and
`convinced` says whether the server has proved what it has to prove. The arithmetic of SCRAM is that of the
library `scramp`. No I/O; nothing that is said, raised or printed holds a secret.
"""

import base64
import binascii
from collections.abc import Collection
from typing import Literal, Protocol, TypeAlias

from scramp import ScramClient, ScramException

Name: TypeAlias = Literal["EXTERNAL", "SCRAM-SHA-256", "PLAIN"]

BEST_FIRST: tuple[Name, ...] = ("EXTERNAL", "SCRAM-SHA-256", "PLAIN")
COMMON_FIRST: tuple[Name, ...] = ("EXTERNAL", "PLAIN", "SCRAM-SHA-256")

CHUNK = 400
"""Characters of base64 in one line."""

LONGEST = 12_000
"""Characters of base64 in a message of the server; none that makes sense has a tenth of them."""

MOST_ROUNDS = 1_000_000
"""How often the server may have the password hashed for SCRAM: it takes 0.4 s (Atheme's default: 64,000)."""


class Broken(Exception):
    """The exchange makes no sense and is to be given up. `impostor`: the server could not prove that it knows
    the password, so it must not be told it in any other way."""

    def __init__(self, why: str, *, impostor: bool = False) -> None:
        super().__init__(why)
        self.impostor = impostor


class Mechanism(Protocol):
    """One attempt."""

    name: Name

    def answer(self, challenge: bytes) -> bytes:
        """What to send in answer to what the server sent. Raises `Broken`."""

    @property
    def convinced(self) -> bool:
        """Whether the server has proved all that it has to prove by this mechanism."""


class External:
    """The certificate has been shown by TLS already; services find out whose it is. No account is named: it
    could only be another one than the certificate's, and Atheme 7.2 refuses any (seen)."""

    name: Name = "EXTERNAL"
    convinced = True

    def answer(self, _: bytes) -> bytes:
        return b""


class Plain:
    """The password, readable for whoever can read the connection."""

    name: Name = "PLAIN"
    convinced = True

    def __init__(self, account: str, password: str) -> None:
        self._message = b"\0".join((b"", account.encode(), password.encode()))

    def answer(self, _: bytes) -> bytes:
        return self._message


class Scram:
    """SCRAM-SHA-256. Raises `Broken` where account or password cannot be prepared for it (RFC 4013)."""

    name: Name = "SCRAM-SHA-256"

    def __init__(self, account: str, password: str, nonce: str | None = None) -> None:
        self.convinced = False
        self._step = 0
        try:
            self._client = ScramClient([self.name], account, password, c_nonce=nonce)
        except ScramException:
            raise Broken("account or password holds characters that SCRAM does not allow") from None

    def answer(self, challenge: bytes) -> bytes:
        self._step += 1
        try:
            text = challenge.decode()
            if self._step == 1:
                return str(self._client.get_client_first()).encode()
            if self._step == 2:
                if _rounds(text) > MOST_ROUNDS:
                    raise Broken(f"the server wants the password hashed more than {MOST_ROUNDS:,} times")
                self._client.set_server_first(text)
                return str(self._client.get_client_final()).encode()
            if self._step == 3:
                self._client.set_server_final(text)
                self.convinced = True
                return b""
        except (ScramException, ValueError) as error:
            refused = isinstance(error, ScramException) and challenge.startswith(b"e=")
            if self._step == 3 and not refused:
                raise Broken("the server did not prove that it knows the password", impostor=True) from None
            raise Broken("the server's part of SCRAM makes no sense, or is a refusal") from None
        raise Broken("the server goes on after the end of SCRAM")


def _rounds(server_first: str) -> int:
    """The count in `r=…,s=…,i=4096` (RFC 5802, section 7); 0 where there is none to be read."""
    counts = [each[2:] for each in server_first.split(",") if each.startswith("i=")]
    return int(counts[0]) if counts and counts[0].isascii() and counts[0].isdigit() else 0


def made(name: Name, account: str, password: str | None) -> Mechanism:
    """A new attempt. Raises `Broken` where it cannot even begin."""
    if name == "EXTERNAL":
        return External()
    if password is None:
        raise Broken("there is no password")
    try:
        return Plain(account, password) if name == "PLAIN" else Scram(account, password)
    except UnicodeError:  # whose words may hold a part of it
        raise Broken("account or password holds what is no text") from None


def possible(wished: str | None, *, password: bool, certificate: bool) -> frozenset[Name]:
    """The mechanisms that can be used here. `wished`: the configured one, if any."""
    return frozenset(
        name
        for name in BEST_FIRST
        if (certificate if name == "EXTERNAL" else password)
        and (wished is None or name.casefold() == wished.casefold())
    )


def chosen(able: Collection[Name], offered: str, failed: Collection[Name] = ()) -> Name | None:
    """The best of those that we are `able` to use, that has not `failed` yet and that the server has:
    `offered` is its list with commas. Where that is empty it told none, and what most have is tried first."""
    known = {each.upper() for each in offered.split(",") if each}
    for name in BEST_FIRST if known else COMMON_FIRST:
        if name in able and name not in failed and (not known or name in known):
            return name
    return None


def chunks(message: bytes) -> list[str]:
    """What stands behind AUTHENTICATE, line by line."""
    coded = base64.b64encode(message).decode()
    lines = [coded[start : start + CHUNK] for start in range(0, len(coded), CHUNK)]
    return lines if coded and len(coded) % CHUNK else [*lines, "+"]


class Gathering:
    """A message of the server, out of the lines that it comes in."""

    def __init__(self) -> None:
        self._coded = ""

    def take(self, chunk: str) -> bytes | None:
        """The message, where `chunk` ends it. Raises `Broken`."""
        if chunk != "+":
            self._coded += chunk
        if len(self._coded) > LONGEST:
            raise Broken("the server's message has no end")
        if len(chunk) >= CHUNK:
            return None
        coded, self._coded = self._coded, ""
        try:
            return base64.b64decode(coded, validate=True)
        except (binascii.Error, ValueError):
            raise Broken("the server's message is not base64") from None
