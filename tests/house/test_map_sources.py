"""A map of several sources: configured, checked, read anew, watched; whatever is wrong, with its place."""

import gzip
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot import command_line
from bot.checking.examination import check
from bot.cli import exit_code
from bot.config import load
from bot.maps.files import files_of, tree_of, watched
from bot.maps.settings import MapSource
from bot.maps.sources import read_map
from bot.reading_anew import read_anew
from bot.sources import read_sources
from bot.watching import places
from knowledge.documents import DocumentError

TODAY = date(2026, 11, 1)

CONFIG = """\
networks:
  libera: {host: irc.example.org, nick: desk, operator: alice, channels: ["#packagers"]}
desk: {operators: {libera: [bob]}}
knowledge: base
map:
  file: MAINTAINERS
  paths: paths.txt
  overlay: people.yaml
"""

MAINTAINERS = """\
Maintainers of the example
==========================

XENSTORE
M:	Alice Example <alice@example.org>
L:	devel@lists.example.org
S:	Supported
F:	tools/xenstored

THE REST
M:	Bob Builder <bob@example.org>
S:	Supported
L:	devel@lists.example.org
F:	*
F:	*/
"""

PEOPLE = """\
people:
  alice@example.org: {id: alice, accounts: {libera: alice}}
  bob@example.org: {accounts: {libera: bob}, hours: 9-18 Europe/London}
sections:
  XENSTORE: {keywords: [xenbus], inside: THE REST}
"""

ENTRY = """\
id: xenbus
phrasings: [Why is xenbus slow?]
answers: [{short: It is not.}]
section: XENSTORE
"""

Here = Path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with which nothing is wrong, which is the current one."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "xenbus.yaml").write_text(ENTRY)
    (tmp_path / "MAINTAINERS").write_text(MAINTAINERS)
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "paths.txt").write_text("README\ntools/xenstored/core.c\ntools/xenstored/lu.c\n")
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    return tmp_path


def told(here: Path) -> list[str]:
    """What `check` says, without the folder."""
    problems = check(here / "config.yaml", TODAY).problems
    return [
        f"{str(each.source).removeprefix(f'{here}/')}:{each.line}:{each.column}: {each.message}"
        for each in problems
    ]


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


# --- configuration ------------------------------------------------------------------------------------


def test_a_map_of_others_with_an_overlay_is_a_map(here: Here) -> None:
    assert told(here) == []
    of = read_map(load(here / "config.yaml").map_sources)
    assert of.sections["XENSTORE"].maintainers == ("alice",)
    assert [each.section for each in of.owning("tools/xenstored/core.c")] == ["XENSTORE", "THE REST"]
    assert of.person_of("libera", "ALICE") == of.people["alice"]
    assert of.tree is not None
    assert of.tree.resolve("core.c") == ("tools/xenstored/core.c",)


@pytest.mark.parametrize(
    ("setting", "sources"),
    [
        ("map: MAINTAINERS", [MapSource(file=Path("MAINTAINERS"))]),
        (
            "map: [MAINTAINERS, docs.yaml]",
            [MapSource(file=Path("MAINTAINERS")), MapSource(file=Path("docs.yaml"))],
        ),
        (
            "map: [{files: [a, b/*], dialect: xen, tree: xen.git}, c.yaml]",
            [
                MapSource(files=[Path("a"), Path("b/*")], dialect="xen", tree=Path("xen.git")),
                MapSource(file=Path("c.yaml")),
            ],
        ),
        (
            "map: {file: a, format: codeowners, overlay: [b, c], prefix: xen}",
            [MapSource(file=Path("a"), format="codeowners", overlay=[Path("b"), Path("c")], prefix="xen")],
        ),
    ],
)
def test_every_form_of_the_setting(here: Here, setting: str, sources: list[MapSource]) -> None:
    (here / "config.yaml").write_text(re.sub(r"(?s)map:.*", setting + "\n", CONFIG))
    assert list(load(here / "config.yaml").map_sources) == [each.within(here) for each in sources]


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("map: []", "5:1: map: must have at least 1 items"),
        ("map: [[a]]", "5:7: map[0]: must be a path"),
        ("map: {flie: a}", "5:7: map.flie: unknown key, did you mean `file`?"),
        ("map: {paths: a}", "5:1: map: must name its `file`, or its `files`, and not both"),
        ("map: {file: a, files: b}", "5:1: map: must name its `file`, or its `files`, and not both"),
        ("map: {file: a, paths: b, tree: c}", "5:1: map: must name `paths` or `tree`, not both"),
        (
            "map: {file: a, dialect: xne}",
            "5:16: map.dialect: must be linux, xen, qemu or u-boot, found `xne`",
        ),
        ("map: {file: a, format: native, dialect: xen}", "5:1: map: a `dialect` is one of MAINTAINERS files"),
        ("map: [a, {file: b, overlay: {c: d}}]", "5:20: map[1].overlay: must be a list"),
    ],
)
def test_what_is_wrong_with_the_setting(here: Here, setting: str, wrong: str) -> None:
    (here / "config.yaml").write_text(re.sub(r"(?s)map:.*", setting + "\n", CONFIG))
    with pytest.raises(DocumentError) as caught:
        load(here / "config.yaml")
    told_first = str(caught.value.problems[0]).removeprefix(f"{here}/config.yaml:")
    assert told_first.startswith(wrong)


