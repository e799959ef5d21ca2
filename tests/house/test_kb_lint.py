"""`pkgdesk kb lint`: in the folder of a base and nothing else, as its continuous integration runs it."""

import json
from datetime import date
from pathlib import Path

import pytest

from bot.checking.examination import check_alone
from bot.cli import exit_code
from bot.linting.before_publishing import checker
from bot.linting.looking import chosen
from bot.publishing.base import NotPublished
from knowledge.entry import Answer, Entry
from knowledge.index import Index
from knowledge.lint.rules import RULES

TODAY = date(2026, 11, 23)

WELL = """\
id: seabios
phrasings:
  - where does SeaBIOS come from
answers:
  - short: From the distribution, where it is configured so.
    source: https://example.org/INSTALL
"""

ILL = """\
id: qemu
phrasings:
  - which QEMU is built
answers:
  - short: Ask bob@company.org about it.
    source: docs/qemu.txt
see: [nowhere]
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PKGDESK_CONFIG", raising=False)
    (tmp_path / "seabios.yaml").write_text(WELL)
    return tmp_path


def test_a_base_that_is_well_passes_without_any_configuration(base, capsys):
    assert exit_code(["kb", "lint"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("pkgdesk: .: all is well; 1 entry read in ")


def test_each_complaint_is_one_line_with_place_and_what_to_do(base, capsys):
    (base / "qemu.yaml").write_text(ILL)
    assert exit_code(["kb", "lint", str(base)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["qemu.yaml:5:16", "qemu.yaml:6:5", "qemu.yaml:7:7"]
    assert lines[2] == (
        "qemu.yaml:7:7: error: see: there is no entry `nowhere`; write the id of an entry that is there, or "
        "take it out [broken-see]"
    )


def test_files_that_are_no_entries_are_complained_of_by_the_same_command(base, capsys):
    (base / "long.yaml").write_text(WELL.replace("seabios", "long").replace("From", "From " + "x" * 300))
    (base / "torn.yaml").write_text("id: [torn\npassword=hunter2\n")
    (base / "wrong.yaml").write_text("id: wrong\nphrasings: []\nanswers: []\nsee: [gone]\n")
    (base / "entry.yml").write_text(WELL)
    assert exit_code(["kb", "lint", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    told = [(each["file"], each["line"], each["rule"], each["severity"]) for each in found]
    assert ("entry.yml", 1, "unreadable", "warning") in told
    assert ("long.yaml", 5, "short-too-long", "error") in told
    assert ("torn.yaml", 2, "secret", "error") in told
    assert [rule for file, _, rule, _ in told if file == "torn.yaml"].count("unreadable") == 1
    assert [rule for file, _, rule, _ in told if file == "wrong.yaml"] == [
        *("invalid-entry", "invalid-entry", "broken-see")
    ]
    assert all(each["suggestion"] and set(each) == KEYS for each in found)


KEYS = {"file", "line", "column", "rule", "severity", "message", "suggestion"}


def test_a_second_file_with_the_same_id(base, capsys):
    (base / "more").mkdir()
    (base / "more" / "seabios.yaml").write_text(WELL)
    assert exit_code(["kb", "lint"]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.endswith("rename id and file, or make one entry of the two [duplicate-id]")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--only", "broken-see"], 1),
        (["--ignore", "broken-see"], 1),
        (["--ignore", "broken-see", "--ignore", "email-address"], 0),
        (["--ignore", "broken-see", "--ignore", "email-address", "--strict"], 1),
        (["--only", "near-duplicate"], 0),
    ],
)
def test_rules_are_chosen_and_warnings_may_count(base, arguments, code):
    (base / "qemu.yaml").write_text(ILL)
    assert exit_code(["kb", "lint", *arguments]) == code


def test_a_name_that_is_no_rule(base, capsys):
    assert exit_code(["kb", "lint", "--only", "near-duplicates"]) == 2
    assert "there is no rule `near-duplicates`, did you mean `near-duplicate`?" in capsys.readouterr().err
    assert chosen((), ["secret"]) == RULES.keys() - {"secret"}


def test_annotations_for_a_pull_request(base, capsys):
    (base / "qemu.yaml").write_text(ILL)
    assert exit_code(["kb", "lint", "--format", "github", "--only", "source-not-url"]) == 0
    assert capsys.readouterr().out == (
        "::warning file=qemu.yaml,line=6,col=5,title=pkgdesk%3A source-not-url::answers[0].source: "
        "`docs/qemu.txt` is no URL; write the address of a page that says the same, or say it in `text`\n"
    )
    assert exit_code(["kb", "lint", "--format", "github", "--json"]) == 2
    (base / "qemu.yaml").write_text(
        (base / "qemu.yaml").read_text().replace("docs/qemu.txt", '"a%0A::error::b"')
    )
    exit_code(["kb", "lint", "--format", "github", "--only", "source-not-url"])
    assert "`a%250A::error::b` is no URL" in capsys.readouterr().out


def test_a_folder_without_entries_and_one_that_is_not_there(base, capsys):
    (base / "empty").mkdir()
    assert exit_code(["kb", "lint", "empty"]) == 1
    assert exit_code(["kb", "lint", "nowhere"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert "holds no entry" in first
    assert "there is no such folder; name the folder that holds the entries" in second


def test_every_rule_is_explained(base, capsys):
    assert exit_code(["kb", "lint", "--rules"]) == 0
    out = capsys.readouterr().out
    assert all(f"{name} (" in out for name in RULES)
    assert exit_code(["kb", "lint", "--rules", "--json"]) == 0
    assert [each["rule"] for each in json.loads(capsys.readouterr().out)] == list(RULES)


def test_what_a_file_says_is_spelled_out_where_it_is_not_printable(base, capsys):
    (base / "seabios.yaml").write_text(WELL.replace("https://example.org/INSTALL", '"x\\e[31m"'))
    assert exit_code(["kb", "lint"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_check_tells_what_lint_finds_beside_what_reading_does(base):
    (base / "qemu.yaml").write_text(ILL)
    found = check_alone(base, TODAY).problems
    assert [each.message.rpartition(" [")[2] for each in found if each.message.endswith("]")] == [
        *("email-address]", "source-not-url]")
    ]
    assert sum("there is no entry `nowhere`" in each.message for each in found) == 1
    alone = check_alone(base / "qemu.yaml", TODAY).problems
    assert [each.message.rpartition(" [")[2] for each in alone] == ["email-address]", "source-not-url]"]


def test_a_configuration_is_heeded_as_far_as_it_can_be_read(base, capsys):
    (base / "config.yaml").write_text("facets: {xen: {words: [hypervisor]}}\nknowledge: entries\n")
    (base / "entries").mkdir()
    text = WELL.replace("  - short", "  - applies: {xem: '4.17'}\n    short")
    (base / "entries" / "seabios.yaml").write_text(text)
    assert exit_code(["kb", "lint"]) == 1
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith("entries/seabios.yaml:5:15: error: applies: no facet `xem` is declared")
    (base / "config.yaml").write_text("[")
    assert exit_code(["kb", "lint", "entries"]) == 0
    assert "not compared" in capsys.readouterr().err


def test_what_lint_finds_wrong_is_not_published():
    index = Index.build([Entry("boot", ("how to boot",), (Answer("So."),))])
    check = checker(lambda: index, lambda: None, lambda: TODAY)
    check(WELL, Path("/somewhere/seabios.yaml"))
    check(WELL.replace("https://example.org/INSTALL", "INSTALL"), Path("/somewhere/seabios.yaml"))
    with pytest.raises(NotPublished) as refused:
        check(ILL, Path("/somewhere/qemu.yaml"))
    assert refused.value.why.startswith("lint refuses qemu.yaml, line 5: this looks like the e-mail address")
    assert not refused.value.conflict
