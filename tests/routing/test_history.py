"""Logs as they stream in: whatever they hold, commits come out, and what was odd is told."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.past.history import MOST_SWEEPING, SWEEPING, Commit, History, Tally, gather
from routing.past.logs import (
    MOST_BODY,
    MOST_LINE,
    MOST_MESSAGE,
    MOST_PATHS,
    MOST_SUBJECT,
    MOST_TOKEN,
    lines_of,
    prose,
    read_git,
    read_log,
)

A, B, C = ("a" * 40, "b" * 40, "c" * 40)

LOG = f"""\
commit {A} 1752774889
    libxl: wait for the device model

    It takes longer than that on a slow disk.

    Fixes: 0123456789ab ("libxl: do not wait")
    Signed-off-by: Alice Placeholder <alice@example.org>


tools/libs/light/libxl_dm.c
tools/libs/light/libxl_internal.h

commit {B} 1752774000
    Merge branch 'staging'


commit {C} 1752773000
    docs: say how


docs/INSTALL
"""


def read(text: str | bytes) -> tuple[list[Commit], Tally]:
    tally = Tally()
    content = text if isinstance(text, bytes) else text.encode()
    return list(read_log(lines_of([content]), tally)), tally


def commit(number: int, *paths: str, at: int | None = None) -> Commit:
    return Commit(f"{number:040x}", number if at is None else at, f"change {number}", "", paths or ("a.c",))


def test_a_log_becomes_commits_without_trailers() -> None:
    commits, tally = read(LOG)
    assert commits == [
        Commit(
            A,
            1752774889,
            "libxl: wait for the device model",
            "It takes longer than that on a slow disk.",
            ("tools/libs/light/libxl_dm.c", "tools/libs/light/libxl_internal.h"),
        ),
        Commit(B, 1752774000, "Merge branch 'staging'", "", ()),
        Commit(C, 1752773000, "docs: say how", "", ("docs/INSTALL",)),
    ]
    assert not tally.odd
    assert not tally.undecodable


def test_lines_may_be_text_and_end_as_they_do_elsewhere() -> None:
    assert list(read_log(LOG.splitlines(keepends=True), Tally())) == read(LOG)[0]
    assert read(LOG.replace("\n", "\r\n"))[0] == read(LOG)[0]


@pytest.mark.parametrize("length", [1, 2, 7, 64])
def test_pieces_may_be_cut_anywhere(length: int) -> None:
    content = LOG.encode()
    pieces = [content[at : at + length] for at in range(0, len(content), length)]
    assert list(read_log(lines_of(pieces), Tally())) == read(LOG)[0]


def test_what_is_odd_is_counted_and_its_first_line_told() -> None:
    text = f"From alice\n\ncommit nonsense\n{LOG}\n    a message where none can be\n"
    commits, tally = read(text)
    assert [each.id for each in commits] == [A, B, C]
    assert (tally.odd, tally.first_odd) == (3, 1)


def test_bytes_that_are_no_utf_8_are_replaced_and_told() -> None:
    commits, tally = read(f"commit {A} 5\n    caf".encode() + b"\xe9 au lait\n\n\ndocs/caf\xe9.txt\n")
    assert commits == [Commit(A, 5, "caf� au lait", "", ("docs/caf�.txt",))]
    assert (tally.undecodable, tally.first_undecodable) == (2, 2)


def test_a_path_that_git_quoted_is_what_it_was() -> None:
    commits, _ = read(f'commit {A} 5\n    x\n\n\n"docs/na\\303\\257ve \\"x\\".txt"\n"half\n')
    assert commits[0].paths == ('docs/naïve "x".txt', '"half')


def test_a_path_twice_is_one_path() -> None:
    assert read(f"commit {A} 5\n    x\n\na.c\na.c\nb.c\n")[0][0].paths == ("a.c", "b.c")


def test_terminals_are_not_told_what_to_do() -> None:
    assert read(f"commit {A} 5\n    red \x1b[31m and \x9b0m\n\na.c\n")[0][0].subject == "red [31m and 0m"


def test_what_was_pasted_stays_to_its_beginning() -> None:
    trace = [f"(XEN)    [<ffff82d04020{each:04x}>] R function_{each}+0x1/0x2" for each in range(30)]
    said = prose(["It crashes:", "", *trace, "", "since the lock is not held."])
    assert said.startswith("It crashes: (XEN) [<ffff82d040200000>]")
    assert "function_3" in said
    assert "function_4" not in said
    assert said.endswith("since the lock is not held.")


def test_a_quoted_diff_does_not_stay() -> None:
    diff = ["diff --git a/x.c b/x.c", "index 0123456..789abcd 100644", "--- a/x.c", "+++ b/x.c"]
    hunk = ["@@ -1,3 +1,3 @@", " int x;", "-int y;", "+int z;"]
    assert prose(["Before", *diff, *hunk, "After it."]) == "Before After it."


def test_a_long_body_ends_between_words() -> None:
    said = prose(["word " * 300])
    assert MOST_BODY - 5 <= len(said) <= MOST_BODY
    assert said.endswith("word")


@pytest.mark.parametrize(
    "line",
    [
        "Signed-off-by: Alice <alice@example.org>",
        "Release-Acked-By: Bob <bob@example.org>",
        "CC: Carol <carol@example.org>",
        "Fixes: 0123456789ab (x)",
        "(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)",
        "git-svn-id: x@1",
        "master date: 2020-01-01",
    ],
)
def test_trailers_do_not_stay(line: str) -> None:
    assert prose(["It works.", line]) == "It works."


# --- what git writes with -z ----------------------------------------------------------------------------


def git_output(*tokens: str) -> bytes:
    return "".join(f"{token}\0" for token in tokens).encode()


def test_what_git_writes_becomes_commits_with_renames() -> None:
    content = git_output(
        *(f"commit {A} 9", "tools: move it\n\nTo where it belongs.\n", "\nR086", "old.c", "lib/new.c"),
        *("M", "Makefile", "D", "gone.c", f"commit {B} 8", "nothing\n", "", f"commit {C} 7", "more\n"),
        *("", "\nA", "commit of mine"),
    )
    for length in (1, 5, 1000):
        tally = Tally()
        pieces = [content[at : at + length] for at in range(0, len(content), length)]
        assert list(read_git(pieces, tally)) == [
            Commit(
                *(A, 9, "tools: move it", "To where it belongs.", ("lib/new.c", "Makefile", "gone.c")),
                (("old.c", "lib/new.c"),),
            ),
            Commit(B, 8, "nothing", "", ()),
            Commit(C, 7, "more", "", ("commit of mine",)),
        ]
        assert not tally.odd


def test_a_message_cannot_pass_for_a_commit_nor_a_path_for_a_change() -> None:
    content = git_output(f"commit {A} 9", f"commit {B} 9", "\nM", f"commit {C} 9", "M", "R100")
    (only,) = read_git([content], Tally())
    assert only.paths == (f"commit {C} 9", "R100")


def test_what_git_was_cut_off_in_is_odd() -> None:
    tally = Tally()
    (only,) = read_git([git_output(f"commit {A} 9", "x", "\nR100", "old.c")], tally)
    assert only.paths == ()
    assert tally.odd == 1


# --- any bytes ------------------------------------------------------------------------------------------

LINES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [f"commit {A} 1", f"commit {A} {10**30}", "commit", "    x", "  x", "", "p/q", '"\\777"']
    ).map(str.encode),
)


def is_bounded(commits: Iterable[Commit]) -> bool:
    return all(
        len(each.subject) <= MOST_SUBJECT
        and len(each.body) <= MOST_BODY
        and len(each.paths) <= MOST_PATHS
        and all(0 < len(path) <= MOST_LINE for path in each.paths)
        and 0 <= each.at < 2**40
        for each in commits
    )


@given(st.lists(LINES, max_size=30).map(b"\n".join))
def test_any_lines_can_be_read(content: bytes) -> None:
    commits, tally = read(content)
    assert is_bounded(commits)
    assert (tally.odd > 0) == (tally.first_odd > 0)


@given(st.lists(LINES, max_size=30).map(b"\0".join))
def test_anything_git_might_write_can_be_read(content: bytes) -> None:
    assert is_bounded(read_git([content], Tally()))


@given(st.lists(st.text(), max_size=20))
def test_any_text_can_be_read(lines: list[str]) -> None:
    assert is_bounded(read_log(lines, Tally()))


def test_a_line_without_end_is_held_to_its_beginning() -> None:
    endless = (b"x" * 65_536 for _ in range(50))
    assert [len(line) for line in lines_of(endless)] == [MOST_TOKEN]


def test_what_is_too_much_of_one_commit_is_left_out() -> None:
    message = "".join(f"    line {each}\n" for each in range(3 * MOST_MESSAGE))
    paths = "".join(f"dir/{each}\n" for each in range(2 * MOST_PATHS))
    (only,) = read(f"commit {A} 5\n{message}\n{paths}{'x' * 10_000}\n")[0]
    assert is_bounded([only])
    assert len(only.paths) == MOST_PATHS


# --- what is kept ---------------------------------------------------------------------------------------


def test_what_says_nothing_or_everything_is_no_evidence() -> None:
    tally = Tally()
    sweeping = commit(3, *(f"{each}.c" for each in range(SWEEPING + 1)))
    merge = Commit("d" * 40, 2, "Merge", "", ())
    history = gather([sweeping, merge, commit(1)], tally)
    assert [each.subject for each in history.commits] == ["change 1"]
    assert [(each.subject, len(each.paths)) for each in history.sweeping] == [("", SWEEPING + 1)]
    assert (tally.read, tally.kept, tally.without_paths, tally.sweeping) == (3, 1, 1, 1)
    assert history.newest == sweeping.id
    assert [each.at for each in history.everything()] == [3, 1]


@given(st.permutations(range(20)), st.integers(1, 25))
def test_the_newest_are_kept_in_whatever_order_they_come(order: list[int], most: int) -> None:
    tally = Tally()
    history = gather((commit(each) for each in order), tally, most=most)
    assert [each.at for each in history.commits] == list(range(19, -1, -1))[:most]
    assert tally.kept + tally.older == 20


def test_what_is_known_is_not_there_twice() -> None:
    known = gather([commit(2), commit(1)], Tally(), source="a log")
    tally = Tally()
    history = gather([commit(3), commit(2)], tally, known)
    assert [each.at for each in history.commits] == [3, 2, 1]
    assert (tally.known, history.source, history.newest) == (1, "a log", commit(3).id)
    assert gather([], Tally(), known) == known


def test_so_many_that_sweep_are_kept_and_no_more() -> None:
    paths = [f"{each}.c" for each in range(SWEEPING + 1)]
    history = gather((commit(each, *paths) for each in range(3 * MOST_SWEEPING)), Tally())
    assert len(history.sweeping) == MOST_SWEEPING
    assert history.sweeping[0].at == 3 * MOST_SWEEPING - 1


def test_nothing_is_a_history_too() -> None:
    assert gather([], Tally()) == History()
