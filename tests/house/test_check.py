"""`pkgdesk check`: everything that is wrong at once, with its place, what is meant, how much it matters."""

import json
import os
import pty
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import nursery
import pytest
from rich.cells import cell_len

from bot import command_line
from bot.checking.examination import check
from bot.checking.verdict import excerpt, quiet
from bot.cli import exit_code
from knowledge.documents import Severity
from knowledge.semantic import SentenceModel

TODAY = date(2026, 11, 1)

CONFIG = """\
networks:
  libera:
    host: irc.example.org
    nick: desk
    channels: ["#packagers"]
    operator: bob
desk:
  operators: {libera: [bob]}
facets: {xen: {bare: yes}}
knowledge: base
map: map.yaml
"""

MAP = """\
people:
  bob: {accounts: {libera: bob}}
sections:
  QEMU:
    maintainers: [bob]
    keywords: [qemu]
mail: devel@lists.example.org
"""

ENTRY = """\
id: system-qemu
phrasings: [How do I build the tools without cloning QEMU?]
answers:
  - applies: {xen: ">=4.4"}
    short: Configure with `--with-system-qemu`.
section: QEMU
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with which nothing is wrong, which is the current one."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "system-qemu.yaml").write_text(ENTRY)
    (tmp_path / "map.yaml").write_text(MAP)
    (tmp_path / "config.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(command_line.CONFIG_VARIABLE, raising=False)
    monkeypatch.delenv(command_line.DEBUG_VARIABLE, raising=False)
    return tmp_path


Said = Callable[..., list[str]]


@pytest.fixture
def said(here: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """What `pkgdesk check` says line by line, its exit code being what is expected."""

    def says(*arguments: str, code: int = command_line.NOT_FOUND) -> list[str]:
        assert exit_code(["check", *arguments]) == code
        return capsys.readouterr().out.splitlines()

    return says


def test_nothing_is_said_where_nothing_is_wrong(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["check"]) == command_line.OK
    told = capsys.readouterr()
    assert told.out == ""
    pattern = r"pkgdesk: config\.yaml: all is well; 1 entry, 1 section, 1 person read in \d+\.\d s\n"
    assert re.fullmatch(pattern + "pkgdesk: answers are found by words alone\n", told.err)


def test_an_error_in_one_file_hides_nothing_of_the_others(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(
        CONFIG.replace("    nick: desk", "    nikc: desk").replace("[bob]}", "[bob], libra: [eve]}")
        + "log: {level: loud}\n"
    )
    (here / "map.yaml").write_text(
        MAP.replace("maintainers: [bob]", "maintainers: [bobb]\n    inside: THE REST").replace(
            "bob: {", "bob: {hours: 9-18 Europe/Lodnon, "
        )
    )
    (here / "base" / "broken.yaml").write_text("id: broken\nphrasings: 5\nsection: QEM\nsee: [othr]\n")
    (here / "base" / "other.yaml").write_text(
        "id: othr\nphrasings: [a word]\nanswers: [{short: x}]\nsee: [broken]\n"
    )
    (here / "base" / "lost.yaml").write_text(
        "id: lost\nphrasings: [another word]\nanswers:\n  - applies: {xn: 5}\n    short: x\n"
        "section: QEMO\nsee: [system-qmu, broken]\n"
    )
    lines = said()
    expected = [
        ("config.yaml:2:3: error: networks.libera: `nick` is missing", ""),
        ("config.yaml:4:5: error: networks.libera.nikc: unknown key", "did you mean `nick`?"),
        ("config.yaml:8:30: error: desk.operators: there is no network `libra`", "did you mean `libera`?"),
        ("config.yaml:12:7: error: log.level: must be debug, info, warning or error, found `loud`", ""),
        ("map.yaml:2:9: error: people.bob.hours: there is no time zone `Europe/Lodnon`", ""),
        ("map.yaml:5:19: error: there is no person `bobb`", "did you mean `bob`?"),
        ("map.yaml:6:5: error: there is no section `THE REST`", ""),
        ("base/broken.yaml:1:1: error: `answers` is missing", ""),
        ("base/broken.yaml:2:1: error: phrasings: must be a list, found `5`", ""),
        ("base/broken.yaml:3:1: error: section: the map has no section `QEM`", "did you mean `QEMU`?"),
        ("base/broken.yaml:4:7: error: see: there is no entry `othr`", "did you mean `other`?"),
        ("base/lost.yaml:4:15: error: applies: no facet `xn` is declared", "did you mean `xen`?"),
        ("base/lost.yaml:6:1: error: section: the map has no section `QEMO`", "did you mean `QEMU`?"),
        ("base/lost.yaml:7:7: error: see: there is no entry `system-qmu`", "did you mean `system-qemu`?"),
        ("base/other.yaml:1:1: error: id: `othr` is in a file named `other`", ""),
    ]
    assert len(lines) == len(expected), "\n".join(lines)
    for line, (begins, holds) in zip(lines, expected, strict=True):
        assert line.startswith(begins)
        assert holds in line


def test_what_is_wrong_makes_nothing_else_look_wrong(here: Path, said: Said) -> None:
    """What has an error is there all the same for those that name it."""
    (here / "config.yaml").write_text(
        CONFIG.replace("    nick: desk", "    nick: a b").replace("{bare: yes}", "{bare: perhaps}") + "  # \n"
    )
    (here / "map.yaml").write_text(MAP.replace("bob: {accounts: {libera: bob}}", "bob: 5"))
    lines = said()
    assert [line.split(" error: ")[0] for line in lines] == [
        "config.yaml:4:5:",
        "config.yaml:9:16:",
        "map.yaml:2:3:",
    ]


def test_a_configuration_that_is_no_yaml_is_all_that_can_be_told(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text("networks: [\n")
    (line,) = said()
    assert line.startswith("config.yaml:2:1: error: this is not YAML")


# --- one thing after the other ------------------------------------------------------------------------


def test_a_base_that_is_empty_or_missing_or_no_folder(here: Path, said: Said) -> None:
    (here / "base" / "system-qemu.yaml").unlink()
    assert said() == ["base:1:1: error: holds no entry: each is a file whose name ends in .yaml"]
    (here / "base").rmdir()
    assert said() == ["config.yaml:10:1: error: knowledge: base: there is no such folder"]
    (here / "bases").mkdir()
    assert said() == [
        "config.yaml:10:1: error: knowledge: base: there is no such folder, did you mean `bases`?"
    ]
    (here / "bases").rmdir()
    (here / "base").write_text("")
    assert said() == ["config.yaml:10:1: error: knowledge: base: is not a folder"]


def test_a_base_in_which_no_draft_can_become_a_commit(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG + "publishing: {push: yes}\n")
    [warning] = said(code=0)
    assert warning.startswith("config.yaml:10:1: warning: ")
    assert "base: is no git repository: there is no history" in warning
    (here / "config.yaml").write_text(CONFIG)
    assert said(code=0) == []
    (here / ".git").write_text("gitdir: nowhere")
    [warning] = said(code=0)
    assert "(until then no draft can be published)" in warning


def test_passwords_can_be_read_and_only_by_those_who_should(
    here: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "config.yaml").write_text(
        CONFIG.replace("    nick: desk", "    nick: desk\n    sasl: {account: desk, password_file: secret}")
    )
    (line,) = said()
    assert line.startswith(
        "config.yaml:5:27: error: networks.libera.sasl.password_file: cannot read the password: "
    )
    assert line.endswith("secret: no such file or directory")
    (here / "secret").write_text("battery\n")
    (here / "secret").chmod(0o600)
    assert said(code=command_line.OK) == []
    (here / "secret").chmod(0o644)
    (line,) = said(code=command_line.OK)
    assert "warning: networks.libera.sasl.password_file: everybody on this machine can read it" in line
    assert "chmod" in line
    assert "battery" not in line
    (here / "config.yaml").write_text(
        CONFIG.replace("    nick: desk", "    nick: desk\n    sasl: {account: desk, password_env: DESK_WORD}")
    )
    monkeypatch.delenv("DESK_WORD", raising=False)
    (line,) = said(code=command_line.OK)
    assert "warning: networks.libera.sasl.password_env: cannot read the password" in line
    assert "DESK_WORD is not set" in line
    (here / "config.yaml").write_text((here / "config.yaml").read_text().replace("DESK_WORD", "hunter2"))
    (line,) = said(code=command_line.OK)
    assert line.endswith("the environment variable that password_env names is not set")
    (here / "config.yaml").write_text((here / "config.yaml").read_text().replace("hunter2", "DESK_WORD"))
    monkeypatch.setenv("DESK_WORD", "battery")
    assert said(code=command_line.OK) == []


def test_so_is_the_key_of_a_channel(here: Path, said: Said) -> None:
    keyed = "['#packagers', {name: '#b', key: {password_file: secret}}]"
    (here / "config.yaml").write_text(CONFIG.replace('["#packagers"]', keyed))
    (line,) = said()
    assert line.startswith(
        "config.yaml:5:49: error: networks.libera.channels[1].key.password_file: cannot read the password: "
    )
    (here / "secret").write_text("battery\n")
    (here / "secret").chmod(0o644)
    (line,) = said(code=command_line.OK)
    assert "warning: networks.libera.channels[1].key.password_file: everybody on this machine can" in line
    assert "battery" not in line
    (here / "secret").chmod(0o600)
    assert said(code=command_line.OK) == []


def test_certificates_are_there(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("    nick: desk", "    nick: desk\n    ca_file: ca.pem"))
    (line,) = said()
    assert line.startswith("config.yaml:5:5: error: networks.libera.ca_file: cannot read ")
    (here / "ca.pem").write_text("certificate\n")
    (line,) = said()
    assert line.endswith("ca.pem holds no certificate in PEM")
    (here / "ca.pem").unlink()
    os.mkfifo(here / "ca.pem")
    (line,) = said()
    assert line.endswith("ca.pem is not a regular file")


def test_a_secret_that_git_keeps_is_told(here: Path, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, password = here / "the desk" / "libera.pem", here / "libera.password"
    certificate.parent.mkdir()
    for each in (certificate, password):
        each.write_text("hunter2\n")  # which is no certificate, and an error
        each.chmod(0o600)
    secret = (
        "    certificate: the desk/libera.pem\n    sasl: {account: desk, password_file: libera.password}\n"
    )
    (here / "config.yaml").write_text(CONFIG.replace("desk:\n  op", f"{secret}desk:\n  op"))

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], check=True, timeout=60, capture_output=True)

    def told() -> list[str]:
        return [line for line in said() if "git keeps" in line]

    assert told() == []
    try:
        git("init", "--quiet")
    except FileNotFoundError:
        pytest.skip("there is no git here")
    assert told() == []
    git("add", ".")
    lines = told()
    assert len(lines) == 2
    for setting, path in (("certificate", certificate), ("sasl.password_file", password)):
        (line,) = (each for each in lines if f"networks.libera.{setting}: " in each)
        assert f"warning: networks.libera.{setting}: {path} holds a secret, and git keeps it" in line
        assert "change the secret" in line
        subprocess.run(["sh", "-c", line.split("`")[1]], check=True, timeout=60, capture_output=True)
    assert told() == []
    git("add", ".")
    monkeypatch.setenv("PATH", str(here))  # where no git is
    assert told() == []


def test_a_key_that_is_not_there_is_blamed_on_its_own_setting(here: Path, said: Said) -> None:
    (here / "desk.pem").write_text("")
    more = "    nick: desk\n    certificate: desk.pem\n    certificate_key: gone.pem"
    (here / "config.yaml").write_text(CONFIG.replace("    nick: desk", more))
    (line,) = said()
    assert line.startswith("config.yaml:6:5: error: networks.libera.certificate_key: cannot read ")


def test_a_database_can_be_where_it_is_to_be(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG + "database: base\n")
    (line,) = said()
    assert line == f"config.yaml:12:1: error: database: {here}/base is not a regular file"
    (here / "config.yaml").write_text(CONFIG + "database: map.yaml/state/desk.sqlite\n")
    (line,) = said()
    assert line == f"config.yaml:12:1: error: database: {here}/map.yaml is not a folder"
    for database in ("state/of/the/desk.sqlite", "postgresql://desk@db.example.org/desk"):
        (here / "config.yaml").write_text(CONFIG + f"database: {database}\n")
        assert said(code=command_line.OK) == []


@pytest.mark.parametrize(
    ("setting", "wrong"),
    [
        ("control: {socket: gone/desk.sock}", "11: error: control.socket: there is no folder {here}/gone"),
        ("control: {socket: base}", "11: error: control.socket: {here}/base is in the way: move it"),
        ("control: {socket: map.yaml}", "11: error: control.socket: {here}/map.yaml is in the way"),
        ("control: {socket: map.yaml/sock}", "11: error: control.socket: {here}/map.yaml is not a folder"),
        ("database: /dev/null", "1: error: database: /dev/null is not a regular file"),
    ],
)
def test_what_a_desk_would_not_start_with_is_known_before(
    here: Path, said: Said, setting: str, wrong: str
) -> None:
    (here / "config.yaml").write_text(f"{CONFIG}{setting}\n")
    (line,) = said()
    assert line.startswith(f"config.yaml:12:{wrong.format(here=here)}")
    done = pkgdesk("run")
    assert done.returncode == command_line.FAILED, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "setting",
    [
        "database: state/of/the/desk.sqlite",
        "database: state/of/the/desk.sqlite\ncontrol: {socket: state/desk.sock}",
        "control: {socket: none}",
    ],
)
def test_folders_that_come_with_the_database_need_not_be_there(here: Path, said: Said, setting: str) -> None:
    (here / "config.yaml").write_text(f"{CONFIG}{setting}\n")
    assert said(code=command_line.OK) == []


def test_a_socket_that_is_there_already_is_no_hindrance(here: Path, said: Said) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("pkgdesk.sock")
        assert said(code=command_line.OK) == []


def test_numbers_of_users_and_groups_are_looked_at(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(
        f"{CONFIG}control:\n  group: 99999999999\n  users: [4294967295, 'a b']\n"
    )
    assert said() == [
        "config.yaml:13:3: error: control.group: must be a name, or a number of at most 4294967294",
        "config.yaml:14:11: error: control.users[0]: must be a name, or a number of at most 4294967294",
        "config.yaml:14:23: error: control.users[1]: must be a name without blanks, colons and slashes, or a "
        "number",
    ]
    done = pkgdesk("run")
    assert done.returncode == command_line.WRONG_USE
    assert b"Traceback" not in done.stderr
    (here / "config.yaml").write_text(f"{CONFIG}control:\n  group: 4294967294\n  users: [0, 4294967294]\n")
    assert said(code=command_line.OK) == [
        "config.yaml:13:3: warning: control.group: no group of this machine has the number 4294967294",
        "config.yaml:14:14: warning: control.users: no user of this machine has the number 4294967294",
    ]


def test_a_channel_that_stands_there_twice_is_named(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG.replace('["#packagers"]', '["#b", "#A", "#a", "#b", "#c"]'))
    assert said() == [
        "config.yaml:5:5: error: networks.libera.channels: `#A` stands there twice, as `#A` and as `#a`; "
        "`#b` stands there twice"
    ]


def test_what_an_extra_brings_is_missed_before_the_start(here: Path) -> None:
    """A process in which the packages of the extras cannot be found."""
    (here / "config.yaml").write_text(
        CONFIG + "database: postgresql://desk@db.example.org/desk\nmonitoring: {port: 9108}\n"
    )
    program = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "missing = {'psycopg', 'aiohttp', 'prometheus_client'}\n"
        "importlib.util.find_spec = lambda name, *more: None if name in missing else find(name, *more)\n"
        "from bot.cli import main\n"
        "sys.argv = ['pkgdesk', 'check']\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == command_line.NOT_FOUND
    database, page = done.stdout.splitlines()
    assert "error: database: PostgreSQL needs the extra: pip install 'pkgdesk[postgresql]'" in database
    assert "error: monitoring.port: the page needs the extra" in page


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("  operators: {libera: [bob]}", "  patience: 1h", "7:1: warning: desk.operators: there are none"),
        (
            "    nick: desk",
            "    nick: desk\n    tls: no",
            "5:5: warning: networks.libera.tls: without it whoever carries the lines can read and change",
        ),
        ('["#packagers"]', "[]", "5:5: warning: networks.libera.channels: there are none"),
    ],
)
def test_what_works_in_a_configuration_and_is_worth_a_look(
    here: Path, said: Said, old: str, new: str, warning: str
) -> None:
    assert old in CONFIG
    (here / "config.yaml").write_text(CONFIG.replace(old, new))
    (line,) = said(code=command_line.OK)
    assert line.startswith(f"config.yaml:{warning}")
    assert said("--strict") == [line]


def test_of_many_without_an_account_who_has_a_mistyped_one_is_told_by_name(here: Path, said: Said) -> None:
    (here / "MAINTAINERS").write_text(
        "QEMU\n"
        + "".join(f"M:\tP {n} <p{n}@example.org>\n" for n in range(20))
        + "S:\tSupported\nF:\tqemu/\n"
    )
    (here / "people.yaml").write_text(
        "people:\n  p7@example.org: {accounts: {libra: p7}}\n"
        "sections:\n  QEMU: {channels: ['libra #qemu', 'libera #qemu']}\n"
    )
    named = CONFIG.replace("map.yaml", "{file: MAINTAINERS, overlay: people.yaml, tree: base}")
    (here / "config.yaml").write_text(named)
    lines = [line for line in said(code=command_line.OK) if line.startswith("people.yaml")]
    meant = "there is no network `libra`, did you mean `libera`?"
    assert [line.split(" (configured")[0] for line in lines] == [
        f"people.yaml:2:31: warning: people.p7.accounts: {meant}",
        f"people.yaml:4:21: warning: sections.QEMU.channels: {meant}",
    ]


def test_a_file_of_the_map_that_is_not_there_is_blamed_where_it_is_named(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("map.yaml", "mapp.yaml"))
    assert said() == [
        "config.yaml:11:1: error: map: mapp.yaml: there is no such file, did you mean `map.yaml`?",
    ]
    (here / "MAINTAINERS").write_text("QEMU\nM:\tBob <bob@example.org>\nS:\tSupported\nF:\tqemu/\n")
    (here / "people.yaml").write_text("people:\n  bob@example.org: {accounts: {libera: bob}}\n")
    for written, place, told in (
        (
            "{file: MAINTAINER, tree: base}",
            7,
            "map.file: MAINTAINER: there is no such file, did you mean `MAIN",
        ),
        (
            "{file: MAINTAINERS, tree: bse}",
            26,
            "map.tree: bse: there is no such folder, did you mean `base`?",
        ),
        ("{file: MAINTAINERS, paths: no/such}", 26, "map.paths: no/such: there is no such file"),
        (
            "[{file: MAINTAINERS, overlay: poeple.yaml}]",
            27,
            "map.overlay: poeple.yaml: there is no such file, did",
        ),
    ):
        (here / "config.yaml").write_text(CONFIG.replace("map.yaml", written))
        [line] = [each for each in said() if "error" in each]
        assert line.startswith(f"config.yaml:11:{place}: error: {told}")


def test_of_an_overlay_alone_it_is_said_that_nothing_was_looked_up(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "people.yaml").write_text("people:\n  bob@example.org: {accounts: {libera: bob}}\n")
    assert exit_code(["check", "people.yaml"]) == command_line.OK
    told = capsys.readouterr()
    assert told.out == ""
    assert "all is well; 1 person read" in told.err
    assert "run `pkgdesk check` in the desk's folder" in told.err


def test_on_this_machine_no_tls_is_needed(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("irc.example.org", "127.0.0.1\n    tls: no"))
    assert said("--strict", code=command_line.OK) == []


@pytest.mark.parametrize(
    ("old", "new", "warnings"),
    [
        (
            "{accounts: {libera: bob}}",
            "{}",
            ["2:3: warning: people.bob: has no account, so they can never be pinged"],
        ),
        (
            "{accounts: {libera: bob}}",
            "{accounts: {oftc: bob, matrix: '@bob:example.org'}}",
            [
                "2:20: warning: people.bob.accounts: there is no network `oftc` (configured: libera), so",
                "2:31: warning: people.bob.accounts: there is no network `matrix` (configured: libera), so",
            ],
        ),
        (
            "{accounts: {libera: bob}}",
            "{accounts: {libera: bob, matrix: '@bob:example.org'}}",
            [],
        ),
        (
            "{accounts: {libera: bob}}",
            "{accounts: {libera: bob, libra: bob}}",
            ["2:33: warning: people.bob.accounts: there is no network `libra`, did you mean `libera`? (conf"],
        ),
        (
            "keywords: [qemu]",
            "channels: ['libera #qemu', 'libra #xen', 'oftc #qemu']",
            ["6:32: warning: sections.QEMU.channels: there is no network `libra`, did you mean `libera`?"],
        ),
        (
            "sections:",
            "  carol: {accounts: {libera: carol}}\nsections:",
            ["3:3: warning: people.carol: no section names them, and they are no triager"],
        ),
        ("sections:", "  carol: {accounts: {libera: carol}, reads_back: yes}\nsections:", []),
        ("sections:", "  carol: {accounts: {libera: carol}}\ntriagers: [carol]\nsections:", []),
        (
            "mail: devel@lists.example.org",
            "",
            ["1:1: warning: mail: there is no list: a question for which nobody is left expires"],
        ),
        (
            "mail:",
            "  TOOLS: {}\nmail:",
            ["7:3: warning: sections.TOOLS: has neither maintainers nor reviewers, and it is not an orphan"],
        ),
        ("mail:", "  TOOLS: {status: Orphan}\nmail:", []),
        ("mail:", "  TOOLS: {inside: QEMU}\nmail:", []),
        (
            "mail:",
            "  TOOLS: {inside: OUTER}\n  OUTER: {}\nmail:",
            [
                "7:3: warning: sections.TOOLS: has neither maintainers nor reviewers, and no section around",
                "8:3: warning: sections.OUTER: has neither",
            ],
        ),
    ],
)
def test_what_works_in_a_map_and_is_worth_a_look(
    here: Path, said: Said, old: str, new: str, warnings: list[str]
) -> None:
    assert old in MAP
    (here / "map.yaml").write_text(MAP.replace(old, new))
    lines = said(code=command_line.OK)
    assert len(lines) == len(warnings), lines
    for line, warning in zip(lines, warnings, strict=True):
        assert line.startswith(f"map.yaml:{warning}")


def test_a_map_of_nothing_brings_a_question_to_nobody(here: Path, said: Said) -> None:
    (here / "map.yaml").write_text("mail: devel@lists.example.org\n")
    (here / "base" / "system-qemu.yaml").write_text(ENTRY.replace("section: QEMU\n", ""))
    (line,) = said(code=command_line.OK)
    assert line.startswith("map.yaml:1:1: warning: sections: there are none")


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        (
            "verified: {on: 2025-10-31, by: bob}\nreview_after: 1y\n",
            "7:1: warning: verified: review is due since",
        ),
        ("verified: {on: 2025-11-02, by: bob}\nreview_after: 1y\n", None),
        ("verified: {on: 2026-11-02, by: bob}\n", "7:12: warning: verified.on: 2026-11-02 has not come yet"),
        ("review_after: 1y\n", "7:1: warning: review_after: counts from `verified`, which is not there"),
        (
            "verified: {on: 9999-01-01, by: bob}\nreview_after: 999y\n",
            "7:12: warning: verified.on: 9999-01-01",
        ),
    ],
)
def test_entries_are_looked_at_again_in_time(here: Path, more: str, warning: str | None) -> None:
    (here / "base" / "system-qemu.yaml").write_text(ENTRY + more)
    found = check(Path("config.yaml"), TODAY).problems
    assert len(found) == (warning is not None)
    for each in found:
        place = str(Path(each.source).relative_to(here))
        assert each.severity is Severity.WARNING
        assert f"{each.line}:{each.column}: {each.severity}: {each.message}".startswith(str(warning)), place


def test_a_current_folder_that_was_removed_is_no_defect(here: Path) -> None:
    (here / "gone").mkdir()
    program = "import os, sys; os.rmdir('../gone'); sys.argv[1:] = ['check']; import bot.cli; bot.cli.main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=here / "gone", capture_output=True, timeout=60, check=False
    )
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr


# --- parts by themselves ------------------------------------------------------------------------------


def test_an_entry_a_base_and_a_map_can_be_checked_without_a_configuration(here: Path, said: Said) -> None:
    (here / "config.yaml").unlink()
    assert said("base", code=command_line.OK) == []
    assert said("base/system-qemu.yaml", code=command_line.OK) == []
    assert said("map.yaml", code=command_line.OK) == []
    (here / "base" / "system-qemu.yaml").write_text(ENTRY.replace("short:", "shrt:") + "see: [other]\n")
    lines = said("base/system-qemu.yaml")
    assert len(lines) == 2
    assert "did you mean `short`?" in lines[1]
    assert said("base") == [*lines, "base/system-qemu.yaml:7:7: error: see: there is no entry `other`"]
    (here / "base" / "other.yaml").write_text(ENTRY.replace("system-qemu", "other") + "see: [system-qemux]\n")
    assert said("base/other.yaml", code=command_line.OK) == []
    assert [line.split(":")[0] for line in said("base")] == [
        "base/other.yaml",
        "base/system-qemu.yaml",
        "base/system-qemu.yaml",
    ]
    (here / "map.yaml").write_text(MAP.replace("[bob]", "[bobb]"))
    assert said("map.yaml") == ["map.yaml:5:19: error: there is no person `bobb`, did you mean `bob`?"]
    assert said("gone.yaml") == ["gone.yaml:1:1: error: there is no such file"]


def test_a_configuration_is_not_taken_for_an_entry(here: Path, said: Said) -> None:
    assert said("config.yaml") == ["config.yaml:1:1: error: is a configuration: name it with --config"]


# --- for programs -------------------------------------------------------------------------------------


def test_json_holds_the_sum_and_every_place(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("nick: desk", "nick: desk\n    tls: no") + "dsk: {}\n")
    assert exit_code(["check", "--json"]) == command_line.NOT_FOUND
    said = json.loads(capsys.readouterr().out)
    warning, error = said.pop("problems")
    assert said == {
        "config": "config.yaml",
        "ok": False,
        "errors": 1,
        "warnings": 1,
        "entries": 1,
        "sections": 1,
        "people": 1,
        "found_by": "words alone",
    }
    assert (error["file"], error["line"], error["column"], error["severity"]) == (
        "config.yaml",
        13,
        1,
        "error",
    )
    assert "did you mean `desk`?" in error["message"]
    assert (warning["line"], warning["severity"]) == (5, "warning")


def test_what_counts_as_well_in_json_is_what_the_exit_code_says(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("nick: desk", "nick: desk\n    tls: no"))
    assert exit_code(["check", "--json"]) == command_line.OK
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert exit_code(["check", "--json", "--strict"]) == command_line.NOT_FOUND
    assert json.loads(capsys.readouterr().out)["ok"] is False


# --- the sentence model -------------------------------------------------------------------------------


def test_the_sentence_model_that_is_used_is_named(
    here: Path, tiny: SentenceModel, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "config.yaml").write_text(f"{CONFIG}model: {tiny.folder}\n")
    assert exit_code(["check"]) == command_line.OK
    assert "answers are found by words and the sentence model tiny\n" in capsys.readouterr().err


def test_a_named_model_that_cannot_be_used_is_an_error(here: Path, said: Said) -> None:
    (here / "config.yaml").write_text(f"{CONFIG}model: nowhere\n")
    (line,) = said()
    assert line.startswith(f"config.yaml:12:1: error: model: {here}/nowhere: there is no such folder")


def test_a_damaged_model_that_nobody_named_is_a_warning(
    here: Path, tiny: SentenceModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(here))
    folder = here / "pkgdesk" / "sentence-model"
    shutil.copytree(tiny.folder, folder)
    (folder / "tokenizer.json").write_text("{}")
    assert exit_code(["check"]) == command_line.OK
    told = capsys.readouterr()
    assert f"warning: model: {folder}/tokenizer.json: has 2 bytes" in told.out
    assert "answers are found by words alone" in told.err
    (here / "config.yaml").write_text(f"{CONFIG}model: no\n")
    assert exit_code(["check", "--strict"]) == command_line.OK


# --- bad input ----------------------------------------------------------------------------------------


def pkgdesk(*arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """A process of its own, with bounds on time and memory."""
    done = nursery.ran(*arguments, env={**os.environ, **more}, memory=2 << 30)
    out, err = done.stdout.encode(), done.stderr.encode()
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 << 20)


def looped(path: Path) -> None:
    path.symlink_to(path.name)


SPOILED: dict[str, tuple[Callable[[Path], object], str]] = {
    "directory": (Path.mkdir, "is a directory; a file was expected"),
    "empty": (Path.touch, "the file is empty"),
    "binary": (lambda path: path.write_bytes(bytes(range(256)) * 40), "holds a NUL byte"),
    "latin-1": (lambda path: path.write_bytes(b"name: caf\xe9\n"), "the byte 0xe9 is not valid UTF-8"),
    "large": (big, "has 104857600 bytes; at most"),
    "fifo": (os.mkfifo, "is not a regular file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is not a regular file"),
    "deep": (lambda path: path.write_text("[" * 100_000), "nested more than"),
    "dangling": (lambda path: path.symlink_to("nowhere"), "there is no such file"),
    "looped": (looped, "too many levels of symbolic links"),
    "text": (lambda path: path.write_text("hello\n"), "must be a mapping"),
}


@pytest.mark.parametrize("kind", SPOILED)
@pytest.mark.parametrize("which", ["config.yaml", "map.yaml"])
def test_no_file_is_too_bad_to_be_told_in_a_line(
    here: Path, said: Said, capsys: pytest.CaptureFixture[str], which: str, kind: str
) -> None:
    spoil, why = SPOILED[kind]
    (here / which).unlink()
    spoil(here / which)
    (line,) = said()
    assert line.startswith(f"{which}:1:")
    assert why.lower() in line.lower()
    assert exit_code(["ask", "qemu"]) == command_line.WRONG_USE
    (line,) = capsys.readouterr().err.splitlines()
    assert why.lower() in line.lower()


@pytest.mark.parametrize(("which", "kind"), [("config.yaml", "fifo"), ("map.yaml", "large")])
def test_a_desk_does_not_start_with_it(here: Path, which: str, kind: str) -> None:
    spoil, why = SPOILED[kind]
    (here / which).unlink()
    spoil(here / which)
    done = pkgdesk("run")
    assert done.returncode == command_line.WRONG_USE, done.stderr
    assert why in done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("kind", [kind for kind in SPOILED if kind not in ("directory", "deep", "text")])
def test_a_spoiled_entry_costs_itself(here: Path, said: Said, kind: str) -> None:
    spoil, why = SPOILED[kind]
    spoil(here / "base" / "bad.yaml")
    (line,) = said()
    assert line.startswith("base/bad.yaml:1:")
    if kind not in ("device", "dangling", "looped"):  # a link that leads out of the folder is not followed
        assert why in line
    assert exit_code(["ask", "build the tools without cloning qemu"]) == command_line.OK


def test_a_password_that_never_ends_or_never_comes_is_not_waited_for(here: Path) -> None:
    (here / "config.yaml").write_text(
        CONFIG.replace("    nick: desk", "    nick: desk\n    sasl: {account: desk, password_file: secret}")
    )
    os.mkfifo(here / "secret")
    done = pkgdesk("check")
    assert b"secret is not a regular file" in done.stdout
    assert done.returncode == command_line.NOT_FOUND


def test_a_path_with_a_line_break_stays_on_one_line(here: Path) -> None:
    done = pkgdesk("check", "--config", "a\nb\x1b[31m.yaml")
    assert done.stdout == b"a\\nb\\x1b[31m.yaml:1:1: error: there is no such file\n"
    assert done.stderr.count(b"\n") == 1
    strange = here / "new\nline"
    strange.mkdir()
    for name in ("config.yaml", "map.yaml", "base"):
        (here / name).rename(strange / name)
    (strange / "base" / "bad.yaml").write_text("")
    done = pkgdesk("check", "--config", str(strange / "config.yaml"))
    assert done.stdout == b"new\\nline/base/bad.yaml:1:1: error: the file is empty\n"


def test_what_may_not_be_read_is_told(here: Path) -> None:
    if os.geteuid() != 0:
        (here / "map.yaml").chmod(0)
        assert b"map.yaml:1:1: error: may not be read: permission denied" in pkgdesk("check").stdout
        return
    done = as_nobody(here, "map.yaml", "base")
    assert b"map.yaml:1:1: error: may not be read: permission denied" in done.stdout, done
    assert b"base:1:1: error: cannot be read: permission denied" in done.stdout.lower()
    assert done.returncode == command_line.NOT_FOUND


def as_nobody(here: Path, *closed: str) -> subprocess.CompletedProcess[bytes]:
    """`pkgdesk check` of another user, for the superuser may do anything; they can come to the folder."""
    program = (
        "import os, sys\n"
        "import bot.starting.folder, bot.checking.verdict\n"
        "from bot.cli import main\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sys.argv = ['pkgdesk', 'check']\n"
        "main()\n"
    )
    # pytest closes the folder of its folders to others, again whenever another run of it begins.
    with tempfile.TemporaryDirectory() as made:
        place = shutil.copytree(here, Path(made) / "here")
        for folder in (Path(made), place):
            folder.chmod(0o755)
        for name in closed:
            (place / name).chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=place,
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        done.stdout = done.stdout.replace(os.fsencode(place), os.fsencode(here))
    return done


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ("", "may not write in {here} (if"),
        ("database: kept.sqlite\n", "may not write to {here}/kept.sqlite (if"),
        (
            "database: open/desk.sqlite\ncontrol: {{socket: base/desk.sock}}\n",
            "may not write in {here}/base (if",
        ),
    ],
)
def test_what_may_not_be_written_is_told(here: Path, settings: str, wrong: str) -> None:
    (here / "config.yaml").write_text(CONFIG + settings.format())
    (here / "kept.sqlite").touch(0o444)
    (here / "open").mkdir()
    (here / "open").chmod(0o777)
    if os.geteuid() == 0:
        done = as_nobody(here)
    else:
        (here / "base").chmod(0o555)
        here.chmod(0o555)
        done = pkgdesk("check")
    assert done.stdout, done.stderr
    (line,) = done.stdout.decode().splitlines()
    assert wrong.format(here=here) in line
    assert " error: " in line
    assert done.returncode == command_line.NOT_FOUND


# --- on a terminal ------------------------------------------------------------------------------------


def on_a_terminal(*arguments: str, **more: str) -> Iterator[str]:
    """What is shown to somebody who sits at one, line by line; progress and sum as well."""
    master, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=end,
        stderr=end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "", **more},
    )
    os.close(end)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # the other end is closed (EIO)
        pass
    finally:
        os.close(master)
        process.wait(timeout=60)
    yield from shown.decode().replace("\r\n", "\n").splitlines()


def test_a_terminal_shows_the_line_and_the_place(here: Path) -> None:
    (here / "config.yaml").write_text(CONFIG + "log: {level: loud}\n")
    lines = list(on_a_terminal("check", NO_COLOR="1"))
    assert lines[:3] == [
        "config.yaml:12:7: error: log.level: must be debug, info, warning or error, found `loud`",
        "   12 | log: {level: loud}",
        "      |       ^",
    ]
    assert lines[3].startswith("pkgdesk: config.yaml: 1 error, 0 warnings; 1 entry, ")
    assert lines[4:] == ["pkgdesk: answers are found by words alone"]


def test_colours_tell_errors_from_warnings(here: Path) -> None:
    (here / "config.yaml").write_text(CONFIG.replace("nick: desk", "nick: desk\n    tls: no") + "lg: {}\n")
    shown = "\n".join(on_a_terminal("check"))
    assert "\x1b[1;33mwarning: " in shown
    assert "\x1b[1;31merror: " in shown
    assert "\x1b" not in "\n".join(on_a_terminal("check", NO_COLOR="1"))


def test_a_password_that_stands_in_the_file_is_not_shown(here: Path) -> None:
    (here / "config.yaml").write_text(
        CONFIG.replace("nick: desk", "nick: desk\n    password: battery-horse")
        + "lg: postgresql://a:staple@h\n"
    )
    shown = "\n".join(on_a_terminal("check", NO_COLOR="1"))
    assert "unknown key" in shown
    assert "    password: ……" in shown
    assert "battery" not in shown
    assert "lg: postgresql://a:……" in shown


@pytest.mark.parametrize(
    ("line", "column", "shown"),
    [
        ("abc: def", 6, ("abc: def", 5)),
        ("日本: x", 5, ("日本: x", 6)),
        ("a\tb\x1b[0m\x07.", 3, ("a b�[0m�.", 2)),
        ("x" * 200, 100, ("…" + "x" * 18 + "…", 10)),
        ("x" * 200, 3, ("x" * 19 + "…", 2)),
        ("x" * 200, 200, ("…" + "x" * 10, 10)),
        ("日" * 200, 100, ("…日日日日日日日日日…", 9)),
        ("x" * 9 + "日" * 200, 10, ("x" * 9 + "日日日日日…", 9)),
        ("\t" * 8 + "x" * 12, 9, (" " * 8 + "x" * 12, 8)),
        ("x" * 1_000_000, 500_000, ("…" + "x" * 18 + "…", 10)),
        ("", 1, ("", 0)),
    ],
)
def test_an_excerpt_fits_and_points(line: str, column: int, shown: tuple[str, int]) -> None:
    assert excerpt(line, column, 20) == shown
    assert cell_len(shown[0]) <= 20


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password: words", "password: ….…"),
        ("password_file: words # x", "password_file: ….… … …"),
        ("{token: 'a,b', nick: c}", "{token: ….… ….… …}"),
        ('    sasl: "desk:hunter2"\n    nick: desk', "    sasl: ….…\n    nick: desk"),
        ("  sasl:\n    account: x\n    psw: y\n  nick: z", "  sasl:\n    account: …\n    ….… …\n  nick: z"),
        ("  sasl: {account: x,\n hunter2: x}\n  tls: no", "  sasl: {account: ….…\n ….… …}\n  tls: no"),
        ("- sasl:\n- x\nnick: y", "- sasl:\n… …\nnick: y"),
        ("sasl: [a,\nhunter2]\nnick: y", "sasl: ….…\n….…\nnick: y"),
        ('{"sasl":"desk:hunter2"}', '{"sasl":….…}'),
        ("- {name: '#c', key: hunter2}", "- {name: '#c', key: ….…}"),
        ("certificate_key: desk.pem", "certificate_key: desk.pem"),
        ("database: postgresql://u:a@b/c@h/x", "database: postgresql://u:….…@h/x"),
        ("see: https://example.org/~a@b c:d", "see: https://example.org/~a@b c:d"),
    ],
)
def test_a_line_is_shown_without_what_may_be_a_password(text: str, shown: str) -> None:
    """In what is shown, `….…` stands for two dots or more."""
    lines = list(quiet(text.split("\n")))
    assert [len(line) for line in lines] == [len(line) for line in text.split("\n")]
    assert re.sub("…{2,}", "….…", "\n".join(lines)) == shown


@pytest.mark.parametrize("columns", [80, 40])
def test_on_any_terminal_the_caret_is_under_the_place(here: Path, columns: int) -> None:
    wide, long = "日本" * 30, "x" * 300
    (here / "config.yaml").write_text(
        CONFIG.replace("facets: {xen: {bare: yes}}", "facets: # \t.\n  xen: {bare: yes}")
        + f"log: {{format: auto, level: {long}}}\n"
        + f"monitoring: {{host: 127.0.0.1, {wide}: a, prot: 5, {wide}x: b}}\n"
    )
    shown = list(on_a_terminal("check", NO_COLOR="1", COLUMNS=str(columns)))
    carets = [number for number, line in enumerate(shown) if re.fullmatch(r" +\| *\^", line)]
    assert len(carets) == 4
    pointed = []
    for number in carets:
        line = shown[number - 1]
        assert cell_len(line) <= columns
        cells = [character for each in line for character in (each, "")[: cell_len(each)]]
        pointed.append("".join(cells[len(shown[number]) - 1 :])[:4])
    assert pointed == ["leve", "日本日本", "prot", "日本日本"]


def test_a_long_reading_shows_how_far_it_has_come(here: Path) -> None:
    for number in range(3000):
        (here / "base" / f"entry-{number}.yaml").write_text(
            ENTRY.replace("system-qemu", f"entry-{number}").replace("?", f" {number}?")
        )
    shown = "\n".join(on_a_terminal("check"))
    if "read in 0." not in shown:  # else it was too quick for a bar
        assert "/3001" in shown
    assert "all is well" in shown
    assert "3001 entries" in shown


def test_a_history_that_cannot_be_used_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = here / "config.yaml"
    written = config.read_text()
    config.write_text(f"{written}\nhistory: past.gz\n")
    assert exit_code(["check"]) == 1
    assert "error: history: " in (told := capsys.readouterr().out)
    assert "`pkgdesk map learn` makes it" in told
    (here / "past.gz").write_bytes(b"no history")
    assert exit_code(["check"]) == 1
    assert "`pkgdesk map learn --full` makes it anew" in capsys.readouterr().out
