"""A draft becomes a commit; what people do in the meantime stays theirs."""

import os
from pathlib import Path

import pytest
from bases import ALICE, BOB, People, draft, entry

from bot.publishing.base import NotPublished

QEMU = entry("qemu")
NEW = entry("seabios", "Configure with `--with-system-seabios`.")
CHANGED = entry("qemu", "Configure with `--with-system-qemu=/usr/bin/qemu`.")


def test_a_new_entry_is_a_commit_that_names_everybody(people: People) -> None:
    people.begin()
    done = people.publish(draft(NEW, note="from\n\nPkgdesk-Draft: 1 0", question=42))
    assert done.commit == people.git("rev-parse", "HEAD")
    assert done.note == ""
    assert people.read("seabios.yaml") == NEW
    assert people.is_clean()
    assert people.shown("%an <%ae>, %cn <%ce>") == "alice <alice@example.org>, pkgdesk <pkgdesk@localhost>"
    assert people.shown("%s").startswith("kb: seabios: new entry")
    assert people.shown("%(trailers)").splitlines() == [
        "Reviewed-by: Bob Reviewer <bob@example.org>",
        "Pkgdesk-Draft: 12 000000000000000c",
    ]
    assert people.git("show", "--name-only", "--format=") == "seabios.yaml"


def test_it_is_published_once_however_often_it_is_tried(people: People) -> None:
    people.begin()
    first = people.publish(draft(NEW))
    people.commit(seabios=NEW + "see: [qemu]\n")
    assert people.publish(draft(NEW)) == first
    assert people.read("seabios.yaml").endswith("see: [qemu]\n")
    assert people.count("Pkgdesk-Draft: 12") == 1


def test_a_commit_that_speaks_of_a_draft_is_not_its_own(people: People) -> None:
    people.begin()
    people.commit(
        message="about it\n\nPkgdesk-Draft: 12 000000000000000c said alice\n\nthat was it", other=NEW
    )
    assert people.publish(draft(CHANGED, QEMU)).commit == people.git("rev-parse", "HEAD")


def test_what_a_person_committed_in_between_is_built_upon(people: People) -> None:
    people.begin()
    theirs = people.commit(other=entry("other"))
    people.publish(draft(CHANGED, QEMU))
    assert people.git("rev-parse", "HEAD~1") == theirs
    assert people.read("qemu.yaml") == CHANGED


def test_the_same_field_changed_by_a_person_is_a_conflict(people: People) -> None:
    people.begin()
    people.commit(qemu=entry("qemu", "Something else."))
    with pytest.raises(NotPublished) as refused:
        people.publish(draft(CHANGED, QEMU))
    assert refused.value.conflict
    assert people.read("qemu.yaml") == entry("qemu", "Something else.")


def test_another_field_changed_by_a_person_and_their_comments_are_kept(people: People) -> None:
    people.begin()
    people.commit(qemu=QEMU.replace("everybody", "EVERYBODY").replace("INSTALL", "README"))
    people.publish(draft(CHANGED, QEMU))
    text = people.read("qemu.yaml")
    assert "# what EVERYBODY asks" in text
    assert "https://example.org/README" in text
    assert "--with-system-qemu=/usr/bin/qemu" in text


def test_what_says_it_already_is_no_commit(people: People) -> None:
    people.begin()
    head = people.commit(qemu=CHANGED)
    done = people.publish(draft(CHANGED, QEMU))
    assert (done.commit, done.note) == ("", "the base said so already")
    assert people.git("rev-parse", "HEAD") == head


def test_an_entry_that_is_gone_is_a_conflict(people: People) -> None:
    people.begin(qemu=QEMU, other=entry("other"))
    people.git("rm", "-q", "qemu.yaml")
    people.commit()
    with pytest.raises(NotPublished) as refused:
        people.publish(draft(CHANGED, QEMU))
    assert refused.value.conflict


def test_what_may_not_be_published_is_not(people: People) -> None:
    people.begin()
    seen: list[Path] = []

    def check(_: str, path: Path) -> None:
        seen.append(path)
        raise NotPublished("a password stands in it")

    with pytest.raises(NotPublished, match="a password"):
        people.base.publish(draft(NEW), ALICE, BOB, check)
    assert seen == [people.path("seabios.yaml")]
    assert people.is_clean()


# --- files of people ------------------------------------------------------------------------------------


