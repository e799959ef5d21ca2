"""Writes the generated parts of the documentation: `python docs/generate.py`, or `make docs`.

What stands between `<!-- NAME -->` and `<!-- /NAME -->` is made from the tables of the code: the state
diagram from `bot.desk.lifecycle`, the commands from `bot.desk.commands`, the settings from `bot.config`. A
test holds that the files are up to date; `generated(text)` is what it compares with.
"""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.config import Settings
from bot.desk.commands import COMMANDS, Bare
from bot.desk.lifecycle import diagram
from bot.desk.model import Role
from bot.desk.replies import span

FILES = ("architecture.md", "reference.md")

_WHO = {Role.ANYBODY: "anybody", Role.RESPONDER: "people of the map", Role.OPERATOR: "operators"}
_BARE = {
    Bare.NOBODY: "",
    Bare.PROMPTED: "as a reply to the desk's question",
    Bare.PINGED: "by whoever was pinged",
}


def lifecycle() -> str:
    return f"```mermaid\n{diagram()}\n```"


def commands() -> str:
    rows = ["| command | what it does | who | also unaddressed |", "|---|---|---|---|"]
    for command in COMMANDS.values():
        also = f" (also {', '.join(f'`{a}`' for a in command.aliases)})" if command.aliases else ""
        usage = command.usage.replace("|", "\\|")
        rows.append(f"| `{usage}` | {command.meaning}{also} | {_WHO[command.role]} | {_BARE[command.bare]} |")
    return "\n".join(rows)


def settings() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {_default(field)} | {(field.description or '').replace('|', chr(92) + '|')} |"
        for name, field in fields(Settings)
    ]
    return "\n".join(rows)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its full name; what stands under a name of one's own choice is written `NAME`."""
    for name, field in model.model_fields.items():
        inner = _models(field.annotation)
        yield prefix + name, field
        for each in inner:
            between = "NAME." if "dict" in str(field.annotation) else ""
            yield from fields(each, f"{prefix}{name}.{between}")


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    if isinstance(value, BaseModel) or value in ({}, [], (), None):
        return ""
    if isinstance(value, timedelta):
        return f"`{span(value).replace(' ', '').replace('min', 'm')}`"
    if isinstance(value, IntEnum):
        return f"`{value.name.lower()}`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`"


PARTS: dict[str, Callable[[], str]] = {"lifecycle": lifecycle, "commands": commands, "settings": settings}


def generated(text: str) -> str:
    """`text` with every generated part as it must be now."""
    for name, part in PARTS.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda found, part=part: f"{found[1]}{part()}\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    folder = Path(__file__).parent
    for name in FILES:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(generated(text), encoding="utf-8")
        print(f"{name}: up to date", file=sys.stderr)
