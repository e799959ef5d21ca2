"""`pkgdesk map path`: answers for people and for programs, and what is said of bad input."""

import gzip
import io
import json
from pathlib import Path

import pytest

from bot import command_line
from bot.cli import exit_code

MAINTAINERS = """\
XENSTORE
M:	Alice Example <alice@example.org>
R:	Bob <bob@example.org>
L:	store@lists.example.org
S:	Odd fixes
F:	tools/xenstored/
F:	tools/helpers

THE REST
M:	Eve <eve@example.org>
L:	devel@lists.example.org
S:	Supported
F:	*
F:	*/
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    (tmp_path / "MAINTAINERS").write_text(MAINTAINERS)
    (tmp_path / "paths.txt").write_text("tools/xenstored/core.c\ntools/helpers/init.c\nREADME\n")
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = exit_code(["map", "path", *options])
    return (code, *capsys.readouterr())


def test_a_person_is_told_as_the_script_does(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(
        capsys, "--map", "MAINTAINERS", "--paths", "paths.txt", "./tools/helpers/init.c", "README"
    )
    assert (code, err) == (command_line.OK, "")
    assert out == (
        "tools/helpers/init.c\n"
        "  XENSTORE [Odd fixes] by tools/helpers/\n"
        "  THE REST by */\n"
        "  Alice Example <alice@example.org> (odd fixer:XENSTORE)\n"
        "  Bob <bob@example.org> (reviewer:XENSTORE)\n"
        "  Eve <eve@example.org> (supporter:THE REST)\n"
        "  store@lists.example.org (open list:XENSTORE)\n"
        "  devel@lists.example.org (open list)\n"
        "\n"
        "README\n"
        "  THE REST by *\n"
        "  Eve <eve@example.org> (supporter:THE REST)\n"
        "  devel@lists.example.org (open list)\n"
    )


def test_a_program_reads_a_line_for_each_path(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "asked.gz").write_bytes(gzip.compress(b"tools/xenstored/core.c\nREADME\n", mtime=0))
    (here / "MAINTAINERS.gz").write_bytes(gzip.compress(MAINTAINERS.encode(), mtime=0))
    options = ("--map", "MAINTAINERS.gz", "--dialect", "xen", "--from", "asked.gz", "--json")
    code, out, _ = asked(capsys, *options)
    first, second = map(json.loads, out.splitlines())
    assert code == command_line.OK
    assert first == {
        "path": "tools/xenstored/core.c",
        "sections": ["XENSTORE", "THE REST"],
        "people": [
            {
                "name": "Alice Example",
                "email": "alice@example.org",
                "role": "odd fixer",
                "section": "XENSTORE",
            },
            {"name": "Bob", "email": "bob@example.org", "role": "reviewer", "section": "XENSTORE"},
        ],
        "lists": ["store@lists.example.org", "devel@lists.example.org"],
    }
    assert second["sections"] == ["THE REST"]


def test_paths_come_from_standard_input(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"README\n", mtime=0))))
    code, out, _ = asked(capsys, "--map", "MAINTAINERS", "--from", "-")
    assert (code, out.splitlines()[0]) == (command_line.OK, "README")


def test_what_is_lost_without_the_tree_is_said_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = asked(capsys, "--map", "MAINTAINERS", "--json", "tools/helpers/init.c", "README")
    assert code == command_line.OK
    assert json.loads(out.splitlines()[0])["sections"] == ["THE REST"]
    assert err.count("without the paths of the tree") == 1


def test_what_is_lost_without_the_tree_is_said_where_it_matters(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = asked(capsys, "--map", "MAINTAINERS", "--json", "tools/helpers/init.c")
    assert "1 pattern without a slash at its end is taken for a file, and matches nothing below" in err
    assert asked(capsys, "--map", "MAINTAINERS", "--json", "tools/helpers", "README")[2] == ""


def test_detours_are_taken_out_of_paths(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = ("tools/../tools/./xenstored//core.c", "./tools/xenstored/", "../README")
    _, out, err = asked(capsys, "--map", "MAINTAINERS", "--paths", "paths.txt", "--json", *written)
    paths = [json.loads(line)["path"] for line in out.splitlines()]
    assert paths == ["tools/xenstored/core.c", "tools/xenstored/", "../README"]
    assert err == "pkgdesk: ../README: paths are those from the root of the tree, like tools/xl/xl.c\n"


def test_paths_that_the_tree_does_not_have_are_noted_once(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "asked").write_text("".join(f"tools/xenstored/{number}.c\n" for number in range(9)))
    known = ("--map", "MAINTAINERS", "--paths", "paths.txt", "--json")
    _, out, err = asked(capsys, *known, "--from", "asked", "README", "tools")
    assert len(out.splitlines()) == 11
    assert "2.c and 6 more are not in the tree; they are looked up as if they were\n" in err
    assert err.count("\n") == 1
    assert "nothing.c is not in the tree; it is" in asked(capsys, *known, "nothing.c")[2]


def test_warnings_of_the_map_are_summed_up(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "CODEOWNERS").write_text("!docs @alice\n[ab] @bob\n/x @carol\n")
    code, _, err = asked(capsys, "--map", "CODEOWNERS", "x")
    assert (code, err) == (command_line.OK, "pkgdesk: 2 warnings: pkgdesk check CODEOWNERS\n")


def test_a_checkout_is_a_map_and_its_tree(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "tools" / "helpers").mkdir(parents=True)
    (here / "tools" / "helpers" / "init.c").touch()
    code, out, err = asked(capsys, "--map", ".", "--json", "tools/helpers/init.c")
    assert (code, err) == (command_line.OK, "")
    assert json.loads(out)["sections"] == ["XENSTORE", "THE REST"]


def test_u_boot_has_a_file_in_many_folders(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = here / "board" / "acme"
    board.mkdir(parents=True)
    (board / "MAINTAINERS").write_text("ACME BOARD\nM:\tCarol <carol@example.org>\nF:\tboard/acme/\n")
    _, out, _ = asked(capsys, "--map", ".", "--dialect", "u-boot", "--json", "board/acme/MAINTAINERS")
    assert json.loads(out)["sections"] == ["ACME BOARD", "THE REST"]


def test_codeowners(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "CODEOWNERS").write_text("/docs/ @alice\n")
    code, out, _ = asked(capsys, "--map", "CODEOWNERS", "docs/a", "x")
    assert (code, out) == (
        command_line.OK,
        "docs/a\n  /docs/ by /docs/\n  @alice (maintainer:/docs/)\n\nx\n  nobody owns it\n",
    )
    assert asked(capsys, "--map", "CODEOWNERS", "x")[0] == command_line.NOT_FOUND


def test_the_map_of_the_configuration(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "map.yaml").write_text(
        "people: {bob: {email: bob@example.org}}\n"
        "sections: {TOOLS: {maintainers: [bob], files: [tools/], mail: tools@example.org}}\n"
    )
    (here / "knowledge").mkdir()
    (here / "config.yaml").write_text(
        "networks: {libera: {host: h, nick: desk}}\nmap: map.yaml\nknowledge: knowledge\n"
    )
    code, out, _ = asked(capsys, "--json", "tools/x")
    assert code == command_line.OK
    assert json.loads(out) == {
        "path": "tools/x",
        "sections": ["TOOLS"],
        "people": [{"name": "bob", "email": "bob@example.org", "role": "maintainer", "section": "TOOLS"}],
        "lists": ["tools@example.org"],
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--map", "MAINTAINERS"), "there is no path"),
        (("x",), "there is no map"),
        (("--dialect", "xen", "x"), "--map is missing"),
        (("--map", "none", "x"), "none:1:1: there is no such file"),
        (("--map", "bad", "--format", "maintainers", "x"), "bad:1:1: holds no section"),
        (("--map", "binary", "--format", "maintainers", "x"), "binary:1:1: holds control characters"),
        (("--map", "MAINTAINERS", "--paths", "a", "--tree", "b", "x"), "not both"),
        (("--map", "MAINTAINERS", "--from", "none"), "none:1:1: there is no such file"),
        (("--map", "none", "--from", "blank"), "blank:1:1: holds no path"),
        (("--map", "none", "--from", "/dev/null"), "/dev/null:1:1: is empty"),
        (("--map", "none", "--from", "nul"), "nul:2:1: holds a NUL byte: paths are read one a line"),
        (("--map", "none", ""), "a path is empty, or holds a NUL byte"),
        (("--map", "none", "a\0b"), "a path is empty, or holds a NUL byte"),
        (("--map", "none", "tools/.."), "tools/..: is the whole tree"),
        (("--map", "none", "--from", "-"), "standard input:1:1: holds no path"),
        (("--map", "MAINTAINERS", "--dialect", "klingon", "x"), "klingon"),
    ],
)
def test_bad_input_is_told(
    here: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    (here / "bad").write_text("prose\n")
    (here / "blank").write_text("\n\n")
    (here / "nul").write_bytes(b"a\nb\0c\n")
    (here / "binary").write_bytes(bytes(range(256)))
    code, out, err = asked(capsys, *options)
    assert (code, out) == (command_line.WRONG_USE, "")
    assert said in err


def test_a_line_that_is_left_out_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "bad").write_text("A\nN:\t(a\nF:\tx\n")
    code, out, err = asked(capsys, "--map", "bad", "--format", "maintainers", "x")
    assert (code, "A" in out) == (command_line.OK, True)
    assert "bad:2:1: `N: (a` is not a regular expression" in err


def test_a_path_of_this_machine_is_looked_up_in_its_checkout(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "tools" / "xenstored").mkdir(parents=True)
    core = here / "tools" / "xenstored" / "core.c"
    core.write_text("")
    code, out, err = asked(capsys, "--map", str(here), "--json", str(core))
    assert (code, err) == (command_line.OK, "")
    assert json.loads(out)["path"] == "tools/xenstored/core.c"
    assert json.loads(out)["sections"][0] == "XENSTORE"
    _, _, err = asked(capsys, "--map", "MAINTAINERS", "--paths", "paths.txt", "--json", str(core))
    assert "paths are those from the root of the tree" in err


def test_a_dialect_that_there_is_not_is_told_plainly(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, "--map", "MAINTAINERS", "--dialect", "gnu", "README")
    assert code == command_line.WRONG_USE
    assert "'gnu' is not one of 'linux', 'xen', 'qemu', 'u-boot'" in err
    assert "Value error" not in err
