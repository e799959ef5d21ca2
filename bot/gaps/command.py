"""`pkgdesk kb gaps`: the command, in the group of `bot.command_line`."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from bot.command_line import NOT_FOUND, OK, WRONG_USE, ConfigOption, JsonOption, Stop, kb, note, own_config
from bot.database.command import corrections_in, unanswered_in, votes_in

_MOST = timedelta(days=3660)


@kb.command("gaps")
def gaps(
    config: ConfigOption = None,
    as_json: JsonOption = False,
    since: Annotated[
        str, typer.Option("--since", metavar="SPAN", help="Of what was asked so long ago and since.")
    ] = "90d",
    limit: Annotated[int, typer.Option("--limit", min=1, max=2000, help="At most so many.")] = 20,
) -> int:
    """Show what was asked and the base does not answer: most people first.

    Questions that ask the same are one gap, named by the number of the oldest of them that was asked in
    public; `kb gap NUMBER ANSWER` drafts an entry for it. 0: there are gaps; 1: none.
    """
    path = own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE,
            "there is no configuration here to say where base and database are: name one with --config",
        )
    from bot import log
    from bot.config import load
    from bot.gaps.telling import show
    from knowledge.documents import duration

    try:
        span = duration(since)
    except ValueError as error:
        raise typer.BadParameter(f"--since: `{since}`: {error}") from None
    settings = load(path)
    log.set_up_for_a_command(settings)
    at = datetime.now(UTC)
    found = show(
        settings,
        at - min(span, _MOST),
        at,
        limit=limit,
        as_json=as_json,
        note=note,
        votes=votes_in,
        corrections=corrections_in,
        unanswered=unanswered_in,
    )
    return OK if found else NOT_FOUND
