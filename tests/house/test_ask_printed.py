"""What `pkgdesk ask` prints can be read whole, however narrow the terminal is."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import bot.demo
from knowledge.library import read_entry

KNOWLEDGE = Path(bot.demo.__file__).parent / "knowledge"


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_candidates_are_shown_in_full(tmp_path: Path, columns: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-m", "bot.cli", "ask", "firmware for guests"],
        cwd=tmp_path,
        env={**os.environ, "COLUMNS": columns},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    shown = "".join(asked.stdout.split())
    assert "Notsureenoughtoanswer" in shown
    assert "%" in shown
    first = read_entry(KNOWLEDGE / "system-ovmf.yaml")
    assert "".join(first.headline.split()) in shown
    # Each row stands beside the column of numbers, which no line of the text fills.
    assert all(word in asked.stdout for word in ("1", "2", "3", first.answers[0].short.split()[0]))
