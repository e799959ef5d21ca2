"""Which model a desk uses, and that one which cannot be used costs no more than itself."""

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from bot.config import Settings, load
from bot.learning import Learning
from bot.model.choice import chosen, in_use, place
from knowledge.index import Index
from knowledge.library import load as load_library
from knowledge.semantic import SentenceModel

CONFIG = "networks: {l: {host: h, nick: n, channels: ['#c']}}\nknowledge: base\nmap: m\n"
ENTRY = """\
id: {0}
phrasings: [how do i build {0}]
answers: [{{short: "the tools of {0}"}}]
verified: {{on: 2026-10-01, by: bob}}
"""


@pytest.fixture
def own(tiny: SentenceModel, tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has a model."""
    shutil.copytree(tiny.folder, tmp_path / "data" / "pkgdesk" / "sentence-model")
    return {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}


def settings(folder: Path, more: str = "") -> Settings:
    (folder / "config.yaml").write_text(CONFIG + more)
    (folder / "base").mkdir(exist_ok=True)
    for name in ("xen", "qemu", "debian"):
        (folder / "base" / f"{name}.yaml").write_text(ENTRY.format(name))
    return load(folder / "config.yaml")


def test_the_user_s_own_model_is_used_where_there_is_one(own: dict[str, str], tmp_path: Path) -> None:
    plain = settings(tmp_path)
    assert str(in_use(plain, own)) == "words and the sentence model tiny"
    assert str(in_use(None, own)) == "words and the sentence model tiny"
    assert str(in_use(plain, {"HOME": str(tmp_path / "nobody")})) == "words alone"
    assert chosen(plain, {"XDG_DATA_HOME": "a\0b"}) is None


def test_what_the_configuration_says_goes_first(
    own: dict[str, str], tiny: SentenceModel, tmp_path: Path
) -> None:
    assert in_use(settings(tmp_path, "model: no\n"), own).model is None
    named = settings(tmp_path, f"model: {tiny.folder}\n")
    assert chosen(named, own) == place(named, own) == tiny.folder
    broken = in_use(settings(tmp_path, "model: nowhere\n"), own)
    assert (str(broken), broken.model) == ("words alone", None)
    assert broken.problem.startswith(f"{tmp_path}/nowhere: there is no such folder")


def test_a_base_is_learned_with_the_model_and_its_vectors_are_kept(
    own: dict[str, str], tmp_path: Path
) -> None:
    told = []
    plain = settings(tmp_path)
    snapshot = load_library(plain.knowledge)
    learning = Learning(plain, own, lambda *each: told.append(each))
    with structlog.testing.capture_logs() as logs:
        assert learning(snapshot).index.meaning is not None
        assert learning(snapshot).index.meaning is not None
    assert told == [(9, 9)]  # of each of the three entries the phrasing, the answer, and the whole
    assert [each["by"] for each in logs if "by" in each] == ["words and the sentence model tiny"]
    assert len(list((tmp_path / "cache" / "pkgdesk").iterdir())) == 1


def test_with_a_model_that_cannot_be_used_a_base_is_learned_by_words(
    own: dict[str, str], tmp_path: Path
) -> None:
    plain = settings(tmp_path)
    (tmp_path / "data" / "pkgdesk" / "sentence-model" / "config.json").unlink()
    learning = Learning(plain, own)
    with structlog.testing.capture_logs() as logs:
        learned = learning(learning(load_library(plain.knowledge)))
    assert learned.index.meaning is None
    assert [each["event"] for each in logs] == ["the sentence model is not used", "answers are found"]
    assert "config.json: is missing" in logs[0]["problem"]
    assert not (tmp_path / "cache").exists()


def test_a_model_that_fails_with_a_text_of_the_base_leaves_words_alone(
    tiny: SentenceModel, tmp_path: Path
) -> None:
    from tiny_bert import failing

    folder = failing(tmp_path / "failing", "xen")
    own = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    plain = settings(tmp_path, f"model: {folder}\n")
    snapshot = load_library(plain.knowledge)
    learning = Learning(plain, own)
    with structlog.testing.capture_logs() as logs:
        better = [learning(snapshot) for _ in range(2)]
    assert [each.index.meaning for each in better] == [None, None]
    assert better[0].index.search("how do i build xen").matches[0].entry.id == "xen"
    [told] = [each for each in logs if each["event"].startswith("the sentence model fails")]
    assert told["problem"].startswith(f"{folder}: fails with a text (")
    assert told["problem"].endswith(": make it anew: pkgdesk model install --force")
    assert told["log_level"] == "error"
    assert sum(each.get("by") == "words alone" for each in logs) == 2
    (tmp_path / "base" / "xen.yaml").unlink()
    changed = load_library(plain.knowledge)
    assert learning(changed).index.meaning is not None


def test_a_question_or_a_change_with_which_the_model_fails_is_read_by_words_alone(
    tiny: SentenceModel, tmp_path: Path
) -> None:
    from tiny_bert import failing

    folder = failing(tmp_path / "failing", "offline")
    plain = settings(tmp_path, f"model: {folder}\n")
    with structlog.testing.capture_logs() as logs:
        snapshot = Learning(plain, {"HOME": str(tmp_path)})(load_library(plain.knowledge))
        assert snapshot.index.meaning is not None
        for _ in range(2):
            found = snapshot.index.search("how do i build qemu offline").matches
            assert found[0].entry.id == "qemu"
        (tmp_path / "base" / "offline.yaml").write_text(ENTRY.format("offline"))
        entries = load_library(plain.knowledge).entries
        grown = Index.build(entries, before=snapshot.index)
        assert grown.search("offline").matches[0].entry.id == "offline"
    assert [each["log_level"] for each in logs] == ["info", "error"]


FREED = """\
import sys
from pathlib import Path
from bot.config import load
from bot.learning import Learning
from knowledge.library import load as load_library

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

settings = load(Path(sys.argv[1]))
blocks = [bytes(2_000) for _ in range(50_000)]
last = bytes(2_000)
del blocks[:]
before = resident()
Learning(settings, {})(load_library(settings.knowledge))
print(before - resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has nothing to give back")
def test_what_learning_freed_is_given_back_to_the_system(tmp_path: Path) -> None:
    """A hundred megabytes that were freed below a block that was not, which the C library keeps by itself."""
    settings(tmp_path, "model: no\n")
    done = subprocess.run(
        [sys.executable, "-c", FREED, str(tmp_path / "config.yaml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(done.stdout.splitlines()[-1]) > 50_000_000


def test_a_base_is_kept_for_the_next_start_before_it_is_learned(own: dict[str, str], tmp_path: Path) -> None:
    snapshot = load_library(settings(tmp_path).knowledge)
    done: list[object] = []
    learning = Learning(
        settings(tmp_path), own, progress=lambda *each: done.append(each), keep=lambda each: done.append(each)
    )
    assert learning(snapshot).index.meaning is not None
    assert done == [snapshot, (9, 9)]
