"""`pkgdesk kb report`: its figures, its table, and its page as a browser reads it."""

import asyncio
import html
import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import exit_code
from bot.desk.effects import SaveQuestion
from bot.desk.model import Question, Speaker, State
from bot.reporting import page, plots, telling
from bot.reporting.steps import steps
from bot.reporting.values import Report, Week, report
from bot.store.store import Store
from bot.usage import End, Told, Usage, Waiting
from knowledge.drafts import DraftState
from knowledge.entry import Answer, Entry, Verified
from knowledge.naming import FacetKind
from routing.presence import Venue, Visibility

TODAY = date(2026, 11, 23)  # a Monday
BROWSER = shutil.which("chromium")
HOSTILE = "<script>document.title='owned'</script> \"' & --> </style><img src=x onerror=alert(1)>"
FROM_THE_RIGHT = "איך בונים"


def entry(name: str, section: str = "", days: int | None = None, **changes: object) -> Entry:
    """One that was verified so many days ago, for a year."""
    verified = None if days is None else Verified(TODAY - timedelta(days=days), "alice")
    after = None if days is None else timedelta(days=365)
    values = {"phrasings": (f"how {name}",), "answers": (Answer("so"),)} | changes
    return Entry(name, section=section, verified=verified, review_after=after, **values)


def answers(*constraints: str) -> dict[str, object]:
    return {"answers": tuple(Answer("so", applies={"xen": (each,)} if each else {}) for each in constraints)}


ENTRIES = (
    entry("a", "TOOLS", 10, **answers(">=4.18")),
    entry("b", "tools", 400, **answers(">=4.17,<4.19", "<4.17")),
    entry("c", "DOCS", None),
    entry("d", "", 100, phrasings=(HOSTILE,), title=FROM_THE_RIGHT),
)
USAGE = Usage(
    datetime(2026, 9, 1, tzinfo=UTC),
    {date(2026, 11, 9): {End.BASE: 3, End.PEOPLE: 1}, TODAY: {End.NOBODY: 1, End.OPEN: 1}},
    {"TOOLS": {End.BASE: 3}, "": {End.PEOPLE: 1, End.NOBODY: 1, End.OPEN: 1}},
    {"a": Told(3, 2, 1, 1), "d": Told(2, 1, 0, 4), "gone": Told(1, 0, 1, 0)},
    {DraftState.QUEUED: 1, DraftState.PUBLISHED: 4},
    (Waiting(12, HOSTILE, True, datetime(2026, 11, 20, tzinfo=UTC)),),
)


def made(usage: Usage | None = USAGE) -> Report:
    kinds = (FacetKind("xen"),)
    return report(ENTRIES, kinds=kinds, sections=["TOOLS", "ARM"], usage=usage, today=TODAY)


def test_what_is_in_the_base():
    found = made(None)
    assert (found.entries, found.phrasings, found.answers) == (4, 4, 5)
    sections = [(s.name, s.entries, s.stale, s.unverified, s.known) for s in found.sections]
    assert sections == [
        ("TOOLS", 2, 1, 0, True),
        ("", 1, 0, 0, True),
        ("DOCS", 1, 0, 1, False),
        ("ARM", 0, 0, 0, True),
    ]
    assert [(stale.id, stale.due) for stale in found.stale] == [("b", TODAY - timedelta(days=35))]
    assert found.unverified == ("c",)
    assert [count for _, count in found.ages] == [1, 1, 0, 1, 0, 1]
    [xen] = found.facets
    assert xen.values == ("4.17", "4.18", "4.19")
    assert xen.rows == (("TOOLS", 0, (1, 2, 1)), ("", 1, (0, 0, 0)), ("DOCS", 1, (0, 0, 0)))


def test_how_it_is_used():
    found = made()
    assert [(used.id, used.there) for used in found.used] == [("a", True), ("d", True), ("gone", False)]
    assert found.never == ("b", "c")
    assert found.coverage == 3 / 5
    assert telling.headline(found)[1][:2] == ("3 of 5", "answered by the base")
    many = Usage(USAGE.since, {TODAY: {End.BASE: 7, End.PEOPLE: 3, End.OPEN: 90}})
    assert telling.headline(made(many))[1][0] == "70 %"
    assert found.weeks == (
        Week(date(2026, 11, 9), {End.BASE: 3, End.PEOPLE: 1}),
        Week(date(2026, 11, 16), {}),
        Week(TODAY, {End.NOBODY: 1, End.OPEN: 1}),
    )
    assert [used.id for used in telling.most(found.used, "confirmed")] == ["d", "a"]
    assert found.sections[0].questions == 3


