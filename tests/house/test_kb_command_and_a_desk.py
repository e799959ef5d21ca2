"""`pkgdesk kb` beside a running desk: what is written goes through its socket, and ends when it is done."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_desks import CHANNEL, CONFIG, DEMO, ENTRY, Desk, environment

from bot import command_line
from bot.cli import exit_code


class Alone(Desk):
    """A desk whose network cannot be reached, on a base in a git repository."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "EDITOR": "sed -i s/4.4/4.5/",
        }
        self.process = None
        self.log = None
        (folder / "base").mkdir()
        (folder / "base" / "system-qemu.yaml").write_text(ENTRY)
        (folder / "map.yaml").write_text((DEMO / "map.yaml").read_text())
        config = CONFIG.format(port=1, channel=CHANNEL, burst=50, rate=100.0)
        (folder / "config.yaml").write_text(config.replace("desk: {", "desk: {self_review: yes, "))
        self.git("init", "-q", "-b", "main")
        self.git("add", ".")
        self.git("-c", "user.name=alice", "-c", "user.email=alice@example.org", "commit", "-qm", "base")

    def git(self, *words: str) -> str:
        command = ["git", "-C", str(self.folder / "base"), *words]
        env = environment(**self.environment)
        return subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Alone]:
    there = Alone(tmp_path)
    try:
        there.starts()
        there.logs("calibrated on the base at hand")
        yield there
    finally:
        there.is_stopped()


def test_the_running_desk_takes_a_file_and_the_command_ends_when_it_is_committed(
    desk: Alone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.folder)
    for name, value in desk.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("VISUAL", raising=False)
    assert exit_code(["kb", "edit", "system-qemu"]) == command_line.OK
    said, told = capsys.readouterr()
    assert said.startswith("draft 1, `system-qemu`")
    assert told == ""
    # Refused by a hook, and then not: the draft waits meanwhile.
    hook = desk.folder / "base" / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not on a friday >&2\nexit 1\n")
    hook.chmod(0o755)
    assert exit_code(["kb", "publish", "1"]) == command_line.NOT_FOUND
    assert "not on a friday" in capsys.readouterr().err
    hook.unlink()
    assert exit_code(["kb", "publish", "1", "--json"]) == command_line.OK
    outcome = json.loads(capsys.readouterr().out)
    [draft] = outcome["drafts"]
    assert (outcome["end"], draft["state"]) == ("well", "published")
    assert draft["commit"] == desk.git("rev-parse", "HEAD")
    assert ">=4.5" in (desk.folder / "base" / "system-qemu.yaml").read_text()
