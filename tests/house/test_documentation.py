"""The documentation is true: what is generated is up to date, nothing is left out, and its examples run."""

import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bot.config import Settings
from bot.desk.commands import COMMANDS
from bot.desk.model import State

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = [
    line[2:].partition("  #")[0].strip()
    for page in PAGES
    for block in re.findall(r"```console\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ pkgdesk ")
]
QUICK = [example for example in EXAMPLES if shlex.split(example)[1] in {"ask", "route", "version", "check"}]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["architecture.md", "reference.md"])
def test_what_is_generated_is_up_to_date(name: str) -> None:
    text = (ROOT / "docs" / name).read_text("utf-8")
    assert text == generator().generated(text), "out of date: run `make docs`"


def test_every_state_is_in_the_diagram() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert all(f" {state.name.lower()}" in text for state in State)


def test_every_command_and_every_setting_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference.md").read_text("utf-8")
    usages = [command.usage.replace("|", "\\|") for command in COMMANDS.values()]
    names = [name for name, _ in generator().fields(Settings)]
    assert len(names) > 60
    assert [each for each in (*usages, *names) if f"`{each}`" not in text] == []


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in generator().fields(Settings) if not field.description] == []


def test_there_are_examples() -> None:
    assert {shlex.split(example)[1] for example in QUICK} >= {"ask", "route", "check"}


@pytest.mark.parametrize("example", QUICK)
def test_the_examples_run(example: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot.cli", *shlex.split(example)[1:]]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() or "all is well" in ended.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text("utf-8"))
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []
