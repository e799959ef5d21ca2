"""`pkgdesk check` of a Matrix homeserver: its token, the folder of its keys, the keys of its settings."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import command_line
from bot.cli import exit_code

CONFIG = """\
networks:
  town:
    type: matrix
    homeserver: https://matrix.example.com
    user: "@desk:example.com"
    login: {token_file: token}
    rooms: ["#packagers:example.com"]
knowledge: base
map: map.yaml
"""

Said = Callable[..., list[str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with which nothing is wrong, which is the current one."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "q.yaml").write_text(
        "id: q\nphrasings: [How do I build it?]\nanswers: [{short: Run `make`.}]\n"
    )
    (tmp_path / "map.yaml").write_text(
        "people:\n  bob: {accounts: {town: '@bob:example.com'}}\n"
        "sections:\n  QEMU: {maintainers: [bob], keywords: [qemu]}\nmail: devel@lists.example.com\n"
    )
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "token").write_text("syt_hunter2\n")
    (tmp_path / "token").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def told(like: str = "") -> list[str]:
        exit_code(["check"])
        out = capsys.readouterr().out
        assert "hunter2" not in out
        return [line for line in out.splitlines() if like in line and ":" in line]

    return told


def test_a_token_can_be_read_and_only_by_those_who_should(
    here: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said("token") == []
    (here / "token").chmod(0o644)
    (line,) = said("token")
    assert "warning: networks.town.login.token_file: everybody on this machine can read it" in line
    (here / "token").unlink()
    (line,) = said("token")
    assert "error: networks.town.login.token_file: cannot read the access token: " in line
    assert line.endswith("token: no such file or directory")
    (here / "token").write_text("\n")
    assert "there is no access token in" in said("token")[0]
    (here / "config.yaml").write_text(CONFIG.replace("token_file: token", "token_env: DESK_TOKEN"))
    monkeypatch.delenv("DESK_TOKEN", raising=False)
    (line,) = said("token")
    assert "warning: networks.town.login.token_env: cannot read the access token: there is no" in line


def test_token_device_and_keys_that_git_keeps_are_told(here: Path, said: Said) -> None:
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    folder = here / "pkgdesk.town"
    folder.mkdir(mode=0o700)
    for name in ("device.json", "device-QZ.keys", "pickle.key", "cross-signing.json", "notes.txt"):
        (folder / name).write_text("hunter2\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], check=True, timeout=60, capture_output=True)
    lines = said("git keeps")
    assert len(lines) == 5
    assert not any("notes.txt" in line for line in lines)
    assert any("networks.town.login.token_file: " in line and "change the secret" in line for line in lines)
    keys = [line for line in lines if "networks.town.folder: " in line]
    assert all("pkgdesk matrix login --again" in line for line in keys)
    for line in lines:
        subprocess.run(["sh", "-c", line.split("`")[1]], check=True, timeout=60, capture_output=True)
    assert said("git keeps") == []


def test_the_folder_of_the_keys_can_be_made(here: Path, said: Said) -> None:
    assert said("folder") == []
    (here / "pkgdesk.town").write_text("")
    (line,) = said("folder")
    assert "error: networks.town.folder: " in line
    assert line.endswith("pkgdesk.town is not a folder: move it, or set another `folder`")
    unused = CONFIG.replace("    rooms", "    encryption: no\n    rooms")
    (here / "config.yaml").write_text(unused)
    assert said("folder") == []
    kept = unused.replace("    login: {token_file: token}\n", "    folder: token/keys\n")
    (here / "config.yaml").write_text(kept)
    assert said("folder")[0].startswith("config.yaml:6:5: error: networks.town.folder: ")


def test_a_key_of_the_other_kind_of_network_is_told_as_that(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("type: matrix", "type: irc"))
    (line,) = said("town.homeserver")
    assert "networks.town.homeserver: belongs to `type: matrix`; allowed here: host, " in line
    assert ", rooms" not in line
    assert said("town.rooms")[0].partition(": error: ")[2].startswith("networks.town.rooms: belongs to")
    (here / "config.yaml").write_text(CONFIG.replace("    rooms", "    channels: []\n    nik: x\n    rooms"))
    (line,) = said("town.channels")
    assert "networks.town.channels: belongs to `type: irc`; allowed here: homeserver, " in line
    (line,) = said("town.nik")
    assert "networks.town.nik: unknown key; allowed: homeserver, user, " in line
    assert "nick" not in line
