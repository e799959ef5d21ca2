"""The house stands: who may import whom, no circles, and the pure parts stay pure.

The rules are read off the syntax tree of every module (`house_modules`). Every rule is also shown a module
that breaks it.
"""

import ast
from collections.abc import Callable, Iterable, Iterator

import pytest
from house_modules import PACKAGES, Module, circles, edges, house, module, within

# --- the rules: each yields what breaks it ------------------------------------------------------------


def upward(each: Module) -> Iterator[str]:
    """`knowledge` stands alone; `routing` knows only the leaves of `knowledge`; `bot.desk` nothing of `bot`
    but itself; nothing but the command line and the demo knows the composition root."""
    for name in each.imports():
        if within(each.name, "knowledge"):
            wrong = within(name, "routing", "bot")
        elif within(each.name, "routing"):
            leaves = within(name, "knowledge.words", "knowledge.documents", "knowledge.salvage")
            wrong = within(name, "bot") or (within(name, "knowledge") and name != "knowledge" and not leaves)
        elif within(each.name, "bot.desk"):
            wrong = within(name, "bot") and name != "bot" and not within(name, "bot.desk")
        else:
            wrong = within(name, "bot.app", "bot.cli") and not within(each.name, "bot.cli", "bot.demo")
        if wrong:
            yield f"{each.name} imports {name}"


SEE_NOTHING = {
    "knowledge.words": ("knowledge.words",),
    "knowledge.weights": (),
    "knowledge.gate": (),
    "bot.model.errors": (),
    "bot.evaluating.leaving_out": (),
    "bot.evaluating.noise": (),
}
"""Who stands at the very bottom, and of the house knows no more than this."""


def no_leaf(each: Module) -> Iterator[str]:
    """What others are built upon is built upon nothing."""
    for leaf, known in SEE_NOTHING.items():
        if within(each.name, leaf):
            for name in each.imports():
                if within(name, *PACKAGES) and name != "knowledge" and not within(name, *known):
                    yield f"{each.name} imports {name}"


VODOZEMAC = tuple(f"bot.transports.matrix.{name}" for name in ("crypto_store", "olm", "megolm"))
ENCRYPTION = (
    *(
        f"bot.transports.matrix.{name}"
        for name in ("sealed", "handing", "upkeep", "device_lists", "unreadable")
    ),
    *VODOZEMAC,
)
SPECIALISTS = {
    "tantivy": ("knowledge.words.bm25",),
    "numpy": ("knowledge.semantic", "knowledge.embeddings", "knowledge.meaning", "bot.model.graph"),
    "onnxruntime": ("knowledge.semantic", "bot.model.network"),
    "tokenizers": ("knowledge.semantic",),
    "onnx": ("bot.model.graph",),
    "vodozemac": VODOZEMAC,
    **dict.fromkeys(ENCRYPTION[1:], ENCRYPTION),
    "bot.transports.matrix.sealed": ("bot.transports.matrix.encryption",),
    "bot.model.graph": ("bot.model.network",),
    "bot.model.network": ("bot.model.command",),
}
"""Who stands between the house and a library for searching or for the sentence model; and, as those who build
a model import its tools at once, who may call for them."""


def meddles(each: Module) -> Iterator[str]:
    """What a search runs on can be exchanged in one place; without the sentence model nobody misses it."""
    for library, known_to in SPECIALISTS.items():
        if each.name not in known_to:
            for name in each.imports():
                if within(name, library):
                    yield f"{each.name} imports {name}"


PURE = (
    *("knowledge", "routing", "bot.desk", "bot.consult", "bot.intake", "bot.rehearsal", "bot.roster"),
    *("bot.desk.vocabulary", "bot.conditions", "bot.monitoring.metrics", "bot.monitoring.vitals"),
    *("bot.monitoring.rhythm", "bot.seldom"),
)
READS_FILES = (
    *("knowledge.documents", "knowledge.listing", "knowledge.looking", "knowledge.library"),
    *("knowledge.semantic", "knowledge.embeddings", "knowledge.caches", "knowledge.keeping"),
    "routing.formats",
)
OUTSIDE = {
    "alembic",
    "asyncio",
    "concurrent",
    "datetime.datetime.now",
    "irc",
    "logging",
    "multiprocessing",
    "nio",
    "psycopg",
    "queue",
    "random",
    "secrets",
    "select",
    "signal",
    "socket",
    "sqlalchemy",
    "sqlite3",
    "sqlmodel",
    "ssl",
    "structlog",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "time",
    "uuid",
}
FILES = ("io", "os", "pathlib", "stat", "tempfile")
WAITS = {"knowledge.gate": ("threading",)}
"""Who sees to it that no thread is cut off in a library that would take the process along."""


