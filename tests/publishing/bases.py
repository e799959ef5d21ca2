"""People who keep a knowledge base in a repository, and what the desk publishes there."""

import os
import subprocess
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.publishing.base import Base, Done, NotPublished, Signature
from bot.publishing.bases import base_of
from bot.publishing.settings import PublishingSettings
from knowledge.documents import DocumentError
from knowledge.drafts import Draft, DraftState, Origin
from knowledge.files import parse_entry

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
ALICE = Signature("alice", "alice@example.org")
BOB = Signature("Bob Reviewer", "bob@example.org")


def entry(name: str, short: str = "Configure with `--with-system-qemu`.", more: str = "") -> str:
    """The text of an entry's file, as a person writes it."""
    return (
        f"# what everybody asks\nid: {name}\nphrasings:\n  - How do I build without cloning QEMU?\n"
        f'answers:\n  - short: "{short}"  # short\n    source: https://example.org/INSTALL\n'
        f"{more}verified: {{on: 2026-10-01, by: bob, for: '4.20'}}\n"
    )


def draft(now: str, was: str = "", number: int = 12, **more: Any) -> Draft:
    name = now.partition("id: ")[2].split()[0]
    given: dict[str, Any] = {"state": DraftState.PUBLISHING, "revision": 2, **more}
    return Draft(
        number, f"{number:016x}", Origin.EDIT, "libera/account/alice", "alice", AT, name, now, was, **given
    )


def sound(text: str, path: Path) -> None:
    """What the desk wants of a text."""
    try:
        parse_entry(text, str(path), path.stem)
    except DocumentError as error:
        raise NotPublished(str(error.problems[0])) from error


@dataclass
class People:
    """Their checkout is in `folder`, and `inside` of it the base."""

    folder: Path
    inside: str = ""
    settings: PublishingSettings = field(default_factory=PublishingSettings)
    git_options: tuple[str, ...] = ()

    def begin(self, *options: str, **files: str) -> "People":
        """Make the repository, with these entries (or one, `qemu`)."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main", *options, ".")
        for name, text in (files or {"qemu": entry("qemu")}).items():
            self.write(f"{name}.yaml", text)
        self.commit("begin")
        return self

    @property
    def base(self) -> Base:
        return base_of(self.folder / self.inside, self.settings)

    def set(self, **settings: Any) -> None:
        self.settings = self.settings.model_copy(update=settings)

    def publish(self, *drafts: Draft) -> Done:
        """All of them; what came of the last."""
        return [self.base.publish(each, ALICE, BOB, sound) for each in drafts][-1]

    def revert(self, each: Draft) -> Done:
        return self.base.revert(replace(each, state=DraftState.REVERTING), BOB)

    def refused(self, each: Draft) -> str:
        """Why a draft is not published; the base is as it was."""
        before = self.state()
        with pytest.raises(NotPublished) as refused:
            self.publish(each)
        assert self.state() == before
        assert "\n" not in refused.value.why
        return refused.value.why

    def state(self) -> tuple[object, ...]:
        """Everything that people see."""
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and ".git" not in path.parts
        }
        told = (
            self.tries("status", "--porcelain"),
            self.tries("rev-parse", "HEAD"),
            self.tries("stash", "list"),
        )
        return files, *told

    # --- git ------------------------------------------------------------------------------------------------

    def tries(self, *arguments: str, given: str = "") -> str:
        """What git says to a person, who has a name."""
        who = {
            f"GIT_{role}_{what}": f"carol{mail}"
            for role in ("AUTHOR", "COMMITTER")
            for what, mail in (("NAME", ""), ("EMAIL", "@example.org"))
        }
        done = subprocess.run(
            ["git", *self.git_options, *arguments],
            cwd=self.folder,
            env={**os.environ, **who},
            input=given.encode(),
            capture_output=True,
            check=False,
        )
        self.code = done.returncode
        self.complaints = done.stderr.decode(errors="replace")
        return done.stdout.decode(errors="replace").strip()

    def git(self, *arguments: str, given: str = "") -> str:
        said = self.tries(*arguments, given=given)
        assert self.code == 0, self.complaints
        return said

    def path(self, name: str) -> Path:
        return self.folder / self.inside / name

    def write(self, name: str, text: str) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, "utf-8")

    def read(self, name: str) -> str:
        return self.path(name).read_text("utf-8")

    def commit(self, message: str = "by hand", **files: str) -> str:
        """A person commits; of the files without a name all that there is."""
        for name, text in files.items():
            self.write(f"{name}.yaml", text)
        self.git("add", "-A")
        self.git("commit", "-q", "--no-verify", "-m", message)
        return self.git("rev-parse", "HEAD")

    def hook(self, name: str, script: str) -> Path:
        return hook(self.folder / self.git("rev-parse", "--git-path", "hooks"), name, script)

    def shown(self, form: str, commit: str = "HEAD") -> str:
        return self.git("show", "-s", f"--format={form}", commit)

    def count(self, trailer: str) -> int:
        """How many commits bear it."""
        return len(self.git("log", "--format=%H", f"--grep=^{trailer}").splitlines())

    def is_clean(self) -> bool:
        locks = list((self.folder / self.git("rev-parse", "--git-common-dir")).rglob("*.lock"))
        return not self.git("status", "--porcelain") and not locks

    def with_remote(self, **settings: Any) -> Path:
        """A bare repository that their branch follows; pulled from and pushed to unless said otherwise."""
        remote = self.folder.with_name("remote.git")
        self.git("clone", "-q", "--bare", ".", str(remote))
        self.git("remote", "add", "origin", str(remote))
        self.git("fetch", "-q", "origin")
        self.git("branch", "-q", "-u", "origin/main")
        self.set(**{"pull": True, "push": True, **settings})
        return remote

    def elsewhere(self) -> "People":
        """Others, with a clone of the same remote repository."""
        others = People(self.folder.with_name("elsewhere"), self.inside)
        self.git("clone", "-q", str(self.folder.with_name("remote.git")), str(others.folder))
        return others


def hook(folder: Path, name: str, script: str) -> Path:
    """A program that git runs."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path
