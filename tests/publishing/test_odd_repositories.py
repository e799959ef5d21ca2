"""Repositories with filters, hooks of their own, odd names, or a history that somebody has rewritten."""

import shutil
from pathlib import Path

import pytest
from bases import People, draft, entry, hook

from bot.publishing.base import CaughtUp, NotPublished
from bot.publishing.journal import Journal
from bot.publishing.place import place_of

QEMU = entry("qemu")
NEW = entry("seabios")
CHANGED = entry("qemu", "Configure with `--with-system-qemu=/usr/bin/qemu`.")


def tip(people: People, branch: str = "main") -> str:
    return people.git("--git-dir", str(people.folder.with_name("remote.git")), "rev-parse", branch)


# --- Hooks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", "--amend --no-edit"])
def test_a_hook_may_commit_itself(people: People, more: str) -> None:
    people.begin()
    people.hook(
        "post-commit",
        '[ "$AGAIN" ] && exit 0; export AGAIN=1; date +%N >> CHANGES; git add CHANGES\n'
        f"git commit -q --no-verify -m changes {more}".replace("-m changes --amend", "--amend"),
    )
    done = people.publish(draft(NEW))
    assert people.publish(draft(NEW)) == done
    assert people.git("log", "-1", "--format=%(trailers:key=Pkgdesk-Draft,valueonly)", done.commit)
    assert people.path("CHANGES").exists()
    people.revert(draft(NEW))
    assert not people.path("seabios.yaml").exists()
    assert people.is_clean()


def test_hooks_of_the_checkout_that_are_not_in_the_repository_run(people: People) -> None:
    people.begin()
    (people.folder / ".git" / "info" / "exclude").write_text("/.hooks\n")
    people.git("config", "core.hooksPath", ".hooks")
    hook(people.folder / ".hooks", "pre-commit", "echo not on a friday; exit 1")
    assert "not on a friday" in people.refused(draft(NEW))


# --- Filters ------------------------------------------------------------------------------------------------


def turned(people: People, clean: str, smudge: str) -> None:
    """Entries go through a filter from here on."""
    for name, command in (("clean", clean), ("smudge", smudge)):
        people.git("config", f"filter.turned.{name}", command)
    people.path(".gitattributes").write_text("*.yaml filter=turned\n")
    people.git("add", "--renormalize", ".")
    people.commit()


def test_what_a_filter_keeps_otherwise_in_the_repository_is_published(people: People) -> None:
    people.begin(qemu=QEMU)
    turned(people, "tr a-z n-za-m", "tr a-z n-za-m")
    people.publish(draft(CHANGED, QEMU), draft(NEW, number=13))
    assert (people.read("qemu.yaml"), people.read("seabios.yaml")) == (CHANGED, NEW)
    assert "vq: frnovbf" in people.git("cat-file", "blob", "HEAD:seabios.yaml")
    people.revert(draft(NEW, number=13))
    assert people.is_clean()


def test_a_filter_that_breaks_an_entry_is_told(people: People) -> None:
    people.begin()
    turned(people, "sed s/qemu.$/xemu./", "cat")
    assert "the filter turned" in people.refused(draft(NEW.replace("without cloning QEMU?", "qemu.")))


# --- Names --------------------------------------------------------------------------------------------------


def test_a_folder_where_the_entry_would_be_is_named(people: People) -> None:
    people.begin().with_remote()
    before = tip(people)
    people.write("seabios.yaml/notes.txt", "mine")
    assert "seabios.yaml: is a folder" in people.refused(draft(NEW))
    assert tip(people) == before


def test_an_entry_of_a_submodule_is_not_made_twice(people: People, tmp_path: Path) -> None:
    people.begin()
    inner = People(tmp_path / "inner").begin(seabios=NEW)
    people.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.folder), "inner")
    people.commit()
    assert "inner/seabios.yaml: is not in the repository" in people.refused(draft(NEW))
    people.publish(draft(CHANGED, QEMU, 13))


def test_a_sparse_checkout_gets_what_it_leaves_out_told(people: People) -> None:
    people.begin(qemu=QEMU, other=entry("other"))
    people.git("sparse-checkout", "set", "--no-cone", "/other.yaml")
    done = people.publish(draft(CHANGED, QEMU))
    assert done.note == (
        "the checkout is sparse, and leaves out qemu.yaml: it is not read there (git sparse-checkout add)"
    )
    assert people.git("show", "HEAD:qemu.yaml") == CHANGED.rstrip()
    assert people.publish(draft(entry("other", "Otherwise."), entry("other"), number=13)).note == ""
    assert [path.name for path in people.folder.glob("*.yaml")] == ["other.yaml"]
    assert people.is_clean()


def test_names_that_differ_in_capitals_alone_are_refused(people: People) -> None:
    people.begin(SeaBIOS=entry("SeaBIOS"))
    assert "in capitals alone" in people.refused(draft(NEW))


