"""`pkgdesk init`: a folder that works at once, written whole or not at all, over nothing that is there."""

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bot import command_line
from bot.cli import exit_code
from bot.config import load
from bot.starting.folder import NETWORKS, Choices, begin
from routing.presence import Venue

FILES = {
    ".gitignore",
    "README.md",
    "config.yaml",
    "map.yaml",
    "knowledge/offline-build.yaml",
    "knowledge/release-announcements.yaml",
    "knowledge/release-tarballs.yaml",
}

OWN = ("--nick", "xendesk", "--channel", "#xen")
"""Names that are not those of the example."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_is_written_answers_routes_and_passes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["init", "desk", *OWN]) == command_line.OK
    assert files(here) == {f"desk/{name}" for name in FILES}
    said = capsys.readouterr()
    assert said.err == ""
    steps = [line.strip() for line in said.out.splitlines() if line.startswith("  pkgdesk ")]
    assert [step.split()[1] for step in steps] == ["check", "ask", "irc", "run"]
    config = ["--config", "desk/config.yaml"]
    assert exit_code(["check", "--json", *config]) == command_line.OK
    report = json.loads(capsys.readouterr().out)
    assert (report["errors"], report["entries"]) == (0, 3)
    another, warning = report["problems"]
    assert warning["message"].startswith("desk.operators: there are none")
    assert "nothing says who runs the desk" in another["message"]
    assert exit_code(["ask", *config, "where are releases announced?"]) == command_line.OK
    assert "announce@lists.example.org" in capsys.readouterr().out
    assert exit_code(["ask", *config, "how do I build offline on 1.9?"]) == command_line.OK
    assert "for example < 2.0" in capsys.readouterr().out
    assert exit_code(["route", *config, "configure does not find the compiler"]) == command_line.OK
    assert "BUILD SYSTEM" in capsys.readouterr().out
    assert exit_code(["check", "desk/knowledge"]) == command_line.OK
    assert exit_code(["check", "desk/map.yaml"]) == command_line.OK


def test_the_commands_that_it_names_can_be_pasted(here: Path) -> None:
    folder = "the desk's; touch $HOME"
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    told = subprocess.run(
        [sys.executable, "-m", "bot.cli", "init", folder, *OWN],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    steps = [line for line in told.stdout.splitlines() if line.startswith("  pkgdesk ")]
    steps = [line for line in steps if line.split()[1] not in ("irc", "run")]  # which want a server
    assert len(steps) == 2
    for step in steps:
        command = step.replace("pkgdesk", f"{sys.executable} -m bot.cli", 1)
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == command_line.OK, done.stderr
    assert [path.name for path in here.iterdir()] == [folder]


def test_the_readme_s_commands_work_where_it_stands(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exit_code(["init", ".", *OWN]) == command_line.OK
    assert files(here) == FILES
    text = " ".join((here / "README.md").read_text("utf-8").split())
    for command in (
        ["check"],
        ["ask", "where are releases announced?"],
        ["route", "configure does not find the compiler"],
        ["check", "knowledge"],
        ["check", "map.yaml"],
    ):
        written = f"pkgdesk {command[0]}" + (
            "" if len(command) == 1 else f' "{command[1]}"' if " " in command[1] else f" {command[1]}"
        )
        assert f"`{written}`" in text
        assert exit_code(command) == command_line.OK


def test_with_the_names_of_the_example_it_starts_on_this_machine_only(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the pages show can be copied as it stands, and nobody's network has a bot of it."""
    assert exit_code(["init", "desk"]) == command_line.OK
    config = ["--config", "desk/config.yaml"]
    capsys.readouterr()
    assert exit_code(["check", *config]) == command_line.NOT_FOUND
    errors = [line for line in capsys.readouterr().out.splitlines() if ": error: " in line]
    assert [line.partition(": error: ")[2] for line in errors] == [
        "networks.libera.nick: `example-desk` is that of the example, and irc.libera.chat is a network of "
        "other people: write the nick that your desk is to have",
        "networks.libera.channels: `#example-packagers` is that of the example, and irc.libera.chat is a "
        "network of other people: write a channel whose operators have said yes",
    ]
    for command in (["run"], ["irc", "check"]):
        assert exit_code([*command, *config]) == command_line.WRONG_USE
        refused = capsys.readouterr().err
        assert [line for line in errors if line.partition(": error: ")[2] not in refused] == []
    assert exit_code(["init", "local", "--host", "127.0.0.1"]) == command_line.OK
    assert exit_code(["check", "--config", "local/config.yaml"]) == command_line.OK


