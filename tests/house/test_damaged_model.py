"""A sentence model that is damaged or was tampered with costs the desk no more than itself: `ask`, `check`
and `run` go on by words alone, and say so in one clear line."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from running_desks import KNOWN, Desk, Person, Server, running, served

from bot import command_line
from bot.cli import exit_code
from knowledge.semantic import MANIFEST, NETWORKS, SentenceModel, manifest

CONFIG = """\
networks: {demo: {host: 127.0.0.1, nick: desk, channels: ["#c"]}}
knowledge: base
map: map.yaml
"""
ENTRY = "id: qemu\nphrasings: [how do I build without cloning qemu]\nanswers: [{short: with an option}]\n"
MAP = "people: {bob: {accounts: {demo: bob}}}\nsections: {QEMU: {maintainers: [bob], keywords: [qemu]}}\n"
QUESTION = "how do I build without cloning qemu"


def flipped(folder: Path) -> None:
    """One bit of the network is another."""
    content = bytearray((folder / NETWORKS[0]).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / NETWORKS[0]).write_bytes(content)


def forged(folder: Path) -> None:
    """The network is no network, and the manifest vouches for it."""
    (folder / NETWORKS[0]).write_bytes(b"\x08\x07not a network" * 99)
    names = ("config.json", "tokenizer.json", NETWORKS[0])
    content = {name: (folder / name).read_bytes() for name in names}
    (folder / MANIFEST).write_bytes(manifest("forged", "nowhere", content))


def cut(folder: Path) -> None:
    whole = (folder / "tokenizer.json").read_bytes()
    (folder / "tokenizer.json").write_bytes(whole[: len(whole) // 2])


def missing(folder: Path) -> None:
    (folder / "config.json").unlink()


def unreadable(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def garbage(folder: Path) -> None:
    (folder / MANIFEST).write_bytes(b"\xff\xfe\0{" * 99)


DAMAGES = (flipped, forged, cut, missing, unreadable, emptied, garbage)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a configuration, a base and a map."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "qemu.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    return tmp_path


def damaged(tiny: SentenceModel, home: Path, damage: Callable[[Path], None]) -> Path:
    """The model of a user whose data is in `home`, with this damage."""
    folder = home / "pkgdesk" / "sentence-model"
    shutil.copytree(tiny.folder, folder)
    damage(folder)
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
def test_ask_goes_on_by_words_alone(
    here: Path,
    tiny: SentenceModel,
    damage: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = exit_code(["ask", "--json", QUESTION]), capsys.readouterr().out
    assert json.loads(asked[1])["model"] is None
    monkeypatch.setenv("XDG_DATA_HOME", str(here))
    folder = damaged(tiny, here, damage)
    again = exit_code(["ask", "--json", QUESTION])
    told = capsys.readouterr()
    assert (again, told.out) == asked
    [line] = told.err.splitlines()
    assert line.startswith(f"pkgdesk: words alone: {folder}")
    assert line.isprintable()
    exit_code(["ask", "--explain", QUESTION])
    assert "Found by words alone" in capsys.readouterr().out


@pytest.mark.parametrize("damage", DAMAGES)
def test_check_tells_it_in_one_line(
    here: Path,
    tiny: SentenceModel,
    damage: Callable[[Path], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = damaged(tiny, here, damage)
    monkeypatch.setenv("XDG_DATA_HOME", str(here))
    for more, code, severity in (
        ("", command_line.OK, "warning"),
        (f"model: {folder}\n", command_line.NOT_FOUND, "error"),
    ):
        (here / "config.yaml").write_text(CONFIG + more)
        assert exit_code(["check"]) == code
        told = capsys.readouterr()
        [line] = [line for line in told.out.splitlines() if "model" in line.split(": ")[1:3]]
        assert f" {severity}: model: {folder}" in line
        assert line.isprintable()
        assert "answers are found by words alone" in told.err


@pytest.fixture
def server() -> Iterator[Server]:
    with served() as there:
        yield there


def test_a_desk_runs_and_answers_by_words_alone(server: Server, tiny: SentenceModel, tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk", server)
    folder = damaged(tiny, tmp_path, flipped)
    desk.environment["XDG_DATA_HOME"] = str(tmp_path)
    with running(desk):
        told = desk.logs("the sentence model is not used")
        assert told["problem"].startswith(f"{folder}/{NETWORKS[0]}")
        desk.logs("answers are found", by="words alone")
        alice = Person(server, "alice")
        alice.says(f"pkgdesk: {KNOWN}")
        alice.hears("--with-system-qemu")
        assert desk.log is not None
        assert sum("the sentence model is not used" in line for line in desk.log.all) == 1
