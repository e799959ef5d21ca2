"""What entries name must be there: what is not is told with what was meant."""

import pytest

from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind
from knowledge.references import References

DECLARED = (FacetKind("xen"), FacetKind("toolstack", choices={"xl": (), "libvirt": ("virsh",)}))


def told(**applies: str) -> list[str]:
    entry = Entry("a", ("?",), (Answer("so", applies={facet: (value,) for facet, value in applies.items()}),))
    return [sentence for _, sentence in References(["a"], DECLARED).missing(entry)]


@pytest.mark.parametrize("value", ["4.17", ">=4.4", ">=4.4,<4.9", "= 4.17.2"])
def test_a_version_facet_takes_versions_and_constraints(value):
    assert told(xen=value) == []


@pytest.mark.parametrize("value", ["xl", "4.17.2-3.mga9", "4.20-rc1", "all", "4.4 or newer"])
def test_what_is_no_version_would_never_hold_and_is_told(value):
    assert told(xen=value) == [f"applies: `{value}` is no version of xen: 4.17, >=4.4 or >=4.4,<4.9 would be"]


def test_a_choice_is_named_by_its_value_not_by_an_alias():
    assert told(toolstack="libvirt") == []
    assert told(toolstack="virsh") == [
        "applies: `virsh` is no toolstack, did you mean `libvirt`? declared: xl, libvirt"
    ]
