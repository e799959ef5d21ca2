"""Runs the console examples of a page of the documentation, as somebody would who types them in order.

A page's blocks marked `console` are run by one bash in an empty folder:

    $ pkgdesk check          a command, with `pkgdesk` of this environment; `# exit 1` says how it ends
    config.yaml: 2 …         what it prints then; `…` stands for any text, a line of it alone for any lines

What a page needs besides (a server, a file) is prepared by a comment that readers do not see,
`<!-- before the examples: … -->`, which is run in the same bash first. A `sh` block is not run: it is for
what changes a whole machine. The bound on each page is only there to end what hangs.
"""

import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_PREPARATION = re.compile(r"<!-- before the examples:\s*\n(.*?)-->", re.DOTALL)
_EXIT = re.compile(r"\s+# exit (\d+)\s*$")
_COMMENT = re.compile(r"\s{2,}# .*$")
_END = "::: the example ended with"
_CLEAR = "kill $(jobs -p) 2>/dev/null; wait"


@dataclass(frozen=True, slots=True)
class Example:
    """One command of a page: `shown` is what the page says that it prints, None where it says nothing."""

    command: str
    exit: int
    shown: str | None


def examples(text: str) -> list[Example]:
    """The examples of a page, in order."""
    return [example for block in _BLOCK.findall(text) for example in _of_block(block)]


def _of_block(block: str) -> list[Example]:
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
    return [_example(command, "\n".join(printed).strip("\n")) for command, printed in found]


def _example(line: str, printed: str) -> Example:
    code = _EXIT.search(line)
    command = _EXIT.sub("", line) if code else _COMMENT.sub("", line)
    return Example(command, int(code[1]) if code else 0, printed or None)


def preparation(text: str) -> str:
    """What is run before the examples of a page."""
    return "\n".join(_PREPARATION.findall(text))


def agrees(shown: str, printed: str) -> bool:
    """Whether what was printed is what the page shows. White space at the ends of lines does not count."""
    wanted = [line.rstrip() for line in shown.splitlines()]
    pattern = "".join(r"(?:.*\n)*?" if line.strip() == "…" else _any_text(line) + r"\n" for line in wanted)
    got = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, got) is not None


def _any_text(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split("…"))


def run(page: Path, folder: Path, root: Path, seconds: float = 120.0) -> list[str]:
    """What is not as the page says, in words; an empty list where all is well."""
    text = page.read_text("utf-8")
    wanted = examples(text)
    script = [preparation(text)]
    for number, example in enumerate(wanted):
        script += [example.command, f'printf "%s %d %d\\n" "{_END}" {number} $?']
    printed = _bash("\n".join([*script, _CLEAR]), folder, root, seconds)
    wrong = []
    for number, example in enumerate(wanted):
        output, found, printed = printed.partition(f"{_END} {number} ")
        if not found:
            return [*wrong, f"$ {example.command}\nnever ended; it printed:\n{output}"]
        code, _, printed = printed.partition("\n")
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
