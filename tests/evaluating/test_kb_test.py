"""`pkgdesk kb test`, as editors call it: which phrasing does not find its entry, where it stands, and why."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import bot.evaluating
from bot import command_line
from bot.cli import exit_code
from bot.evaluating import phrasings as trying
from bot.evaluating.base import Surroundings, build
from bot.evaluating.phrasings import Covered, try_out
from knowledge.entry import Answer, Entry
from knowledge.semantic import SentenceModel

Testing = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a base of three entries in order."""
    base = tmp_path / "base"
    (base / "build").mkdir(parents=True)
    write(base, "build/qemu", "build the tools without cloning QEMU", "no network while QEMU is built")
    write(base, "firmware", "where is the guest firmware looked for", "path of the guest firmware")
    write(base, "sched", "which scheduler is the default")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def write(base: Path, name: str, *phrasings: str, applies: str = "{}") -> None:
    lines = [f"id: {name.rpartition('/')[2]}", "phrasings:", *(f"  - {each}" for each in phrasings)]
    lines += ["answers:", f"  - {{short: So it is., applies: {applies}}}", ""]
    (base / f"{name}.yaml").write_text("\n".join(lines))


@pytest.fixture
def test(here: Path, capsys: pytest.CaptureFixture[str]) -> Testing:
    """Calls the command; exit code and what it said."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = exit_code(["kb", "test", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_base_in_order_passes(test: Testing) -> None:
    code, out, err = test("base")
    assert code == command_line.OK
    assert "error" not in out
    assert "of 5 phrasings of 3 entries 5 find their entry first" in err
    assert "1 entry has a single phrasing" in err


def test_a_phrasing_that_finds_another_entry_is_told_with_place_and_reason(test: Testing, here: Path) -> None:
    write(here / "base", "other", "something about sandwiches", "which guest firmware")
    write(here / "base", "zoo", "guest firmware which is looked for, where", "zebra")
    write(here / "base", "build/qemu", "sandwiches", "build the tools without cloning QEMU")
    code, out, _ = test("base")
    assert code == command_line.NOT_FOUND
    (line,) = [line for line in out.splitlines() if "error" in line]
    place, _, said = line.partition(": error: ")
    assert place == "base/build/qemu.yaml:3:5" or place == "base/other.yaml:3:5"
    assert said.startswith("phrasings[0]: finds `")
    assert "because: phrasing" in said
    assert said.endswith("Say in one of the two what sets it apart")


def test_the_same_phrasing_in_two_entries(test: Testing, here: Path) -> None:
    write(here / "base", "twin", "Which scheduler is the default?")
    code, out, _ = test("base")
    assert code == command_line.NOT_FOUND
    (line,) = [line for line in out.splitlines() if "error" in line]
    assert line in (
        "base/twin.yaml:3:5: error: phrasings[0]: is a phrasing of `sched`, too: keep it in one of the two",
        "base/sched.yaml:3:5: error: phrasings[0]: is a phrasing of `twin`, too: keep it in one of the two",
    )


def test_a_phrasing_without_words_and_one_for_another_version(test: Testing, here: Path) -> None:
    write(here / "base", "odd", "how can I help you", "which console works on 4.2", applies="{xen: '>=4.4'}")
    (here / "config.yaml").write_text(
        "networks: {local: {host: 127.0.0.1, nick: desk, channels: ['#a']}}\n"
        "facets: {xen: {bare: yes}}\nknowledge: base\nmap: map.yaml\n"
    )
    code, out, _ = test()
    assert code == command_line.NOT_FOUND
    assert [line for line in out.splitlines() if "error" in line] == [
        "base/odd.yaml:3:5: error: phrasings[0]: holds no word that could be looked up: say in it what it is "
        "about",
        "base/odd.yaml:4:5: error: phrasings[1]: names xen 4.2, and the answers hold for xen ≥ 4.4 only: "
        "take it out, or add an answer",
    ]


def test_an_entry_that_cannot_be_read_is_an_error_as_well(test: Testing, here: Path) -> None:
    (here / "base" / "broken.yaml").write_text("id: broken\n")
    code, out, _ = test("base")
    assert code == command_line.NOT_FOUND
    assert out.startswith("base/broken.yaml:1:1: error: ")


def test_what_is_not_found_without_a_phrasing_is_listed_the_worst_first(test: Testing, here: Path) -> None:
    write(here / "base", "far", "alpha beta", "gamma delta", "gamma delta epsilon")
    write(here / "base", "farther", "zeta eta", "theta iota")
    code, out, _ = test("base")
    assert code == command_line.OK
    rows = [line.split() for line in out.splitlines()[3:] if line.strip()]
    assert [row for row in rows if row[3] in ("far", "farther")] == [
        ["0", "0", "2", "farther"],
        ["2", rows[[row[3] for row in rows].index("far")][1], "3", "far"],
    ]
    assert rows[0][3] == "farther"
    code, out, _ = test("base", "--json")
    found = json.loads(out)
    assert found["ok"] is True
    assert found["without_itself"]["phrasings"] == 9
    assert found["without_itself"]["entries"][0] == {
        "entry": "farther",
        "phrasings": 2,
        "found": 0,
        "answered": 0,
    }
    assert found["problems"] == []


def test_json_holds_the_places_of_errors(test: Testing, here: Path) -> None:
    write(here / "base", "odd", "a console for guests", "how can I help you")
    code, out, err = test("base", "--json")
    assert (code, err) == (command_line.NOT_FOUND, "")
    found = json.loads(out)
    assert found["ok"] is False
    assert found["as_it_stands"] == {**found["as_it_stands"], "phrasings": 7, "first": 6}
    (problem,) = found["problems"]
    assert (problem["file"], problem["line"], problem["column"], problem["severity"]) == (
        "base/odd.yaml",
        4,
        5,
        "error",
    )


def test_without_a_base_there_is_nothing_to_test(test: Testing, here: Path) -> None:
    code, out, err = test()
    assert (code, out) == (command_line.WRONG_USE, "")
    assert "there is no knowledge base to test: name its folder" in err
    (here / "empty").mkdir()
    code, _, err = test("empty")
    assert (code, "holds no entry" in err) == (command_line.WRONG_USE, True)
    code, _, err = test("nowhere")
    assert (code, "there is no such folder" in err) == (command_line.WRONG_USE, True)


def test_the_demo_s_base_passes(test: Testing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(bot.evaluating.__file__).parents[1] / "demo")
    code, out, _ = test()
    assert [line for line in out.splitlines() if "error" in line] == []
    assert code == command_line.OK


def test_the_sentence_model_is_used_where_there_is_one(
    test: Testing, tiny: SentenceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "pkgdesk" / "sentence-model"
    shutil.copytree(tiny.folder, folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    code, _, err = test("base")
    assert code == command_line.OK
    assert "each left out once, " in err
    (folder / "config.json").write_text("[]")
    code, out, err = test("base")
    assert (code, out) == (command_line.WRONG_USE, "")
    assert str(folder / "config.json") in err


def entries(*counts: int) -> list[Entry]:
    """Entries with so many phrasings, each of which has a word in common with its entry alone."""
    return [
        Entry(
            f"e{number}",
            tuple(f"thing{number}x colour{number}x{each}y" for each in range(count)),
            (Answer("So it is."),),
        )
        for number, count in enumerate(counts)
    ]


@pytest.mark.parametrize("affordable", [0, 100, 100_000])
def test_every_phrasing_is_left_out_once_however_few_bases_are_built(
    monkeypatch: pytest.MonkeyPatch, affordable: int
) -> None:
    monkeypatch.setattr(trying, "AFFORDABLE", affordable)
    asked = []
    built = build(entries(1, 2, 3, 30), Surroundings(), lambda *_: None)
    found = try_out(built.reference, lambda what, done, total: asked.append((what, done, total)))
    assert found.phrasings == found.first == 36
    assert found.single == 1
    assert {(each.entry, each.phrasings, each.found) for each in found.covered} == {
        ("e1", 2, 2),
        ("e2", 3, 3),
        ("e3", 30, 30),
    }
    assert [each[1] for each in asked if each[0].endswith("without itself")] == list(range(35))


def test_the_worst_come_first() -> None:
    covered = [Covered("c", 4, 2, 2), Covered("b", 2, 1, 0), Covered("d", 9, 9, 0), Covered("a", 5, 0, 0)]
    assert [each.entry for each in sorted(covered, key=trying._badness)] == ["a", "b", "c", "d"]
