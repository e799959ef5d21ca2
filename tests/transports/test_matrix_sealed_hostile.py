"""What others send costs little and harms nothing: two accounts of Olm in one process, and no server."""

import contextlib
import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from irc_networks import now
from matrix_desk import settings_of
from structlog.testing import capture_logs

from bot.transports.matrix.crypto_store import CryptoStore, Device
from bot.transports.matrix.homeserver import Homeserver
from bot.transports.matrix.megolm import Forged, Outbound, Places, opened, room_key, session_of
from bot.transports.matrix.olm import Account, Told, Unopenable, devices_of
from bot.transports.matrix.sealed import Sealed
from bot.transports.matrix.signing import SigningKey, is_signed, signable
from bot.transports.matrix.unreadable import MOST, Unreadable

ROOM = "!room:example.org"
DESK, ALICE = "@desk:example.org", "@alice:example.org"


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[CryptoStore, CryptoStore]]:
    made = (CryptoStore(tmp_path / "desk", DESK, "DESK"), CryptoStore(tmp_path / "alice", ALICE, "PHONE"))
    yield made
    for each in made:
        each.close()


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Sealed]:
    server = Homeserver("http://127.0.0.1:9", DESK, "DESK", "token")
    given_ = settings_of("http://127.0.0.1:9", DESK, tmp_path / "sealed", encryption=True)
    made = Sealed(server, given_, clock=now, rng=random.Random(7))
    yield made
    made.close()


def device_of(account: Account) -> Device:
    return Device(account.user, account.device, account.curve, account.ed)


def told_in(room: str, *events: Any, **more: Any) -> dict[str, Any]:
    """An answer of /sync, with an encrypted room."""
    state = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
    joined = {room: {"state": {"events": [state]}, "timeline": {"events": list(events)}}}
    return {"rooms": {"join": joined}, **more}


def line_of(outbound: Outbound, body: str, number: int = 1, **more: Any) -> dict[str, Any]:
    content = outbound.seal(ROOM, "m.room.message", {"body": body}, "curve", "PHONE")
    return {
        "type": "m.room.encrypted",
        "event_id": f"${number}",
        "sender": ALICE,
        "origin_server_ts": 1,
        "content": content,
        **more,
    }


def key_of(outbound: Outbound, owner: str = ALICE) -> Any:
    return room_key(Told(owner, "curve", "ed", "m.room_key", outbound.shown(ROOM)))


# --- from device to device ----------------------------------------------------------------------------------


def talking(stores: tuple[CryptoStore, CryptoStore]) -> tuple[Account, Account]:
    """Alice has begun a session with the desk, with a key that it had left."""
    desk, alice = Account(stores[0], DESK, "DESK"), Account(stores[1], ALICE, "PHONE")
    offered = desk.one_time_keys(49, fallback=False)["one_time_keys"]
    assert alice.begin(device_of(desk), offered, 0.0)
    desk.published()
    return desk, alice


def message(sender: Account, to: Account, body: str) -> dict[str, Any]:
    sealed = sender.seal(device_of(to), "m.test", {"body": body}, 0.0)
    return {"type": "m.room.encrypted", "sender": sender.user, "content": sealed}


def test_a_message_is_opened_once_and_a_second_time_is_no_broken_session(
    stores: tuple[CryptoStore, CryptoStore],
) -> None:
    desk, alice = talking(stores)
    first, second = message(alice, desk, "one"), message(alice, desk, "two")
    told = desk.open(first, 0.0)
    assert told == Told(ALICE, alice.curve, alice.ed, "m.test", {"body": "one"})
    assert desk.open(first, 0.0) is None
    again = desk.open(second, 0.0)
    assert again is not None
    assert again.content == {"body": "two"}
    answer = alice.open(message(desk, alice, "three"), 0.0)
    assert answer is not None
    assert answer.sender == DESK


def test_a_message_counts_as_nobody_elses(stores: tuple[CryptoStore, CryptoStore]) -> None:
    desk, alice = talking(stores)
    passed_on = {**message(alice, desk, "one"), "sender": "@mallory:example.org"}
    with pytest.raises(Unopenable, match="not from whom"):
        desk.open(passed_on, 0.0)
    stores[0].save_devices([Device(ALICE, "PHONE", alice.curve, "another key")])
    with pytest.raises(Unopenable, match="another device's"):
        desk.open(message(alice, desk, "two"), 0.0)


