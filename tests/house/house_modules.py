"""The modules of the house as their syntax trees say them: what each imports and calls, and circles of that.

Function bodies are read like the rest, so that an import cannot hide.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("knowledge", "routing", "bot")


@dataclass(frozen=True)
class Module:
    name: str
    tree: ast.Module
    package: bool = False

    def imports(self) -> tuple[str, ...]:
        """Every dotted name that is imported: modules, and `module.name` for `from module import name`."""
        return self._imports

    @cached_property
    def _imports(self) -> tuple[str, ...]:
        return tuple(self._imported())

    def _imported(self) -> Iterator[str]:
        for node in self._nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield base
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        here = self.name.split(".")
        above = here[: len(here) - node.level + self.package]
        return ".".join([*above, *([node.module] if node.module else [])])

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call of a dotted name, `datetime.now(…)` as ("datetime.now", …)."""
        yield from self._calls

    @cached_property
    def _calls(self) -> tuple[tuple[str, ast.Call], ...]:
        return tuple((ast.unparse(node.func), node) for node in self._nodes if isinstance(node, ast.Call))

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    def without_main(self) -> "Module":
        """What somebody who imports the module meets: all but `if __name__ == "__main__"`."""
        body = [
            n for n in self.tree.body if not (isinstance(n, ast.If) and "__name__" in ast.unparse(n.test))
        ]
        return Module(self.name, ast.Module(body, []), self.package)


def module(name: str, source: str) -> Module:
    return Module(name, ast.parse(source))


@cache
def house() -> dict[str, Module]:
    """Every module of ours, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            is_package = parts[-1] == "__init__"
            name = ".".join(parts[:-1] if is_package else parts)
            found[name] = Module(name, ast.parse(path.read_text("utf-8"), str(path)), is_package)
    return found


def within(name: str, *roots: str) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def edges(modules: Mapping[str, Module]) -> dict[str, set[str]]:
    """module -> modules of the house that it imports; a package's `__init__` is a module like any other."""
    return {
        name: {target for target in each.imports() if target in modules and target != name}
        for name, each in modules.items()
    }


def circles(graph: Mapping[str, set[str]]) -> list[set[str]]:
    """The strongly connected components of more than one module (Kosaraju's two passes)."""
    order: list[str] = []
    seen: set[str] = set()
    for start in graph:
        stack = [(start, iter(sorted(graph[start])))] if start not in seen else []
        seen.add(start)
        while stack:
            node, following = stack[-1]
            onward = next((each for each in following if each not in seen), None)
            if onward is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(onward)
                stack.append((onward, iter(sorted(graph[onward]))))
    importers: dict[str, set[str]] = {name: set() for name in graph}
    for name, targets in graph.items():
        for target in targets:
            importers[target].add(name)
    found: list[set[str]] = []
    placed: set[str] = set()
    for root in reversed(order):
        component: set[str] = set()
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node not in placed:
                placed.add(node)
                component.add(node)
                waiting.extend(importers[node])
        if len(component) > 1:
            found.append(component)
    return found
