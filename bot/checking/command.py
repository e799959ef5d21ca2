"""`pkgdesk check`: the command, and its exit codes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import (
    NOT_FOUND,
    OK,
    WRONG_USE,
    ConfigOption,
    JsonOption,
    Stop,
    note,
    own_config,
)


def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="Check only this entry, folder of entries, or map, without a configuration.",
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings count as errors.")] = False,
) -> int:
    """Check configuration, knowledge base and map.

    Everything that is wrong is told at once, with its place. Errors are what the desk would not start with,
    what it would leave out, and what leads nowhere; warnings are worth a look. 0: no errors; 1: some.
    """
    if path is not None and config is not None:
        raise Stop(WRONG_USE, "PATH is checked without a configuration: give either PATH or --config")
    from bot.checking.verdict import verdict

    whole = None
    if path is None and (whole := own_config(config)) is None:
        # Anything else would be a clean bill of health for files that nobody meant.
        raise Stop(
            WRONG_USE,
            "there is no configuration to check: name yours with --config, check an entry, a folder of them "
            "or a map by itself with `pkgdesk check PATH`, or begin with `pkgdesk init DIR`",
        )
    today = datetime.now(UTC).date()
    passes = verdict(whole, path, today, as_json=as_json, strict=strict, note=note)
    return OK if passes else NOT_FOUND
