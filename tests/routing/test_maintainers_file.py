"""MAINTAINERS files, rule by rule, on small samples; each dialect where it differs."""

import pytest

from knowledge.documents import DocumentError, Severity
from routing.answers import answer
from routing.formats.dialects import Dialect, dialect_of
from routing.formats.maintainers import parse
from routing.sections import MailingList, MaintainersMap
from routing.tree import Tree

HEAD = """
	Maintainers
	===========

Descriptions:

	M: Mail patches to: FullName <address@domain>
	F: Files

"""


def read(text: str, dialect: Dialect = Dialect.LINUX, tree: Tree | None = None) -> MaintainersMap:
    return parse(text, "MAINTAINERS", dialect=dialect, tree=tree).built()


def owners(text: str, path: str, dialect: Dialect = Dialect.LINUX, tree: Tree | None = None) -> list[str]:
    return [each.section for each in read(text, dialect, tree).owning(path)]


def told(text: str, path: str, dialect: Dialect, ignored: str = "") -> list[str]:
    found = answer(parse(text, "MAINTAINERS", dialect=dialect, ignored=ignored).built(), path)
    return [str(each) for each in (*found.people, *found.lists)]


# --- sections -----------------------------------------------------------------------------------------


def test_the_last_line_without_a_tag_names_a_section_and_blank_lines_end_none() -> None:
    of = read(HEAD + "Some prose.\nTOOLS\nM:\tAlice <alice@example.org>\n\nF:\ttools/\n\nDOCS\nF:\tdocs/\n")
    assert list(of.sections) == ["TOOLS", "DOCS"]
    assert of.sections["TOOLS"].maintainers == ("alice",)
    assert [each.section for each in of.owning("tools/x.c")] == ["TOOLS"]


@pytest.mark.parametrize(
    ("dialect", "found"), [(Dialect.LINUX, "A"), (Dialect.U_BOOT, "A"), (Dialect.XEN, "# more")]
)
def test_lines_with_a_hash_are_comments_in_some_dialects(dialect: Dialect, found: str) -> None:
    assert owners("A\nS:\tSupported\n# more\nF:\ta/\n", "a/b", dialect) == [found]


def test_any_character_is_a_tag_in_qemus() -> None:
    text = "A\nS:\tSupported\nm: nothing\nF:\ta/\n"
    assert owners(text, "a/b", Dialect.QEMU) == ["A"]
    assert owners(text, "a/b", Dialect.LINUX) == ["m: nothing"]


def test_a_ruler_is_no_name() -> None:
    assert list(read("General\n-------\nM:\tA <a@example.org>\n", Dialect.QEMU).sections) == ["General"]


def test_two_sections_of_one_name_are_told_apart_and_called_what_they_are_called() -> None:
    of = read("BOARD\nF:\ta/\n\nBoard\nF:\tb/\n\nBOARD\nF:\tc/\n")
    assert list(of.sections) == ["BOARD", "Board (2)", "BOARD (3)"]
    assert [of.sections[each.section].title for each in of.owning("c/x")] == ["BOARD"]


def test_several_files_make_one_map() -> None:
    inner = ("ACME BOARD\nM:\tCarol <carol@example.org>\nF:\tboard/acme/\n", "board/acme/MAINTAINERS")
    found = parse("THE REST\nL:\tu-boot@lists.denx.de\nF:\t*\nF:\t*/\n", "MAINTAINERS", further=[inner])
    assert [each.section for each in found.built().owning("board/acme/a.c")] == ["ACME BOARD", "THE REST"]
    assert found.places["ACME BOARD"] == ("board/acme/MAINTAINERS", 1)


# --- files --------------------------------------------------------------------------------------------

DEEP = """
REST
F:	*
F:	*/

NET
F:	net/
X:	net/ipv6/

IPV6
F:	net/ipv6/*.c

NAMES
N:	[^a-z]ps3
"""


def test_the_deepest_comes_first_then_names_then_what_begins_with_a_star() -> None:
    assert [(each.section, each.depth) for each in read(DEEP).owning("net/ipv4/a_ps3.c")] == [
        ("NET", 1),
        ("NAMES", 0),
        ("REST", -1),
    ]


def test_an_exclusion_takes_the_whole_section_away_names_too() -> None:
    assert owners(DEEP, "net/ipv6/af.c") == ["IPV6", "REST"]
    assert owners("A\nN:\tfoo\nX:\tb/\n", "b/foo") == []


def test_the_last_line_that_matches_says_how_closely() -> None:
    text = "A\nF:\ta/b/c/\nF:\ta/\n\nB\nF:\ta/b/\n"
    assert [(each.section, each.depth) for each in read(text).owning("a/b/c/d")] == [("B", 2), ("A", 1)]


