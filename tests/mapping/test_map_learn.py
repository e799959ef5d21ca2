"""`pkgdesk map learn`: the history of a project is read, kept, and afterwards only added to."""

import gzip
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Work

from bot.cli import exit_code
from bot.maps.cache import default_cache, read_cache

TEXT = "".join(f"line {each}\n" for each in range(50))
LOG = """\
commit {id} {at}
    {subject}

    A word on it.


{path}

"""


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own settings, and no configuration."""
    for each in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(each, str(tmp_path / each.lower()))
    monkeypatch.delenv("PKGDESK_CONFIG", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = Work(tmp_path / "work")
    work.commit("tools: begin", tools__a_c=TEXT, tools__b_c=TEXT * 2, tools__c_c=TEXT * 3)
    for each in ("a.c", "b.c", "c.c"):
        work.move(f"tools/{each}", f"lib/{each}")
    work.commit("lib: begin")
    work.commit("nothing")
    return work


def log(*subjects: str, first: int = 1) -> str:
    told = [
        LOG.format(id=f"{at:040x}", at=at, subject=subject, path=f"dir/{at}.c")
        for at, subject in enumerate(subjects, first)
    ]
    return "".join(reversed(told))


def learned(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert exit_code(["map", "learn", "--json", *arguments]) == 0
    said: dict[str, object] = json.loads(capsys.readouterr().out)
    assert isinstance(said.pop("seconds"), float)
    return said


def failed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert exit_code(["map", "learn", *arguments]) in (2, 3)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def test_what_was_learned_is_summed_up(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["map", "learn", "--repo", str(work.folder), "--cache", "kept.gz"]) == 0
    out, err = capsys.readouterr()
    *lines, last = out.splitlines()
    assert lines == [
        f"{work.folder}: 3 commits read, 2 kept",
        "left out: 1 that touch nothing",
        "3 paths have moved since; their places today are known",
    ]
    assert last.startswith("kept in kept.gz (1 KB), after ")
    assert err == ""
    assert [each.subject for each in read_cache(Path("kept.gz")).commits] == ["lib: begin", "tools: begin"]


def test_afterwards_only_what_is_new_is_read(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    cache = default_cache(os.environ, work.folder)
    first = learned(capsys, "--repo", str(work.folder))
    assert first == {
        "source": str(work.folder),
        "cache": str(cache),
        "map": None,
        "newest": work.head,
        "read": 3,
        "kept": 2,
        "before": 0,
        "odd_lines": 0,
        "undecodable_lines": 0,
        "paths_gone": 3,
        "paths_mapped": 3,
        "left_out": {"without_paths": 1, "sweeping": 0, "older": 0, "known": 0},
    }
    again = learned(capsys, "--repo", str(work.folder))
    assert (again["read"], again["kept"], again["before"]) == (0, 2, 2)
    work.commit("lib: more", lib__d_c="x")
    more = learned(capsys, "--repo", str(work.folder))
    assert (more["read"], more["kept"], more["newest"]) == (1, 3, work.head)
    assert learned(capsys, "--repo", str(work.folder), "--full")["read"] == 4


def test_a_history_that_was_rewritten_is_learned_anew(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    work.commit("a mistake", x_c="x")
    learned(capsys, "--repo", str(work.folder), "--cache", "kept.gz")
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.commit("no mistake", x_c="x")
    assert exit_code(["map", "learn", "--repo", str(work.folder), "--cache", "kept.gz"]) == 0
    assert "it is learned anew" in capsys.readouterr().err
    subjects = [each.subject for each in read_cache(Path("kept.gz")).commits]
    assert subjects == ["no mistake", "lib: begin", "tools: begin"]


def test_a_damaged_cache_is_learned_anew(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    learn = ["map", "learn", "--repo", str(work.folder), "--cache", "kept.gz"]
    assert exit_code(learn) == 0
    whole = Path("kept.gz").read_bytes()
    Path("kept.gz").write_bytes(whole[: len(whole) - 40])
    capsys.readouterr()
    assert exit_code(learn) == 0
    assert "it is learned anew" in capsys.readouterr().err
    assert Path("kept.gz").read_bytes() == whole


@pytest.mark.parametrize("full", [(), ("--full",)])
def test_nothing_that_was_not_made_here_is_written_over(
    work: Work, capsys: pytest.CaptureFixture[str], full: tuple[str, ...]
) -> None:
    """A configuration, a log, a log that is packed: whatever somebody named by mistake."""
    for content in (b"networks: {}\n", log("one").encode(), gzip.compress(log("one").encode(), mtime=0)):
        Path("mine").write_bytes(content)
        said = failed(capsys, "--repo", str(work.folder), "--cache", "mine", *full)
        assert "is left as it is: name another file, or remove it" in said
        assert Path("mine").read_bytes() == content
    Path("mine").write_text(log("one"))
    assert "is left as it is" in failed(capsys, "--log", "mine", "--cache", "mine", *full)
    assert Path("mine").read_text() == log("one")


def test_a_shallow_clone_is_told(work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work.git("clone", "-q", "--depth", "2", work.folder.as_uri(), str(tmp_path / "shallow"))
    assert exit_code(["map", "learn", "--repo", str(tmp_path / "shallow")]) == 0
    assert "is a shallow clone: what is older is not there" in capsys.readouterr().err


def test_what_a_shallow_clone_lacks_is_not_forgotten(
    work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learned(capsys, "--repo", str(work.folder), "--cache", "kept.gz")
    for each in range(3):
        work.commit(f"change {each}", x_c=f"{each}")
    work.git("clone", "-q", "--depth", "2", work.folder.as_uri(), str(tmp_path / "shallow"))
    said = learned(capsys, "--repo", str(tmp_path / "shallow"), "--cache", "kept.gz")
    assert (said["kept"], said["before"], said["newest"]) == (3, 2, work.head)


def test_no_more_are_kept_than_were_asked_for(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    said = learned(capsys, "--repo", str(work.folder), "--commits", "1")
    assert (said["read"], said["kept"]) == (2, 1)  # the newest touches nothing


def test_a_log_can_be_learned_from_and_added_to(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_text(log("one", "two"))
    Path("b.log.gz").write_bytes(gzip.compress(log("two", "three", first=2).encode(), mtime=0))
    assert learned(capsys, "--log", "a.log", "--cache", "kept.gz")["kept"] == 2
    said = learned(capsys, "--log", "b.log.gz", "--cache", "kept.gz")
    assert said["left_out"] == {"without_paths": 0, "sweeping": 0, "older": 0, "known": 1}
    assert [each.subject for each in read_cache(Path("kept.gz")).commits] == ["three", "two", "one"]


def test_what_was_learned_of_another_project_is_not_lost_unasked(
    work: Work, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ("--cache", "kept.gz")
    Path("a.log").write_text(log("one", "two"))
    Path("b.log").write_text(log("three", first=9))
    learned(capsys, "--log", "a.log", *kept)
    for other in (("--log", "b.log"), ("--repo", str(work.folder))):
        assert "kept.gz: holds what was learned from a.log, with which" in failed(capsys, *other, *kept)
        assert [each.subject for each in read_cache(Path("kept.gz")).commits] == ["two", "one"]
    assert exit_code(["map", "learn", "--log", "b.log", "--full", *kept]) == 0
    assert "what was learned from a.log makes way for b.log" in capsys.readouterr().err
    assert [each.subject for each in read_cache(Path("kept.gz")).commits] == ["three"]
    assert "begin anew with --full" in failed(capsys, "--repo", str(work.folder), *kept)
    work.git("clone", "-q", work.folder.as_uri(), str(tmp_path / "moved"))
    learned(capsys, "--repo", str(work.folder), "--full", *kept)
    assert learned(capsys, "--repo", str(tmp_path / "moved"), *kept)["before"] == 2


def test_a_history_is_for_one_map(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    repo = ("--repo", str(work.folder))
    assert "is kept for one map: give --map once" in failed(capsys, *repo, "--map", "a", "--map", "b")
    assert exit_code(["map", "learn", *repo, "--map", "a.yaml"]) == 0
    assert " KB) for a.yaml, after" in capsys.readouterr().out


def test_what_a_killed_writer_left_does_not_stay(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    folder = default_cache(os.environ, work.folder).parent
    folder.mkdir(parents=True)
    old, new, other = (folder / f"{each * 16}.history.gz.part" for each in ("0", "1", "download"))
    for each in (old, new, other):
        each.touch()
    for each in (old, other):
        os.utime(each, (0, 0))
    learned(capsys, "--repo", str(work.folder))
    assert [each.exists() for each in (old, new, other)] == [False, True, True]


@pytest.mark.parametrize(
    "pack", [str.encode, lambda text: gzip.compress(text.encode(), mtime=0)], ids=["plain", "gzip"]
)
def test_a_log_may_come_on_standard_input(pack: object, tmp_path: Path) -> None:
    assert callable(pack)
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "map", "learn", "--log", "-", "--map", "MAINTAINERS"],
        input=pack(log("one")),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"standard input: 1 commit read, 1 kept\n")
    assert len(read_cache(default_cache(os.environ, Path("MAINTAINERS"))).commits) == 1


def test_what_is_odd_in_a_log_is_told_with_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_bytes(
        b"hello\n" + log("one").encode() + log("caf").encode().replace(b"caf", b"caf\xe9")
    )
    assert exit_code(["map", "learn", "--log", "a.log"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "pkgdesk: a.log:1: means nothing there; lines left out for that: 1",
        "pkgdesk: a.log:11: is not all UTF-8; lines like that: 1",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no commits: write the log with git log"),
        (b"Author: alice\n", "holds no commits"),
        (b"\0\xff" * 1000, "holds no commits"),
        (gzip.compress(log("one").encode(), mtime=0)[:-9], "is cut off"),
        (b"\x1f\x8b" + b"x" * 100, "is damaged"),
    ],
)
def test_what_is_no_log_changes_nothing(content: bytes, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.log").write_bytes(content)
    assert why in failed(capsys, "--log", "a.log", "--cache", "kept.gz")
    assert not Path("kept.gz").exists()


def test_wrong_use_is_explained(work: Work, capsys: pytest.CaptureFixture[str]) -> None:
    repo = ("--repo", str(work.folder))
    assert "either --repo DIR, or --log FILE" in failed(capsys)
    assert "either --repo DIR, or --log FILE" in failed(capsys, *repo, "--log", "x")
    assert "no such file or directory: name the folder" in failed(capsys, "--repo", "none")
    assert "is no git repository" in failed(capsys, "--repo", ".")
    assert "none: cannot be read: no such file" in failed(capsys, "--log", "none")
    assert "cannot be read: is a directory" in failed(capsys, "--log", ".")
    assert "with --map which map it is for" in failed(capsys, "--log", "-")
    Path("a-file").touch()
    assert "are more than a cache holds" in failed(capsys, *repo, "--commits", "1000000")
    assert "is a folder: name the file in it" in failed(capsys, *repo, "--cache", ".")
    assert "cannot be written: not a directory" in failed(capsys, *repo, "--cache", "a-file/kept.gz")


def test_the_map_of_the_configuration_says_where_it_is_kept(
    work: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("map.yaml").write_text("sections: {}\n")
    Path("base").mkdir()
    Path("config.yaml").write_text(
        "networks: {libera: {host: 127.0.0.1, port: 1, tls: no, nick: desk, channels: ['#x']}}\n"
        "knowledge: base\nmap: map.yaml\n"
    )
    said = learned(capsys, "--repo", str(work.folder))
    assert said["cache"] == str(default_cache(os.environ, Path("map.yaml")))
    with Path("config.yaml").open("a") as config:
        config.write("history: past.gz\n")
    assert learned(capsys, "--repo", str(work.folder))["cache"] == str(Path("past.gz").absolute())
    with_map = learned(capsys, "--repo", str(work.folder), "--map", "other.yaml")
    assert with_map["cache"] == str(default_cache(os.environ, Path("other.yaml")))


def test_at_a_terminal_one_sees_it_count(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = pty.openpty()
    Path("a.log").write_text(log(*(f"number {each}" for each in range(200))))
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "map", "learn", "--log", "a.log"],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm", "COLUMNS": "80"},
        check=False,
    )
    os.close(slave)
    shown = os.read(master, 65_536)
    os.close(master)
    assert done.returncode == 0, shown
    assert b"commits read" in shown


def test_a_checkout_with_its_map_and_the_map_itself_have_one_cache(
    work: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    work.commit("a map", MAINTAINERS="LIB\nM:\tAnn <ann@example.org>\nF:\tlib/\n")
    of_the_map = str(default_cache(os.environ, work.folder / "MAINTAINERS"))
    repo = ("--repo", str(work.folder))
    assert learned(capsys, *repo)["cache"] == of_the_map
    assert learned(capsys, *repo, "--map", str(work.folder))["cache"] == of_the_map
    assert learned(capsys, *repo, "--map", str(work.folder / "MAINTAINERS"))["cache"] == of_the_map
    assert "there is none of MAINTAINERS" in failed(capsys, *repo, "--map", str(work.folder.parent))
