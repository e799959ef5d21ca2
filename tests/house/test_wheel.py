"""The wheel holds all that pkgdesk needs: it is built, installed elsewhere, and used from any folder.

Nothing is fetched: the build uses the tools of this environment, and the new environment sees the packages of
this one through a path file. (A path file inside of a folder that such a file names is not read, so this
environment's own pkgdesk stays out of it.)
"""

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
PARTS = ("pyproject.toml", "README.md", "LICENSE", "bot", "knowledge", "routing")

CONFIG = """\
networks:
  libera: {host: 127.0.0.1, port: 1, tls: no, nick: desk, channels: ["#packagers"]}
knowledge: base
map: map.yaml
"""


def ran(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """What the command wrote to standard output."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PKGDESK"))},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == code, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, source / part)
    built = tmp_path_factory.mktemp("built")
    ran(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", built, source, cwd=source)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment into which the wheel was installed."""
    home = tmp_path_factory.mktemp("elsewhere") / "environment"
    ran(sys.executable, "-m", "venv", "--without-pip", home, cwd=home.parent)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps")
    ran(*pip, wheel, cwd=home.parent)
    packages = Path(
        ran(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip()
    )
    ours = dict.fromkeys(sysconfig.get_path(which) for which in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("\n".join(ours) + "\n")
    return home / "bin"


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for package in ("bot", "knowledge", "routing")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here - packed == set()
    assert {name for name in packed - here if ".dist-info/" not in name} == set()
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in packed)


def test_what_was_installed_works_from_anywhere(installed: Path, tmp_path: Path) -> None:
    pkgdesk = installed / "pkgdesk"
    place = ran(installed / "python", "-c", "import bot; print(bot.__file__)", cwd=tmp_path)
    assert Path(place.strip()).is_relative_to(installed.parent)
    assert ran(pkgdesk, "version", cwd=tmp_path).startswith("pkgdesk ")
    assert "--with-system-qemu" in ran(pkgdesk, "ask", "build without cloning qemu?", cwd=tmp_path)
    assert "XENSTORE" in ran(pkgdesk, "route", "xenstored crashes", cwd=tmp_path)
    demo = str(Path(place.strip()).parent / "demo" / "config.yaml")
    assert "error: " not in ran(pkgdesk, "check", "--config", demo, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_to_begin_with_comes_with_what_was_installed(installed: Path, tmp_path: Path) -> None:
    pkgdesk, config = installed / "pkgdesk", ("--config", "desk/config.yaml")
    assert "desk/config.yaml" in ran(pkgdesk, "init", "desk", "--host", "127.0.0.1", cwd=tmp_path)
    assert "error: " not in ran(pkgdesk, "check", *config, cwd=tmp_path)
    assert "announce@" in ran(pkgdesk, "ask", *config, "where are releases announced?", cwd=tmp_path)
    ran(pkgdesk, "kb", "report", *config, "--html", "page.html", cwd=tmp_path)
    assert "font-family" in (tmp_path / "page.html").read_text("utf-8")


def test_the_story_is_told_by_what_was_installed(installed: Path, tmp_path: Path) -> None:
    assert "not me" in ran(installed / "pkgdesk", "demo", "--story", cwd=tmp_path)


def test_a_desk_runs_from_what_was_installed_and_ends_when_told(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "map.yaml").write_text("mail: devel@lists.example.org\n")
    (tmp_path / "base").mkdir()
    desk = subprocess.Popen([installed / "pkgdesk", "run"], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert desk.stderr is not None
        said = next(line for line in desk.stderr if "libera" in line)
        assert (tmp_path / "pkgdesk.sqlite").exists(), said
        desk.send_signal(signal.SIGTERM)
        _, rest = desk.communicate(timeout=30)
        assert desk.returncode == 0, said + rest
    finally:
        desk.kill()
        desk.wait()