def test_a_directory_without_its_slash_is_known_by_the_tree() -> None:
    tree = Tree.of(["tools/xl/xl.c", "tools/x.y/z.c", "README"])
    assert owners("A\nF:\ttools/xl\n", "tools/xl/xl.c") == []
    assert owners("A\nF:\ttools/xl\n", "tools/xl/xl.c", tree=tree) == ["A"]
    assert owners("A\nF:\ttools/xl/\n", "tools/xl", tree=tree) == ["A"]


def test_braces_are_xens_alone() -> None:
    text = "A\nF:\tcommon/{kexec,kimage}.c\nF:\tinclude/x{,y}/\n"
    for path in ("common/kexec.c", "common/kimage.c", "include/x/a.h", "include/xy/a.h"):
        assert owners(text, path, Dialect.XEN) == ["A"]
        assert owners(text, path, Dialect.LINUX) == []


@pytest.mark.parametrize(
    ("pattern", "path", "owned"),
    [
        ("a{b}/", "ab/x", False),
        ("a{1}/", "a/x", True),
        ("{a,b}/", "a/x", False),
        ("{a,b}/", "{a,b}/x", True),
        ("x{,y,z}/", "x/c", True),
        ("x{a,b}{c,d}/", "xac/x", False),
        ("x{a,b}{c,d}/", "xa{c,d}/x", True),
        ("x{a,b}y{c,d}/", "xbyc/x", True),
        ("x\\{a,b}/", "xa/x", False),
        ("x/{a,b/}*.c", "x/b/y.c", True),
        ("x/{a,b/}*.c", "x/ay.c", False),
    ],
)
def test_braces_hold_a_comma_and_have_something_before_them(pattern: str, path: str, owned: bool) -> None:
    assert owners(f"A\nF:\t{pattern}\n", path, Dialect.XEN) == ["A"] * owned


def test_a_pattern_with_more_braces_than_anybody_writes_is_left_out() -> None:
    (problem,) = parse("A\nF:\t" + "x{a,b}" * 17 + "\nF:\ta/\n", "M", dialect=Dialect.XEN).problems
    assert (problem.line, "more than 16 braces" in problem.message) == (2, True)


@pytest.mark.parametrize("pattern", ["tools/c++", "tools/[x]", "tools/(y)"])
def test_a_directory_is_asked_for_however_it_is_called(pattern: str) -> None:
    found = read(f"A\nF:\t{pattern}\n", tree=Tree.of([f"{pattern}/a"]))
    assert found.sections["A"].files[0].text == f"{pattern}/"  # type: ignore[attr-defined]


# --- people and lists ---------------------------------------------------------------------------------

PEOPLE = """
A SECTION WITH A LONG NAME INDEED
M:	Alice Q. Example <alice@example.org>
M:	"Bob Example" <bob@example.org> (tools)
R:	Carol <carol@example.org>
L:	a-list@example.org
L:	closed@example.org (subscribers-only)
L:	slow@example.org (moderated for non-subscribers)
S:	Odd fixes (sometimes)
F:	a/

B
M:	Alice Q. Example <other@example.org>
M:	Dave <ALICE@example.org>
M:	bare@example.org
S:	Supported
F:	a/b/

THE REST
M:	Eve <eve@example.org>
L:	devel@example.org
S:	Supported
F:	*
F:	*/
"""


def test_linux_tells_each_name_and_each_address_once() -> None:
    assert told(PEOPLE, "a/b/c", Dialect.LINUX) == [
        '"Alice Q. Example" <other@example.org> (supporter:B)',
        "Dave <ALICE@example.org> (supporter:B)",
        "bare@example.org (supporter:B)",
        "Bob Example <bob@example.org> (odd fixes (sometimes):A SECTION WITH A LONG NAME INDEED)",
        "Carol <carol@example.org> (reviewer:A SECTION WITH A LONG NAME INDEED)",
        "Eve <eve@example.org> (supporter:THE REST)",
        "a-list@example.org (open list:A SECTION WITH A LONG NAME INDEED)",
        "slow@example.org (moderated list:A SECTION WITH A LONG NAME INDEED)",
        "devel@example.org (open list)",
    ]


def test_qemu_cuts_names_short() -> None:
    assert "Carol <carol@example.org> (reviewer:A SECTION WITH A...)" in told(PEOPLE, "a/b/c", Dialect.QEMU)