def test_a_week_is_that_of_its_monday_and_ages_and_reviews_end_with_their_day() -> None:
    thursday = TODAY + timedelta(days=3)
    found = report(ENTRIES, kinds=(), sections=None, usage=USAGE, today=thursday)
    assert [week.monday for week in found.weeks][-1] == TODAY
    aged = [entry(f"n{days}", "", days) for days in (91, 92, 730, 731)]
    found = report(aged, kinds=(), sections=None, usage=None, today=TODAY)
    assert [count for _, count in found.ages] == [1, 1, 0, 1, 1, 0]
    due = report([entry("d", "", 365), entry("e", "", 364)], kinds=(), sections=None, usage=None, today=TODAY)
    assert [stale.id for stale in due.stale] == ["d"]


def test_of_many_versions_the_newest_are_told_apart_and_old_weeks_are_left_out() -> None:
    many = [entry(f"v{number}", **answers(f"4.{number}")) for number in range(14)]
    usage = Usage(USAGE.since, {TODAY - timedelta(weeks=600): {End.BASE: 1}, TODAY: {End.BASE: 1}})
    found = report(many, kinds=(), sections=None, usage=usage, today=TODAY)
    assert found.facets[0].values == tuple(f"4.{number}" for number in range(2, 14))
    assert len(found.weeks) == 520


def test_a_scale_ends_where_its_quarters_are_easily_read_and_few_are_told_from_none() -> None:
    tops = {most: plots._rounded_up(most) for most in (0, 1, 4, 5, 24, 25, 200, 201, 2001)}
    assert tops == {0: 4, 1: 4, 4: 4, 5: 8, 24: 24, 25: 32, 200: 200, 201: 240, 2001: 2400}
    assert [plots._shade(count, 100) for count in (0, 1, 25, 100)] == [0, 1, 3, 6]


def test_a_long_list_is_unfolded_and_cut_off_with_a_word() -> None:
    many = [entry(f"e{number:03}") for number in range(page.MOST + 2)]
    told = {each.id: Told(1, 0, 0, 0) for each in many}
    text = page.page(
        report(many, kinds=(), sections=None, usage=Usage(USAGE.since, entries=told), today=TODAY)
    )
    assert "<summary>190 more</summary>" in text
    assert "and 2 more, which --json has" in text
    few = page.page(report(many[:30], kinds=(), sections=None, usage=None, today=TODAY))
    assert "<summary>30 entries</summary>" not in few


def test_what_to_do_next_begins_with_what_helps_askers() -> None:
    found = [(each.kind, each.count, each.names, each.command) for each in steps(made())]
    assert found == [
        ("review-drafts", 1, (), "pkgdesk kb drafts"),
        ("fill-gaps", 2, (), "pkgdesk kb gaps"),
        ("check-again", 1, ("b",), "pkgdesk kb edit b"),
        ("verify", 1, ("c",), "pkgdesk kb edit c"),
    ]
    told = {"a": Told(4, 1, 1, 0), "b": Told(9, 0, 2, 0), "d": Told(8, 1, 2, 0), "gone": Told(9, 0, 9, 0)}
    sections = {"TOOLS": {End.PEOPLE: 1}, "ARM": {End.NOBODY: 2}, "DOCS": {End.BASE: 4}}
    weeks = {TODAY: {End.PEOPLE: 1, End.NOBODY: 2, End.BASE: 4}}
    found = [(each.kind, each.names) for each in steps(made(Usage(USAGE.since, weeks, sections, told)))]
    assert found[:2] == [("mend-refused", ("d",)), ("fill-gaps", ("ARM", "TOOLS"))]


def test_in_a_base_that_is_well_there_is_nothing_to_do_and_an_empty_one_wants_an_entry() -> None:
    well = report([ENTRIES[0]], kinds=(), sections=None, usage=None, today=TODAY)
    assert steps(well) == ()
    assert "Nothing: no draft waits" in page.page(well)
    [step] = steps(report([], kinds=(), sections=None, usage=None, today=TODAY))
    assert (step.kind, step.command) == ("begin", "pkgdesk kb add")


def test_a_remark_is_no_new_entry() -> None:
    kinds = [Waiting(1, "a", *each).kind for each in ((True, TODAY), (False, TODAY), (False, TODAY, True))]
    assert kinds == ["a new entry", "", "a remark"]


