"""BM25: the formula, fields, and what stop words may and may not do."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.words.bm25 import BM25

DOCUMENTS = [["xen", "build", "qemu"], ["xen", "boot", "efi"], ["xen", "build", "efi", "efi", "grub", "disk"]]


def test_the_score_is_that_of_the_formula():
    index = BM25([(1.0, DOCUMENTS)])
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
    norm = 1.2 * (1 - 0.75 + 0.75 * 6 / 4)
    assert index.idf("efi") == pytest.approx(idf)
    assert dict(index.top({"efi": 1.0}, 3))[2] == pytest.approx(idf * 2 * 2.2 / (2 + norm), 1e-6)
    assert dict(index.top({"efi": 0.5}, 3))[2] == pytest.approx(idf * 2 * 2.2 / (2 + norm) / 2, 1e-6)


def test_rare_words_say_more_and_unknown_ones_most():
    index = BM25([(1.0, DOCUMENTS)])
    assert index.idf("xen") < index.idf("build") < index.idf("grub") < index.idf("nowhere") == index.ceiling
    assert "grub" in index
    assert "nowhere" not in index


def test_the_best_come_first_and_ties_in_their_order():
    index = BM25([(1.0, [["b"], ["a", "b"], ["b"], ["c"]])])
    assert [position for position, _ in index.top({"b": 1.0}, 3)] == [0, 2, 1]
    assert len(index.top({"b": 1.0}, 1)) == 1
    assert index.top({"zzz": 1.0}, 3) == []


def test_a_field_counts_by_its_weight():
    index = BM25([(1.0, [["qemu"], ["boot"]]), (0.4, [["boot"], ["qemu"]])])
    found = dict(index.top({"qemu": 1.0}, 5))
    assert found[0] > found[1] > 0
    assert found[1] == pytest.approx(0.4 * found[0])


def test_light_words_lift_documents_but_bring_none_in():
    index = BM25([(1.0, [["how", "build"], ["build", "x"], ["how", "boot"]])])
    assert [position for position, _ in index.top({"build": 1.0, "how": 0.4}, 5)] == [0, 1]
    assert index.top({"how": 0.4}, 5) == []


def test_an_empty_index_finds_nothing():
    assert BM25([(1.0, [])]).top({"a": 1.0}, 3) == []
    assert BM25([]).top({"a": 1.0}, 3) == []


words = st.sampled_from("abcdefgh")
documents = st.lists(st.lists(words, min_size=1, max_size=6), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)  # each makes an index, which takes some milliseconds
@given(documents, st.dictionaries(words, st.sampled_from([0.4, 1.0]), max_size=5))
def test_the_same_is_found_as_by_walking_every_document(found, query):
    index = BM25([(1.0, found)])
    heavy = {term for term, weight in query.items() if weight >= 0.5}
    average = sum(map(len, found)) / len(found)
    expected = {}
    for position, document in enumerate(found):
        if heavy & set(document):
            norm = 1.2 * (0.25 + 0.75 * len(document) / average)
            expected[position] = sum(
                weight * index.idf(term) * document.count(term) * 2.2 / (document.count(term) + norm)
                for term, weight in query.items()
            )
    assert dict(index.top(query, len(found))) == pytest.approx(expected, 1e-5)
