"""Which model a desk uses, and that one which cannot be used costs no more than itself."""

import shutil
from pathlib import Path

import pytest
import structlog

from bot.config import Settings, load
from bot.learning import Learning
from bot.model.choice import chosen, in_use, place
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
