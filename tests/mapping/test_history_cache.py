"""The file of a learned history: what is read is what was written, or an error that says so."""

import gzip
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.maps import cache as cache_module
from bot.maps import packed as packed_module
from bot.maps.cache import MOST_BYTES, CacheError, default_cache, read_cache, write_cache
from bot.maps.packed import MOST_OF_A_LINE, packed, unpacked
from routing.past.history import SWEEPING, Commit, History

PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
COMMITS = st.builds(
    Commit,
    st.uuids().map(lambda each: each.hex),
    st.integers(0, 2**33),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.lists(PATHS, min_size=1, max_size=5).map(tuple),
    st.lists(st.tuples(PATHS, PATHS), max_size=2).map(tuple),
)


def newest_first(commits: list[Commit]) -> tuple[Commit, ...]:
    return tuple(sorted(commits, key=lambda each: -each.at))


HISTORIES = st.builds(
    History,
    st.lists(COMMITS, max_size=5, unique_by=lambda each: each.id).map(newest_first),
    newest=st.sampled_from(["", "a" * 40]),
    source=st.sampled_from(["", "/src/xen"]),
)
ONE = Commit("a" * 40, 5, "libxl: wait", "It is slow.", ("tools/a.c", "tools/b.c"), (("x.c", "tools/a.c"),))
SWEPT = Commit("b" * 40, 4, "", "", tuple(f"{each}.c" for each in range(SWEEPING + 1)))
HISTORY = History((ONE, replace(ONE, id="c" * 40, at=3, renames=())), (SWEPT,), "a" * 40, "/src/xen")
BYTES = b"".join(packed(HISTORY))


@given(HISTORIES)
@settings(max_examples=40)
def test_what_was_packed_is_unpacked(history: History) -> None:
    assert unpacked(packed(history)) == history


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.history.gz"
    write_cache(path, HISTORY)
    assert read_cache(path) == HISTORY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    write_cache(path, History())
    assert read_cache(path) == History()


def test_the_same_history_is_the_same_file() -> None:
    assert b"".join(packed(HISTORY)) == BYTES
    assert unpacked(bytes([each]) for each in BYTES) == HISTORY


# --- damaged --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 10, 30, len(BYTES) // 2, len(BYTES) - 9, len(BYTES) - 1])
def test_what_is_cut_off_is_no_history(length: int) -> None:
    with pytest.raises(ValueError):
        unpacked([BYTES[:length]])