def impure(each: Module) -> Iterator[str]:
    """No I/O, clock or chance in knowledge, routing and the desk, but for the readers of files."""
    if not within(each.name, *PURE):
        return
    reads = within(each.name, *READS_FILES)
    for name in each.imports():
        allowed = within(name, *WAITS.get(each.name, ()))
        if (within(name, *OUTSIDE) and not allowed) or (within(name, *FILES) and not reads):
            yield f"{each.name} imports {name}"
    for called, _ in each.without_main().calls():
        last = called.rpartition(".")[2]
        clock = last in ("now", "utcnow", "today") and ("date" in called or called == last)
        if clock or called in ("print", "input") or (called == "open" and not reads):
            yield f"{each.name} calls {called}"


KEYS = ("bot.transports.matrix.crypto_store", "bot.transports.matrix.crypto_files")
"""The keys of one device on one server are no rows of the desk: they must never be copied with it."""


def stored_elsewhere(each: Module) -> Iterator[str]:
    """Rows live in the store and nowhere else."""
    if not within(each.name, "bot.store", *KEYS):
        for name in each.imports():
            if within(name, "sqlmodel", "sqlalchemy", "alembic", "psycopg", "sqlite3"):
                yield f"{each.name} imports {name}"


SEAM = ("bot.transports.base", "bot.transports.pacing")


def composes(each: Module) -> Iterator[str]:
    """The store and the networks meet in the composition root; others see no more of a network than the
    seam."""
    names = list(each.imports())
    stores = [name for name in names if within(name, "bot.store")]
    networks = [name for name in names if within(name, "bot.transports") and not within(name, *SEAM)]
    if each.name != "bot.app" and stores and (particular := set(networks) - {"bot.transports"}):
        yield f"{each.name} imports {stores[0]} and {min(particular)}"


STARTERS = ("run", "Popen", "call", "check_call", "check_output", "create_subprocess_exec", "system", "popen")


def runs_git(each: Module) -> Iterator[str]:
    """One package runs git."""
    if within(each.name, "bot.git"):
        return
    for called, node in each.calls():
        if called.rpartition(".")[2] in STARTERS or "subprocess" in called:
            words = [
                n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            ]
            if any(word.split()[:1] == ["git"] for word in words):
                yield f"{each.name} runs git in line {node.lineno}"


COMMAND_LINE = (
    "bot.checking.command",
    "bot.cli",
    "bot.ctl.command",
    "bot.ctl.reaching",
    "bot.database.command",
    "bot.demo.command",
    "bot.editing.command",
    "bot.evaluating.command",
    "bot.gaps.command",
    "bot.homeservers.command",
    "bot.linting.command",
    "bot.mapping.command",
    "bot.model.command",
    "bot.networks.command",
    "bot.reporting.command",
    "bot.spans",
    "bot.starting.command",
)
EXTRAS = {
    "knowledge.semantic": ("numpy", "onnxruntime", "tokenizers"),
    "knowledge.embeddings": ("numpy",),
    "knowledge.meaning": ("numpy",),
    "bot.model.network": ("onnxruntime",),
    "bot.transports.matrix.encryption": ("bot.transports.matrix.sealed",),
}
"""What a module may import inside of functions, because it comes with an extra that need not be there; or
because `knowledge.semantic.runtime` comes first."""