# --- files --------------------------------------------------------------------------------------------


def test_files_may_be_packed(here: Here) -> None:
    for name in ("MAINTAINERS", "paths.txt"):
        (here / f"{name}.gz").write_bytes(gzip.compress((here / name).read_bytes(), mtime=0))
        (here / name).unlink()
        changed(here / "config.yaml", name, f"{name}.gz")
    assert told(here) == []


def test_a_format_is_recognised_or_said(here: Here) -> None:
    (here / "who").write_text(MAINTAINERS)
    (here / "owners").write_text("/docs/ @octo\n*.c someone@example.org\n")
    (here / "ours").write_text("sections: {A: {files: [docs/]}}\n")
    assert "XENSTORE" in read_map([MapSource(file=here / "who")]).sections
    assert "/docs/" in read_map([MapSource(file=here / "owners")]).sections
    assert "A" in read_map([MapSource(file=here / "ours")]).sections
    assert "/docs/" in read_map([MapSource(file=here / "owners", format="codeowners")]).sections
    with pytest.raises(DocumentError):
        read_map([MapSource(file=here / "owners", format="maintainers")])


def test_wildcards_stand_for_files_in_the_order_of_their_paths(here: Here) -> None:
    for folder in ("b", "a", "a/deeper"):
        (here / "board" / folder).mkdir(parents=True, exist_ok=True)
        name = folder.upper().replace("/", " ")
        (here / "board" / folder / "MAINTAINERS").write_text(
            f"{name}\nM:\tX <x@example.org>\nF:\t{folder}/\n"
        )
    source = MapSource(files=[Path("board/**/MAINTAINERS")]).within(here)
    assert [path.parent.name for path in files_of(source)] == ["a", "deeper", "b"]
    assert list(read_map([source]).sections) == ["A", "A DEEPER", "B"]
    with pytest.raises(DocumentError, match="nor any that matches"):
        files_of(MapSource(files=[here / "gone" / "*"]))


def test_the_tree_is_a_list_a_checkout_or_a_folder(here: Here) -> None:
    checkout = here / "checkout"
    (checkout / "tools").mkdir(parents=True)
    (checkout / "tools" / "a.c").write_text("x")
    source = MapSource(file=here / "MAINTAINERS", tree=checkout)
    found = tree_of(source)
    assert found is not None
    assert found.paths == ("tools/a.c",)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "tools"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], cwd=checkout, check=True)
    (checkout / "untracked").write_text("x")
    found = tree_of(source)
    assert found is not None
    assert found.paths == ("tools/a.c",)
    for gone, said in ((here / "gone", "there is no such folder"), (here / "MAINTAINERS", "is no folder")):
        with pytest.raises(DocumentError, match=said):
            tree_of(MapSource(file=here / "MAINTAINERS", tree=gone))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("MAINTAINERS", b"", "the file is empty"),
        ("MAINTAINERS", b"A\nM:\tx\0y\n", "this is not a text file"),
        ("MAINTAINERS", b"\x1f\x8b\x08\x00damaged", "the packed data is damaged"),
        ("MAINTAINERS", b"nothing of a map\n", "holds no section"),
        ("paths.txt", b"a\0b\n", "holds a NUL byte"),
        ("people.yaml", b"people: [\n", "this is not YAML"),
        ("people.yaml", b"\xff\xfe", "is not valid UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(
    here: Here, name: str, content: bytes, said: str
) -> None:
    (here / name).write_bytes(content)
    lines = told(here)
    assert any(line.startswith(f"{name}:") and said in line for line in lines), lines
    assert all(line.startswith(f"{name}:") for line in lines), lines
    (here / name).unlink()
    (line,) = told(here)
    assert line.startswith("config.yaml:")
    assert f"{name}: there is no such file" in line


