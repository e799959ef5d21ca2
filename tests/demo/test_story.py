"""The story is told by real processes, and it can fail."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from matrix_homeservers import synapse

KNOWLEDGE = Path(__file__).parents[2] / "bot" / "demo" / "knowledge"
TELL = """
import sys
import time
from pathlib import Path
from bot.demo.place import IrcPlace
from bot.demo.story import tell
sys.exit(tell(IrcPlace(), base=Path(sys.argv[1])))
"""
WITHIN = 100


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=WITHIN,
        check=False,
    )


def test_the_story_comes_true_line_by_line(tmp_path: Path) -> None:
    told = run("-m", "bot.cli", "demo", "--story", "--state", "kept", cwd=tmp_path)

    assert told.returncode == 0, told.stdout
    count = re.search(r"^(\d+) of (\d+) expected lines came, in (\d+) s\.$", told.stdout, re.MULTILINE)
    assert count is not None
    assert int(count[1]) == int(count[2]) >= 35
    landmarks = (
        r"<pkgdesk> alice: .*--with-system-qemu.*for xen .*https://.*`more` or `not it`",
        r"<alice> more\n.*<pkgdesk> alice: ",
        r"<alice> not it\n.*did you mean \(1\)",
        r"bob → pkgdesk \(privately\): kb reject 1 .*\n.*pkgdesk → bob \(privately\): draft 1 is rejected",
        r"<pkgdesk> carol: alice asks #2: “xenstored dies",
        r"— .*killed \(kill -9\) and started again —\n.*pkgdesk has left.*\n.*pkgdesk is here",
        r"<pkgdesk> dave: alice asks #2: “xenstored dies",
        r"<dave> alice: which compiler.*\?\n.*<alice> dave: gcc 14",
        r"<pkgdesk> alice: was that it for #2\?",
        r"<bob> not me → carol\n.*<pkgdesk> carol: alice asks #3",
        r"alice has left \(.*lunch\)",
        r"alice is here\n.*<pkgdesk> alice: bob answered #4",
        r"alice → pkgdesk \(privately\): missed\n(?:.*\n)?.*alice \(privately\): you missed nothing",
        r"<alice> pkgdesk: status\n.*4 ended",
        r"bob → pkgdesk \(privately\): kb show 2\n(?:.*\n)?.*pkgdesk → bob \(privately\): draft 2: new",
        r"bob → pkgdesk \(privately\): kb publish 2\n",
        r"draft 2 is published as [0-9a-f]{7}: `xenstored",
        r"— git log: [0-9a-f]{7} kb: xenstored.* \(author: Dave .*, reviewed by Bob .*\) —",
        r"<erin> pkgdesk: .*\n(?:.*\n)?.*<pkgdesk> erin: .*-fno-strict-aliasing",
    )
    at = 0
    for landmark in landmarks:
        found = re.compile(landmark).search(told.stdout, at)
        assert found is not None, f"{landmark}\nis not in\n{told.stdout[at:]}"
        at = found.start()
    assert "\x1b" not in told.stdout, "no colours where there is no terminal"
    assert (tmp_path / "kept" / "desk.sqlite").exists()


def test_the_story_comes_true_on_matrix(tmp_path: Path) -> None:
    synapse()

    told = run("-m", "bot.cli", "demo", "--story", "--matrix", cwd=tmp_path)

    assert told.returncode == 0, told.stdout
    count = re.search(r"^(\d+) of (\d+) expected lines came, in (\d+) s\.$", told.stdout, re.MULTILINE)
    assert count is not None
    assert int(count[1]) == int(count[2]) >= 35
    landmarks = (
        r"<pkgdesk> alice: #1: did you mean \(1\).*\n.*alice reacts 1.* to “alice: #1: did you mean",
        r"— .*killed \(kill -9\) and started again —\n.*<pkgdesk> dave: alice asks #2",
        r"alice reacts 👍 to “alice: was that it for #3",
        r"alice has left \(lunch\)",
        r"<pkgdesk> alice: bob answered #4",
        r"alice → pkgdesk \(privately\): missed\n(?:.*\n)?.*alice \(privately\): you missed nothing",
        r"bob → pkgdesk \(privately\): kb publish 2\n",
        r"— git log: [0-9a-f]{7} kb: xenstored.* \(author: Dave .*, reviewed by Bob .*\) —",
        r"<erin> pkgdesk: .*\n(?:.*\n)?.*<pkgdesk> erin: .*-fno-strict-aliasing",
    )
    at = 0
    for landmark in landmarks:
        found = re.compile(landmark).search(told.stdout, at)
        assert found is not None, f"{landmark}\nis not in\n{told.stdout[at:]}"
        at = found.start()


def test_without_a_homeserver_it_says_where_to_have_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "demo", "--story", "--matrix"],
        cwd=tmp_path,
        env={**os.environ, "PKGDESK_SYNAPSE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )

    assert done.returncode == 2
    assert re.search(r"PKGDESK_SYNAPSE is .*, and no Synapse is there: name the Python", done.stderr)


def test_a_line_that_does_not_come_fails_the_story(tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(KNOWLEDGE, base, ignore=shutil.ignore_patterns("system-qemu.yaml"))

    told = run("-c", TELL, str(base), cwd=tmp_path)

    assert told.returncode == 1, told.stdout
    assert re.search(r"0 expected lines came, then not: alice expected .*--with-system-qemu", told.stdout)
    instead = told.stdout.partition("What came instead:")[2]
    assert re.match(r"\n  <pkgdesk> alice: .*#1", instead), told.stdout
    assert '"event": "connected"' in instead.partition("The desk's log ends so:")[2]
    assert "expected lines came, in" not in told.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_what_was_started_is_ended_however_the_story_is_broken_off(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "demo", "--story"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as story:
        assert story.stdout is not None
        for line in story.stdout:
            if "pkgdesk is here" in line:
                break
        children = Path(f"/proc/{story.pid}/task/{story.pid}/children").read_text().split()
        assert len(children) == 6, "a server, four players, a desk"

        story.send_signal(number)

        assert story.wait(WITHIN) == code
    if number is signal.SIGKILL:
        # Nobody is left to wait for them: they end by themselves.
        until = time.monotonic() + WITHIN
        while any(map(runs, children)) and time.monotonic() < until:
            time.sleep(0.05)
    else:
        assert list(tmp_path.iterdir()) == [], "and the folder is gone"
    assert [child for child in children if runs(child)] == []


def runs(process: str) -> bool:
    """Whether there is such a process, and it is not merely waiting to be buried."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
