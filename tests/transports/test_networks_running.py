"""Whether a desk runs with a configuration: by its control socket, or by the lock of its database."""

import os
from pathlib import Path

from bot.config import Settings, load
from bot.networks.running import runs
from bot.store.sqlite import lock
from bot.unix_socket import listen


def settings(folder: Path, **control: str) -> Settings:
    (folder / "base").mkdir()
    path = folder / "config.yaml"
    path.write_text(
        "networks: {net: {host: localhost, nick: desk}}\nknowledge: base\nmap: map.yaml\n"
        f"database: desk.sqlite\ncontrol: {{socket: {control.get('socket', 'desk.sock')}}}\n",
        "utf-8",
    )
    return load(path)


def test_no_desk_has_ever_run_and_none_is_begun(tmp_path: Path) -> None:
    of = settings(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert runs(of) is False
    assert sorted(tmp_path.iterdir()) == before


def test_it_listens(tmp_path: Path) -> None:
    of = settings(tmp_path)
    with listen(tmp_path / "desk.sock"):
        assert runs(of) is True
    assert runs(of) is False


def test_it_has_its_database(tmp_path: Path) -> None:
    of = settings(tmp_path, socket="none")
    held = lock(tmp_path / "desk.sqlite")
    assert runs(of) is True
    os.close(held)
    assert runs(of) is False