@given(st.integers(0, 8 * len(BYTES) - 1))
@settings(max_examples=200)
def test_a_bit_that_fell_over_is_seen_or_without_meaning(bit: int) -> None:
    damaged = bytearray(BYTES)
    damaged[bit // 8] ^= 1 << bit % 8
    with suppress(ValueError):
        assert unpacked([bytes(damaged)]) == HISTORY


@given(st.binary(max_size=200))
def test_any_bytes_are_a_history_or_an_error(content: bytes) -> None:
    for each in (content, gzip.compress(content, mtime=0)):
        with pytest.raises(ValueError):
            unpacked([each])


def test_what_comes_after_the_end_is_refused() -> None:
    with pytest.raises(ValueError, match="goes on after its end"):
        unpacked([BYTES + BYTES])


# --- from somebody who means harm -----------------------------------------------------------------------


def forged(header: dict[str, Any], *lines: object, raw: bytes = b"") -> bytes:
    body = raw or b"".join(json.dumps(each).encode() + b"\n" for each in lines)
    whole = {
        "format": "pkgdesk-history",
        "version": 1,
        "source": "",
        "newest": "",
        "commits": 0,
        "sweeping": 0,
        "paths": 0,
        "sha256": hashlib.sha256(body).hexdigest(),
        **header,
    }
    return gzip.compress(json.dumps(whole).encode() + b"\n" + body, mtime=0)


def row(**changed: object) -> list[object]:
    said = {"id": "a" * 40, "at": 5, "subject": "s", "body": "b", "paths": [0], "renames": [], **changed}
    return list(said.values())


def test_what_is_forged_well_is_read() -> None:
    content = forged({"paths": 2, "commits": 1}, ["a.c", "b.c"], row(renames=[[1, 0]]))
    assert unpacked([content]).commits == (Commit("a" * 40, 5, "s", "b", ("a.c",), (("b.c", "a.c"),)),)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"paths": [each]} for each in (2, -1, True, 0.0, "0", None, 10**20)),
        *(
            {"renames": each}
            for each in ([[0]], [[0, 2]], [[0, -1]], [0], ["ab"], None, [[0, 0, 0]], [[[], 0]])
        ),
        *({"at": each} for each in (-1, True, 1.0, "5", 2**41, None)),
        *({"id": each} for each in ("", "A" * 40, "a" * 65, "a" * 39 + "\n", 5)),
        *({"subject": each} for each in ("x" * 201, None, 5, "\ud800")),
        *({"body": each} for each in ("x" * 601, [], "\udc00 \ud83d")),
        *({"paths": []}, {"paths": [0] * 5_000}, {"paths": [0] * (SWEEPING + 1)}),
    ],
    ids=lambda each: str(each)[:40],
)
def test_a_commit_that_is_none_is_no_history(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        unpacked([forged({"paths": 2, "commits": 1}, ["a.c", "b.c"], row(**wrong))])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (forged({"version": 2}), "another version"),
        (forged({"format": "tar"}), "is no learned history"),
        (gzip.compress(b"[1]\n", mtime=0), "is no learned history"),
        (gzip.compress(b"commit 1\n", mtime=0), "is no learned history"),
        (BYTES[:-4] + b"\0" * 4, "damaged"),
        (b"PK\x03\x04 something else", "damaged, or no gzip"),
        (forged({"sha256": "0" * 64}), "checksum"),
        (forged({"commits": 1}), "holds less"),
        (forged({"commits": 10**9}), "must be a number up to"),
        (forged({"paths": True}), "must be a number up to"),
        (forged({"sweeping": None}), "must be a number up to"),
        (forged({"newest": "no id"}), "newest"),
        (forged({"newest": 5}), "newest"),
        (forged({"source": "x" * 5_000}), "source"),
        (forged({"paths": 1, "commits": 1}, ["a.c"], row(), row()), "line 4: is one too many"),
        (forged({"paths": 1, "commits": 2}, ["a.c"], row(), row()), "holds a commit twice"),
        (forged({"paths": 1, "commits": 2}, ["a.c"], row(), row(id="b" * 40, at=6)), "not sorted"),
        (forged({"paths": 1}, {"a": 1}), "line 2: is no list of paths"),
        (forged({"paths": 1}, []), "line 2: is no list of paths"),
        (forged({"paths": 1}, [""]), "line 2: is no list of paths"),
        (forged({"paths": 1}, [5]), "line 2: is no list of paths"),
        (forged({"paths": 1}, raw=b'["a'), "ends within a line"),
        (forged({"paths": 1}, raw=b"\xff\n"), "line 2: is no JSON"),
        (forged({"paths": 1}, raw=b"[" * 100_000 + b"\n"), "damaged|no JSON"),
    ],
)
def test_what_is_not_right_is_said(content: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        unpacked([content])


def test_a_line_without_end_is_not_unpacked() -> None:
    with pytest.raises(ValueError, match="too long"):
        unpacked([gzip.compress(b" " * (2 * MOST_OF_A_LINE), mtime=0)])


def test_text_is_utf_8_and_nothing_else() -> None:
    for line in ('["é"]\n'.encode("latin1"), '["é"]\n'.encode("utf-16"), b'["\xed\xa0\x80"]\n'):
        with pytest.raises(ValueError, match="line 2: is no JSON"):
            unpacked([forged({"paths": 1}, raw=line)])


# --- as a file ------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_cache(tmp_path / "x.history.gz", HISTORY)
    return tmp_path / "x.history.gz"


def test_what_cannot_be_read_is_said_with_its_file(file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").touch()
    os.truncate(tmp_path / "large", MOST_BYTES + 1)
    (tmp_path / "other").write_text("hello")
    for name, why in [
        ("none", "is not there: `pkgdesk map learn` makes it"),
        (".", "is no file|is a directory"),
        ("pipe", "is no file"),
        ("large", "is too large"),
        ("other", "is damaged, or no gzip: `pkgdesk map learn --full` makes it anew"),
    ]:
        with pytest.raises(CacheError, match=why) as told:
            read_cache(tmp_path / name)
        assert str(told.value).startswith(str(tmp_path / name))


def test_what_cannot_be_written_is_said_and_changes_nothing(file: Path, tmp_path: Path) -> None:
    for path in (file / "below", tmp_path):
        with pytest.raises(CacheError, match="cannot be written"):
            write_cache(path, HISTORY)
    (tmp_path / "x.history.gz.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CacheError, match="cannot be written"):
        write_cache(file, History())
    assert not (tmp_path / "elsewhere").exists()
    assert read_cache(file) == HISTORY


def test_what_would_be_too_much_to_read_is_not_written(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_module, "MOST_PATHS", SWEEPING)
    with pytest.raises(CacheError, match="too much: keep fewer commits"):
        write_cache(file, History((), (SWEPT,)))
    assert read_cache(file) == HISTORY
    assert list(file.parent.iterdir()) == [file]


def test_who_is_second_leaves_it_to_the_first(file: Path) -> None:
    beside = file.with_name(file.name + ".part")
    with beside.open("w") as held:
        cache_module.fcntl.flock(held, cache_module.fcntl.LOCK_EX)
        with pytest.raises(CacheError, match="somebody else"):
            write_cache(file, History())
    write_cache(file, History())
    assert read_cache(file) == History()


def test_what_a_crash_left_changes_nothing(file: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from bot.maps.cache import write_cache
from routing.past.history import History
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
write_cache(Path(sys.argv[1]), History())
"""
    died = subprocess.run([sys.executable, "-c", code, str(file)], check=False, cwd=Path(__file__).parents[2])
    assert died.returncode == -signal.SIGKILL
    assert file.with_name(file.name + ".part").exists()
    assert read_cache(file) == HISTORY
    write_cache(file, History())
    assert read_cache(file) == History()
    assert list(file.parent.iterdir()) == [file]


def test_it_is_kept_where_such_things_are_kept(tmp_path: Path) -> None:
    of: Callable[[dict[str, str]], Path] = lambda environ: default_cache(environ, tmp_path / "map.yaml")  # noqa: E731
    assert of({"CACHE_DIRECTORY": "/var/cache/pkgdesk:/x"}).parent == Path("/var/cache/pkgdesk")
    assert of({"XDG_CACHE_HOME": "/c", "HOME": "/h"}).parent == Path("/c/pkgdesk")
    assert of({"XDG_CACHE_HOME": "relative", "HOME": "/h"}).parent == Path("/h/.cache/pkgdesk")
    assert of({}).parent == Path("/.cache/pkgdesk")
    assert default_cache({}, tmp_path / "a") != default_cache({}, tmp_path / "b")
