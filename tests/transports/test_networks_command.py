"""`pkgdesk irc check` against the demo's server: what it prints, and how it ends."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from irc_daemons import Caller, free_port
from irc_networks import DemoProcess

from bot.cli import exit_code


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoProcess]:
    server = DemoProcess()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def folder(demo: DemoProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DESK_PASSWORD", "sesame")
    network = (
        "{host: 127.0.0.1, port: %d, tls: no, nick: checked, operator: alice, channels: ['#a'], "
        "pace: {burst: 100, rate: 1000}, sasl: {account: pkgdesk, password_env: DESK_PASSWORD}}"
    )
    Path("base").mkdir()
    Path("config.yaml").write_text(
        f"networks:\n  demo: {network % demo.port}\n  gone: {network % free_port()}\n"
        "knowledge: base\nmap: map.yaml\ndesk:\n  operators: {demo: [alice]}\n",
        "utf-8",
    )
    Path("map.yaml").write_text(
        "people: {alice: {accounts: {demo: alice}}}\nsections: {a: {maintainers: [alice]}}\n", "utf-8"
    )
    return tmp_path


def test_the_command_tells_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["irc", "check", "demo"]) == 0
    said = capsys.readouterr()
    assert "demo: fine: account: logged in as pkgdesk by SASL PLAIN; SASL offered: PLAIN" in said.out
    assert "demo: fine: #a: joined; nobody else is there" in said.out
    assert said.err.startswith("pkgdesk: demo: ")
    assert "sesame" not in said.out + said.err


def test_the_command_tells_programs(
    folder: Path, demo: DemoProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    with Caller(demo.port, "checked"):
        assert exit_code(["irc", "check", "--json", "--no-join"]) == 1
    said = capsys.readouterr()
    assert "sesame" not in said.out + said.err
    told = json.loads(said.out)
    assert told["well"] is False
    well, gone = told["networks"]
    assert (well["network"], well["well"], gone["network"], gone["well"]) == ("demo", True, "gone", False)
    assert well["nick"] == {
        "configured": "checked",
        "nick": "checked_",
        "taken": {"numeric": "433", "words": well["nick"]["taken"]["words"]},
        "borne_by": well["nick"]["borne_by"],
    }
    assert well["account"]["mechanism"] == "PLAIN"
    assert well["channels"] == []
    assert gone["server"]["reached"] is False
    assert "refused" in gone["server"]["trouble"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_password_that_a_server_repeats_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    words = "irc.demo.invalid"  # what the server says of itself
    exit_code(["irc", "check", "demo", "--no-join", *form])
    assert words in capsys.readouterr().out
    monkeypatch.setenv("DESK_PASSWORD", words)
    exit_code(["irc", "check", "demo", "--no-join", *form])
    said = capsys.readouterr()
    assert words not in said.out + said.err
    assert "(hidden)" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["demmo"], "there is no network `demmo`"),
        (["--config", "missing.yaml"], "missing.yaml"),
        (["--timeout", "0"], "Invalid value for '--timeout': `0`: must be 1s to 600s"),
        (["--timeout", "2h"], "`2h`: must be 1s to 600s"),
        (["--timeout", "nan"], "`nan`: must be 1s to 600s"),
        (["--timeout", "soon"], "`soon`: must be a span like 20s or 2m, or a number of seconds"),
    ],
)
def test_wrong_use(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert exit_code(["irc", "check", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("span", ["3s", "3", "2.5", "1m"])
def test_a_span_is_written_as_in_the_settings(
    folder: Path, capsys: pytest.CaptureFixture[str], span: str
) -> None:
    assert exit_code(["irc", "check", "demo", "--no-join", "--timeout", span]) == 0


def test_without_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PKGDESK_CONFIG", raising=False)
    assert exit_code(["irc", "check"]) == 2
    assert "--config" in capsys.readouterr().err


def test_a_map_that_cannot_be_read_hides_no_network(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("map.yaml").write_text("people: [", "utf-8")
    assert exit_code(["irc", "check", "demo", "--no-join"]) == 0
    assert "the map cannot be read" in capsys.readouterr().err
