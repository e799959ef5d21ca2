"""CODEOWNERS files, by GitHub's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import DocumentError, Severity
from routing.answers import answer
from routing.formats.codeowners import LARGEST, OwnersPattern, parse
from routing.tree import Tree

SAMPLE = """\
# everything
*           @example/everybody
*.md        @writers    # prose
/docs/      bob@example.org @alice
/docs/drafts/
apps/
"""


def owners(text: str, path: str) -> list[str]:
    return [each.section for each in parse(text, "CODEOWNERS").built().owning(path)]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("main.c", ["*"]),
        ("src/README.md", ["*.md"]),
        ("docs/README.md", ["/docs/"]),
        ("src/docs/a.c", ["*"]),
        ("docs/drafts/a.txt", []),
        ("src/apps/a.md", []),
    ],
)
def test_the_last_line_that_matches_decides(path: str, found: list[str]) -> None:
    assert owners(SAMPLE, path) == found


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("*.js", ["x.js", "a/x.js"], ["x.jsx"]),
        ("/docs/", ["docs/a", "docs/a/b"], ["docs", "x/docs/a"]),
        ("docs/*", ["docs/a"], ["docs/a/b", "x/docs/a"]),
        ("apps/", ["apps/a", "x/apps/b/c"], ["apps"]),
        ("/apps/github", ["apps/github", "apps/github/x"], ["apps/githubx", "x/apps/github"]),
        ("**/logs", ["logs", "a/logs", "a/logs/b"], ["logsx"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["ab"]),
        ("a?c", ["abc", "x/abc"], ["ac", "a/c"]),
        ("foo\\ bar", ["foo bar"], ["foo"]),
        ("Makefile", ["Makefile", "a/b/Makefile"], ["makefile"]),
    ],
)
def test_patterns(text: str, yes: list[str], no: list[str]) -> None:
    pattern = OwnersPattern(text)
    assert [path for path in yes if not pattern.matches(path)] == []
    assert [path for path in no if pattern.matches(path)] == []


@given(st.text("ab/*?.\\ ", min_size=1, max_size=12), st.text("ab/.", max_size=20))
def test_no_pattern_raises_but_when_it_is_read(text: str, path: str) -> None:
    try:
        pattern = OwnersPattern(text)
    except ValueError:
        return
    if pattern.matches(path):
        assert path.split("/")[: len(pattern.trunk)] == list(pattern.trunk)
    pattern.ends_like(path)


def test_who_is_told() -> None:
    found = answer(parse(SAMPLE, "CODEOWNERS").built(), "docs/a")
    assert [str(each) for each in found.people] == [
        "bob@example.org (maintainer:/docs/)",
        "@alice (maintainer:/docs/)",
    ]


def test_a_directory_is_known_by_the_tree() -> None:
    of = parse(SAMPLE, "CODEOWNERS", tree=Tree.of(["docs/a", "x"])).built()
    assert [each.section for each in of.owning("docs")] == ["/docs/"]


def test_people_teams_and_the_rest() -> None:
    of = parse(SAMPLE, "CODEOWNERS").built()
    assert {who: person.name for who, person in of.people.items()} == {
        "example-everybody": "@example/everybody",
        "writers": "@writers",
        "bob": "bob@example.org",
        "alice": "@alice",
    }
    assert of.rest == "*"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("!docs/ @a", "cannot be negated"),
        ("\\#docs @a", "cannot begin with `#`"),
        ("[ab]/x @a", "has no `[ ]`"),
        ("docs/ alice", "`alice` is no owner"),
        ("/ @a", "matches nothing"),
    ],
)
def test_what_github_passes_over_is_a_warning(line: str, said: str) -> None:
    found = parse(f"* @a\n{line}\n", "CODEOWNERS")
    (problem,) = found.problems
    assert (problem.line, problem.severity, said in problem.message) == (2, Severity.WARNING, True)
    assert list(found.built().sections) == ["*"]


@pytest.mark.parametrize("line", ["[Docs]", "^[Docs][2]", "[Docs and more]"])
def test_gitlabs_sections_are_refused_clearly(line: str) -> None:
    (problem,) = parse(f"* @a\n{line}\n/x @b\n[Rest]\n", "CODEOWNERS").errors
    assert (problem.line, "GitLab" in problem.message) == (2, True)


def test_escapes_in_a_pattern_are_none_for_a_terminal() -> None:
    found = parse("a\x1b[31m/ @a\nb\x9b @b\n", "CODEOWNERS")
    assert all(each.message.isprintable() for each in found.problems)
    assert list(found.built().sections) == ["b\ufffd"]


def test_a_file_that_github_does_not_take() -> None:
    with pytest.raises(DocumentError, match="larger than 3,000,000 bytes"):
        parse("#" * (LARGEST + 1), "CODEOWNERS")


def test_two_lines_of_one_pattern_are_two_sections() -> None:
    assert owners("/a/ @x\n/a/ @y\n", "a/b") == ["/a/ (2)"]
