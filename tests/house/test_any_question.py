"""Questions of any content at the command line: an answer, "not known" or "there is no question", and never a
traceback."""

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot import command_line
from bot.cli import exit_code
from knowledge.semantic import SentenceModel

ROOT = Path(__file__).parents[2]
CONFIG = """\
networks: {demo: {host: 127.0.0.1, nick: desk, channels: ["#c"]}}
knowledge: base
map: map.yaml
"""
ENTRY = "id: qemu\nphrasings: [how do I build without cloning qemu]\nanswers: [{short: with an option}]\n"
MAP = "people: {bob: {accounts: {demo: bob}}}\nsections: {QEMU: {maintainers: [bob], keywords: [qemu]}}\n"

STRANGE = {
    "65,000 characters": "q" * 65_000,
    "65,000 words": "qemu " * 13_000,
    "stop words": "how do I",
    "a face": ":O",
    "Cyrillic": "как собрать",
    "CJK": "如何构建" * 100,
    "Arabic": "كيف أبني",
    "emoji": "👩\u200d👧🔥",
    "marks": "q" + "\u0301" * 1_000,
    "right to left": "\u202eqemu\u202c",
    "controls": "qemu\x1b[31m\x07\x7f\x9b",
    "NUL": "qemu\0build",
    "a sentence in a character": "\ufdfa" * 5_000,
    "syntax of queries": 'AND OR NOT "…" field0:x * ~ ^ [a TO',
    "markup": "[bold]qemu[/bold] [/] {0} %s $HOME",
    "a word of 10,000 letters": "zymurgy" * 1_500,
}


@pytest.fixture(params=["words", "model"])
def here(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a configuration (with a model and without one), a base and a map."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "qemu.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text(MAP)
    model = "no"
    if request.param == "model":
        tiny: SentenceModel = request.getfixturevalue("tiny")
        model = str(tiny.folder)
    (tmp_path / "config.yaml").write_text(f"{CONFIG}model: {model}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.setenv(command_line.DEBUG_VARIABLE, "1")  # what is not foreseen shall be raised
    return tmp_path


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_ask_of_any_text(here: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for overheard in ([], ["--overheard"]):
        code = exit_code(["ask", "--json", *overheard, "--", text])
        found = json.loads(capsys.readouterr().out)
        assert (code == command_line.OK) is (found["band"] == "answer")
        assert code in (command_line.OK, command_line.NOT_FOUND)
        assert found["why"].isprintable()


@pytest.mark.parametrize("text", ["", "  \t\n", "\u2003"])
def test_nothing_is_no_question(here: Path, text: str) -> None:
    with pytest.raises(command_line.Stop, match="there is no question"):
        exit_code(["ask", text])


@pytest.mark.parametrize("text", ["qemu [bold]x[/bold] \x1b[31m", ":O", "q" * 65_000, "biuld \u202e qemu"])
def test_explain_of_any_text_writes_no_control_character(
    here: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exit_code(["ask", "--explain", "--", text])
    told = capsys.readouterr()
    for line in (told.out + told.err).splitlines():
        assert line.isprintable()


THREE_WAYS = """\
import sys
from bot.cli import main
question = sys.argv[-1]
for more in ([], ["--explain"], ["--json"]):
    sys.argv[1:] = ["ask", *more, "--", question]
    try:
        main()
    except SystemExit as end:
        print("ended with", end.code)
"""


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", THREE_WAYS, b"qemu \xff\xc3 build"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"Traceback" not in asked.stderr
    shown, *codes = re.split(r"^ended with (\d)$", asked.stdout.decode(), flags=re.MULTILINE)
    assert shown
    assert {int(code) for code in codes[::2]} <= {command_line.OK, command_line.NOT_FOUND}
    assert len(codes[::2]) == 3
    assert json.loads(codes[3])["text"] == "qemu \udcff\udcc3 build"


# --- measuring ----------------------------------------------------------------------------------------


def lines(path: Path, *objects: object) -> str:
    path.write_text("".join(json.dumps(each) + "\n" for each in objects))
    return str(path)


def test_eval_match_of_any_text(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = lines(here / "entries", {"id": "qemu", "questions": ["build without qemu"], "answer": ""})
    texts = [*STRANGE.values(), "", "  "]
    queries = lines(here / "queries", *({"text": text, "gold": []} for text in texts))
    for more in ([], ["--overheard"], ["--noise", "typo50"]):
        config = ["--config", "config.yaml", "--ranked", "ranked", "--json", *more]
        assert exit_code(["eval", "match", entries, queries, *config]) == command_line.OK
        assert json.loads(capsys.readouterr().out)["queries"]["unanswerable"] == len(texts)
        ranked = [json.loads(line) for line in (here / "ranked").read_text("utf-8").splitlines()]
        assert len(ranked) == len(texts)
        assert all(0 <= each["probability"] <= 1 for line in ranked for each in line["ranked"])
        if not more:
            assert [line["text"] for line in ranked] == texts
            assert [line["band"] for line in ranked if not line["text"].strip()] == ["route", "route"]


@pytest.mark.parametrize(
    "questions",
    [["how do i"], ["???"], ["x" * 10_000], ["same"], ["\u202e", "日本語"]],
    ids=["stop words", "punctuation", "a long word", "said twice", "other scripts"],
)
def test_eval_match_of_a_base_of_any_text(
    here: Path, questions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    entries = lines(
        here / "entries", *({"id": name, "questions": questions, "answer": "…"} for name in ("a", "b"))
    )
    queries = lines(here / "queries", {"text": questions[0], "gold": ["a"]}, {"text": "zebra", "gold": []})
    assert exit_code(["eval", "match", entries, queries, "-c", "config.yaml", "--json"]) == command_line.OK
    assert json.loads(capsys.readouterr().out)["base"]["entries"] == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds nothing"),
        (b'{"id": "a", "questions": ["\\ud800"], "answer": ""}\n', "half a character"),
        (b"\xff\xfe", "utf-8"),
        (gzip.compress(b"", mtime=0)[:-4], ""),
    ],
    ids=["nothing", "half a character", "bytes that are no text", "cut off"],
)
def test_eval_match_of_a_base_that_is_none(
    here: Path,
    content: bytes,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(command_line.DEBUG_VARIABLE)
    (here / "entries").write_bytes(content)
    queries = lines(here / "queries", {"text": "qemu", "gold": []})
    assert exit_code(["eval", "match", "entries", queries, "-c", "config.yaml"]) == command_line.WRONG_USE
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("pkgdesk: entries:1:1: ")
    assert said in line.lower()


def test_a_base_without_entries(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "base" / "qemu.yaml").unlink()
    assert exit_code(["ask", "--json", "how do I build qemu"]) == command_line.NOT_FOUND
    told = json.loads(capsys.readouterr().out)
    assert (told["band"], told["matches"]) == ("route", [])
    assert told["sections"][0]["section"] == "QEMU"
    assert exit_code(["ask", "--explain", "how do I build qemu"]) == command_line.NOT_FOUND
    assert "nothing that has anything to do with it" in capsys.readouterr().out
