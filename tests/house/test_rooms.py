"""The rooms of the desk: no circle of packages, who knows which of them, and who writes files.

A room is a package below `bot`, or a module that stands there alone. Modules without a circle can still be
sorted into rooms that need each other, and then neither can be understood by itself.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest
from house_modules import Module, circles, edges, house, module, within


def room(name: str) -> str:
    return ".".join(name.split(".")[:2])


def rooms(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """room -> rooms that it imports"""
    found: dict[str, set[str]] = {}
    for name, targets in edges(modules).items():
        known = found.setdefault(room(name), set())
        known |= {room(target) for target in targets} - {room(name), "bot", "knowledge", "routing"}
    return found


def test_there_is_no_circle_of_rooms() -> None:
    below = {name: each for name, each in house().items() if within(name, "bot") and name != "bot"}
    assert (
        circles({name: {each for each in to if within(each, "bot")} for name, to in rooms(below).items()})
        == []
    )


def test_a_circle_of_rooms_is_seen_where_none_of_modules_is() -> None:
    modules = {
        each.name: each
        for each in (
            module("bot.linting.reading", "import json"),
            module("bot.linting.telling", "from bot.checking.verdict import tell"),
            module("bot.checking.verdict", "import json"),
            module("bot.checking.examination", "from bot.linting.reading import lint_folder"),
        )
    }
    assert circles(edges(modules)) == []
    assert circles(rooms(modules)) == [{"bot.linting", "bot.checking"}]


KNOWS = {
    "bot.git": ("bot.git",),
    "bot.publishing": ("bot.publishing", "bot.git", "bot.desk", "bot.aside"),
    "bot.linting.before_publishing": ("bot.publishing.base",),
    "bot.linting.reading": (),
    "bot.usage": (),
    "bot.standpoint": (),
    "bot.digests": ("bot.desk",),
}
"""What such a room knows of the desk, and no more."""


def knows_too_much(each: Module) -> Iterator[str]:
    """Whoever runs git knows neither drafts nor settings; whoever publishes neither configuration, store nor
    network, and not the rules of lint; what the river and the check use of a room knows nothing above it."""
    for name, known in KNOWS.items():
        if within(each.name, name):
            for wanted in each.imports():
                if within(wanted, "bot") and wanted != "bot" and not within(wanted, *known):
                    yield f"{each.name} imports {wanted}"


KNOWN_TO = {
    "bot.git.writing": ("bot.git", "bot.publishing", "bot.demo"),
    "bot.publishing": (
        *("bot.publishers", "bot.app", "bot.config", "bot.checking"),
        *("bot.editing", "bot.linting"),
    ),
    "bot.publishing.publisher": ("bot.publishers", "bot.app"),
    "bot.publishers": ("bot.app", "bot.ctl.unattended"),
    "bot.editing": ("bot.cli",),
    "bot.linting": ("bot.cli", "bot.checking", "bot.publishers"),
    "bot.gaps": ("bot.cli", "bot.app"),
    "bot.reporting": ("bot.cli",),
    "bot.digests": ("bot.app",),
}
"""Who may use such a room, or a module of it, besides itself."""


def comes_in(each: Module) -> Iterator[str]:
    """What a command line shows is used by nobody else; only who publishes changes a repository."""
    for name, guests in KNOWN_TO.items():
        if not within(each.name, room(name), *guests):
            for wanted in each.imports():
                if within(wanted, name):
                    yield f"{each.name} imports {wanted}"


WRITERS = (
    "bot.publishing",  # the knowledge base
    "bot.starting",  # the folder that `pkgdesk init` makes
    "bot.editing.editor",  # a file of its own, for somebody's editor
    "bot.evaluating.ranked",  # a file that a command line names
    "bot.store",  # a copy of the database
    "bot.model",  # the sentence model
    *("bot.maps", "knowledge.embeddings", "knowledge.caches"),  # what can be made again
    *("bot.transports.matrix.device", "bot.transports.matrix.crypto_files"),  # a device and its keys
    "bot.demo",  # what is the demo's own
)


def writes_files(each: Module) -> Iterator[str]:
    """Who writes files writes its own; those of the knowledge base are written where drafts are published."""
    if within(each.name, *WRITERS):
        return
    for called, node in each.calls():
        of, _, last = called.rpartition(".")
        written = last in ("write_text", "write_bytes", "touch", "symlink_to", "hardlink_to")
        copied = of == "shutil" and last.startswith(("copy", "move", "rmtree"))
        renamed = last == "replace" and len(node.args) == 1 and not node.keywords
        if written or copied or renamed or (last in ("open", "fdopen") and _for_writing(node)):
            yield f"{each.name} calls {called} in line {node.lineno}"


def _for_writing(call: ast.Call) -> bool:
    given = [each.value for each in (*call.args, *call.keywords) if isinstance(each, ast.Constant)]
    given += [each.value.value for each in call.keywords if isinstance(each.value, ast.Constant)]
    return any(
        isinstance(mode, str) and mode and set(mode) <= set("rwxabt+") and set(mode) & set("wxa+")
        for mode in given
    )


Rule = Callable[[Module], Iterable[str]]


@pytest.mark.parametrize("rule", [knows_too_much, comes_in, writes_files], ids=lambda rule: rule.__name__)
def test_the_rooms_keep_the_rule(rule: Rule) -> None:
    assert [broken for each in house().values() for broken in rule(each)] == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (knows_too_much, "bot.git.writing", "from bot.publishing.base import Signature"),
        (knows_too_much, "bot.publishing.repository", "from bot.config import Settings"),
        (knows_too_much, "bot.publishing.publisher", "from bot.store.drafts import drafts"),
        (knows_too_much, "bot.publishing.laying", "def late():\n    from bot.linting import reading"),
        (knows_too_much, "bot.linting.reading", "from bot.checking.verdict import tell"),
        (knows_too_much, "bot.linting.before_publishing", "from bot.publishing.repository import InGit"),
        (comes_in, "bot.maps.learn", "from bot.git.writing import Checkout"),
        (comes_in, "bot.reloading", "from bot.publishing.base import Base"),
        (comes_in, "bot.editing.acting", "from bot.publishing.publisher import Publisher"),
        (comes_in, "bot.loop", "from bot import publishers"),
        (comes_in, "bot.evaluating.command", "from bot.editing.command import kb"),
        (comes_in, "bot.publishing.laying", "from bot.editing import examining"),
        (comes_in, "bot.editing.examining", "from bot.linting.reading import of_one"),
        (comes_in, "bot.app", "import bot.reporting.page"),
        (writes_files, "bot.editing.acting", "path.write_text(text, 'utf-8')"),
        (writes_files, "bot.reloading", "with path.open('w') as file: pass"),
        (writes_files, "bot.linting.looking", "open(path, mode='r+b')"),
        (writes_files, "bot.gaps.learning", "shutil.copyfile(one, other)"),
        (writes_files, "bot.ctl.unattended", "fresh.replace(path)"),
    ],
)
def test_the_rule_of_rooms_sees_what_breaks_it(rule: Rule, name: str, source: str) -> None:
    assert list(rule(module(name, source)))


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (knows_too_much, "bot.publishing.workshop", "import bot\nfrom bot.git.writing import Checkout"),
        (comes_in, "bot.publishing.workshop", "from bot.git.writing import Checkout"),
        (comes_in, "bot.maps.learn", "from bot.git import log"),
        (comes_in, "bot.config", "from bot.publishing.settings import PublishingSettings"),
        (writes_files, "bot.publishing.plain_folder", "fresh.replace(path)"),
        (writes_files, "bot.reloading", "text.replace('a', 'w')\nopen(path, 'rb')\nreplace(value, wall=1)"),
    ],
)
def test_the_rule_of_rooms_lets_pass_what_is_right(rule: Rule, name: str, source: str) -> None:
    assert list(rule(module(name, source))) == []
