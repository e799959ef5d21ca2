"""Repair of misspelt words: what is repaired, and what must be left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from knowledge.words.spelling import LONG, MOST, Speller

SPELLER = Speller(
    {
        "qemu": 9,
        "build": 8,
        "network": 5,
        "xenstored": 4,
        "hand": 3,
        "configure": 3,
        "configuration": 2,
        "boot": 2,
    }
    | {"bridge": 5, "bridle": 1, "libxl.so": 1, "dom0": 4}
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("qmeu", "qemu"),  # swapped
        ("qeu", "qeu"),  # too short to be sure
        ("qemuu", "qemu"),
        ("ntework", "network"),
        ("netwrok", "network"),
        ("xenstord", "xenstored"),
        ("xnestored", "xenstored"),
        ("cofnigrue", "cofnigrue"),  # two edits, and too short to be sure
        ("cofnigurtaion", "configuration"),
        ("bridfe", "bridge"),
        ("metwork", "network"),
        ("etwork", "network"),
        ("xnetwork", "xnetwork"),  # as programs are named
    ],
)
def test_misspelt_words_are_repaired(typed, meant):
    repaired, changes = SPELLER.repair([typed])
    assert repaired == [meant]
    assert changes == (((typed, meant),) if typed != meant else ())


@pytest.mark.parametrize(
    "word",
    [
        "build",
        "hang",
        "dom1",
        "libxl.so.4",
        "4.17",
        "--wiht-qemu",
        "xyzzy",
        "jand",
        "the",
        "q" * 50,
        "",
        "böot1",
    ],
)
def test_other_words_are_left_alone(word):
    assert SPELLER.repair([word]) == ([word], ())


def test_between_equally_near_words_the_frequent_one_is_meant():
    assert SPELLER.repair(["bride"])[0] == ["bridge"]


def test_every_word_keeps_its_place_and_a_repeated_one_is_told_once():
    assert SPELLER.repair(["the", "netwrok", "of", "qmeu", "netwrok"]) == (
        ["the", "network", "of", "qemu", "network"],
        (("netwrok", "network"), ("qmeu", "qemu")),
    )


def test_the_work_for_one_question_is_bounded():
    typed = [f"netw{letter}ork" for letter in "abcdefghijklmnopqrstuvwxyz"]
    assert len(SPELLER.repair(typed)[1]) == MOST


def test_a_plain_list_of_words_is_a_vocabulary_too():
    speller = Speller(["kernel", "module"])
    assert "kernel" in speller
    assert speller.repair(["kernle"])[0] == ["kernel"]
    assert Speller([]).repair(["kernle"]) == (["kernle"], ())


@given(st.text("abcdefgh", min_size=1, max_size=12))
def test_a_repair_is_near_and_known(word):
    speller = Speller(["abcdefgh", "hgfedcba", "abba", "cafe", "facade", "baggage"])
    [repaired], changes = speller.repair([word])
    if changes:
        assert repaired in speller
        assert OSA.distance(word, repaired) <= (1 if len(word) < LONG else 2)
    else:
        assert repaired == word
