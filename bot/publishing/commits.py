"""Commits in the workshop: made with the hooks of the repository, found again by their trailers, undone."""

from collections.abc import Sequence
from datetime import datetime

from bot.git.writing import SOON, WITH_HOOKS, Answer, plain
from bot.publishing.base import NotPublished, Signature
from bot.publishing.message import PUBLISHED, REVERTED
from bot.publishing.workshop import Workshop

_NEWEST = 1_000
"""Commits: more than come between the death of a process and the next one's beginning, and read in 0.05 s."""


def named(role: str, who: Signature) -> dict[str, str]:
    """The variables by which git knows an AUTHOR or a COMMITTER."""
    return {f"GIT_{role}_NAME": who.name, f"GIT_{role}_EMAIL": who.email}


class Commits:
    """Of one workshop."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop

    @property
    def at_hand(self) -> str:
        """The id of the commit that the workshop is at."""
        return self._workshop.must("rev-parse", "--verify", "HEAD").text

    def found(self, trailer: str, mark: str, since: datetime, among: Sequence[str]) -> str:
        """The newest commit in the history of some that bears this trailer; nothing where there is none.

        It is looked for back to a date, and among the newest commits whatever their dates: where somebody's
        clock was wrong, git goes no further back than to their commit.
        """
        histories = [each for each in among if each]
        dated = f"--since={since.isoformat()}", "--fixed-strings", f"--grep={trailer}: {mark}"
        for limits in (dated, (f"--max-count={_NEWEST}",)):
            words = "log", _marks(trailer), "--no-notes", "--no-show-signature", "--no-mailmap"
            answer = self._workshop.outside(*words, *limits, *histories, "--")
            if answer.code:
                raise NotPublished(self._workshop.told(answer))
            if commit := _bearing(mark, answer):
                return commit
        return ""

    def ours(self, without: str, commit: str) -> int:
        """How many commits of ours are in the history of `commit` that are not in that of another."""
        trailers = [f"--grep={each}: " for each in (PUBLISHED, REVERTED)]
        beyond = [f"^{without}"] if without else []
        words = ("rev-list", "--count", "--fixed-strings")
        told = self._workshop.outside(*words, *trailers, commit, *beyond, "--").text
        return int(told) if told.isdecimal() else 0

    def make(self, words: str, author: Signature, trailer: str, mark: str) -> str:
        """Commit what is staged; the id. Raises NotPublished, above all where a hook refuses."""
        before = self.at_hand
        answer = self._workshop.run(
            *("commit", "--quiet", "--no-status", "--cleanup=whitespace", "--file=-"),
            given=words.encode(),
            patience=WITH_HOOKS,
            more=named("AUTHOR", author),
        )
        if answer.code:
            raise NotPublished(self._refused(answer))
        # A hook may have changed it since, or committed something of its own upon it.
        words_of = "log", _marks(trailer), "--no-notes", "--no-show-signature"
        commit = _bearing(mark, self._workshop.must(*words_of, f"{before}..HEAD", "--"))
        if not commit:
            raise NotPublished(
                f"{self._workshop.place.top}: a hook takes `{trailer}` out of the message, by which the "
                "commit is found again: have it leave that line"
            )
        return commit

    def merge(self, theirs: str, words: str) -> None:
        """Bring in the history of a commit. Raises NotPublished."""
        answer = self._workshop.run(
            *(
                "merge",
                "--no-ff",
                "--quiet",
                "--no-stat",
                "--no-edit",
                "--no-verify-signatures",
                "-m",
                words,
                theirs,
            ),
            patience=WITH_HOOKS,
        )
        if answer.code == 0:
            return
        top = self._workshop.place.top
        files = self._workshop.run("diff", "--name-only", "--diff-filter=U", "-z").names
        if files:
            raise NotPublished(
                f"{top}: its branch and its remote repository have changed {plain(files[0])} differently: "
                "merge them there (git pull), and publish again",
                conflict=True,
            )
        raise NotPublished(f"{top}: what is new in its remote repository cannot be merged: {answer.why}")

    def undo(self, commit: str) -> bool:
        """Stage what takes a commit back; whether there is anything left of it. Raises NotPublished."""
        answer = self._workshop.run("revert", "--no-commit", commit, patience=WITH_HOOKS)
        if answer.code:
            if self._workshop.run("diff", "--name-only", "--diff-filter=U", "-z").names:
                raise NotPublished(
                    "what it changed was changed again since: change the entry by another draft",
                    conflict=True,
                )
            raise NotPublished(self._workshop.told(answer, WITH_HOOKS))
        return self._workshop.run("diff", "--cached", "--quiet").code != 0

    def _refused(self, answer: Answer) -> str:
        top = self._workshop.place.top
        if answer.code < 0:
            return self._workshop.told(answer, WITH_HOOKS)
        lines = [plain(line) for line in answer.complaints.splitlines() if plain(line)]
        # Only a newer git tells what gpg said.
        if "failed to sign" in answer.complaints:
            said = next(
                (line for line in lines if not line.startswith(("gpg failed to", "failed to"))), "gpg failed"
            )
            return (
                f"{top}: the commit cannot be signed ({said}): give it a key (user.signingKey), or do not "
                "have commits signed there (commit.gpgSign)"
            )
        if any(line.startswith("fatal:") for line in answer.complaints.splitlines()):
            return self._workshop.told(answer, SOON)
        lines = [line for line in lines if not line.startswith(("hint:", "warning:"))]
        return f"{top}: a hook refuses the commit: {lines[0] if lines else 'it does not say why'}"


def _marks(trailer: str) -> str:
    """The form in which git tells the ids of commits, and what stands behind this trailer in each."""
    return f"--format=%H%x09%(trailers:key={trailer},valueonly,separator=%x09)"


def _bearing(mark: str, answer: Answer) -> str:
    """The first of the commits that bears the mark; nothing where none does."""
    for line in answer.text.splitlines():
        commit, *marks = line.split("\t")
        if mark in marks:
            return commit
    return ""