def test_xen_tells_everybody_but_the_rest_where_a_maintainer_is_nearer() -> None:
    found = told(PEOPLE, "a/x", Dialect.XEN)
    assert "Carol <carol@example.org> (reviewer)" in found
    assert not [line for line in found if "eve@" in line]
    assert "devel@example.org (open list)" in found
    only_reviewed = "A\nR:\tCarol <c@example.org>\nF:\ta/\n\nTHE REST\nM:\tEve <e@example.org>\nF:\t*/\n"
    assert told(only_reviewed, "a/x", Dialect.XEN) == [
        "Carol <c@example.org> (reviewer)",
        "Eve <e@example.org> (unknown:THE REST)",
    ]


XENS_REST = """
A
M:	Alice <a@example.org>
S:	Supported
F:	a/

B
R:	Carol <c@example.org>
F:	b/

THE REST
M:	Eve <e@example.org>
R:	Rob <r@example.org>
S:	Supported
F:	*/
"""


@pytest.mark.parametrize(
    ("status", "path", "rest"),
    [
        ("S:	Supported", "a/x", ["Rob <r@example.org> (reviewer)"]),
        (
            "S:	Supported",
            "b/x",
            ["Eve <e@example.org> (supporter:THE REST)", "Rob <r@example.org> (reviewer)"],
        ),
        (
            "S:	Maintained",
            "a/x",
            ["Eve <e@example.org> (maintainer:THE REST)", "Rob <r@example.org> (reviewer)"],
        ),
        ("S:", "a/x", ["Eve <e@example.org> (:THE REST)", "Rob <r@example.org> (reviewer)"]),
    ],
)
def test_xen_leaves_out_the_supporters_of_the_rest_and_nobody_else(
    status: str, path: str, rest: list[str]
) -> None:
    text = f"{status}\nF:	*/".join(XENS_REST.rsplit("S:	Supported\nF:	*/", 1))
    assert told(text, path, Dialect.XEN)[1:] == rest


def test_a_list_says_of_itself_who_may_write_to_it_in_every_dialect() -> None:
    found = told(PEOPLE, "a/x", Dialect.XEN)
    assert "slow@example.org (moderated list:A SECTION WITH A...)" in found
    assert not [line for line in found if "closed@" in line]


def test_linux_sends_nobody_to_the_ignored_nor_to_the_buried() -> None:
    text = PEOPLE.replace("S:	Supported\nF:	*\n", "S:	Buried alive in reporters\nF:	*\n")
    found = told(text, "a/b/c", Dialect.LINUX, ignored="# no mail, please\nbob@example.org\n")
    assert not [line for line in found if "bob@" in line or "eve@" in line]


def test_what_a_section_is_to_the_desk() -> None:
    of = read(PEOPLE + "\nCHAT\nC:\tirc://irc.libera.chat/xendevel\nC:\thttps://example.org\nK:\txsm_.*\n")
    first = of.sections["A SECTION WITH A LONG NAME INDEED"]
    assert first.mail == "a-list@example.org"
    assert first.lists[1] == MailingList("closed@example.org", note="subscribers-only")
    assert first.odd_fixes
    assert first.unattended
    assert first.reviewers == ("carol",)
    assert of.sections["CHAT"].channels == ("libera #xendevel",)
    assert [each.text for each in of.sections["CHAT"].content] == ["xsm_.*"]
    assert (of.rest, of.mail) == ("THE REST", "devel@example.org")
    assert of.people["bob"].email == "bob@example.org"
    assert of.people["bare"].name == "bare"


def test_ids_are_short_where_they_can_be_and_do_not_depend_on_the_order() -> None:
    lines = ["M:\tA <linux@a.example>\n", "M:\tB <linux@b.example>\n", "M:\tC <c+x@c.example>\n"]
    of, turned = read("S\n" + "".join(lines)), read("S\n" + "".join(reversed(lines)))
    assert set(of.people) == set(turned.people) == {"linux-a.example", "linux-b.example", "c-x"}


def test_a_name_may_stand_on_the_line_before() -> None:
    text = "S\nP:\tAlice Example\nM:\talice@example.org\n"
    assert read(text, Dialect.QEMU).people["alice"].name == "Alice Example"
    assert read(text, Dialect.LINUX).people["alice"].name == "alice"


@pytest.mark.parametrize(
    ("line", "dialect"),
    [
        ("L: xen-devel@lists.xenproject.org", Dialect.XEN),
        ("L: qemu-devel@nongnu.org", Dialect.QEMU),
        ("L: u-boot@lists.denx.de", Dialect.U_BOOT),
        ("L: netdev@vger.kernel.org", Dialect.LINUX),
        ("L: a@example.org", Dialect.LINUX),
    ],
)
def test_a_dialect_is_known_by_its_lists(line: str, dialect: Dialect) -> None:
    assert dialect_of(line) is dialect


