"""How one line reads: whether it is said to the desk, and which command it is, if any."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A parsed line.

    `text`: without the desk's name or the prefix. `named`: to the desk by name, or privately, so that it
    deserves an answer even if it is wrong. `prefixed`: began with the command prefix. `command`: the key in
    `bot.desk.commands.COMMANDS`, if the line is one; `args`: its arguments by name. `usage`: the command was
    recognised, its arguments were not. `meant`: the command that it is a misspelling of, and nothing else.
    `wish`: the command by which its speaker seems to wish something, though it cannot be read.
    """

    text: str
    named: bool = False
    prefixed: bool = False
    command: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    usage: bool = False
    meant: str | None = None
    wish: str | None = None

    @property
    def addressed(self) -> bool:
        return self.named or self.prefixed

    @property
    def number(self) -> int | None:
        """The question that the line names."""
        digits = (self.args.get("number") or "").lstrip("#")
        return int(digits) if digits else None
