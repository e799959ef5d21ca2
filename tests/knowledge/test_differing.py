"""What a change of an entry makes different, told to people."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.differing import summary, unified
from knowledge.entry import Answer, Verified
from knowledge.files import to_yaml
from tests.knowledge.test_entry_files import ENTRY

FIRST = ENTRY.answers[0]
OTHER = Answer("Else.", applies={"xen": ("<4.4",)})


def test_a_diff_is_as_git_would_show_it():
    was = to_yaml(ENTRY)
    now = to_yaml(replace(ENTRY, section="TOOLS"))
    assert unified(was, now, "system-qemu.yaml") == (
        "--- a/system-qemu.yaml",
        "+++ b/system-qemu.yaml",
        "@@ -11,7 +11,7 @@",
        " ",
        "       Second: paragraph",
        "     source: https://xenbits.xen.org/docs/",
        "-section: BUILD SYSTEM",
        "+section: TOOLS",
        " tags: [offline, libxl.so.4.2]",
        ' verified: {on: 2026-10-01, by: alice, for: "4.19"}',
        " review_after: 1y",
    )
    assert unified(was, was, "e.yaml") == ()
    assert unified("", "id: a\n", "a.yaml") == ("--- /dev/null", "+++ b/a.yaml", "@@ -0,0 +1 @@", "+id: a")
    assert unified("id: a", "id: b\n", "a.yaml")[3:] == ("-id: a", "\\ No newline at end of file", "+id: b")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (ENTRY, "nothing changes"),
        (replace(ENTRY, phrasings=(*ENTRY.phrasings, "x y")), "1 phrasing more"),
        (replace(ENTRY, phrasings=("x y", "z")), "2 phrasings changed"),
        (replace(ENTRY, phrasings=("x y", *ENTRY.phrasings), tags=()), "1 phrasing more, 2 tags fewer"),
        (replace(ENTRY, answers=(replace(FIRST, short="S"),)), "short"),
        (replace(ENTRY, answers=(replace(FIRST, short="S", applies={}),)), "what it applies to, short"),
        (replace(ENTRY, answers=(FIRST, OTHER)), "answer 2 added"),
        (
            replace(ENTRY, title="", verified=Verified(date(2026, 11, 1), "bob"), see=("a", "b")),
            "1 reference more, 1 changed, title removed, verified",
        ),
    ],
)
def test_a_change_is_told_in_a_line(now, said):
    assert summary(ENTRY, now) == said


def test_a_new_entry_is_told_with_what_it_is_for():
    assert summary(None, ENTRY) == "new entry, 2 phrasings, for xen ≥ 4.4, xl or libvirt"
    assert summary(None, replace(ENTRY, phrasings=("x",), answers=(FIRST, OTHER))) == (
        "new entry, 1 phrasing, 2 answers"
    )
    both = replace(ENTRY, answers=(FIRST, OTHER))
    assert summary(both, replace(both, answers=(FIRST, replace(OTHER, source="https://x")))) == (
        "source of answer 2"
    )
    assert summary(both, ENTRY) == "answer 2 removed"
