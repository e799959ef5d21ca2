"""What is kept of a base between two runs of the program, and who goes by it."""

from pathlib import Path

import pytest

from bot.cli import exit_code
from bot.config import load
from bot.sources import read_and_keep
from knowledge import keeping

CONFIG = """
knowledge: base
map: map.yaml
model: no
networks: {libera: {host: irc.example.org, nick: example-desk, channels: ["#xen"]}}
"""
MAP = """
people: {bob: {name: Bob, accounts: {libera: bob}}}
sections: {XENSTORE: {maintainers: [bob], keywords: [xenstored]}, THE REST: {maintainers: [bob]}}
rest: THE REST
"""
ENTRY = "id: {0}\nphrasings: [which {0} do I take]\nanswers: [{{short: {1}}}]\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base").mkdir()
    for name in ("compiler", "linker"):
        (tmp_path / "base" / f"{name}.yaml").write_text(ENTRY.format(name, "that one"))
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(keeping, "LEAST", 1)
    return tmp_path


def test_ask_keeps_what_it_read_and_says_the_same_by_it(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["ask", "which compiler do I take"]) == 0
    first = capsys.readouterr()
    assert [path.suffix for path in (place / "cache" / "pkgdesk").iterdir()] == [".entries"]
    assert exit_code(["ask", "which compiler do I take"]) == 0
    assert capsys.readouterr() == first
    (place / "base" / "compiler.yaml").write_text(ENTRY.format("compiler", "this one"))
    assert exit_code(["ask", "which compiler do I take"]) == 0
    assert "this one" in capsys.readouterr().out


def test_check_reads_the_files_themselves(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_and_keep(load(place / "config.yaml"), {"XDG_CACHE_HOME": str(place / "cache")}, print)
    kept = next((place / "cache" / "pkgdesk").iterdir())
    kept.write_bytes(b"nothing that anybody could read")
    exit_code(["check"])
    told = capsys.readouterr()
    assert "2 entries" in told.err
    assert ".entries" not in told.out + told.err
    assert kept.read_bytes() == b"nothing that anybody could read"


def test_one_that_is_damaged_is_told_and_replaced(place: Path) -> None:
    settings, environ = load(place / "config.yaml"), {"XDG_CACHE_HOME": str(place / "cache")}
    notes: list[str] = []
    read_and_keep(settings, environ, notes.append)
    kept = next((place / "cache" / "pkgdesk").iterdir())
    kept.write_bytes(b"nothing that anybody could read")
    for _ in range(2):
        assert read_and_keep(settings, environ, notes.append).reference is not None
    assert notes == [f"{kept}: is no file of entries: all entries are read anew, and the file is replaced"]
