"""What a repository holds is read without trusting it."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from repositories import Work

from bot import git
from routing.past.history import Commit, Tally
from routing.past.logs import lines_of, read_git, read_log

TEXT = "".join(f"line {each}\n" for each in range(50))


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's own settings."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))


@pytest.fixture
def work(tmp_path: Path) -> Work:
    work = Work(tmp_path / "work")
    work.commit("tools: begin\n\nWith two files.\n", tools__a_c=TEXT, tools__b_c=TEXT[::-1])
    return work


def read(folder: Path, since: str = "") -> list[Commit]:
    tally = Tally()
    commits = list(read_git(git.log(git.look(folder), since), tally))
    assert not tally.odd
    return commits


def test_commits_come_newest_first_with_their_paths_and_renames(work: Work) -> None:
    first = work.head
    work.move("tools/a.c", "lib/a.c")
    second = work.commit("lib: begin", tools__b_c="changed")
    assert read(work.folder) == [
        Commit(
            *(second, 1577836920, "lib: begin", "", ("lib/a.c", "tools/b.c")), (("tools/a.c", "lib/a.c"),)
        ),
        Commit(first, 1577836860, "tools: begin", "With two files.", ("tools/a.c", "tools/b.c")),
    ]


def test_only_what_is_new_is_told(work: Work) -> None:
    first = work.head
    second = work.commit("second", x_c="x")
    assert [each.id for each in read(work.folder, first)] == [second]
    assert read(work.folder, second) == []


def test_who_made_a_file_what_it_says(work: Work) -> None:
    work.commit("second", x_c="x")
    commit = work.commit("third", tools__a_c="[odd] *\n")
    work.commit("fourth", y_c="y")
    odd = work.folder / "tools" / "a.c"
    assert git.last_change(odd) == ("Alice Placeholder", work.git("rev-parse", "--short", commit))
    work.git("config", "diff.external", f"touch {work.folder}/ran")
    work.write(".gitattributes", "* filter=odd\n")
    work.git("config", "filter.odd.clean", f"touch {work.folder}/ran")
    odd.touch()
    assert git.last_change(odd) is not None
    odd.write_text("not committed")
    assert git.last_change(odd) is None
    odd.unlink()
    assert git.last_change(odd) is None
    work.write("new.c", "new")
    assert git.last_change(work.folder / "new.c") is None
    assert git.last_change(work.folder.parent / "nowhere") is None
    assert not (work.folder / "ran").exists()


@pytest.mark.parametrize("since", ["a" * 40, "b" * 64, "HEAD", "--all", "", "\0"])
def test_what_is_no_commit_of_it_is_unknown(work: Work, since: str) -> None:
    if since:
        with pytest.raises(git.UnknownCommit, match="learn it anew"):
            read(work.folder, since)
    with pytest.raises(git.UnknownCommit, match="has no commit"):
        git.commit_id(work.folder, since if since != "HEAD" else "HEAD~9")


def test_a_history_that_was_rewritten_is_another(work: Work) -> None:
    gone = work.commit("second", x_c="x")
    work.git("reset", "-q", "--hard", "HEAD~1")
    work.commit("another", x_c="y")
    with pytest.raises(git.UnknownCommit, match="rewritten"):
        read(work.folder, gone)


def test_names_of_any_bytes_and_messages_of_any_encoding(work: Work) -> None:
    Path(os.fsdecode(os.fsencode(work.folder) + b'/caf\xe9\n\t"x".c')).touch()
    work.write("naïve.txt", "")
    head = work.git("cat-file", "commit", work.commit("x")).partition("\n\n")[0]
    raw = head.encode() + b"\n\ncaf\xe9 au lait\n\n\xff\xfe\n"  # `git commit` would have taken it for latin1
    work.git("update-ref", "HEAD", work.git("hash-object", "-t", "commit", "-w", "--stdin", given=raw))
    (newest, _) = read(work.folder)
    assert newest.subject == "caf� au lait"
    assert set(newest.paths) == {'caf�\n\t"x".c', "naïve.txt"}
    assert set(newest.paths) < set(git.paths(work.folder))


def test_the_paths_of_a_tree(work: Work) -> None:
    first = work.head
    work.commit("second", docs__x_txt="x")
    assert git.paths(work.folder) == ["docs/x.txt", "tools/a.c", "tools/b.c"]
    assert git.paths(work.folder, first) == ["tools/a.c", "tools/b.c"]


def test_a_bare_repository_can_be_read(work: Work, tmp_path: Path) -> None:
    work.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    assert git.look(tmp_path / "bare.git").bare
    assert read(tmp_path / "bare.git") == read(work.folder)
    assert git.paths(tmp_path / "bare.git") == git.paths(work.folder)
    assert git.look(work.folder).bare is False


def test_of_a_shallow_clone_its_end_is_no_change(work: Work, tmp_path: Path) -> None:
    work.commit("second", x_c="x")
    work.commit("third", y_c="y")
    work.git("clone", "-q", "--depth", "2", work.folder.as_uri(), str(tmp_path / "shallow"))
    assert git.look(tmp_path / "shallow").shallow
    assert [(each.subject, each.paths) for each in read(tmp_path / "shallow")] == [
        ("third", ("y.c",)),
        ("second", ()),
    ]


def test_merges_are_not_told(work: Work) -> None:
    work.git("checkout", "-q", "-b", "side")
    work.commit("side", side_c="x")
    work.git("checkout", "-q", "main")
    work.commit("main", main_c="x")
    work.minute += 1
    work.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    assert [each.subject for each in read(work.folder)] == ["main", "side", "tools: begin"]


def test_what_is_no_repository_says_so(work: Work, tmp_path: Path) -> None:
    empty = Work(tmp_path / "empty")
    (work.folder / "file").write_text("")
    for folder, why in [
        (tmp_path / "none", "no such file"),
        (tmp_path, "is no git repository"),
        (work.folder / "tools", "is no git repository"),
        (work.folder / "file", "is no folder"),
        (empty.folder, "has no commits yet"),
    ]:
        with pytest.raises(git.GitError, match=why):
            git.look(folder)


def test_where_git_is_missing_it_is_said(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(git.GitError, match="git is not installed"):
        git.paths(work.folder)


def test_a_damaged_repository_is_an_error_and_no_short_history(work: Work) -> None:
    work.commit("second", x_c="x")
    missing = work.git("rev-parse", "HEAD~1^{tree}")
    (work.folder / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    with pytest.raises(git.GitError, match="could not read it"):
        read(work.folder)


def test_variables_that_lead_elsewhere_do_not_count(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read(work.folder)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_TRACE"):
        monkeypatch.setenv(name, "/nowhere")
    assert read(work.folder) == before


def test_settings_do_not_change_what_is_told(work: Work) -> None:
    work.move("tools/a.c", "lib/a.c")
    work.commit("lib: naïve", x_c="x")
    before = read(work.folder)
    for name, value in {
        "diff.renames": "false",
        "diff.relative": "true",
        "log.showRoot": "false",
        "log.decorate": "full",
        "log.date": "raw",
        "format.pretty": "oneline",
        "i18n.logOutputEncoding": "latin1",
        "color.ui": "always",
        "log.diffMerges": "combined",
        "notes.displayRef": "*",
        "diff.orderFile": "/nowhere",
    }.items():
        work.git("config", name, value)
    assert read(work.folder) == before


# --- repositories that would run programs ---------------------------------------------------------------


@pytest.fixture
def hostile(work: Work, tmp_path: Path) -> Work:
    """Whatever git can be told to run by the files of a repository leaves a mark."""
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {tmp_path}/mark\ncat 2>/dev/null\n')
    trap.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for each in ("post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, hooks / each)
    work.write(".gitattributes", "*.c diff=trap filter=trap\n")
    signed = work.git("cat-file", "commit", work.commit("second", tools__a_c="changed"))
    head, _, message = signed.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----"
    made = work.git(
        "hash-object", "-t", "commit", "-w", "--stdin", given=f"{head}\n{signature}\n\n{message}\n".encode()
    )
    work.git("update-ref", "HEAD", made)
    for name in (
        *("core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy"),
        *("diff.external", "diff.trap.command", "diff.trap.textconv", "filter.trap.smudge", "gpg.program"),
        *("filter.trap.clean", "filter.trap.process", "pager.log", "core.alternateRefsCommand"),
    ):
        work.git("config", name, str(trap))
    for name in ("log", "ls-tree", "rev-parse", "credential.helper"):
        work.git("config", name if "." in name else f"alias.{name}", f"!{trap}")
    work.git("config", "core.hooksPath", str(hooks))
    work.git("config", "log.showSignature", "true")
    return work


def test_a_hostile_repository_runs_nothing(hostile: Work, tmp_path: Path) -> None:
    assert [each.subject for each in read(hostile.folder)] == ["second", "tools: begin"]
    assert git.paths(hostile.folder) == [".gitattributes", "tools/a.c", "tools/b.c"]
    assert len(read(hostile.folder, hostile.git("rev-parse", "HEAD~1"))) == 1
    assert not (tmp_path / "mark").exists()
    # It would have, with git as it is.
    subprocess.run(["git", "log", "-p", "--ext-diff"], cwd=hostile.folder, capture_output=True, check=False)
    assert (tmp_path / "mark").exists()


def test_what_is_missing_is_not_fetched(work: Work, tmp_path: Path) -> None:
    second = work.commit("second", tools__a_c=TEXT.replace("7", "8"))
    missing = work.git("rev-parse", f"{second}:tools/a.c")
    work.move("tools/a.c", "tools/c.c")
    work.commit("third", tools__c_c=TEXT.replace("7", "9"))  # git compares it with what is missing
    (work.folder / ".git" / "objects" / missing[:2] / missing[2:]).unlink()
    for name, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "trap",
        "remote.trap.promisor": "true",
        "remote.trap.url": f"ext::sh -c touch% {tmp_path}/mark",
        "remote.trap.uploadpack": f"touch {tmp_path}/mark",
        "protocol.ext.allow": "always",
    }.items():
        work.git("config", name, value)
    with suppress(git.GitError):
        read(work.folder)
    assert not (tmp_path / "mark").exists()
    subprocess.run(["git", "cat-file", "-p", missing], cwd=work.folder, capture_output=True, check=False)
    assert (tmp_path / "mark").exists()


def someone_elses_git(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on git is this script; `$real` is the other one."""
    folder.mkdir()
    (folder / "git").write_text(f"#!/bin/sh\nreal={shutil.which('git')}\n{script}\n")
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_who_may_look_is_left_to_git_and_explained(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = f"fatal: detected dubious ownership in repository at '{work.folder}'"
    someone_elses_git(tmp_path / "bin", f'echo "{said}" >&2; exit 128', monkeypatch)
    with pytest.raises(git.GitError, match=f"safe.directory {work.folder}"):
        git.look(work.folder)


@pytest.mark.parametrize("how", ["closed", "interrupted"])
def test_git_ends_with_the_reading(
    how: str, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = f'case "$*" in *--name-status*) echo $$ > {tmp_path}/pid; exec yes;; esac; exec $real "$@"'
    someone_elses_git(tmp_path / "bin", endless, monkeypatch)
    pieces = git.log(git.look(work.folder))
    assert next(pieces)
    if how == "closed":
        pieces.close()  # type: ignore[attr-defined]
    else:
        with pytest.raises(KeyboardInterrupt):
            pieces.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_log_for_people_tells_the_same(work: Work) -> None:
    work.commit("docs: begin\n\n    indented\n\nSigned-off-by: x <x@example.org>\n", docs__x_txt="x")
    with_names = ["log", "--no-merges", "--no-renames", "--name-only"]
    text = work.git(*with_names, "--format=commit %H %ct%n%w(0,4,4)%B%n")
    assert list(read_log(lines_of([text.encode()]), Tally())) == read(work.folder)
