"""A folder of entries: what is read, what is passed over, and that nothing in it takes the desk down."""

from pathlib import Path

import pytest

from knowledge.documents import DocumentError, Severity
from knowledge.facets import FacetKind
from knowledge.library import TOLD_EVERY, learned, load, read, read_entry
from knowledge.votes import Vote


def write(path: Path, name: str, extra: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    words = name.replace("-", " ")
    path.write_text(f"id: {name}\nphrasings: [how to do {words}]\nanswers: [{{short: like this}}]\n{extra}")
    return path


def said(folder: Path, **more) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in load(folder, **more).problems]


def test_a_folder_becomes_a_snapshot(tmp_path):
    write(tmp_path / "system-qemu.yaml", "system-qemu")
    write(tmp_path / "deep" / "down" / "efi-boot.yaml", "efi-boot")
    snapshot = load(tmp_path)
    assert [entry.id for entry in snapshot.entries] == ["efi-boot", "system-qemu"]
    assert snapshot.problems == ()
    assert snapshot.by_id("efi-boot") is snapshot.entries[0]
    assert snapshot.by_id("efi") is None
    assert snapshot.by_id("zzz") is None
    assert snapshot.index.search("how to do system qemu").matches[0].entry.id == "system-qemu"


def test_a_broken_file_costs_itself_and_is_told(tmp_path):
    write(tmp_path / "good.yaml", "good")
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "binary.yaml").write_bytes(b"\x00\x01")
    (tmp_path / "latin.yaml").write_bytes(b"id: caf\xe9\n")
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "broken.yaml").write_text("id: broken\nphrasings: [a\nanswers: []\n")
    write(tmp_path / "other.yaml", "name")
    assert [entry.id for entry in load(tmp_path).entries] == ["good"]
    problems = said(tmp_path)
    assert [problem.split(":")[0] for problem in problems] == [
        "binary.yaml", "broken.yaml", "empty.yaml", "latin.yaml", "list.yaml", "other.yaml",
    ]  # fmt: skip
    assert "latin.yaml:1:8: the byte 0xe9 is not valid UTF-8" in problems
    assert "other.yaml:1:1: id: `name` is in a file named `other`; both must be the same" in problems


def test_of_two_files_with_one_id_the_first_is_kept(tmp_path):
    write(tmp_path / "a" / "twice.yaml", "twice")
    write(tmp_path / "b" / "twice.yaml", "twice")
    assert len(load(tmp_path).entries) == 1
    assert said(tmp_path) == [f"b/twice.yaml:1:1: id: `twice` is already that of {tmp_path}/a/twice.yaml"]


def test_a_name_that_nearly_is_an_entry_s_is_a_warning(tmp_path):
    write(tmp_path / "good.yaml", "good")
    for name in ("entry.yml", "deep/Other.YAML", ".hidden.yml", ".git/config.yml", "notes.txt"):
        write(tmp_path / name, Path(name).stem.lower())
    found = load(tmp_path)
    assert [entry.id for entry in found.entries] == ["good"]
    assert said(tmp_path) == [
        f"{name}:1:1: is not read: the name of an entry ends in .yaml"
        for name in ("deep/Other.YAML", "entry.yml")
    ]
    assert {problem.severity for problem in found.problems} == {Severity.WARNING}
    assert found.left_out == frozenset()


def test_what_is_no_entry_is_passed_over(tmp_path):
    write(tmp_path / ".git" / "hidden.yaml", "hidden")
    write(tmp_path / ".draft.yaml", "draft")
    (tmp_path / "README.md").write_text("not yaml")
    snapshot = load(tmp_path)
    assert (snapshot.entries, snapshot.problems) == ((), ())


def test_links_are_followed_inside_the_folder_only(tmp_path):
    outside = write(tmp_path / "outside" / "secret.yaml", "secret")
    folder = tmp_path / "base"
    inside = write(folder / "shelf" / "book.yaml", "book")
    (folder / "secret.yaml").symlink_to(outside)
    (folder / "more").symlink_to(outside.parent)
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    inside.rename(folder / "shelf" / "book.txt")
    (folder / "book.yaml").symlink_to(folder / "shelf" / "book.txt")
    assert [entry.id for entry in load(folder).entries] == ["book"]
    assert said(folder)[-1] == "secret.yaml:1:1: is a link that leads out of the folder; it is not followed"
    assert not any("more" in problem for problem in said(folder))


@pytest.mark.parametrize(("make", "problem"), [(False, "there is no such folder"), (True, "is not a folder")])
def test_a_missing_folder_is_a_problem_and_no_error(tmp_path, make, problem):
    path = tmp_path / "x"
    if make:
        path.write_text("")
    snapshot = load(path)
    assert snapshot.entries == ()
    assert [str(each) for each in snapshot.problems] == [f"{path}:1:1: {problem}"]
    assert snapshot.index.search("anything").matches == ()


