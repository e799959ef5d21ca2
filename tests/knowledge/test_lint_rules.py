"""What each rule finds in a small base, at its place."""

import pytest
from lint_samples import entry, said, told

from knowledge.composing import Problem, Severity
from knowledge.entry import Answer, Entry
from knowledge.facets import FacetKind
from knowledge.lint.rules import RULES
from knowledge.lint.staleness import newest_named
from knowledge.lint.unfit import unfit

LINK = "https://example.org/page"


def answered(source: str) -> str:
    return f'  - short: So it is.\n    source: "{source}"'


def test_an_entry_that_is_well_is_let_alone():
    assert (
        said({"a": entry("a", answers=answered(LINK), more="title: A page\nsee: [b]\n"), "b": entry("b")})
        == []
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (entry("a", more="see: [a, b, b]\n"), ["6:7 sees-itself", "6:13 sees-itself"]),
        (entry("a", more="see: [c]\n"), ["6:7 broken-see"]),
        (entry("a", more="title: Which KNOBS are there?\n"), ["6:1 title-is-phrasing"]),
        (entry("a", phrasing='"what is a knob"\n  - What is  a Knob?'), ["4:5 duplicate-phrasing"]),
        (entry("a", phrasing="how do I do it"), ["3:5 vague-phrasing"]),
        (entry("a", answers="  - short: TODO"), ["5:5 says-nothing"]),
        (entry("a", answers="  - short: See the source."), ["5:5 says-nothing"]),
        (entry("a", answers="  - short: Which knobs are there"), ["5:5 says-nothing"]),
        (entry("a", answers="  - short: '…'"), ["5:5 says-nothing"]),
        (entry("a", answers="  - short: No."), []),
        (entry("a", more="verified: {on: 2025-10-01, by: bob}\nreview_after: 1y\n"), ["6:1 review-due"]),
        (entry("a", more="# lint: allow nonsense\n"), ["6:1 unknown-allowance"]),
        (entry("a", more="# lint: review-due\n"), ["6:1 unknown-allowance"]),
    ],
)
def test_what_is_found_in_one_entry(text, expected):
    assert said({"a": text, "b": entry("b")}) == [f"a.yaml:{each}" for each in expected]


@pytest.mark.parametrize(
    ("source", "severity"),
    [
        (LINK, None),
        ("http://[::1]:8080/x", None),
        ("https://xenbits.xen.org/gitweb/?p=xen.git;a=blob;f=SUPPORT.md", None),
        ("https://müller.example/ä", None),
        ("docs/misc/xl.txt", "warning"),
        ("www.example.org/page", "warning"),
        ("man: xl.cfg", "warning"),
        ("ftp://example.org/x", "error"),
        ("javascript:alert(1)", "error"),
        ("JavaScript://example.org/%0aalert(1)", "error"),
        ("data:text/html,x", "error"),
        ("file:///etc/passwd", "error"),
        ("https:///page", "error"),
        ("https://", "error"),
        ("https://bob@example.org/", "error"),
        ("https://example.org/a b", "error"),
        ("https://example.org:port/", "error"),
        ("https://exa<mple.org/", "error"),
    ],
)
def test_a_source_is_a_link_that_leads_to_a_page(source, severity):
    found = told({"a": entry("a", answers=answered(source))})
    assert [each.problem.severity for each in found] == ([severity] if severity else [])
    assert all(each.rule == "source-not-url" and each.problem.line == 6 for each in found)


def verified(name: str, version: str, applies: str = "", fresh: bool = False) -> str:
    answers = f"  - {{short: It is {name}., applies: {{{applies}}}}}"
    more = f"verified: {{on: 2026-10-01, by: bob, for: '{version}'}}\n" + (
        "review_after: 1y\n" if fresh else ""
    )
    return entry(name, answers=answers, more=more)


