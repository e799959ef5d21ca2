"""Draws the pictures of the documentation: `python docs/pictures.py`, or `make pictures`.

Each is what a real program shows on a terminal (the one that the tests of the demo look at), as an SVG that
loads nothing from anywhere. What differs from time to time is made the same: hours, and the port of the demo.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import groupby
from pathlib import Path

from pyte.screens import Char
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "demo"))

from emulated_terminal import Terminal  # noqa: E402 - it lives with the tests

PICTURES = ROOT / "docs" / "pictures"
PKGDESK = [sys.executable, "-m", "bot.cli"]
TITLE = "pkgdesk"

_TIME = re.compile(r"\b\d\d:\d\d:\d\d\b")
_DAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d:\d\d\b")
_TOOK = re.compile(r"\bin \d+\.\d s\b")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_HEXADECIMAL = re.compile(r"[0-9a-f]{6}")
_FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
_THEME = TerminalTheme(
    (24, 26, 31),
    (212, 215, 221),
    [
        (24, 26, 31),
        (224, 108, 117),
        (152, 195, 121),
        (214, 178, 106),
        (97, 175, 239),
        (198, 140, 221),
        (86, 182, 194),
        (212, 215, 221),
    ],
)
_NAMES = {"brown": "yellow"}
"""What pyte calls otherwise than rich does."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, draw in _PICTURES.items():
            print(name, flush=True)
            terminal = draw(Path(folder))
            (PICTURES / f"{name}.svg").write_text(_svg(terminal, name), "utf-8")


# --- what is drawn --------------------------------------------------------------------------------------


def _first_answer(folder: Path) -> Terminal:
    with Terminal([*PKGDESK, "demo"], cwd=folder) as terminal:
        terminal.sees("alice>")
        terminal.presses("up", "enter")
        terminal.sees_now("say: more, yes, not it")
    return terminal


def _unknown_question(folder: Path) -> Terminal:
    with Terminal([*PKGDESK, "demo"], rows=32, cwd=folder) as terminal:
        terminal.sees("alice>")
        terminal.presses("ctrl-l")
        terminal.enters("pkgdesk: xenstored dies in tools/xenstored/talloc.c on armhf")
        terminal.sees("<pkgdesk> carol: alice asks #1")
        terminal.sees_now("say: yes, no")
        terminal.enters("yes")
        terminal.sees("#1 is answered")
        terminal.enters("/why")
        terminal.sees("why #1")
        terminal.sees_now(r"^alice> *$")
    return terminal


def _ask_explained(folder: Path) -> Terminal:
    return _printed(folder, 116, 'pkgdesk ask --explain "build without cloning qemu?"', "Then it goes to")


def _route_explained(folder: Path) -> Terminal:
    """With a past of a few changes, which are made up."""
    demo, own = ROOT / "bot" / "demo", folder / "routed"
    own.mkdir()
    shutil.copy(demo / "map.yaml", own)
    config = (demo / "config.yaml").read_text("utf-8")
    config = config.replace("knowledge: knowledge", f"knowledge: {demo / 'knowledge'}")
    (own / "config.yaml").write_text(f"{config}\nhistory: past.gz\n", "utf-8")
    (own / "log").write_text(_PAST, "utf-8")
    subprocess.run([*PKGDESK, "map", "learn", "--log", "log"], cwd=own, check=True, stdout=subprocess.DEVNULL)
    return _printed(
        own, 110, 'pkgdesk route --explain "guests hang when the ring to the daemon is full"', "Then it"
    )


_PAST = "\n".join(
    f"commit {number:040x} {1_700_000_000 + number}\n    {subject}\n\n{path}\n"
    for number, (subject, path) in enumerate(
        [
            ("xenstored: do not hang when the ring of a guest is full", "tools/xenstored/domain.c"),
            ("xenstored: answer requests in their order", "tools/xenstored/core.c"),
            ("libxl: wait for the device model of a guest", "tools/libs/light/libxl_create.c"),
            ("libxl: tell why a guest was not created", "tools/libs/light/libxl_domain.c"),
            ("x86/hvm: do not lose an interrupt when a guest resumes", "xen/arch/x86/hvm/hvm.c"),
        ]
    )
)


