"""How a line that was said reads: as a command of the table, or as words.

    line = NAME ":" words | PREFIX words | words        the latter two in a channel, and privately

The words are a command where the longest path of the table that they begin with is followed by arguments that
the command takes; otherwise they are a question. Must not import anything but the table.
"""

import re
from collections.abc import Callable

from bot.desk.addressing import address
from bot.desk.commands import PATHS
from bot.desk.model import Role
from bot.desk.rows import Bare, Command
from bot.desk.said import Said
from knowledge.words.spelling import Speller
from routing.presence import fold

_LONGEST = max(len(path.split()) for path in PATHS)
_SPELLER = Speller({word for path in PATHS for word in path.split()})
_NUMBER = re.compile(r"#?[0-9]{1,9}")
_WISH = re.compile(
    r"(?:i(?:['’]?m| am) )?(?:very |so )?(?P<word>busy|hours|budget|pings)\b(?!.*\?$).*",
    re.IGNORECASE | re.DOTALL,
)
_WISHED_IN = 6


def parse(text: str, *, me: str, private: bool, prefix: str) -> Said:
    """How a line reads that was said where the desk is called `me`."""
    text = text.strip()
    start, rest = address(text)
    if start is not None and fold(start) == fold(me):
        return _words(rest, Said(text=rest.strip(), named=True))
    if prefix and text.startswith(prefix):
        words = text[len(prefix) :]
        said = _words(words, Said(text=words.strip(), prefixed=True, named=private))
        # An unknown `!word` belongs to some other bot.
        if said.command or said.usage or private:
            return said
        return Said(text=text)
    return _words(text, Said(text=text, named=private))


def meant(text: str, *, role: Role, known: Callable[[str], bool]) -> str | None:
    """The command that `text`, a line said to the desk, misspells; `role`: what its speaker may do.
    None where there is more in the line than a command and a number, or a word that is `known` elsewhere."""
    words = text.casefold().rstrip("!?. ").split()
    number = words[-1:] if len(words) > 1 and _NUMBER.fullmatch(words[-1]) else []
    named = words[: len(words) - len(number)]
    if len(named) > _LONGEST:
        return None
    repaired, changes = _SPELLER.repair(named)
    command = PATHS.get(" ".join(repaired))
    if not changes or command is None or command.role > role or any(known(word) for word, _ in changes):
        return None
    return " ".join([*repaired, *number])


def wish_meant(text: str, *, role: Role) -> str | None:
    """The command by which somebody who may be asked seems to say how they wish to be, in a line to the desk
    that it does not take: few words that begin with its name and do not ask ("busy a few days")."""
    found = _WISH.fullmatch(text.strip())
    if found is None or len(text.split()) > _WISHED_IN:
        return None
    command = PATHS[found["word"].casefold()]
    return command.path if command.role <= role else None


def _words(text: str, said: Said) -> Said:
    words = text.strip().rstrip("!. ").split()
    for count in range(min(_LONGEST, len(words)), 0, -1):
        written = " ".join(words[:count]).casefold()
        head = written.rstrip(",;:.!–-")
        command = PATHS.get(head) or (_asked(head) if said.addressed and count == len(words) else None)
        if command is None:
            continue
        tail = _after(text, count)
        if command.path in {"1", "2", "3"} or count == len(words):
            tail = tail.rstrip("!. ")
        found = re.fullmatch(command.args, tail, re.IGNORECASE | re.DOTALL)
        if found is None and head != written:
            # "no, it still fails": the mark behind the word sets the rest apart.
            found = re.fullmatch(command.args, f"{written[len(head) :]} {tail}", re.IGNORECASE | re.DOTALL)
        if found:
            args = {key: value for key, value in found.groupdict().items() if value is not None}
            if command.path.isdigit():
                args["choice"] = command.path
            return Said(said.text, said.named, said.prefixed, command.path, args)
        if said.prefixed or (said.named and count == len(words)):
            return Said(said.text, said.named, said.prefixed, command.path, usage=True)
    return said


def _asked(words: str) -> Command | None:
    """A command said as a question to the desk: `missed?`, `why?`. A bare word with a question mark is one to
    somebody."""
    command = PATHS.get(words.rstrip("?"))
    return command if command is not None and command.bare is Bare.NOBODY else None


def _after(text: str, count: int) -> str:
    """What follows the first `count` words, inner white space kept."""
    parts = text.strip().split(maxsplit=count)
    return parts[count].strip() if len(parts) > count else ""
