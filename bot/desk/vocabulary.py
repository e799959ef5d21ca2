"""What operators may say from outside of chat: the command table, for control socket and command line.

In chat, words that are no command are a question. Whoever operates the desk by hand or from a script has
mistyped: they are told so, and nothing is asked of anybody. Pure.
"""

from typing import Any

from bot.desk import replies
from bot.desk.commands import COMMANDS
from bot.desk.grammar import parse
from routing.sections import nearest

_PREFIX = "!"
"""Marks the words as a command, whatever the desk's own prefix is."""

_LIVE = frozenset({"ask", "say", "reload", "pause", "resume", "drain"})


def refused(words: str) -> str | None:
    """Why `words` are no command, in a line; None where they are one."""
    said = parse(_PREFIX + words, me="", private=True, prefix=_PREFIX)
    if said.command is None:
        near = _meant(words)
        hint = f", did you mean `{near}`?" if near else ""
        return f"there is no command `{words[:40]}`{hint} (`help` lists what there is)"
    command = COMMANDS[said.command]
    return replies.usage(command.usage, command.meaning) if said.usage else None


def _meant(words: str) -> str | None:
    """The command that `words` may be meant to begin with: one of several words, else by the first."""
    said, known = words.casefold().split(), names()
    for length in sorted({name.count(" ") + 1 for name in known}, reverse=True):
        alike = {name: path for name, path in known.items() if name.count(" ") + 1 == length or length == 1}
        if len(said) >= length and (near := nearest(" ".join(said[:length]), alike)):
            return near
    return None


def needs_running(words: str) -> bool:
    """Whether a command is about the process, or about what is said now."""
    return parse(_PREFIX + words, me="", private=True, prefix=_PREFIX).command in _LIVE


def names() -> dict[str, str]:
    """Everything that a line may begin with, with what it is short for."""
    return {name: each.path for each in COMMANDS.values() for name in (each.path, *each.aliases)}


def table() -> list[dict[str, Any]]:
    """The commands, as the control socket lists them."""
    return [
        {"usage": each.usage, "meaning": each.meaning, "names": [each.path, *each.aliases]}
        for each in COMMANDS.values()
    ]


def explained(words: str) -> tuple[str, ...] | None:
    """Help for people: of one command, or, without `words`, of all; None where there is no such command."""
    if not words:
        width = max(len(each.usage) for each in COMMANDS.values())
        return tuple(f"{each.usage:<{width}}  {each.meaning}" for each in COMMANDS.values())
    path = names().get(" ".join(words.casefold().split()))
    return (replies.usage(COMMANDS[path].usage, COMMANDS[path].meaning),) if path else None