def test_sections_without_anything_are_named_in_a_line() -> None:
    assert "Nothing there, and nothing asked: <bdi>ARM</bdi>." in page.page(made())


CONFIG = """
knowledge: base
map: map.yaml
model: no
networks: {libera: {host: irc.example.org, nick: example-desk, channels: ["#xen"]}}
"""
MAP = "people: {bob: {accounts: {libera: bob}}}\nsections: {DOCS: {maintainers: [bob]}}\nrest: DOCS\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "one.yaml").write_text("id: one\nphrasings: [why]\nanswers: [{short: so}]\n")
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_database_it_is_the_base_alone(place, capsys):
    assert exit_code(["kb", "report"]) == 0
    out, err = capsys.readouterr()
    assert "of the base alone: there is no database" in err
    assert re.search(r"1 +entry +1 phrasing, 1 answer", out)
    assert "never verified\n one" in out
    assert "questions" not in out
    assert not (place / "pkgdesk.sqlite").exists()


async def fill(database: Path) -> None:
    """A desk is running, and something private was asked."""
    store = await Store.open(f"sqlite:///{database}")
    bob, venue = Speaker("libera", "bob", "bob", "s"), Venue("libera", "bob", Visibility.PRIVATE)
    at = datetime.now(UTC) - timedelta(days=1)
    asked = Question(1, venue, bob, "how to hide it", at, None, State.ANSWERED, entries=("one",), ended_at=at)
    await store.commit("e", at, [SaveQuestion(asked)])
    assert exit_code(["kb", "report"]) == 0
    assert exit_code(["kb", "report", "--json"]) == 0
    await store.close()


def test_beside_a_running_desk_it_tells_numbers_and_no_words(place, capsys):
    asyncio.run(fill(place / "pkgdesk.sqlite"))
    out = capsys.readouterr().out
    table, _, data = out.partition("\n{")
    assert re.search(r"1 of 1 +answered by the base", table)
    assert "hide" not in out
    found = json.loads("{" + data)
    assert found["questions"] == {"base": 1, "people": 0, "nobody": 0, "open": 0}
    assert found["used"][0] == {
        "entry": "one", "in_base": True, "asked": 1, "answered": 1, "confirmed": 0, "refused": 0
    }  # fmt: skip


def test_a_page_is_not_written_over_unless_asked_to(place, capsys):
    assert exit_code(["kb", "report", "--html", "report.html"]) == 0
    written = (place / "report.html").read_text()
    assert written.startswith("<!DOCTYPE html>")
    assert exit_code(["kb", "report", "--html", "report.html"]) == 2
    assert (
        "report.html is there already: name another file, or replace it with --force"
        in capsys.readouterr().err
    )
    assert exit_code(["kb", "report", "--html", "report.html", "--force"]) == 0
    assert exit_code(["kb", "report", "--html", "base"]) == 2
    assert exit_code(["kb", "report", "--html", "nowhere/report.html"]) == 2
    assert exit_code(["kb", "report", "--html", "x.html", "--json"]) == 2
    assert sorted(each.name for each in place.iterdir()) == ["base", "config.yaml", "map.yaml", "report.html"]


def test_whatever_an_entry_says_is_text_on_the_page():
    text = page.page(made())
    assert "<script" not in text
    assert "<img" not in text
    assert html.escape(HOSTILE) in text
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src &#x27;none&#x27;" in text
    assert " style=" not in text


def test_a_page_of_a_base_without_questions_says_so():
    assert "this is the base alone" in page.page(made(None))
    assert "Nothing was asked yet." in page.page(made(Usage(USAGE.since)))


@pytest.mark.skipif(BROWSER is None, reason="there is no chromium here (apt-get install chromium)")
def test_a_browser_reads_the_page_and_runs_nothing(tmp_path):
    (tmp_path / "report.html").write_text(page.page(made()))
    done = subprocess.run(
        [
            BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            f"--user-data-dir={tmp_path / 'profile'}", "--enable-logging=stderr", "--dump-dom",
            f"file://{tmp_path / 'report.html'}",
        ],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )  # fmt: skip
    assert "CONSOLE" not in done.stderr  # where the browser says what a policy kept it from
    assert "<title>The knowledge base on 2026-11-23</title>" in done.stdout
    assert "<script" not in done.stdout
    assert "<img" not in done.stdout
    # Neither was an element left open that the others would have ended up in.
    assert done.stdout.count("<rect") == page.page(made()).count("<rect")
    assert re.search(r"<footer>[^<]*</footer>\s*</body>", done.stdout)
