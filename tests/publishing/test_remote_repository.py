"""What is new in the remote repository is brought in, and what is published goes there, where that can be."""

from pathlib import Path

import pytest
from bases import BOB, People, draft, entry, hook

from bot.publishing.base import CaughtUp, NotPublished

QEMU = entry("qemu")
NEW = entry("seabios")
CHANGED = entry("qemu", "Configure with `--with-system-qemu=/usr/bin/qemu`.")
ELSEWHERE = "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE"
SOMEBODY = "git -c user.name=x -c user.email=x@example.org"


def tip(remote: Path, people: People, branch: str = "main") -> str:
    return people.git("--git-dir", str(remote), "rev-parse", branch)


def test_what_is_published_is_pushed(people: People) -> None:
    remote = people.begin().with_remote()
    done = people.publish(draft(NEW))
    assert (tip(remote, people), done.note) == (done.commit, "")
    assert people.git("rev-parse", "origin/main") == done.commit
    assert people.is_clean()


def test_nothing_is_pushed_or_pulled_that_was_not_asked_for(people: People) -> None:
    remote = people.begin().with_remote(pull=False, push=False)
    before = tip(remote, people)
    people.publish(draft(NEW))
    assert tip(remote, people) == before
    assert people.base.catch_up() == CaughtUp()


@pytest.mark.parametrize("pull", [True, False])
def test_what_others_pushed_is_built_upon(people: People, pull: bool) -> None:
    remote = people.begin().with_remote(pull=pull)
    others = people.elsewhere()
    theirs = others.commit(other=entry("other"))
    others.git("push", "-q")
    done = people.publish(draft(CHANGED, QEMU))
    assert people.git("rev-parse", "HEAD~1") == theirs
    assert tip(remote, people) == done.commit == people.git("rev-parse", "HEAD")
    assert people.read("other.yaml") == entry("other")
    assert people.is_clean()


def test_branches_that_parted_are_merged(people: People) -> None:
    remote = people.begin().with_remote()
    others = people.elsewhere()
    others.commit(other=entry("other"))
    others.git("push", "-q")
    people.commit(mine=entry("mine"))
    done = people.publish(draft(NEW))
    assert tip(remote, people) == done.commit
    assert len(people.git("show", "-s", "--format=%P", "HEAD~1").split()) == 2
    assert people.shown("%an, %cn", "HEAD~1") == "pkgdesk, pkgdesk"
    assert {path.stem for path in people.folder.glob("*.yaml")} == {"qemu", "other", "mine", "seabios"}


def test_branches_that_contradict_each_other_are_for_people(people: People) -> None:
    remote = people.begin().with_remote()
    others = people.elsewhere()
    others.commit(qemu=entry("qemu", "Theirs."))
    others.git("push", "-q")
    people.commit(qemu=entry("qemu", "Ours."))
    before = tip(remote, people)
    assert "have changed qemu.yaml differently: merge them there (git pull)" in people.refused(draft(NEW))
    assert tip(remote, people) == before
    assert "differently" in people.base.catch_up().problem


def test_a_remote_that_moves_on_at_the_last_moment_is_built_upon(people: People) -> None:
    remote = people.begin().with_remote()
    others = people.elsewhere()
    others.commit(other=entry("other"))
    people.hook("pre-push", f"{ELSEWHERE}; git -C {others.folder} push -q; exit 0")
    done = people.publish(draft(NEW))
    assert tip(remote, people) == done.commit
    assert people.read("other.yaml")
    assert people.count("Pkgdesk-Draft: 12") == 1


def test_a_remote_that_always_moves_on_is_told(people: People) -> None:
    people.begin().with_remote()
    others = people.elsewhere()
    more = f"cd {others.folder} && {SOMEBODY} commit -q --allow-empty -m more && git push -q"
    people.hook("pre-push", f"{ELSEWHERE}; {more}")
    assert "others committed meanwhile, 6 times" in people.refused(draft(NEW))


def test_a_branch_that_moves_on_here_at_the_last_moment_is_built_upon(people: People) -> None:
    remote = people.begin().with_remote()
    flag = people.folder.with_name("flag")
    people.hook(
        "pre-push",
        f"[ -e {flag} ] && exit 0; touch {flag}; {ELSEWHERE}; cd {people.folder} && "
        f"{SOMEBODY} commit -q --allow-empty -m theirs",
    )
    done = people.publish(draft(NEW))
    assert people.count("theirs") == people.count("Pkgdesk-Draft: 12") == 1
    assert tip(remote, people) == people.git("rev-parse", "HEAD")
    people.git("merge-base", "--is-ancestor", done.commit, "HEAD")


def test_a_remote_that_cannot_be_reached_is_caught_up_with_later(people: People) -> None:
    remote = people.begin().with_remote()
    away = remote.rename(remote.with_name("away.git"))
    done = people.publish(draft(NEW))
    assert done.commit == people.git("rev-parse", "HEAD")
    assert done.note.startswith("not pushed yet: origin: ")
    assert "\n" not in done.note
    caught = people.base.catch_up()
    assert (caught.problem, caught.away, caught.unpushed) == (done.note, done.away, 1)
    people.publish(draft(entry("other"), number=13))
    assert people.base.catch_up().unpushed == 2
    done = people.publish(draft(entry("third"), number=14))
    assert (done.unpushed, f"not pushed yet: {done.away}") == (3, done.note)
    away.rename(remote)
    assert people.base.catch_up() == CaughtUp()
    assert tip(remote, people) == done.commit


