"""`pkgdesk matrix check` against a real homeserver: what it prints, and how it ends."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from irc_daemons import free_port
from matrix_town import Town

from bot.cli import exit_code
from bot.config import load
from bot.demo.homeserver import Registered
from bot.transports.matrix.crypto_files import FINGERPRINT
from bot.transports.matrix.encryption import unavailable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("base").mkdir()
    Path("map.yaml").write_text("people: {}\nsections: {}\n", "utf-8")
    return tmp_path


def configure(town: Town, got: Registered, **more: object) -> None:
    network = {
        "type": "matrix",
        "homeserver": town.server.url,
        "user": got.user,
        "login": {"token_env": "DESK_TOKEN"},
        "encryption": False,
        **more,
    }
    told = {"networks": {"town": network}, "knowledge": "base", "map": "map.yaml"}
    Path("config.yaml").write_text(json.dumps(told), "utf-8")


async def test_it_tells_of_login_and_rooms_and_changes_nothing(
    town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alice, desk = await town.person("alice"), await town.account("pkgdesk")
    here = town.client(desk)
    room = await alice.create_room(alias=town.called("packagers"), version="11")
    bridge = {
        "bridgebot": "@bridge:localhost",
        "protocol": {"id": "irc", "displayname": "IRC"},
        "channel": {"id": "#packagers"},
    }
    await alice.sets_state(room, "m.bridge", bridge, "x")
    levels = await alice.state(room, "m.room.power_levels")
    await alice.sets_state(room, "m.room.power_levels", {**levels, "events_default": 50})
    await here.join(room)
    public = await alice.create_room(alias=town.called("public"))
    closed = await alice.create_room(alias=town.called("closed"), public=False)
    lost = await alice.create_room(alias=town.called("lost"))
    barred = await alice.create_room()
    for each in (lost, barred):
        await here.join(each)
    await alice.kick(lost, desk.user, "too loud")
    await alice.ban(barred, desk.user)
    waiting = await alice.create_room(here, public=False)
    sealed = await alice.create_room(here, public=False, encrypted=True)
    await here.join(sealed)
    direct = await alice.create_room(here, public=False, direct=True)
    await here.join(direct)
    monkeypatch.setenv("DESK_TOKEN", desk.token)
    names = [town.alias(each) for each in ("packagers", "public", "closed", "nowhere")]
    configure(town, desk, rooms=[*names, sealed, town.alias("lost"), barred])

    assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 1
    said = capsys.readouterr()
    out = said.out
    assert desk.token not in out + said.err
    server = "town: fine: server: http://127.0.0.1:[0-9]+: (Synapse .*; )?specification up to v1"
    assert re.search(server, out)
    lost_to = f"{town.alias('lost')}: not in it: put out by {alice.user} (too loud); anybody may"
    assert f"town: missing: {lost_to}" in out
    assert f"town: missing: {barred}: not in it: banned by {alice.user}; " in out
    assert f"town: fine: login: logged in as {desk.user}" in out
    assert (
        f"town: missing: {names[0]}: joined, with 1 other; anybody may join; not encrypted; version 11" in out
    )
    assert "its moderators let nobody speak below level 50, and ours is 0" in out
    assert f"town: worth a look: {names[0]}: bridged to #packagers on IRC by @bridge:localhost" in out
    assert f"town: fine: {names[1]}: not in it yet; anybody may join" in out
    assert f"town: worth a look: {names[2]}: not in it yet" in out
    assert f"town: missing: {names[3]}: not found: no such room" in out
    assert f"town: missing: {sealed}: encrypted, and `encryption` is switched off" in out
    assert f"town: worth a look: {sealed}: configured as public, and it is encrypted" in out
    assert (
        f"town: worth a look: invitations: declined when the desk starts: {waiting} (by {alice.user})" in out
    )
    assert f"town: fine: direct: direct conversations with {alice.user}" in out
    assert (await alice.members(public)).get(desk.user) is None
    assert (await alice.members(waiting))[desk.user] == "invite"
    assert (await alice.members(closed)).get(desk.user) is None

    new = await alice.upgrade(room, "12")
    await here.join(new)
    assert await asyncio.to_thread(exit_code, ["matrix", "check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["networks"][0]
    assert told["rooms"][0] | {"bridges": []} == {
        "room": names[0],
        "id": new,
        "trouble": None,
        "joined": True,
        "upgraded_from": None,  # the alias went along
        "goes_on_in": None,
        "bridges": [],
        "join_rule": "public",
        "encrypted": False,
        "version": "12",
        "members": 2,
        "visibility": "public",
        "history": "shared",
        "level": 0,
        "mute": told["rooms"][0]["mute"],
    }
    assert told["direct"] == [alice.user]
    assert told["invitations"][0]["room"] == waiting
    assert told["encryption"]["possible"] is False


async def test_a_token_that_is_revoked_and_a_server_that_is_not_there_are_told(
    town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = await town.account("pkgdesk")
    monkeypatch.setenv("DESK_TOKEN", "syt_revoked_token")
    configure(town, desk)
    assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 1
    said = capsys.readouterr()
    assert "town: missing: login: not logged in: M_UNKNOWN_TOKEN" in said.out
    assert "pkgdesk matrix login --again" in said.out
    assert "syt_revoked" not in said.out + said.err

    configure(town, desk, homeserver=f"http://127.0.0.1:{free_port()}")
    assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 1
    assert "town: missing: server: http://127.0.0.1:" in capsys.readouterr().out


async def test_a_password_alone_makes_no_device(
    town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = await town.account("pkgdesk")
    monkeypatch.setenv("DESK_PASSWORD", desk.password)
    configure(town, desk, login={"password_env": "DESK_PASSWORD"})
    assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 1
    assert "nobody has logged in with the password yet: run `pkgdesk matrix login`" in capsys.readouterr().out
    here = await asyncio.to_thread(lambda: list(folder.rglob("*.json")))
    assert here == []


async def test_how_the_device_is_seen_is_told(
    town: Town, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = await town.account("pkgdesk")
    monkeypatch.setenv("DESK_TOKEN", desk.token)
    configure(town, desk, encryption=True)
    assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 0
    out = capsys.readouterr().out
    if unavailable() is None:
        assert "town: worth a look: encryption: the homeserver does not know the keys" in out
        assert "has the key" not in out
        from bot.transports.matrix.crypto_store import CryptoStore

        [settings] = load(Path("config.yaml")).matrix.values()
        assert settings.folder is not None
        store = CryptoStore(settings.folder, desk.user, desk.device)
        key = store.about(FINGERPRINT) or ""
        store.close()
        assert await asyncio.to_thread(exit_code, ["matrix", "check"]) == 0
        shown = re.search(
            f"device {desk.device} has the key ([^ ]{{4}}( [^ ]{{1,4}}){{10}})$",
            capsys.readouterr().out,
            re.M,
        )
        assert shown is not None
        assert shown[1].replace(" ", "") == key
    else:
        assert "town: fine: encryption: none: the extra `encryption` is not installed" in out
    assert "town: worth a look: rooms: none is configured" in out


def test_where_there_is_no_homeserver_that_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = {"host": "127.0.0.1", "port": 6667, "tls": False, "nick": "checked"}
    told = {"networks": {"demo": network}, "knowledge": "base", "map": "map.yaml"}
    Path("config.yaml").write_text(json.dumps(told), "utf-8")
    assert exit_code(["matrix", "check"]) == 2
    assert "none of its networks is a Matrix homeserver" in capsys.readouterr().err
    assert exit_code(["matrix", "check", "demo"]) == 2
    assert "networks.demo: it is no Matrix homeserver" in capsys.readouterr().err
