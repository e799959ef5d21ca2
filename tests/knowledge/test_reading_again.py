"""Reading a folder again: what is taken over from the reading before changes nothing but the time it takes.

A file that has just changed is not relied on, by the clock; here now is said to be later than it is, so that
every file is. Then the file system's own clock has to tell two changes apart: between them it is waited for.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.facets import FacetKind
from knowledge.library import Read, Seen, load, read, reread

LATER = 3600 * 10**9
"""Nanoseconds after which every file is settled."""

TODAY = date(2026, 11, 1)
FACETS = (FacetKind("xen"), FacetKind("toolstack", choices={"xl": ()}))
SECTIONS = ("BUILD SYSTEM",)

ENTRY = "id: {}\nphrasings: [how to do it]\nanswers: [{{short: like this}}]\n"
FLAWS = (
    "",
    "section: build system\n",
    "section: build sytem\n",
    "see: [b]\n",
    "see: [b, zz]\n",
    "tags: [two words]\nsee: [c]\n",
    "verified: {on: 2024-01-01, by: alice}\nreview_after: 1y\n",
    "verified: {on: 2031-01-01, by: alice}\n",
    "section: [\n",
    "&anchor x: y\n",
)
PLACES = ("a.yaml", "b.yaml", "c.yaml", "deep/a.yaml", "deep/d.yaml", "z/b.yaml", "e.yml")


def anew(folder: Path) -> Read:
    return read(folder, FACETS, sections=SECTIONS, today=TODAY)


def again(folder: Path, before: Read | None, *, after: int = LATER) -> Read:
    moment = time.time_ns() + after
    return read(folder, FACETS, before=before, moment=moment, sections=SECTIONS, today=TODAY)


def tick(folder: Path) -> None:
    """Until the clock of the file system tells a change from now on from those before."""
    probe = folder.parent / f"{folder.name}.probe"
    probe.write_text("")
    first = probe.stat().st_ctime_ns
    for _ in range(10_000_000):
        os.utime(probe)
        if probe.stat().st_ctime_ns > first + 1_000_000:
            return
    raise AssertionError("the clock of the file system stands still")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@dataclass(frozen=True)
class Edit:
    """Something done to the files at one or two of `PLACES`."""

    what: str
    at: str
    to: str
    flaw: str
    stem: bool

    def __call__(self, folder: Path) -> None:
        path, other = folder / self.at, folder / self.to
        text = ENTRY.format(path.stem if self.stem else "a") + self.flaw
        there = path.is_file()
        if path.is_symlink() and not there:  # it leads nowhere, or to itself
            path.unlink()
        if self.what == "write":
            write(path, text)
        elif self.what == "damage":
            write(path, "\0" if self.stem else "")
        elif self.what == "replace":
            write(folder / ".new", text).replace(write(path, text))
        elif not there:
            return
        elif self.what == "delete":
            path.unlink()
        elif self.what == "rename":
            other.parent.mkdir(exist_ok=True)
            path.replace(other)
        elif self.what == "touch":
            os.utime(path)
        elif self.what == "date back":
            self._unnoticed(path)
        elif self.what == "link" and not os.path.lexists(other):
            other.parent.mkdir(exist_ok=True)
            other.symlink_to(path)

    @staticmethod
    def _unnoticed(path: Path) -> None:
        """Another text of the same size, with the same time."""
        was = path.stat()
        text = path.read_bytes()
        path.write_bytes(text.replace(b"how to", b"who to") if b"how to" in text else b"#" * len(text))
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (was.st_size, was.st_mtime_ns)


EDITS = st.builds(
    Edit,
    st.sampled_from(
        ["date back", "date back", "write", "write", "replace", "damage", "delete", "rename", "link", "touch"]
    ),
    st.sampled_from(("a.yaml", "b.yaml", *PLACES)),
    st.sampled_from(PLACES),
    st.sampled_from(FLAWS),
    st.booleans(),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(EDITS, min_size=1, max_size=4), min_size=3, max_size=6))
def test_whatever_is_done_to_files_reading_again_finds_what_reading_anew_does(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[Edit]]
) -> None:
    folder = tmp_path_factory.mktemp("base")
    for name in ("a", "b"):
        write(folder / f"{name}.yaml", ENTRY.format(name))
    before = None
    for edits in rounds:
        for edit in edits:
            edit(folder)
        found = again(folder, before)
        assert found == anew(folder)
        before = found
        tick(folder)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(EDITS, min_size=1, max_size=4), min_size=3, max_size=6))
def test_changes_that_follow_at_once_are_seen_by_the_clock_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[Edit]]
) -> None:
    folder = tmp_path_factory.mktemp("base")
    before = None
    for edits in rounds:
        for edit in edits:
            edit(folder)
        before = again(folder, before, after=0)
        assert before == anew(folder)


def test_what_has_not_changed_is_taken_over(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / f"{name}.yaml", ENTRY.format(name))
    first = again(tmp_path, None)
    tick(tmp_path)
    write(tmp_path / "b.yaml", ENTRY.format("b") + "title: Another\n")
    second = again(tmp_path, first)
    same = [new is old for new, old in zip(second.entries, first.entries, strict=True)]
    assert same == [True, False, True]
    assert second.entries[1].title == "Another"
    assert set(second.files) == {str(tmp_path / f"{name}.yaml") for name in ("a", "b", "c")}


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.utime(path),
        Edit._unnoticed,
        lambda path: path.chmod(0o640),
        lambda path: write(path.with_suffix(".new"), path.read_text()).replace(path),
        lambda path: path.write_text(path.read_text()),
    ],
    ids=["touched", "dated back", "another mode", "replaced", "written as it was"],
)
def test_each_sign_of_a_change_has_the_file_read(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = write(tmp_path / "a.yaml", ENTRY.format("a"))
    first = again(tmp_path, None)
    assert again(tmp_path, first).files[str(path)] is first.files[str(path)]
    tick(tmp_path)
    change(path)
    second = again(tmp_path, first)
    assert second.files[str(path)] is not first.files[str(path)]
    same = second.entries[0] == first.entries[0]
    assert (second.entries[0] is first.entries[0]) == same, "what says the same is the same"


def test_a_file_that_has_only_just_changed_is_not_relied_on(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", ENTRY.format("a"))
    status = path.stat()
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    step = 2_000_000_000  # of the coarsest of file systems' clocks
    assert not read(tmp_path, moment=changed + step).files
    assert read(tmp_path, moment=changed + step + 1).files
    assert not read(tmp_path, moment=changed - LATER).files, "the clock was set back"
    assert not read(tmp_path).files, "without a clock there is no telling"
    os.utime(path, ns=(0, 0))
    assert not read(tmp_path, moment=changed + step).files, "it is dated back, and new all the same"
    os.utime(path, ns=(0, changed + 10 * LATER))
    assert not read(tmp_path, moment=changed + LATER).files, "it is dated ahead"


def test_what_depends_on_others_is_found_out_anew(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", ENTRY.format("a") + "section: build system\nsee: [b]\nreview_after: 1y\n")
    write(tmp_path / "b.yaml", ENTRY.format("b"))
    write(tmp_path / "c.yaml", ENTRY.format("c") + "tags: [two words]\nsee:\n  - b\n")
    first = read(tmp_path, moment=time.time_ns() + LATER)
    assert [each.message.split(":")[0] for each in first.problems] == ["tags[0]"]
    (tmp_path / "b.yaml").unlink()
    second = read(tmp_path, before=first, sections=["QEMU"], today=TODAY)
    assert second.entries[0] is first.entries[0]
    assert [str(each).removeprefix(f"{tmp_path}/") for each in second.problems] == [
        "a.yaml:4:1: section: the map has no section `build system`",
        "a.yaml:5:7: see: there is no entry `b`",
        "a.yaml:6:1: review_after: counts from `verified`, which is not there",
        str(first.problems[0]).removeprefix(f"{tmp_path}/"),
        "c.yaml:6:5: see: there is no entry `b`",
    ]


def test_what_could_not_be_read_is_tried_again(tmp_path: Path) -> None:
    write(tmp_path / "a.yaml", "a: [\n")
    first = again(tmp_path, None)
    assert (first.files, len(first.problems)) == ({}, 1)
    assert again(tmp_path, first) == first


def test_a_snapshot_hands_on_what_was_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.yaml", ENTRY.format("a"))
    now = time.time_ns() + LATER
    first = load(tmp_path, moment=now)
    second = load(tmp_path, before=first, moment=now)
    assert second.entries[0] is first.entries[0]
    assert second.files == first.files == {str(path): Seen(first.files[str(path)].stamp, first.entries[0])}


# --- where it is known which files have changed -------------------------------------------------------------


def told(folder: Path, before: Read, *changed: str) -> Read | None:
    return reread(
        folder, changed, before, FACETS, moment=time.time_ns() + LATER, sections=SECTIONS, today=TODAY
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(EDITS, min_size=1, max_size=4), min_size=3, max_size=6))
def test_reading_what_is_told_to_have_changed_finds_what_reading_all_does(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[Edit]]
) -> None:
    folder = tmp_path_factory.mktemp("base")
    for name in ("a", "b"):
        write(folder / f"{name}.yaml", ENTRY.format(name))
    (folder / "deep").mkdir()
    (folder / "z").mkdir()
    before = again(folder, None)
    for edits in rounds:
        for edit in edits:
            edit(folder)
        expected = anew(folder)
        found = told(folder, before, *(name for edit in edits for name in (edit.at, edit.to)))
        assert found is None or (found, list(found.looked.files)) == (expected, list(expected.looked.files))
        before = found or again(folder, None)
        # A look at everything finds the same, whatever was taken over.
        assert again(folder, before) == expected
        tick(folder)


def test_only_what_is_told_to_have_changed_is_looked_at(tmp_path: Path) -> None:
    for name in ("a", "b", "deep/c"):
        write(tmp_path / f"{name}.yaml", ENTRY.format(Path(name).stem))
    first = again(tmp_path, None)
    for name in ("a", "b"):
        write(tmp_path / f"{name}.yaml", ENTRY.format(name) + "title: Another\n")
    found = told(tmp_path, first, "b.yaml")
    assert found is not None
    assert [entry.title for entry in found.entries] == ["", "Another", ""]
    assert found.entries[2] is first.entries[2]
    write(tmp_path / "deep" / "d.yaml", ENTRY.format("d"))
    (tmp_path / "b.yaml").unlink()
    found = told(tmp_path, found, "deep/d.yaml", "b.yaml", "4913", ".a.yaml.swp")
    assert found is not None
    assert [entry.id for entry in found.entries] == ["a", "c", "d"]


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "a.yml").write_text("x"),
        lambda folder: (folder / "new").mkdir(),
        lambda folder: (folder / "deep").rename(folder / "new"),
        lambda folder: (folder / "new").symlink_to("a.yaml"),
        lambda folder: (folder / "new").symlink_to("deep"),
    ],
    ids=["nearly a name", "a folder", "a folder renamed", "a link", "a link to a folder"],
)
def test_what_is_no_matter_of_files_needs_a_look_at_everything(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    write(tmp_path / "a.yaml", ENTRY.format("a"))
    write(tmp_path / "deep" / "b.yaml", ENTRY.format("b"))
    first = again(tmp_path, None)
    change(tmp_path)
    for name in ("a.yml", "new", "deep"):
        if os.path.lexists(tmp_path / name) != (name == "deep"):
            assert told(tmp_path, first, name) is None
    assert told(tmp_path, first, "../a.yaml") is None
