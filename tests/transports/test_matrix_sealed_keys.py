"""Keys that come late, are lost, or are not what they should be: failure cases of a real homeserver."""

import asyncio
import contextlib
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import nio
import pytest
from irc_networks import PATIENCE
from matrix_sealed import SealedPerson
from matrix_sealed_desk import SealedDesk
from matrix_town import Town
from test_matrix_sealed_rooms import alice_of, sealed_room, session

from bot.demo.homeserver import Registered
from bot.transports.matrix.cross_signing import FILE, Owner, Verification, asked, verification
from bot.transports.matrix.crypto_files import fingerprint, path_of
from bot.transports.matrix.crypto_store import PICKLE_KEY, CryptoStore
from bot.transports.matrix.encryption import Closed, KeysLost, KeysUnusable, Opened, Unopened


async def say_without_key(alice: SealedPerson, desk: SealedDesk, room: str, body: str) -> str:
    """A line whose key the desk does not get: its device is taken for one that is not to have it."""
    olm = alice.client.olm
    assert olm is not None
    device = alice.client.device_store[desk.user][desk.device]
    alice.client.blacklist_device(device)
    return await alice.say_sealed(room, body)


async def key_comes(giver: SealedPerson, desk: SealedDesk, event: str, **other: str) -> None:
    """The key of a line is handed to the desk, by somebody who has it; `other`: what is said of it."""
    olm = giver.client.olm
    assert olm is not None
    wanted = await session(giver, event)
    key = next(each for each in olm.inbound_group_store if each.id == wanted)
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "room_id": key.room_id,
        "session_id": key.id,
        "sender_key": key.sender_key,
        "sender_claimed_ed25519_key": key.ed25519,
        "forwarding_curve25519_key_chain": [],
        "session_key": key.export_session(key.first_known_index),
    }
    await tells(giver, desk, "m.forwarded_room_key", {**content, **other})


async def tells(alice: SealedPerson, desk: SealedDesk, kind: str, content: dict[str, Any]) -> None:
    """A message to the desk's device, encrypted for it alone."""
    olm = alice.client.olm
    assert olm is not None
    device = alice.client.device_store[desk.user][desk.device]
    if olm.session_store.get(device.curve25519) is None:
        told = await alice.client.keys_claim({desk.user: [desk.device]})
        assert isinstance(told, nio.KeysClaimResponse)
    sealed = olm._olm_encrypt(olm.session_store.get(device.curve25519), device, kind, content)
    message = nio.ToDeviceMessage("m.room.encrypted", desk.user, desk.device, sealed)
    assert isinstance(await alice.client.to_device(message), nio.ToDeviceResponse)


def unopened(desk: SealedDesk) -> list[str]:
    return [each.event for each in desk.late if isinstance(each, Unopened)]


