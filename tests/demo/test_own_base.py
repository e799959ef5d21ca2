"""The demo's desk has a base of its own, which has a history where there is git."""

import subprocess
from pathlib import Path

import pytest

from bot.demo.base import ENTRIES, last_commit, lay_out


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "knowledge"


@pytest.fixture(autouse=True)
def state(tmp_path: Path) -> Path:
    (tmp_path / "state").mkdir()
    return tmp_path / "state"


def test_it_is_a_repository_that_holds_the_entries(folder: Path) -> None:
    assert lay_out(folder) == ""

    assert {path.name for path in folder.glob("*.yaml")} == {path.name for path in ENTRIES.glob("*.yaml")}
    commit = last_commit(folder)
    assert commit is not None
    assert commit.subject == "The demo's entries"
    assert commit.author == "pkgdesk demo <demo@pkgdesk.invalid>"
    assert not list(folder.parent.glob(".knowledge*"))


def test_what_is_there_stays(folder: Path) -> None:
    lay_out(folder)
    before = last_commit(folder)
    (folder / "mine.yaml").write_text("id: mine", "utf-8")

    assert lay_out(folder) == ""

    assert (folder / "mine.yaml").exists()
    assert last_commit(folder) == before


def test_the_user_s_own_git_has_no_part_in_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n", "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n[commit]\n\tgpgSign = true\n", "utf-8"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)

    assert lay_out(folder) == ""

    assert last_commit(folder) is not None


def test_without_git_it_is_a_plain_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    said = lay_out(folder)

    assert said.startswith("The knowledge base is a plain folder, without a history: git is not installed")
    assert (folder / "system-qemu.yaml").exists()
    assert last_commit(folder) is None
    assert (
        lay_out(folder) == "The knowledge base is a plain folder, without a history: it was made without git."
    )


def test_a_repository_around_it_is_left_alone(folder: Path, state: Path) -> None:
    subprocess.run(["git", "init", "--quiet", state], check=True)

    lay_out(folder)

    assert (folder / ".git").is_dir()
    assert last_commit(folder) is not None
