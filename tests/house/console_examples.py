"""Runs the console examples of a page of the documentation, as somebody would who types them in order.

A page's blocks marked `console` are run by one bash in an empty folder:

    $ pkgdesk check          a command, with `pkgdesk` of this environment; `# exit 1` says how it ends
    > and                    a further line of the same command
    config.yaml: 2 …         what it prints then; `…` stands for any text, a line of it alone for any lines

What a page needs besides (a server, a file, a moment's waiting) is done by a comment that readers do not see,
`<!-- silently: … -->`, which is run in the same bash at its place. A `sh` block is not run: it is for what
changes a whole machine. The bound on each page is only there to end what hangs.
"""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(
    r"^```console\n(?P<block>.*?)^```|^<!-- silently:\s*\n(?P<silent>.*?)^-->", re.DOTALL | re.MULTILINE
)
_EXIT = re.compile(r"\s+# exit (\d+)\s*$")
_COMMENT = re.compile(r"\s{2,}# .*$")
_END = "::: the example ended with"
_CLEAR = "kill $(jobs -p) 2>/dev/null; wait"


@dataclass(frozen=True, slots=True)
class Example:
    """One command of a page: `shown` is what the page says that it prints, None where it says nothing; `exit`
    is the code that it ends with, None for what readers do not see."""

    command: str
    exit: int | None
    shown: str | None


def examples(text: str) -> list[Example]:
    """The examples of a page and what is done silently between them, in order."""
    found: list[Example] = []
    for part in _PART.finditer(text):
        if part["silent"] is not None:
            found.append(Example(part["silent"], None, None))
        else:
            found += _of_block(part["block"])
    return found


def _of_block(block: str) -> list[Example]:
    found: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(([line[2:]], []))
        elif found and line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line[2:])
        elif found:
            found[-1][1].append(line)
    return [_example("\n".join(command), "\n".join(printed).strip("\n")) for command, printed in found]


def _example(line: str, printed: str) -> Example:
    code = _EXIT.search(line)
    command = _EXIT.sub("", line) if code else _COMMENT.sub("", line)
    return Example(command, int(code[1]) if code else 0, printed or None)


def agrees(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows. White space at the ends of lines does not count."""
    wanted = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else _any_text(line) + r"\n" for line in wanted)
    got = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, got) is not None


def _any_text(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("…"))


def run(page: Path, folder: Path, root: Path, seconds: float = 200.0) -> list[str]:
    """What is not as the page says, in words; an empty list where all is well."""
    wanted = examples(page.read_text("utf-8"))
    script = []
    for number, example in enumerate(wanted):
        script += [example.command, f'printf "%s %d %d\\n" "{_END}" {number} $?']
    printed = _bash("\n".join([*script, _CLEAR]), folder, root, seconds)
    wrong = []
    for number, example in enumerate(wanted):
        output, found, printed = printed.partition(f"{_END} {number} ")
        if not found:
            return [*wrong, f"$ {example.command}\nnever ended; it printed:\n{output}"]
        code, _, printed = printed.partition("\n")
        if example.exit is None:
            continue
        if int(code) != example.exit:
            wrong.append(f"$ {example.command}\nended with {code}, not {example.exit}:\n{output}")
        elif example.shown is not None and not agrees(example.shown, output):
            wrong.append(f"$ {example.command}\nshould print:\n{example.shown}\nand printed:\n{output}")
    return wrong


def _bash(script: str, folder: Path, root: Path, seconds: float) -> str:
    """What the script prints on either stream. Whatever it left running is ended with it."""
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
        "ROOT": str(root),
        "PYTHONPATH": str(root),
    }
    bash = subprocess.Popen(
        ["bash", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        start_new_session=True,
    )
    try:
        return bash.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(bash.pid, signal.SIGKILL)
        return bash.communicate()[0]
