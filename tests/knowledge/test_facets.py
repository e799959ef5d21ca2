"""Facets: read out of what people say, and used to pick the variant of an answer."""

import pytest

from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind, Holds, applies, choose_answer, describe, read_facets

DECLARED = (
    FacetKind("xen", words=("hypervisor",), bare=True),
    FacetKind("linux", words=("kernel",)),
    FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh", "virt-manager")}),
    FacetKind("distribution", choices={"mageia": ("mga",), "opensuse": ("open suse", "suse")}),
)


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("xen 4.17", {"xen": "4.17"}),
        ("Does Xen version 4.18. still build?", {"xen": "4.18"}),
        ("it broke in RELEASE-4.19.0", {"xen": "4.19.0"}),
        ("4.17.2", {"xen": "4.17.2"}),
        ("is 4.20-rc1 usable", {"xen": "4.20-rc1"}),
        ("building 4.17 without network", {"xen": "4.17"}),
        ("xen-4.17.2-3.mga9 on mageia 9", {"xen": "4.17.2", "distribution": "mageia"}),
        ("our hypervisor is 4.16", {"xen": "4.16"}),
        ("qemu 8.0 with xen 4.17.1?", {"xen": "4.17.1"}),
        ("gcc 12.2 and python 3.11", {}),
        ("kernel 6.1 as dom0 of 4.17", {"xen": "4.17", "linux": "6.1"}),
        ("with virt-manager", {"toolstack": "libvirt"}),
        ("virsh, that is libvirt", {"toolstack": "libvirt"}),
        ("on Open SUSE 15.5", {"distribution": "opensuse"}),
        ("suse 15.5", {"distribution": "opensuse"}),
        ("xl or libvirt?", {}),
        ("upgrading from 4.16 to 4.17", {}),
        ("Xen 4.17 (that is xen-4.17)", {"xen": "4.17"}),
        ("libxl.so.4.17 and XSA-444 and https://example.org/4.17/", {}),
        ("nothing of the kind", {}),
        ("", {}),
    ],
)
def test_facets_are_read(text, facets):
    assert read_facets(text, DECLARED) == facets


def test_undeclared_facets_are_not_read():
    assert read_facets("xen 4.17 with libvirt", ()) == {}


OLD = Answer("use xm", applies={"xen": ("<4.5",)})
NEW = Answer("use xl", applies={"xen": (">=4.5",)})
LIBVIRT = Answer("use virsh", applies={"toolstack": ("libvirt",)})
ALWAYS = Answer("read the manual")


@pytest.mark.parametrize(
    ("answer", "facets", "verdict"),
    [
        (ALWAYS, {}, Holds.YES),
        (NEW, {}, Holds.UNKNOWN),
        (NEW, {"xen": "4.17.2"}, Holds.YES),
        (NEW, {"xen": "4.4"}, Holds.NO),
        (NEW, {"xen": "4"}, Holds.UNKNOWN),
        (NEW, {"xen": "the new one"}, Holds.UNKNOWN),
        (LIBVIRT, {"toolstack": "libvirt", "xen": "4.4"}, Holds.YES),
        (LIBVIRT, {"toolstack": "xl"}, Holds.NO),
        (Answer("", applies={"xen": ("4.17", ">=4.19")}), {"xen": "4.17.1"}, Holds.YES),
        (Answer("", applies={"xen": ("4.17", ">=4.19")}), {"xen": "4.18"}, Holds.NO),
        (Answer("", applies={"xen": (">=4.5",), "toolstack": ("xl",)}), {"xen": "4.17"}, Holds.UNKNOWN),
        (Answer("", applies={"xen": (">=4.5",), "toolstack": ("xl",)}), {"toolstack": "libvirt"}, Holds.NO),
    ],
)
def test_whether_an_answer_applies(answer, facets, verdict):
    assert applies(answer, facets) is verdict


def chosen(answers, **facets):
    choice = choose_answer(Entry("e", ("?",), tuple(answers)), facets)
    return choice and (choice.answer.short, choice.holds_for, choice.contested, choice.ask_for)


def test_the_variant_for_the_version_is_chosen():
    assert chosen([OLD, NEW], xen="4.4") == ("use xm", "xen < 4.5", False, "")
    assert chosen([OLD, NEW], xen="4.17.2") == ("use xl", "xen ≥ 4.5", False, "")


def test_unknown_version_gives_the_newest_and_asks():
    assert chosen([OLD, NEW]) == ("use xl", "xen ≥ 4.5", True, "xen")
    assert chosen([NEW, OLD]) == ("use xl", "xen ≥ 4.5", True, "xen")
    assert chosen([OLD, NEW], xen="4") == ("use xl", "xen ≥ 4.5", True, "xen")


def test_a_single_variant_is_not_contested_only_qualified():
    assert chosen([NEW]) == ("use xl", "xen ≥ 4.5", False, "")


def test_no_variant_for_a_version_that_none_is_for():
    assert chosen([NEW], xen="4.4") is None


def test_the_sure_variant_goes_before_the_possible_one_which_is_asked_for():
    assert chosen([ALWAYS, LIBVIRT]) == ("read the manual", "", True, "toolstack")
    assert chosen([ALWAYS, LIBVIRT], toolstack="xl") == ("read the manual", "", False, "")


def test_of_sure_variants_the_most_specific_is_chosen():
    assert chosen([ALWAYS, LIBVIRT], toolstack="libvirt") == ("use virsh", "libvirt", False, "")


def test_the_facet_that_differs_is_asked_for():
    both = [
        Answer("xl way", applies={"xen": (">=4.4",), "toolstack": ("xl",)}),
        Answer("virsh way", applies={"xen": (">=4.4",), "toolstack": ("libvirt",)}),
    ]
    assert chosen(both) == ("xl way", "xen ≥ 4.4, xl", True, "toolstack")
    assert chosen(both, xen="4.17") == ("xl way", "xen ≥ 4.4, xl", True, "toolstack")
    assert chosen(both, toolstack="libvirt") == ("virsh way", "xen ≥ 4.4, libvirt", False, "")


def test_what_an_answer_applies_to_in_words():
    assert describe({}) == ""
    assert describe({"xen": (">=4.4",), "toolstack": ("xl", "libvirt")}) == "xen ≥ 4.4, xl or libvirt"
    assert describe({"xen": (">=4.4,<4.9", "4.17")}) == "xen ≥ 4.4 and < 4.9 or 4.17"
