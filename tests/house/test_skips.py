"""Where nothing may be skipped, a skipped test fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPING = """\
import pytest

def test_of_what_is_not_here():
    pytest.skip("there is no server")

@pytest.mark.xfail(reason="known")
def test_of_what_is_known_to_fail():
    assert False
"""


@pytest.mark.parametrize(("setting", "code"), [("", 0), ("1", 1)])
def test_a_skipped_test_fails_where_nothing_may_be_skipped(tmp_path: Path, setting: str, code: int) -> None:
    for each in ("conftest.py", "nursery.py", "dear_first.py"):
        shutil.copy(Path(__file__).parents[1] / each, tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPPING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PKGDESK_NO_SKIP": setting},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code
    assert "1 xfailed" in done.stdout
    assert ("there is no server" in done.stdout) == bool(code)
