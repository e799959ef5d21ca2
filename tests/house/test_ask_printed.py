"""What `pkgdesk ask` prints can be read whole, however narrow the terminal is; and how `ask` and `route` are
given a question."""

import io
import sys
from pathlib import Path

import pytest

import bot.demo
from bot.cli import LONGEST, exit_code
from bot.command_line import WRONG_USE
from knowledge.library import read_entry

KNOWLEDGE = Path(bot.demo.__file__).parent / "knowledge"


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_candidates_are_shown_in_full(
    tmp_path: Path, columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    exit_code(["ask", "firmware for guests"])
    printed = capsys.readouterr().out
    shown = "".join(printed.split())
    assert "Notsureenoughtoanswer" in shown
    assert "%" in shown
    first = read_entry(KNOWLEDGE / "system-ovmf.yaml")
    assert "".join(first.headline.split()) in shown
    # Each row stands beside the column of numbers, which no line of the text fills.
    assert all(word in printed for word in ("1", "2", "3", first.answers[0].short.split()[0]))


def given(monkeypatch: pytest.MonkeyPatch, stdin: bytes, *arguments: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    return exit_code([*arguments])


@pytest.mark.parametrize("command", ["ask", "route"])
def test_each_says_how_it_is_given_its_question(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code([command, "xenstored", "crashes"]) == WRONG_USE
    assert f'put the question in quotes: pkgdesk {command} "xenstored crashes"' in capsys.readouterr().err
    assert exit_code([command, " "]) == WRONG_USE
    assert f'there is no question: pkgdesk {command} "how do I' in capsys.readouterr().err
    assert given(monkeypatch, b" \n", command, "-") == WRONG_USE
    assert "there is no question" in capsys.readouterr().err


def test_a_question_comes_from_standard_input_and_is_asked_at_another_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    trace = b"xenstored died\n#0 talloc_free (tools/xenstored/talloc.c:12)\xff\n" + b" " * LONGEST
    given(monkeypatch, trace, "route", "-", "--at", "tomorrow 10:00")
    told = capsys.readouterr()
    assert "XENSTORE" in told.out
    assert "only the first 64 KiB of the question are read" in told.err
    assert "10:00 UTC" in told.err
    assert given(monkeypatch, b"xenstored", "route", "-", "--at", "2020-01-01 10:00") == WRONG_USE
    assert "--at: that is past already" in capsys.readouterr().err
