"""Questions whose sections are known, as a file of JSON lines.

    {"text": "xl hangs on reboot", "paragraph": "It …", "gold": ["TOOLSTACK"], "time": 1723116470}

`paragraph`, what a person adds when asked for more, and `time`, when it was asked (Unix time in seconds), may
be missing. `gold`: the sections that own it, each of which is right; none where nobody does. Further keys are
passed over. Whatever else is wrong is told with its place (`bot.evaluating.jsonlines`), and then nothing is
measured.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from bot.evaluating.jsonlines import WrongKind, read_lines
from knowledge.documents import Document, parse_as
from routing.sections import MaintainersMap

EXAMPLE = '{"text": "…", "paragraph": "…", "gold": ["…"], "time": 1723116470}'


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, and the names of the sections that own it. `at`: when, in seconds of Unix time."""

    text: str
    paragraph: str
    gold: frozenset[str]
    at: float | None = None

    def asked(self, *, paragraph: bool = True) -> str:
        """Everything that is said, in one text."""
        return f"{self.text}\n{self.paragraph}" if paragraph and self.paragraph else self.text


@dataclass(frozen=True, slots=True)
class Placed:
    """Cases, each with the part of its gold that a map has, in the map's own spelling. `missing`: the
    sections that it does not have, with how many cases each, the most first; `lost`: how many cases had gold,
    and none of it is there."""

    cases: tuple[Case, ...]
    missing: Mapping[str, int]
    lost: int


def read_cases(path: Path) -> tuple[Case, ...]:
    """The cases of a file, in its order. Raises `knowledge.documents.DocumentError`."""
    return tuple(case for case, _ in read_lines(path, _case, EXAMPLE))


def placed(cases: Sequence[Case], map_: MaintainersMap) -> Placed:
    """The cases for a map. A name that several of its sections have in their file means all of them."""
    missing: Counter[str] = Counter()
    titled: dict[str, set[str]] = {}
    for section in map_.sections.values():
        titled.setdefault(section.title.casefold(), set()).add(section.name)
    found = []
    for case in cases:
        there: set[str] = set()
        for name in case.gold:
            one = map_.section(name)
            meant = titled.get(name.casefold(), set()) | ({one.name} if one is not None else set())
            missing.update(() if meant else (name,))
            there |= meant
        found.append(replace(case, gold=frozenset(there)))
    lost = sum(bool(before.gold) and not after.gold for before, after in zip(cases, found, strict=True))
    return Placed(tuple(found), dict(missing.most_common()), lost)


def earliest(cases: Sequence[Case]) -> float | None:
    """When the first of them was asked, of those that say it."""
    return min((case.at for case in cases if case.at is not None), default=None)


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


class _Form(BaseModel):
    text: str
    paragraph: str | None = None
    gold: list[Annotated[str, AfterValidator(_name)]]
    time: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None


def _case(document: Document) -> Case:
    if isinstance(document.value, dict) and {"path", "sections"} <= document.value.keys():
        said = "is a path with its sections, where questions are expected: `pkgdesk map path` looks paths up"
        raise WrongKind([document.problem((), said)])
    form = parse_as(document, _Form)
    return Case(form.text, form.paragraph or "", frozenset(form.gold), form.time)
