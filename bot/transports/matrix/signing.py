"""Signatures under objects of JSON, and the form in which they are signed.

Specification, appendices, "Signing JSON" and "Canonical JSON": keys in order, no blanks, UTF-8, whole numbers
only; `signatures` and `unsigned` are left out. Keys and signatures are base64 without padding. Ed25519: RFC
8032.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Self

from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa

SEED = 32
"""Bytes of a private key."""


def canonical(value: Mapping[str, Any]) -> bytes:
    """Canonical JSON. Raises ValueError where there is none: a number that is not whole, half a character."""
    text = json.dumps(
        _exact(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True
    )
    return text.encode()


def signable(value: Mapping[str, Any]) -> bytes:
    """What a signature under the object is made over. Raises ValueError."""
    return canonical({name: each for name, each in value.items() if name not in ("signatures", "unsigned")})


def signed(value: Mapping[str, Any], user: str, key: str, sign: Callable[[bytes], str]) -> dict[str, Any]:
    """The object with one signature more, by the key with the id `key` of `user`."""
    signatures = {name: dict(each) for name, each in value.get("signatures", {}).items()}
    signatures.setdefault(user, {})[f"ed25519:{key}"] = sign(signable(value))
    return {**value, "signatures": signatures}


def signature(value: Mapping[str, Any], user: str, key: str) -> str | None:
    """The signature under the object by that key of that user; None where there is none."""
    found: object = value.get("signatures")
    for name in (user, f"ed25519:{key}"):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def is_signed(value: Mapping[str, Any], user: str, key: str, public: str) -> bool:
    """Whether the object bears a valid signature of `user` by the key with that id; never raises."""
    found = signature(value, user, key)
    if found is None:
        return False
    try:
        eddsa.new(eddsa.import_public_key(unbase64(public)), "rfc8032").verify(
            signable(value), unbase64(found)
        )
    except (ValueError, TypeError, RecursionError):
        return False
    return True


class SigningKey:
    """A private key, of 32 bytes. It shows nothing of itself."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED:
            raise ValueError("is no key of Ed25519: it is not of 32 bytes")
        self._seed = seed
        self._key = ECC.construct(curve="Ed25519", seed=seed)
        self.public = to_base64(self._key.public_key().export_key(format="raw"))

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """Raises ValueError."""
        return cls(unbase64(text))

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"

    @property
    def base64(self) -> str:
        """The private key itself, for keeping."""
        return to_base64(self._seed)

    def sign(self, message: bytes) -> str:
        """The signature over it."""
        return to_base64(eddsa.new(self._key, "rfc8032").sign(message))


def to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii").rstrip("=")


def unbase64(text: str) -> bytes:
    """Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), validate=True)


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError("a number that is not whole cannot be signed")
    if isinstance(value, dict):
        return {name: _exact(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in value]
    return value
