"""What sets a rule aside says why: a mark for a tool, and a handler that takes whatever comes."""

import ast
import re
from collections.abc import Iterator

import pytest
from house_modules import PACKAGES, ROOT

SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
_MARK = re.compile(r"#\s*noqa(?!: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*(?: - |\s\()\S)")
_BROAD = {"Exception", "BaseException"}


def unexplained(text: str) -> Iterator[int]:
    """The lines of a module in which a rule is set aside and nothing says why."""
    lines = text.splitlines()
    yield from (number for number, line in enumerate(lines, 1) if _MARK.search(line))
    for node in ast.walk(ast.parse(text)):
        if _is_broad(node) and not any("#" in line for line in lines[node.lineno - 1 : node.end_lineno]):
            yield node.lineno


def _is_broad(node: ast.AST) -> bool:
    """Whether it takes any exception, and does not only tidy up before it raises it again."""
    if isinstance(node, ast.ExceptHandler):
        names = (
            {each.id for each in ast.walk(node.type) if isinstance(each, ast.Name)} if node.type else _BROAD
        )
        return bool(names & _BROAD) and not any(isinstance(each, ast.Raise) for each in ast.walk(node))
    return isinstance(node, ast.With | ast.AsyncWith) and any(
        isinstance(each.context_expr, ast.Call)
        and ast.unparse(each.context_expr.func).endswith("suppress")
        and {ast.unparse(name) for name in each.context_expr.args} & _BROAD
        for each in node.items
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_whoever_sets_a_rule_aside_says_why(package: str) -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        if path.is_relative_to(ROOT / package)
        for line in unexplained(path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize(
    "source",
    [
        "import os  # noqa",
        "import os  # noqa: F401",
        "try:\n    a()\nexcept Exception:\n    b()",
        "try:\n    a()\nexcept (ValueError, BaseException) as error:\n    b(error)",
        "try:\n    a()\nexcept:\n    b()",
        "with contextlib.suppress(Exception):\n    a()",
    ],
)
def test_what_says_nothing_is_seen(source: str) -> None:
    assert list(unexplained(source))


@pytest.mark.parametrize(
    "source",
    [
        "import os  # noqa: F401 (it is there for others)",
        "try:\n    a()\nexcept Exception:  # whatever the library complains of\n    b()",
        "try:\n    a()\nexcept Exception:\n    # a defect costs this one\n    b()",
        "try:\n    a()\nexcept BaseException:\n    tidy()\n    raise",
        "try:\n    a()\nexcept OSError:\n    b()",
    ],
)
def test_what_says_why_is_let_pass(source: str) -> None:
    assert not list(unexplained(source))