def test_changes_of_people_stay_as_they_are(people: People) -> None:
    people.begin(qemu=QEMU, other=entry("other"), staged=entry("staged"))
    people.write("other.yaml", "half wri")
    people.write("staged.yaml", "half wri")
    people.write("untracked.yaml", "half wri")
    people.git("add", "staged.yaml")
    people.publish(draft(CHANGED, QEMU))
    told = people.tries("status", "--porcelain").split()
    assert told == ["M", "other.yaml", "M", "staged.yaml", "??", "untracked.yaml"]
    assert people.git("diff", "--cached", "--name-only") == "staged.yaml"
    assert people.read("other.yaml") == people.read("staged.yaml") == "half wri"
    assert people.git("show", "--name-only", "--format=") == "qemu.yaml"


@pytest.mark.parametrize("staged", [False, True])
def test_a_changed_file_that_is_to_change_is_refused_by_name(people: People, staged: bool) -> None:
    people.begin()
    people.write("qemu.yaml", QEMU + "# mine\n")
    if staged:
        people.git("add", "qemu.yaml")
    why = people.refused(draft(CHANGED, QEMU))
    assert f"{people.path('qemu.yaml')}: has changes that are not committed" in why
    people.git("checkout", "-q", "HEAD", "--", "qemu.yaml")
    assert people.publish(draft(CHANGED, QEMU)).commit


def test_a_file_that_nobody_has_added_is_not_written_over(people: People) -> None:
    people.begin()
    people.write("seabios.yaml", NEW)
    assert "seabios.yaml: is not in the repository yet" in people.refused(draft(NEW))
    assert "seabios.yaml: is not in the repository yet" in people.refused(draft(NEW + "# more\n", NEW))


def test_the_checkout_is_at_no_branch(people: People) -> None:
    people.begin()
    people.git("checkout", "-q", "--detach")
    assert "is at no branch (detached HEAD): git switch BRANCH" in people.refused(draft(NEW))


@pytest.mark.parametrize("what", ["merge", "rebase", "cherry-pick", "revert"])
def test_something_is_under_way_there(people: People, what: str) -> None:
    people.begin()
    people.git("checkout", "-q", "-b", "side")
    people.commit(qemu=entry("qemu", "Theirs."))
    people.git("checkout", "-q", "main")
    middle = people.commit(qemu=entry("qemu", "In between."))
    people.commit(qemu=entry("qemu", "Ours."))
    people.tries(what, middle if what == "revert" else "side")
    assert people.code
    assert f"a {what} is under way there: finish it first" in people.refused(draft(NEW))


