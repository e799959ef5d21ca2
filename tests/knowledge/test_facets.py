"""Facets pick the variant of an answer; how they are read is in test_naming.py."""

import pytest

from knowledge.entry import Answer, Entry
from knowledge.facets import (
    FacetKind,
    Holds,
    applies,
    choose_answer,
    depends_on,
    describe,
    still_declared,
)

XEN = FacetKind("xen", words=("hypervisor",), bare=True)
TOOLSTACK = FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh", "virt-manager")})
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


def test_of_bounded_variants_the_newest_is_chosen():
    """Each of these has an end; none of them is the newest for having one."""
    for older, newer in [("4.16", "4.18"), ("<4.4", ">=4.4,<4.9"), ("<=4.16", "<=4.17"), ("4.16", "<4.19")]:
        both = [Answer("old way", applies={"xen": (older,)}), Answer("new way", applies={"xen": (newer,)})]
        assert chosen(both)[0] == chosen(both[::-1])[0] == "new way", (older, newer)
    both = [Answer("old way", applies={"xen": ("<=4.16",)}), Answer("new way", applies={"xen": ("<=4.17",)})]
    assert chosen(both, xen="4.10") == ("new way", "xen ≤ 4.17", False, "")


def test_how_new_is_compared_facet_by_facet():
    """The newest kernel does not make an old hypervisor new, nor does a toolstack, which has no versions."""
    for facet, allowed in [("linux", ">=6.1"), ("toolstack", "xl")]:
        old = Answer("old way", applies={"xen": ("4.16",), facet: (allowed,)})
        new = Answer("new way", applies={"xen": ("4.18",), facet: (allowed,)})
        assert chosen([old, new])[0] == chosen([new, old])[0] == "new way"


FROB = Answer("set FROB=1")
FROB_GONE = Answer("use --enable-frob", applies={"xen": (">=4.19",)})


def test_a_newer_variant_that_might_hold_goes_before_the_one_for_all_else():
    for answers in ([FROB, FROB_GONE], [FROB_GONE, FROB]):
        assert chosen(answers) == ("use --enable-frob", "xen ≥ 4.19", True, "xen")
        assert chosen(answers, xen="4") == ("use --enable-frob", "xen ≥ 4.19", True, "xen")
        assert chosen(answers, xen="4.18 and 4.19") == ("use --enable-frob", "xen ≥ 4.19", True, "xen")
        assert chosen(answers, xen="4.19.1") == ("use --enable-frob", "xen ≥ 4.19", False, "")
        assert chosen(answers, xen="4.18") == ("set FROB=1", "other than xen ≥ 4.19", False, "")


def test_the_one_for_all_else_goes_before_one_that_is_for_something_old_or_special():
    before = Answer("use frob.sh", applies={"xen": ("<4.5",)})
    assert chosen([before, FROB]) == ("set FROB=1", "other than xen < 4.5", True, "xen")
    assert chosen([ALWAYS, LIBVIRT]) == ("read the manual", "other than libvirt", True, "toolstack")
    assert chosen([ALWAYS, LIBVIRT], toolstack="xl") == ("read the manual", "other than libvirt", False, "")


def test_what_is_known_decides_nothing_about_what_is_open():
    """That the version is new enough does not make a toolstack of which nothing is known the likely one."""
    special = Answer("use virsh", applies={"xen": (">=4.5",), "toolstack": ("libvirt",)})
    else_ = "other than xen ≥ 4.5, libvirt"
    assert chosen([ALWAYS, special], xen="4.17") == ("read the manual", else_, True, "toolstack")
    assert chosen([ALWAYS, special], toolstack="libvirt") == ("use virsh", "xen ≥ 4.5, libvirt", True, "xen")
    only = Answer("patch it", applies={"xen": ("4.17",)})
    assert chosen([only, LIBVIRT], xen="4.17") == ("patch it", "xen 4.17", True, "toolstack")


def test_what_others_narrow_down_is_told_without_them():
    older = Answer("use frob.sh", applies={"xen": ("<4.5",)})
    both = "other than xen ≥ 4.19 or xen < 4.5"
    assert chosen([FROB, FROB_GONE, older], xen="4.10") == ("set FROB=1", both, False, "")
    special = Answer("use virsh", applies={**NEW.applies, **LIBVIRT.applies})
    assert chosen([NEW, special], xen="4.5", toolstack="xl")[1] == "xen ≥ 4.5, other than libvirt"
    assert chosen([FROB, Answer("set FROB=1", applies=NEW.applies)]) == ("set FROB=1", "", False, "")


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


def test_several_values_decide_where_they_agree():
    """Whoever goes from one version to another is told what holds for both, and else is asked."""
    assert chosen([OLD, NEW], xen="4.17 and 4.19") == ("use xl", "xen ≥ 4.5", False, "")
    assert chosen([OLD, NEW], xen="4.2 and 4.3") == ("use xm", "xen < 4.5", False, "")
    assert chosen([OLD, NEW], xen="4.4 and 4.5") == ("use xl", "xen ≥ 4.5", True, "xen")
    assert chosen([NEW], xen="4.3 and 4.4") is None
    assert chosen([LIBVIRT], toolstack="xl and xapi") is None
    assert chosen([ALWAYS, LIBVIRT], toolstack="xl and libvirt")[2:] == (True, "toolstack")


def test_variants_that_say_the_same_contradict_nobody():
    same = Answer("use xl", applies={"xen": ("4.4",)})
    assert chosen([NEW, same]) == ("use xl", "xen ≥ 4.5", False, "")
    assert chosen([NEW, same, OLD]) == ("use xl", "xen ≥ 4.5", True, "xen")
    other_text = Answer("use xl", text="but not for this", applies={"xen": ("4.4",)})
    assert chosen([NEW, other_text]) == ("use xl", "xen ≥ 4.5", True, "xen")


def test_a_candidate_and_a_development_version_are_of_their_series():
    assert chosen([OLD, NEW], xen="4.5-rc1") == ("use xl", "xen ≥ 4.5", False, "")
    assert chosen([OLD, NEW], xen="4.5-unstable") == ("use xl", "xen ≥ 4.5", False, "")


def test_a_value_that_is_neither_version_nor_choice_leaves_it_open():
    for value in ("", " and ", "the new one", "\x00", "4.17 and "):
        choice = choose_answer(Entry("e", ("?",), (OLD, NEW)), {"xen": value})
        assert choice is not None
        assert choice.contested


def test_facets_that_an_entry_depends_on():
    assert depends_on(Entry("e", ("?",), (ALWAYS,))) == ()
    assert depends_on(Entry("e", ("?",), (LIBVIRT, NEW, OLD))) == ("toolstack", "xen")


def test_what_was_told_counts_as_long_as_it_is_declared():
    told = {"xen": "4.17", "toolstack": "xl", "distribution": "mageia"}
    assert still_declared(told, (XEN, TOOLSTACK)) == {"xen": "4.17", "toolstack": "xl"}
    gone = FacetKind("toolstack", choices={"libvirt": (), "xapi": ("xl",)})
    assert still_declared(told, (XEN, gone)) == {"xen": "4.17"}
    assert still_declared({"toolstack": "4.17", "xen": "xl"}, (XEN, TOOLSTACK)) == {}


def test_what_an_answer_applies_to_in_words():
    assert describe({}) == ""
    assert describe({"xen": (">=4.4",), "toolstack": ("xl", "libvirt")}) == "xen ≥ 4.4, xl or libvirt"
    assert describe({"xen": (">=4.4,<4.9", "4.17")}) == "xen ≥ 4.4 and < 4.9 or 4.17"
