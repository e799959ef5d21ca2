"""What Tab offers where one types in the demo: each with its meaning beside it.

    at the start            the words that the desk waits for, and nicks with a colon
    behind a slash          the orders
    behind `pkgdesk: `      the desk's commands, and behind those that take one, the numbers of questions
                            or drafts
    behind `#`              the numbers of questions

Pure, but for asking what is known at the moment.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.demo.actor import DESK
from bot.demo.orders import ORDERS
from bot.desk.commands import COMMANDS
from bot.desk.fitting import cut
from bot.desk.model import Role
from bot.desk.rows import Command

_SHOWN = 50
_NUMBER = "NUMBER"
_DRAFT = "DRAFT"


@dataclass(frozen=True, slots=True)
class Known:
    """What can be named at the moment. `people`: who can be spoken to, each with what they are; `roles`: as
    whom one may speak, likewise; `questions`: number -> text; `drafts`: number -> the entry, of those that
    wait for a review; `expected`: the bare words that count; `role`: what one may, as whom one speaks."""

    people: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[int, str] = field(default_factory=dict)
    drafts: Mapping[int, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    role: Role = Role.ANYBODY


@dataclass(frozen=True, slots=True)
class _Offered:
    text: str
    meaning: str = ""


class ChatCompleter(Completer):
    """Asks `known` whenever something is to be completed."""

    def __init__(self, known: Callable[[], Known]) -> None:
        self._known = known

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterable[Completion]:
        wanted, offered = _offers(document.text_before_cursor, self._known())
        seen = set()
        for each in offered:
            if each.text.casefold().startswith(wanted.casefold()) and each.text not in seen:
                seen.add(each.text)
                yield Completion(each.text, -len(wanted), display_meta=each.meaning)


def _offers(before: str, known: Known) -> tuple[str, Iterable[_Offered]]:
    """The part of the line that is to be completed, and what with."""
    head, _, last = before.rpartition(" ")
    if last.startswith("#"):
        return last, _numbers(known)
    for address in (f"{DESK}: ", f"/msg {DESK} "):
        if before.casefold().startswith(address):
            return _commands(before[len(address) :], known)
    if before.startswith("/"):
        return _orders(before, head, last, known)
    return before, (
        *(_Offered(word, _meaning(word)) for word in known.expected),
        *(_Offered(f"{nick}: ", what) for nick, what in known.people.items()),
    )


def _commands(words: str, known: Known) -> tuple[str, Iterable[_Offered]]:
    commands = [command for command in COMMANDS.values() if command.role <= known.role]
    for command in commands:
        if words.startswith(f"{command.path} ") and _takes_number(command):
            return words[len(command.path) + 1 :], _numbers(known)
        if words.startswith(f"{command.path} ") and _DRAFT in command.usage:
            return words[len(command.path) + 1 :], _drafts(known)
    if words.startswith("help "):
        return words[len("help ") :], (_Offered(each.path, each.meaning) for each in commands)
    return words, (_Offered(_path(each), each.meaning) for each in commands)


def _orders(before: str, head: str, last: str, known: Known) -> tuple[str, Iterable[_Offered]]:
    match head:
        case "":
            return before, (
                _Offered(f"/{each.name}{' ' if each.takes else ''}", each.meaning) for each in ORDERS.values()
            )
        case "/be":
            return last, (_Offered(name, what) for name, what in known.roles.items())
        case "/msg":
            return last, (_Offered(f"{nick} ", what) for nick, what in known.people.items())
        case "/why":
            return last, _numbers(known)
        case "/reasons":
            return last, (_Offered("on"), _Offered("off"))
    return last, ()


def _numbers(known: Known) -> Iterator[_Offered]:
    for number, text in sorted(known.questions.items(), reverse=True):
        yield _Offered(f"#{number}", cut(text, _SHOWN))


def _drafts(known: Known) -> Iterator[_Offered]:
    for number, entry in sorted(known.drafts.items(), reverse=True):
        yield _Offered(f"{number}", cut(entry, _SHOWN))


def _meaning(word: str) -> str:
    path = "not it" if word == "no" else word
    return COMMANDS[path].meaning if path in COMMANDS else ""


def _takes_number(command: Command) -> bool:
    return _NUMBER in command.usage and command.role is not Role.EDITOR


def _path(command: Command) -> str:
    """With a blank behind where something must follow."""
    needs = command.usage.removeprefix(command.path).strip()
    return f"{command.path} " if needs and not needs.startswith("[") else command.path
