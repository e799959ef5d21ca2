"""What the benchmarks are made of: bases, tables, and processes of their own."""

import json
import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import bases
from benchmarks.apart import apart, resident
from benchmarks.figures import Column, Table
from benchmarks.peers import Way, peers
from benchmarks.plots import draw
from knowledge.entry import Answer, Entry

THERE = [peer for peer in peers(compiled=False) if not peer.missing]
FIGURES = Path(__file__).parents[2] / "docs" / "figures"
FRUIT = tuple(
    Entry(
        name,
        (f"How do I peel {name}?", f"{name}: with or without a knife"),
        (Answer(f"Slowly, {name}.", ""),),
    )
    for name in ("apples", "bananas", "cherries", "damsons", "elderberries")
)


@pytest.mark.parametrize("peer", THERE, ids=lambda peer: peer.name)
def test_every_peer_finds_what_is_asked_in_its_words(peer: Way) -> None:
    peer.load()
    find = peer.make(FRUIT)
    if peer.name != "WRatio":  # which does not even do that
        assert find("how to peel damsons")[0] == "damsons"
    for text in ("", "…?!", "AND OR NOT", 'a "quote', "field:value -minus (", "\u0416" * 500):
        found = find(text)
        assert len(found) == len(set(found)) <= 3
        assert set(found) <= {entry.id for entry in FRUIT}


def test_a_base_of_a_size_holds_what_is_asked_for_among_others() -> None:
    mixed = bases.among(FRUIT[:2], FRUIT[2:4], 20)
    assert len(mixed) == 20
    assert len({entry.id for entry in mixed}) == 20
    assert {*FRUIT[:4]} < {*mixed}
    assert sum(map(bases.made_up, mixed)) == 16
    assert mixed == bases.among(FRUIT[:2], FRUIT[2:4], 20)


def test_varied_entries_are_made_of_the_words_of_others() -> None:
    known = {word for entry in FRUIT for text in entry.phrasings for word in text.split()}
    said = [word for entry in bases.varied(FRUIT, 200) for word in " ".join(entry.phrasings).split()]
    others = [word for word in said if word not in known]
    assert 0.01 < len(others) / len(said) < 0.06


def test_what_is_measured_apart_leaves_nothing_behind() -> None:
    here = os.getpid()
    left: list[int] = []

    def measured() -> int:
        left.append(1)
        return os.getpid()

    assert apart(measured) != here
    assert left == []


def test_what_fails_apart_fails_here(capfd: pytest.CaptureFixture[str]) -> None:
    def failing() -> int:
        raise RuntimeError("no such fruit")

    with pytest.raises(ChildProcessError, match="ended with 1"):
        apart(failing)
    assert "no such fruit" in capfd.readouterr().err


def test_memory_is_told_where_the_system_tells_it() -> None:
    before = resident()
    kept = bytearray(b"x" * (64 << 20))
    after = resident()
    if before is not None and after is not None:
        assert after - before > 50
    assert len(kept) == 64 << 20


TABLE = Table(
    "fruit/size",
    "Fruit: size",
    (Column("fruit"), Column("year"), Column("size", "cm", 2), Column("n")),
    (("apple", 2024, 7.123, 10), ("apple", 2025, 8.0, 1_000), ("plum", 2024, None, 3)),
    ("Measured across.",),
)


def test_a_table_survives_being_written() -> None:
    assert Table.of(json.loads(json.dumps(TABLE.data()))) == TABLE


def test_a_table_as_markdown() -> None:
    assert TABLE.markdown() == (
        "| fruit | year | size, cm | n |\n"
        "| --- | --: | --: | --: |\n"
        "| apple | 2,024 | 7.12 | 10 |\n"
        "| apple | 2,025 | 8.00 | 1,000 |\n"
        "| plum | 2,024 | – | 3 |\n"
        "\n"
        "Measured across."
    )


def test_a_table_turned_across() -> None:
    turned = TABLE.across("fruit", ["year"], ["size", "n"])
    assert [column.name for column in turned.columns] == ["fruit", "2,024", "2,025"]
    assert turned.rows == (("apple", "7.12 / 10", "8.00 / 1,000"), ("plum", "– / 3", None))


def test_what_is_recorded_is_drawn_alike_and_stands_by_itself(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="without the extra pkgdesk[dev]")
    recorded = (json.loads(path.read_text("utf-8")) for path in sorted(FIGURES.glob("*.json")))
    tables = [Table.of(each) for table in recorded for each in table]
    drawn = []
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        drawn.append({path.name: path.read_bytes() for path in draw(tables, folder, print, "svg")})
    assert drawn[0] == drawn[1]
    assert drawn[0].keys() == {path.name for path in FIGURES.glob("*.svg")}
    for picture in drawn[0].values():
        text = picture.decode()
        ElementTree.fromstring(text)
        assert not re.search(r'@import|@font-face|<image|href="(?!#)|url\((?!#)', text)
