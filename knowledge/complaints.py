"""What pydantic found wrong in a document, said to the person who wrote it.

pydantic locates an error by a tuple that also names the branches of unions and marks keys (`("hours",
"[key]")`; our tags of branches stand in brackets, too); here it is walked along the value, so that what
remains is a path that exists in the text. Where no branch of a union fits, the branches are told in one
sentence; where one branch came further than the others, only its errors are told, since it is the one that
was meant. What may be a password is never repeated: what is told goes to logs and channels.

A leaf: it knows pydantic and rapidfuzz and imports nothing of the house.
"""

import re
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

Path: TypeAlias = tuple[str | int, ...]

NEAR = 70.0
"""rapidfuzz ratio (0 to 100) from which a key or choice is near enough to be suggested."""

HUSHED_KEYS = "password|passphrase|secret|token|credential|sasl"
"""What the name of a key holds (a regular expression, in whatever case) whose value may be a password."""

_SECRET = re.compile(f"{HUSHED_KEYS}|^key$", re.IGNORECASE)  # a bare `key` is a channel's
_IN_URLS = (
    # user:password@host, after :// or by itself; a password may hold @ and / itself
    re.compile(r"((?:://|(?<![^\s\"'`{\[,]))[^/\s:@\"'`{\[,]*:)(?!//)(\S+)(?=@)"),
    re.compile(r"(?i)([?&;][\w.-]*(?:password|passphrase|secret|token|credential)[\w.-]*=)([^&\s]+)"),
)

# pydantic's error types (https://docs.pydantic.dev/latest/errors/validation_errors/) and what is to be there.
_WANTED = {
    "string_type": "must be text",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "set_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "mapping_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be yes or no",
    "bool_parsing": "must be yes or no",
    "date_type": "must be a date like 2026-10-01",
    "date_parsing": "must be a date like 2026-10-01",
    "date_from_datetime_parsing": "must be a date like 2026-10-01",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "string_pattern_mismatch": "must match {pattern}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "path_type": "must be a path",
    "int_parsing_size": "must be a whole number that is not so large",
    "finite_number": "must be a number that is finite",
    "date_from_datetime_inexact": "must be a date like 2026-10-01",
    "union_tag_invalid": "must be of a kind that is known ({expected_tags})",
    "union_tag_not_found": "must say what it is with {discriminator}",
}


def hushed(text: str) -> str:
    """`text`, as long as it was, without the passwords of the URLs in it."""
    for pattern in _IN_URLS:
        text = pattern.sub(lambda found: found[1] + "…" * len(found[2]), text)
    return text


def shown(value: object) -> str:
    """A value as it may stand in a sentence: one line, printable, short, and no URL with its password."""
    if value is None:
        return "nothing"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = re.sub("…+", "…", hushed(str(value)))
    cut = text if len(text) <= 60 else text[:59] + "…"
    return "`" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut) + "`"


def suggestion(given: object, meant: Mapping[str, str]) -> str:
    """`, did you mean …?` with the nearest that `given` may stand for, or nothing where none is near; `meant`
    maps what may be written to what is then meant."""
    near = process.extractOne(str(given)[:60], list(meant), scorer=fuzz.ratio, score_cutoff=NEAR)
    return f", did you mean `{meant[near[0]]}`?" if near else ""


def complaints(error: ValidationError, value: object, model: type[BaseModel]) -> Iterator[tuple[Path, str]]:
    """Every error in `error` as (path that exists in `value`, sentence)."""
    found = [_Found(detail, value) for detail in error.errors(include_url=False)]
    furthest: dict[Path, int] = {}
    for each in found:
        if each.union is not None:
            furthest[each.union] = max(furthest.get(each.union, 0), each.depth)
    told: dict[Path, list[str]] = {}
    for each in found:
        if each.union is None or each.depth > len(each.union) or each.depth == furthest[each.union]:
            told.setdefault(each.path, []).append(_sentence(each.detail, each.path, model))
    for path, sentences in told.items():
        name = _name(path, model)
        yield path, (f"{name}: " if name else "") + _joined(list(dict.fromkeys(sentences)))


class _Found:
    """One error of pydantic: the `path` of its location that exists in the value, the path of the first
    `union` on the way, and the `depth` that the branch came to."""

    __slots__ = ("depth", "detail", "path", "union")

    def __init__(self, detail: ErrorDetails, value: object) -> None:
        self.detail = detail
        self.union: Path | None = None
        missing = detail["type"] == "missing"  # then the last step is a key that is not there
        path: list[str | int] = []
        for step in detail["loc"][:-1] if missing else detail["loc"]:
            if _leads_on(value, step):
                value = value[step]  # type: ignore[index]
                path.append(step)
            elif self.union is None and not str(step).startswith("["):
                self.union = tuple(path)
        self.path = tuple(path)
        self.depth = len(path) + missing


