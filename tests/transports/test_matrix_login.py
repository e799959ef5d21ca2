"""Logging in to a real homeserver: by a token, by a password once, by what was kept; and what is refused."""

import asyncio
import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from matrix_desk import settings_of
from matrix_script import Scripted, refuses, says, writes
from matrix_town import Town

from bot.cli import exit_code
from bot.command_line import FAILED, OK, SHUT_OUT, WRONG_USE
from bot.config import load, secrets
from bot.transports.matrix.crypto_files import path_of
from bot.transports.matrix.device import FILE, Device, Unusable, keep, kept
from bot.transports.matrix.homeserver import Fatal, Refused, Unreachable
from bot.transports.matrix.session import log_in, log_out, opened
from bot.transports.matrix.settings import MatrixSettings


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text + "\n")
    return path


async def test_a_token_says_who_and_which_device_it_is(town: Town, tmp_path: Path) -> None:
    desk = await town.account("pkgdesk")
    token = written(tmp_path, "token", desk.token)
    device = await log_in(settings_of(town.server.url, desk.user, tmp_path, login={"token_file": token}))
    assert (device.user, device.id, device.token) == (desk.user, desk.device, desk.token)
    assert desk.token not in repr(device)
    assert not (tmp_path / FILE).exists()


async def test_the_token_of_somebody_else_is_refused_with_both_names(town: Town, tmp_path: Path) -> None:
    desk, other = await town.account("pkgdesk"), await town.account("other")
    token = written(tmp_path, "token", other.token)
    with pytest.raises(Fatal) as fatal:
        await log_in(settings_of(town.server.url, desk.user, tmp_path, login={"token_file": token}))
    assert desk.user in str(fatal.value)
    assert other.user in str(fatal.value)
    assert other.token not in str(fatal.value) + fatal.value.remedy


