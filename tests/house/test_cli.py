"""The command line: results on standard output, one clear line on standard error, exit codes for scripts."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nursery
import pytest

from bot import command_line
from bot.cli import exit_code
from bot.desk.vocabulary import refused

ENTRY = """\
id: system-qemu
phrasings:
  - How do I build the tools without cloning QEMU?
answers:
  - applies: {xen: ">=4.4"}
    short: "Configure with `--with-system-qemu`; [bold]nothing[/bold] is fetched then."
    source: https://example.org/INSTALL
section: QEMU
verified: {on: 2026-10-01, by: bob, for: "4.20"}
"""

MAP = """\
people:
  bob: {name: Bob Placeholder, accounts: {libera: bob}}
  carol: {accounts: {libera: carol}, pings: "off"}
  dave: {accounts: {libera: dave}, pings: private}
sections:
  QEMU:
    maintainers: [carol, bob, dave]
    keywords: [qemu, device model]
mail: devel@lists.example.org
"""

CONFIG = """\
networks:
  libera:
    host: 127.0.0.1
    port: 1
    tls: no
    nick: desk
    channels: ["#packagers"]
desk:
  operators: {libera: [bob]}
facets:
  xen: {bare: yes}
knowledge: base
map: map.yaml
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration, a base of one entry and a map, which is the current one."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "system-qemu.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without anything, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def pkgdesk(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, whose output does not go to a terminal."""
    return nursery.ran(*arguments, env={**os.environ, **more})


# --- ask and route ------------------------------------------------------------------------------------


def test_a_known_question_is_answered_with_version_and_source(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["ask", "how to build the tools without cloning qemu on 4.18?"]) == command_line.OK
    said = capsys.readouterr()
    assert said.out.startswith("Configure with `--with-system-qemu`; [bold]nothing[/bold] is fetched then.\n")
    assert "for xen ≥ 4.4 · https://example.org/INSTALL · verified 2026-10-01 by bob" in said.out
    assert "system-qemu" in said.out
    assert said.err == ""


def test_an_unknown_question_is_no_success(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["ask", "which colour has the pope's hat"]) == command_line.NOT_FOUND
    assert "does not answer this" in capsys.readouterr().out


def test_only_what_the_desk_would_offer_is_offered(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "base" / "other.yaml").write_text(
        "id: other\nphrasings: [where are the release notes of the tools kept?]\nanswers: [{short: There.}]\n"
    )
    (here / "config.yaml").write_text(CONFIG.replace("desk:\n", "desk:\n  answer_at: 1.0\n  offer_at: 0.5\n"))
    assert exit_code(["ask", "--json", "build tools without cloning qemu"]) == command_line.NOT_FOUND
    matches = json.loads(capsys.readouterr().out)["matches"]
    assert [(match["entry"], match["probability"] >= 0.5) for match in matches] == [
        ("system-qemu", True),
        ("other", False),
    ]
    assert exit_code(["ask", "build tools without cloning qemu"]) == command_line.NOT_FOUND
    said = capsys.readouterr().out
    assert "Did you mean:\n1  " in said
    assert "release notes" not in said


def test_explain_says_what_was_repaired_how_probable_and_whom_the_desk_would_ask(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["ask", "--explain", "building the tools withuot cloning qemu"]) == command_line.OK
    out = capsys.readouterr().out
    assert "`withuot` was taken for `without`" in out
    assert " %  system-qemu " in out
    assert "answer: system-qemu is " in out
    assert 'phrasing "How do I build the tools without cloning QEMU?" shares: ' in out
    assert "speaks of `QEMU`" in out
    assert "Bob Placeholder (maintainer)" in out
    assert "the desk answers by itself from 60 % on" in out


def test_an_entry_for_another_version_is_named_with_what_it_holds_for(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "build the tools without cloning qemu on 4.2"
    for more in ([], ["--explain"]):
        assert exit_code(["ask", question, *more]) == command_line.NOT_FOUND
        said = capsys.readouterr().out.splitlines()
        assert said[:2] == [
            "The knowledge base does not answer this; the desk would look for a person.",
            "system-qemu fits, but holds for xen ≥ 4.4 only",
        ]
    assert exit_code(["ask", "--json", question]) == command_line.NOT_FOUND
    assert json.loads(capsys.readouterr().out)["for_others"] == {"system-qemu": "xen ≥ 4.4"}
    # Where it holds, where no version is named, and where it fits as little, nothing of the kind is said.
    for other in (question.replace("4.2", "4.18"), question.removesuffix(" on 4.2"), "the pope's hat on 4.2"):
        exit_code(["ask", "--explain", other])
        assert "fits, but" not in capsys.readouterr().out


def test_ask_in_json_holds_every_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["ask", "--json", "build the tools without cloning qemu on 4.18"]) == command_line.OK
    said = json.loads(capsys.readouterr().out)
    assert said["band"] == "answer"
    assert said["facets"] == {"xen": "4.18"}
    match = said["matches"][0]
    assert (match["entry"], match["source"]) == ("system-qemu", "https://example.org/INSTALL")
    assert match["probability"] >= said["thresholds"]["answer_at"]
    assert match["reasons"]
    assert match["evidence"]
    assert said["why"].startswith("system-qemu is ")
    assert said["sections"][0]["section"] == "QEMU"


def test_route_says_whose_it_is_who_is_asked_and_who_is_not(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["route", "qemu crashes when the guest starts"]) == command_line.OK
    out = capsys.readouterr().out
    assert "speaks of `QEMU`" in out
    assert "1. at once: Bob Placeholder (maintainer), #packagers\n   because you maintain QEMU" in out
    assert "Then it goes to devel@lists.example.org, on " in out
    assert "carol: opted out" in out
    assert "dave" in out.split("Who would not be asked")[0]


def test_route_in_json_is_the_whole_ladder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["route", "--json", "qemu crashes"]) == command_line.OK
    said = json.loads(capsys.readouterr().out)
    assert said["section"] == "QEMU"
    assert [(step["person"], step["where"]) for step in said["ladder"]] == [
        ("bob", "#packagers"),
        ("dave", "privately"),
    ]
    assert said["refused"] == [{"person": "carol", "why": "opted_out", "until": None}]
    assert said["mail"] == "devel@lists.example.org"


def test_route_for_what_points_nowhere_is_no_success(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["route", "good morning everybody"]) == command_line.NOT_FOUND
    assert "nothing points to a section" in capsys.readouterr().out


def test_a_broken_entry_is_named_and_the_others_answer(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base" / "broken.yaml").write_text("id: broken\nphrasings: 5\n")
    assert exit_code(["ask", "build the tools without cloning qemu"]) == command_line.OK
    assert "broken.yaml:2:1: phrasings: must be a list" in capsys.readouterr().err


def test_a_broken_map_is_a_configuration_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "map.yaml").write_text("sections:\n  QEMU: {maintainers: [bobb]}\n")
    assert exit_code(["route", "qemu"]) == command_line.WRONG_USE
    assert "map.yaml:2:24: there is no person `bobb`" in capsys.readouterr().err


# --- which configuration ------------------------------------------------------------------------------


def test_without_a_configuration_the_demo_s_is_used_and_that_is_said(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["ask", "how do I build the tools without cloning QEMU?"]) == command_line.OK
    said = capsys.readouterr()
    assert "--with-system-qemu" in said.out
    assert said.err == "pkgdesk: no configuration here: this is about the demo's knowledge base and map\n"


def test_check_gives_no_all_clear_where_there_is_nothing_of_ones_own(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["check"], ["check", "--strict"], ["check", "--json"]):
        assert exit_code(arguments) == command_line.WRONG_USE
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("pkgdesk: there is no configuration to check: ")
        assert said.err.count("\n") == 1
        for remedy in ("--config", "pkgdesk init DIR", "pkgdesk check PATH"):
            assert remedy in said.err


def test_a_file_whose_name_nearly_is_an_entry_s_is_not_passed_over_in_silence(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "base" / "system-qemu.yaml").rename(here / "base" / "system-qemu.yml")
    assert exit_code(["check"]) == command_line.NOT_FOUND
    said = capsys.readouterr().out
    assert "base/system-qemu.yml:1:1: warning: is not read: the name of an entry ends in .yaml\n" in said
    assert "error: holds no entry" in said
    assert exit_code(["ask", "build the tools without cloning qemu"]) == command_line.NOT_FOUND


def test_the_environment_names_one_where_there_is_none_here(
    here: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv(command_line.CONFIG_VARIABLE, str(elsewhere / "other.yaml"))
    assert exit_code(["check"]) == command_line.OK
    monkeypatch.chdir(elsewhere)
    assert exit_code(["check"]) == command_line.NOT_FOUND
    assert exit_code(["check", "--config", str(here / "config.yaml")]) == command_line.OK


def test_run_wants_a_configuration_of_its_own(nowhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["run"]) == command_line.WRONG_USE
    assert "pkgdesk init DIR` writes one" in capsys.readouterr().err


def test_run_tells_once_what_is_worth_a_look_and_all_that_forbids_it(here: Path) -> None:
    (here / "map.yaml").write_text(MAP.replace("mail: devel@lists.example.org\n", ""))
    (here / "config.yaml").write_text(CONFIG.replace("operators: {libera: [bob]}", "settle: 5s"))
    with (here / "pkgdesk.sqlite.lock").open("w") as lock:  # so that it ends by itself
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = pkgdesk("run").stderr
    assert said.count("worth a look") == 2
    assert "config.yaml:8:1: desk.operators: there are none" in said
    assert "map.yaml:1:1: mail: there is no list" in said
    (here / "config.yaml").write_text(CONFIG.replace("nick: desk", "nick: a b") + "lg: {}\n")
    done = pkgdesk("run")
    assert done.returncode == command_line.WRONG_USE
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [
        "config.yaml:6:5",
        "config.yaml:14:1",
    ]


def test_run_says_where_it_stands_and_which_server_does_not_take_it(here: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "run"], stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        said = []
        for line in running.stderr:  # it ends when the desk does
            said.append(json.loads(line))
            if said[-1]["event"] == "could not connect":
                running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
    refused = next(line for line in said if line["event"] == "could not connect")
    assert refused["error"] == "127.0.0.1:1: connection refused"
    events = [line["event"] for line in said]
    assert (events.count("serving"), events.count("ending")) == (1, 1)


# --- errors -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "Missing argument"),
        (["ask", "   "], "there is no question"),
        (["ask", "x", "--jsn"], "No such option: --jsn"),
        (["aks", "x"], "No such command 'aks'. Did you mean 'ask'?"),
        (["chek"], "No such command 'chek'. Did you mean 'check'?"),
        (["check", "--strct"], "No such option: --strct (Possible options: --strict)"),
        (["check", "base", "--config", "config.yaml"], "give either PATH or --config"),
        (["demo", "--port", "99999"], "--port"),
        (["run", "--config", "missing.yaml"], "missing.yaml:1:1: there is no such file"),
        (["ask", "--config", ".", "x"], ".:1:1: is a directory"),
    ],
)
def test_wrong_use_is_told_in_one_line_and_a_code(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert exit_code(arguments) == command_line.WRONG_USE
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.startswith("pkgdesk: ")
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_database_that_cannot_be_used_is_a_failure_at_run_time(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "config.yaml").write_text(CONFIG + "database: base\n")
    done = pkgdesk("run")
    assert done.returncode == command_line.FAILED
    assert "base is a directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_desks_on_one_database_are_one_too_many(here: Path) -> None:
    with (here / "pkgdesk.sqlite.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = pkgdesk("run")
    assert done.returncode == command_line.RUNNING
    assert "in use by another desk" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_has_a_line_and_with_debug_a_traceback(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> bool:
        raise LookupError("no such thing")

    monkeypatch.setattr("bot.checking.verdict.verdict", fails)
    assert exit_code(["check"]) == command_line.FAILED
    assert capsys.readouterr().err.startswith("pkgdesk: LookupError: no such thing. ")
    monkeypatch.setenv(command_line.DEBUG_VARIABLE, "1")
    with pytest.raises(LookupError):
        exit_code(["check"])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nto it", "not it"),
        ("nto it, carol", "not it"),
        ("who onws xenstore", "who owns"),
        ("stauts", "status"),
    ],
)
def test_a_mistyped_order_is_told_what_was_meant_be_it_of_one_word_or_of_two(typed: str, meant: str) -> None:
    assert f"there is no command `{typed}`, did you mean `{meant}`?" in str(refused(typed))


# --- the shell around it ------------------------------------------------------------------------------


def test_help_tells_commands_and_exit_codes() -> None:
    done = pkgdesk("--help", COLUMNS="200")
    assert done.returncode == 0
    for command in ("run", "demo", "ask", "route", "check", "version"):
        assert command in done.stdout
    said = " ".join(done.stdout.split())
    for code, meaning in command_line.EXITS:
        assert f"{code} {meaning}" in said


@pytest.mark.parametrize("arguments", [["route", "qemu"], ["--help"], []])
def test_nobody_reading_on_is_no_traceback(here: Path, arguments: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert err == b""
    assert process.returncode == command_line.CLOSED


def test_there_is_no_colour_in_a_pipe(here: Path) -> None:
    assert "\x1b" not in pkgdesk("ask", "--explain", "build without cloning qemu").stdout


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_has_colour_unless_that_is_declined(here: Path, no_color: str, coloured: bool) -> None:
    terminal, end = os.openpty()
    subprocess.run(
        [sys.executable, "-m", "bot.cli", "ask", "build without cloning qemu"],
        stdout=end,
        env={**os.environ, "TERM": "xterm", "NO_COLOR": no_color},
        timeout=60,
        check=True,
    )
    os.close(end)
    assert (b"\x1b[" in os.read(terminal, 10_000)) is coloured
    os.close(terminal)


def test_what_the_terminal_cannot_show_is_spelled_out(here: Path) -> None:
    done = pkgdesk("ask", "build without cloning qemu \udcff", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "for xen \\u2265 4.4" in done.stdout
    assert json.loads(pkgdesk("ask", "--json", "qemu \udcff").stdout)["text"] == "qemu \udcff"


def test_without_a_command_there_is_help() -> None:
    done = pkgdesk()
    assert done.returncode == command_line.WRONG_USE
    assert "Usage: pkgdesk" in done.stdout
    assert done.stderr == ""


def test_the_version_is_that_of_the_project_and_needs_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from bot.cli import main\n"
        "sys.argv = ['pkgdesk', 'version']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit as ended:\n"
        "    print(ended.code, *sorted({name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    said, (code, *loaded) = done.stdout.splitlines()[0], done.stdout.splitlines()[1].split()
    assert said == f"pkgdesk {cli_version()}"
    assert code == "0"
    heavy = {
        "sqlmodel",
        "sqlalchemy",
        "alembic",
        "irc",
        "nio",
        "rich",
        "pydantic",
        "yaml",
        "structlog",
        "asyncio",
    }
    assert heavy & set(loaded) == set()
    assert "typer" in loaded


def cli_version() -> str:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    version: str = project["project"]["version"]
    return version


@pytest.mark.parametrize("arguments", [["version"], ["--version"], ["--debug", "--version"]])
def test_the_version_is_printed_however_it_is_asked_for(arguments: list[str]) -> None:
    done = pkgdesk(*arguments)
    assert done.returncode == 0
    assert done.stdout == f"pkgdesk {cli_version()}\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_where_there_is_no_room_a_sentence_says_so(stream: str) -> None:
    arguments = ["version"] if stream == "stdout" else ["map", "path"]
    with Path("/dev/full").open("w") as full:
        said: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full}
        done = subprocess.run([sys.executable, "-m", "bot.cli", *arguments], text=True, check=False, **said)
    if stream == "stdout":
        assert done.stderr == "pkgdesk: cannot write the output: no space left on device\n"
    assert done.returncode == (command_line.FAILED if stream == "stdout" else command_line.WRONG_USE)
