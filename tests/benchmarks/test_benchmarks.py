"""The benchmarks run, and their tables say what they should: on a small set made here, whatever it takes."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
THINGS = ("bootloader", "hypervisor", "toolstack", "console", "firmware", "balloon", "scheduler", "tracer")
VERBS = ("compile", "disable", "relocate", "rename", "sign", "split")


def wrote(path: Path, values: Iterable[dict[str, Any]]) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(value) + "\n" for value in values)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is measured on a set made here: each entry is asked for in other words than its own."""
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
    return measured(made)[0]


def measured(data: Path) -> tuple[dict[str, Any], str]:
    """The tables by their names, and what was said meanwhile."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "matching", "--quick", "--json", "--data", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {table["name"]: table for table in json.loads(done.stdout)}, done.stderr


def test_matching_is_measured_beside_its_peers(tables: dict[str, Any]) -> None:
    quality, latency = tables["matching/quality"]["rows"], tables["matching/latency"]["rows"]
    methods = {"pkgdesk", "SQLite FTS5 (porter)", "rapidfuzz token_set_ratio", "rapidfuzz WRatio"}
    for rows in (quality, latency):
        assert {(row["method"], row["entries"]) for row in rows} == {
            (method, size) for method in methods for size in (125, 1000)
        }
    for row in quality:
        assert row["n"] == len(VERBS) * len(THINGS)
        for spelt in ("", ", mistyped"):
            assert 0 <= row["first" + spelt] <= row["in three" + spelt] <= 100
    ours = [row for row in quality if row["method"] == "pkgdesk"]
    assert all(row["first"] > 90 and row["in three, mistyped"] > 50 for row in ours)
    assert all(0 < row["p50"] <= row["p99"] for row in latency)


def test_every_question_has_one_fate(tables: dict[str, Any]) -> None:
    rows = tables["matching/bands"]["rows"]
    fates = ("told right", "told wrong", "offered right", "offered wrong", "to a person")
    assert {row["known"] for row in rows} == {"yes", "no"}
    for row in rows:
        assert sum(row[fate] for fate in fates) == pytest.approx(100, abs=0.01)
        if row["known"] == "no":
            assert row["told right"] == row["offered right"] == 0


def test_without_public_sets_the_demo_s_base_is_asked(tmp_path: Path) -> None:
    tables, said = measured(tmp_path)
    assert f"no public sets in {tmp_path}" in said
    assert {row["questions"] for row in tables["matching/quality"]["rows"]} == {"the demo's base"}
