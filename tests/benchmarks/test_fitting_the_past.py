"""The weights of what the past says are fitted anew from a small history made here."""

import pytest

from benchmarks import precedent
from benchmarks.trees import Project
from routing.past.history import Commit
from routing.patterns import PathPattern
from routing.precedent import MEASURES
from routing.sections import MaintainersMap, Section
from routing.tree import Tree

SAID = {"boot": ("loader", "shim"), "disk": ("ring", "barrier"), "net": ("bridge", "frame")}
TREE = Tree.of(f"{where}/{word}.c" for where, words in SAID.items() for word in words)
MAP = MaintainersMap({name: Section(name, files=(PathPattern(f"{name}/"),)) for name in SAID}, tree=TREE)
PAST = [
    Commit(
        f"{turn} {where} {word}", 100 - turn, f"{where}: mend the {word}", "It broke.", (f"{where}/{word}.c",)
    )
    for turn in range(6)
    for where, words in SAID.items()
    for word in words
]


@pytest.fixture(scope="module")
def found() -> list[precedent.Trial]:
    return list(precedent.trials(Project("made", MAP, 0.0), PAST, newest=12))


def test_sections_and_directories_are_asked_of(found: list[precedent.Trial]) -> None:
    assert {each.name for each in found} == {
        f"made, {what}, {form}"
        for what in ("sections", "directories 2", "directories 4")
        for form in ("alone", "whole")
    }
    assert all(each.measures.shape == (12, 3, len(MEASURES)) for each in found)


def test_weights_are_fitted(found: list[precedent.Trial], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedent, "STEPS", 20)
    weights = precedent.fit(found)
    assert (weights >= 0).all()
    for name, held in precedent.BY_HAND.items():
        assert weights[MEASURES.index(name)] == held
    assert "1.000 at 1" in precedent.show(found[0], weights)
