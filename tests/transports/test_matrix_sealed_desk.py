"""The whole transport in encrypted rooms of a real homeserver."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from irc_networks import line
from matrix_desk import QUICK, MatrixDesk
from matrix_sealed import SealedPerson
from matrix_sealed_desk import KEYS
from matrix_town import Town
from test_matrix_sealed_rooms import alice_of

from bot.desk.events import Joined, Unreadable
from bot.transports.base import ShutOut
from bot.transports.matrix import encryption
from bot.transports.matrix.crypto_files import path_of
from bot.transports.matrix.device import FILE
from routing.presence import Visibility

TIMES = {**QUICK, "keys": KEYS}


async def desk_in(town: Town, folder: Path, alice: SealedPerson, **more: Any) -> tuple[MatrixDesk, str]:
    """A desk that sits in an encrypted room with alice as soon as it serves; it logs in with a password."""
    got = await town.account("pkgdesk")
    room = await alice.create_room(got.user, public=False, encrypted=True)
    secret = folder / "password"
    secret.write_text(got.password)
    more = {"login": {"password_file": secret}, "encryption": True, "times": TIMES, "rooms": [room], **more}
    return MatrixDesk(town, got, folder, **more), room


async def until_it_ends(desk: MatrixDesk) -> None:
    async with desk.serving():
        assert desk.run is not None
        await asyncio.wait([desk.run])


async def test_a_question_from_an_encrypted_room_is_answered_there(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk, room = await desk_in(town, tmp_path, alice)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined))
        await alice.knows(room, desk.settings.user)
        asked = await alice.say_sealed(room, "how do I build it?")
        heard = await desk.ears.heard("how do I build it?")
        assert (heard.message, heard.speaker.account) == (asked, alice.user)
        assert (heard.venue.sealed, heard.venue.visibility) == (True, Visibility.MEMBERS)
        receipt = await desk.transport.send(line(heard.venue, "like this"), None, ())
        assert (await alice.hears_sealed("^like this$")).event_id == receipt.message
        await desk.ears.heard("like this", own=True)
        assert desk.transport.attendance.missing == ()


async def test_a_line_that_cannot_be_read_is_told(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk, room = await desk_in(town, tmp_path, alice)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined))
        await alice.knows(room, desk.settings.user)
        for device in alice.client.device_store.active_user_devices(desk.settings.user):
            alice.client.blacklist_device(device)
        event = await alice.say_sealed(room, "not for you")
        told = await desk.ears.until(lambda each: isinstance(each, Unreadable))
        assert (told.message, told.speaker.account) == (event, alice.user)
    assert desk.ears.texts() == []


async def test_a_lost_store_makes_a_new_device_where_there_is_a_password(town: Town, tmp_path: Path) -> None:
    alice = await alice_of(town, tmp_path)
    desk, room = await desk_in(town, tmp_path, alice)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined))
    folder = desk.settings.folder
    assert folder is not None
    before = json.loads((folder / FILE).read_text())["device"]
    path_of(folder, before).unlink()
    after = len(desk.ears.events)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined), after)
        device = json.loads((folder / FILE).read_text())["device"]
        assert device != before
        await alice.knows(room, desk.settings.user)
        await alice.say_sealed(room, "are you there?")
        heard = await desk.ears.heard("are you there?")
        await desk.transport.send(line(heard.venue, "again"), None, ())
        await alice.hears_sealed("^again$")


async def test_a_lost_store_ends_the_desk_where_there_is_none(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await alice_of(town, tmp_path)
    desk, _ = await desk_in(town, tmp_path, alice, login={"token_env": "PKGDESK_TEST_TOKEN"})
    monkeypatch.setenv("PKGDESK_TEST_TOKEN", desk.account.token)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined))
    assert desk.settings.folder is not None
    path_of(desk.settings.folder, desk.account.device).unlink()
    with pytest.raises(ShutOut, match="is missing, and the homeserver knows this device") as ended:
        await until_it_ends(desk)
    assert "pkgdesk matrix login --again" in ended.value.remedy


async def test_without_the_extra_an_encrypted_room_is_told_as_missing(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "unavailable", lambda: f"install it: {encryption.EXTRA}")
    alice = await alice_of(town, tmp_path)
    desk, room = await desk_in(town, tmp_path, alice)
    async with desk.serving():
        await desk.ears.until(lambda event: isinstance(event, Joined))
        attendance = desk.transport.attendance
        assert attendance.missing == (room,)
        assert attendance.absences == (
            f"{room} (it is encrypted, and install it: pip install 'pkgdesk[encryption]')",
        )
