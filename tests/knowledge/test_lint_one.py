"""One entry that is about to be published: its errors refuse it, its warnings do not."""

from lint_samples import TODAY, entry

from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.lint.one import lint_text, refusal

BASE = Index.build(
    [
        Entry("build", ("how do I build the tools offline",), (Answer("Configure with system-qemu."),)),
        Entry("boot", ("how do I boot it from grub",), (Answer("Write an entry into the menu."),)),
    ]
)


def rules(text: str, name: str = "new") -> list[str]:
    return [each.rule for each in lint_text(text, f"{name}.yaml", BASE, today=TODAY)]


def test_what_is_well_may_be_published():
    found = lint_text(entry("new", phrasing="which kernel is needed"), "new.yaml", BASE, today=TODAY)
    assert (found, refusal(found)) == ([], "")


def test_the_first_error_is_told_with_place_remedy_and_rule():
    text = entry("new", answers="  - short: Ask bob@company.org.", more="see: [nowhere]\n")
    found = lint_text(text, "new.yaml", BASE, today=TODAY)
    assert refusal(found) == (
        "line 5: this looks like the e-mail address of a person; take it out, and name the person as the map "
        "does, or the list that is read there [email-address] (and 1 more)"
    )


def test_warnings_refuse_nothing():
    found = lint_text(entry("new", answers="  - short: TODO"), "new.yaml", BASE, today=TODAY)
    assert [each.rule for each in found] == ["says-nothing"]
    assert refusal(found) == ""


def test_the_base_is_asked():
    asked = "How do I build the tools offline?"
    assert rules(entry("new", phrasing=asked)) == ["contradiction"]
    assert rules(entry("new", phrasing="tools build offline")) == ["phrasing-finds-another"]
    same = entry("new", phrasing="no net at hand", answers="  - short: Configure with system-qemu.")
    assert rules(same.replace("no net at hand", "build tools")) == ["near-duplicate"]


def test_what_it_takes_the_place_of_is_no_rival():
    assert rules(entry("build", phrasing="how do I build the tools offline"), "build") == []


def test_what_is_no_entry_is_refused():
    assert rules("id: new\n") == ["invalid-entry", "invalid-entry"] or rules("id: new\n") == ["invalid-entry"]
    assert rules("{") == ["unreadable"]
    assert rules(entry("other")) == ["invalid-entry"]
    assert rules(entry("new", answers=f"  - short: {'x' * 301}")) == ["short-too-long"]


def test_what_somebody_wrote_into_an_answer_allows_nothing():
    inside = "  - short: Ask bob@company.org.\n    text: |-\n      # lint: allow email-address\n      so"
    assert rules(entry("new", answers=inside)) == ["email-address"]
