"""Other bots to measure the desk beside, each in a virtual environment of its own: Limnoria and Sopel on IRC.

Each is set up to do as little as it can: its own necessary plugins and `ping`, no log of what is said in
channels, no pause between the lines that it writes. Their own protection from floods stays as it comes.

Environments are made on demand and kept; nothing but the versions that stand here is asked for by name.
"""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ircd import HOST

KEPT = Path(__file__).parent / "out" / "bots"

_MAKING = 300.0  # seconds that fetching may take


@dataclass(frozen=True, slots=True)
class Kept:
    """A program of others in its environment."""

    name: str
    version: str

    @property
    def python(self) -> Path:
        return KEPT / f"{self.name.lower()}-{self.version}" / "bin" / "python"

    def made(self, note: Callable[[str], None]) -> str:
        """Make its environment where it is not there; why that is not possible, empty where it is."""
        folder = self.python.parent.parent
        ready = folder / "ready"
        if ready.exists():
            return ""
        note(f"fetching {self.name} {self.version} into an environment of its own")
        pip = ["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [str(self.python), *pip, f"{self.name.lower()}=={self.version}"],
        ):
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=_MAKING, check=False)
            except subprocess.TimeoutExpired:
                return f"could not be fetched in {_MAKING:.0f} s"
            if done.returncode:
                told = (done.stderr or done.stdout).strip().splitlines()
                return f"could not be fetched: {told[-1] if told else done.returncode}"
        ready.touch()
        return ""


@dataclass(frozen=True, slots=True)
class Bot(Kept):
    """One on IRC. `asked` is what makes it say `answered`; `start` writes its configuration for a port and
    channels into a folder and gives the arguments for the Python of its environment."""

    nick: str
    asked: str
    answered: str
    start: Callable[[Path, str, int, Sequence[str]], list[str]]


def _limnoria(folder: Path, nick: str, port: int, channels: Sequence[str]) -> list[str]:
    network = "supybot.networks.bench"
    settings = {
        "supybot.nick": nick,
        "supybot.ident": nick,
        "supybot.networks": "bench",
        f"{network}.servers": f"{HOST}:{port}",
        f"{network}.channels": " ".join(channels),
        f"{network}.ssl": "False",
        "supybot.protocols.irc.throttleTime": "0.0",
        "supybot.log.stdout": "False",
        "supybot.log.level": "INFO",
        # It does nothing without its owner's plugin; Misc knows `ping`.
        "supybot.plugins": "Owner Misc Config User",
        **{f"supybot.plugins.{each}": "True" for each in ("Owner", "Misc", "Config", "User")},
        **{f"supybot.directories.{each}": str(folder / each) for each in ("conf", "data", "log", "plugins")},
    }
    path = folder / "limnoria.conf"
    path.write_text("".join(f"{name}: {value}\n" for name, value in settings.items()), "utf-8")
    code = "import sys; from supybot.scripts.limnoria import main; sys.exit(main())"
    return ["-c", code, "--allow-default-owner", "--allow-root", str(path)]


def _sopel(folder: Path, nick: str, port: int, channels: Sequence[str]) -> list[str]:
    settings = {
        "nick": nick,
        "owner": "nobody",
        "host": HOST,
        "port": port,
        "use_ssl": "false",
        "homedir": folder,
        "logging_level": "INFO",
        "enable": "ping",
        "extra": "",
        "prefix": r"\.",
        "flood_burst_lines": 1000,
        "flood_empty_wait": 0,
        "flood_max_wait": 0,
        "channels": "".join(f'\n    "{channel}"' for channel in channels),
    }
    path = folder / "sopel.cfg"
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    path.write_text(f"[core]\n{lines}", "utf-8")
    # It does not run as root, and there may be nobody else.
    code = (
        "import os, sys; os.getuid = os.geteuid = lambda: 65534; from sopel.cli.run import main; "
        "sys.exit(main(sys.argv[1:]))"
    )
    return ["-c", code, "start", "--config", str(path)]


BOTS = (
    Bot("Limnoria", "2026.10.4", "limnoria", "limnoria: ping", "pong", _limnoria),
    Bot("Sopel", "8.0.4", "sopel", ".ping", "Pong!", _sopel),
)
