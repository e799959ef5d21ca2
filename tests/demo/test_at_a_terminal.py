"""`pkgdesk demo` at a terminal, as whoever sits there sees it."""

import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from emulated_terminal import Terminal

DEMO = [sys.executable, "-m", "bot.cli", "demo"]
COLOUR = re.compile(rb"\x1b\[[0-9;]*(?:3[0-8]|9[0-7]|1|2)[;m]")
ASKS_WHERE_THE_CURSOR_IS = b"\x1b[6n"
ALTERNATE_SCREEN = b"\x1b[?1049h"

Sit = Callable[..., Terminal]


@pytest.fixture
def sit(tmp_path: Path) -> Iterator[Sit]:
    """Sit down at a terminal where the demo runs; temporary files go to `tmp`."""
    (tmp_path / "tmp").mkdir()
    with ExitStack() as opened:

        def sit(
            *arguments: str, sees: str = "alice>", command: Sequence[str] = (), **settings: Any
        ) -> Terminal:
            environment = {"TMPDIR": str(tmp_path / "tmp"), **settings.pop("environment", {})}
            words = arguments if command else ("demo", *arguments)
            terminal = Terminal(words, command=command, cwd=tmp_path, environment=environment, **settings)
            opened.enter_context(terminal)
            terminal.sees(sees)
            return terminal

        yield sit


def children(process: int) -> list[str]:
    return Path(f"/proc/{process}/task/{process}/children").read_text().split()


def test_the_first_screen_leads_to_an_answer_and_both_fit(sit: Sit, tmp_path: Path) -> None:
    terminal = sit()
    terminal.sees_now("│ /help · /why")
    assert all(len(row) < 80 for row in terminal.rows)

    terminal.presses("up", "enter")

    terminal.sees_now(r"^\S+ \*<pkgdesk> alice: .*\n {10}.*--with-system-qemu")
    terminal.sees_now("say: more, yes, not it")
    assert "Try one of these" in terminal.shown, "nothing has scrolled away"
    assert terminal.rows[terminal.screen.cursor.y].startswith("alice>")
    voices = {terminal.style(f"<{nick}>"[1:])[0] for nick in ("alice", "pkgdesk")}
    assert len(voices) == 2
    assert terminal.style("the build clones")[1], "what you said stands out"
    assert terminal.style("`more`")[1], "and what you can say"
    assert terminal.style("#xen-packagers: pkgdesk")[2], "the bar is set apart"
    assert ALTERNATE_SCREEN not in terminal.written
    assert ASKS_WHERE_THE_CURSOR_IS not in terminal.written

    terminal.presses("ctrl-d")
    assert terminal.ends() == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_tab_offers_what_counts_now_with_its_meaning(sit: Sit) -> None:
    terminal = sit()
    terminal.presses("up", "enter")
    terminal.sees_now("say: more, yes, not it")

    terminal.presses("tab")
    terminal.sees_now(r"more +goes on with what was told")
    terminal.sees_now(r"bob: +a developer")
    terminal.presses("escape")
    terminal.sees_no_longer("goes on with what was told")

    terminal.types("pkgdesk: sta")
    terminal.presses("tab")
    terminal.sees_now("alice> pkgdesk: status")
    terminal.types(" #")
    terminal.presses("tab")
    terminal.sees_now("alice> pkgdesk: status #1")
    terminal.presses("ctrl-c")
    terminal.sees_no_longer("alice> pkgdesk: status")

    terminal.types("/rea")
    terminal.presses("tab")
    terminal.sees_now("alice> /reasons")
    terminal.presses("ctrl-c", "ctrl-c")
    assert terminal.ends() == 0, "Ctrl-C on an empty line"


def test_the_reasons_come_on_demand(sit: Sit) -> None:
    terminal = sit()
    terminal.enters("/why")
    terminal.sees("nothing was asked yet")
    terminal.enters("/wyh")
    terminal.sees(r"there is no /wyh; did you mean /why\?")
    terminal.presses("up", "up", "up", "enter")
    terminal.sees("say: more")
    terminal.enters("/why")
    terminal.sees(r"why #1: “the build clones qemu.*\n +· answer: system-qemu")
    terminal.enters("/why 7")
    terminal.sees(r"there is no question #7")
    terminal.enters("/reasons on")
    terminal.enters("not it")
    terminal.sees(r"^ +#1 not it: system-qemu")
    terminal.enters("/ask live patching")
    terminal.sees("Whom the desk would ask")
    terminal.enters("/route tools/xenstored/talloc.c")
    terminal.sees("XENSTORE")
    terminal.enters("/help")
    terminal.sees(r"/be NAME +speak as")


def test_one_can_be_the_developer_too_and_the_packager_who_left(sit: Sit) -> None:
    terminal = sit()
    terminal.enters("pkgdesk: configure fails on riscv with an old autoconf")
    terminal.enters("/be bob")
    terminal.sees(r"You are bob, a developer and an editor, now")
    terminal.sees(r"\*<pkgdesk> bob: alice asks #1")
    terminal.sees_now("^bob>")
    terminal.sees_now("say: ack, not me")

    terminal.enters("/be alice")
    terminal.enters("/leave lunch")
    terminal.sees(r"alice has left \(.*lunch\)")
    terminal.enters("hello?")
    terminal.sees("alice is not in #xen-packagers: /back first")
    terminal.enters("/be bob")
    terminal.enters("run autogen.sh first")
    terminal.sees(r"\*<pkgdesk> bob: alice is not here now; I keep your answer to #1")
    terminal.enters("/be alice")
    terminal.enters("/back")

    terminal.sees(r"bob answered #1")
    terminal.sees_now("say: yes, no")
    assert "which version" not in terminal.scrolled, "bob said nothing by himself"