def test_a_lock_that_is_left_there_is_named(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.publishing.checkout._TRIES", 2)
    people.begin()
    lock = people.folder / ".git" / "index.lock"
    lock.touch()
    assert f"where none runs, remove {lock}" in people.refused(draft(NEW))
    lock.unlink()
    assert people.publish(draft(NEW)).commit


@pytest.mark.parametrize("held", ["refs/heads/main.lock", "HEAD.lock"])
def test_a_branch_that_is_locked_leaves_everything_as_it_was(
    people: People, held: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.publishing.checkout._TRIES", 2)
    people.begin()
    lock = people.folder / ".git" / held
    lock.touch()
    assert f"remove {lock}" in people.refused(draft(CHANGED, QEMU))
    lock.unlink()
    assert people.is_clean()


# --- where the base lies --------------------------------------------------------------------------------


def test_a_base_inside_of_a_larger_repository(people: People) -> None:
    people.inside = "docs/kb"
    people.begin(qemu=QEMU)
    (people.folder / "src.c").write_text("int main;\n")
    people.commit()
    people.publish(draft(NEW), draft(CHANGED, QEMU, 13))
    assert people.git("show", "--name-only", "--format=", "HEAD", "HEAD~1").split() == [
        "docs/kb/qemu.yaml",
        "docs/kb/seabios.yaml",
    ]


def test_a_new_entry_lies_beside_those_of_its_section(people: People) -> None:
    people.begin(
        **{
            "build/qemu": entry("qemu", more="section: build-system\n"),
            "net/bridge": entry("bridge", more="section: 'net'  # x\n"),
            "net/vif": entry("vif", more="section: net\n"),
            "other/tap": entry("tap", more="section: many\n"),
            "more/tun": entry("tun", more="section: many\n"),
        }
    )
    people.publish(
        draft(entry("nat", more="section: net\n"), number=1),
        draft(entry("tup", more="section: many\n"), number=2),
        draft(entry("alone"), number=3),
        draft(
            entry("vif", "It changed.", more="section: net\n"), entry("vif", more="section: net\n"), number=4
        ),
    )
    assert people.git("log", "-4", "--name-only", "--format=").split() == [
        "net/vif.yaml",
        "alone.yaml",
        "tup.yaml",
        "net/nat.yaml",
    ]


def test_a_folder_behind_a_link(people: People, tmp_path: Path) -> None:
    people.inside = "kb"
    people.begin()
    (tmp_path / "link").symlink_to(people.path(""))
    through = People(tmp_path, "link")
    through.publish(draft(NEW))
    assert people.read("seabios.yaml") == NEW
    assert people.is_clean()


def test_a_linked_worktree_is_a_checkout(people: People, tmp_path: Path) -> None:
    people.begin()
    people.git("worktree", "add", "-q", "-b", "live", str(tmp_path / "live"))
    live = People(tmp_path / "live")
    live.publish(draft(NEW))
    assert live.read("seabios.yaml") == NEW
    assert live.is_clean()
    assert people.git("rev-parse", "live") == live.git("rev-parse", "HEAD")
    assert people.git("rev-parse", "main") != live.git("rev-parse", "HEAD")


def test_a_submodule_is_a_checkout(people: People, tmp_path: Path) -> None:
    people.begin()
    outer = People(tmp_path / "outer", git_options=("-c", "protocol.file.allow=always")).begin(x=entry("x"))
    outer.git("submodule", "--quiet", "add", str(people.folder), "kb")
    inner = People(outer.folder / "kb")
    inner.publish(draft(NEW))
    assert inner.read("seabios.yaml") == NEW
    assert inner.is_clean()
    assert not (outer.folder / ".git" / "pkgdesk").exists()


def test_names_of_any_bytes_elsewhere(people: People) -> None:
    people.begin()
    Path(os.fsdecode(os.fsencode(people.folder) + b'/caf\xe9\n\t"x".yaml')).write_text("{}")
    people.commit()
    Path(os.fsdecode(os.fsencode(people.folder) + b"/\xff dirty.yaml")).write_text("{}")
    assert people.publish(draft(NEW)).commit


def test_a_repository_of_longer_ids(people: People) -> None:
    people.begin("--object-format=sha256")
    assert len(people.publish(draft(NEW)).commit) == 64
    assert people.publish(draft(NEW)).commit == people.git("rev-parse", "HEAD")


def test_ends_of_lines_are_as_the_checkout_wishes(people: People) -> None:
    people.begin()
    people.git("config", "core.autocrlf", "true")
    people.git("config", "core.safecrlf", "true")
    people.path("qemu.yaml").unlink()
    people.git("checkout", "-q", "--", "qemu.yaml")
    assert b"\r\n" in people.path("qemu.yaml").read_bytes()
    people.publish(draft(NEW), draft(CHANGED, QEMU, 13))
    assert people.path("qemu.yaml").read_bytes() == CHANGED.replace("\n", "\r\n").encode()
    assert people.git("cat-file", "blob", "HEAD:qemu.yaml") == CHANGED.strip()
    assert people.is_clean()


# --- taking back ----------------------------------------------------------------------------------------


def test_a_revert_is_a_revert(people: People) -> None:
    people.begin()
    change = draft(CHANGED, QEMU)
    first = people.publish(change)
    people.commit(other=NEW)
    done = people.revert(change)
    assert people.read("qemu.yaml") == QEMU
    assert people.shown("%an, %cn") == "Bob Reviewer, pkgdesk"
    assert f"This reverts commit {first.commit}." in people.shown("%B")
    assert people.shown("%(trailers:key=Pkgdesk-Reverts,valueonly)").strip() == "12 000000000000000c"
    assert people.revert(change) == done
    assert people.count("Pkgdesk-Reverts: 12") == 1
    assert people.is_clean()


def test_a_new_entry_that_is_taken_back_is_gone(people: People) -> None:
    people.begin()
    people.publish(draft(NEW))
    people.revert(draft(NEW))
    assert not people.path("seabios.yaml").exists()


def test_what_was_changed_again_is_not_taken_back(people: People) -> None:
    people.begin()
    people.publish(draft(CHANGED, QEMU))
    head = people.commit(qemu=entry("qemu", "Changed again."))
    with pytest.raises(NotPublished, match="changed again since") as refused:
        people.revert(draft(CHANGED, QEMU))
    assert refused.value.conflict
    assert people.git("rev-parse", "HEAD") == head
    assert people.publish(draft(NEW, number=13)).commit, "nothing is left of the attempt"


def test_what_a_person_took_back_is_told(people: People) -> None:
    people.begin()
    people.publish(draft(CHANGED, QEMU))
    people.git("revert", "--no-edit", "HEAD")
    head = people.git("rev-parse", "HEAD")
    done = people.revert(draft(CHANGED, QEMU))
    assert (done.commit, done.note) == ("", "somebody had taken it back already")
    assert people.git("rev-parse", "HEAD") == head


def test_what_was_never_committed_cannot_be_taken_back(people: People) -> None:
    people.begin()
    with pytest.raises(NotPublished, match="has no commit of draft 12"):
        people.revert(draft(CHANGED, QEMU))
