"""Facets are read out of what people say: in the forms in which they say it, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.naming import READ, SEVERAL, FacetKind, read_facets, value_of, values_of
from knowledge.versions import parse_version

XEN = FacetKind("xen", words=("hypervisor", "dom0 xen"), bare=True)
LINUX = FacetKind("linux", words=("kernel",))
TOOLSTACK = FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh", "virt-manager")})
DISTRIBUTION = FacetKind(
    "distribution",
    choices={"mageia": ("mga",), "opensuse": ("open suse", "suse"), "fedora": ("fc",), "debian": ("deb",)},
)
DECLARED = (XEN, LINUX, TOOLSTACK, DISTRIBUTION, FacetKind("mageia"))


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("xen 4.17", {"xen": "4.17"}),
        ("Does Xen version 4.18. still build?", {"xen": "4.18"}),
        ("it broke in RELEASE-4.19.0", {"xen": "4.19.0"}),
        ("4.17.2", {"xen": "4.17.2"}),
        ("is 4.20-rc1 usable", {"xen": "4.20-rc1"}),
        ("building 4.17 without network", {"xen": "4.17"}),
        ("our hypervisor is 4.16", {"xen": "4.16"}),
        ("xen: 4.17", {"xen": "4.17"}),
        ("xen>=4.17", {"xen": "4.17"}),
        ("i'm on 4.17", {"xen": "4.17"}),
        ("**4.17** does `make dist`", {"xen": "4.17"}),
        ("4.17's tools, it's 4.17's", {"xen": "4.17"}),
        ("'4.17' it is", {"xen": "4.17"}),
        ("no, wait: 4.17", {"xen": "4.17"}),
        ("XEN\uff14.\uff11\uff17", {"xen": "4.17"}),
        ("сборка 4.17 не работает", {"xen": "4.17"}),
        ("xen stable-4.18", {"xen": "4.18"}),
        ("we track staging-4.19", {"xen": "4.19"}),
        ("how long is 4.18 supported", {"xen": "4.18"}),
        ("which patch applies to 4.17", {"xen": "4.17"}),
        ("since 4.21-unstable", {"xen": "4.21-unstable"}),
        ("Xen 4.17 (that is xen-4.17)", {"xen": "4.17"}),
        ("4.17, that is 4.17.2-1", {"xen": "4.17.2"}),
        ("xen 4.1.6.1", {"xen": "4.1.6.1"}),
        ("xen-hypervisor-4.17-amd64", {"xen": "4.17"}),
        ("a dom0 with a 4.19 hypervisor", {"xen": "4.19"}),
    ],
)
def test_versions_are_read(text, facets):
    assert read_facets(text, DECLARED) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("xen-4.17.2-3.mga9 on mageia 9", {"xen": "4.17.2", "distribution": "mageia", "mageia": "9"}),
        ("4.17.3-3.mga9", {"xen": "4.17.3", "distribution": "mageia"}),
        ("4.17.2-1.fc39", {"xen": "4.17.2", "distribution": "fedora"}),
        ("1:4.17.2-1", {"xen": "4.17.2"}),
        ("4.17.2~rc1-1", {"xen": "4.17.2-rc1"}),
        ("4.17.5+23-ga4e5191dc0-1+deb12u1", {"xen": "4.17.5", "distribution": "debian"}),
        ("4.17.2+55-g0b56bed864-1", {"xen": "4.17.2"}),
        ("4.17_git", {"xen": "4.17"}),
        ("xen-4.17.2.tar.gz", {"xen": "4.17.2"}),
        ("on mga9", {"distribution": "mageia"}),
        ("mageia9", {"distribution": "mageia", "mageia": "9"}),
    ],
)
def test_packages_are_read(text, facets):
    assert read_facets(text, DECLARED) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("qemu 8.0 with xen 4.17.1?", {"xen": "4.17.1"}),
        ("is gcc 4.8 too old for 4.20", {"xen": "4.20"}),
        ("gcc 12.2 and python 3.11", {}),
        ("gcc 11.2 or 12.2", {}),
        ("our gcc is 12.2", {}),
        ("with gcc 12.2 xen fails", {}),
        ("kernel 6.1 as dom0 of 4.17", {"xen": "4.17", "linux": "6.1"}),
        ("a 6.1 kernel below 4.17", {"xen": "4.17", "linux": "6.1"}),
        ("opensuse 15.5, 4.17.2", {"xen": "4.17.2", "distribution": "opensuse"}),
        ("takes 1.5 GB, 2.5 seconds and 3.5 % more", {}),
        ("it listens on 10.0.0.1", {}),
        ("since 1.10.2026", {}),
        ("xen 4 hosts", {}),
        ("libxl.so.4.17 and XSA-444 and https://example.org/4.17/", {}),
    ],
)
def test_versions_of_other_things_are_nobodys(text, facets):
    assert read_facets(text, DECLARED) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("with virt-manager", {"toolstack": "libvirt"}),
        ("virsh, that is libvirt", {"toolstack": "libvirt"}),
        ("on Open SUSE 15.5", {"distribution": "opensuse"}),
        ("suse 15.5", {"distribution": "opensuse"}),
        ("xl, not libvirt", {"toolstack": "xl"}),
        ("libvirt instead of xl", {"toolstack": "libvirt"}),
        ("without libvirt", {}),
        ("an open question", {}),
        ("nothing of the kind", {}),
        ("", {}),
    ],
)
def test_choices_are_read(text, facets):
    assert read_facets(text, DECLARED) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("upgrade from 4.17 to 4.19", {"xen": "4.17 and 4.19"}),
        ("can I use 4.20 tools with a 4.19 hypervisor?", {"xen": "4.20 and 4.19"}),
        ("what changed between 4.17 and 4.18", {"xen": "4.17 and 4.18"}),
        ("4.17/4.18", {"xen": "4.17 and 4.18"}),
        ("4.17-4.19", {"xen": "4.17 and 4.19"}),
        ("4.17..4.19", {"xen": "4.17 and 4.19"}),
        ("kernel 6.1 or 6.6", {"linux": "6.1 and 6.6"}),
        ("4.17.2-1.1", {"xen": "4.17.2"}),
        ("xl or libvirt?", {"toolstack": "xl and libvirt"}),
    ],
)
def test_several_values_stand_together(text, facets):
    assert read_facets(text, DECLARED) == facets


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("not 4.17 but 4.18", {"xen": "4.18"}),
        ("4.18, not 4.17", {"xen": "4.18"}),
        ("it isn't 4.17 but 4.18", {"xen": "4.18"}),
        ("it isn\u2019t version 4.17, it is 4.18", {"xen": "4.18"}),
        ("not xen 4.17 but xen 4.18", {"xen": "4.18"}),
        ("not xen 4.17 but 4.18", {"xen": "4.18"}),
        ("not 4.17", {}),
        ("why isn't 4.17 supported", {"xen": "4.17"}),
        ("isn't 4.17 too old", {"xen": "4.17"}),
        ("whether or not 4.17 builds", {"xen": "4.17"}),
        ("why does not xen 4.17 build", {"xen": "4.17"}),
        ("4.17 does not build", {"xen": "4.17"}),
        ("no, 4.18", {"xen": "4.18"}),
    ],
)
def test_a_version_that_is_denied_is_left_out(text, facets):
    assert read_facets(text, DECLARED) == facets


def test_a_version_is_given_as_it_is_written():
    """Distributions count in years and months; without its zero it would be none of theirs."""
    ubuntu = FacetKind("ubuntu")
    assert read_facets("on ubuntu 20.04 with xen 4.17", (XEN, ubuntu)) == {"xen": "4.17", "ubuntu": "20.04"}
    assert value_of(ubuntu, "20.04") == "20.04"


def test_too_many_values_say_nothing():
    some = [f"4.{minor}" for minor in range(SEVERAL)]
    assert values_of(read_facets(" ".join(some), DECLARED)["xen"]) == tuple(some)
    assert read_facets(" ".join([*some, "4.99"]), DECLARED) == {}


def test_undeclared_facets_are_not_read():
    assert read_facets("xen 4.17 with libvirt", ()) == {}
    assert read_facets("xen 4.17 with libvirt", (kind for kind in [TOOLSTACK])) == {"toolstack": "libvirt"}


def test_kinds_with_other_choices_are_read_as_they_are():
    """What is made of a declaration once is not that of another."""
    other = FacetKind("toolstack", choices={"xl": ("virsh",)})
    assert hash(other) == hash(TOOLSTACK)
    assert read_facets("virsh", (TOOLSTACK,)) == {"toolstack": "libvirt"}
    assert read_facets("virsh", (other,)) == {"toolstack": "xl"}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (XEN, "4.17", "4.17"),
        (XEN, "version is 4.17.2-3.mga9", "4.17.2"),
        (XEN, "xen-4.17", "4.17"),
        (XEN, "4", "4"),
        (XEN, "4.17 and 4.18", None),
        (XEN, "build fails", None),
        (TOOLSTACK, "Virsh", "libvirt"),
        (TOOLSTACK, "xl or libvirt", None),
        (DISTRIBUTION, "mageia 9", "mageia"),
        (DISTRIBUTION, "gentoo", None),
    ],
)
def test_the_one_value_of_a_facet(kind, text, value):
    assert value_of(kind, text) == value


def test_as_much_is_read_as_is_kept_of_a_question():
    assert read_facets("la " * (READ // 3 - 4) + "xen 4.17", DECLARED) == {"xen": "4.17"}
    assert read_facets("la " * READ + "xen 4.17", DECLARED) == {}


LONG = 65_000


@pytest.mark.parametrize(
    "piece",
    [
        "x",
        "4",
        "4.",
        "4.17 ",
        "4.1",
        "a1-",
        "/",
        "4.17/",
        "4-4.",
        ".",
        "1:",
        "\x00",
        "\u0301",
        "ж4.17 ",
        "\u202e",
    ],
)
def test_a_long_text_is_as_good_as_its_beginning(piece):
    text = piece * (LONG // len(piece))
    assert read_facets(text, DECLARED) == read_facets(text[:READ], DECLARED)


fragments = st.sampled_from(
    [
        "xen",
        "4.17",
        " ",
        "-",
        "_",
        "rc1",
        "unstable",
        ":",
        "/",
        "..",
        "mga9",
        "virt-",
        "manager",
        "\x00",
        "٤.١٧",
        "kernel",
    ]
)


@given(st.text() | st.lists(fragments, max_size=20).map("".join))
def test_reading_never_raises_and_gives_what_is_declared(text):
    for facet, value in read_facets(text, DECLARED).items():
        kind = next(kind for kind in DECLARED if kind.name == facet)
        for each in values_of(value):
            assert parse_version(each) is not None if kind.choices is None else each in kind.choices
            assert value_of(kind, each) == each


@given(st.text(max_size=60), st.sampled_from(["4.17", "4.19.1", "4.20-rc2", "4.21-unstable"]))
def test_a_version_that_is_announced_is_read_wherever_it_stands(text, version):
    found = read_facets(f"{text} . xen {version}", DECLARED).get("xen", version)
    assert version in values_of(found) or any(
        parse_version(v).refines(parse_version(version)) for v in values_of(found)
    )
