"""The checkout that people see, and that the desk reads: it follows, and that is all that happens to it.

It must be at a branch, with nothing half done (a merge, a rebase). Files that people changed stay as they
are, and staged changes staged; where one of those files is to change, nothing is done. Following is git's
fast-forward: files, index and branch, one after the other. A process that is killed in between leaves files
that say already what they are to say, or half of it, or that are missing while git writes them. Such a file
is what the commit before said, if it is none of those: then somebody has changed it since, and it stays.
"""

import os
import time
from collections.abc import Collection

from bot.git.writing import WITH_HOOKS, Answer, git, literal, plain
from bot.publishing.base import NotPublished
from bot.publishing.journal import Journal
from bot.publishing.place import Place

_UNDER_WAY = (
    ("rebase-merge", "a rebase", "git rebase --continue, or --abort"),
    ("rebase-apply", "a rebase", "git rebase --continue, or --abort"),
    ("MERGE_HEAD", "a merge", "git commit, or git merge --abort"),
    ("CHERRY_PICK_HEAD", "a cherry-pick", "git cherry-pick --continue, or --abort"),
    ("REVERT_HEAD", "a revert", "git revert --continue, or --abort"),
    ("BISECT_LOG", "a bisection", "git bisect reset"),
)
_TRIES = 20
_PAUSE = 0.1
"""So often, and so many seconds apart, while another git has the index: two seconds, as it is a moment's
matter unless that git is dead."""

_ADVANCING = "advancing"


class Overtaken(Exception):
    """The branch has moved meanwhile."""


class Checkout:
    """At `place`; `holding`: descriptors that every git keeps open."""

    def __init__(self, place: Place, journal: Journal, holding: tuple[int, ...]) -> None:
        self._place = place
        self._journal = journal
        self._holding = holding

    def branch(self) -> str:
        """The branch that it is at. Raises NotPublished where it is at none, or something is half done."""
        top, own = self._place.top, self._place.own
        for name, what, remedy in _UNDER_WAY:
            if (own / name).exists():
                raise NotPublished(f"{top}: {what} is under way there: finish it first ({remedy})")
        answer = self._git("symbolic-ref", "--quiet", "HEAD")
        name = answer.text
        if answer.code or not name.startswith("refs/heads/"):
            raise NotPublished(f"{top}: is at no branch (detached HEAD): git switch BRANCH there")
        branch = name.removeprefix("refs/heads/")
        if self._git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").code:
            raise NotPublished(
                f"{top}: its branch {branch} has no commit yet: make the first one there (git commit)"
            )
        return branch

    def clear_for(self, changing: Collection[str]) -> None:
        """Raises NotPublished where somebody has changed one of these files, and not committed that."""
        answer = self._git("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
        if answer.code:
            raise NotPublished(f"{self._place.top}: git could not look through it: {answer.why}")
        dirty = {each[3:]: each[:2] for each in answer.names}
        for path in sorted(set(changing) & dirty.keys()):
            what = (
                "is not in the repository yet"
                if dirty[path] == "??"
                else "has changes that are not committed"
            )
            raise NotPublished(
                f"{plain(str(self._place.file(path)))}: {what}: commit or remove them, and publish again"
            )

    def advance(self, branch: str, old: str, new: str) -> None:
        """Follow from one commit to another. Raises Overtaken where the branch is elsewhere by now, and
        NotPublished where something is in the way: then nothing has changed."""
        if old == new:
            return
        if self.branch() != branch:
            raise Overtaken
        with self._journal.at(work=_ADVANCING, branch=branch, old=old, new=new):
            for left in reversed(range(_TRIES)):
                answer = self._forward(new)
                if answer.code < 0:
                    self._journal.unlock(branch)
                    self._mend(old, new)
                    raise NotPublished(f"{self._place.top}: git did not end, and was ended: publish again")
                if not (left and ".lock': File exists" in answer.complaints):
                    break
                time.sleep(_PAUSE)
        if answer.code:
            # Where it was the branch that could not be moved, files and index have gone ahead.
            self._git("read-tree", "-m", "-u", new, "HEAD")
            raise self._refused(answer)

    def left_out(self, old: str, new: str) -> str:
        """What is worth telling where people's checkout is sparse and leaves out what was changed; nothing
        where it does not."""
        if self._git("config", "--type=bool", "core.sparseCheckout").text != "true":
            return ""
        words = ("diff", "--name-only", "-z", "--no-renames", "--diff-filter=d")
        names = self._git(*words, old, new, "--").names
        gone = next((each for each in names if not os.path.lexists(self._place.file(each))), None)
        if gone is None:
            return ""
        left = f"the checkout is sparse, and leaves out {plain(gone)}"
        return f"{left}: it is not read there (git sparse-checkout add)"

    def recover(self, work: dict[str, str]) -> None:
        """Finish, or take back, what the last process was doing here when it was killed."""
        if work.get("work") == _ADVANCING and {"old", "new"} <= work.keys():
            self._mend(work["old"], work["new"])

    def _forward(self, new: str) -> Answer:
        words = ("merge", "--ff-only", "--quiet", "--no-stat", "--no-verify-signatures", "--no-autostash")
        return self._git(*words, new, patience=WITH_HOOKS)

    def _refused(self, answer: Answer) -> Exception:
        said = answer.complaints
        top = self._place.top
        if "would be overwritten" in said:
            names = [plain(line) for line in said.splitlines() if line.startswith("\t")]
            return NotPublished(
                f"{self._place.file(names[0]) if names else top}: has changes that are not committed: commit "
                "or remove them, and publish again"
            )
        if ".lock': File exists" in said:
            lock = said.partition("Unable to create '")[2].partition("'")[0]
            return NotPublished(
                f"{top}: another git is at work there, or died there: where none runs, remove {plain(lock)}"
            )
        if "Not possible to fast-forward" in said or "iverging branches" in said or "cannot lock ref" in said:
            return Overtaken()
        return NotPublished(f"{top}: its checkout could not follow: {answer.why}")

    def _mend(self, old: str, new: str) -> None:
        """Files that are half way between the two commits, by our doing, are as the index has them again."""
        if self._git("rev-parse", "--verify", "HEAD").text != old:
            return  # the branch comes last
        names = self._git("diff", "--name-only", "-z", "--no-renames", old, new, "--").names
        staged = {
            each.partition("\t")[2]: each.split()[1] for each in self._git("ls-files", "-s", "-z").names
        }
        for path in names:
            file = self._place.file(path)
            before, after = self._blob(old, path), self._blob(new, path)
            if staged.get(path) not in (before, after) or not self._is_ours(path, after):
                continue
            if staged.get(path) != before:
                self._git("reset", "--quiet", old, "--", literal(path))
            if before is None:
                file.unlink(missing_ok=True)
            else:
                self._git("checkout-index", "--force", "--quiet", "--", path)
        self._git("update-index", "-q", "--refresh")

    def _is_ours(self, path: str, after: str | None) -> bool:
        """Whether the file is missing, or the beginning of what it is to become."""
        file = self._place.file(path)
        if not os.path.lexists(file):
            return True
        if after is None or not file.is_file() or file.is_symlink():
            return False
        whole = self._git("cat-file", "--filters", f"--path={path}", after).said
        return whole.startswith(file.read_bytes())

    def _blob(self, commit: str, path: str) -> str | None:
        answer = self._git("rev-parse", "--verify", "--quiet", f"{commit}:{path}")
        return None if answer.code else answer.text

    def _git(self, *arguments: str, patience: float = WITH_HOOKS) -> Answer:
        return git(self._place.top, *arguments, patience=patience, holding=self._holding)