def hides_imports(each: Module) -> Iterator[str]:
    """No import stands behind TYPE_CHECKING; only the command line imports inside of functions, for speed,
    and a module what comes with its extra."""
    for node in ast.walk(each.tree):
        if (isinstance(node, ast.Name) and node.id == "TYPE_CHECKING") or (
            isinstance(node, ast.Attribute) and node.attr == "TYPE_CHECKING"
        ):
            yield f"{each.name}:{node.lineno} hides imports from the running program"
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not within(each.name, *COMMAND_LINE):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Import | ast.ImportFrom):
                    names = Module(each.name, ast.Module([inner], [])).imports()
                    if not all(within(name, *EXTRAS.get(each.name, ())) for name in names):
                        yield f"{each.name}:{inner.lineno} imports inside of {node.name}()"


def undescribed(each: Module) -> Iterator[str]:
    """Every module says what it is for; an `__init__` says that and does nothing, but for handing on names of
    its own modules."""
    if not ast.get_docstring(each.tree):
        yield f"{each.name} has no docstring"
    elif each.package and not all(_hands_on(each, node) for node in each.tree.body[1:]):
        yield f"{each.name}/__init__.py does more than describe the package"


def _hands_on(package: Module, node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").startswith(f"{package.name}.")
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


Rule = Callable[[Module], Iterable[str]]
RULES: list[Rule] = [
    upward,
    no_leaf,
    meddles,
    impure,
    stored_elsewhere,
    composes,
    runs_git,
    hides_imports,
    undescribed,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert [broken for each in house().values() for broken in rule(each)] == []


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (upward, "knowledge.entry", "from routing.people import Person"),
        (upward, "knowledge.entry", "import bot"),
        (upward, "knowledge.lint.rules", "from bot.desk.model import Question"),
        (upward, "routing.choose", "from knowledge.index import Match"),
        (upward, "routing.choose", "from knowledge import index"),
        (upward, "routing.choose", "from bot.desk import model"),
        (upward, "bot.desk.decide", "from bot.store.facts import facts_for"),
        (upward, "bot.desk.decide", "from .. import config"),
        (upward, "bot.desk.decide", "def late():\n    from bot import intake"),
        (upward, "bot.loop", "from bot.app import run"),
        (no_leaf, "knowledge.words.bm25", "from knowledge.weights import CHOSEN"),
        (no_leaf, "knowledge.weights", "import knowledge.words.text"),
        (no_leaf, "knowledge.gate", "from knowledge import semantic"),
        (meddles, "knowledge.index", "from tantivy import Index"),
        (meddles, "knowledge.candidates", "import numpy.linalg"),
        (meddles, "bot.learning", "def late():\n    import onnxruntime"),
        (meddles, "bot.model.choice", "from bot.model import network"),
        (impure, "bot.desk.decide", "import asyncio"),
        (impure, "bot.desk.decide", "from random import choice"),
        (impure, "bot.desk.decide", "from pathlib import Path"),
        (impure, "bot.desk.decide", "at = datetime.now(UTC)"),
        (impure, "bot.desk.decide", "at = datetime.datetime.utcnow()"),
        (impure, "bot.desk.decide", "day = date.today()"),
        (impure, "bot.intake", "import time"),
        (impure, "routing.choose", "text = open('x').read()"),
        (impure, "knowledge.index", "print('hello')"),
        (impure, "knowledge.index", "import threading"),
        (impure, "knowledge.gate", "import time"),
        (impure, "knowledge.lint.sources", "from pathlib import Path"),
        (impure, "knowledge.lint.staleness", "today = date.today()"),
        (stored_elsewhere, "bot.loop", "from sqlmodel import select"),
        (stored_elsewhere, "bot.outbox", "import sqlalchemy.exc"),
        (composes, "bot.loop", "from bot.store.commit import commit\nfrom bot.transports import irc"),
        (runs_git, "bot.loop", "subprocess.run(['git', 'commit'])"),
        (runs_git, "bot.loop", "await asyncio.create_subprocess_exec('git', 'log')"),
        (runs_git, "bot.loop", "os.system('git log')"),
        (
            hides_imports,
            "bot.loop",
            "if TYPE_CHECKING:\n    import bot.app",
        ),
        (hides_imports, "bot.loop", "import typing\nif typing.TYPE_CHECKING:\n    import bot.app"),
        (hides_imports, "bot.loop", "def late():\n    import json"),
        (hides_imports, "knowledge.semantic", "def late():\n    import knowledge.index"),
        (undescribed, "bot.loop", "import json"),
    ],
)
def test_the_rule_sees_what_breaks_it(rule: Rule, name: str, source: str) -> None:
    assert list(rule(module(name, source)))


