"""Writes the generated parts of the documentation: `python docs/generate.py`, or `make docs`.

What stands between `<!-- NAME -->` and `<!-- /NAME -->` on any page is made from the tables of the code:
the state diagram from `bot.desk.lifecycle`, the commands of chat from `bot.desk.commands`, the command line
and its exit codes from `bot.cli`, the settings from `bot.config`, the figures from `bot.monitoring`, the
rules of lint from `knowledge.lint`; and what was measured from `docs/figures`, where `python -m benchmarks
NAME --record` keeps it. A test holds that all pages are up to date; `generated(text)` is what it compares
with.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from datetime import timedelta
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any, get_args

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from benchmarks.figures import Table
from bot.cli import EXITS, app
from bot.config import Settings
from bot.desk.commands import COMMANDS
from bot.desk.lifecycle import diagram
from bot.desk.model import Role
from bot.desk.replies import span
from bot.desk.rows import Bare
from bot.monitoring.metrics import METRICS
from knowledge.lint.rules import RULES

FOLDER = Path(__file__).parent

_WHO = {
    Role.ANYBODY: "anybody",
    Role.RESPONDER: "people of the map",
    Role.EDITOR: "editors",
    Role.OPERATOR: "operators",
}
_BARE = {
    Bare.NOBODY: "",
    Bare.PROMPTED: "as a reply to the desk's question",
    Bare.PINGED: "by whoever was pinged",
}


def pages() -> list[Path]:
    """Every page of the documentation."""
    return sorted(FOLDER.rglob("*.md"))


def lifecycle() -> str:
    return f"```mermaid\n{diagram()}\n```"


def commands() -> str:
    rows = ["| command | what it does | who | also unaddressed |", "|---|---|---|---|"]
    for command in COMMANDS.values():
        also = f" (also {', '.join(f'`{a}`' for a in command.aliases)})" if command.aliases else ""
        rows.append(
            f"| `{_cell(command.usage)}` | {_cell(command.meaning)}{also} | {_WHO[command.role]} |"
            f" {_BARE[command.bare]} |"
        )
    return "\n".join(rows)


def settings() -> str:
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    rows += [
        f"| `{name}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in fields(Settings)
    ]
    return "\n".join(rows)


def command_line() -> str:
    """A section for every command that does something, with its arguments and options."""
    sections = []
    for name, command in _leaves(typer.main.get_command(app), "pkgdesk"):
        usage, rows = name, []
        for parameter in command.params:
            if getattr(parameter, "hidden", False) or "--help" in parameter.opts:
                continue
            shown, said = _parameter(parameter)
            if parameter.param_type_name == "argument":
                usage += f" {shown}" if parameter.required else f" [{shown}]"
            rows.append(f"| `{_cell(shown)}` | {_cell(said)} |")
        told = " ".join((command.help or "").split())
        table = "\n".join(["", "| argument or option | meaning |", "|---|---|", *rows]) if rows else ""
        sections.append(f"### `{usage}`\n\n{told}\n{table}".rstrip())
    return "\n\n".join(sections)


def exits() -> str:
    rows = ["| code | meaning |", "|---|---|"]
    return "\n".join([*rows, *(f"| {code} | {meaning} |" for code, meaning in EXITS)])


def metrics() -> str:
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {_cell(metric.meaning)} |")
    return "\n".join(rows)


def lint_rules() -> str:
    rows = ["| rule | severity | what it finds | why, and what to do |", "|---|---|---|---|"]
    rows += [
        f"| `{rule.name}` | {rule.severity} | {_cell(rule.finds)} | {_cell(rule.why)} {_cell(rule.remedy)} |"
        for rule in RULES.values()
    ]
    return "\n".join(rows)


def measured(benchmark: str, name: str) -> str:
    """A table of what was measured, with its notes."""
    return _table(benchmark, name).markdown()


def across(name: str, over: Sequence[str], shown: Sequence[str], *, notes: bool = True) -> str:
    """The same of matching, a row for each method, with the values of `over` side by side."""
    table = _table("matching", name).across("method", over, shown)
    return (table if notes else replace(table, notes=())).markdown()


def machine(benchmark: str, *, load: bool = False) -> str:
    """What it was measured on; with its `load`, where durations on the wall are shown."""
    table = _table(benchmark, "machine")
    if not load:
        return f"{table.title}."
    (run,) = table.data()["rows"]
    return f"{table.title}; {run['load before']:.1f} processes wanted a core when it began."


def _table(benchmark: str, name: str) -> Table:
    tables = json.loads((FOLDER / "figures" / f"{benchmark}.json").read_text("utf-8"))
    return next(Table.of(table) for table in tables if table["name"] == name)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its full name; what stands under a name of one's own choice is written `NAME`."""
    for name, field in model.model_fields.items():
        inner = _models(field.annotation)
        yield prefix + name, field
        told: dict[str, str | None] = {}
        for each in dict.fromkeys(inner):
            between = "NAME." if "dict" in str(field.annotation) else ""
            for path, found in fields(each, f"{prefix}{name}.{between}"):
                # Networks of several kinds share some settings; what is another's says so.
                if told.get(path) == found.description:
                    continue
                kind = (
                    get_args(each.model_fields["type"].annotation)[0]
                    if told and "type" in each.model_fields
                    else ""
                )
                told.setdefault(path, found.description)
                yield path, found if not kind else _of_kind(found, kind)