def test_files_and_tags_that_are_called_like_commits_and_branches(people: People) -> None:
    people.begin()
    for name in ("main", "HEAD", people.git("rev-parse", "HEAD")):
        people.path(name).write_text("")
    people.commit()
    people.path(people.git("rev-parse", "HEAD")).write_text("")
    people.git("tag", "HEAD")
    people.git("tag", "main")
    people.publish(draft(NEW))
    people.revert(draft(NEW))
    assert people.count("Pkgdesk-Reverts") == 1


def test_a_branch_that_is_called_as_the_folder_of_another_was(people: People) -> None:
    people.begin().with_remote()
    people.git("switch", "-qc", "kb")
    people.publish(draft(NEW))
    people.git("push", "-q", "origin", ":kb")
    people.git("switch", "-q", "main")
    people.git("branch", "-qD", "kb")
    people.git("switch", "-qc", "kb/main")
    done = people.publish(draft(CHANGED, QEMU, 13))
    assert (tip(people, "kb/main"), done.note) == (done.commit, "")


def test_a_commit_with_a_wrong_date_hides_nothing(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.begin()
    done = people.publish(draft(NEW))
    with monkeypatch.context() as patch:
        patch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
        people.git("revert", "--no-edit", done.commit)
    assert people.publish(draft(NEW)) == done
    assert people.count("Pkgdesk-Draft") == 1


# --- Remote repositories ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["url", "mirror"])
def test_a_remote_is_where_it_is_for_the_checkout(people: People, name: str) -> None:
    people.begin().with_remote()
    people.git("config", f"remote.origin.{name}", {"url": "../remote.git", "mirror": "true"}[name])
    done = people.publish(draft(NEW))
    assert (tip(people), done.note) == (done.commit, "")


def test_what_was_taken_out_of_the_history_by_force_is_not_brought_back(people: People) -> None:
    people.begin().with_remote()
    people.publish(draft(NEW))
    others = people.elsewhere()
    others.git("reset", "-q", "--hard", "HEAD~1")
    others.commit(other=entry("other"))
    others.git("push", "-q", "--force")
    theirs = tip(people)
    for _ in range(2):
        assert "was rewritten" in people.refused(draft(CHANGED, QEMU, 13))
        assert "was rewritten" in people.base.catch_up().problem
    people.git("fetch", "-q")
    people.git("reset", "-q", "--hard", "origin/main")
    done = people.publish(draft(CHANGED, QEMU, 13))
    assert (people.git("rev-parse", "HEAD~1"), tip(people)) == (theirs, done.commit)
    assert not people.path("seabios.yaml").exists()


def test_an_entry_that_is_gone_there_is_a_conflict(people: People) -> None:
    people.begin(qemu=QEMU, other=entry("other")).with_remote()
    others = people.elsewhere()
    others.git("rm", "-q", "qemu.yaml")
    others.commit()
    others.git("push", "-q")
    assert "removed meanwhile" in people.refused(draft(CHANGED, QEMU))


def test_branches_that_parted_are_merged_whatever_people_set(people: People) -> None:
    people.begin().with_remote()
    others = people.elsewhere()
    others.commit(other=entry("other"))
    others.git("push", "-q")
    people.commit(mine=entry("mine"))
    people.git("config", "merge.ff", "only")
    assert people.publish(draft(NEW)).note == ""


def test_what_was_pushed_before_a_crash_is_found_though_nothing_is_to_be_pulled_any_more(
    people: People,
) -> None:
    people.begin().with_remote()
    before = people.git("rev-parse", "HEAD")
    done = people.publish(draft(NEW))
    # Killed after the remote repository had it, and before anything here did.
    people.git("reset", "-q", "--hard", before)
    people.git("update-ref", "refs/pkgdesk/upstream/main", before)
    place = place_of(people.folder)
    assert place is not None
    place.ours.joinpath("journal").write_text('{"work": "exchanging", "branch": "main"}')
    assert Journal(place).left()
    people.set(pull=False, push=False)
    assert people.publish(draft(NEW)) == done
    assert people.git("rev-parse", "HEAD") == done.commit


def test_the_first_draft_does_not_wait_for_a_checkout_of_ours(people: People) -> None:
    people.begin().with_remote()
    assert people.base.catch_up() == CaughtUp()
    shop = people.folder / ".git" / "pkgdesk" / "pkgdesk-work"
    assert (shop / "qemu.yaml").exists()
    shutil.rmtree(shop)
    people.git("worktree", "prune")
    assert people.publish(draft(NEW)).note == ""


def test_what_a_commit_was_rewritten_to_is_taken_back(people: People) -> None:
    people.begin()
    done = people.publish(draft(NEW))
    people.git("commit", "-q", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z")
    people.revert(draft(NEW, commit=done.commit))
    assert not people.path("seabios.yaml").exists()


def test_what_was_published_years_ago_is_taken_back_by_the_name_of_its_commit(people: People) -> None:
    people.begin()
    done = people.publish(draft(NEW))
    other = draft(NEW, number=99, commit=done.commit)
    people.revert(other)
    assert not people.path("seabios.yaml").exists()
    with pytest.raises(NotPublished, match="no commit of draft 98"):
        people.revert(draft(NEW, number=98, commit="0" * 40))