@pytest.mark.parametrize(
    "does", ["import json", "from bot.desk import model", "from bot.desk.model import Ping", "LIMIT = 3"]
)
def test_a_package_hands_on_what_its_modules_have_and_no_more(does: str) -> None:
    own = "from bot.desk.replies.pings import ping\n__all__ = ['ping']"
    described = [
        Module("bot.desk.replies", ast.parse(f'"""Every sentence."""\n{own}\n{more}'), package=True)
        for more in ("", does)
    ]
    assert [bool(list(undescribed(each))) for each in described] == [False, True]


@pytest.mark.parametrize(
    ("rule", "name", "source"),
    [
        (
            upward,
            "routing.signs",
            "import knowledge.words.text\nfrom knowledge import documents",
        ),
        (upward, "bot.desk.decide", "from bot.desk.model import Question\nfrom routing.choose import choose"),
        (upward, "bot.cli", "from bot.app import run"),
        (no_leaf, "knowledge.words.spelling", "from knowledge.words.text import stem"),
        (no_leaf, "knowledge.gate", "import threading"),
        (meddles, "knowledge.meaning", "def late():\n    import numpy"),
        (meddles, "bot.model.command", "from bot.model.network import build"),
        (impure, "knowledge.gate", "import threading"),
        (impure, "knowledge.library", "from pathlib import Path"),
        (impure, "bot.desk.lifecycle", "if __name__ == '__main__':\n    print(diagram())"),
        (impure, "bot.desk.decide", "from datetime import datetime, timedelta\nlater = at + timedelta(1)"),
        (composes, "bot.outbox", "import bot.store.store\nfrom bot.transports.base import Transport"),
        (composes, "bot.app", "import bot.store.commit\nimport bot.transports.irc"),
        (runs_git, "bot.git", "subprocess.run(['git', 'commit'])"),
        (runs_git, "bot.demo.story", "subprocess.run([python, '-m', 'bot.cli'])"),
        (hides_imports, "bot.cli", "def late():\n    import json"),
        (
            hides_imports,
            "knowledge.semantic",
            "def late():\n    import numpy\n    from tokenizers import Tokenizer",
        ),
    ],
)
def test_the_rule_lets_pass_what_is_right(rule: Rule, name: str, source: str) -> None:
    assert list(rule(module(name, source))) == []


# --- what a command waits for -----------------------------------------------------------------------------


@pytest.mark.parametrize("begins", ["bot.checking.verdict", "bot.linting.command", "bot.offline"])
def test_what_is_over_at_once_loads_no_log(begins: str) -> None:
    """The log is a fifth of what such a command takes: it brings along colours, tracebacks and asyncio."""
    graph, reached, ahead = edges(house()), {begins}, [begins]
    while ahead:
        found = graph[ahead.pop()] - reached
        reached |= found
        ahead += found
    assert [name for name in sorted(reached) if "structlog" in house()[name].imports()] == []


# --- circles ------------------------------------------------------------------------------------------


def test_there_is_no_circle() -> None:
    assert circles(edges(house())) == []


def test_a_circle_of_three_is_seen_even_where_one_import_is_inside_of_a_function() -> None:
    modules = {
        each.name: each
        for each in (
            module("bot.a", "from bot import b"),
            module("bot.b", "from bot.c import thing"),
            module("bot.c", "def late():\n    import bot.a"),
            module("bot.d", "import bot.a, bot.b"),
        )
    }
    assert circles(edges(modules)) == [{"bot.a", "bot.b", "bot.c"}]


def test_the_whole_house_was_read() -> None:
    rooms = "documents words.bm25 naming symptoms weights semantic embeddings meaning gate candidates"
    assert {f"knowledge.{room}" for room in rooms.split()} <= set(house())
    assert {"bot.learning", "bot.model.choice", "bot.evaluating.match"} <= set(house())
    assert {"routing.people", "bot.desk.model", "bot.cli"} <= set(house())
    assert {"knowledge.complaints"} <= edges(house())["knowledge.documents"]
