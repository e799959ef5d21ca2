"""Messages from one device to another: Olm, and our account in it.

Olm gives each pair of devices sessions of their own; the first message of one (a pre-key message) is made
with a one-time key that the other device had left with its server, or with its fallback key when those have
run out. Client-server API, "m.olm.v1.curve25519-aes-sha2" and "One-time and fallback keys".

Each message can be opened once: a message that was opened before fails, which looks just like a session that
has got out of step. So it is kept which were handled (`CryptoStore.first_time`), in the same transaction as
what they brought.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import vodozemac

from bot.transports.matrix import raw
from bot.transports.matrix.crypto_store import CryptoStore, Device
from bot.transports.matrix.signing import signable, signature, signed

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"

AGAIN_AFTER = 3600.0
"""Seconds after which another session may be begun with a device whose messages cannot be opened; less often
than that, so that two devices do not begin anew for ever ("Recovering from undecryptable messages")."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a device told us, opened: by the device with the key `peer` of `sender`, who claims to sign with
    `ed`."""

    sender: str
    peer: str
    ed: str
    kind: str
    content: Mapping[str, Any]


class Unopenable(Exception):
    """A message cannot be opened. `stuck`: the session that it belongs to is out of step."""

    def __init__(self, why: str, *, stuck: bool = False) -> None:
        super().__init__(why)
        self.stuck = stuck


class Account:
    """We, `user` on `device`, as other devices see us."""

    def __init__(self, store: CryptoStore, user: str, device: str) -> None:
        self._store = store
        self.user = user
        self.device = device
        self.curve = store.account.curve25519_key.to_base64()
        self.ed = store.account.ed25519_key.to_base64()
        self._shown = self.device_keys()

    def sign(self, message: bytes) -> str:
        """Our device's signature."""
        return str(self._store.account.sign(message).to_base64())

    def _signed(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return signed(value, self.user, self.device, self.sign)

    # --- our own keys ------------------------------------------------------------------------------------

    def device_keys(self) -> dict[str, Any]:
        """What everybody may know of this device."""
        keys = {f"curve25519:{self.device}": self.curve, f"ed25519:{self.device}": self.ed}
        return self._signed(
            {"user_id": self.user, "device_id": self.device, "algorithms": [OLM, MEGOLM], "keys": keys}
        )

    def vouched(self, key: str, signature: str) -> None:
        """The account's own key has signed this device: from now on that goes along with what we hand out.
        What it has not signed is left out."""
        theirs = {**self._shown["signatures"][self.user], f"ed25519:{key}": signature}
        shown = {**self._shown, "signatures": {self.user: theirs}}
        if _verified(shown, self.user, key, key):
            self._shown = shown

    def one_time_keys(self, left: int, *, fallback: bool) -> dict[str, Any]:
        """What to leave with the server, which has `left` of them; `fallback`: whether it needs another of
        those. Made ones are kept first: of a key that was handed out the private part must be there."""
        account: Any = self._store.account  # the library's stubs leave out the fallback keys
        if not account.one_time_keys and (missing := account.max_number_of_one_time_keys - left) > 0:
            account.generate_one_time_keys(missing)
        if fallback and not account.fallback_key:
            account.generate_fallback_key()
        self._store.save_account()
        found: dict[str, Any] = {}
        if account.one_time_keys:
            found["one_time_keys"] = {
                f"signed_curve25519:{name}": self._signed({"key": key.to_base64()})
                for name, key in account.one_time_keys.items()
            }
        if account.fallback_key:
            found["fallback_keys"] = {
                f"signed_curve25519:{name}": self._signed({"key": key.to_base64(), "fallback": True})
                for name, key in account.fallback_key.items()
            }
        return found

    def published(self) -> None:
        """The server has them now."""
        self._store.account.mark_keys_as_published()
        self._store.save_account()

    # --- reading -----------------------------------------------------------------------------------------

    def open(self, event: Mapping[str, Any], now: float) -> Told | None:
        """What a to-device event says; None where it is none of Olm for us, or was handled before. `now` in
        seconds. Raises Unopenable."""
        sender, content = raw.user(event.get("sender")), raw.table(event.get("content"))
        peer = raw.base64(content.get("sender_key"))
        ours = raw.table(raw.table(content.get("ciphertext")).get(self.curve))
        kind, body = ours.get("type"), raw.base64(ours.get("body"))
        if sender is None or content.get("algorithm") != OLM or peer is None:
            return None
        if kind not in (0, 1) or body is None:
            return None
        if not self._store.first_time(hashlib.sha256(f"{sender} {peer} {kind} {body}".encode()).digest()):
            return None
        try:
            payload = json.loads(self._decrypted(peer, kind, body, now))
        except Unopenable:
            raise
        except (ValueError, RecursionError) as error:  # vodozemac's own are ValueErrors, too
            raise Unopenable(str(error)) from None
        return self._checked(raw.table(payload), sender, peer)

    def _decrypted(self, peer: str, kind: int, body: str, now: float) -> bytes:
        first = vodozemac.PreKeyMessage.from_base64(body) if kind == 0 else None
        message = first.to_any() if first else vodozemac.AnyOlmMessage.normal(_unbase64(body))
        for session, made in self._store.sessions(peer):
            if first and not session.session_matches(first):
                continue
            try:
                text = session.decrypt(message)
            except vodozemac.OlmDecryptionException as error:
                if first:
                    raise Unopenable(str(error), stuck=True) from None
                continue
            self._store.save_session(peer, session, made, now)
            return bytes(text)
        if first is None:
            raise Unopenable("no session opens it", stuck=True)
        key = vodozemac.Curve25519PublicKey.from_base64(peer)
        try:
            session, text = self._store.account.create_inbound_session(key, first)
        except (vodozemac.SessionCreationException, vodozemac.OlmDecryptionException) as error:
            raise Unopenable(str(error), stuck=True) from None
        self._store.save_account()
        self._store.save_session(peer, session, now, now)
        return bytes(text)

    def _checked(self, payload: Mapping[str, Any], sender: str, peer: str) -> Told:
        """It is from whom it says, and for us; else it was passed on by somebody in between."""
        ed, kind = raw.table(payload.get("keys")).get("ed25519"), payload.get("type")
        mine = raw.table(payload.get("recipient_keys")).get("ed25519")
        if (payload.get("sender"), payload.get("recipient"), mine) != (sender, self.user, self.ed):
            raise Unopenable("it is not from whom, or not for whom, it says")
        if not isinstance(ed, str) or not isinstance(kind, str):
            raise Unopenable("it is malformed")
        known = self._store.device_by(peer)
        if known is not None and (known.user, known.ed) != (sender, ed):
            raise Unopenable("the key that it was encrypted with is another device's")
        return Told(sender, peer, ed, kind, raw.table(payload.get("content")))

    # --- writing -----------------------------------------------------------------------------------------

    def knows(self, device: Device) -> bool:
        """Whether there is a session with it."""
        return self._store.has_session(device.curve)

    def may_begin(self, device: Device, now: float) -> bool:
        """Whether another session may be begun with a device whose messages we cannot open."""
        return all(now - made >= AGAIN_AFTER for _, made in self._store.sessions(device.curve))

    def begin(self, device: Device, offered: object, now: float) -> bool:
        """Begin a session with a one-time key that the device had left with its server (`{ID: KEY}`, signed);
        whether it is one."""
        for key in raw.table(offered).values():
            if isinstance(key, dict) and _verified(key, device.user, device.id, device.ed):
                try:
                    session = self._store.account.create_outbound_session(
                        vodozemac.Curve25519PublicKey.from_base64(device.curve),
                        vodozemac.Curve25519PublicKey.from_base64(raw.base64(key.get("key")) or ""),
                    )
                except ValueError:
                    continue
                self._store.save_session(device.curve, session, now, now)
                return True
        return False

    def seal(
        self, device: Device, kind: str, content: Mapping[str, Any], now: float
    ) -> dict[str, Any] | None:
        """The content of an event for that device alone; None where there is no session with it."""
        sessions = self._store.sessions(device.curve)
        if not sessions:
            return None
        session, made = sessions[0]
        payload = {
            "sender": self.user,
            "sender_device": self.device,
            "keys": {"ed25519": self.ed},
            "recipient": device.user,
            "recipient_keys": {"ed25519": device.ed},
            "type": kind,
            "content": content,
        }
        if kind == "m.room_key":
            # Whoever has not heard of this device yet (we begin a conversation with them) sees whose it is:
            # programs that read only what signed devices say would not read the line else (MSC4147).
            payload["sender_device_keys"] = self._shown
        number, text = session.encrypt(json.dumps(payload, ensure_ascii=False).encode()).to_parts()
        self._store.save_session(device.curve, session, made, now)
        ours = {"type": number, "body": base64.b64encode(text).decode("ascii").rstrip("=")}
        return {"algorithm": OLM, "sender_key": self.curve, "ciphertext": {device.curve: ours}}


def devices_of(user: str, told: object, known: Mapping[str, Device]) -> list[Device]:
    """The devices of a user by the answer to /keys/query (`{ID: KEYS}`), and those of the `known` that are
    gone now; only what has changed. A device whose signature is wrong counts as none. One that comes with
    another Ed25519 key than before is somebody else's doing: it stays what it was, and is gone.

    Raises nothing, whatever was told: a user whose server sends garbage harms nobody else.
    """
    there: dict[str, Device] = {}
    for name, keys in list(raw.table(told).items())[:MOST_DEVICES]:
        found = _device(user, name, keys)
        before = known.get(name)
        if found is not None and (before is None or before.ed == found.ed):
            there[name] = found
    gone = [
        Device(each.user, each.id, each.curve, each.ed, True)
        for each in known.values()
        if each.id not in there and not each.gone
    ]
    return [each for each in there.values() if known.get(each.id) != each] + gone


MOST_DEVICES = 200
"""Of one user. Somebody with more of them could slow down whatever is said in the room."""


def _device(user: str, name: str, keys: object) -> Device | None:
    if not isinstance(keys, dict) or (keys.get("user_id"), keys.get("device_id")) != (user, name):
        return None
    public = raw.table(keys.get("keys"))
    curve, ed = (raw.base64(public.get(f"{kind}:{name}")) for kind in ("curve25519", "ed25519"))
    speaks = raw.row(keys.get("algorithms"))
    if curve is None or ed is None or OLM not in speaks or MEGOLM not in speaks:
        return None
    if not name.isprintable() or len(name) > raw.LONGEST:
        return None
    return Device(user, name, curve, ed) if _verified(keys, user, name, ed) else None


def _verified(value: Mapping[str, Any], user: str, key: str, public: str) -> bool:
    """As `signing.is_signed`, by the library that does it ten times as fast: there are many devices."""
    try:
        found = vodozemac.Ed25519Signature.from_base64(signature(value, user, key) or "")
        vodozemac.Ed25519PublicKey.from_base64(public).verify_signature(signable(value), found)
    except (ValueError, TypeError, RecursionError):
        return False
    return True


def _unbase64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
