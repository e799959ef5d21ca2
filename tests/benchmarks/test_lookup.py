"""Looking paths up beside a script: what it prints is read, agreement told, and what is missing said."""

import shutil
import time
from pathlib import Path

import pytest

from benchmarks import lookup
from benchmarks.figures import Setup
from benchmarks.lookup import ScriptError, addresses_of, bare, in_order, sections_of
from routing.filing import Owning

MAINTAINERS = """\
Some words to begin with.

LIBXL
M:	Ann Bee <ann@example.org>
L:	devel@example.org (moderated for non-subscribers)
S:	Supported
F:	tools/libs/light/

XENSTORE (W/ RING)
M:	Cy Dee <cy@example.org>
S:	Maintained
F:	tools/xenstored/

THE REST
M:	Eve Fox <eve@example.org>
L:	devel@example.org
S:	Supported
F:	*
F:	*/
"""

SCRIPT = r"""
use strict;
my ($path, $sections) = ($ARGV[-1], grep { $_ eq "--sections" } @ARGV);
die "no such file\n" if $path =~ /broken/;
my $libxl = $path =~ m{^tools/libs/light/};
if ($sections) {
    print "LIBXL\nM:\tAnn Bee <ann\@example.org>\nF:\ttools/libs/light/\n\n" if $libxl;
    print "THE REST\nM:\tEve Fox <eve\@example.org>\nF:\t*\n\n";
} else {
    print "Ann Bee <ann\@example.org> (supporter:LIBXL)\n" if $libxl;
    print "\"Eve (E.) Fox\" <EVE\@example.org> (supporter:THE REST)\n";
    print "devel\@example.org (open list:THE REST)\n";
}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of three files, with a script that knows nothing of XENSTORE."""
    folder = tmp_path / "tree"
    for name in ("tools/libs/light/libxl.c", "tools/xenstored/core.c", "README"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("\n")
    (folder / "MAINTAINERS").write_text(MAINTAINERS)
    (folder / "say.pl").write_text(SCRIPT)
    return folder


def setup(tmp_path: Path, tree: Path | None = None, script: Path | None = None) -> Setup:
    return Setup(True, tmp_path / "data", tmp_path, tmp_path, tmp_path, time.monotonic(), tree, script)


def test_a_script_is_asked_beside_ours(tmp_path: Path, tree: Path) -> None:
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed")
    (table,) = lookup.measure(setup(tmp_path, tree, tree / "say.pl"))
    (row,) = table.data()["rows"]
    assert (row["sections"], row["paths"], row["n"], row["compared with"]) == (3, 5, 5, "say.pl")
    # XENSTORE is not known to the script; whose LIBXL is, both say.
    assert row["sections agree"] == 80.0
    assert row["ratio"] > 1
    assert 0 < row["ours"] <= row["ours, p99"]


def test_what_keeps_the_script_from_being_asked_is_said(
    tmp_path: Path, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (table,) = lookup.measure(setup(tmp_path, tree, tree / "none.pl"))
    (row,) = table.data()["rows"]
    assert (row["script"], row["ratio"], row["sections agree"], row["n"]) == (None, None, None, 0)
    assert row["ours"] > 0
    assert "there is no script" in capsys.readouterr().err
    assert lookup.measure(setup(tmp_path)) == []
    assert "name one with --tree" in capsys.readouterr().err


def test_a_script_that_fails(tmp_path: Path, tree: Path) -> None:
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed")
    with pytest.raises(ScriptError, match=r"say\.pl failed for broken: no such file"):
        lookup.said_by(tree / "say.pl", tree, ["broken"], setup(tmp_path))


def test_sections_are_named_before_their_tags() -> None:
    said = "LIBXL\nM:\tAnn\nF:\ttools/\n\nSECOND: (ONE)\nS:\tMaintained\n\n"
    assert sections_of(said) == ("LIBXL", "SECOND: (ONE)")
    assert sections_of("") == ()


def test_addresses_without_names_and_roles() -> None:
    assert bare('"Eve (E.) Fox" <EVE@example.org> (supporter:ARM (W/ X))') == "eve@example.org"
    assert bare("devel@lists.example.org (moderated list:ARM (W/ X) <y>)") == "devel@lists.example.org"
    assert addresses_of(["a@b.c (open list)", "", "nonsense"]) == {"a@b.c"}


def test_sections_of_one_depth_come_in_any_order() -> None:
    owning = [Owning("A", 3, ""), Owning("B", 2, ""), Owning("C", 2, ""), Owning("REST", 0, "")]
    assert in_order(owning, ["A", "C", "B", "REST"])
    assert not in_order(owning, ["B", "A", "C", "REST"])
    assert not in_order(owning, ["A", "B", "REST"])
    assert not in_order(owning, ["A", "A", "B", "REST"])
    assert in_order([], [])