@pytest.mark.parametrize("network", NETWORKS)
def test_networks_that_many_are_on_are_known_by_name(here: Path, network: str) -> None:
    assert exit_code(["init", "desk", "--network", network]) == command_line.OK
    settings = load(here / "desk" / "config.yaml").networks[network]
    assert (settings.host, settings.port, settings.tls) == (NETWORKS[network], 6697, True)


def test_what_cannot_work_on_oftc_is_not_suggested_there(here: Path) -> None:
    assert exit_code(["init", "desk", "--network", "oftc", *OWN]) == command_line.OK
    path = here / "desk" / "config.yaml"
    written = path.read_text("utf-8")
    assert "password" not in written
    assert load(path).desk.operators == {}
    path.write_text(
        written.replace("# certificate: oftc.pem", "certificate: oftc.pem").replace("# sasl:", "sasl:")
    )
    network = load(path).networks["oftc"]
    assert network.certificate == here / "desk" / "oftc.pem"
    assert network.sasl is not None
    assert (network.sasl.account, network.sasl.mechanism) == ("xendesk", "external")


def test_host_channels_and_nick_may_be_chosen(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--host", "irc.xen.example", "--port", "7000", "--nick", "[desk]"]
    channels = ["--channel", "#xen", "--channel", "packagers", "--channel", "#XEN"]
    assert exit_code(["init", "desk", *chosen, *channels]) == command_line.OK
    settings = load(here / "desk" / "config.yaml")
    network = settings.networks["xen"]
    assert (network.host, network.port, network.tls, network.nick) == (
        "irc.xen.example",
        7000,
        True,
        "[desk]",
    )
    assert settings.venues == (Venue("xen", "#XEN"), Venue("xen", "#packagers"))
    assert exit_code(["check", "--config", "desk/config.yaml"]) == command_line.OK


def test_on_this_machine_nothing_is_encrypted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["init", "desk", "--host", "127.0.0.1"]) == command_line.OK
    assert "`tls: no`" in capsys.readouterr().out
    assert exit_code(["init", "elsewhere"]) == command_line.OK
    assert "tls" not in capsys.readouterr().out
    written = (here / "desk" / "config.yaml").read_text("utf-8")
    assert "    # Not encrypted: nothing leaves this machine." in written
    assert "verified" not in written
    network = load(here / "desk" / "config.yaml").networks["irc"]
    assert (network.port, network.tls) == (6667, False)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--network", "efnet"],
            "--network: of `efnet` no server is known (libera, oftc); name one with --host",
        ),
        (["--network", "A B", "--host", "h"], "--network `A B`: a name here is made of"),
        (["--nick", "a b"], "--nick `a b`: is not a nick"),
        (["--channel", "a", "--channel", "b c"], "--channel `#b c`: is not the name of a channel"),
        (["--host", "a b"], "--host `a b`: is not a host name"),
        (["--port", "99999"], "--port `99999`: must be at most 65535"),
    ],
)
def test_a_choice_that_cannot_be_is_told_and_nothing_is_written(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert exit_code(["init", "desk", *arguments]) == command_line.WRONG_USE
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_nothing_is_overwritten(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "desk").mkdir()
    (here / "desk" / "map.yaml").write_text("mine")
    (here / "desk" / "README.md").symlink_to("nowhere")
    (here / "desk" / "notes").write_text("mine, too")
    assert exit_code(["init", "desk"]) == command_line.WRONG_USE
    assert capsys.readouterr().err.splitlines() == [
        "pkgdesk: desk/README.md is there already",
        "pkgdesk: desk/map.yaml is there already",
        "pkgdesk: nothing was written: choose another DIR, or move that away",
    ]
    assert files(here) == {"desk/map.yaml", "desk/notes"}
    assert (here / "desk" / "map.yaml").read_text() == "mine"
    (here / "desk" / "map.yaml").unlink()
    (here / "desk" / "README.md").unlink()
    assert exit_code(["init", "desk"]) == command_line.OK
    assert files(here / "desk") == {*FILES, "notes"}


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere"), os.mkfifo])
def test_what_is_no_folder_stays(here: Path, capsys: pytest.CaptureFixture[str], make: object) -> None:
    assert callable(make)
    make(here / "desk")
    assert exit_code(["init", "desk"]) == command_line.WRONG_USE
    assert capsys.readouterr().err.startswith("pkgdesk: desk is there already\n")
    assert [path.name for path in here.iterdir()] == ["desk"]


def test_where_nothing_can_be_written_that_is_said_and_nothing_is_left(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").touch()
    assert exit_code(["init", "file/desk"]) == command_line.WRONG_USE
    assert capsys.readouterr().err.startswith("pkgdesk: file is there already\n")
    assert exit_code(["init", "a" * 300]) == command_line.FAILED
    assert "file name too long" in capsys.readouterr().err
    assert [path.name for path in here.iterdir()] == ["file"]


def test_what_fails_half_way_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the last file is moved: a quota that no test can set."""
    (here / "desk").mkdir()
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.name == "config.yaml" and target.parent == here / "desk":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="No space left"):
        begin(here / "desk", Choices(), date(2026, 11, 1))
    assert list((here / "desk").iterdir()) == []


def test_what_is_written_is_as_readable_as_other_new_files(here: Path) -> None:
    old = os.umask(0o027)
    try:
        begin(here / "a" / "desk", Choices(), date(2026, 11, 1))
    finally:
        os.umask(old)
    assert (here / "a" / "desk").stat().st_mode & 0o777 == 0o750
    assert (here / "a" / "desk" / "config.yaml").stat().st_mode & 0o777 == 0o640


def test_what_the_desk_writes_itself_is_left_out_of_git(here: Path) -> None:
    begin(here / "desk", Choices(), date(2026, 11, 1))
    git = ["git", "-C", str(here / "desk")]
    try:
        subprocess.run([*git, "init", "--quiet"], check=True, timeout=60, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no git here")
    for name in (
        "pkgdesk.sqlite",
        "pkgdesk.sqlite-wal",
        "pkgdesk.sqlite.lock",
        "pkgdesk.sock",
        "libera.password",
        "libera.pem",
        "libera.key",
    ):
        (here / "desk" / name).touch()
    new = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard"],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert set(new.stdout.split()) == FILES


MATRIX = ("--homeserver", "https://matrix.example.com", "--user", "@xendesk:example.com")


def test_a_homeserver_is_written_just_as_well(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["init", "desk", *MATRIX, "--room", "#xen:example.com"]) == command_line.OK
    assert files(here) == {f"desk/{name}" for name in FILES}
    steps = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  pkgdesk ")]
    assert [" ".join(step.split()[1:3]).partition(" --")[0] for step in steps] == [
        "check",
        "ask",
        "matrix login",
        "matrix check",
        "run",
    ]
    [homeserver] = load(here / "desk" / "config.yaml").matrix.values()
    assert (homeserver.homeserver, homeserver.user) == (MATRIX[1], MATRIX[3])
    assert [room.name for room in homeserver.rooms] == ["#xen:example.com"]
    assert exit_code(["check", "--json", "--config", "desk/config.yaml"]) == command_line.OK
    problems = json.loads(capsys.readouterr().out)["problems"]
    assert [each["message"].partition(":")[0] for each in problems] == ["desk.operators"]


def test_a_homeserver_that_makes_no_configuration_is_told_by_its_option(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, said in (
        ((*MATRIX[:3], "xendesk"), "--user `xendesk`: is not a user id"),
        (("--homeserver", "example.com", *MATRIX[2:]), "--homeserver `example.com`: is not the URL"),
        ((*MATRIX, "--room", "xen"), "--room `xen`: is not a room's alias or id"),
        ((*MATRIX, "--nick", "xen"), "--homeserver: beside it stand --user and --room"),
        (MATRIX[:2], "say who the desk is there"),
        (("--room", "#xen:example.com"), "name its URL with --homeserver"),
    ):
        assert exit_code(["init", "desk", *options]) == command_line.WRONG_USE
        assert said in capsys.readouterr().err
    assert list(here.iterdir()) == []