def test_who_gets_a_key_is_told_whose_the_device_is(stores: tuple[CryptoStore, CryptoStore]) -> None:
    desk, alice = talking(stores)
    owner, other = SigningKey(b"o" * 32), SigningKey(b"x" * 32)

    def shown() -> dict[str, Any]:
        sealed = alice.seal(device_of(desk), "m.room_key", {}, 0.0)
        assert sealed is not None
        ours = sealed["ciphertext"][desk.curve]
        told = json.loads(desk._decrypted(alice.curve, ours["type"], ours["body"], 0.0))
        keys: dict[str, Any] = told["sender_device_keys"]
        return keys

    assert devices_of(ALICE, {"PHONE": shown()}, {}) == [device_of(alice)]
    alice.vouched(other.public, owner.sign(signable(shown())))
    assert not is_signed(shown(), ALICE, other.public, other.public)
    alice.vouched(owner.public, owner.sign(signable(shown())))
    assert is_signed(shown(), ALICE, owner.public, owner.public)
    assert devices_of(ALICE, {"PHONE": shown()}, {}) == [device_of(alice)]


def test_all_is_kept_or_nothing(stores: tuple[CryptoStore, CryptoStore]) -> None:
    desk, alice = talking(stores)
    first = message(alice, desk, "one")
    with contextlib.suppress(RuntimeError), stores[0].changes():
        assert desk.open(first, 0.0) is not None
        raise RuntimeError("the disk is full")
    # As though it had never come: the one-time key is still there.
    assert desk.open(first, 0.0) is not None


def test_only_devices_that_sign_for_themselves_are_taken(stores: tuple[CryptoStore, CryptoStore]) -> None:
    alice = Account(stores[1], ALICE, "PHONE")
    keys = alice.device_keys()
    assert devices_of(ALICE, {"PHONE": keys}, {}) == [device_of(alice)]
    for wrong in (
        {**keys, "keys": {**keys["keys"], "curve25519:PHONE": "AAAA"}},
        {**keys, "user_id": "@bob:example.org"},
        {**keys, "algorithms": ["m.other"]},
        {**keys, "signatures": {}},
        {**keys, "signatures": 7},
        7,
        None,
    ):
        assert devices_of(ALICE, {"PHONE": wrong}, {}) == []
    assert devices_of("@bob:example.org", {"PHONE": keys}, {}) == []
    assert devices_of(ALICE, ["PHONE"], {}) == []


def test_a_device_that_comes_back_with_other_keys_is_gone(stores: tuple[CryptoStore, CryptoStore]) -> None:
    alice = Account(stores[1], ALICE, "PHONE")
    before = Device(ALICE, "PHONE", "curve", "the key of before")
    found = devices_of(ALICE, {"PHONE": alice.device_keys()}, {"PHONE": before})
    assert found == [Device(ALICE, "PHONE", "curve", "the key of before", gone=True)]


# --- lines --------------------------------------------------------------------------------------------------


def test_a_line_is_read_once_by_its_place_and_only_where_it_was_said() -> None:
    outbound, places = Outbound(0.0), Places()
    key = key_of(outbound)
    event = line_of(outbound, "hello")
    relation = {"rel_type": "m.thread", "event_id": "$0"}
    event["content"]["m.relates_to"] = relation
    found = opened(ROOM, event, key, places)
    assert found["content"] == {"body": "hello", "m.relates_to": relation}
    assert found == opened(ROOM, event, key, places)
    with pytest.raises(Forged, match="said before"):
        opened(ROOM, {**event, "event_id": "$2"}, key, places)
    with pytest.raises(Forged, match="another room"):
        opened("!other:example.org", event, key, Places())


def test_a_key_from_the_middle_reads_no_further_back(stores: tuple[CryptoStore, CryptoStore]) -> None:
    outbound = Outbound(0.0)
    whole = key_of(outbound)
    line_of(outbound, "one")
    later = key_of(outbound)
    assert (whole.first, later.first) == (0, 1)
    assert stores[0].save_room_key(later)
    assert stores[0].save_room_key(whole)
    assert not stores[0].save_room_key(later)
    kept = stores[0].room_key(ROOM, outbound.id, ALICE)
    assert kept is not None
    assert kept.first == 0


async def test_a_thousand_lines_without_a_key_cost_one_warning(sealed: Sealed) -> None:
    with capture_logs() as logged:
        for burst in range(3):
            outbound = [Outbound(0.0) for _ in range(1000)]
            lines = (line_of(each, "?", burst * 1000 + number) for number, each in enumerate(outbound))
            await sealed.take(told_in(ROOM, *lines))
    assert [each["room"] for each in logged if "cannot be decrypted yet" in each["event"]] == [ROOM]
    assert sealed._store.rows("SELECT count(*) FROM unread") == [(MOST,)]
    assert len(sealed._unreadable.to_ask(now().timestamp() + 60)) == 20


