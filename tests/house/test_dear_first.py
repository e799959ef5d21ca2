"""The order of the tests of a run: nothing is lost by it, and what is dear stands at the front of a share."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dear_first import DEAR, dear_first

TESTS = Path(__file__).parents[1]


def items(*names: str) -> list[Any]:
    return [SimpleNamespace(path=TESTS / name, number=number) for number, name in enumerate(names)]


def test_every_dear_module_is_there() -> None:
    assert [name for name in DEAR if not (TESTS / name).exists()] == []


@pytest.mark.parametrize("workers", [1, 2, 4, 7])
def test_none_is_lost_and_each_share_begins_with_a_dear_one(workers: int) -> None:
    given = items(*["desk/test_asking.py"] * 97, *(name for name in DEAR for _ in range(2)))
    ordered = dear_first(given, workers)
    assert sorted(item.number for item in ordered) == list(range(len(given)))
    begin = 0
    for number in range(workers):
        assert "/".join(ordered[begin].path.parts[-2:]) in DEAR
        begin += (len(ordered) - begin) // (workers - number)


@pytest.mark.parametrize("names", [(), ("desk/test_asking.py",), ("crash/test_kill.py",) * 9])
def test_a_few_tests_are_all_there(names: tuple[str, ...]) -> None:
    assert len(dear_first(items(*names), 4)) == len(names)