def _check_with_problems(folder: Path) -> Terminal:
    demo, own = ROOT / "bot" / "demo", folder / "own"
    own.mkdir()
    shutil.copytree(demo / "knowledge", own / "knowledge")
    shutil.copy(demo / "map.yaml", own)
    config = (demo / "config.yaml").read_text("utf-8")
    (own / "config.yaml").write_text(config.replace("    nick: pkgdesk", "    nik: pkgdesk"), "utf-8")
    entry = own / "knowledge" / "system-qemu.yaml"
    entry.write_text(entry.read_text("utf-8").replace("section: ", "sction: "), "utf-8")
    people = own / "map.yaml"
    people.write_text(
        people.read_text("utf-8").replace("maintainers: [carol]", "maintainers: [carl]", 1), "utf-8"
    )
    return _printed(own, 100, "pkgdesk check", r"problem|error")


def _printed(folder: Path, columns: int, command: str, last: str) -> Terminal:
    """What a command prints, below the line that one typed."""
    program = " ".join(PKGDESK)
    script = f"pkgdesk() {{ {program} \"$@\"; }}; printf '$ %s\\n' '{command}'; {command}"
    with Terminal(["sh", "-c", script], columns=columns, rows=90, cwd=folder) as terminal:
        terminal.sees(last)
        terminal.ends()
    return terminal


_PICTURES: dict[str, Callable[[Path], Terminal]] = {
    "first-answer": _first_answer,
    "unknown-question": _unknown_question,
    "check-problems": _check_with_problems,
    "ask-explained": _ask_explained,
    "route-explained": _route_explained,
}

NAMES = tuple(_PICTURES)


# --- how it is drawn ------------------------------------------------------------------------------------


def _svg(terminal: Terminal, name: str) -> str:
    rows = list(_rows(terminal))
    while rows and not rows[-1].plain.strip():
        rows.pop()
    while rows and not rows[0].plain.strip():
        rows.pop(0)
    console = Console(
        record=True,
        width=terminal.screen.columns,
        file=StringIO(),
        color_system="truecolor",
        force_terminal=True,
        legacy_windows=False,
    )
    for row in rows:
        console.print(row, no_wrap=True, overflow="ignore", crop=False)
    return console.export_svg(
        title=TITLE, theme=_THEME, code_format=_template(), unique_id=name, font_aspect_ratio=0.61
    )


def _template() -> str:
    """That of rich, without the fonts that it would load."""
    own = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    own = re.sub(r"<!--.*?-->", "", own, flags=re.DOTALL)
    own = own.replace('-matrix">', '-matrix" xml:space="preserve">')
    return re.sub(r"font-family: [^;]*;", f"font-family: {_FONTS};", own)


def _rows(terminal: Terminal) -> Iterator[Text]:
    """The screen's rows, with what differs from time to time made the same."""
    clock = _Clock()
    for y in range(terminal.screen.lines):
        cells = [terminal.screen.buffer[y][x] for x in range(terminal.screen.columns)]
        plain = "".join(cell.data for cell in cells)
        same = _DAY.sub(clock.day, _TIME.sub(clock.second, _TOOK.sub("in 0.1 s", plain)))
        same = _PORT.sub("127.0.0.1:6667", same).ljust(len(plain))
        row, at = Text(), 0
        for style, run in groupby(cells, _style):
            length = sum(len(cell.data) for cell in run)
            row.append(same[at : at + length], style)
            at += length
        row.rstrip()
        yield row


class _Clock:
    """Each moment that is shown is some time after the one before, whatever the real ones were."""

    def __init__(self) -> None:
        self._seconds = 0
        self._steps = 0

    def second(self, _: re.Match[str]) -> str:
        self._seconds += 3
        return f"10:24:{self._seconds % 60:02}"

    def day(self, _: re.Match[str]) -> str:
        self._steps += 1
        hours, minutes = divmod(24 + 30 * self._steps, 60)
        return f"Mon {10 + hours}:{minutes:02}"


def _style(cell: Char) -> Style:
    fore, back = (_colour(each) for each in (cell.fg, cell.bg))
    return Style(color=fore, bgcolor=back, bold=cell.bold, reverse=cell.reverse)


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    return f"#{name}" if _HEXADECIMAL.fullmatch(name) else _NAMES.get(name, name)


if __name__ == "__main__":
    main()
