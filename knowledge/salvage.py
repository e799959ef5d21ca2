"""What a document that does not fit its model still says, so that the rest of it can be checked all the same.

Somebody who repairs a file wants to know everything that is wrong with it at once, also what only shows when
its parts are compared with each other. So whatever does not fit is left out, piece by piece: an item of a
list, a key of a mapping, or the mapping that lacks a key. What remains is a model whose fields hold what was
written, or their defaults.

Such a model is for looking at, never for running on. A leaf, like `knowledge.documents`, which `routing` and
`bot` may use; of the house it imports no more than the parts of that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from knowledge.complaints import complaints
from knowledge.composing import Document, Location, Problem, Value, in_order

ModelT = TypeVar("ModelT", bound=BaseModel)

_ROUNDS = 10
"""What is left out can make something else wrong (a mapping that lacks a key, a list that is too short)."""


@dataclass(frozen=True, slots=True)
class Salvage(Generic[ModelT]):
    """A document as an instance of its model, and all that did not fit.

    Where there are `problems`, required fields may be missing from `model` (`getattr` with a default finds
    out), and `left_out` are the places of what was not taken over.
    """

    model: ModelT
    problems: tuple[Problem, ...] = ()
    left_out: frozenset[Location] = frozenset()


def salvage(document: Document, model: type[ModelT]) -> Salvage[ModelT]:
    """The document as an instance of `model`, or as much of one as there is. Never raises for its content."""
    try:
        return Salvage(model.model_validate(document.value))
    except ValidationError as error:
        found = list(complaints(error, document.value, model))
    written = document.value if isinstance(document.value, dict) else {}
    kept = {}
    for name, field in model.model_fields.items():
        if name in written:
            adapter = TypeAdapter[Any](field.rebuild_annotation())
            taken, value = _pruned(adapter, written[name], model)
            if taken:
                kept[name] = value
    return Salvage(
        model.model_construct(**kept),
        tuple(in_order([document.problem(path, sentence) for path, sentence in found])),
        frozenset(path for path, _ in found),
    )


def _pruned(adapter: TypeAdapter[Any], value: Value, model: type[BaseModel]) -> tuple[bool, Any]:
    """Whether anything of `value` fits, and what does."""
    for _ in range(_ROUNDS):
        try:
            return True, adapter.validate_python(value)
        except ValidationError as error:
            wrong = {path for path, _ in complaints(error, value, model)}
            if () in wrong:
                break
            value = _without(value, (), wrong)
    return False, None


def _without(value: Value, at: Location, wrong: Iterable[Location]) -> Value:
    """`value`, which stands at `at`, less what stands at the places that are `wrong`."""
    if isinstance(value, dict):
        return {
            key: _without(inner, (*at, key), wrong) for key, inner in value.items() if (*at, key) not in wrong
        }
    if isinstance(value, list):
        return [
            _without(inner, (*at, index), wrong)
            for index, inner in enumerate(value)
            if (*at, index) not in wrong
        ]
    return value