def test_what_could_not_be_pushed_is_merged_with_what_others_pushed_meanwhile(people: People) -> None:
    """Also where nothing is pulled otherwise: it would wait for the next draft."""
    remote = people.begin().with_remote(pull=False)
    others = people.elsewhere()
    others.commit(other=entry("other"))
    away = remote.rename(remote.with_name("away.git"))
    people.publish(draft(NEW))
    away.rename(remote)
    others.git("push", "-q")
    assert people.base.catch_up() == CaughtUp(moved=True)
    assert tip(remote, people) == people.git("rev-parse", "HEAD")
    assert (people.read("other.yaml"), people.count("Pkgdesk-Draft: 12")) == (entry("other"), 1)


def test_what_is_refused_there_by_then_is_told_with_what_waits(people: People) -> None:
    remote = people.begin().with_remote()
    away = remote.rename(remote.with_name("away.git"))
    people.publish(draft(NEW))
    away.rename(remote)
    hook(remote / "hooks", "pre-receive", "echo 'Frozen.'; exit 1")
    assert people.base.catch_up() == CaughtUp("origin refuses it: Frozen.", unpushed=1)


def test_a_remote_that_is_not_there_is_told(people: People) -> None:
    people.begin().set(push=True)
    done = people.publish(draft(NEW))
    assert done.commit == people.git("rev-parse", "HEAD")
    assert "there is no remote called origin: git remote add" in done.note


def test_a_remote_with_nothing_in_it_gets_the_branch(people: People, tmp_path: Path) -> None:
    people.begin()
    people.git("init", "-q", "--bare", str(tmp_path / "new.git"))
    people.git("remote", "add", "origin", str(tmp_path / "new.git"))
    people.set(pull=True, push=True)
    done = people.publish(draft(NEW))
    assert (done.note, tip(tmp_path / "new.git", people)) == ("", done.commit)


def test_a_branch_that_is_called_otherwise_there(people: People) -> None:
    remote = people.begin().with_remote()
    people.git("branch", "-q", "-m", "live")
    done = people.publish(draft(NEW))
    assert tip(remote, people, "main") == done.commit
    assert people.tries("--git-dir", str(remote), "rev-parse", "--verify", "-q", "live") == ""


@pytest.mark.parametrize("name", ["pre-receive", "update"])
def test_a_hook_there_that_refuses_is_quoted(people: People, name: str) -> None:
    remote = people.begin().with_remote()
    refusing = hook(
        remote / "hooks", name, "echo; echo 'No commits on \033[1mMondays\033[0m.'; echo 'Sorry.'; exit 1"
    )
    before = tip(remote, people)
    assert "origin refuses it: No commits on [1mMondays [0m." in people.refused(draft(NEW))
    assert tip(remote, people) == before
    refusing.unlink()
    assert people.publish(draft(NEW)).note == ""
    assert people.count("Pkgdesk-Draft: 12") == 1


def test_a_hook_here_that_refuses_the_push_is_quoted(people: People) -> None:
    people.begin().with_remote()
    people.hook("pre-push", "echo 'not on a Monday' >&2; exit 1")
    assert "pre-push refuses: not on a Monday" in people.refused(draft(NEW))


def test_a_branch_there_that_is_called_like_the_name_of_one_is_told(people: People) -> None:
    people.begin().with_remote()
    people.git("push", "-q", "origin", "HEAD:refs/heads/refs/heads/main")
    why = people.refused(draft(NEW))
    assert why.startswith("origin has two branches that git takes for refs/heads/main: ")
    people.git("push", "-q", "origin", ":refs/heads/refs/heads/main")
    assert people.publish(draft(NEW)).note == ""


def test_what_is_pushed_stands_even_if_the_checkout_cannot_follow(people: People) -> None:
    remote = people.begin().with_remote()
    people.hook("pre-push", f"echo '# mine' >> {people.path('qemu.yaml')}")
    done = people.publish(draft(CHANGED, QEMU))
    assert tip(remote, people) == done.commit
    assert f"could not follow: {people.path('qemu.yaml')}: has changes" in done.note
    assert people.read("qemu.yaml") == QEMU + "# mine\n"
    again = people.publish(draft(CHANGED, QEMU))
    assert again.commit == done.commit
    assert "could not follow" in again.note
    people.git("checkout", "-q", "--", "qemu.yaml")
    assert people.base.catch_up() == CaughtUp("", moved=True)
    assert people.read("qemu.yaml") == CHANGED


def test_what_is_new_there_is_brought_in(people: People) -> None:
    people.begin().with_remote(push=False)
    others = people.elsewhere()
    others.commit(other=entry("other"))
    others.git("push", "-q")
    assert people.base.catch_up() == CaughtUp("", moved=True)
    assert people.read("other.yaml") == entry("other")
    assert people.base.catch_up() == CaughtUp()


def test_what_people_have_not_pushed_is_theirs_to_push(people: People) -> None:
    remote = people.begin().with_remote()
    before = tip(remote, people)
    people.commit(mine=entry("mine"))
    assert people.base.catch_up() == CaughtUp()
    assert tip(remote, people) == before


def test_a_draft_that_others_published_already_is_found_there(people: People) -> None:
    """As after a crash between pushing and following."""
    remote = people.begin().with_remote()
    first = people.publish(draft(NEW))
    people.git("reset", "-q", "--hard", "HEAD~1")
    people.git("update-ref", "-d", "refs/pkgdesk/upstream/main")
    people.set(pull=False)
    assert people.publish(draft(NEW)) == first
    assert people.git("rev-parse", "HEAD") == tip(remote, people) == first.commit


def test_a_revert_is_pushed(people: People) -> None:
    remote = people.begin().with_remote()
    people.publish(draft(CHANGED, QEMU))
    done = people.revert(draft(CHANGED, QEMU))
    assert tip(remote, people) == done.commit
    with pytest.raises(NotPublished):
        people.base.revert(draft(NEW, number=13), BOB)
