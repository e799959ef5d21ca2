"""`pkgdesk eval match`, as its users call it: tables, JSON, ranked entries, and what goes wrong."""

import gzip
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot import command_line
from bot.cli import exit_code
from bot.evaluating import match as matching
from knowledge.semantic import SentenceModel

THINGS = ("bootloader", "hypervisor", "toolstack", "console", "firmware", "balloon", "scheduler", "tracer")
VERBS = ("compile", "disable", "relocate", "rename", "sign", "split")
SETS = Path(__file__).parents[3] / "shared" / "data" / "match"

Asking = Callable[..., tuple[int, str, str]]


def write(path: Path, objects: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in objects), "utf-8")
    return path


def entry(name: str, *questions: str, answer: str = "") -> dict[str, Any]:
    return {"id": name, "questions": list(questions), "answer": answer}


def query(text: str, *gold: str) -> dict[str, Any]:
    return {"text": text, "gold": list(gold)}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a set of 48 entries and 56 queries, the last eight of which have no answer."""
    pairs = [(verb, thing) for verb in VERBS for thing in THINGS]
    write(
        tmp_path / "entries",
        (
            entry(f"{verb}-{thing}", f"How do I {verb} the {thing}?", answer="Set it.")
            for verb, thing in pairs
        ),
    )
    asked = [
        query(f"our {thing} package, is there any way to {verb} it", f"{verb}-{thing}")
        for verb, thing in pairs
    ]
    animals = ("cat", "dog", "cow", "pig", "emu", "ant", "bee", "fox")
    none = [query(f"who pays for the {animal}") for animal in animals]
    write(tmp_path / "queries", [*asked, *none])
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def match(here: Path, capsys: pytest.CaptureFixture[str]) -> Asking:
    """Calls the command on the set, with further options; exit code and what it said."""

    def call(*options: str, entries: str = "entries", queries: str = "queries") -> tuple[int, str, str]:
        code = exit_code(["eval", "match", entries, queries, *options])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def measured(match: Asking, *options: str, **files: str) -> dict[str, Any]:
    code, out, err = match("--json", *options, **files)
    assert (code, err) == (command_line.OK, "")
    found: dict[str, Any] = json.loads(out)
    return found


# --- what is measured ---------------------------------------------------------------------------------


def test_lines_that_were_overheard_are_answered_more_rarely(match: Asking, here: Path) -> None:
    (here / "config.yaml").write_text(
        "networks: {l: {host: h, nick: n, channels: ['#c']}}\nknowledge: base\nmap: map.yaml\n"
        "desk: {answer_at: 0.1, offer_at: 0.1, gap: 0, overheard_at: 1}\n"
    )
    (here / "map.yaml").write_text("people: {bob: {}}\nsections: {QEMU: {maintainers: [bob]}}\n")
    ranked = ("--config", "config.yaml", "--ranked", "ranked")
    addressed = measured(match, *ranked)
    bands = {json.loads(line)["band"] for line in (here / "ranked").read_text().splitlines()}
    assert "answer" in bands
    overheard = measured(match, *ranked, "--overheard")
    bands = {json.loads(line)["band"] for line in (here / "ranked").read_text().splitlines()}
    assert bands == {"route"}
    assert (addressed["queries"]["overheard"], overheard["queries"]["overheard"]) == (False, True)
    assert addressed["own"]["answer_at"] < overheard["own"]["answer_at"] == 1
    assert addressed["recall_at_1"] == overheard["recall_at_1"]
    assert "questions that nobody addressed to the desk: 48 that" in match("--overheard")[1]


def test_a_small_set_counted_by_hand(match: Asking, here: Path) -> None:
    write(here / "entries", [entry("red", "paint the shed red"), entry("blue", "paint the boat blue")])
    write(
        here / "queries",
        [
            query("paint the shed red", "red"),  # first
            query("paint the boat blue", "red"),  # second: `paint` is in both
            query("zebra crossing", "blue"),  # nothing is found
            query("zebra crossing"),  # and rightly so
            query("paint the boat blue", "green"),  # of which there is none
        ],
    )
    found = measured(match)
    assert found["base"] == {
        "path": "entries",
        "entries": 2,
        "phrasings": 2,
        "left_out": 0,
        "model": None,
    }
    assert found["queries"] == {
        "path": "queries",
        "asked": 5,
        "answerable": 3,
        "unanswerable": 2,
        "gold_missing": 1,
        "noise": None,
        "overheard": False,
    }
    assert (found["recall_at_1"]["count"], found["recall_at_1"]["n"]) == (1, 3)
    assert (found["recall_at_3"]["count"], found["recall_at_3"]["n"]) == (2, 3)
    assert found["mrr"]["value"] == pytest.approx((1 + 1 / 2) / 3, abs=1e-6)
    assert found["auroc"]["n"] == 5
    for threshold in ("own", "oracle"):
        assert found[threshold]["coverage"]["n"] == 3
        assert found[threshold]["answered"]["n"] == 5
        assert found[threshold]["false_answers"]["n"] == 2
    assert found["milliseconds"]["p50"] <= found["milliseconds"]["p99"]
    assert found["seconds"]["embeddings"] is None
    assert found["mebibytes"]["peak"] > 10


def test_the_figures_agree_with_the_ranked_entries(match: Asking, here: Path) -> None:
    found = measured(match, "--ranked", "ranked")
    lines = [json.loads(line) for line in (here / "ranked").read_text("utf-8").splitlines()]
    asked = [json.loads(line) for line in (here / "queries").read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines] == [each["text"] for each in asked]
    assert all(list(line) == ["text", "ranked", "band"] for line in lines)
    pairs = list(zip(lines, asked, strict=True))
    first = sum([each["id"] for each in line["ranked"][:1]] == each["gold"] != [] for line, each in pairs)
    answers = [(line, each) for line, each in pairs if line["band"] == "answer"]
    right = sum(line["ranked"][0]["id"] in each["gold"] for line, each in answers)
    assert first > 40
    assert found["recall_at_1"] == {**found["recall_at_1"], "count": first, "n": 48}
    assert found["own"]["coverage"] == {**found["own"]["coverage"], "count": right, "n": 48}
    assert found["own"]["precision"]["n"] == found["own"]["answered"]["count"] == len(answers)
    for line in lines:
        probabilities = [each["probability"] for each in line["ranked"]]
        assert all(0 <= each <= 1 for each in probabilities)
        assert len({each["id"] for each in line["ranked"]}) == len(probabilities) <= 10
    assert [line["ranked"] for line in lines[-8:]] == [[]] * 8


def test_it_answers_as_ask_does(match: Asking, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On the demo's base, with the demo's configuration: the same entries, probabilities and bands."""
    demo = Path(matching.__file__).parents[1] / "demo"
    texts = ["how do I build without cloning qemu", "which compiler is old enuogh for xen", "a zebra"]
    write(here / "queries", (query(text) for text in texts))
    code, _, _ = match(
        "--config", str(demo / "config.yaml"), "--ranked", "r", entries=str(demo / "knowledge")
    )
    assert code == command_line.OK
    lines = [json.loads(line) for line in (here / "r").read_text("utf-8").splitlines()]
    for text, line in zip(texts, lines, strict=True):
        exit_code(["ask", "--json", text, "--config", str(demo / "config.yaml")])
        asked = json.loads(capsys.readouterr().out)
        assert line["band"] == asked["band"]
        told = [(each["entry"], each["probability"]) for each in asked["matches"]]
        ranked = [(each["id"], round(each["probability"], 4)) for each in line["ranked"]]
        assert ranked[: len(told)] == told


