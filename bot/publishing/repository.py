"""A knowledge base in a git repository: what a draft changes becomes a commit of it.

    lock -> put in order -> (fetch) -> start: the branch, with what its upstream has -> commit, in the
    workshop -> is anything in the way of the checkout? -> (push) -> the checkout follows

The draft's own commit is looked for first, in the branch and in its upstream, so that whatever was done
before a crash is found, and nothing is committed twice. Until something is pushed, or the checkout follows,
nobody has seen anything: a commit that comes to nothing is swept away. What is in the branch or in its
upstream stands: from then on the draft is published, whatever becomes of the rest, which can follow later. A
branch that moves on meanwhile, there or here, costs another round.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from bot.git.running import GitError, why
from bot.publishing.base import CaughtUp, Check, Done, NotPublished, Signature
from bot.publishing.changing import published, reverted
from bot.publishing.checkout import Checkout, Overtaken
from bot.publishing.commits import Commits, named
from bot.publishing.journal import Journal
from bot.publishing.lock import locked
from bot.publishing.message import PUBLISHED, REVERTED, mark
from bot.publishing.place import Place
from bot.publishing.remote import EXCHANGING, MovedOn, Remote, Unreachable
from bot.publishing.settings import PublishingSettings
from bot.publishing.workshop import Workshop, upstream
from knowledge.drafts import Draft

ROUNDS = 6
"""So often what moved on meanwhile is built upon anew."""

_SLACK = timedelta(days=2)
"""By which the clocks of those who commit may differ from ours."""


class Repository:
    """The base at `place`, as `settings` say. See `Base`."""

    warning = ""

    def __init__(self, place: Place, settings: PublishingSettings) -> None:
        self._place = place
        self._settings = settings

    def publish(self, draft: Draft, author: Signature, reviewer: Signature, check: Check) -> Done:
        with self._at_work() as work:
            return work.brought_in(
                draft, PUBLISHED, lambda: published(work.workshop, draft, author, reviewer, check)
            )

    def revert(self, draft: Draft, reviewer: Signature) -> Done:
        with self._at_work() as work:

            def made() -> Done:
                commit = work.published(draft)
                return reverted(work.workshop, draft, commit, reviewer)

            return work.brought_in(draft, REVERTED, made)

    def catch_up(self) -> CaughtUp:
        remote = self._settings.pull or self._settings.push
        if not remote and not (self._place.ours / "journal").exists():
            return CaughtUp()  # nothing is written where nobody publishes
        try:
            with self._at_work() as work:
                return work.caught_up()
        except NotPublished as error:
            return CaughtUp(error.why, unpushed=None)

    @contextmanager
    def _at_work(self) -> Iterator["_Work"]:
        try:
            with locked(self._place.ours / "lock", self._place.folder) as held:
                yield _Work(self._place, self._settings, held)
        except (GitError, OSError) as error:
            raise NotPublished(_told(self._place, error)) from error


class _Work:
    """One piece of work, while the lock is held."""

    def __init__(self, place: Place, settings: PublishingSettings, held: int) -> None:
        committer = Signature(settings.name, settings.email)
        journal = Journal(place)
        # Merges have no other author.
        self.workshop = Workshop(place, (held,), named("COMMITTER", committer) | named("AUTHOR", committer))
        self._place = place
        self._settings = settings
        self._commits = Commits(self.workshop)
        self._checkout = Checkout(place, journal, (held,))
        self._remote = Remote(self.workshop, journal, settings)
        left = journal.left()
        # What was under way to the remote repository, or from it, may be there, whatever is set by now.
        self._looks = settings.pull or left.get("work") == EXCHANGING
        self._remotely = self._looks or settings.push
        self._away = ""
        if left:
            journal.unlock(left.get("branch", ""))
            self._checkout.recover(left)
            journal.forget()

    def brought_in(self, draft: Draft, trailer: str, made: Callable[[], Done]) -> Done:
        """Have the branch hold the commit of the draft with this trailer, there and here, and be it that it
        has yet to be `made` in the workshop. Raises NotPublished where it stands in neither."""
        notes: list[str] = []
        stands: Done | None = None
        fetch, reachable = self._looks, True

        def told(done: Done, *more: str) -> Done:
            return self._told(done, [*notes, *more], branch)

        for _ in range(ROUNDS):
            try:
                branch = self._checkout.branch()
                if fetch:
                    reachable = self._fetched(branch, notes)
                known = self.found(draft, trailer, self._local(branch), self._upstream(branch))
                stands = Done(known) if known else stands
                old = self._start(branch)
                done = stands or made()
                new = self._commits.at_hand
                self._checkout.clear_for(self.workshop.changed(old, new))
                if self._settings.push and reachable and new != self._upstream(branch):
                    reachable = self._pushed(branch, new, notes)
                    stands = done if reachable else stands
                self._checkout.advance(branch, old, new)
            except MovedOn:
                fetch = True
            except Overtaken:
                pass
            except (NotPublished, GitError, OSError) as error:
                if stands is None:
                    raise
                return told(stands, f"the checkout could not follow: {_told(self._place, error)}")
            else:
                return told(done, self._checkout.left_out(old, new))
        if stands is not None:
            return told(stands, f"the checkout at {self._place.top} could not follow yet")
        raise NotPublished(
            f"{self._place.top}: others committed meanwhile, {ROUNDS} times: publish again", conflict=True
        )

    def caught_up(self) -> CaughtUp:
        """See `Base.catch_up`."""
        if not self._remotely:
            return CaughtUp()
        branch = self._checkout.branch()
        try:
            found = self._brought_together(branch)
        except NotPublished as error:
            found = CaughtUp(error.why)
        return replace(found, unpushed=self._unpushed(branch))

    def _brought_together(self, branch: str) -> CaughtUp:
        notes: list[str] = []
        if not self._fetched(branch, notes):
            return CaughtUp("; ".join(notes), away=self._away)
        old = new = self._local(branch)
        theirs = self._upstream(branch)
        if not self.workshop.stands():
            self.workshop.swept(new)  # while nobody waits for it
        if old == theirs:
            return CaughtUp()
        ours = self._settings.push and self._commits.ours(theirs, old)
        try:
            if self._looks or (ours and theirs and not self.workshop.leads_to(theirs, old)):
                old = self._start(branch)
                new = self._commits.at_hand
            else:
                self.workshop.swept(new)
            self._checkout.clear_for(self.workshop.changed(old, new))
            if ours:
                self._pushed(branch, new, notes)
            self._checkout.advance(branch, old, new)
        except (Overtaken, MovedOn):
            return CaughtUp()  # what moves is caught up with the next time
        return CaughtUp("; ".join(notes), old != new, away=self._away)

    def published(self, draft: Draft) -> str:
        """The commit that published it, in the history of the one at hand; nothing where there is none. Its
        own is no longer searched for in a history of years, and may have been rewritten since."""
        at_hand = self._commits.at_hand
        if draft.commit and self.workshop.leads_to(draft.commit, at_hand):
            return draft.commit
        return self.found(draft, PUBLISHED, at_hand)

    def found(self, draft: Draft, trailer: str, *among: str) -> str:
        """The commit of the draft with this trailer, in the history of some; nothing where there is none."""
        return self._commits.found(trailer, mark(draft), draft.at - _SLACK, among)

    def _fetched(self, branch: str, notes: list[str]) -> bool:
        """Whether the remote repository could be reached."""
        try:
            self._remote.fetch(branch)
        except Unreachable as error:
            what = "not pushed yet" if self._settings.push else "what is new there was not fetched"
            notes.append(f"{what}: {error}")
            self._away = str(error)
            return False
        return True

    def _pushed(self, branch: str, commit: str, notes: list[str]) -> bool:
        try:
            self._remote.push(branch, commit)
        except Unreachable as error:
            notes.append(f"not pushed yet: {error}")
            self._away = str(error)
            return False
        return True

    def _told(self, done: Done, notes: list[str], branch: str) -> Done:
        """The same, with more to tell."""
        note = "; ".join(dict.fromkeys(each for each in (done.note, *notes) if each))
        away = self._away
        return replace(done, note=note, away=away, unpushed=self._unpushed(branch) if away else 0)

    def _unpushed(self, branch: str) -> int:
        """How many commits of drafts the remote repository does not have, as far as is known."""
        return self._commits.ours(self._upstream(branch), self._local(branch)) if self._settings.push else 0

    def _local(self, branch: str) -> str:
        return self.workshop.commit(f"refs/heads/{branch}")

    def _upstream(self, branch: str) -> str:
        """What the remote branch had when it was last looked at."""
        return self.workshop.commit(upstream(branch)) if self._remotely else ""

    def _start(self, branch: str) -> str:
        """Have the workshop at the branch with what its upstream has; where the branch is."""
        local, theirs = self._local(branch), self._upstream(branch)
        if theirs and self.workshop.leads_to(local, theirs):
            self.workshop.swept(theirs)
            return local
        self.workshop.swept(local)
        if theirs and not self.workshop.leads_to(theirs, local):
            self._commits.merge(theirs, f"Merge what is new in {self._settings.remote}")
        return local


def _told(place: Place, error: Exception) -> str:
    if not isinstance(error, OSError):
        return str(error)
    named = f"{error.filename}: " if error.filename else ""
    return f"{place.top}: {named}{why(error)}: see whether there is room, and who may write there"
