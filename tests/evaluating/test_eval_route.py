"""`pkgdesk eval route`, as its users call it: tables, JSON, ranked sections, and what goes wrong."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot import command_line
from bot.cli import exit_code

MAP = """\
people: {alice: {}, bob: {}, carol: {}, dave: {}}
sections:
  LIBXL: {maintainers: [alice, bob], keywords: [libxl, xl], files: [tools/libs/light/]}
  QEMU: {maintainers: [bob, dave], keywords: [qemu], files: [tools/qemu/]}
  EMPTY: {keywords: [void]}
triagers: [carol]
"""

Asking = Callable[..., tuple[int, str, str]]


def case(text: str, *gold: str, **more: Any) -> dict[str, Any]:
    return {"text": text, "gold": list(gold), **more}


def write(path: Path, objects: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects), "utf-8")
    return path


CASES = (
    case("does xl need root?", "LIBXL"),  # first
    case("qemu is slow when xl starts it", "LIBXL"),  # second or first, but found
    case("who looks after tools/qemu/Makefile?", "qemu"),  # its name in another case
    case("where is the tea?"),  # nobody owns it, and nothing points anywhere
    case("the void stares back", "QEMU"),  # wrong
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a map and five cases."""
    (tmp_path / "map.yaml").write_text(MAP)
    write(tmp_path / "cases", CASES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def route(here: Path, capsys: pytest.CaptureFixture[str]) -> Asking:
    """Calls the command on the map, with further options; exit code and what it said."""

    def call(*options: str, map_: str = "map.yaml", cases: str = "cases") -> tuple[int, str, str]:
        code = exit_code(["eval", "route", "--map", map_, cases, *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def measured(route: Asking, *options: str, **files: str) -> dict[str, Any]:
    code, out, err = route("--json", *options, **files)
    assert (code, err) == (command_line.OK, "")
    found: dict[str, Any] = json.loads(out)
    return found


def ranked(path: Path) -> list[dict[str, Any]]:
    content = path.read_bytes()
    lines = gzip.decompress(content) if path.suffix == ".gz" else content
    return [json.loads(line) for line in lines.decode().splitlines()]


# --- what is measured ---------------------------------------------------------------------------------


def test_a_small_set_counted_by_hand(route: Asking, here: Path) -> None:
    found = measured(route, "--ranked", "ranked")
    assert found["map"]["sections"] == 3
    assert found["history"] is None
    assert {key: found["cases"][key] for key in ("asked", "with_paragraph", "owned", "unowned")} == {
        "asked": 5,
        "with_paragraph": 0,
        "owned": 4,
        "unowned": 1,
    }
    lines = ranked(here / "ranked")
    firsts = [line["ranked"][0]["section"] if line["ranked"] else None for line in lines]
    assert (firsts[0], firsts[2:]) == ("LIBXL", ["QEMU", None, "EMPTY"])
    right = 2 + (firsts[1] == "LIBXL")
    assert (found["accuracy_at_1"]["count"], found["accuracy_at_1"]["n"]) == (right, 4)
    assert (found["accuracy_at_3"]["count"], found["accuracy_at_3"]["n"]) == (3, 4)
    assert found["mrr"]["value"] == pytest.approx((2 + (1 if right == 3 else 0.5)) / 4)
    assert [line["band"] for line in lines] == ["route", "route", "route", "nobody", "route"]
    assert found["own"]["bands"]["nobody"]["count"] == 1
    assert (found["own"]["accuracy"]["count"], found["own"]["accuracy"]["n"]) == (right, 4)
    assert found["own"]["false_routes"]["n"] == 1
    assert [each["coverage"] for each in found["coverage"]] == [1.0, 0.9, 0.75, 0.5, 0.25]
    assert [each["accuracy"]["n"] for each in found["coverage"]] == [5, 5, 4, 3, 2]


def test_what_a_triager_is_asked(route: Asking, here: Path) -> None:
    found = measured(route, "--ranked", "ranked", "--route-at", "1")
    assert {line["band"] for line in ranked(here / "ranked")} == {"triage", "nobody"}
    assert found["own"]["bands"]["route"]["count"] == 0
    assert found["own"]["accuracy"]["value"] is None
    assert found["own"]["triage_at_3"]["count"] == 3
    load = found["load"]["all"]
    assert (load["people"], load["busiest_in_turn"]["value"]) == (1, 1.0)  # there is but one triager


def test_load_in_turn_is_lower_than_of_whoever_is_listed_first(route: Asking, here: Path) -> None:
    write(here / "cases", [case("does xl need root?", "LIBXL")] * 4)
    load = measured(route)["load"]["all"]
    assert (load["questions"], load["pings_to_everybody"], load["people"]) == (4, 8, 2)
    assert load["busiest_listed_first"]["count"] == 4
    assert load["busiest_in_turn"]["count"] == 2


def test_text_and_paragraph_together_or_the_text_alone(route: Asking, here: Path) -> None:
    said = {"paragraph": "It is about libxl.", "time": 1_700_000_000}
    write(here / "cases", [case("it hangs", "LIBXL", **said), case("it hangs", "LIBXL", paragraph=None)])
    both = measured(route, "--ranked", "ranked")
    assert (both["accuracy_at_1"]["count"], both["cases"]["with_paragraph"]) == (1, 1)
    assert [line["text"] for line in ranked(here / "ranked")] == [
        "it hangs\nIt is about libxl.",
        "it hangs",
    ]
    alone = measured(route, "--no-paragraph")
    assert (alone["accuracy_at_1"]["count"], alone["cases"]["with_paragraph"]) == (0, 0)


def test_packed_cases_are_read_and_ranked_sections_are_packed(route: Asking, here: Path) -> None:
    (here / "packed").write_bytes(gzip.compress((here / "cases").read_bytes(), mtime=0))
    measured(route, "--ranked", "plain")
    measured(route, "--ranked", "ranked.gz", cases="packed")
    assert ranked(here / "ranked.gz") == ranked(here / "plain")
    before = (here / "ranked.gz").read_bytes()
    measured(route, "--ranked", "ranked.gz", cases="packed")
    assert (here / "ranked.gz").read_bytes() == before


def test_the_table(route: Asking) -> None:
    code, out, err = route()
    assert (code, err) == (command_line.OK, "")
    assert "5 questions, 0 with a paragraph: 4 that a section owns, 1 that none does." in out
    assert "3 sections, 4 people, no history." in out
    for said in ("among first three", "75 % of all", "calibration error", "busiest person, in turn", "p99"):
        assert said in out


def test_ranked_on_standard_output_leaves_the_table_to_standard_error(route: Asking) -> None:
    code, out, err = route("--ranked", "-", "--limit", "2")
    assert code == command_line.OK
    assert [json.loads(line)["band"] for line in out.splitlines()] == ["route", "route"]
    assert "2 questions" in err


HISTORY = """\
commit 1111111111111111111111111111111111111111 1700000000
    teapot: make it larger

tools/qemu/teapot.c

commit 2222222222222222222222222222222222222222 1600000000
    kettle: whistle when it is hot

tools/qemu/kettle.c

commit 3333333333333333333333333333333333333333 1500000000
    spoon: stir in time

tools/libs/light/spoon.c
"""


def test_what_is_learned_is_older_than_the_earliest_case(route: Asking, here: Path) -> None:
    (here / "log.gz").write_bytes(gzip.compress(HISTORY.encode(), mtime=0))
    late, early = 1_800_000_000, 1_650_000_000
    write(here / "late", [case("where is the teapot", "QEMU", time=late), case("and the kettle?", "QEMU")])
    found = measured(route, "--history", "log.gz", cases="late")
    assert (found["history"]["commits"], found["history"]["left_out"]) == (3, 0)
    assert found["accuracy_at_1"]["count"] == 2
    write(here / "early", [case("and the kettle?", "QEMU", time=late), case("a spoon", "LIBXL", time=early)])
    code, out, err = route("--json", "--history", "log.gz", "--limit", "1", cases="early")
    assert code == command_line.OK
    assert "1 of 3 commits is left out, for it is not older than the earliest case (2022-04-15)" in err
    assert (json.loads(out)["history"]["commits"], json.loads(out)["cases"]["asked"]) == (2, 1)
    assert "learned from 3 commits." in route("--history", "log.gz", cases="late")[1]


def test_a_map_of_another_format(route: Asking, here: Path) -> None:
    (here / "MAINTAINERS").write_text(
        "XEN THINGS\nM:\tAnn <ann@example.org>\nS:\tMaintained\nF:\ttools/{a,b}/\n\n"
        "THE REST\nM:\tEve <eve@example.org>\nS:\tMaintained\nF:\t*\nF:\t*/\n"
    )
    (here / "paths").write_text("tools/a/teapot.c\nREADME\n")
    write(here / "cases", [case("teapot.c does not compile", "XEN THINGS")])
    options = ("--dialect", "xen", "--paths", "paths")
    assert measured(route, *options, map_="MAINTAINERS")["accuracy_at_1"]["count"] == 1
    assert route("--dialect", "klingon")[0] == command_line.WRONG_USE


def test_a_checkout_is_a_map_and_its_tree_with_what_is_laid_over_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "tree" / "lib").mkdir(parents=True)
    (here / "tree" / "lib" / "pump.c").touch()
    (here / "tree" / "MAINTAINERS").write_text("PUMPS\nM:\tAnn <ann@example.org>\nF:\tlib/\n")
    (here / "more.yaml").write_text("sections: {PUMPS: {keywords: [whistle]}}\n")
    write(here / "cases", [case("pump.c does not compile", "PUMPS"), case("a whistle", "PUMPS")])
    options = ["--map", "tree", "--overlay", "more.yaml", "--format", "maintainers", "--json", "cases"]
    assert exit_code(["eval", "route", *options]) == command_line.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["map"]["path"], found["accuracy_at_1"]["count"]) == ("tree", 2)
    (here / "config.yaml").write_text(
        "networks: {libera: {host: h, nick: desk}}\nmap: map.yaml\nknowledge: .\n"
    )
    write(here / "cases", CASES)
    assert exit_code(["eval", "route", "--json", "cases"]) == command_line.OK
    found = json.loads(capsys.readouterr().out)
    assert (found["map"]["path"], found["map"]["sections"]) == ("config.yaml", 3)


def test_map_overlay_and_cases_may_come_through_pipes(here: Path) -> None:
    line = "{ cat cases; } | pkgdesk eval route --map <(cat map.yaml) --overlay <(cat over.yaml) --json -"
    (here / "over.yaml").write_text("sections: {QEMU: {aliases: [kettle]}}\n")
    run = f"pkgdesk() {{ '{sys.executable}' -m bot.cli \"$@\"; }}; {line}"
    done = subprocess.run(
        ["bash", "-c", run],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert (found["map"]["sections"], found["cases"]["asked"]) == (3, 5)


# --- what goes wrong ----------------------------------------------------------------------------------


def test_gold_that_the_map_does_not_have_is_told_and_counted(route: Asking, here: Path) -> None:
    names = [f"NO {number}" for number in range(5)]
    write(here / "cases", [*CASES[:1], *(case("is xl there?", name) for name in names)])
    code, out, err = route("--json")
    assert code == command_line.OK
    assert "the map has no section `NO 0`, `NO 1`, `NO 2` and 2 more" in err
    assert "5 cases" in err
    found = json.loads(out)
    assert found["cases"]["gold_missing"] == 5
    assert found["cases"]["missing"] == dict.fromkeys(names, 1)
    assert found["accuracy_at_1"]["n"] == 1


@pytest.mark.parametrize(
    ("line", "place", "said"),
    [
        ("", "cases:1:1", "holds nothing: each line is an object like"),
        ("xl hangs\n", "cases:1:1", "this is not JSON"),
        ('{"text": "xl"}\n', "cases:1:1", "gold"),
        ('{"gold": ["LIBXL"]}\n', "cases:1:1", "text"),
        ('{"text": "xl", "gold": "LIBXL"}\n', "cases:1:", "gold"),
        ('{"text": "xl", "gold": [""]}\n', "cases:1:", "must not be empty"),
        ('\n{"text": "xl", "gold": [], "time": "soon"}\n', "cases:2:", "time"),
        ('{"text": "xl", "gold": [], "time": Infinity}\n', "cases:1:", "time"),
        ('{"path": "a", "sections": []}\n', "cases:1:1", "is a path with its sections"),
    ],
)
def test_malformed_cases(route: Asking, here: Path, line: str, place: str, said: str) -> None:
    (here / "cases").write_text(line)
    code, out, err = route("--ranked", "ranked")
    assert (code, out) == (command_line.WRONG_USE, "")
    assert f"{place}" in err
    assert said in err
    assert not (here / "ranked").exists()


def test_what_is_not_there_or_not_to_be_written(route: Asking, here: Path) -> None:
    code, _, err = route(cases="nowhere")
    assert (code, "nowhere:1:1" in err, "there is no such file" in err) == (
        command_line.WRONG_USE,
        True,
        True,
    )
    code, _, err = route(map_="nowhere")
    assert (code, "nowhere" in err) == (command_line.WRONG_USE, True)
    code, _, err = route("--history", "nowhere")
    assert (code, "nowhere:1:1: there is no such file" in err) == (command_line.WRONG_USE, True)
    code, _, err = route("--history", "map.yaml")
    assert (code, "map.yaml:1:1: holds no commit" in err) == (command_line.WRONG_USE, True)
    code, _, err = route("--history", "cases")
    assert (code, "cases:1:1: holds JSON that is no history, as a file of cases is" in err) == (2, True)
    code, _, err = route("--ranked", "cases")
    assert (code, "is read here" in err) == (command_line.WRONG_USE, True)
    code, _, err = route("--ranked", "no/such/folder")
    assert (code, "cannot write no/such/folder" in err) == (command_line.FAILED, True)
    code, _, err = route("--ranked", "-", "--json")
    assert (code, "both want standard output" in err) == (command_line.WRONG_USE, True)
    assert route("--route-at", "2")[0] == command_line.WRONG_USE


def test_sections_of_one_name_are_one_to_whoever_asks(here: Path, route: Asking) -> None:
    stanza = "BOARD\nM:\tAnn <ann@example.org>\nS:\tMaintained\nF:\t{}\n\n"
    text = "Maintainers List\n----\n\n" + stanza.format("boards/one/") + stanza.format("boards/two/")
    (here / "MAINTAINERS").write_text(text)
    write(here / "cases", [case("boards/two/start.c does not build", "BOARD")])
    _, out, err = route("--dialect", "u-boot", "--ranked", "ranked", "--json", map_="MAINTAINERS")
    assert [each["section"] for each in json.loads((here / "ranked").read_text())["ranked"]] == ["BOARD"]
    assert "no section" not in err
    assert json.loads(out)["accuracy_at_1"]["value"] == 1
