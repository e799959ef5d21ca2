"""`pkgdesk kb` as editors use it where no desk runs: drafts are made, looked at, reviewed and published."""

import io
import json
import os
import pty
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from running_desks import CHANNEL, CONFIG, DEMO, ENTRY, PATIENCE, environment

from bot import command_line
from bot.cli import exit_code
from bot.editing.command import State
from bot.editing.editor import editor_of
from bot.editing.template import template, without_explanations
from bot.unix_socket import account_of
from knowledge.drafts import DraftState
from knowledge.facets import FacetKind

ME = account_of(os.geteuid())

EDITOR = """\
import pathlib, sys
*changes, path = sys.argv[1:]
file = pathlib.Path(path)
text = file.read_text()
for old, new in zip(changes[::2], changes[1::2]):
    text = text.replace(old, new) if old else new
file.write_text(text)
"""

COMMENTED = ENTRY.replace("answers:\n", "# what holds since 4.4\nanswers:\n")

NEW = """\
phrasings:
  - Which compilers build the tools?
answers:
  - short: GCC 14 and Clang 18 do.
"""


class Place:
    """A folder with a configuration and a base in a git repository; commands are said there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
        self.folder = folder
        self.base = folder / "base"
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.base.mkdir()
        self.entry = self.base / "system-qemu.yaml"
        self.entry.write_text(COMMENTED)
        shutil.copy(DEMO / "map.yaml", folder)
        self.configured("self_review: yes, ")
        (folder / "editor.py").write_text(EDITOR)

    def configured(self, more: str) -> None:
        config = CONFIG.format(port=1, channel=CHANNEL, burst=50, rate=100.0)
        (self.folder / "config.yaml").write_text(config.replace("desk: {", f"desk: {{{more}"))

    def edits(self, *changes: str) -> None:
        """What the editor does next: the first of each two becomes the second, in the whole file where the
        first is empty."""
        words = shlex.join([sys.executable, str(self.folder / "editor.py"), *changes])
        self._monkeypatch.setenv("EDITOR", words)

    def kb(self, *words: str) -> tuple[int, str, str]:
        code = exit_code(["kb", *words])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    def data(self, *words: str) -> Any:
        code, out, err = self.kb(*words, "--json")
        assert code == command_line.OK, err
        return json.loads(out)

    def git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(self.base), *words], check=True, capture_output=True, text=True
        ).stdout


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for variable in ("VISUAL", "EDITOR", command_line.CONFIG_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    return Place(tmp_path, capsys, monkeypatch)


def test_an_entry_is_edited_compared_published_and_taken_out_again(place: Place) -> None:
    place.git("init", "-q", "-b", "main")
    place.git("add", ".")
    place.git("-c", "user.name=alice", "-c", "user.email=alice@example.org", "commit", "-qm", "base")
    place.edits(">=4.4", ">=4.5")
    code, out, err = place.kb("edit", "system-qemu", "--note", "4.4 is gone")
    assert (code, "draft 1" in out) == (command_line.OK, True), err
    assert place.entry.read_text() == COMMENTED
    code, out, _ = place.kb("diff", "1")
    assert [line for line in out.splitlines() if line[:1] in "+-"] == [
        "--- a/system-qemu.yaml",
        "+++ b/system-qemu.yaml",
        '-  - applies: {xen: ">=4.4"}',
        '+  - applies: {xen: ">=4.5"}',
    ]
    shown = place.kb("show", "1")[1]
    assert "4.4 is gone" in shown
    assert "# what holds since 4.4\n" in shown
    code, out, err = place.kb("publish", "1")
    assert (code, "draft 1 is published as " in out) == (command_line.OK, True), err
    assert place.entry.read_text() == COMMENTED.replace(">=4.4", ">=4.5")
    assert place.git("status", "--porcelain") == ""
    [published] = place.data("drafts", "--state", "published")
    assert (published["note"], published["entry"]) == ("4.4 is gone", "system-qemu")
    assert published["commit"] == place.git("rev-parse", "HEAD").strip()
    said = place.data("revert", "1")
    assert (said["end"], said["drafts"][0]["state"]) == ("well", "reverted")
    assert said["drafts"][0]["undone"] == place.git("rev-parse", "HEAD").strip()
    assert place.entry.read_text() == COMMENTED


def test_a_new_entry_comes_from_a_file_and_a_base_without_git_takes_it(place: Place) -> None:
    (place.folder / "new.yaml").write_text(NEW)
    said = place.data("add", "new.yaml", "--id", "which-compilers", "--note", "asked often")
    [draft] = said["drafts"]
    assert (draft["new"], draft["entry"], draft["note"]) == (True, "which-compilers", "asked often")
    code, out, _ = place.kb("drafts")
    rows = [" ".join(line.split()) for line in out.splitlines()]
    assert any(row.startswith(f"1 {ME} ") and row.endswith(" new which-compilers") for row in rows)
    assert "Which compilers build the tools? → GCC 14 and Clang 18 do." in rows
    assert place.kb("publish", "1")[0] == command_line.OK
    assert (place.base / "which-compilers.yaml").read_text() == f"id: which-compilers\n{NEW}"
    code, out, _ = place.kb("show", "which-compilers")
    assert (code, out) == (command_line.OK, f"id: which-compilers\n{NEW}")
    code, _, err = place.kb("add", "new.yaml", "--id", "which-compilers")
    assert (code, "which-compilers" in err) == (command_line.NOT_FOUND, True)


def test_reviewing_is_somebody_else_s(place: Place) -> None:
    place.configured("")
    assert place.kb("new", "Is there a mailing list?", "Yes, announce@lists.example.org.")[0] == 0
    code, _, err = place.kb("publish", "1")
    assert (code, "another editor" in err) == (command_line.NOT_FOUND, True)
    assert place.kb("reject", "1", "said", "elsewhere")[0] == command_line.OK
    assert place.kb("drafts")[1:] == (
        "",
        "pkgdesk: no draft waits for a review (--all lists those that have ended, too)\n",
    )
    [draft] = place.data("drafts", "--all")
    assert (draft["state"], draft["reason"]) == ("rejected", "said elsewhere")
    place.edits()
    code, _, err = place.kb("edit", "1")
    assert (code, "draft 1 is rejected" in err) == (command_line.NOT_FOUND, True)


def test_of_several_one_that_is_not_there_is_a_failure(place: Place) -> None:
    assert place.kb("new", "Is there a mailing list?", "Yes, announce@lists.example.org.")[0] == 0
    assert "draft 1: new mailing-list, waits\n" in place.kb("show", "1")[1]
    _, _, err = place.kb("publish", "98", "99")
    assert err.count("\npkgdesk: there is no draft 9") == 2
    code, out, _ = place.kb("publish", "1", "99")
    assert (code, "draft 1 is published" in out) == (command_line.NOT_FOUND, True)
    assert "there is no draft 99" in out


def test_changes_of_a_draft_go_into_it(place: Place) -> None:
    assert place.kb("phrase", "system-qemu", "use the QEMU of the distribution")[0] == command_line.OK
    assert place.kb("applies", "1", "xen", ">=4.17")[0] == command_line.OK
    place.edits("nothing is fetched then", "nothing is cloned then")
    assert place.kb("edit", "1")[0] == command_line.OK
    [draft] = place.data("drafts")
    for said in ("use the QEMU of the distribution", ">=4.17", "nothing is cloned then"):
        assert said in draft["now"]
    assert place.data("show", "system-qemu")["drafts"] == [1]


def test_what_is_wrong_is_told_with_its_place_and_what_was_written_is_kept(place: Place) -> None:
    place.edits("short:", "shrt:")
    code, _, err = place.kb("edit", "system-qemu")
    assert code == command_line.NOT_FOUND
    assert "pkgdesk: 6:5: error: " in err
    kept = Path(err.rpartition("kept in ")[2].strip())
    assert "shrt:" in kept.read_text()
    assert not (place.folder / "pkgdesk.sqlite").exists()


def test_nothing_changed_is_nothing_done(place: Place) -> None:
    place.edits()
    assert place.kb("edit", "system-qemu") == (
        0,
        "",
        "pkgdesk: nothing was changed, and nothing is proposed\n",
    )
    assert place.kb("add")[0] == command_line.OK
    assert not (place.folder / "pkgdesk.sqlite").exists()
    assert list(place.folder.glob("pkgdesk-*")) == []


def test_before_anything_was_drafted_there_is_nothing_to_see(place: Place) -> None:
    assert place.kb("drafts")[0] == command_line.OK
    assert place.data("drafts", "--all") == []
    for words in (("show", "1"), ("diff", "1"), ("publish", "1"), ("reject", "1"), ("revert", "1")):
        code, out, err = place.kb(*words)
        assert (code, out, "draft" in err) == (command_line.NOT_FOUND, "", True), words
    assert not (place.folder / "pkgdesk.sqlite").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show"], command_line.WRONG_USE, "Missing argument 'ID|NUMBER'"),
        (["show", "system-qem"], command_line.NOT_FOUND, "did you mean `system-qemu`?"),
        (["show", "\x1b[2J"], command_line.NOT_FOUND, r"there is no entry `\x1b[2J`"),
        (["diff", "system-qemu"], command_line.WRONG_USE, "is no number of a draft"),
        (["gap", "one", "a"], command_line.WRONG_USE, "is no number of a question"),
        (["gap", "7", "a"], command_line.NOT_FOUND, "no desk has run here"),
        (["publish", "one"], command_line.WRONG_USE, "is no number of a draft"),
        (["edit", "system-qemu", "--note", "n" * 501], command_line.WRONG_USE, "--note has 501"),
        (["new", "q " * 900, "a " * 900], command_line.WRONG_USE, "write it in your editor"),
        (
            ["new", "Is there a list?", "="],
            command_line.WRONG_USE,
            "in a shell put question and answer in qu",
        ),
        (["new", "Is there a list?", " "], command_line.WRONG_USE, "the answer is empty: in a shell put"),
        (["gap", "7", "-"], command_line.WRONG_USE, 'pkgdesk kb gap NUMBER "ANSWER"'),
        (["add", "nowhere.yaml"], command_line.WRONG_USE, "nowhere.yaml:1:1"),
        (["add", "--id", "../x"], command_line.WRONG_USE, "--id `../x`: must be lower-case letters"),
        (["drafts", "--config", "nowhere.yaml"], command_line.WRONG_USE, "nowhere.yaml"),
    ],
)
def test_bad_input_gets_a_clear_line(place: Place, words: list[str], code: int, said: str) -> None:
    found, out, err = place.kb(*words)
    assert (found, out) == (code, "")
    assert said in err


def test_a_draft_that_does_not_fit_the_file_any_more_is_a_conflict(place: Place) -> None:
    place.edits("nothing is fetched then", "nothing is cloned then")
    assert place.kb("edit", "system-qemu")[0] == command_line.OK
    place.entry.write_text(COMMENTED.replace("nothing is fetched then", "no network is needed"))
    code, out, err = place.kb("diff", "1")
    assert (code, out) == (command_line.NOT_FOUND, "")
    assert "draft 1 cannot be laid over the base as it is now: system-qemu: " in err
    code, _, err = place.kb("publish", "1")
    assert code == command_line.NOT_FOUND
    assert "no network is needed" in place.entry.read_text()
    assert [each["state"] for each in place.data("drafts")] == ["queued"]


def test_a_closed_input_and_a_missing_folder_are_told(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"phrasings: [How?]\n")))
    code, _, err = place.kb("add", "-")
    assert (code, "pkgdesk: standard input:1:1: " in err) == (command_line.NOT_FOUND, True)
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = place.kb("add", "-")
    assert (code, "standard input is closed" in err) == (command_line.WRONG_USE, True)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "none")])
    monkeypatch.setattr(tempfile, "tempdir", None)
    place.edits()
    code, _, err = place.kb("edit", "system-qemu")
    assert (code, "set $TMPDIR" in err) == (command_line.FAILED, True)


def test_what_an_editor_that_failed_has_written_is_kept_and_not_proposed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = place.folder / "failing.py"
    failing.write_text("import sys\nopen(sys.argv[1], 'a').write('# more\\n')\nsys.exit(3)\n")
    monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(failing)]))
    code, _, err = place.kb("edit", "system-qemu")
    assert code == command_line.FAILED
    assert "ended with 3: nothing was proposed" in err
    kept = Path(err.split("is kept in ")[1].splitlines()[0])
    assert kept.read_text() == COMMENTED + "# more\n"
    shutil.rmtree(kept.parent)


def test_ctrl_c_is_the_editor_s(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    pressed = place.folder / "pressed.py"
    pressed.write_text("import os, signal\nos.kill(os.getppid(), signal.SIGINT)\n")
    monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(pressed)]))
    code, _, err = place.kb("edit", "system-qemu")
    assert (code, "nothing was changed" in err) == (command_line.OK, True)


def test_an_editor_that_leaves_no_file_leaves_nothing_to_keep(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap = place.folder / "swap.py"
    swap.write_text("import os, sys\nos.unlink(sys.argv[1])\nos.symlink('/dev/zero', sys.argv[1])\n")
    monkeypatch.setenv("EDITOR", shlex.join([sys.executable, str(swap)]))
    code, _, err = place.kb("edit", "system-qemu")
    assert code != command_line.OK
    assert "larger than" in err
    assert "is kept in" not in err


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PATH": ""}, "there is no editor: say which with $EDITOR"),
        ({"EDITOR": "no-such-editor -w"}, "$EDITOR is `no-such-editor -w`, and there is no program"),
        ({"VISUAL": "vi 'x"}, "$VISUAL cannot be split into words"),
    ],
)
def test_an_editor_that_is_none_is_told(
    environ: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(command_line.Stop) as stopped:
        editor_of(environ)
    assert said in str(stopped.value)


def test_on_a_terminal_one_may_edit_again(place: Place) -> None:
    """The first time the editor writes what is no entry, the second time it mends that."""
    place.edits()
    (place.folder / "editor.py").write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[-1])\n"
        "text = file.read_text()\n"
        "wrong = 'shrt:' in text\n"
        "file.write_text(text.replace('shrt:', 'short:').replace('4.4', '4.5') if wrong\n"
        "                else text.replace('short:', 'shrt:'))\n"
    )
    terminal, end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "kb", "edit", "system-qemu"],
        cwd=place.folder,
        env=environment(TERM="xterm"),
        stdin=end,
        stdout=end,
        stderr=end,
    ) as process:
        os.close(end)
        read = b""
        try:
            while b"edit again? [Y/n]" not in read:
                ready, _, _ = select.select([terminal], [], [], PATIENCE)
                assert ready, read
                read += os.read(terminal, 4096)
            assert b"6:5: error: " in read
            os.write(terminal, b"\n")
            while b"draft 1" not in read:
                ready, _, _ = select.select([terminal], [], [], PATIENCE)
                assert ready, read
                read += os.read(terminal, 4096)
            assert process.wait(PATIENCE) == command_line.OK
        finally:
            process.kill()
            os.close(terminal)


def test_the_states_are_those_of_drafts() -> None:
    assert [each.value for each in State] == [each.value for each in DraftState]


def test_what_explains_a_new_entry_is_not_in_it() -> None:
    kinds = (FacetKind("xen"), FacetKind("toolstack", {"xl": (), "libvirt": ()}))
    text = template("which-compilers", "BUILD", kinds, ["BUILD", "TOOLS"])
    assert "toolstack: [xl, libvirt]" in text
    assert without_explanations(text) == (
        'id: which-compilers\nphrasings:\n  - ""\nanswers:\n  - short: ""\nsection: BUILD\n'
    )
    assert without_explanations("# mine\nid: a\n  #~ not mine\n") == "# mine\nid: a\n"
