"""Git repositories for tests, made of what is said to happen in them."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Work:
    """A checkout in `folder`. Each commit is a minute after the last, beginning with the year 2020."""

    folder: Path
    minute: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *arguments: str, given: bytes = b"") -> str:
        at = f"{1577836800 + 60 * self.minute} +0000"
        person = {"NAME": "Alice Placeholder", "EMAIL": "alice@example.org", "DATE": at}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            **{f"GIT_{who}_{what}": said for who in ("AUTHOR", "COMMITTER") for what, said in person.items()},
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def commit(self, message: str | bytes, **files: str) -> str:
        """Write these files (`lib__a_c="…"` is lib/a.c), commit all that there is, and say its id."""
        for name, content in files.items():
            self.write(name.replace("__", "/").replace("_", "."), content)
        self.minute += 1
        self.git("add", "-A")
        said = message if isinstance(message, bytes) else message.encode()
        self.git("commit", "-q", "--allow-empty", "--allow-empty-message", "-F", "-", given=said)
        return self.head

    def write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def move(self, old: str, new: str) -> None:
        (self.folder / new).parent.mkdir(parents=True, exist_ok=True)
        self.git("mv", old, new)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")