# --- checking -----------------------------------------------------------------------------------------


def test_what_is_wrong_in_an_overlay_is_told_there(here: Here) -> None:
    changed(here / "people.yaml", "alice@example.org", "alise@example.org")
    changed(here / "people.yaml", "inside: THE REST", "inside: THE RST")
    lines = told(here)
    assert lines[0].startswith("people.yaml:2:3: no source has the address `alise@example.org`, did you mean")
    assert lines[1].startswith("people.yaml:5:34: there is no section `THE RST`, did you mean `THE REST`?")
    assert len(lines) == 2


def test_what_is_lost_without_the_tree_is_told(here: Here) -> None:
    changed(here / "config.yaml", "  paths: paths.txt\n", "")
    (line,) = told(here)
    assert line.startswith(
        "MAINTAINERS:1:1: the paths of the tree are not known, so 1 patterns like `tools/xenstored`"
    )
    assert "name its `paths` or its `tree`" in line


def test_a_map_of_hundreds_without_accounts_is_told_in_few_lines(here: Here) -> None:
    sections = "".join(f"\nS{n}\nM:\tN{n} <n{n}@example.org>\nF:\ts{n}/\n" for n in range(300))
    (here / "MAINTAINERS").write_text(MAINTAINERS + sections)
    people, stranded = told(here)
    assert people.startswith("MAINTAINERS:1:1: people: 300 have no account on a configured network (libera)")
    assert "`n0`, `n1`, `n2` and 297 more" in people
    assert stranded.startswith("MAINTAINERS:1:1: sections: of 300 sections nobody can be pinged")


def test_a_person_who_cannot_be_pinged_leaves_a_section_alone(here: Here) -> None:
    changed(here / "people.yaml", "{id: alice, ", "{id: alice, pings: off, ")
    assert told(here) == []
    changed(here / "people.yaml", ", inside: THE REST", "")
    assert told(here) == [
        "MAINTAINERS:1:1: sections: of 1 section nobody can be pinged, nor of those around them: `XENSTORE`"
    ]


def test_a_map_or_an_overlay_alone(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["check", "MAINTAINERS"]) == command_line.OK
    assert "MAINTAINERS:1:1: warning: the paths of the tree are not known" in capsys.readouterr().out
    assert exit_code(["check", "people.yaml"]) == command_line.OK
    changed(here / "people.yaml", "hours", "huors")
    assert exit_code(["check", "people.yaml"]) == command_line.NOT_FOUND
    assert "people.yaml:3:46: error: people.bob@example.org.huors: unknown key" in capsys.readouterr().out


# --- reading anew -------------------------------------------------------------------------------------


def test_a_change_in_any_file_is_read_anew(here: Here) -> None:
    settings = load(here / "config.yaml")
    old = read_sources(settings).reference
    assert old is not None
    changed(here / "people.yaml", "xenbus", "xenwatch")
    anew = read_anew(settings, old, None)
    assert anew.kept == ()
    assert anew.reference.map.sections["XENSTORE"].keywords == ("xenwatch",)
    changed(here / "MAINTAINERS", "Alice Example", "Alice Changed")
    assert read_anew(settings, old, None).reference.map.people["alice"].name == "Alice Changed"