async def test_a_line_without_its_key_is_told_once_and_read_when_it_comes(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    async with desk.serving():
        room = await sealed_room(desk, alice)
        first = await say_without_key(alice, desk, room, "one")
        requests: asyncio.Queue[nio.RoomKeyRequest] = asyncio.Queue()

        async def looks(told: nio.SyncResponse) -> None:
            for each in told.to_device_events:
                if isinstance(each, nio.RoomKeyRequest):
                    requests.put_nowait(each)

        alice.client.add_response_callback(looks, nio.SyncResponse)
        second = await say_without_key(alice, desk, room, "two")
        await desk.until(lambda: unopened(desk) == [first, second])
        # Whose lines they are was asked for each key, once.
        wanted = {await session(alice, first), await session(alice, second)}
        asked_for = [await asyncio.wait_for(requests.get(), PATIENCE) for _ in wanted]
        assert {each.session_id for each in asked_for} == wanted
        assert {each.requesting_device_id for each in asked_for} == {desk.device}
        assert requests.empty()
    async with desk.serving():
        for event in (first, second):
            await key_comes(alice, desk, event)
        assert (await desk.hears("one"))["event_id"] == first
        assert (await desk.hears("two"))["event_id"] == second
        late = [each for each in desk.late if isinstance(each, Opened)]
        assert [each.room for each in late] == [room, room]
        assert unopened(desk) == [first, second]


async def test_a_key_that_nobody_asked_for_or_that_is_anothers_is_not_taken(
    town: Town, tmp_path: Path
) -> None:
    alice, mallory = await alice_of(town, tmp_path), await alice_of(town, tmp_path, "mallory")
    async with SealedDesk(town, await town.account("pkgdesk"), tmp_path).serving() as desk:
        room = await sealed_room(desk, alice, mallory)
        event = await say_without_key(alice, desk, room, "from alice alone")
        await mallory.hears_sealed("^from alice alone$")
        await desk.until(lambda: unopened(desk) == [event])
        # Mallory, who has the key, brings it: it might be another one, with which she will have said what
        # she did not.
        await key_comes(mallory, desk, event)
        # And as if it were his own: then it opens no line of hers.
        assert mallory.client.olm is not None
        await key_comes(
            mallory, desk, event, sender_key=mallory.client.olm.account.identity_keys["curve25519"]
        )
        await mallory.say_sealed(room, "is it hers?")
        await desk.hears("is it hers?")
        assert not [each for each in desk.late if isinstance(each, Opened)]
        # Nor does it keep hers away.
        await key_comes(alice, desk, event)
        await desk.hears("from alice alone")


async def test_a_session_that_is_out_of_step_is_begun_anew(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    async with desk.serving():
        room = await sealed_room(desk, alice)
        await alice.say_sealed(room, "well")
        await desk.hears("well")
        await desk.says(room, "well, too")
        await alice.hears_sealed("^well, too$")
        # All of that is gone, as after a mishap.
        assert desk.settings.folder is not None
        with contextlib.closing(sqlite3.connect(path_of(desk.settings.folder, desk.device))) as rows, rows:
            rows.execute("DELETE FROM olm")
        begun = asyncio.Event()
        alice.client.add_to_device_callback(lambda _: begun.set(), nio.DummyEvent)
        alice.client.invalidate_outbound_session(room)
        lost = await alice.say_sealed(room, "lost")
        async with asyncio.timeout(PATIENCE):
            await begun.wait()
        await desk.until(lambda: unopened(desk) == [lost])
        alice.client.invalidate_outbound_session(room)
        await alice.say_sealed(room, "well again")
        await desk.hears("well again")


async def test_a_lost_store_is_noticed_before_anything_is_said(town: Town, tmp_path: Path) -> None:
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    async with desk.serving():
        path = path_of(desk.settings.folder, desk.device)
    path.unlink()
    wrong, remedy = (await seen(desk)).complaint or ("", "")
    assert ("its keys are not here" in wrong, "login --again" in remedy) == (True, True)
    assert not (await seen(desk)).verified
    for _ in range(2):
        with pytest.raises(KeysLost, match=r"is missing, and the homeserver knows .* login --again") as lost:
            async with desk.serving():
                raise AssertionError("it started")
        assert lost.value.place == path
        assert [each.name for each in path.parent.glob("device-*")] == []


def test_where_the_file_was_taken_away_that_is_what_is_told(tmp_path: Path) -> None:
    store = CryptoStore(tmp_path, "@desk:example.org", "DEVICE")
    refused = "SELECT 1 FROM nowhere"
    with pytest.raises(KeysUnusable, match=r"cannot be used: .*; see to it that nothing else uses it"):
        store.rows(refused)
    store.path.unlink()
    with pytest.raises(KeysUnusable, match=r"device-DEVICE.keys is missing: .*; log in as a new device"):
        store.rows(refused)
    store.close()


async def used_up(desk: SealedDesk) -> None:
    """All of its one-time keys, as the server tells; so it leaves others there."""
    await desk.takes({"device_one_time_keys_count": {"signed_curve25519": 0}})
    await desk.encryption._upkeep.look_after()  # type: ignore[attr-defined]


async def test_a_store_from_an_old_backup_is_noticed(town: Town, tmp_path: Path) -> None:
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    folder = desk.settings.folder
    async with desk.serving():
        pass
    shutil.copytree(folder, tmp_path / "backup")
    async with desk.serving():
        # Keys were handed out and replaced since.
        await used_up(desk)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "backup", folder)
    async with desk.serving():
        with pytest.raises(KeysLost, match="is older than what the homeserver knows"):
            await used_up(desk)


async def test_keys_that_may_have_been_handed_out_are_handed_out_again(town: Town, tmp_path: Path) -> None:
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    desk.open()
    account = desk.encryption._account  # type: ignore[attr-defined]
    # The server took them, and we ended before we knew.
    body = {**account.one_time_keys(0, fallback=True), "device_keys": account.device_keys()}
    await desk.server.ask("POST", "/_matrix/client/v3/keys/upload", body)
    desk.encryption.close()
    async with desk.serving():
        told = await desk.server.ask("POST", "/_matrix/client/v3/keys/upload", {})
    assert told["one_time_key_counts"]["signed_curve25519"] == 50


async def another_device(town: Town, got: Registered) -> Registered:
    """Of the same account."""
    who = {"type": "m.id.user", "user": got.user}
    body = {"type": "m.login.password", "identifier": who, "password": got.password}
    told = await town.client(got).call("POST", "login", body)
    return Registered(got.user, got.password, told["device_id"], told["access_token"])


async def seen(desk: SealedDesk) -> Verification:
    folder = desk.settings.folder
    return await verification(desk.server, folder, fingerprint(folder, desk.device))


async def test_the_device_is_verified_by_its_owner_and_so_is_the_next(town: Town, tmp_path: Path) -> None:
    got = await town.account("pkgdesk")
    desk = SealedDesk(town, got, tmp_path)
    assert (await seen(desk)).complaint is not None
    async with desk.serving():
        found = await seen(desk)
        assert (found.verified, found.owner, found.complaint) == (True, Owner.OURS, None)
    async with desk.serving():
        assert (await seen(desk)).verified
    for path in desk.settings.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(desk.settings.folder.stat().st_mode) == 0o700

    other = SealedDesk(town, await another_device(town, got), tmp_path)
    async with other.serving():
        assert (await seen(other)).verified
        assert (await seen(desk)).same


async def test_the_keys_of_an_account_are_never_replaced(town: Town, tmp_path: Path) -> None:
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path)
    async with desk.serving():
        before = await desk.server.ask(
            "POST", "/_matrix/client/v3/keys/query", {"device_keys": {desk.user: []}}
        )
    (desk.settings.folder / FILE).unlink()
    path_of(desk.settings.folder, desk.device).unlink()
    other = SealedDesk(town, await another_device(town, desk.got), tmp_path)
    async with other.serving(password=desk.got.password):
        found = await seen(other)
        assert (found.owner, found.signed) == (Owner.OTHERS, False)
        assert found.complaint is not None
    told = await asked(desk.server)
    await desk.server.close()
    assert told["master_keys"] == before["master_keys"]
    assert not (desk.settings.folder / FILE).exists()