def test_a_question_to_nobody_is_noticed_and_what_is_said_privately_is_answered_privately(sit: Sit) -> None:
    terminal = sit()
    terminal.enters("how do I build this without the network?")
    terminal.sees(r"Nobody was asked\. To ask the desk begin with `pkgdesk: `")
    terminal.enters("/msg pkgdesk xenstored dies in tools/xenstored/talloc.c")
    terminal.sees(r"alice → pkgdesk \(privately\): xenstored dies")
    terminal.sees(r"\*pkgdesk → alice \(privately\): .*carol on\s+#1: that was mended")
    assert "<carol>" not in terminal.scrolled


def test_a_narrow_terminal_without_colour(sit: Sit) -> None:
    terminal = sit(columns=40, rows=24, environment={"NO_COLOR": "1", "LC_ALL": "C"})
    terminal.presses("up", "enter")
    terminal.sees(r"^\d\d:\d\d\*<pkgdesk> alice: ")
    terminal.sees_now("say: more")
    assert not COLOUR.search(terminal.written)

    terminal.enters("/msg pkgdesk what about 漢字漢字漢字漢字漢字漢字漢字漢字漢字 é?")
    terminal.sees(r"alice → pkgdesk \(privately\):\s+what\s+about")
    terminal.resizes(100, 30)
    terminal.sees_now(r"#xen-packagers: pkgdesk bob carol dave")
    terminal.enters("/who")
    terminal.sees(r"alice +you, a packager")


def test_a_terminal_that_knows_no_escapes(sit: Sit) -> None:
    terminal = sit(sees="pkgdesk are here", environment={"TERM": "dumb"})
    terminal.enters("pkgdesk: the build clones qemu, is there another way?")
    terminal.sees("--with-system-qemu")
    terminal.enters("/why")
    terminal.sees("answer: system-qemu")
    terminal.presses("ctrl-d")
    assert terminal.ends() == 0
    assert b"\x1b" not in terminal.written


def test_what_is_pasted_is_said_line_by_line_and_is_never_a_command_of_the_protocol(sit: Sit) -> None:
    terminal = sit()
    terminal.pastes("bob: look\nQUIT :gone\r\n/usr/lib/xen is missing\n\x1b[31mred\x07\n" + "x" * 900)
    terminal.presses("enter")
    terminal.sees("<alice> QUIT :gone")
    terminal.sees("<alice> /usr/lib/xen is missing")
    terminal.sees("<alice> .*red")
    terminal.sees(r"<alice> x{70}|^ +x{70}")
    terminal.pastes("\n".join(f"{number} bottles" for number in range(30)))
    terminal.presses("enter")
    terminal.sees("10 more lines were not said")
    assert "has left" not in terminal.scrolled


def test_what_was_typed_is_kept_with_the_state(sit: Sit) -> None:
    first = sit("--state", "kept")
    first.enters("pkgdesk: status")
    first.sees(r"0 questions")
    first.enters("/quit")
    assert first.ends() == 0

    again = sit("--state", "kept")
    again.presses("up", "up")
    again.sees_now("^alice> pkgdesk: status")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash, whose jobs can be stopped")
def test_it_can_be_put_aside_and_taken_up(sit: Sit) -> None:
    shell = sit(command=["bash", "--norc", "--noprofile", "-i"], sees=r"[$#] ?$")
    shell.enters(" ".join(DEMO))
    shell.sees("alice>")
    shell.presses("ctrl-z")
    shell.sees("Stopped")
    shell.enters("echo back in the $((40 + 2))nd shell; fg")
    shell.sees("back in the 42nd shell")
    shell.enters("pkgdesk: status")
    shell.sees(r"<alice> pkgdesk: status")
    shell.sees(r"0 questions")
    shell.enters("/quit")
    shell.sees_now(r"[$#]\Z")
    shell.enters("stty -a | tr ' ' '\\n' | grep -cxE 'echo|icanon|isig' | sed 's/^/as before: /'")
    shell.sees("as before: 3")
    shell.enters("exit 3")
    assert shell.ends() == 3


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="children are found in /proc")
@pytest.mark.parametrize("how", ["the terminal is closed", "the line is cut", "it is told to end"])
def test_nothing_is_left_when_it_ends_abruptly_in_the_middle_of_typing(
    how: str, sit: Sit, tmp_path: Path
) -> None:
    terminal = sit(command=DEMO)  # how an interpreter ends is seen of one of its own
    started = children(terminal.process.pid)
    assert len(started) == 6
    terminal.types("half a li")
    terminal.sees_now("alice> half a li")
    match how:
        case "the terminal is closed":
            terminal.hangs_up()
        case "the line is cut":
            terminal.process.send_signal(signal.SIGHUP)
        case _:
            terminal.process.send_signal(signal.SIGTERM)

    assert terminal.ends() == (143 if how == "it is told to end" else 129)
    assert [child for child in started if Path("/proc", child).exists()] == []
    assert list((tmp_path / "tmp").iterdir()) == []