def test_what_is_left_out_has_no_answer(match: Asking) -> None:
    found = measured(match, "--without", "half")
    assert (found["base"]["entries"], found["base"]["left_out"]) == (24, 24)
    assert found["queries"]["answerable"] == 24
    assert found["queries"]["gold_missing"] == 24
    assert found["own"]["false_answers"]["n"] == 32


def test_chance_comes_from_the_seed(match: Asking, here: Path) -> None:
    texts = {}
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        measured(match, "--noise", "typo50", "--seed", seed, "--ranked", name)
        texts[name] = [json.loads(line)["text"] for line in (here / name).read_text("utf-8").splitlines()]
    assert texts["a"] == texts["b"] != texts["c"]
    measured(match, "--limit", "7", "--noise", "typo50", "--seed", "1", "--ranked", "d")
    some = [json.loads(line)["text"] for line in (here / "d").read_text("utf-8").splitlines()]
    assert some == texts["a"][::8]


def test_the_order_of_files_makes_no_difference(match: Asking, here: Path) -> None:
    before = measured(match)
    for name in ("entries", "queries"):
        lines = (here / name).read_text("utf-8").splitlines(keepends=True)
        (here / name).write_text("".join(reversed(lines)), "utf-8")
    after = measured(match)
    for key in ("recall_at_1", "recall_at_3", "mrr", "auroc", "own", "oracle"):
        assert after[key] == before[key]


