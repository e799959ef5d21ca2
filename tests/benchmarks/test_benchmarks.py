"""The benchmarks run, and their tables say what they should: on a small set made here, whatever it takes."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.figures import Setup
from benchmarks.ours import desks, ours
from knowledge.semantic import SentenceModel

ROOT = Path(__file__).parents[2]
THINGS = ("bootloader", "hypervisor", "toolstack", "console", "firmware", "balloon", "scheduler", "tracer")
VERBS = ("compile", "disable", "relocate", "rename", "sign", "split")


def wrote(path: Path, values: Iterable[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(value) + "\n" for value in values)


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a set made here: each entry is asked for in other words than its own."""
    made = tmp_path_factory.mktemp("made")
    pairs = [(verb, thing) for verb in VERBS for thing in THINGS]
    wrote(
        made / "stackfaq.entries.jsonl.gz",
        (
            {
                "id": f"{verb}-{thing}",
                "questions": [f"How do I {verb} the {thing}?"],
                "answer": f"Set {verb}.",
            }
            for verb, thing in pairs
        ),
    )
    wrote(
        made / "stackfaq.dev.queries.jsonl.gz",
        (
            {"text": f"our {thing} package, is there any way to {verb} it", "gold": [f"{verb}-{thing}"]}
            for verb, thing in pairs
        ),
    )
    return made


@pytest.fixture(scope="module")
def tables(public: Path, tiny: SentenceModel) -> dict[str, Any]:
    """What is measured there, with a sentence model that knows nothing."""
    return measured("matching", public, tiny.folder)[0]


def measured(what: str, data: Path, model: Path) -> tuple[dict[str, Any], str]:
    """The tables by their names, and what was said meanwhile."""
    options = ["--quick", "--json", "--data", str(data), "--model", str(model)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", what, *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {table["name"]: table for table in json.loads(done.stdout)}, done.stderr


def test_matching_is_measured_beside_its_peers(tables: dict[str, Any]) -> None:
    quality, latency = tables["matching/quality"]["rows"], tables["matching/latency"]["rows"]
    given = tables["matching/methods"]["rows"]
    assert {row["method"] for row in given} >= {
        *("pkgdesk, words", "pkgdesk, model", "tantivy", "tantivy, fuzzy", "bm25s"),
        *("SQLite FTS5", "token_set_ratio", "WRatio"),
    }
    assert all(row["given"] for row in given)
    methods = {row["method"] for row in given if not row["missing"]}
    assert methods >= {"pkgdesk, words", "SQLite FTS5", "token_set_ratio", "WRatio"}
    for rows in (quality, latency):
        assert {(row["method"], row["entries"]) for row in rows} == {
            (method, size) for method in methods for size in (125, 500)
        }
    for row in quality:
        assert row["n"] == len(VERBS) * len(THINGS)
        for spelt in ("", ", misspelt"):
            assert 0 <= row["first" + spelt] <= row["in three" + spelt] <= 100
    ours = [row for row in quality if row["method"] == "pkgdesk, words"]
    assert all(row["first"] > 90 and row["in three, misspelt"] > 50 for row in ours)
    for row in latency:
        assert all(0 < row[f"p50{spelt}"] <= row[f"p99{spelt}"] for spelt in ("", ", misspelt"))
        assert row["build"] > 0
        assert row["memory"] is None or row["memory"] >= 0


def test_with_a_model_it_is_measured_beside_the_words(tables: dict[str, Any]) -> None:
    for name in ("quality", "latency", "silence", "bands"):
        methods = {row["method"] for row in tables[f"matching/{name}"]["rows"]}
        assert methods >= {"pkgdesk, words", "pkgdesk, model"}, name


def test_without_a_model_its_row_says_why(tmp_path: Path) -> None:
    words, model = ours(desks(Setup(True, tmp_path, tmp_path / "none", tmp_path, tmp_path, began=0.0)))
    assert words.missing == ""
    assert "there is no such folder" in model.missing


def test_each_weight_is_changed_by_itself(public: Path, tiny: SentenceModel) -> None:
    rows = measured("ablation", public, tiny.folder)[0]["ablation/first"]["rows"]
    words = [row for row in rows if row["method"] == "pkgdesk, words"]
    model = [row for row in rows if row["method"] == "pkgdesk, model"]
    assert (words[0]["weight"], words[0]["beside the chosen"]) == ("as chosen", 0)
    assert {row["weight"] for row in words} < {row["weight"] for row in model}
    assert len({(row["weight"], row["is"]) for row in model}) == len(model)
    for row in rows:
        chosen = (words if row in words else model)[0]
        assert row["beside the chosen"] == pytest.approx(row["mean"] - chosen["mean"], abs=0.001)
    repaired = next(row for row in words if row["weight"] == "repair")
    assert repaired["is"] == "no"
    assert repaired["beside the chosen"] < 0


def test_what_is_measured_quickly_is_not_recorded() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "matching", "--quick", "--record"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "--record is for whole runs" in done.stderr


def test_our_figures_stand_beside_the_best_peer_s(tables: dict[str, Any]) -> None:
    quality = tables["matching/quality"]["rows"]
    for row in tables["matching/ratios"]["rows"]:
        assert "pkgdesk" not in row["best peer"]
        if row["measure"] == "first, misspelt, %":
            found = {
                each["method"]: each["first, misspelt"]
                for each in quality
                if each["entries"] == row["entries"]
            }
            assert row["pkgdesk, words"] == found.pop("pkgdesk, words")
            found.pop("pkgdesk, model", None)
            assert row["it"] == max(found.values())
            assert row["words / it"] == pytest.approx(row["pkgdesk, words"] / row["it"], abs=0.001)


def test_the_desk_is_judged_by_when_it_keeps_silent(tables: dict[str, Any]) -> None:
    rows = {(row["questions"], row["method"]): row for row in tables["matching/silence"]["rows"]}
    asked = rows["stackfaq, half of it gone", "pkgdesk, words"]
    assert asked["answerable"] < asked["n"]
    assert 0 <= asked["coverage"] <= 100
    chatter = rows["lines of channels", "pkgdesk, words"]
    assert chatter["answerable"] == 0
    assert chatter["coverage"] is None
    assert chatter["false answers"] < 5


def test_every_question_has_one_fate(tables: dict[str, Any]) -> None:
    rows = tables["matching/bands"]["rows"]
    fates = ("told right", "told wrong", "offered right", "offered wrong", "to a person")
    assert {row["known"] for row in rows} == {"yes", "no"}
    assert {row["method"] for row in rows} >= {"pkgdesk, words"}
    for row in rows:
        assert sum(row[fate] for fate in fates) == pytest.approx(100, abs=0.01)
        if row["known"] == "no":
            assert row["told right"] == row["offered right"] == 0


def test_without_public_sets_the_demo_s_base_is_asked(tmp_path: Path) -> None:
    tables, said = measured("ablation", tmp_path, tmp_path / "none")
    assert f"no public sets in {tmp_path}" in said
    assert any("the demo's base" in column for column in tables["ablation/first"]["rows"][0])