def _of_kind(field: FieldInfo, kind: str) -> FieldInfo:
    of_kind = copy(field)
    of_kind.description = f"*{kind}:* {field.description}" if field.description else None
    return of_kind


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


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The commands below `command`, each with the words that call it."""
    for name, each in getattr(command, "commands", {}).items():
        if getattr(each, "commands", None):
            yield from _leaves(each, f"{path} {name}")
            if not each.invoke_without_command:
                continue
        if not each.hidden:
            yield f"{path} {name}", each


def _parameter(parameter: Any) -> tuple[str, str]:
    """An argument or option as it is typed, and what it means."""
    said = " ".join((parameter.help or "").split())
    if parameter.param_type_name == "argument":
        name = str(parameter.metavar or parameter.name.upper())
        return re.sub(r"^\[([^][]*)\]$", r"\1", name), said
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.name.upper()}"
    return ", ".join(parameter.opts) + value, said


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


PARTS: dict[str, Callable[[], str]] = {
    "lifecycle": lifecycle,
    "commands": commands,
    "settings": settings,
    "cli": command_line,
    "exits": exits,
    "metrics": metrics,
    "lint-rules": lint_rules,
    "matching/quality": lambda: across(
        "matching/quality", ["questions", "entries"], ["first", "first, misspelt"]
    ),
    "matching/latency": lambda: across("matching/latency", ["entries"], ["p50, misspelt", "p99, misspelt"]),
    "matching/build": lambda: across("matching/latency", ["entries"], ["build", "memory"], notes=False),
    "matching/ratios": partial(measured, "matching", "matching/ratios"),
    "matching/silence": partial(measured, "matching", "matching/silence"),
    "matching/methods": partial(measured, "matching", "matching/methods"),
    "matching/machine": partial(machine, "matching"),
    "ablation/first": partial(measured, "ablation", "ablation/first"),
    "routing/quality": partial(measured, "routing", "routing/quality"),
    "routing/coverage": partial(measured, "routing", "routing/coverage"),
    "routing/ways": partial(measured, "routing", "routing/ways"),
    "routing/machine": partial(machine, "routing"),
    "irc/machine": partial(machine, "irc", load=True),
    "irc/goals": partial(measured, "irc", "irc/goals"),
    "irc/chatter": partial(measured, "irc", "irc/chatter"),
    "irc/meanwhile": partial(measured, "irc", "irc/meanwhile"),
    "irc/attack": partial(measured, "irc", "irc/attack"),
    "irc/journey": partial(measured, "irc", "irc/journey"),
    "matrix/machine": partial(machine, "matrix", load=True),
    "matrix/goals": partial(measured, "matrix", "matrix/goals"),
    "matrix/rooms": partial(measured, "matrix", "matrix/rooms"),
    "matrix/join": partial(measured, "matrix", "matrix/join"),
    "matrix/answers": partial(measured, "matrix", "matrix/answers"),
    "base/machine": partial(machine, "base", load=True),
    "base/loading": partial(measured, "base", "base"),
    "base/changes": partial(measured, "base", "base/changes"),
    "lookup/paths": partial(measured, "lookup", "lookup/paths"),
    "year/shares": partial(measured, "year", "year/shares"),
    "year/promises": partial(measured, "year", "year/promises"),
    "year/course": partial(measured, "year", "year/course"),
}


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
    for page in pages():
        old = page.read_text("utf-8")
        new = generated(old)
        if new != old:
            page.write_text(new, "utf-8")
            print(f"{page.relative_to(FOLDER)}: written anew", file=sys.stderr)
