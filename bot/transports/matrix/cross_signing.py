"""The account's own keys, by which people's programs see that a device is really its owner's.

    master key ── signs ──> self-signing key ── signs ──> each device of the account
         │                  user-signing key              (for other people; made, as all three must be)
         └── is signed by the device that made it

Client-server API, "Cross-signing". A device that its owner has not signed is shown with a warning, and newer
programs neither read what it says nor give it keys (MSC4153). So the desk makes these keys at its first
start where the account has none, keeps them (`cross-signing.json`), and signs each device that it becomes.
Keys that the account already has are never replaced unasked: somebody trusts them.

Works without the extra: what it needs is Ed25519 alone.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_files import ANEW, read_private, write_private
from bot.transports.matrix.homeserver import Fatal, Homeserver, Refused, Unreachable
from bot.transports.matrix.sealing import KeysUnusable
from bot.transports.matrix.signing import SEED, SigningKey, is_signed, signature, signed

FILE = "cross-signing.json"
_USES = ("master", "self_signing", "user_signing")


@dataclass(frozen=True, slots=True)
class Keys:
    """The three private keys."""

    master: SigningKey
    self_signing: SigningKey
    user_signing: SigningKey

    def uploaded(self, user: str, device: str, sign: Callable[[bytes], str]) -> dict[str, Any]:
        """The public parts as the server wants them; `sign` signs as the device."""
        found = {}
        for use in _USES:
            public = getattr(self, use).public
            part = {"user_id": user, "usage": [use], "keys": {f"ed25519:{public}": public}}
            found[f"{use}_key"] = (
                signed(part, user, device, sign)
                if use == "master"
                else signed(part, user, self.master.public, self.master.sign)
            )
        return found


class Owner(StrEnum):
    """Whose the account's keys are: the ones that are kept here, some that are not, or there are none."""

    OURS = "ours"
    OTHERS = "others"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Verification:
    """How people's programs see the desk's device. `known`: the server knows its keys. `same`: by those that
    are kept here; None where none are. `owner`: whose the account's own keys are. `signed`: they have signed
    the device; `signature`: with which of them, and what."""

    known: bool
    same: bool | None
    owner: Owner
    signed: bool
    signature: tuple[str, str] | None = None

    @property
    def verified(self) -> bool:
        """Whether the device counts as its owner's."""
        return self.known and self.same is True and self.signed

    @property
    def complaint(self) -> tuple[str, str] | None:
        """What is wrong, and what to do about it; None where nothing is."""
        if not self.known:
            return "the homeserver does not know the keys of the desk's device yet", "start the desk once"
        if self.same is False:
            return (
                "the homeserver knows the desk's device by other keys than those that are kept: they were "
                "lost, or are from an old backup",
                ANEW,
            )
        if self.same is None:
            return (
                "the homeserver knows the desk's device, and its keys are not here: they were lost, or lie "
                "in another folder",
                ANEW,
            )
        if self.signed:
            return None
        if self.owner is Owner.NOBODY:
            return (
                "the account has no keys of its own, so nobody can see that the device is the desk's",
                "the homeserver wants the password for making them: name it under `login`, and start again",
            )
        if self.owner is Owner.OURS:
            return "the desk's device is not signed by its owner", "start the desk once more"
        return (
            "the account has keys of its own that the desk does not hold, and they have not signed its "
            "device",
            f"confirm the device in the program that made them, or put the {FILE} that belongs to them into "
            "the desk's folder",
        )


def kept(folder: Path, user: str) -> Keys | None:
    """The keys that are kept; None where there are none. Raises KeysUnusable."""
    path = folder / FILE
    text = read_private(path)
    if text is None:
        return None
    try:
        told = raw.table(json.loads(text))
        keys = Keys(*(SigningKey.from_base64(str(told.get(use))) for use in _USES))
    except (ValueError, RecursionError):
        raise KeysUnusable(path, "is damaged", "put back what stood there, or remove it") from None
    if told.get("user") != user:
        raise KeysUnusable(
            path,
            f"holds the keys of another account, not of {user}",
            "set another `folder`: each has its own",
        )
    return keys


def make(folder: Path, user: str) -> Keys:
    """New ones, kept. Raises KeysUnusable."""
    keys = Keys(*(SigningKey(secrets.token_bytes(SEED)) for _ in _USES))
    told = {"user": user, **{use: getattr(keys, use).base64 for use in _USES}}
    write_private(folder / FILE, json.dumps(told))
    return keys


