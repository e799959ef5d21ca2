"""What can be the matter with a repository: a clear line, and everything stays as it was."""

import fcntl
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from bases import ALICE, BOB, People, draft, entry, hook, sound
from small_disks import mountable, mounted, umounted

from bot.publishing import bases
from bot.publishing.base import CaughtUp, NotPublished
from bot.publishing.repository import Repository

QEMU = entry("qemu")
NEW = entry("seabios")
CHANGED = entry("qemu", "Configure with `--with-system-qemu=/usr/bin/qemu`.")


# --- no repository in which one can commit ------------------------------------------------------------------


def unusable(folder: Path) -> str:
    """Why nothing can be published in a folder."""
    with pytest.raises(NotPublished) as refused:
        bases.base_of(folder, People(folder).settings)
    assert "\n" not in refused.value.why
    return refused.value.why


def test_a_repository_without_any_commit(people: People) -> None:
    people.folder.mkdir()
    people.git("init", "-q", "-b", "main", ".")
    with pytest.raises(NotPublished, match="main has no commit yet: make the first one"):
        people.publish(draft(NEW))


def test_a_repository_without_a_checkout(people: People) -> None:
    people.folder.mkdir()
    people.git("init", "-q", "--bare", ".")
    (people.folder / "kb").mkdir()
    assert "bare git repository: set `knowledge` to a folder in a checkout" in unusable(people.folder)
    assert "bare git repository" in unusable(people.folder / "kb")


def test_the_folder_of_git_itself(people: People) -> None:
    people.begin()
    assert "has no checkout" in unusable(people.folder / ".git" / "refs")


def test_what_looks_like_a_repository(people: People) -> None:
    people.folder.mkdir()
    (people.folder / ".git").write_text("gitdir: nowhere\n")
    assert "looks like a git repository, and is none" in unusable(people.folder)


def test_a_folder_that_is_not_there(people: People) -> None:
    assert "cannot be used" in unusable(people.folder)
    people.folder.write_text("")
    assert "is no folder" in unusable(people.folder)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives folders away")
def test_a_repository_of_somebody_else(people: People) -> None:
    people.begin()
    for each in (people.folder, *people.folder.rglob("*")):
        os.chown(each, 12345, 12345)
    why = unusable(people.folder)
    assert f"git config --global --add safe.directory {people.folder}" in why


def test_git_that_is_not_installed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.begin()
    monkeypatch.setenv("PATH", "")
    assert "git is not installed" in unusable(people.folder)


