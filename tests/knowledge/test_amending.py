"""Changes of an entry that are said in words, at their edges."""

from datetime import date

import pytest

from knowledge.amending import NotSo, amended, applying, as_written, phrased, unknown
from knowledge.entry import Answer, Entry, Verified
from knowledge.naming import FacetKind
from knowledge.references import References

DAY = date(2026, 11, 23)
ONE = Entry("boot", ("how to boot", "Booting  it"), (Answer("So."),))
TWO = Entry("boot", ("how to boot",), (Answer("So.", applies={"xen": (">=4.17",)}), Answer("Else.")))


def changed(entry: Entry, field: str, value: str) -> Entry:
    return amended(entry, field, value, on=DAY, by="alice")


def refused(entry: Entry, field: str, value: str) -> str:
    with pytest.raises(NotSo) as found:
        changed(entry, field, value)
    return str(found.value)


def test_only_what_is_newly_named_and_is_not_there_is_told() -> None:
    references = References(["boot", "grub"], (), ["TOOLS"])
    before = Entry("boot", ("how",), (Answer("So."),), see=("gone",), section="TOOLS")
    assert unknown(before, None, references) == "see: there is no entry `gone`"
    assert unknown(before, before, references) == ""
    after = Entry("boot", ("how",), (Answer("So."),), see=("gone", "lost", "grub"), section="NOWHERE")
    assert unknown(after, before, references) == "see: there is no entry `lost`"
    assert unknown(ONE, None, references) == ""


def test_a_phrasing_is_named_by_its_number_or_its_words() -> None:
    assert phrased(ONE, "- 1").phrasings == ("Booting  it",)
    assert phrased(ONE, "-2").phrasings == ("how to boot",)
    assert phrased(ONE, "- booting it").phrasings == ("how to boot",)
    assert phrased(ONE, "one   more").phrasings[-1] == "one more"
    for wrong in ("-0", "-3", "- nonsense", "HOW to  boot"):
        with pytest.raises(NotSo):
            phrased(ONE, wrong)
    with pytest.raises(NotSo, match="its only phrasing"):
        phrased(TWO, "-1")


def test_variants_are_counted_from_one() -> None:
    assert [each.short for each in changed(TWO, "short", "2 New.").answers] == ["So.", "New."]
    assert [each.short for each in changed(TWO, "short", "+ Third.").answers] == ["So.", "Else.", "Third."]
    assert [each.short for each in changed(TWO, "short", "1 -").answers] == ["Else."]
    assert changed(ONE, "short", "2 or newer.").answers[0].short == "2 or newer."
    assert "2 variants: say which" in refused(TWO, "short", "New.")
    assert "and no 3" in refused(TWO, "short", "3 New.")
    assert "and no 0" in refused(TWO, "text", "0 New.")
    assert "its only variant" in refused(ONE, "short", "-")
    assert "begins with its short" in refused(TWO, "source", "+ https://example.org/")


def test_for_what_a_variant_applies() -> None:
    kinds = [FacetKind("toolstack", {"libvirt": ("virsh",)})]
    found = applying(ONE, None, "Toolstack", ["virsh", "libvirt", "xl"], kinds)
    assert found.answers[0].applies == {"toolstack": ("libvirt", "xl")}
    assert applying(TWO, 1, "xen", ["-"], ()).answers[0].applies == {}
    with pytest.raises(NotSo, match="says nothing of `xen`"):
        applying(TWO, 2, "xen", [], ())


def test_what_may_be_left_out_is_emptied_and_what_cannot_be_read_is_refused() -> None:
    assert changed(ONE, "TITLE", " A title ").title == "A title"
    assert changed(changed(ONE, "title", "A"), "title", "-").title == ""
    assert changed(ONE, "tags", "a, b a").tags == ("a", "b")
    assert changed(ONE, "verified", "by bob for 4.19").verified == Verified(DAY, "bob", "4.19")
    assert changed(ONE, "verified", "2026-10-01 4.19").verified == Verified(
        date(2026, 10, 1), "alice", "4.19"
    )
    assert changed(ONE, "verified", "-").verified is None
    assert changed(ONE, "review", "-").review_after is None
    assert "like `2026-10-01" in refused(ONE, "verified", "2026-13-01")
    assert "like `2026-10-01" in refused(ONE, "verified", "one day")
    assert refused(ONE, "review", "soon").startswith("review: ")
    assert "`kb phrase ID PHRASING`" in refused(ONE, "phrasings", "x")
    assert "there is no field `colour`" in refused(ONE, "colour", "x")
    with pytest.raises(NotSo):
        as_written(changed(ONE, "short", "x" * 301))
