"""What `get_maintainer.pl` said of paths of real trees, where that is at hand."""

import gzip
import json
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from routing.answers import Answer, answer
from routing.formats.maintainers import parse
from routing.sections import MaintainersMap
from routing.tree import Tree

ROUTE = Path(__file__).parents[3] / "shared" / "data" / "route"
ADDRESS = re.compile(r"^(?:[^<]*<)?([^\s<>]+@[^\s<>]+)>? \(")


@pytest.fixture(scope="module", params=["xen", "linux"])
def tree(request: pytest.FixtureRequest) -> tuple[MaintainersMap, list[dict[str, list[str]]]]:
    folder = ROUTE / request.param
    if not folder.is_dir():
        pytest.skip(f"the tree of {request.param} is not here")
    paths = gzip.decompress((folder / "paths.txt.gz").read_bytes()).decode().splitlines()
    found = parse(
        gzip.decompress((folder / "MAINTAINERS.gz").read_bytes()), "MAINTAINERS", tree=Tree.of(paths)
    )
    golden = gzip.decompress((folder / "golden.dev.jsonl.gz").read_bytes()).decode().splitlines()
    return found.built(), [json.loads(line) for line in golden]


def ties(of: MaintainersMap, found: Answer) -> Iterator[set[str]]:
    """The sections by their titles; what is equally deep comes in no certain order."""
    for _, equals in groupby(found.owning, key=lambda each: each.depth):
        yield {of.sections[each.section].title for each in equals}


def test_the_sections_and_their_order_are_the_same(
    tree: tuple[MaintainersMap, list[dict[str, list[str]]]],
) -> None:
    of, golden = tree
    wrong = []
    for each in golden:
        said = iter(each["sections"])
        same = all({next(said, "") for _ in tie} == tie for tie in ties(of, answer(of, str(each["path"]))))
        if not same or next(said, None) is not None:
            wrong.append(each["path"])
    assert wrong == []


def test_the_same_people_and_lists_are_told(
    tree: tuple[MaintainersMap, list[dict[str, list[str]]]],
) -> None:
    of, golden = tree
    same = 0
    for each in golden:
        found = answer(of, str(each["path"]))
        told = {one.email.lower() for one in (*found.people, *found.lists)}
        same += told == {address.lower() for line in each["addresses"] for address in ADDRESS.findall(line)}
    assert same / len(golden) >= 0.99
