"""The history before the first case: of a log or of what was kept of one, and what goes wrong."""

import gzip
from pathlib import Path

import pytest

from bot.evaluating.past import Past, read_past
from bot.maps.cache import write_cache
from knowledge.documents import DocumentError
from routing.past.history import Commit, History

LOG = "".join(
    f"commit {number:040x} {1000 * number}\n    tools: change {number}\n    \n    So.\n\ntools/{number}.c\n\n"
    for number in (4, 3, 2, 1)
)


def past(path: Path, before: float | None = None) -> tuple[Past, list[str]]:
    said: list[str] = []
    return read_past(path, before, lambda *_: None, said.append), said


@pytest.mark.parametrize("packed", [False, True])
def test_of_a_log_only_what_is_older_is_taken(tmp_path: Path, packed: bool) -> None:
    log = tmp_path / "log"
    log.write_bytes(gzip.compress(LOG.encode(), mtime=0) if packed else LOG.encode())
    found, said = past(log, 3000)
    assert [commit.at for commit in found.history.commits] == [2000, 1000]
    assert (found.left_out, said) == (2, [])
    assert found.history.commits[0].subject == "tools: change 2"
    everything, _ = past(log)
    assert (len(everything.history.commits), everything.left_out) == (4, 0)


def test_of_what_was_kept_too(tmp_path: Path) -> None:
    commits = tuple(Commit(f"{at:040x}", at, "a change", "", ("a.c",)) for at in (30, 20, 10))
    swept = (Commit("f" * 40, 40, "", "", tuple(f"{number}.c" for number in range(200))),)
    write_cache(tmp_path / "kept", History(commits, swept, newest="f" * 40, source="here"))
    found, _ = past(tmp_path / "kept", 20)
    assert found.history.commits == commits[2:]
    assert (found.history.sweeping, found.left_out) == ((), 3)
    everything, _ = past(tmp_path / "kept")
    assert everything.history.sweeping == swept
    assert everything.left_out == 0


def test_lines_that_mean_nothing_are_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(f"Author: alice\n{LOG}")
    found, said = past(tmp_path / "log")
    assert len(found.history.commits) == 4
    assert len(said) == 1
    assert ":1: means nothing there" in said[0]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no commit"),
        (b"just some text\n", "holds no commit"),
        (b'{"format": "something else"}\n', "holds JSON that is no history, as a file of cases is"),
        (gzip.compress(LOG.encode(), mtime=0)[:-20], "the packed data is damaged"),
        (b"\x1f\x8b and no more", "the packed data is damaged"),
    ],
)
def test_what_is_no_history(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "log").write_bytes(content)
    with pytest.raises(DocumentError) as raised:
        past(tmp_path / "log", 3000)
    assert str(raised.value).startswith(f"{tmp_path}/log:1:1: {said}")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="there is no such file"):
        past(tmp_path / "log")
    with pytest.raises(DocumentError, match="is a folder"):
        past(tmp_path)