def test_what_an_entry_names_has_to_exist(tmp_path):
    write(tmp_path / "a.yaml", "a", "see: [b, gone]\n")
    write(tmp_path / "b.yaml", "b")
    assert said(tmp_path) == ["a.yaml:4:10: see: there is no entry `gone`"]
    assert len(load(tmp_path).entries) == 2


def test_facets_have_to_be_declared_where_any_are(tmp_path):
    (tmp_path / "a.yaml").write_text(
        "id: a\nphrasings: [why]\nanswers:\n"
        "  - applies: {xen: '>=4.4', toolstack: [xl, xapi], planet: mars}\n    short: so\n"
    )
    declared = [FacetKind("xen"), FacetKind("toolstack", choices={"xl": ()})]
    assert said(tmp_path) == []
    assert said(tmp_path, declared=declared) == [
        "a.yaml:4:29: applies: `xapi` is no toolstack; declared: xl",
        "a.yaml:4:52: applies: no facet `planet` is declared; declared: xen, toolstack",
    ]
    assert len(load(tmp_path, declared).entries) == 1


def test_a_wrong_name_is_told_with_what_may_have_been_meant(tmp_path):
    (tmp_path / "system-qemu.yaml").write_text(
        "id: system-qemu\nphrasings: [why]\nanswers:\n"
        "  - applies: {xenn: '4.4', tools: [virsh, xm]}\n    short: so\n"
        "section: build sytem\nsee: [system-quemu, mars]\n"
    )
    declared = [FacetKind("xen"), FacetKind("tools", choices={"xl": ("xm",), "libvirt": ("virsh",)})]
    assert said(tmp_path, declared=declared, sections=["BUILD SYSTEM", "QEMU"]) == [
        "system-qemu.yaml:4:15: applies: no facet `xenn` is declared, "
        "did you mean `xen`? declared: xen, tools",
        "system-qemu.yaml:4:28: applies: `virsh` is no tools, did you mean `libvirt`? declared: xl, libvirt",
        "system-qemu.yaml:4:28: applies: `xm` is no tools, did you mean `xl`? declared: xl, libvirt",
        "system-qemu.yaml:6:1: section: the map has no section `build sytem`, did you mean `BUILD SYSTEM`?",
        "system-qemu.yaml:7:7: see: there is no entry `system-quemu`, did you mean `system-qemu`?",
        "system-qemu.yaml:7:21: see: there is no entry `mars`",
    ]


def test_a_section_is_one_of_the_map_where_there_is_a_map(tmp_path):
    write(tmp_path / "a.yaml", "a", "section: build system\n")
    assert said(tmp_path) == []
    assert said(tmp_path, sections=["BUILD SYSTEM"]) == []
    assert said(tmp_path, sections=[]) == ["a.yaml:4:1: section: the map has no section `build system`"]


def test_reading_tells_how_far_it_is(tmp_path):
    for number in range(TOLD_EVERY + 1):
        write(tmp_path / f"a{number}.yaml", f"a{number}")
    told = []
    found = read(tmp_path, progress=lambda done, total: told.append((done, total)))
    assert (len(found.entries), found.problems) == (TOLD_EVERY + 1, ())
    assert told == [(0, TOLD_EVERY + 1), (TOLD_EVERY, TOLD_EVERY + 1), (TOLD_EVERY + 1, TOLD_EVERY + 1)]


def test_votes_and_facets_reach_the_index(tmp_path):
    write(tmp_path / "a.yaml", "a-b-c")
    write(tmp_path / "a-b-c.yaml", "a-b-c")
    text = "how to do a b c"
    votes = [Vote(text, "a-b-c", account, False) for account in ("x", "y")]
    refused = load(tmp_path, votes=votes).index.search(text)
    assert refused.matches[0].probability < load(tmp_path).index.search(text).matches[0].probability
    facets = load(tmp_path, [FacetKind("xen")]).index.search("xen 4.17").facets
    assert facets == {"xen": "4.17"}


def test_recalibrating_keeps_everything_else(tmp_path):
    write(tmp_path / "a.yaml", "a")
    snapshot = load(tmp_path)
    again = learned(snapshot)
    assert again.entries is snapshot.entries
    assert again.index.calibration == snapshot.index.calibration  # one phrasing teaches nothing


def test_one_file_alone(tmp_path):
    assert read_entry(write(tmp_path / "a.yaml", "a")).id == "a"
    with pytest.raises(DocumentError, match=r"b.yaml:1:1: there is no such file"):
        read_entry(tmp_path / "b.yaml")
