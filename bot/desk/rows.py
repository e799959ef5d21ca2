"""One row of the command table, as a value; the rows themselves stand in `bot.desk.commands`."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.desk.case import Case
from bot.desk.effects import Effect
from bot.desk.events import Heard
from bot.desk.model import Role
from bot.desk.said import Said

Handler = Callable[[Case, Heard, Said], list[Effect]]

NUMBER = r"(?P<number>#?[0-9]{1,9}(?!\.?[0-9]))"  # "no, 4.17" names no question
TEXT = r"(?P<text>\S.*)"
"""What many commands take: the number of a question; any words."""


class Bare(StrEnum):
    """Who may say a command as a bare word, without addressing the desk."""

    NOBODY = "nobody"
    PROMPTED = "prompted"
    PINGED = "pinged"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table. `path`: the words that name it; `args`: what may follow, in full, as a regular
    expression; `usage` and `meaning`: what a user is shown; `aliases`: other spellings of the path."""

    path: str
    args: str
    usage: str
    meaning: str
    handler: Handler
    role: Role = Role.ANYBODY
    bare: Bare = Bare.NOBODY
    aliases: tuple[str, ...] = ()