def test_variables_that_lead_elsewhere_do_not_count(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.begin()
    with monkeypatch.context() as patched:
        for name in (
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "GIT_OBJECT_DIRECTORY",
            "GIT_CONFIG_PARAMETERS",
        ):
            patched.setenv(name, "/nowhere")
        patched.setenv("GIT_AUTHOR_NAME", "mallory")
        people.publish(draft(NEW))
    assert people.shown("%an, %cn") == "alice, pkgdesk"


# --- hooks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pre-commit", "commit-msg", "prepare-commit-msg"])
def test_a_hook_that_refuses_is_quoted(people: People, name: str) -> None:
    people.begin()
    refusing = people.hook(name, "echo; echo 'seabios.yaml: trailing white space'; echo more; exit 1")
    assert "a hook refuses the commit: seabios.yaml: trailing white space" in people.refused(draft(NEW))
    refusing.write_text("#!/bin/sh\nexit 1\n")
    assert "a hook refuses the commit: it does not say why" in people.refused(draft(NEW))
    refusing.unlink()
    assert people.publish(draft(NEW)).commit


def test_a_hook_sees_the_whole_tree_with_what_is_new(people: People) -> None:
    people.inside = "kb"
    people.begin()
    (people.folder / "check.sh").write_text('cat kb/seabios.yaml > "$1"; git status --porcelain >> "$1"\n')
    people.commit()
    seen = people.folder.with_name("seen")
    people.hook("pre-commit", f"sh ./check.sh {seen}")
    people.publish(draft(NEW))
    assert seen.read_text() == NEW + "A  kb/seabios.yaml\n"


def test_a_hook_may_use_patterns(people: People) -> None:
    people.begin()
    people.hook("pre-commit", "git diff --cached --name-only -- '*.yaml' | grep -q . || exit 1")
    assert people.publish(draft(NEW)).commit


def test_a_hook_may_change_what_is_committed(people: People) -> None:
    people.begin()
    people.hook("pre-commit", "echo '# checked' >> seabios.yaml; git add seabios.yaml")
    people.hook("commit-msg", 'git interpret-trailers --in-place --trailer "Change-Id: I1" "$1"')
    first = people.publish(draft(NEW))
    assert people.read("seabios.yaml") == NEW + "# checked\n"
    assert people.publish(draft(NEW)) == first


def test_a_hook_that_takes_the_mark_away_is_refused(people: People) -> None:
    people.begin()
    people.hook("commit-msg", 'echo "nothing" > "$1"')
    assert "takes `Pkgdesk-Draft` out of the message" in people.refused(draft(NEW))


def test_a_hook_that_hangs_is_ended_with_all_that_it_started(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.begin()
    pids = people.folder.with_name("pids")
    hanging = people.hook(
        "pre-commit", f"trap '' TERM; sleep 600 & echo $! $$ > {pids}; wait; wait; sleep 600"
    )
    monkeypatch.setattr("bot.publishing.commits.WITH_HOOKS", 0.9)
    monkeypatch.setattr("bot.git.writing._GRACE", 0.1)
    assert "git was ended after 1 seconds: see what its hooks" in people.refused(draft(NEW))
    until = time.monotonic() + 10
    while any(is_alive(int(pid)) for pid in pids.read_text().split()):
        assert time.monotonic() < until
    hanging.unlink()
    assert people.publish(draft(NEW)).commit


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def test_a_hook_that_leaves_something_running_holds_nothing_up(people: People) -> None:
    people.begin()
    people.hook("post-commit", "sleep 600 & echo $! > ../../../pid")
    people.publish(draft(NEW))
    os.kill(int((people.folder / "pid").read_text()), 9)


# --- surroundings -------------------------------------------------------------------------------------------


def test_a_commit_that_cannot_be_signed(people: People, tmp_path: Path) -> None:
    people.begin()
    people.git("config", "commit.gpgSign", "true")
    gpg = hook(tmp_path / "bin", "gpg", "echo 'gpg: skipped \"pkgdesk\": No secret key' >&2; exit 2")
    people.git("config", "gpg.program", str(gpg))
    why = people.refused(draft(NEW))
    assert "cannot be signed (gpg" in why
    assert "): give it a key (user.signingKey), or do not have commits signed there" in why
    people.git("config", "commit.gpgSign", "false")
    assert people.publish(draft(NEW)).commit


def test_nobody_is_asked_for_a_password(
    people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.begin()
    asked = tmp_path / "asked"
    ask = hook(tmp_path / "bin", "ask", f"touch {asked}; sleep 600")
    monkeypatch.setenv("SSH_ASKPASS", str(ask))
    monkeypatch.setenv("DISPLAY", ":0")
    ssh = hook(tmp_path / "bin", "ssh", f'echo "$*" > {tmp_path}/said; exit 255')
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    people.git("remote", "add", "origin", "ssh://git@kb.example.org/kb.git")
    people.set(push=True)
    assert "not pushed yet: origin: " in people.publish(draft(NEW)).note
    assert "BatchMode=yes" in (tmp_path / "said").read_text()
    assert not asked.exists()


def test_which_ssh_it_is_may_be_set(people: People, tmp_path: Path) -> None:
    people.begin()
    ssh = hook(tmp_path / "bin", "mine", f'echo "$*" > {tmp_path}/said; exit 255')
    people.git("config", "core.sshCommand", str(ssh))
    people.git("remote", "add", "origin", "ssh://git@kb.example.org/kb.git")
    people.set(push=True)
    people.publish(draft(NEW))
    assert "BatchMode" not in (tmp_path / "said").read_text()


def test_settings_of_people_change_nothing(people: People) -> None:
    people.begin(qemu=QEMU, other=entry("other"))
    people.write("other.yaml", "half wri")
    for name, value in {
        "merge.autoStash": "true",
        "merge.ff": "false",
        "pull.rebase": "true",
        "merge.verifySignatures": "true",
        "commit.verbose": "true",
        "commit.status": "true",
        "commit.cleanup": "scissors",
        "core.editor": "false",
        "core.pager": "false",
        "core.quotePath": "true",
        "core.commentChar": "k",
        "status.short": "true",
        "status.branch": "true",
        "status.showUntrackedFiles": "no",
        "log.showSignature": "true",
        "diff.noprefix": "true",
        "diff.external": "false",
        "color.ui": "always",
        "push.default": "nothing",
        "trailer.separators": "#",
        "core.fsmonitor": "true",
        "user.useConfigOnly": "true",
        "i18n.commitEncoding": "latin1",
    }.items():
        people.git("config", name, value)
    done = people.publish(draft(CHANGED, QEMU), draft(NEW, number=13, note="naïve"))
    assert people.publish(draft(NEW, number=13)) == done
    people.revert(draft(NEW, number=13))
    assert people.read("other.yaml") == "half wri"
    assert not people.git("stash", "list")


def test_a_workshop_that_is_broken_is_made_again(people: People) -> None:
    people.begin()
    people.publish(draft(NEW))
    shop = people.folder / ".git" / "pkgdesk" / "pkgdesk-work"
    (shop / ".git").unlink()
    people.publish(draft(CHANGED, QEMU, 13))
    shutil.rmtree(shop)
    people.publish(draft(entry("one"), number=14))
    (shop / "stray.yaml").write_text("")
    (shop / "qemu.yaml").unlink()
    (people.folder / ".git" / "worktrees" / shop.name / "index").write_bytes(b"broken")
    people.publish(draft(entry("two"), number=15))
    shutil.rmtree(people.folder / ".git" / "worktrees")
    people.publish(draft(entry("three"), number=16))
    shutil.rmtree(shop)
    shop.write_text("")
    people.publish(draft(entry("four"), number=17))
    assert people.git("show", "--name-only", "--format=") == "four.yaml"
    assert people.is_clean()
    assert len(people.git("worktree", "list").splitlines()) == 2


def test_another_process_of_ours_is_waited_for_and_named(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.publishing.lock.locked.__wrapped__.__defaults__", (0.05,))
    people.begin()
    people.publish(draft(NEW))
    with (people.folder / ".git" / "pkgdesk" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert f"another process of pkgdesk (number {os.getpid()})" in people.refused(draft(CHANGED, QEMU))
    assert people.publish(draft(CHANGED, QEMU, 13)).commit


def test_a_git_that_outlives_its_process_is_waited_for(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed is the process; the hook that its git runs is not."""
    monkeypatch.setattr("bot.publishing.lock.locked.__wrapped__.__defaults__", (0.05,))
    people.begin()
    fifo = people.folder.with_name("fifo")
    os.mkfifo(fifo)
    people.hook("pre-commit", f"echo here > {fifo}; read word < {fifo}")
    pid = os.fork()
    if not pid:
        people.publish(draft(NEW))
        os._exit(0)
    assert fifo.read_text() == "here\n"
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert "another process of pkgdesk" in people.refused(draft(NEW))
    fifo.write_text("go\n")
    people.hook("pre-commit", "exit 0")
    monkeypatch.undo()
    assert people.publish(draft(NEW)).commit
    assert people.count("Pkgdesk-Draft: 12") == 1


# --- disks --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not mountable(), reason="no file system may be mounted here")
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert mounted(disk, "size=2m")
    try:
        people = People(disk / "base").begin()
        people.publish(draft(NEW))
        with (disk / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 16, 1 << 10, 1):
                try:
                    while True:
                        filler.write(os.urandom(size))
                except OSError:
                    continue
        why = people.refused(draft(CHANGED, QEMU, 13))
        assert "o space left on device" in why or "Out of diskspace" in why
        (disk / "filler").unlink()
        assert people.publish(draft(CHANGED, QEMU, 13)).commit
        assert people.is_clean()
    finally:
        umounted(disk)


@pytest.mark.skipif(not mountable(), reason="no file system may be mounted here")
def test_a_disk_that_is_only_read(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    assert mounted(disk, "size=2m")
    try:
        people = People(disk / "base").begin()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert "read-only file system" in people.refused(draft(NEW))
        people.set(pull=True)
        assert "read-only" in people.base.catch_up().problem
    finally:
        umounted(disk)


# --- what a killed process leaves ---------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["gone", "begun", "whole", "whole and in the index"])
def test_a_checkout_that_was_left_half_way(people: People, how: str) -> None:
    """As git leaves it: files first, then the index, then the branch."""
    people.begin()
    old = people.git("rev-parse", "HEAD")
    done = people.publish(draft(CHANGED, QEMU))
    people.git("reset", "-q", "--hard", old)
    journal = people.folder / ".git" / "pkgdesk" / "journal"
    journal.write_text(f'{{"work": "advancing", "branch": "main", "old": "{old}", "new": "{done.commit}"}}')
    for lock in ("index.lock", "HEAD.lock", "refs/heads/main.lock"):
        (people.folder / ".git" / lock).touch()
    if how == "gone":
        people.path("qemu.yaml").unlink()
    else:
        people.write("qemu.yaml", CHANGED[: len(CHANGED) // 2] if how == "begun" else CHANGED)
    if how == "whole and in the index":
        (people.folder / ".git" / "index.lock").unlink()
        people.git("add", "qemu.yaml")
        (people.folder / ".git" / "index.lock").touch()
    assert people.base.catch_up() == CaughtUp()
    assert people.publish(draft(CHANGED, QEMU)).commit
    assert people.read("qemu.yaml") == CHANGED
    assert people.is_clean()
    assert not journal.exists()


def test_what_a_person_wrote_since_is_theirs(people: People) -> None:
    people.begin()
    old = people.git("rev-parse", "HEAD")
    done = people.publish(draft(CHANGED, QEMU))
    people.git("reset", "-q", "--hard", old)
    journal = people.folder / ".git" / "pkgdesk" / "journal"
    journal.write_text(f'{{"work": "advancing", "branch": "main", "old": "{old}", "new": "{done.commit}"}}')
    people.write("qemu.yaml", "half wri")
    assert "has changes that are not committed" in people.refused(draft(CHANGED, QEMU))
    assert people.read("qemu.yaml") == "half wri"


@pytest.mark.parametrize("at", [-3600, 3600], ids=["before", "long after"])
def test_a_lock_that_the_work_cannot_have_made_stays(
    people: People, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Be it of a git that cannot be seen, in another container."""
    monkeypatch.setattr("bot.publishing.checkout._TRIES", 1)
    people.begin()
    people.publish(draft(NEW))
    lock = people.folder / ".git" / "index.lock"
    lock.touch()
    journal = people.folder / ".git" / "pkgdesk" / "journal"
    journal.write_text('{"work": "advancing", "branch": "main"}')
    os.utime(lock, (journal.stat().st_mtime + at,) * 2)
    assert "remove" in people.refused(draft(CHANGED, QEMU, 13))
    assert lock.exists()


def test_a_lock_stays_while_a_git_of_somebody_is_at_work(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.publishing.checkout._TRIES", 1)
    people.begin()
    people.publish(draft(NEW))
    (people.folder / ".git" / "pkgdesk" / "journal").write_text('{"work": "advancing", "branch": "main"}')
    lock = people.folder / ".git" / "index.lock"
    with subprocess.Popen(
        ["git", "cat-file", "--batch"], cwd=people.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as theirs:
        assert theirs.stdin is not None
        assert theirs.stdout is not None
        theirs.stdin.write(b"HEAD\n")
        theirs.stdin.flush()
        theirs.stdout.readline()  # it is there
        lock.touch()
        assert "remove" in people.refused(draft(CHANGED, QEMU, 13))
        assert lock.exists()
        theirs.stdin.close()


def test_a_journal_that_is_no_journal(people: People) -> None:
    people.begin()
    people.publish(draft(NEW))
    for words in ("", "[]", '{"work": 1}', "\0"):
        (people.folder / ".git" / "pkgdesk" / "journal").write_text(words)
        assert people.base.catch_up() == CaughtUp()
    assert isinstance(people.base, Repository)
    assert people.base.warning == ""
    assert people.base.publish(draft(NEW), ALICE, BOB, sound).commit
