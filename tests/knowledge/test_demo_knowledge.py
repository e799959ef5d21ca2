"""The demo's knowledge base is whole, and each of its own phrasings is answered by its entry."""

from collections import Counter
from pathlib import Path

import pytest

import bot.demo
from knowledge.confidence import Band, band
from knowledge.facets import FacetKind
from knowledge.files import parse_entry, to_yaml
from knowledge.library import learned, load
from knowledge.words.text import terms, tokens
from routing.formats.native import read_map

FOLDER = Path(bot.demo.__file__).parent / "knowledge"
DECLARED = (
    FacetKind("xen", words=("hypervisor",), bare=True),
    FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh", "virt-manager")}),
)
SNAPSHOT = load(FOLDER, DECLARED)
SECTIONS = set(read_map(FOLDER.parent / "map.yaml").sections)


@pytest.fixture(scope="module")
def calibrated():
    return learned(SNAPSHOT)


def test_the_base_is_whole():
    assert SNAPSHOT.problems == ()
    assert len(SNAPSHOT.entries) >= 42


def test_no_two_entries_say_the_same():
    said = Counter(answer.short for entry in SNAPSHOT.entries for answer in entry.answers)
    asked = Counter(
        frozenset(terms(tokens(phrasing))) for entry in SNAPSHOT.entries for phrasing in entry.phrasings
    )
    assert [short for short, times in said.items() if times > 1] == []
    assert [words for words, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("entry", SNAPSHOT.entries, ids=lambda entry: entry.id)
def test_an_entry_is_complete(entry):
    assert len(entry.phrasings) >= 3
    assert entry.section in SECTIONS
    assert entry.verified
    assert entry.review_after
    for answer in entry.answers:
        assert answer.text
        assert answer.source.startswith("https://")
    assert parse_entry(to_yaml(entry), "written.yaml", entry.id) == entry


@pytest.mark.parametrize("entry", SNAPSHOT.entries, ids=lambda entry: entry.id)
def test_every_phrasing_is_answered_by_its_entry(entry, calibrated):
    for snapshot in (SNAPSHOT, calibrated):
        for phrasing in entry.phrasings:
            matches = snapshot.index.search(phrasing).matches
            assert matches[0].entry == entry, phrasing
            assert band(matches) is Band.ANSWER, phrasing


def test_the_version_decides_between_xm_and_xl():
    def answer(text: str) -> tuple[str, bool]:
        match = SNAPSHOT.index.search(text).matches[0]
        return match.holds_for, match.contested

    assert answer("Should we still ship xend and xm?") == ("xen ≥ 4.5", True)
    assert answer("Should we still ship xend and xm with xen 4.4?") == ("xen < 4.5", False)
    assert answer("Should we still ship xend and xm with 4.17.2-3.mga9?") == ("xen ≥ 4.5", False)


def test_the_version_decides_how_long_it_is_supported():
    def answer(text: str) -> str:
        return SNAPSHOT.index.search(text).matches[0].holds_for

    assert answer("when does Xen 4.17 go out of support") == "xen ≥ 4.17 and < 4.20"
    assert answer("when does Xen 4.20 go out of support") == "xen ≥ 4.20"
    assert answer("when does Xen 4.12 go out of support") == "xen < 4.17"