async def test_who_sends_encrypted_lines_into_an_open_room_does_not_seal_it(sealed: Sealed) -> None:
    told = told_in(ROOM, line_of(Outbound(0.0), "?"))
    del told["rooms"]["join"][ROOM]["state"]
    assert await sealed.take(told) is told
    assert not sealed._handing.is_sealed(ROOM)
    assert sealed._store.rows("SELECT count(*) FROM unread") == [(0,)]


async def test_a_key_reads_what_waited_for_it_in_order(sealed: Sealed) -> None:
    outbound = Outbound(0.0)
    key = key_of(outbound)
    events = [line_of(outbound, f"line {n}", n) for n in range(5)]
    assert sealed.read(ROOM, events) == events  # not known to be encrypted
    told = told_in(ROOM, *events)
    assert await sealed.take(told) is told
    with sealed._store.changes():
        sealed._keep(key)
    ready = sealed._unreadable.ready(now().timestamp())
    assert [each.event["content"]["body"] for each in ready] == [f"line {n}" for n in range(5)]
    # And from now on such lines are read at once.
    (line,) = sealed.read(ROOM, [line_of(outbound, "another", 9)])
    assert line["content"] == {"body": "another"}


def test_what_nobody_could_read_is_forgotten_after_an_hour(stores: tuple[CryptoStore, CryptoStore]) -> None:
    unreadable = Unreadable(stores[0], 60.0)
    event = line_of(Outbound(0.0), "?")
    for _ in range(2):
        unreadable.keep(ROOM, event, 100.0)
    assert unreadable.next_at(100.0) == 130.0
    (missing,) = unreadable.to_ask(130.0)
    assert (missing.sender, missing.device, missing.session) == (ALICE, "PHONE", session_of(event))
    unreadable.asked(missing)
    assert unreadable.to_ask(130.0) == []
    assert unreadable.next_at(131.0) == 160.0
    assert unreadable.ready(159.0) == []
    (told,) = unreadable.ready(160.0)
    unreadable.done(told)
    assert unreadable.ready(161.0) == []
    assert unreadable.next_at(161.0) == 3700.0
    unreadable.forget(3700.0)
    assert unreadable.next_at(3700.0) is None


# --- garbage ------------------------------------------------------------------------------------------------

_words = st.sampled_from(
    f"m.room.encrypted m.room.encryption m.room.member $e m.megolm.v1.aes-sha2 {ALICE} {ROOM} \ud800".split()
)
_keys = st.sampled_from(
    f"type sender content event_id state_key events rooms join timeline state to_device {ROOM} body limited "
    "left device_lists changed ciphertext session_id algorithm device_one_time_keys_count signed_curve25519 "
    "device_unused_fallback_key_types".split()
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _words | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(body=st.dictionaries(_keys, _json, max_size=6))
async def test_no_answer_of_a_homeserver_is_too_strange(sealed: Sealed, body: dict[str, Any]) -> None:
    await sealed.take(body)
    await sealed.take({"rooms": {"join": {ROOM: body}}})
    await sealed.take(told_in(ROOM, {"type": "m.room.encrypted", "content": body, **body}))


async def test_messages_that_are_none_of_olm_harm_nothing(sealed: Sealed) -> None:
    ours = sealed._account.curve
    bodies = ["", "AAAA", "!!!", "A" * 400, 7]
    events = []
    for kind, body, peer in itertools.product((0, 1, 2, None), bodies, ("", "AAAA", ours, 7)):
        ciphertext = {ours: {"type": kind, "body": body}}
        content = {"algorithm": "m.olm.v1.curve25519-aes-sha2", "sender_key": peer, "ciphertext": ciphertext}
        events.append({"type": "m.room.encrypted", "sender": ALICE, "content": content})
    await sealed.take({"to_device": {"events": [*events, *events, 7, {"type": 7}]}})
    half = {"session_id": "\ud800", "ciphertext": "\ud800", "device_id": "\ud800", "sender_key": "\ud800"}
    content = {"algorithm": "m.megolm.v1.aes-sha2", **half}
    for wrong in (content, {**content, "session_id": "x"}, {**content, "session_id": "x", "ciphertext": "y"}):
        await sealed.take(told_in(ROOM, {**line_of(Outbound(0.0), "?"), "content": wrong}))
    key = {"algorithm": "m.megolm.v1.aes-sha2", "room_id": ROOM, "session_id": "x", "session_key": "y"}
    for strange in ({}, key, {**key, "session_key": vodozemac.GroupSession().session_key.to_base64()}):
        assert room_key(Told(ALICE, "p", "e", "m.room_key", strange)) is None