@pytest.mark.parametrize(
    ("version", "applies", "fresh", "overtaken"),
    [
        ("4.14", "xen: '>=4.10'", False, True),
        ("4.14", "", False, True),  # there is but one facet of versions
        ("4.14", "toolstack: xl", False, True),
        ("4.14", "xen: '<4.15'", False, False),
        ("4.19", "xen: '>=4.10'", False, False),
        ("4.19.2", "xen: '>=4.10'", False, False),
        ("4.18", "xen: '>=4.10'", False, True),
        ("4.18", "xen: '>=4.10'", True, False),  # one release may follow until the review is due
        ("4.17", "xen: '>=4.10'", True, True),
        ("soon", "xen: '>=4.10'", False, False),
    ],
)
def test_a_newer_release_overtakes_what_also_holds_for_it(version, applies, fresh, overtaken):
    found = told({"a": verified("a", version, applies, fresh), "b": verified("b", "4.19", "xen: '>=4.17'")})
    assert [each.rule for each in found] == ["overtaken"] * overtaken
    assert all("4.19" in each.suggestion and each.problem.place == "a.yaml:6:37" for each in found)


def test_the_newest_is_what_something_holds_for_or_was_verified_for():
    def of(*constraints: str) -> dict[str, str]:
        answers = (Answer("so", applies={"xen": constraints}),)
        return newest_named([Entry("a", ("q",), answers)])

    assert of(">=4.17", "<4.30") == {"xen": "4.17"}
    assert of(">4.17,<=4.19") == {"xen": "4.19"}
    assert of("xl") == {}
    files = {"a": verified("a", "4.14", "xen: '>=4.4'")}
    assert said(files) == []
    assert said(files, newest={"xen": "4.20"}) == ["a.yaml:6:37 overtaken"]


def test_facets_and_sections_are_looked_up_where_they_are_known():
    text = entry("a", answers="  - {short: So., applies: {xenn: '4.17'}}", more="section: TOOLZ\n")
    assert said({"a": text}) == []
    found = told({"a": text}, kinds=[FacetKind("xen")], sections=["TOOLS"])
    assert [each.rule for each in found] == ["unknown-facet", "unknown-section"]
    assert all("is meant" in each.suggestion for each in found)


def test_comments_allow_what_is_deliberate():
    text = entry("a", more="see: [a]  # lint: allow sees-itself\ntitle: Which knobs are there\n")
    assert said({"a": text}) == ["a.yaml:7:1 title-is-phrasing"]
    assert said({"a": "# lint: allow title-is-phrasing, sees-itself\n" + text}) == []
    # What merely looks like a comment is what somebody said.
    inside = "  - short: TODO\n    text: |\n      # lint: allow says-nothing\n      so"
    assert said({"a": entry("a", answers=inside)}) == ["a.yaml:5:5 says-nothing"]
    quoted = '  - short: "TODO"\n    text: "see # lint: allow says-nothing"'
    assert said({"a": entry("a", answers=quoted)}) == ["a.yaml:5:5 says-nothing"]


def test_rules_can_be_chosen():
    files = {"a": entry("a", more="see: [a, c]\n")}
    assert said(files, rules={"broken-see"}) == ["a.yaml:6:10 broken-see"]


def test_what_cannot_be_read_comes_with_what_to_do():
    long = "A first sentence. " + "x" * 300
    problem = Problem("a.yaml", 5, 5, "answers[0].short: must have at most 300 bytes, found 318; …")
    found = unfit(problem, {"answers": [{"short": long}]})
    assert (found.rule, found.suggestion) == (
        "short-too-long",
        "end it after `…A first sentence.`, and write the rest into `text`",
    )
    assert unfit(problem, {"answers": []}).suggestion.startswith("say it in one shorter sentence")
    assert unfit(Problem("a.yaml", 1, 1, "id: `a` is already that of b.yaml"), None).rule == "duplicate-id"
    assert unfit(Problem("a.yaml", 1, 1, "`id` is missing"), {"x": "y"}).rule == "invalid-entry"
    assert unfit(Problem("a.yaml", 1, 1, "the file is empty"), None).rule == "unreadable"


def test_every_rule_is_told_by_its_name():
    assert all(name == rule.name and name == name.lower() for name, rule in RULES.items())
    assert all(rule.finds and rule.why and rule.remedy for rule in RULES.values())
    assert {rule.severity for rule in RULES.values()} == set(Severity)