async def test_a_password_is_needed_once(town: Town, tmp_path: Path) -> None:
    desk = await town.account("pkgdesk")
    password = written(tmp_path, "password", desk.password)
    folder = tmp_path / "deep" / "folder"
    settings = settings_of(town.server.url, desk.user, folder, login={"password_file": password})
    device = await log_in(settings)
    assert device.id != desk.device
    assert stat.S_IMODE((folder / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    password.unlink()
    assert await log_in(settings) == device
    assert await log_in(settings_of(town.server.url, desk.user, folder)) == device
    server = opened(settings, device)
    told = await server.ask("GET", "/_matrix/client/v3/devices")
    await server.close()
    assert {each["device_id"]: each["display_name"] for each in told["devices"]}[device.id] == "pkgdesk"


async def test_a_device_that_cannot_be_kept_is_not_left_behind(town: Town, tmp_path: Path) -> None:
    desk = await town.account("pkgdesk")
    password = written(tmp_path, "password", desk.password)
    no_folder = tmp_path / "leads nowhere"
    no_folder.symlink_to(tmp_path / "gone")
    settings = settings_of(town.server.url, desk.user, no_folder, login={"password_file": password})
    with pytest.raises(Fatal, match="cannot be kept"):
        await log_in(settings)
    told = await town.client(desk).call("GET", "devices")
    assert [each["device_id"] for each in told["devices"]] == [desk.device]


async def test_a_wrong_password_is_tried_once(town: Town, tmp_path: Path) -> None:
    desk = await town.account("pkgdesk")
    password = written(tmp_path, "password", "not this one")
    settings = settings_of(town.server.url, desk.user, tmp_path, login={"password_file": password})
    with pytest.raises(Fatal, match="M_FORBIDDEN") as fatal:
        await log_in(settings)
    assert "not this one" not in str(fatal.value) + fatal.value.remedy
    assert not (tmp_path / FILE).exists()


async def test_without_anything_it_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Fatal) as fatal:
        await log_in(settings_of("http://127.0.0.1:1", "@pkgdesk:x", tmp_path))
    assert "pkgdesk matrix login" in fatal.value.remedy


async def test_what_is_not_a_homeserver_is_told_as_that(tmp_path: Path) -> None:
    token = written(tmp_path, "token", "syt_a")
    async with Scripted(writes(b""), others={"/whoami": writes(b"<html>hello</html>")}).open() as server:
        settings = settings_of(server.url, "@pkgdesk:x", tmp_path, login={"token_file": token})
        with pytest.raises(Unreachable, match="no JSON"):
            await log_in(settings)
        server.others["/whoami"] = says({"user_id": 7})
        with pytest.raises(Fatal, match="does not say who"):
            await log_in(settings)
        words = "Invalid access token passed."
        server.others["/whoami"] = refuses("M_UNKNOWN_TOKEN", 401, soft_logout=True, error=words)
        with pytest.raises(Fatal, match=r"^M_UNKNOWN_TOKEN: Invalid access token passed$"):
            await log_in(settings)
        server.others["/whoami"] = refuses("M_LIMIT_EXCEEDED", 429, retry_after_ms=2500)
        with pytest.raises(Refused) as refused:
            await log_in(settings)
        assert (refused.value.after, refused.value.passing) == (2.5, True)


@pytest.mark.parametrize("token", ["", "two words", "sÿt", "x\x00y"])
async def test_what_cannot_be_a_token_is_told_without_it(token: str, tmp_path: Path) -> None:
    path = written(tmp_path, "token", token)
    with pytest.raises(Fatal, match="there is no access token") as fatal:
        await log_in(settings_of("http://127.0.0.1:1", "@pkgdesk:x", tmp_path, login={"token_file": path}))
    assert not token or token not in str(fatal.value)


# --- what is kept -----------------------------------------------------------------------------------------

HERE = "https://matrix.example.org"


def at_home(folder: Path, **more: Any) -> MatrixSettings:
    return MatrixSettings.model_validate(
        {"homeserver": HERE, "user": "@pkgdesk:example.org", "folder": folder, **more}
    )


def its_own(folder: Path) -> Device:
    device = Device(HERE, "@pkgdesk:example.org", "ABCDEF", "syt_secret")
    keep(at_home(folder), device)
    return device


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    assert kept(at_home(tmp_path)) is None
    device = its_own(tmp_path)
    assert kept(at_home(tmp_path)) == device
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def _readable(path: Path) -> None:
    path.chmod(0o640)


def _torn(path: Path) -> None:
    path.write_text(path.read_text()[:40])


def _odd(path: Path) -> None:
    path.write_text(json.dumps({"homeserver": HERE, "user": 7, "device": "A", "token": "syt_secret"}))


def _broken_line(path: Path) -> None:
    path.write_text(path.read_text().replace("syt_secret", "syt_secret\\r\\nmore"))


def _no_file(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoil", [_readable, _torn, _odd, _broken_line, _no_file])
def test_a_file_that_others_touched_is_refused(spoil: Callable[[Path], None], tmp_path: Path) -> None:
    its_own(tmp_path)
    spoil(tmp_path / FILE)
    with pytest.raises(Unusable) as unusable:
        kept(at_home(tmp_path))
    assert unusable.value.remedy
    assert "syt_secret" not in str(unusable.value)


def test_the_device_of_another_homeserver_or_user_is_refused(tmp_path: Path) -> None:
    its_own(tmp_path)
    for other in ({"homeserver": "https://elsewhere.example"}, {"user": "@other:example.org"}):
        with pytest.raises(Unusable, match="is the device of @pkgdesk:example"):
            kept(at_home(tmp_path, **other))


def test_where_nothing_can_be_kept_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable, match="cannot be kept"):
        its_own(tmp_path / "file")


# --- pkgdesk matrix login ---------------------------------------------------------------------------------


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a configuration with one homeserver, and goes there."""
    monkeypatch.chdir(tmp_path)

    def write(url: str, user: str, login: str = "{}") -> Path:
        Path("config.yaml").write_text(
            f"networks:\n  example: {{type: matrix, homeserver: '{url}', user: '{user}', login: {login}}}\n"
            "knowledge: base\nmap: map.yaml\n"
        )
        return Path("config.yaml")

    return write


async def test_the_command_keeps_a_device(
    town: Town,
    config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = town.server.register(town.called("pkgdesk"), "a secret of ours")
    monkeypatch.setenv("DESK_PASSWORD", desk.password)
    path = config(town.server.url, desk.user, "{password_env: DESK_PASSWORD}")
    assert await called("matrix", "login", "--json") == OK
    told = json.loads(capsys.readouterr().out)
    assert (told["network"], told["user"], told["before"]) == ("example", desk.user, None)
    [settings] = load(path).matrix.values()
    device = kept(settings)
    assert device is not None
    assert (device.id, told["file"]) == (told["device"], str(settings.folder / FILE))  # type: ignore[operator]
    assert device.token in secrets(load(path))

    assert await called("matrix", "login") == WRONG_USE
    said = capsys.readouterr()
    assert f"logged in already, on device {device.id}" in said.err
    assert "--again" in said.err

    assert settings.folder is not None
    keys, beside = (path_of(settings.folder, each) for each in (device.id, "OTHER"))
    for path in (keys, keys.with_name(f"{keys.name}-wal"), beside):
        path.write_text("keys")
    assert await called("matrix", "login", "--again") == OK
    said = capsys.readouterr()
    assert f"the device before, {device.id}, is logged out" in said.out
    assert sorted(each.name for each in keys.parent.glob("device-*")) == [beside.name]
    anew = kept(settings)
    assert anew is not None
    for secret in (desk.password, device.token, anew.token):
        assert secret not in said.out + said.err
    assert anew.id != device.id
    old = opened(settings, device)
    with pytest.raises(Fatal, match="M_UNKNOWN_TOKEN"):
        await old.ask("GET", "/_matrix/client/v3/account/whoami")
    await old.close()
    await log_out(anew, settings)


async def called(*arguments: str) -> int:
    """The command line, which has a loop of its own."""
    return await asyncio.to_thread(exit_code, list(arguments))


def test_the_command_reads_a_password_from_a_pipe(
    homeserver: Any, config: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = homeserver.register(f"pkgdesk-pipe-{os.getpid()}")
    config(homeserver.url, desk.user)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{desk.password}\n"))
    assert exit_code(["matrix", "login", "example"]) == OK


def test_the_command_says_what_is_wrong(
    homeserver: Any,
    config: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def says_of(*arguments: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = exit_code(["matrix", "login", *arguments])
        said = capsys.readouterr()
        assert said.out == ""
        return code, said.err

    assert says_of()[0] == WRONG_USE  # no configuration
    config(homeserver.url, "@nobody-at-all:localhost")
    assert says_of() == (WRONG_USE, "pkgdesk: there is no password on standard input\n")
    code, said = says_of(stdin="a secret of mine")
    assert (code, "M_FORBIDDEN" in said, "a secret of mine" in said) == (SHUT_OUT, True, False)
    code, said = says_of("exmaple")
    assert code == WRONG_USE
    assert "there is no network `exmaple`" in said
    config(homeserver.url, "@a:localhost", "{token_env: X}")
    assert "take it out" in says_of()[1]
    config("http://127.0.0.1:1", "@a:localhost")
    assert says_of(stdin="x")[0] == FAILED
    Path("config.yaml").write_text(
        "networks: {libera: {host: irc.example, nick: desk}}\nknowledge: base\nmap: map.yaml\n"
    )
    assert "none of its networks is a Matrix homeserver" in says_of()[1]
    assert "it is no Matrix homeserver" in says_of("libera")[1]
