"""What a text mentions: paths, files, identifiers and commands, in prose and in what is pasted."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.reading.mentions import MOST, Mention, Mentions, mentioned
from routing.reading.pasted import Material, material
from routing.reading.written import sources


def texts(mentions: tuple[Mention, ...]) -> list[str]:
    return [each.text for each in mentions]


def sure(mentions: tuple[Mention, ...]) -> list[str]:
    return [each.text for each in mentions if each.sure]


def everything(found: Mentions) -> list[Mention]:
    return [*found.paths, *found.files, *found.identifiers, *found.commands]


# --- prose --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("who looks after tools/xenstored?", ["tools/xenstored"]),
        ('"xen/common/sched/credit2.c", please', ["xen/common/sched/credit2.c"]),
        ("(see docs/misc/xenstore.txt.)", ["docs/misc/xenstore.txt"]),
        ("everything below tools/ocaml/...", ["tools/ocaml/"]),
        ("what is in `tools/`?", ["tools/"]),
        ("#include <xen/types.h>", ["xen/types.h"]),
        ("./tools/xl/xl.c and ../docs/man/xl.1.pod", ["tools/xl/xl.c", "docs/man/xl.1.pod"]),
        ("~/src/xen/tools/xl/xl.c", ["src/xen/tools/xl/xl.c"]),
        (r"C:\src\xen\tools\xl\xl.c", ["/src/xen/tools/xl/xl.c"]),
        ("run `make -C tools/libs install`", ["tools/libs/"]),
        ("arch/x86/Makefile:12 has it", ["arch/x86/Makefile"]),
        ("tools\u200b/xl/\u202axl.c", ["tools/xl/xl.c"]),
        ("\x02tools/xl/xl.c\x02 \x0304tools/xl/xl.h\x03", ["tools/xl/xl.c", "tools/xl/xl.h"]),
        ("\x1b[1mtools/xl/xl.c:3:\x1b[0m \x1b[31merror: \x1b[0mno", ["tools/xl/xl.c"]),
    ],
)
def test_paths_in_prose(text: str, expected: list[str]) -> None:
    assert [path for path in sure(mentioned(text).paths) if path != "tools/libs"] == expected


@pytest.mark.parametrize(
    "text",
    [
        *("and/or", "I/O", "24/7", "n/a", "w/o", "2024/10/12", "10.0.0.1/24", "on 12/31", "TCP/IP"),
        *("4.19.0", "v5.10-rc1", "4.17.2~rc1", "e.g. this", "i.e. that", "at 10.30", "www.example.org"),
        *("alice@example.org", "https://example.org/2024/news", "git@example.org:xen/tools.git"),
        *("irc://irc.example.org/xen", "@alice:example.org", "_really_", "alice_ and __", "o_O", "1_000"),
        *("\\o/", "...", "a -> b", "xen.example.com is down", "gcc -O2 -fPIC", "--- or --", "3.5 GB"),
        *("A problem. Thanks.", "okay...so", "s/old/new/", "EVEX.L", "some .sh, .c or .py"),
    ],
)
def test_what_is_none_of_it(text: str) -> None:
    assert everything(mentioned(text)) == []


@pytest.mark.parametrize(
    "text", ["x86/ARM", "xenstore/console", "/etc/xen/xl.conf", "/usr/bin/ld", "on arm64/linux"]
)
def test_what_may_be_a_path_is_not_sure(text: str) -> None:
    (path,) = mentioned(text).paths
    assert not path.sure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error in libxl_create.c:123", ["libxl_create.c"]),
        ("Makefile, Kconfig and .gitignore", ["Makefile", "Kconfig", ".gitignore"]),
        ("xen-4.19.tar.gz has no configure.ac", ["xen-4.19.tar.gz", "configure.ac"]),
        ("libxl.so.4.2 is missing", ["libxl.so.4.2"]),
        ("8250.c, 9pfs.c; x.S!", ["8250.c", "9pfs.c", "x.S"]),
        ("./configure fails", ["configure"]),
        ("a glob of */byteorder.h", ["byteorder.h"]),
    ],
)
def test_files_in_prose(text: str, expected: list[str]) -> None:
    assert sure(mentioned(text).files) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("why does libxl__domain_make fail?", ["libxl__domain_make"]),
        ("__start_xen() and printk() in C", ["__start_xen", "printk"]),
        ("CONFIG_XEN_PVH=y, $(CC), ${XEN_ROOT}", ["CONFIG_XEN_PVH", "CC", "XEN_ROOT"]),
        ("--enable-ovmf or --with-system-qemu=/usr/bin/qemu", ["--enable-ovmf", "--with-system-qemu"]),
        ("d->arch_hvm is `vmtrace`", ["arch_hvm", "vmtrace"]),
        ("jim_p: is it xen_foo.", ["xen_foo"]),
        ("see xc_foo@plt, *_MAX and xs_write_*", ["xc_foo", "xs_write"]),
    ],
)
def test_identifiers_in_prose(text: str, expected: list[str]) -> None:
    assert sure(mentioned(text).identifiers) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$ xl create /etc/xen/a.cfg", ["xl create /etc/xen/a.cfg"]),
        ("I typed\n[root@dom0 ~]# xl list | grep a", ["xl list", "grep a"]),
        ("`sudo XEN=1 make -C tools -j4`", ["make -C tools -j4"]),
        ("`$ ./configure --enable-ovmf && make world > log`", ["configure --enable-ovmf", "make world"]),
        ("then xl create hangs", ["xl create"]),
        ("with make -C tools install, it", ["make -C tools"]),
        ("make world fails", ["make world"]),
        ("make sure that make is there", []),
        ("# Heading of a page\nthe xl toolstack, xl is", []),
        ("ld says `foo': bar `baz'", []),
    ],
)
def test_commands(text: str, expected: list[str]) -> None:
    assert texts(mentioned(text).commands) == expected


# --- what is pasted -----------------------------------------------------------------------------------


def test_a_compiler_in_the_directory_that_make_is_in() -> None:
    found = mentioned(
        "make[4]: Entering directory '/build/xen-4.19.0/tools/libs/light'\n"
        "gcc -DBUILD_ID -Werror -I./include -c -o libxl_create.o libxl_create.c\n"
        "libxl_create.c: In function 'initiate_create':\n"
        "libxl_create.c:1265:9: error: implicit declaration of function ‘setdefault’; did you mean ‘x’?\n"
        "In file included from libxl_internal.h:89,\n"
        "                 from ../../include/xenctrl.h:19:\n"
        "make[4]: *** [Makefile:144: libxl_create.o] Error 1\n"
        "make[4]: Leaving directory '/build/xen-4.19.0/tools/libs/light'\n"
        "make[3]: *** [/build/xen-4.19.0/tools/libs/../../tools/Rules.mk:161: subdir-install-light] Error 2\n"
    )
    light = "/build/xen-4.19.0/tools/libs/light"
    assert texts(found.paths) == [
        f"{light}/",
        f"{light}/libxl_create.o",
        f"{light}/libxl_create.c",
        f"{light}/libxl_internal.h",
        "/build/xen-4.19.0/tools/include/xenctrl.h",
        f"{light}/Makefile",
        "/build/xen-4.19.0/tools/Rules.mk",
    ]
    assert found.files == ()
    assert texts(found.identifiers) == ["initiate_create", "setdefault", "subdir-install-light"]
    assert {each.kind for each in everything(found)} == {Material.MAKE, Material.COMPILER}


def test_a_directory_that_is_left_was_that_of_what_is_above() -> None:
    found = mentioned("x.c:1:2: error: no\nmake[1]: Leaving directory `/build/tools/xl'\ny.c:1:2: error: no")
    assert texts(found.paths) == ["/build/tools/xl/x.c", "/build/tools/xl/"]
    assert texts(found.files) == ["y.c"]


@pytest.mark.parametrize(
    ("text", "paths", "files", "identifiers"),
    [
        (
            "/usr/bin/ld: libxl_dom.o: in function `libxl__build':\nlibxl_dom.c:(.text+0x12): undefined "
            "reference to `xc_set'\n/usr/bin/ld: cannot find -lxenctrl",
            ["/usr/bin/ld"],
            ["libxl_dom.o", "libxl_dom.c"],
            ["libxl__build", "xc_set", "libxenctrl"],
        ),
        ("main.go:12:2: undefined: foo_bar", [], ["main.go"], ["foo_bar"]),
        ("error[E0308]: mismatched types\n  --> src/main.rs:12:5", ["src/main.rs"], [], []),
        ('File "tools/ocaml/x.ml", line 3, characters 4-5:', ["tools/ocaml/x.ml"], [], []),
        ("tools\\xl\\xl.c(12): error C2065: 'foo': undeclared", ["tools/xl/xl.c"], [], []),
        ('ERROR: modpost: "xen_foo" [drivers/xen/x.ko] undefined!', ["drivers/xen/x.ko"], [], ["xen_foo"]),
        ("No package 'xenlight' found", [], [], ["xenlight"]),
    ],
)
def test_compilers_and_linkers(text: str, paths: list[str], files: list[str], identifiers: list[str]) -> None:
    found = mentioned(text)
    assert (texts(found.paths), texts(found.files), texts(found.identifiers)) == (paths, files, identifiers)
    assert {each.kind for each in everything(found)} <= {Material.COMPILER}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("make: *** No rule to make target 'foo.o', needed by 'all'.  Stop.", ["foo.o"]),
        ("FAILED: libqemu.fa.p/hw_xen.c.o", ["libqemu.fa.p/hw_xen.c.o"]),
        ("CMake Error at lib/CMakeLists.txt:12 (message):", ["lib/CMakeLists.txt"]),
        ("[12/345] Compiling C object x/y.c.o", ["x/y.c.o"]),
        ("  CC [M]  drivers/xen/gntdev.o", ["drivers/xen/gntdev.o"]),
        ("x86_64-linux-gnu-gcc-13 -o a.o a.c", ["a.o", "a.c"]),
    ],
)
def test_builds(text: str, expected: list[str]) -> None:
    found = mentioned(text)
    assert texts((*found.paths, *found.files)) == expected
    assert {each.kind for each in (*found.paths, *found.files)} == {Material.MAKE}


@pytest.mark.parametrize(
    ("text", "places", "identifiers"),
    [
        ("(XEN)    [<ffff82d04020>] R common/domain.c#inner+0x1c/0x90", ["common/domain.c"], ["inner"]),
        ("(XEN) RIP:    e008:[<ffff82d0>] vmx_exit+0x1/0x2", [], ["vmx_exit"]),
        ("[   12.3] ? rx.isra.0+0x12/0x30 [xen_netback]", [], ["xen_netback"]),
        ("[   12.3] resume.cold+0x12/0x30", [], ["resume"]),
        ("#3  0x0000 in libxl__event (gc=0x0) at libxl_event.c:12", ["libxl_event.c"], ["libxl__event"]),
        ("==12==    by 0x4A: openit (xs.c:33)", ["xs.c"], ["openit"]),
        ('  File "tools/python/x.py", line 3, in check', ["tools/python/x.py"], []),
        ('  File "tools/python/x.py", line 3, in verify', ["tools/python/x.py"], ["verify"]),
        ("thread 'main' panicked at src/lib.rs:1:2", ["src/lib.rs"], []),
        ("\t/go/src/xen/main.go:12 +0x1d", ["/go/src/xen/main.go"], []),
        ("Died at tools/hotplug/block-foo line 12.", ["tools/hotplug/block-foo"], []),
        ("(XEN) Xen BUG at common/timer.c:12", ["common/timer.c"], []),
    ],
)
def test_traces(text: str, places: list[str], identifiers: list[str]) -> None:
    found = mentioned(text)
    assert texts((*found.paths, *found.files)) == places
    assert texts(found.identifiers) == identifiers
    assert {each.kind for each in everything(found)} == {Material.TRACE}


def test_patches() -> None:
    found = mentioned(
        "diff --git a/xen/common/x.c b/xen/common/x.c\n--- a/xen/common/x.c\n+++ /dev/null\n"
        "@@ -1,2 +3,4 @@ static int foo_bar(void)\nrename from docs/a.txt\nIndex: tools/y.c\n"
        " tools/xl/xl.c | 3 +-\n .../libs/light/z.c | 12 ++--\n"
        " tools/{libxl => libs/light}/w.c | 0\n create mode 100644 xen/new.c\n"
    )
    assert texts(found.paths) == [
        *("xen/common/x.c", "docs/a.txt", "tools/y.c", "tools/xl/xl.c", "libs/light/z.c"),
        *("tools/libs/light/w.c", "tools/libxl/w.c", "xen/new.c"),
    ]
    assert texts(found.identifiers) == ["foo_bar"]
    assert {each.kind for each in everything(found)} == {Material.PATCH}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Nov 23 06:00:00 host xenstored[123]: cannot open", ["xenstored"]),
        ("systemd[1]: libvirtd.service: Failed", ["systemd", "libvirtd.service"]),
        ("libxl: error: libxl_device.c:11:device_cb: Domain 0", ["libxl_device.c", "device_cb"]),
        ("(XEN) mm.c:1234:d0v0 bad pg_owner", ["mm.c", "pg_owner"]),
        ("2026-11-01 10:00:00 xl_foo.c:12", ["xl_foo.c"]),
    ],
)
def test_logs(text: str, expected: list[str]) -> None:
    found = everything(mentioned(text))
    assert sorted(each.text for each in found) == sorted(expected)
    assert {each.kind for each in found} == {Material.LOG}


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("https://git.example.org/?p=xen.git;a=blob;f=xen/arch/x86/mm.c;hb=HEAD", "xen/arch/x86/mm.c"),
        ("https://git.example.org/xen.git/tree/xen/arch/x86/mm.c?h=staging#n12", "xen/arch/x86/mm.c"),
        ("https://github.com/a/xen/blob/master/tools/xl/xl.c#L12", "tools/xl/xl.c"),
        ("https://github.com/a/xen/tree/master/tools/xl", "tools/xl"),
        ("https://raw.githubusercontent.com/a/xen/master/tools/xl/xl.c", "tools/xl/xl.c"),
        ("github.com/a/xen/blob/master/tools/xl/xl.c", "tools/xl/xl.c"),
        ("https://gitlab.example.org/a/xen/-/blob/staging/docs/a%2Bb.md?plain=1", "docs/a+b.md"),
        ("https://codeberg.example.org/a/xen/src/branch/main/tools/x.c", "tools/x.c"),
        ("https://elixir.example.org/linux/v6.1/source/drivers/xen/x.c#L1", "drivers/xen/x.c"),
        ("https://sources.example.org/src/xen/4.17/tools/x.c/", "tools/x.c"),
    ],
)
def test_pages_that_show_a_file(address: str, path: str) -> None:
    for text in (address, f"see <{address}>, line 3", f"({address})."):
        found = mentioned(text)
        assert texts(found.paths) == [path]
        assert found.paths[0].sure
        assert not (*found.files, *found.identifiers, *found.commands)


def test_a_page_about_an_identifier() -> None:
    assert texts(mentioned("https://elixir.example.org/linux/v6/A/ident/xen_foo").identifiers) == ["xen_foo"]


def test_the_material_is_that_of_the_line() -> None:
    found = mentioned("I changed tools/a.c and get\ntools/b.c:1:2: error: no\n+++ b/tools/c.c\nin tools/d.c")
    assert [each.kind.value for each in found.paths] == ["prose", "compiler", "patch", "prose"]
    assert material("nothing of the kind") is Material.PROSE


# --- for everything -----------------------------------------------------------------------------------


def test_each_thing_is_told_once_and_no_more_than_the_most() -> None:
    found = mentioned("x86/ARM x86/ARM tools/a.c tools/a.c:1:2: error: tools/a.c")
    assert texts(found.paths) == ["x86/ARM", "tools/a.c"]
    many = mentioned(" ".join(f"tools/a{n}.c a{n}.c foo_{n}x `xl create {n}`" for n in range(9 * MOST)))
    assert {len(each) for each in (many.paths, many.files, many.identifiers, many.commands)} == {MOST}


@pytest.mark.parametrize(
    ("name", "expected"),
    [("light/x.o", "light/x.c"), ("x.opic", "x.S"), ("configure", "configure.in"), ("x.cmx", "x.ml")],
)
def test_what_products_are_made_of(name: str, expected: str) -> None:
    assert expected in sources(name)
    assert sources("tools/") == ()


LINES = st.lists(
    st.one_of(
        st.text(string.printable + "‘’\x1b\x03\u200bé", max_size=40),
        st.sampled_from(
            [
                *(
                    "make[1]: Entering directory '/b/tools'",
                    "make[1]: Leaving directory '/b'",
                    "a.c:1:2: error: ",
                ),
                *(
                    "--- a/",
                    "+++ b/x/y.c",
                    "[root@host ~]# xl list",
                    "(XEN) foo+0x1/0x2",
                    "xl create `make -C tools`",
                ),
                *(
                    "https://github.com/a/b/blob/c/d.c",
                    "\x1b[1mtools/x.c\x1b[0m",
                    "undefined reference to `foo'",
                ),
            ]
        ),
    ),
    max_size=8,
)


@given(LINES)
def test_any_text_is_read_and_every_place_lies_in_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    found = mentioned(text)
    for mentions in (found.paths, found.files, found.identifiers, found.commands):
        assert len({each.text for each in mentions}) == len(mentions)
        assert [each.start for each in mentions] == sorted(each.start for each in mentions)
        for each in mentions:
            assert each.text
            assert 0 <= each.start < each.end <= len(text)
    assert all("/" in each.text for each in found.paths)
    assert not any("/" in each.text for each in found.files)


LONG = 30_000


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "a",
            "a/",
            "a.b_",
            "\\x",
            "-",
            "`",
            "` a ",
            "'a",
            "$ ",
            "\n$ ",
            "https://",
            "a@b.",
            "/",
            ".",
            "../",
        ),
        *("_", "foo_bar ", "a+0x", "\n#1 a ", 'File "', "x.c:1: error: \n", " | ", "RIP: ", "{a => b}", "a{"),
        *(
            "make[1]: Entering directory '/a'\n",
            "make[1]: Leaving directory '/a'\n",
            "\x1b[",
            "\u200b",
            "*** [",
        ),
        *("make ", "make -C ", " -x", " at ", " from ", "a@a:", "\n[a@a:x", "(XEN) ", "Jan  1 ", "foo[1]: "),
        *("by 0x1: ", "‘", "x/../", "target '", "function ", "xl create ", " ", "\t", "a-", "1:", "=> "),
    ],
)
def test_long_nonsense_takes_no_longer_than_its_length(piece: str) -> None:
    """Were anything quadratic, this would run into the time limit of a test."""
    for ending in ("", "x.c:1: error: `", " => '$ ", "+0x1/0x1] "):
        found = mentioned(piece * (LONG // len(piece)) + ending)
        assert len(everything(found)) <= 4 * MOST