# --- what is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("N:\t(a", "is not a regular expression: missing )"),
        ("K:\t[a", "is not a regular expression"),
        ("F:\tb[", "is not a regular expression"),
        ("N:\t(a|a)*b", "keep busy for hours"),
        ("N:\t(a+)+$", "keep busy for hours"),
        ("N:\ta{5000}", "more than 1000 times"),
        ("F:\t", "has no pattern"),
        ("F:\t" + "a" * 401, "longer than the 400 characters"),
        ("N:\t" + "a" * 1001, "longer than the 1000 characters"),
    ],
)
def test_a_bad_line_is_told_and_costs_nothing_else(line: str, said: str) -> None:
    found = parse(f"A\n{line}\nF:\ta/\n\nB\nF:\tb/\n", "MAINTAINERS", dialect=Dialect.LINUX)
    (problem,) = found.problems
    assert problem.severity is Severity.WARNING
    assert (problem.line, said in problem.message) == (2, True)
    assert [each.section for each in found.lookups[0].owning("a/x")] == ["A"]
    assert list(found.built().sections) == ["A", "B"]


def test_an_address_that_is_none_is_a_warning() -> None:
    found = parse("A\nM:\tAlice\nL:\tnowhere\nF:\ta/\n", "MAINTAINERS")
    assert [(each.line, each.severity) for each in found.problems] == [
        (2, Severity.WARNING),
        (3, Severity.WARNING),
    ]
    assert found.built().sections["A"].maintainers == ()


@pytest.mark.parametrize("text", ["", "prose\nand more\n"])
def test_no_section_at_all_is_told(text: str) -> None:
    assert "holds no section" in parse(text, "MAINTAINERS").errors[0].message


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(DocumentError, match="not a text file"):
        parse(bytes(range(256)) * 4, "MAINTAINERS")


def test_names_in_latin_1_are_read() -> None:
    found = parse("A\nM:\tJosé <jose@example.org>\nF:\ta/\n".encode("latin-1"), "MAINTAINERS")
    assert found.built().people["jose"].name == "José"
    assert [each.severity for each in found.problems] == [Severity.WARNING]


def test_more_sections_than_anybody_writes_are_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="more than 20,000 sections"):
        parse("".join(f"S {n}\nF:\tx{n}/\n" for n in range(100_000)), "MAINTAINERS")


def test_many_expressions_that_hang_are_not_all_tried() -> None:
    found = parse("".join(f"S {n}\nN:\t(a|a)*b{n}\n" for n in range(200)), "MAINTAINERS")
    assert "not tried any more" in found.problems[-2].message
    assert len(found.built().sections) == 200


def test_more_expressions_than_can_be_read_within_reason_are_refused() -> None:
    files = [("".join(f"S {f} {n}\nN:\ta{f}b{n}\n" for n in range(2500)), f"M{f}") for f in range(2)]
    with pytest.raises(DocumentError, match=r"^M1:3002:1: .*one regular expression too many"):
        parse(*files[0], further=files[1:])


def test_the_sections_of_all_files_are_counted() -> None:
    files = [("".join(f"S {f} {n}\nF:\tx{n}/\n" for n in range(10_001)), f"M{f}") for f in range(2)]
    with pytest.raises(DocumentError, match=r"^M1:19999:1: the map has more than 20,000 sections"):
        parse(*files[0], further=files[1:])


def test_what_a_terminal_obeys_is_not_shown_to_it() -> None:
    text = "A\x1b[31m\nM:\tEve\x9b5m \u202e<e@example.org>\rx\nF:\ta\x1b[2J\nF:\tb/\r\n"
    found = parse(text, "MAINTAINERS")
    assert all(each.message.isprintable() for each in found.problems)
    assert (found.problems[0].line, "U+001B" in found.problems[0].message) == (1, True)
    of = found.built()
    assert list(of.sections) == ["A\ufffd[31m"]
    assert of.people["e"].name == "Eve\ufffd5m \ufffd"
    assert [pattern.text for pattern in of.sections["A\ufffd[31m"].files] == ["a\ufffd[2J", "b/"][1:]


def test_a_name_with_a_comma_and_no_quotes_is_told() -> None:
    found = parse(
        'A\nM:\tBo, Al <b@b.org>, Zed <z@z.org>\nM:\t"Bo, C" <c@b.org>, D <d@z.org>\n', "MAINTAINERS"
    )
    (problem,) = found.problems
    assert (problem.line, problem.severity, "`Bo` is left out" in problem.message) == (
        2,
        Severity.WARNING,
        True,
    )
