"""The remote repository of a knowledge base: what is new in it, and bringing ours there.

Nothing waits for it for long, and a base can be written without it: what could not be pushed is pushed when
it can be reached again. Only a refusal, by a hook or by a rule of whoever hosts it, stops a draft.
"""

import os
from collections.abc import Callable
from pathlib import Path

from bot.git.writing import WITH_HOOKS, Answer, plain
from bot.publishing.base import NotPublished
from bot.publishing.faults import fault
from bot.publishing.journal import Journal
from bot.publishing.settings import PublishingSettings
from bot.publishing.workshop import Workshop, upstream

_SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=3"
"""Nobody is there to be asked, and a host that has gone is not waited for; used where nobody has said which
ssh it is to be."""

EXCHANGING = "exchanging"

_REWRITTEN = "refs/pkgdesk/rewritten"
"""What the remote branch has, where that does not follow upon what it had."""


class MovedOn(Exception):
    """The remote branch holds what ours does not."""


class Unreachable(Exception):
    """The remote repository cannot be had now; why, in a line."""


class Remote:
    """What the settings name, seen from the workshop."""

    def __init__(self, workshop: Workshop, journal: Journal, settings: PublishingSettings) -> None:
        self._workshop = workshop
        self._journal = journal
        self._name = settings.remote

    def fetch(self, branch: str) -> None:
        """Have what is new there. Raises Unreachable, and NotPublished where it does not follow upon what was
        there, and ours does."""
        theirs, known = self._theirs(branch), upstream(branch)
        words = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
        run = self._workshop.outside  # there may be no workshop yet
        answer = self._exchanged(run, branch, *words, self._name, f"{theirs}:{known}")
        if answer.code > 0 and "fatal:" not in answer.complaints:  # it is quiet about what it rejects
            answer = self._exchanged(run, branch, *words, self._name, f"+{theirs}:{_REWRITTEN}")
            if not answer.code:
                self._rewritten(branch)
        if answer.code and f"couldn't find remote ref {theirs}" in answer.complaints:
            # One that was never there is made by pushing. To make one again that somebody has removed or
            # renamed there would be to publish where nobody looks.
            if self._workshop.commit(known):
                name = theirs.removeprefix("refs/heads/")
                raise Unreachable(
                    f"{self._name} has no branch {name} any more: have {branch} follow another one "
                    f"(git branch -u {self._name}/NAME), or push it there once (git push)"
                )
        elif answer.code:
            raise Unreachable(self._why(answer))

    def _rewritten(self, branch: str) -> None:
        """To merge what somebody has taken out of a history by force would be to bring it back."""
        leads, local = self._workshop.leads_to, f"refs/heads/{branch}"
        forced = not leads(upstream(branch), _REWRITTEN)
        if forced and leads(upstream(branch), local) and not leads(_REWRITTEN, local):
            raise NotPublished(
                f"{self._workshop.place.top}: the history of {branch} in {self._name} was rewritten "
                "(somebody pushed by force): have the branch follow it there (git pull --rebase, or "
                "git reset), and publish again"
            )
        self._workshop.outside("update-ref", upstream(branch), _REWRITTEN)

    def push(self, branch: str, commit: str) -> None:
        """Have the remote branch at this commit. Raises MovedOn, Unreachable, and NotPublished where it is
        refused there."""
        theirs = self._theirs(branch)
        words = ("push", "--quiet", "--porcelain", "--no-follow-tags", "--no-recurse-submodules")
        run = self._workshop.run  # where the hook pre-push sees what is pushed
        answer = self._exchanged(run, branch, *self._there(), *words, self._name, f"{commit}:{theirs}")
        if answer.code == 0:
            self._workshop.outside("update-ref", upstream(branch), commit)
            return
        lines = [line.split("\t") for line in answer.text.splitlines() if line.startswith("!\t")]
        if not lines:
            if f"dst refspec {theirs} matches more than one" in answer.complaints:
                raise NotPublished(
                    f"{self._name} has two branches that git takes for {theirs}: see `git ls-remote --heads "
                    f"{self._name}`, and remove the one that begins with refs/heads/refs/"
                )
            if "pre-push" in answer.complaints or self._refused_here(answer):
                raise NotPublished(f"{self._workshop.place.top}: the hook pre-push refuses: {_first(answer)}")
            raise Unreachable(self._why(answer))
        why = lines[0][-1]
        if why.startswith("[rejected]") or "cannot lock ref" in why or "failed to update ref" in why:
            raise MovedOn
        said = [line for line in answer.complaints.splitlines() if line.startswith("remote: ")]
        told = next((plain(line[8:]) for line in said if plain(line[8:])), "") or plain(why)
        raise NotPublished(f"{self._name} refuses it: {told}")

    def _refused_here(self, answer: Answer) -> bool:
        """Whether there is a hook of ours that may have refused: it says nothing that git would tell."""
        if "failed to push some refs" not in answer.complaints or "fatal:" in answer.complaints:
            return False
        path = self._workshop.run("rev-parse", "--path-format=absolute", "--git-path", "hooks/pre-push").text
        return Path(path).exists()

    def _there(self) -> list[str]:
        """Settings by which it is, seen from the workshop, what it is seen from the checkout, and by which
        one branch is pushed, even where people have all of theirs mirrored."""
        answer = self._workshop.outside("remote", "get-url", "--push", self._name)
        if answer.code:
            return []  # it is no name, but the address itself
        settings = ["-c", f"remote.{self._name}.mirror=false"]
        path = self._workshop.place.top / answer.text
        if not Path(answer.text).is_absolute() and path.exists():
            settings += ["-c", f"remote.{self._name}.pushurl={path}"]
        return settings

    def _theirs(self, branch: str) -> str:
        """What our branch is called there."""
        if self._workshop.outside("config", f"branch.{branch}.remote").text == self._name:
            set_up = self._workshop.outside("config", f"branch.{branch}.merge").text
            if set_up.startswith("refs/heads/"):
                return set_up
        return f"refs/heads/{branch}"

    def _exchanged(self, run: Callable[..., Answer], branch: str, *arguments: str) -> Answer:
        chosen = {"GIT_SSH", "GIT_SSH_COMMAND"} & os.environ.keys()
        own = not chosen and self._workshop.outside("config", "core.sshCommand").code != 0
        with self._journal.at(work=EXCHANGING, branch=branch):
            answer = run(*arguments, patience=WITH_HOOKS, more={"GIT_SSH_COMMAND": _SSH} if own else {})
            if answer.code < 0:
                self._journal.unlock(branch)
        return answer

    def _why(self, answer: Answer) -> str:
        if answer.late:
            return f"{self._name} said nothing for {WITH_HOOKS:.0f} seconds"
        if self._workshop.outside("remote", "get-url", self._name).code:
            return f"there is no remote called {self._name}: git remote add {self._name} URL"
        return f"{self._name}: {fault(answer)}"


def _first(answer: Answer) -> str:
    """The first line of what a hook of ours said."""
    lines = [plain(line) for line in answer.complaints.splitlines()]
    return next(
        (line for line in lines if line and not line.startswith("failed to push")), "it does not say why"
    )
