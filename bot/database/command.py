"""`pkgdesk db`: its commands, and the exit codes of what can go wrong with a database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.command_line import FAILED, OK, RUNNING, WRONG_USE, ConfigOption, JsonOption, Stop, note, own_config

db = typer.Typer(no_args_is_help=True, help="Look at the database, copy it, restore it, bring it up to date.")


@db.command("status")
def status(config: ConfigOption = None, as_json: JsonOption = False) -> int:
    """Say where the database is and what is in it.

    Also of which version it is, how large, and how many questions are in which state.
    """
    from bot.database import upkeep

    with _errors():
        upkeep.show(_database(config), as_json=as_json)
    return OK


@db.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy.")],
    config: ConfigOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE where it is there already.")] = False,
) -> int:
    """Copy the database, also of a running desk.

    It is then looked whether the copy is whole.
    """
    from bot.database import upkeep

    with _errors():
        upkeep.back_up(_database(config), file, force=force)
    return OK


@db.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy that `db backup` made.")],
    config: ConfigOption = None,
) -> int:
    """Put a copy in the place of the database.

    The database is kept under another name. No desk may be running.
    """
    from bot.database import upkeep

    with _errors():
        upkeep.restore(_database(config), file, datetime.now(UTC))
    return OK


@db.command("upgrade")
def upgrade(config: ConfigOption = None) -> int:
    """Bring the database up to date after an update of pkgdesk. The start of a desk does that, too."""
    from bot.database import upkeep

    with _errors():
        upkeep.upgrade(_database(config))
    return OK


def votes_in(url: str) -> tuple[Any, ...]:
    """The votes (`knowledge.votes.Vote`) that a desk would heed; none where there is no database yet. One
    that cannot be read costs no more than the votes, and is noted."""
    from bot.store import standing

    return _of_a_desk(url, standing.votes_in, "the votes of askers")


def corrections_in(url: str) -> tuple[Any, ...]:
    """The same of what people said of where questions belong (`routing.past.corrections.Correction`)."""
    from bot.store import standing

    return _of_a_desk(url, standing.corrections_in, "what people said of where questions belong")


def unanswered_in(url: str, since: datetime) -> tuple[Any, ...]:
    """The same of the questions from `since` on that the base did not answer (`knowledge.gaps.Asked`)."""
    from bot.store import standing

    return _of_a_desk(url, lambda url: standing.unanswered_in(url, since), "what was asked")


def usage_in(url: str, since: datetime) -> Any:
    """The same of how the base was used from `since` on (`bot.usage.Usage`); None where it cannot be told."""
    from bot.store import standing

    found = _of_a_desk(url, lambda url: standing.usage_in(url, since), "how the base is used")
    return found[0] if found else None


def _of_a_desk(url: str, read: Callable[[str], tuple[Any, ...]], what: str) -> tuple[Any, ...]:
    from bot.config import SQLITE

    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        return ()
    from bot.store.errors import StoreError

    try:
        return read(url)
    except StoreError as error:
        note(f"without {what}: {error}")
        return ()


def _database(config: Path | None) -> str:
    """The URL of the database that the configuration names."""
    path = own_config(config)
    if path is None:
        raise Stop(
            WRONG_USE, "there is no configuration here to say where the database is: name one with --config"
        )
    from bot import log
    from bot.config import load

    settings = load(path)
    log.set_up_for_a_command(settings)
    return settings.database_url


@contextmanager
def _errors() -> Iterator[None]:
    """What `bot.database.upkeep` raises, with its exit code."""
    from bot.database.upkeep import OtherTools
    from bot.store.errors import AlreadyRunning, StoreError, WrongFile

    try:
        yield
    except OtherTools as error:
        raise Stop(WRONG_USE, str(error), *error.lines) from error
    except WrongFile as error:
        raise Stop(WRONG_USE, str(error)) from error
    except StoreError as error:
        raise Stop(RUNNING if isinstance(error, AlreadyRunning) else FAILED, str(error)) from error
