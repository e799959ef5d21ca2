"""`pkgdesk kb lint`: the command, in the group of `bot.command_line`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, kb, note, own_config

RuleOption = list[str] | None


@kb.command("lint")
def lint(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="The folder of entries; else that of the configuration, else the current one.",
        ),
    ] = None,
    config: ConfigOption = None,
    only: Annotated[
        RuleOption, typer.Option("--only", metavar="RULE", help="Only this rule; may be given several times.")
    ] = None,
    ignore: Annotated[
        RuleOption,
        typer.Option("--ignore", metavar="RULE", help="Not this rule; may be given several times."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
    as_json: JsonOption = False,
    format_: Annotated[
        Literal["text", "github"],
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, or github: as annotations beside a pull request's lines.",
        ),
    ] = "text",
    explain: Annotated[
        bool, typer.Option("--rules", "--list", help="Explain every rule, and look at nothing.")
    ] = False,
) -> int:
    """Look for what is worth mending in a knowledge base.

    It needs no configuration, no database and no network, so that it can run where the entries are kept.
    Where there is a configuration, its facets and its map are heeded. What is deliberate is allowed by a
    comment: `# lint: allow RULE` behind a line, or on a line of its own for the whole file. 0: no errors; 1:
    some.
    """
    from bot.linting import telling
    from bot.linting.looking import look

    if explain:
        if as_json:
            print(json.dumps(telling.rules_data(), indent=2, ensure_ascii=False))
        else:
            print(telling.explained())
        return OK
    if as_json and format_ != "text":
        raise Stop(WRONG_USE, "--json is a format of its own: give either --json or --format")
    today = datetime.now(UTC).date()
    form = "json" if as_json else format_
    passes = look(
        folder, own_config(config), today, only=only, ignore=ignore, strict=strict, form=form, note=note
    )
    return OK if passes else NOT_FOUND
