"""The documentation is true: what is generated is up to date, nothing is left out, and its examples run."""

import importlib.util
import os
import re
import select
from pathlib import Path
from types import ModuleType
from typing import Any

import console_examples
import pytest
from pydantic import TypeAdapter

from bot.config import Settings
from bot.desk.commands import COMMANDS
from bot.desk.model import State
from bot.maps.settings import MapSetting, map_sources
from knowledge.documents import read
from routing.formats import native, overlay

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted(DOCS.rglob("*.md"))]
WITH_EXAMPLES = [page for page in PAGES if console_examples.examples(page.read_text("utf-8"))]


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_generated_is_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == generator().generated(text), "out of date: run `make docs`"


def test_every_generated_part_stands_on_some_page() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert [name for name in generator().PARTS if f"<!-- {name} -->\n" not in text] == []


def test_every_state_is_in_the_diagram() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    assert all(f" {state.name.lower()}" in text for state in State)


def test_every_command_and_every_setting_is_in_the_reference() -> None:
    text = "".join(page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
    usages = [command.usage.replace("|", "\\|") for command in COMMANDS.values()]
    names = [name for name, _ in generator().fields(Settings)]
    assert len(names) > 60
    assert [each for each in (*usages, *names) if f"`{each}`" not in text] == []


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in generator().fields(Settings) if not field.description] == []


def test_the_pages_that_show_commands_are_found() -> None:
    assert DOCS / "reference" / "command-line.md" in WITH_EXAMPLES


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_of)
def test_the_examples_of_a_page_run_as_it_says(page: Path, tmp_path: Path) -> None:
    wrong = console_examples.run(page, tmp_path, ROOT)
    assert not wrong, "\n\n".join(wrong)


def test_the_examples_of_map_files_can_be_read() -> None:
    text = (DOCS / "reference" / "map-files.md").read_text("utf-8")
    sources, map_, laid_over = re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    written: Any = read(sources, "config.yaml").value
    assert len(map_sources(TypeAdapter(MapSetting).validate_python(written["map"]))) == 3
    assert native.parse(map_, "map.yaml").rest == "TOOLSTACK"
    assert overlay.parse(laid_over, "people.yaml").problems == ()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    lost = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert lost == []


def test_every_page_can_be_reached_from_the_first() -> None:
    reached, new = set(), {DOCS / "README.md"}
    while new:
        page = new.pop()
        reached.add(page)
        for link in re.findall(r"\]\(([^)#]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in link and (found := (page.parent / link).resolve()) not in reached:
                new.add(found)
    assert set(DOCS.rglob("*.md")) - reached == set()


# --- what the runner of the examples itself does --------------------------------------------------------

PAGE = """\
<!-- silently:
echo "from before" > prepared
-->
```console
$ cat prepared
from before
$ echo one; echo two; echo three
one
…
$ echo "entries: 41 (in 0.3 s)"   # said at the end
entries: 41 (in … s)
$ cat <<END
> two
> END
two
$ false  # exit 1
$ cd /; pwd
/
```
```sh
$ exit 7
```
```console
$ pwd
/
```
"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", None),
        ("one\n…", "one\ntwo", "should print"),
        ("entries: 41 (", "entries: 42 (", "should print"),
        ("# exit 1", "", "ended with 1, not 0"),
        ("cat prepared", "cat nowhere", "ended with 1"),
        ("$ false  # exit 1", "$ exit 3", "never ended"),
    ],
)
def test_the_runner_tells_what_is_not_so(tmp_path: Path, old: str, new: str, complaint: str | None) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE.replace(old, new, 1) if old else PAGE)
    folder = tmp_path / "empty"
    folder.mkdir()
    wrong = console_examples.run(page, folder, ROOT)
    assert [complaint in each for each in wrong] == [True] if complaint else wrong == []


def test_the_runner_ends_what_hangs_and_what_was_left_running(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ sleep 600 & echo $! > left\n$ sleep 600\n```\n")
    assert "never ended" in console_examples.run(page, tmp_path, ROOT, seconds=5.0)[0]
    assert _ends(int((tmp_path / "left").read_text()))


def _ends(process: int) -> bool:
    """Whether a process that is none of our children has ended, or does so soon: it is killed in its own time
    (pidfd_open(2))."""
    try:
        watched = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 30.0)[0])
    finally:
        os.close(watched)