def test_packed_sets_and_odd_questions(match: Asking, here: Path) -> None:
    odd = ["", " ", "?!", "the", "x" * 65_000, "дом", "\x00\x07\x1b[31m", "compile " * 9_000]
    write(here / "queries", (query(text) for text in odd))
    for name in ("entries", "queries"):
        (here / name).write_bytes(gzip.compress((here / name).read_bytes(), mtime=0))
    code, out, err = match("--ranked", "ranked", "--noise", "typo50")
    assert (code, err) == (command_line.OK, "")
    assert (
        "8 questions, with typing errors (typo50, seed 0): 0 that the base answers, 8 that it does not."
        in out
    )
    assert len((here / "ranked").read_text("utf-8").splitlines()) == 8


def test_one_entry_is_a_base(match: Asking, here: Path) -> None:
    write(here / "entries", [entry("only", "how do I build it?")])
    write(here / "queries", [query("how do I build it?", "only"), query("a zebra")])
    found = measured(match, "--without", "half")
    assert found["base"]["entries"] == 1
    assert found["recall_at_1"]["value"] == 1.0


# --- with the sentence model --------------------------------------------------------------------------


@pytest.fixture
def with_model(
    tiny: SentenceModel, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The folder of the user's sentence model, which is there now."""
    folder = tmp_path_factory.mktemp("data") / "pkgdesk" / "sentence-model"
    shutil.copytree(tiny.folder, folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(folder.parents[1]))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parents[1]))
    return folder


def test_the_sentence_model_is_used_where_there_is_one(match: Asking, with_model: Path) -> None:
    words = measured(match, "--no-semantic")
    assert (words["base"]["model"], words["embedded"], words["seconds"]["model"]) == (None, None, None)
    before, after = measured(match), measured(match)
    assert before["base"]["model"] is not None
    assert (before["embedded"], after["embedded"]) == (97, 0)  # entries, phrasings, one answer
    assert before["seconds"]["embeddings"] > 0
    assert after["auroc"] == before["auroc"]
    _, out, _ = match()
    assert f"words and {before['base']['model']}." in out
    assert "   embedding " in out


def test_a_model_that_cannot_be_used_is_no_reason_to_measure_without(
    match: Asking, here: Path, with_model: Path
) -> None:
    (with_model / "tokenizer.json").write_text("{}")
    code, out, err = match("--ranked", "ranked")
    assert (code, out) == (command_line.WRONG_USE, "")
    first, second = err.splitlines()
    assert first.startswith(f"pkgdesk: {with_model / 'tokenizer.json'}: ")
    assert second == "pkgdesk: or measure words alone with --no-semantic"
    assert not (here / "ranked").exists()
    assert match("--no-semantic")[0] == command_line.OK


# --- how it is told -----------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 80])
def test_the_table_fits_the_terminal(match: Asking, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, err = match("--without", "half")
    assert (code, err) == (command_line.OK, "")
    table = out.splitlines()[2:-1]
    assert out.startswith("56 questions: 24 that the base answers, 32 that it does not")
    assert "24 entries (24 left out, seed 0) with 24 phrasings, words alone." in out
    assert max(map(len, table)) <= columns
    assert ("95 % interval" in out) is (columns == 80)
    for name in (
        "among first three",
        "AUROC",
        "questions answered",
        "false answers",
        "its threshold",
    ):
        assert f"   {name} " in out
    assert sum("   precision " in line for line in table) == 2


def test_ranked_entries_on_standard_output_stand_there_alone(match: Asking) -> None:
    code, out, err = match("--ranked", "-")
    assert code == command_line.OK
    assert len([json.loads(line) for line in out.splitlines()]) == 56
    assert "questions answered" in err
    code, out, err = match("--ranked", "-", "--json")
    assert (code, out) == (command_line.WRONG_USE, "")
    assert "both want standard output: name a file" in err


def test_sets_that_do_not_belong_together_are_suspected(match: Asking, here: Path) -> None:
    write(here / "queries", [query("how do I build it?", "other")])
    code, _, err = match()
    assert code == command_line.OK
    assert err == (
        "pkgdesk: none of the ids in gold is in the base: do ENTRIES and QUERIES belong together?\n"
    )


# --- an operator's own base ---------------------------------------------------------------------------


def test_a_folder_of_entries_is_a_base(match: Asking, here: Path) -> None:
    base = here / "base"
    base.mkdir()
    (base / "qemu.yaml").write_text(
        "id: qemu\nphrasings: [build without cloning QEMU]\nanswers: [{short: So, applies: {xen: '>=4.4'}}]\n"
    )
    (base / "broken.yaml").write_text("id: broken\n")
    write(here / "queries", [query("build without cloning qemu on 4.2", "qemu")])
    code, out, err = match("--json", entries="base")
    assert code == command_line.OK
    assert err.startswith("pkgdesk: not right: base/broken.yaml:1:1: ")
    assert json.loads(out)["recall_at_1"]["value"] == 1.0
    # With a configuration that declares the facet the question is about a version that it does not hold for.
    (here / "config.yaml").write_text(
        "networks: {local: {host: 127.0.0.1, nick: desk, channels: ['#a']}}\n"
        "facets: {xen: {bare: yes}}\nknowledge: base\nmap: map.yaml\n"
    )
    (here / "map.yaml").write_text("people: {bob: {}}\nsections: {QEMU: {maintainers: [bob]}}\n")
    code, out, _ = match("--json", "--config", "config.yaml", entries="base")
    assert json.loads(out)["recall_at_1"]["value"] == 0.0
    (here / "map.yaml").unlink()
    code, _, err = match("--config", "config.yaml", entries="base")
    assert code == command_line.WRONG_USE
    assert "map.yaml:1:1: there is no such file" in err


# --- what goes wrong ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--noise", "typo99"), "typo99"),
        (("--without", "all"), "all"),
        (("--limit", "0"), "--limit"),
        (("--ranked", "nowhere/ranked"), "cannot write nowhere/ranked: no such file or directory"),
        (("--ranked", "entries"), "entries:1:1: is read here: name another file for the ranked entries"),
    ],
)
def test_what_cannot_be_done_is_known_before_anything_is(
    match: Asking, here: Path, options: tuple[str, str], said: str
) -> None:
    before = (here / "entries").read_bytes()
    code, out, err = match(*options)
    assert code in (command_line.WRONG_USE, command_line.FAILED)
    assert out == ""
    assert said in err
    assert sorted(path.name for path in here.iterdir()) == ["entries", "queries"]
    assert (here / "entries").read_bytes() == before


