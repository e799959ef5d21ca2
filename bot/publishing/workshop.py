"""A checkout of our own, in which everything is made before anybody sees it: a linked worktree of the
repository, in git's own folder, at no branch.

It is a whole checkout, and no sparse one, even where that of people is (git makes a new one as sparse): the
hooks of the repository run in it, and those may want to see everything, and an entry may lie anywhere.
Nothing in it is worth anything: it is swept at the beginning of each piece of work, and made again where it
is broken.
"""

import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from bot.git.writing import SOON, WITH_HOOKS, Answer, git, literal
from bot.publishing.base import NotPublished
from bot.publishing.journal import unlock_all
from bot.publishing.place import Place

_WHOLE = ("-c", "core.sparseCheckout=false", "-c", "index.sparse=false")


def upstream(branch: str) -> str:
    """The name of what the remote repository had of a branch when it was last looked at. A name of one part,
    for of two branches one may be called as the folder of the other."""
    return f"refs/pkgdesk/upstream/{quote(branch, safe='')}"


class Workshop:
    """Of the repository at `place`; `holding`: descriptors that every git keeps open. `committer`: variables
    that name whoever commits."""

    def __init__(self, place: Place, holding: tuple[int, ...], committer: Mapping[str, str]) -> None:
        self.place = place
        self.top = place.ours / "pkgdesk-work"
        self._holding = holding
        self._committer = dict(committer)

    def run(
        self,
        *arguments: str,
        given: bytes = b"",
        patience: float = SOON,
        more: Mapping[str, str] | None = None,
    ) -> Answer:
        """What git answers here."""
        return git(
            self.top,
            *_WHOLE,
            *(self._hooks() if patience == WITH_HOOKS else ()),
            *arguments,
            given=given,
            patience=patience,
            environment={**self._committer, **(more or {})},
            holding=self._holding,
        )

    def must(self, *arguments: str, given: bytes = b"", patience: float = SOON) -> Answer:
        """The same, where anything but success is nobody's wish. Raises NotPublished."""
        answer = self.run(*arguments, given=given, patience=patience)
        if answer.code:
            raise NotPublished(self.told(answer, patience))
        return answer

    def told(self, answer: Answer, patience: float = SOON) -> str:
        """Why git did not do it."""
        if answer.late:
            return (
                f"{self.place.top}: git was ended after {patience:.0f} seconds: see what its hooks, or the "
                "remote repository, wait for"
            )
        if answer.code < 0:
            return f"{self.place.top}: git was ended by signal {-answer.code}: publish again"
        return f"{self.place.top}: git could not do it: {answer.why}"

    def swept(self, commit: str) -> None:
        """At this commit, with nothing else in it. Raises NotPublished."""
        if not self.stands():
            self._make(commit)
        unlock_all(self._own)
        answer = self.run("reset", "--quiet", "--hard", commit, patience=WITH_HOOKS)
        if answer.code or self.run("clean", "--quiet", "-ffdx").code:
            # Whatever is the matter: it can be made again.
            self._make(commit)
            self.must("reset", "--quiet", "--hard", commit, patience=WITH_HOOKS)

    def commit(self, name: str) -> str:
        """The id of the commit with a name; nothing where there is none."""
        answer = self.outside("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return "" if answer.code else answer.text

    def leads_to(self, old: str, new: str) -> bool:
        """Whether the history of one commit holds another."""
        return self.outside("merge-base", "--is-ancestor", old, new).code == 0

    def changed(self, old: str, new: str) -> list[str]:
        """The files in which two commits differ."""
        return self.outside(
            "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", old, new, "--"
        ).names

    def text(self, path: str) -> str | None:
        """What a file says in the commit at hand, as the filter of its attributes has it, and without what a
        checkout may do to the ends of its lines; None where there is none. Raises NotPublished."""
        found = self.run("ls-files", "--stage", "-z", "--", literal(path)).names
        if not found:
            return None
        kind, blob, _ = found[0].split(maxsplit=2)
        if kind not in ("100644", "100755"):
            raise NotPublished(f"{path}: is no ordinary file in the repository: make it one")
        if self.filter(path):
            said = self.must("cat-file", "--filters", f"--path={path}", blob).said.replace(b"\r\n", b"\n")
        else:
            said = self.must("cat-file", "blob", blob).said
        try:
            return said.decode()
        except UnicodeDecodeError as error:
            raise NotPublished(f"{path}: is not in UTF-8: see `pkgdesk check`") from error

    def filter(self, path: str) -> str:
        """The filter through which a file goes into the repository and out of it; nothing where it has
        none."""
        found = self.run("check-attr", "-z", "filter", "--", path).names[2:]
        return "" if found in ([], ["unspecified"], ["unset"]) else found[0]

    def write(self, path: str, text: str) -> None:
        """Have a file say this, and stage it. Raises NotPublished."""
        file = self.top / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.parent.resolve().is_relative_to(self.top) or file.is_symlink():
            raise NotPublished(f"{self.place.file(path)}: lies behind a symbolic link: put the file there")
        file.write_text(text, "utf-8", newline="")
        # Ends of lines are as the checkout wishes; that this changes them is no reason to refuse.
        self.must("-c", "core.safecrlf=false", "add", "--", literal(path), patience=WITH_HOOKS)

    def _hooks(self) -> tuple[str, ...]:
        """Settings by which the hooks of people's checkout run, where these are not in the repository, and so
        not here."""
        path = self._hooks_path
        elsewhere = path and not Path(path).is_absolute() and not (self.top / path).exists()
        there = self.place.top / path
        return ("-c", f"core.hooksPath={there}") if elsewhere and there.exists() else ()

    @cached_property
    def _hooks_path(self) -> str:
        return self.outside("config", "--type=path", "core.hooksPath").text

    @property
    def _own(self) -> Path:
        """What git keeps of this checkout."""
        try:
            said = (self.top / ".git").read_text("utf-8", "surrogateescape")
        except OSError:
            return self.place.ours / "nowhere"
        return Path(said.removeprefix("gitdir: ").rstrip("\n"))

    def stands(self) -> bool:
        """Whether it is there, and whole."""
        own = self._own
        if not own.is_relative_to(self.place.common / "worktrees") or not (own / "HEAD").is_file():
            return False
        unlock_all(own)
        return (
            not (own / "locked").exists() and self.run("rev-parse", "--verify", "--quiet", "HEAD").code == 0
        )

    def _make(self, commit: str) -> None:
        """Make it, whatever is left of an earlier one."""
        try:
            if self.top.is_symlink() or self.top.is_file():
                self.top.unlink()
            elif self.top.exists():
                shutil.rmtree(self.top)
        except OSError as error:
            raise NotPublished(
                f"{self.top}: cannot be removed ({(error.strerror or str(error)).lower()}): remove it"
            ) from error
        # By force, twice: its name may be taken by the one that was removed, which may have been locked.
        making = ("worktree", "add", "--force", "--force", "--detach", "--no-checkout", "--quiet")
        answer = self.outside(*_WHOLE, *making, str(self.top), commit, patience=WITH_HOOKS)
        if answer.code:
            raise NotPublished(self.told(answer, WITH_HOOKS))

    def outside(
        self, *arguments: str, patience: float = SOON, more: Mapping[str, str] | None = None
    ) -> Answer:
        """What git answers about the repository, where there need be no workshop for it."""
        return git(
            self.place.top,
            *arguments,
            patience=patience,
            environment={**self._committer, **(more or {})},
            holding=self._holding,
        )
