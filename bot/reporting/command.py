"""`pkgdesk kb report`: the command, in the group of `bot.command_line`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from bot.command_line import OK, WRONG_USE, ConfigOption, JsonOption, Stop, kb, note, own_config
from bot.database.command import usage_in

_MOST = timedelta(days=3660)


@kb.command("report")
def report(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write one page with plots, which needs nothing else."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it is there already.")] = False,
    since: Annotated[
        str, typer.Option("--since", metavar="SPAN", help="Of what was asked so long ago and since.")
    ] = "26w",
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=100_000, help="At most so many lines of each list.")
    ] = 10,
) -> int:
    """Look at the whole base: what is in it, what it answers, and what wants a look.

    Entries by section and by version; which are asked for, confirmed and refused most, and which never; whose
    review is due or that nobody verified; drafts that wait; who answered, week by week. Of what people said
    nothing is told but numbers. A desk may be running meanwhile; where there is no database yet, it is the
    base alone. --json has everything, whatever --limit says.
    """
    path = own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE,
            "there is no configuration here to say where base and database are: name one with --config",
        )
    if html is not None and as_json:
        raise Stop(WRONG_USE, "--json and --html are two forms of the same: give one of them")
    from bot import log
    from bot.config import load
    from bot.reporting import page, telling
    from bot.reporting.reading import look_before, read, write
    from bot.screen import console
    from knowledge.documents import duration

    try:
        span = duration(since)
    except ValueError as error:
        raise typer.BadParameter(f"--since: `{since}`: {error}") from None
    settings = load(path)
    log.set_up_for_a_command(settings)
    at = datetime.now(UTC)
    if html is not None:
        look_before(html, force=force)
    found = read(settings, at - min(span, _MOST), at, usage_in, note)
    if as_json:
        print(json.dumps(telling.data(found), indent=2, ensure_ascii=False))
    elif html is not None:
        write(html, page.page(found))
        note(f"{html}: written")
    else:
        telling.show(console(), found, limit)
    return OK
