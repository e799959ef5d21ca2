"""What does not fit a model is told and left out, piece by piece; the rest of the document is taken over."""

from typing import Annotated

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from knowledge.documents import read
from knowledge.salvage import salvage


class Tool(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    size: int = 1
    tags: Annotated[list[int], Field(max_length=3)] = []


class Shed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    owner: str
    tools: dict[str, Tool] = {}
    first: Tool | None = None


def test_what_fits_is_taken_as_it_is() -> None:
    found = salvage(read("owner: alice\ntools: {saw: {name: saw, tags: [1]}}\n", "shed.yaml"), Shed)
    assert found.model == Shed(owner="alice", tools={"saw": Tool(name="saw", tags=[1])})
    assert (found.problems, found.left_out) == ((), frozenset())


def test_what_does_not_fit_costs_no_more_than_itself() -> None:
    text = "tools:\n  saw: {name: saw, size: big, tags: [1, x, 3]}\n  axe: {sise: 3}\n  awl: 5\n"
    found = salvage(read(text, "shed.yaml"), Shed)
    assert found.model.tools == {"saw": Tool(name="saw", tags=[1, 3])}
    assert not hasattr(found.model, "owner")
    assert found.model.first is None
    assert found.left_out == {
        (),
        ("tools", "saw", "size"),
        ("tools", "saw", "tags", 1),
        ("tools", "axe"),
        ("tools", "axe", "sise"),
        ("tools", "awl"),
    }
    places = [(problem.line, problem.column) for problem in found.problems]
    assert places == sorted(places)
    assert [problem.message.partition(":")[0] for problem in found.problems] == [
        "`owner` is missing",
        "tools.saw.size",
        "tools.saw.tags[1]",
        "tools.axe",
        "tools.axe.sise",
        "tools.awl",
    ]


def test_a_document_of_another_shape_leaves_the_defaults() -> None:
    found = salvage(read("- 1\n", "shed.yaml"), Shed)
    assert found.model.tools == {}
    assert [problem.message for problem in found.problems] == [
        "must be a mapping of keys to values, found a list"
    ]


WORDS = st.sampled_from(["owner", "tools", "first", "name", "size", "tags", "x", "5", ""])
VALUES = st.recursive(
    WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


def flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}": {flow(inner)}' for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return f'"{value}"'


@given(VALUES)
def test_whatever_is_written_gives_a_model_and_the_problems_say_whether_it_is_whole(value: object) -> None:
    found = salvage(read(flow(value), "shed.yaml"), Shed)
    assert bool(found.problems) == bool(found.left_out)
    if not found.problems:
        assert Shed.model_validate(value) == found.model
    else:
        for tool in found.model.tools.values():
            assert Tool.model_validate(tool.model_dump()) == tool