def _leads_on(value: object, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(value, list) and 0 <= step < len(value)
    return isinstance(value, Mapping) and step in value


def _name(path: Path, model: type[BaseModel]) -> str:
    """`networks[0].nick`, as a person would point at it. Where a password may be, it may also have been taken
    for a key: only what is a key there, or nearly, is told."""
    text = ""
    for number, step in enumerate(path):
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        told = shown(step).strip("`")
        if _secret(path[:number]):
            allowed = {key: key for key in _keys_at(model, path[:number])}
            told = told if suggestion(step, allowed) else "…"
        text += ("." if text else "") + told
    return text


def _secret(path: Path) -> bool:
    """Whether what stands at `path`, or below it, may be a password."""
    return any(isinstance(step, str) and _SECRET.search(step) for step in path)


def _joined(sentences: list[str]) -> str:
    if len(sentences) == 1:
        return sentences[0]
    parts = [re.fullmatch(r"must be (.*), found (.*)", sentence) for sentence in sentences]
    if all(parts) and len({part[2] for part in parts if part}) == 1:
        found = next(part[2] for part in parts if part)
        return f"must be {' or '.join(part[1] for part in parts if part)}, found {found}"
    return "; ".join(sentences)


def _sentence(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> str:
    kind, context, location = detail["type"], detail.get("ctx") or {}, detail["loc"]
    if kind == "missing":
        return f"`{location[-1]}` is missing"
    if kind == "extra_forbidden":
        allowed = _keys_at(model, location[:-1])
        if (kind_of := _elsewhere(model, location)) is not None:
            return f"belongs to `{kind_of}`; allowed here: {', '.join(allowed) or 'none'}"
        if (meant := _in_another_part(model, location)) is not None and not _secret(path[:-1]):
            return f"unknown key here, did you mean `{meant}`?"
        near = suggestion(location[-1], {key: key for key in allowed})
        return f"unknown key{near or ';'} allowed: {', '.join(allowed) or 'none'}"
    found = "something else" if _secret(path) else shown(detail["input"])
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error", detail["msg"]))
    if kind in ("literal_error", "enum"):
        choices = re.findall("'([^']*)'", str(context.get("expected", "")))
        wanted = f"must be {_alternatives(choices) or context.get('expected')}"
        return f"{wanted}, found {found}{suggestion(detail['input'], {each: each for each in choices})}"
    if kind in _WANTED:
        return f"{_WANTED[kind].format(**context)}, found {found}"
    return f"{detail['msg'][:1].lower()}{detail['msg'][1:]}, found {found}"


def _alternatives(choices: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1] if choices else ""]))


def _keys_at(model: type[BaseModel], location: Path) -> list[str]:
    """The keys that the model allows at a pydantic location, in the order of the model."""
    keys: dict[str, None] = {}
    for each in _models(_candidates(model, location)):
        keys.update(dict.fromkeys(field.alias or name for name, field in each.model_fields.items()))
    return list(keys)


def _elsewhere(model: type[BaseModel], location: Path) -> str | None:
    """By which `key: value` one gets to the branch of a union that knows the key at the end of a pydantic
    location, which leads into another branch; None where there is none, or nothing tells them apart."""
    *there, key = location
    if not there or not str(there[-1]).startswith("["):
        return None
    for each in _models(_candidates(model, tuple(there[:-1]))):
        fields = {field.alias or name: field for name, field in each.model_fields.items()}
        for name, field in fields.items() if key in fields else ():
            values = get_args(field.annotation)
            if get_origin(field.annotation) is Literal and len(values) == 1:
                return f"{name}: {values[0]}"
    return None


def _in_another_part(model: type[BaseModel], location: Path) -> str | None:
    """Where the key at the end of a pydantic location stands instead, if that is in exactly one part of the
    document: `publishing.pull`."""
    key = location[-1]
    parts = {field.alias or name: _branches(field.annotation) for name, field in model.model_fields.items()}
    found = [
        f"{part}.{key}"
        for part, branches in parts.items()
        if part != location[0] and any(key in _keys_at(each, ()) for each in _models(branches))
    ]
    return found[0] if len(found) == 1 else None


def _candidates(model: type[BaseModel], location: Path) -> list[Any]:
    """What may be meant at a pydantic location."""
    candidates: list[Any] = [model]
    for step in location:
        following = [inner for candidate in candidates for inner in _inside(_untagged(candidate), step)]
        named = [each for each in candidates if step in (_tag(each), getattr(each, "__name__", None))]
        candidates = following or named or candidates
    return candidates


def _models(candidates: list[Any]) -> list[type[BaseModel]]:
    untagged = [_untagged(each) for each in candidates]
    return [each for each in untagged if isinstance(each, type) and issubclass(each, BaseModel)]


def _tag(candidate: Any) -> str | None:
    """The tag of a branch of a union."""
    marks = get_args(candidate)[1:] if get_origin(candidate) is Annotated else ()
    return next((mark.tag for mark in marks if isinstance(mark, Tag)), None)


def _untagged(candidate: Any) -> Any:
    return candidate if _tag(candidate) is None else get_args(candidate)[0]


def _inside(candidate: Any, step: str | int) -> list[Any]:
    if isinstance(candidate, type) and issubclass(candidate, BaseModel):
        for name, field in candidate.model_fields.items():
            if step in (name, field.alias):
                return _branches(field.annotation)
        return []
    origin, arguments = get_origin(candidate), get_args(candidate)
    if origin in (list, tuple, set, frozenset) and isinstance(step, int):
        return _branches(arguments[0])
    if isinstance(origin, type) and issubclass(origin, Mapping) and len(arguments) == 2:
        return _branches(arguments[1])
    return []


def _branches(annotation: Any) -> list[Any]:
    if _tag(annotation) is not None:
        return [annotation]
    if get_origin(annotation) is Annotated:
        return _branches(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [branch for argument in get_args(annotation) for branch in _branches(argument)]
    return [annotation]
