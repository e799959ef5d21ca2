"""What is kept on disk of a base changes nothing but the time that a start takes, whatever happens to it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge import keeping
from knowledge.entry import Answer, Entry, Verified
from knowledge.facets import FacetKind
from knowledge.files import to_yaml
from knowledge.keeping import Keeping
from knowledge.library import Snapshot, load, made_in

FACETS = (FacetKind("xen"), FacetKind("toolstack", choices={"xl": ()}))

FULL = Entry(
    "full",
    ("How do I build pkg-config's parts?", "wie baue ich »Größe« ½"),
    (
        Answer("Like this.", "In full:\n\n  ./configure --with-system-qemu", "https://example.org/", {}),
        Answer("Or so.", applies={"xen": (">=4.4,<4.9", ">=4.11"), "toolstack": ("xl",)}),
    ),
    "BUILD SYSTEM",
    Verified(date(2026, 10, 1), "alice", "4.19"),
    timedelta(days=365, seconds=1),
    ("other",),
    "A title with c++",
    ("offline", "qemu-xen"),
)
OTHER = Entry("other", ("what else",), (Answer("Nothing."),))


@pytest.fixture(autouse=True)
def however_few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(keeping, "LEAST", 1)
    monkeypatch.setattr(keeping, "CHUNK", 2)
    return


@dataclass
class Base:
    """A base, and what is kept of it."""

    folder: Path
    kept: Path
    notes: list[str]

    def write(self, *entries: Entry) -> None:
        for entry in entries:
            (self.folder / f"{entry.id}.yaml").write_text(to_yaml(entry), "utf-8")

    def start(self, *, keep: bool = True) -> tuple[Snapshot, int]:
        """A start, by what is kept, which afterwards is what was read; how many files it was of use for."""
        at_hand = Keeping(self.kept, self.notes.append)
        made = at_hand.read()
        of_use = {id(each.entry) for each in made.values()}
        snapshot = load(self.folder, FACETS, kept=made)
        if keep:
            at_hand.keep(made_in(snapshot))
        return snapshot, sum(id(entry) in of_use for entry in snapshot.entries)


@pytest.fixture
def base(tmp_path: Path) -> Base:
    folder = tmp_path / "base"
    folder.mkdir()
    found = Base(folder, tmp_path / "cache" / "x.entries", [])
    found.write(FULL, OTHER)
    return found


def same(one: Snapshot, other: Snapshot) -> bool:
    return (
        (one.entries, one.problems, one.left_out) == (other.entries, other.problems, other.left_out)
        and one.looked.files.keys() == other.looked.files.keys()
        and one.index.prepare().pages == other.index.prepare().pages
        and one.index.prepare().vocabulary == other.index.prepare().vocabulary
    )


def test_a_start_takes_over_what_the_one_before_kept(base: Base) -> None:
    assert base.start()[1] == 0
    again, of_use = base.start()
    assert (of_use, base.notes) == (2, [])
    assert same(again, load(base.folder, FACETS))
    assert again.by_id("full") == FULL
    assert again.index.search("größe").matches[0].entry is again.entries[0]


def test_each_entry_is_kept_with_all_its_fields(base: Base) -> None:
    made = made_in(base.start()[0])
    assert Keeping(base.kept).read() == made
    assert {each.entry.id: each.entry for each in made.values()} == {"full": FULL, "other": OTHER}


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(st.data())
def test_a_load_by_what_is_kept_is_a_load(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """After whatever has been done to the files, and to their times."""
    root = tmp_path_factory.mktemp("any")
    base = Base(root / "base", root / "x.entries", [])
    (base.folder / "sub").mkdir(parents=True)
    names = st.sampled_from(["a.yaml", "b.yaml", "sub/a.yaml", "sub/c.yaml"])
    texts = st.sampled_from(
        [
            "id: {0}\nphrasings: [how to do it]\nanswers: [{{short: like this}}]\n",
            "id: {0}\nphrasings: [how to be it]\nanswers: [{{short: like this}}]\n",  # just as long
            "id: {0}\nphrasings: [how to do it]\nanswers: [{{short: like that}}]\nsee: [b, zz]\n",
            "# as before\nid: {0}\nphrasings: [how to do it]\nanswers: [{{short: like this}}]\n",
            "id: a\nphrasings: [how to do it]\nanswers: [{{short: like this}}]\nsection: NONE\n",
            "id: {0}\nphrasings: []\nanswers: [{{short: like this}}]\n",
            "id: [\n",
            "",
        ]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        for _ in range(data.draw(st.integers(1, 3))):
            path = base.folder / data.draw(names)
            done = data.draw(st.sampled_from(["write", "write", "write", "dated", "remove", "move"]))
            if done.startswith(("write", "dated")):
                path.write_text(data.draw(texts).format(path.stem))
            elif done == "remove":
                path.unlink(missing_ok=True)
            elif path.exists():
                path.rename(base.folder / data.draw(names))
            if done == "dated" and path.exists():
                os.utime(path, ns=(10**18, 10**18))
        found, _ = base.start(keep=data.draw(st.booleans()))
        assert same(found, load(base.folder, FACETS))
    assert base.notes == []


def test_a_file_of_the_same_size_and_time_is_read(base: Base) -> None:
    path = base.folder / "other.yaml"
    os.utime(path, ns=(10**18, 10**18))
    base.start()
    path.write_bytes(path.read_bytes().replace(b"Nothing", b"Another"))
    os.utime(path, ns=(10**18, 10**18))
    found, of_use = base.start()
    assert (found.entries[1].answers[0].short, of_use) == ("Another.", 1)


def test_what_is_wrong_is_told_at_every_start(base: Base) -> None:
    (base.folder / "wrong.yaml").write_text("id: wrong\nphrasings: []\nanswers: [{short: so}]\n")
    (base.folder / "yes.yaml").write_text("id: no\nphrasings: [so]\nanswers: [{short: so}]\nsee: [gone]\n")
    first, _ = base.start()
    again, of_use = base.start()
    assert again.problems == first.problems
    assert (len(again.problems), of_use) == (3, 2)


def test_a_change_is_added_behind_what_is_kept(base: Base) -> None:
    base.write(*(Entry(f"e{number}", ("so",), OTHER.answers) for number in range(20)))
    base.start()
    before = base.kept.read_bytes()
    base.write(Entry("e3", ("otherwise",), OTHER.answers))
    assert base.start()[1] == 21
    assert base.kept.read_bytes().startswith(before)
    assert base.start()[1] == 22
    assert len(Keeping(base.kept).read()) == 23


def test_where_much_of_it_is_of_no_use_it_is_written_anew(base: Base) -> None:
    base.start()
    base.write(Entry("other", ("otherwise",), OTHER.answers))
    base.start()
    assert {each.entry.id for each in Keeping(base.kept).read().values()} == {"full", "other"}
    assert len(Keeping(base.kept).read()) == 2


def test_a_small_base_is_not_kept(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "LEAST", 3)
    base.start()
    assert not base.kept.parent.exists()


def test_what_another_version_made_is_not_used(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    base.start()
    monkeypatch.setattr(keeping, "_rules", lambda: b"other rules than then, 32 bytes.")
    assert (base.start()[1], base.start()[1], base.notes) == (0, 2, [])


def test_without_the_text_of_the_program_nothing_is_kept(base: Base, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_rules", lambda: None)
    assert (base.start()[1], base.start()[1], base.kept.exists()) == (0, 0, False)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "no file of ours": lambda held: b"x" * len(held),
    "cut off": lambda held: held[:-1],
    "cut off in a head": lambda held: held[:60],
    "a bit": lambda held: held[:-3] + bytes([held[-3] ^ 1]) + held[-2:],
    "more behind it": lambda held: held + b"more",
    "much more behind it": lambda held: held + bytes(200),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_one_that_is_not_right_costs_its_use_and_is_replaced(base: Base, name: str) -> None:
    base.start()
    base.kept.write_bytes(DAMAGES[name](base.kept.read_bytes()))
    found, of_use = base.start()
    assert same(found, load(base.folder, FACETS))
    assert len(base.notes) == 1
    assert base.notes[0].startswith(f"{base.kept}: ")
    assert of_use == (2 if "more behind" in name else 0)
    assert (base.start()[1], base.notes[1:]) == (2, [])


def test_a_chunk_that_is_damaged_costs_those_behind_it(base: Base) -> None:
    base.write(*(Entry(f"e{number}", ("so",), OTHER.answers) for number in range(4)))
    base.start()
    held = base.kept.read_bytes()
    base.kept.write_bytes(held[:-1] + bytes([held[-1] ^ 1]))
    found, of_use = base.start()
    assert (of_use, same(found, load(base.folder, FACETS))) == (4, True)
    assert base.notes == [f"{base.kept}: is damaged: the rest is read anew, and the file is replaced"]
    assert base.start()[1] == 6


def test_one_that_others_may_write_is_left_alone(base: Base) -> None:
    base.start()
    base.kept.chmod(0o620)
    before = base.kept.read_bytes()
    base.write(Entry("other", ("otherwise",), OTHER.answers))
    assert base.start()[1] == 0
    assert base.kept.read_bytes() == before
    assert base.notes == [
        f"{base.kept}: is somebody else's: it is not used; remove it, and one of our own is written"
    ]


def test_it_is_ours_alone(base: Base) -> None:
    base.start()
    assert (base.kept.stat().st_mode & 0o777, base.kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [path.name for path in base.kept.parent.iterdir()] == ["x.entries"]


def test_where_it_cannot_be_written_a_note_says_so(base: Base) -> None:
    base.kept.parent.write_text("no folder")
    assert base.start()[1] == base.start()[1] == 0
    assert len(base.notes) == 4
    assert "not kept" in base.notes[-1]


def test_two_that_keep_the_same_base_do_not_mix(base: Base) -> None:
    base.write(*(Entry(f"e{number}", ("so",), OTHER.answers) for number in range(20)))
    one, other = Keeping(base.kept), Keeping(base.kept)
    one.read()
    one.keep(made_in(load(base.folder, FACETS)))
    other.read()
    base.write(Entry("e1", ("by one",), OTHER.answers))
    one.keep(made_in(load(base.folder, FACETS)))
    base.write(Entry("e2", ("by the other",), OTHER.answers))
    other.keep(made_in(load(base.folder, FACETS)))
    assert base.start()[1] == 22
    base.write(Entry("e3", ("by one again",), OTHER.answers))
    one.keep(made_in(load(base.folder, FACETS)))
    assert base.start()[1] == 22
    assert base.notes == []


def test_it_lies_beside_the_vectors() -> None:
    at = Keeping.of({"CACHE_DIRECTORY": "/var/cache/pkgdesk"}, Path("/srv/base")).path
    assert (str(at.parent), at.suffix) == ("/var/cache/pkgdesk", ".entries")