async def test_without_encryption_nothing_is_said_in_an_encrypted_room(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk = SealedDesk(town, await town.account("pkgdesk"), tmp_path, encryption=False)
    async with desk.serving():
        room = await alice.create_room(desk.user, public=False)
        await desk.join(room)
        await desk.says(room, "in clear")
        await alice.hears("^in clear$")
        before = desk.room(room)
        assert desk.encryption.refusal(before) is None
        await alice.sets_state(room, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"})
        await desk.until(lambda: desk.room(room).encrypted)
        for known in (before, desk.room(room)):
            with pytest.raises(Closed, match="switched off"):
                await desk.encryption.send(known, "m.room.message", {"body": "no"}, "test-no")
    assert alice.said_by(desk.user) == ["in clear"]


def broken(folder: Path, what: str) -> None:
    key, keys = folder / PICKLE_KEY, next(folder.glob("device-*"))
    match what:
        case "another key":
            key.write_text("ab" * 32)
        case "no key":
            key.unlink()
        case "a damaged key":
            key.write_text("what?")
        case "a damaged store":
            keys.write_bytes(b"what?" * 1000)
        case "another device's":
            keys.rename(path_of(folder, "OTHER"))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("another key", "cannot be opened with the key in .*pickle.key; put back"),
        ("no key", "pickle.key is missing, and there are keys that need it; put it back"),
        ("a damaged key", "pickle.key holds no key: 64 hexadecimal digits"),
        ("a damaged store", "is damaged: file is not a database; log in as a new device"),
        ("another device's", "holds the keys of the device DEVICE, not of OTHER; set another `folder`"),
    ],
)
def test_what_cannot_be_opened_is_told_with_a_remedy_and_left_alone(
    tmp_path: Path, what: str, said: str
) -> None:
    store = CryptoStore(tmp_path / "keys", "@desk:example.org", "DEVICE")
    store.close()
    broken(tmp_path / "keys", what)
    before = {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    with pytest.raises(KeysUnusable, match=said):
        CryptoStore(tmp_path / "keys", "@desk:example.org", "OTHER" if "another d" in what else "DEVICE")
    assert {path: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


def test_the_keys_of_a_device_are_one_desks(tmp_path: Path) -> None:
    first = CryptoStore(tmp_path, "@desk:example.org", "DEVICE")
    with pytest.raises(KeysUnusable, match=r"device-DEVICE.keys is in use by another desk; end that one, or"):
        CryptoStore(tmp_path, "@desk:example.org", "DEVICE")
    CryptoStore(tmp_path, "@desk:example.org", "OTHER").close()
    first.close()
    CryptoStore(tmp_path, "@desk:example.org", "DEVICE").close()