@pytest.mark.parametrize("name", ["MAINTAINERS", "people.yaml", "paths.txt"])
def test_a_broken_file_leaves_the_old_map_and_is_told_with_its_place(here: Here, name: str) -> None:
    settings = load(here / "config.yaml")
    old = read_sources(settings).reference
    assert old is not None
    (here / name).write_bytes(b"\0")
    anew = read_anew(settings, old, None)
    assert anew.kept == ("knowledge", "map")
    assert anew.reference.map is old.map
    assert any(f"/{name}:1:1: " in problem for problem in anew.problems)


def test_every_file_is_watched(here: Here) -> None:
    settings = load(here / "config.yaml")
    there = places(settings.knowledge, *watched(settings.map_sources)).names
    assert {here / name for name in ("MAINTAINERS", "people.yaml", "paths.txt")} <= there


# --- health -------------------------------------------------------------------------------------------

Said = Callable[..., list[str]]


@pytest.fixture
def said(here: Here, capsys: pytest.CaptureFixture[str]) -> Said:
    def says(*arguments: str, code: int = command_line.NOT_FOUND) -> list[str]:
        assert exit_code(["map", "health", *arguments]) == code
        return capsys.readouterr().out.splitlines()

    return says


def test_a_map_that_is_well(here: Here, said: Said) -> None:
    (here / "paths.txt").write_text("tools/xenstored/core.c\n")
    assert said(code=command_line.OK) == []
    data = json.loads("\n".join(said("--json", code=command_line.OK)))
    assert data["healthy"] is True
    assert (data["sections"], data["people"], data["files"]) == (2, 2, 1)


def test_everything_that_is_found_is_told_a_line_each(here: Here, said: Said) -> None:
    (here / "paths.txt").write_text("README\nnew/a.c\nnew/b/c.c\n")
    changed(here / "people.yaml", "{libera: alice}", "{oftc: alice}")
    changed(here / "people.yaml", ", inside: THE REST", "")
    assert said() == [
        "unreachable: XENSTORE: alice",
        "no account: alice: Alice Example <alice@example.org>",
        "gone: XENSTORE: tools/xenstored",
        "unowned: new/: 2 files",
        "unowned: /: 1 file",
        "new folder: new/",
    ]
    data = json.loads("\n".join(said("--json")))
    assert data["healthy"] is False
    assert data["unowned"] == {"/": 1, "new/": 2}
    assert data["dead_patterns"] == [{"section": "XENSTORE", "pattern": "tools/xenstored", "against": False}]


def test_only_the_first_are_told_unless_all_are_asked_for(here: Here, said: Said) -> None:
    (here / "paths.txt").write_text("".join(f"new{n:02}/a.c\n" for n in range(20)))
    lines = said()
    assert "new folder: and 12 more (--all tells them)" in lines
    assert len([line for line in said("--all") if line.startswith("new folder:")]) == 20
    assert len(json.loads("\n".join(said("--json")))["new_folders"]) == 20


def test_a_map_that_is_named_needs_no_configuration(here: Here, said: Said) -> None:
    (here / "config.yaml").unlink()
    (told,) = said("--map", "MAINTAINERS")
    assert told.startswith(
        "no account: nobody has one: so nobody can be pinged; an overlay says who they are"
    )
    assert said("--map", "MAINTAINERS", "--overlay", "people.yaml", code=command_line.OK) == []
    said("--map", "gone", code=command_line.WRONG_USE)
    said(code=command_line.WRONG_USE)


def test_a_terminal_shows_a_table(here: Here) -> None:
    (here / "paths.txt").write_text("".join(f"new{n:02}/a.c\n" for n in range(20)))
    master, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "map", "health"],
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"},
    )
    os.close(end)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # the other end is closed (EIO)
        pass
    finally:
        os.close(master)
        _, sum_ = process.communicate(timeout=60)
    lines = [" ".join(line.split()) for line in shown.decode().splitlines()]
    assert "orphan 0 sections without anybody by their status" in lines
    assert "gone 1 sections all of whose patterns match no file" in lines
    assert "XENSTORE: tools/xenstored" in lines
    assert lines.count("and 12 more (--all tells them)") == 2
    assert sum_.decode() == "pkgdesk: the map is not well: 2 sections, 2 people, 20 files\n"
    assert process.returncode == command_line.NOT_FOUND
