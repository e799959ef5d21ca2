"""Codes that are shown to one person once and kept nowhere: what a line in the outbox holds is only a mark.

    mark = U+E000 nonce U+E001          nonce: sixteen hexadecimal digits
    code = symbols of HMAC-SHA256(key, nonce), in groups: abcd-efgh-jkmn

The key is drawn when the process starts and is never written; so whoever reads the database, or a copy of it,
has neither the codes (they are compared by their hashes) nor what makes them of the marks. A line that waited
while the desk was restarted shows a code that is none.

A code has twelve of 31 symbols, 59 bits; such as are mistaken for one another are left out. Pure: the key and
the nonces come in. Must not import anything of ours.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

SYMBOLS = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 12
"""12 · log2(31) are 59 bits."""

_GROUP = 4
_MARK = re.compile("\ue000([0-9a-f]{16})\ue001")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fresh code: `mark` stands for it in a line, `hash` in the database."""

    mark: str
    hash: str


NONE = Drawn("", "")
"""Where no code was asked for."""


class Codes:
    """Draws codes and shows them. `key`: 32 secret bytes of this process; `nonce`: sixteen fresh hexadecimal
    digits at every call."""

    def __init__(self, key: bytes, nonce: Callable[[], str]) -> None:
        self._key = key
        self._nonce = nonce

    def draw(self) -> Drawn:
        nonce = self._nonce()
        return Drawn(f"\ue000{nonce}\ue001", hashed(self._code(nonce)))

    def shown(self, text: str) -> str:
        """A line as people see it: with the codes for the marks."""
        return _MARK.sub(lambda mark: self._code(mark[1]), text) if "\ue000" in text else text

    def _code(self, nonce: str) -> str:
        number = int.from_bytes(hmac.digest(self._key, nonce.encode(), "sha256"), "big")
        symbols = []
        for _ in range(LENGTH):
            number, symbol = divmod(number, len(SYMBOLS))
            symbols.append(SYMBOLS[symbol])
        return "-".join("".join(symbols[at : at + _GROUP]) for at in range(0, LENGTH, _GROUP))


def hashed(code: str) -> str:
    """What is kept of a code, however it was typed."""
    typed = "".join(symbol for symbol in code.casefold() if symbol.isalnum())
    return hashlib.sha256(f"pkgdesk link {typed}".encode()).hexdigest()