def test_a_wrong_line_leaves_everything_as_it_was(match: Asking, here: Path) -> None:
    (here / "ranked").write_text("old")
    for name in ("entries", "queries"):
        before = (here / name).read_bytes()
        (here / name).write_bytes(before + b'{"text": 5}\n')
        code, out, err = match("--ranked", "ranked")
        assert (code, out) == (command_line.WRONG_USE, "")
        assert f"pkgdesk: {name}:" in err
        (here / name).write_bytes(before)
    assert (here / "ranked").read_text() == "old"
    (here / "empty").write_text("")
    code, _, err = match(queries="empty")
    assert (code, "empty:1:1: holds nothing: each line is an object like" in err) == (
        command_line.WRONG_USE,
        True,
    )
    code, _, err = match(entries=".")
    assert (code, "holds no entry" in err) == (command_line.WRONG_USE, True)


def test_the_ranked_entries_appear_whole_or_not_at_all(
    match: Asking, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "old").write_text("old")
    (here / "old").chmod(0o640)
    (here / "link").symlink_to("old")

    def interrupted(*_: object) -> None:
        assert (here / "old").read_text() == "old"
        assert len(list(here.glob(".old.*.part"))) == 1
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        during.setattr(matching, "write_lines", interrupted)
        code, _, _ = match("--ranked", "link")
    assert code == command_line.INTERRUPTED
    assert (here / "old").read_text() == "old"
    assert list(here.glob(".old.*")) == []
    assert match("--ranked", "link")[0] == command_line.OK
    assert (here / "link").is_symlink()
    assert len((here / "old").read_text("utf-8").splitlines()) == 56
    assert stat.S_IMODE((here / "old").stat().st_mode) == 0o640
    assert match("--ranked", os.devnull)[0] == command_line.OK


# --- the public sets ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "at_least"), [("stackfaq", 0.75), ("clinc", 0.6)])
def test_public_sets(match: Asking, name: str, at_least: float) -> None:
    entries, queries = SETS / f"{name}.entries.jsonl.gz", SETS / f"{name}.dev.queries.jsonl.gz"
    if not entries.exists():
        pytest.skip(f"the public set {name} is not here")
    found = measured(match, "--no-semantic", entries=str(entries), queries=str(queries))
    assert found["recall_at_1"]["value"] >= at_least
    assert found["oracle"]["coverage"]["value"] >= found["own"]["coverage"]["value"]
    assert found["auroc"]["value"] > 0.7


def test_a_public_set_with_the_real_model(
    match: Asking, model: SentenceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries, queries = SETS / "stackfaq.entries.jsonl.gz", SETS / "stackfaq.dev.queries.jsonl.gz"
    if not entries.exists():
        pytest.skip("the public set stackfaq is not here")
    (tmp_path / "pkgdesk").mkdir()
    (tmp_path / "pkgdesk" / "sentence-model").symlink_to(model.folder)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = measured(match, "--limit", "150", entries=str(entries), queries=str(queries))
    assert found["base"]["model"] == model.name
    assert found["recall_at_1"]["value"] >= 0.9