def seen(told: Mapping[str, Any], user: str, device: str, ed: str | None, keys: Keys | None) -> Verification:
    """How it looks by the answer to /keys/query about ourselves; `ed`: the device's key as it is kept."""
    device_keys = raw.table(raw.table(raw.table(told.get("device_keys")).get(user)).get(device))
    public = raw.table(device_keys.get("keys")).get(f"ed25519:{device}")
    master, ours = _public(told, "master", user), None if keys is None else keys.master.public
    signer = _public(told, "self_signing", user)
    chained = (
        master is not None
        and signer is not None
        and is_signed(_key(told, "self_signing", user), user, master, master)
        and is_signed(device_keys, user, signer, signer)
    )
    return Verification(
        known=isinstance(public, str),
        same=None if ed is None or not isinstance(public, str) else public == ed,
        owner=Owner.NOBODY if master is None else Owner.OURS if master == ours else Owner.OTHERS,
        signed=chained,
        signature=(signer, signature(device_keys, user, signer) or "") if chained and signer else None,
    )


async def asked(homeserver: Homeserver) -> dict[str, Any]:
    """What the server tells of our own keys. Raises Refused, Fatal, Unreachable."""
    body: dict[str, Any] = {"device_keys": {homeserver.user: []}}
    return await homeserver.ask("POST", "/_matrix/client/v3/keys/query", body)


async def verification(homeserver: Homeserver, folder: Path, ed: str | None) -> Verification:
    """How people's programs see the device; `ed`: its key as it is kept (`crypto_store.fingerprint`). Changes
    nothing. Raises KeysUnusable, Refused, Fatal, Unreachable."""
    keys = kept(folder, homeserver.user)
    return seen(await asked(homeserver), homeserver.user, homeserver.device, ed, keys)


async def verify(
    homeserver: Homeserver,
    folder: Path,
    device_keys: Mapping[str, Any],
    sign: Callable[[bytes], str],
    password: Callable[[], str] | None,
    *,
    replace: bool = False,
) -> Verification:
    """See to it that the device is signed by its owner, as far as that can be done: make the account's keys
    where it has none (or `replace` them), sign the device where they are ours. `device_keys`: as they were
    uploaded; `sign` signs as the device. Raises KeysUnusable, Refused, Fatal, Unreachable."""
    user, device = homeserver.user, homeserver.device
    ed = raw.table(device_keys.get("keys")).get(f"ed25519:{device}")
    keys = kept(folder, user)
    told = await asked(homeserver)
    found = seen(told, user, device, ed, keys)
    if found.owner is Owner.NOBODY or (replace and found.owner is Owner.OTHERS):
        keys = keys or make(folder, user)
        if not await _upload(homeserver, keys.uploaded(user, device, sign), password):
            return found
        told = await asked(homeserver)
        found = seen(told, user, device, ed, keys)
    if found.signed or found.owner is not Owner.OURS or keys is None:
        return found
    bare = {name: each for name, each in device_keys.items() if name not in ("signatures", "unsigned")}
    master = keys.uploaded(user, device, sign)["master_key"]
    by_us = {
        device: signed(bare, user, keys.self_signing.public, keys.self_signing.sign),
        keys.master.public: master,
    }
    await homeserver.ask("POST", "/_matrix/client/v3/keys/signatures/upload", {user: by_us})
    return seen(await asked(homeserver), user, device, ed, keys)


async def _upload(
    homeserver: Homeserver, body: Mapping[str, Any], password: Callable[[], str] | None
) -> bool:
    """Whether the server took them. It may want the password (user-interactive authentication)."""
    path = "/_matrix/client/v3/keys/device_signing/upload"
    if password is not None:
        identifier = {"type": "m.id.user", "user": homeserver.user}
        auth = {"type": "m.login.password", "identifier": identifier, "password": password()}
        body = {**body, "auth": auth}
    try:
        await homeserver.ask("POST", path, body)
    except Fatal:
        raise
    except Refused as refused:
        if refused.passing:
            raise
        return False
    except Unreachable as error:
        # The first answer of user-interactive authentication bears no error code.
        if "HTTP 401" in error.why:
            return False
        raise
    return True


def _key(told: Mapping[str, Any], use: str, user: str) -> Mapping[str, Any]:
    return raw.table(raw.table(told.get(f"{use}_keys")).get(user))


def _public(told: Mapping[str, Any], use: str, user: str) -> str | None:
    """The public key for that use, as the server tells it."""
    found = [each for each in raw.table(_key(told, use, user).get("keys")).values() if isinstance(each, str)]
    return found[0] if len(found) == 1 else None
