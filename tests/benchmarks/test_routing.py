"""Routing is measured beside the ways that others would reach for, on a small project made here."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from benchmarks import routing
from benchmarks.figures import Setup
from benchmarks.plots import draw
from benchmarks.routers import confidence, ways

AREAS = {
    "BOOT": ("bootloader", "firmware", "handover"),
    "DISK": ("partition", "sectors", "platter"),
    "NET": ("packets", "bridge", "routes"),
}
SURE = [f"surest {share} %" for share in routing.SHARES]


def packed(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What is measured of a project with three sections, whose names say nothing of what is asked."""
    folder = tmp_path_factory.mktemp("data")
    made = folder / "route" / "made"
    made.mkdir(parents=True)
    packed(
        made / "MAINTAINERS.gz",
        "".join(
            f"{name}\nM:\tAnn <ann@{name.lower()}.example>\nS:\tMaintained\nF:\t{name.lower()}/\n\n"
            for name in AREAS
        ),
    )
    paths = [f"{name.lower()}/{number}.c" for name in AREAS for number in range(4)]
    packed(made / "paths.txt.gz", "\n".join(paths))
    commits = [
        (10_000 - at, word, f"{name.lower()}/{at % 4}.c")
        for at, (name, word) in enumerate(
            [(name, word) for name, words in AREAS.items() for word in words] * 4
        )
    ]
    packed(
        made / "history.log.gz",
        "".join(
            f"commit {at:040x} {at}\n    core: mend the {word}\n\n{path}\n\n"
            for at, word, path in [(30_000, "future", "net/0.c"), *commits]
        ),
    )
    cases = [
        {"text": f"what of the {word}?", "paragraph": f"{word} hangs", "gold": [name], "time": 20_000}
        for name, words in AREAS.items()
        for word in words
    ]
    packed(made / "cases.dev.jsonl.gz", "".join(f"{json.dumps(case)}\n" for case in cases))
    setup = Setup(True, folder / "match", folder, folder, folder, time.monotonic())
    found = routing.measure(setup)
    assert draw(found, folder, setup.note) in ([], [folder / "routing-coverage.png"])
    return {table.name: table.data() for table in found}


def test_ours_stands_beside_the_others(tables: dict[str, dict[str, Any]]) -> None:
    rows = tables["routing/quality"]["rows"]
    assert [row["way"] for row in rows] == [routing.OURS, *(way.name for way in ways())]
    for row in rows:
        assert (row["project"], row["n"]) == ("made", 9)
        for said in ("", ", with paragraph"):
            assert 0 <= row[f"first{said}"] <= row[f"in three{said}"] <= 100
        assert 0 <= row["p50"] <= row["p99"]
    first = {row["way"]: row["first, with paragraph"] for row in rows}
    assert first[routing.OURS] == first["nearest changes"] == first["both"] == 100
    assert first["the commonest"] == pytest.approx(100 / 3, abs=0.01)
    assert {row["way"] for row in tables["routing/ways"]["rows"]} == set(first)


def test_the_surest_are_right_more_often(tables: dict[str, dict[str, Any]]) -> None:
    rows = {row["way"]: row for row in tables["routing/coverage"]["rows"]}
    assert [rows[routing.OURS][share] for share in SURE] == [100.0] * len(SURE)


def test_without_questions_nothing_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert routing.measure(Setup(True, tmp_path / "no", tmp_path, tmp_path, tmp_path, 0.0)) == []
    assert "there are no questions" in capsys.readouterr().err


def test_what_stands_out_is_surer() -> None:
    assert confidence([]) == confidence([("a", 0.0)]) == 0
    assert confidence([("a", 2.0)]) == 1
    assert confidence([("a", 2.0), ("b", 1.0)]) == 0.5
    assert confidence([("a", 2.0), ("b", -1.0)]) == 1
