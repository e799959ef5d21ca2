"""What is wrong with a configuration is told with its place, and the example shows every setting."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.bridges import Bridge, Form
from bot.checking.examination import check
from bot.config import Settings, examine, load, secrets
from knowledge.documents import DocumentError, Severity, parse_as, read
from routing.presence import Venue, Visibility

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
TODAY = date(2026, 11, 1)

SMALL = """\
networks:
  libera:
    host: irc.example.org
    nick: desk
    channels: ["#packagers"]
knowledge: base
map: map.yaml
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A configuration that is right."""
    path = tmp_path / "config.yaml"
    path.write_text(SMALL)
    return path


def problems(path: Path) -> list[str]:
    """What is said about a file, without its folder."""
    with pytest.raises(DocumentError) as caught:
        load(path)
    return [str(problem).removeprefix(f"{path.parent}/") for problem in caught.value.problems]


def test_a_small_configuration_is_enough(written: Path) -> None:
    settings = load(written)
    assert settings.venues == (Venue("libera", "#packagers", Visibility.PUBLIC),)
    assert settings.networks["libera"].port == 6697
    assert settings.desk.prefix == "!"
    assert settings.log.format == "auto"


def test_a_bridge_is_a_nick_or_a_nick_and_more(written: Path) -> None:
    more = '[relay, {nick: Other, account: other, form: "nick: text"}]'
    written.write_text(SMALL.replace("    channels", f"    bridges: {more}\n    channels"))
    assert load(written).bridges.known == {
        ("libera", "relay"): Bridge(),
        ("libera", "other"): Bridge("other", Form.COLON),
    }
    written.write_text(SMALL.replace("    channels", '    bridges: [{nick: r, form: "<x>"}]\n    channels'))
    assert problems(written) == [
        "config.yaml:5:25: networks.libera.bridges[0].form: must be <nick> text, [nick] text, (nick) text or "
        "nick: text, found `<x>`"
    ]


def test_paths_are_relative_to_the_file(written: Path) -> None:
    settings = load(written)
    assert settings.knowledge == written.parent / "base"
    assert settings.map == written.parent / "map.yaml"
    assert settings.database_url == f"sqlite:///{written.parent}/pkgdesk.sqlite"


def test_absolute_paths_and_urls_stay(written: Path) -> None:
    written.write_text(SMALL.replace("map.yaml", "/etc/desk/map.yaml") + "database: sqlite:////var/desk.db\n")
    settings = load(written)
    assert settings.map == Path("/etc/desk/map.yaml")
    assert settings.database_url == "sqlite:////var/desk.db"


def test_a_database_on_a_server_is_left_as_it_is_named(written: Path) -> None:
    written.write_text(SMALL + "database: postgresql://desk@db.example.org/desk?sslmode=verify-full\n")
    settings = load(written)
    assert settings.database_url == "postgresql://desk@db.example.org/desk?sslmode=verify-full"
    assert settings.control.socket == written.parent / "pkgdesk.sock"


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        (
            "    chanels: []",
            '    channels: ["#packagers"]',
            "config.yaml:5:5: networks.libera.chanels: unknown key, did you mean `channels`?",
        ),
        ("    nick: a b", "    nick: desk", "config.yaml:4:5: networks.libera.nick: is not a nick"),
        ("    host: [1]", "    host: irc.example.org", "config.yaml:3:5: networks.libera.host: must be text"),
        ("    type: irk", "    nick: desk", "config.yaml:4:5: networks.libera.type: must be irc"),
        ("  Libera:", "  libera:", "config.yaml:2:3: networks.Libera: a name here is made of"),
        ("map: [[x]]", "map: map.yaml", "config.yaml:7:7: map[0]: must be a path"),
        ("map:", "map: map.yaml", "config.yaml:7:1: map: must be a path"),
        ("map: a\nmap: b", "map: map.yaml", "config.yaml:8:1: the key `map` is already given in line 7"),
        ("", "map: map.yaml", "config.yaml:1:1: `map` is missing"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(written: Path, wrong: str, right: str, said: str) -> None:
    written.write_text(SMALL.replace(right, wrong))
    assert any(problem.startswith(said) for problem in problems(written)), problems(written)


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("desk: {answer_at: often}", "config.yaml:8:8: desk.answer_at: must be a number, found `often`"),
        ("desk: {patience: 5}", "config.yaml:8:8: desk.patience: must be a number and a unit like 20s"),
        ("desk:\n  patiense: 5m", "config.yaml:9:3: desk.patiense: unknown key, did you mean `patience`?"),
        (
            "desk:\n  pull: yes",
            "config.yaml:9:3: desk.pull: unknown key here, did you mean `publishing.pull`?",
        ),
        ("pull: yes", "config.yaml:8:1: pull: unknown key here, did you mean `publishing.pull`?"),
        ("desk: {offer_at: 0.9}", "config.yaml:8:8: desk.offer_at: must be at most answer_at, which is 0.6"),
        (
            "desk: {operators: {libra: [alice]}}",
            "config.yaml:8:20: desk.operators: there is no network `libra`, did you mean `libera`?",
        ),
        ("log: {level: loud}", "config.yaml:8:7: log.level: must be debug, info, warning or error"),
        ("database: mysql://x/y", "config.yaml:8:1: database: must be the path of an SQLite file"),
        ("database: postgres:/x", "config.yaml:8:1: database: must be the path of an SQLite file"),
        ("database: postgresql://x:pw@h/y", "config.yaml:8:1: database: must not hold a password"),
        ("database: postgresql:///y?password=pw", "config.yaml:8:1: database: must not hold a password"),
        (
            "facets:\n  kit: {choices: {xl: []}, bare: yes}",
            "config.yaml:9:3: facets.kit: `words` and `bare` are for versions",
        ),
        ("facts: {}", "config.yaml:8:1: facts: unknown key, did you mean `facets`?"),
    ],
)
def test_what_is_added_and_wrong_is_told_too(written: Path, added: str, said: str) -> None:
    written.write_text(SMALL + added + "\n")
    assert any(problem.startswith(said) for problem in problems(written)), problems(written)


def test_everything_is_told_at_once(written: Path) -> None:
    written.write_text(SMALL.replace("nick", "nikc").replace("map:", "mapp:") + "log: {level: loud}\n")
    lines = [int(problem.split(":")[1]) for problem in problems(written)]
    assert len(lines) >= 4
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "config.yaml:1:1: the file is empty"),
        (b"# nothing\n", "config.yaml:1:1: holds nothing but"),
        (b"a: 1\nnetworks: {}\n", "config.yaml:2:1: networks: name at least one network, as"),
        (b"networks:\n", "config.yaml:1:1: networks: name at least one network, as `libera:"),
        (b"networks:\n  \x00\x01", "config.yaml:2:3: holds a NUL byte"),
        (b"nick: caf\xe9\n", "config.yaml:1:10: the byte 0xe9 is not valid UTF-8"),
        (b"networks: {a: *a}\n", "config.yaml:1:15: aliases"),
        (b"networks: [\n", "config.yaml:2:1: this is not YAML"),
        (b"- 1\n", "config.yaml:1:1: must be a mapping"),
    ],
)
def test_a_file_that_is_no_configuration_says_why(written: Path, content: bytes, said: str) -> None:
    written.write_bytes(content)
    assert any(problem.startswith(said) for problem in problems(written)), problems(written)


def test_a_directory_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").mkdir()
    assert problems(tmp_path / "config.yaml") == ["config.yaml:1:1: is a directory; a file was expected"]


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    assert problems(tmp_path / "config.yaml") == ["config.yaml:1:1: there is no such file"]


def test_passwords_are_known_to_the_log_and_to_nobody_else(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (written.parent / "secret").write_text("correct horse\nmore\n")
    written.write_text(
        SMALL.replace(
            "    nick: desk",
            "    nick: desk\n    sasl: {account: desk, password_file: secret}",
        ).replace(
            "knowledge:",
            "  oftc:\n    host: h\n    nick: d\n    sasl: {account: d, password_env: DESK_OFTC}\nknowledge:",
        )
    )
    monkeypatch.setenv("DESK_OFTC", "battery")
    settings = load(written)
    assert secrets(settings) == ("correct horse", "battery")
    assert "horse" not in repr(settings)
    monkeypatch.delenv("DESK_OFTC")
    assert secrets(settings) == ("correct horse",)


def test_the_log_knows_the_keys_of_channels_too(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyed = "['#a', {name: '#b', key: {password_env: DESK_KEY}}]"
    written.write_text(SMALL.replace('["#packagers"]', keyed))
    monkeypatch.setenv("DESK_KEY", "battery")
    assert secrets(load(written)) == ("battery",)


HIDDEN = "hunter2"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nick: desk", "nick: desk\n    sasl: desk:hunter2", "5:5: networks.libera.sasl: must be a mapping"),
        (
            "nick: desk",
            "nick: desk\n    sasl: [desk, hunter2]",
            "5:5: networks.libera.sasl: must be a mapping",
        ),
        (
            "nick: desk",
            "nick: desk\n    sasl: {desk:hunter2}",
            "5:12: networks.libera.sasl.…: unknown key; allowed: password_file, ",
        ),
        (
            "nick: desk",
            "nick: desk\n    sasl: {account: [hunter2], password_env: A}",
            "5:12: networks.libera.sasl.account: must be text, found something else",
        ),
        (
            "nick: desk",
            "nick: desk\n    sasl: {accuont: desk, password: hunter2}",
            "5:12: networks.libera.sasl.accuont: unknown key, did you mean `account`?",
        ),
        (
            "nick: desk",
            "nick: desk\n    server_password: hunter2",
            "5:5: networks.libera.server_password: unkn",
        ),
        (
            "nick: desk",
            "nick: desk\n    port: ircs://desk:hunter2@irc.example.org",
            "5:5: networks.libera.port: must be a whole number, found `ircs://desk:…@irc.example.org`",
        ),
        ("nick: desk", "nick: desk\n    port: desk:hunter2/@@x", "found `desk:…@x`"),
        ("nick: desk", "nick: desk\n    port: 'x://h/y?password=hunter2&z'", "found `x://h/y?password=…&z`"),
        (
            "nick: desk",
            f"nick: desk\n    port: x://{'u' * 40}:hunter2{'2' * 40}@h",
            "found `x://uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu:…@h`",
        ),
        (
            '["#packagers"]',
            "[{name: '#c', key: hunter2}]",
            "5:29: networks.libera.channels[0].key: no secret stands in the configuration: write ",
        ),
        (
            '["#packagers"]',
            "[{name: '#c', key: {hunter2: x}}]",
            "networks.libera.channels[0].key.…: unknown key; allowed: password_file, ",
        ),
        ("map:", "database: postgresql://u:hunter2@h/x\nmap:", "7:1: database: must not hold a password"),
        ("map:", "database: postgresql://u:1/hunter2@h/x\nmap:", "7:1: database: must not hold a password"),
        ("map:", "database: postgresql://u:hunter2@h\u2100x/y\nmap:", "7:1: database: must be the path of"),
        ("map:", "postgresql://u:hunter2@h/x: y\nmap:", "7:1: postgresql://u:…@h/x: unknown key"),
    ],
)
def test_what_may_be_a_password_is_never_repeated(written: Path, old: str, new: str, said: str) -> None:
    assert old in SMALL
    written.write_text(SMALL.replace(old, new))
    told = problems(written)
    assert any(said in problem for problem in told), told
    assert not any(HIDDEN in problem for problem in told), told


# --- the example --------------------------------------------------------------------------------------


def models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def fields(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Every setting with its path, `*` standing for a name that the operator chooses."""
    for name, field in model.model_fields.items():
        yield (*path, name), field
        several = "dict[" in str(field.annotation) or "tuple[" in str(field.annotation)
        for inner in models_in(field.annotation):
            yield from fields(inner, (*path, name, "*") if several else (*path, name))


def values(value: Any, path: tuple[str, ...]) -> list[Any]:
    """Everything that stands at `path` in settings."""
    if not path:
        return [value]
    if value is None:
        return []
    if path[0] != "*":
        inside = [value.get(path[0]) if isinstance(value, dict) else getattr(value, path[0], None)]
    else:
        inside = list(value.values()) if isinstance(value, dict) else list(value)
    return [found for each in inside for found in values(each, path[1:])]


def written_keys(value: Any, path: tuple[str, ...]) -> bool:
    """Whether the document has the key that `path` leads to."""
    if not path:
        return True
    if path[0] == "*":
        inside = list(value.values()) if isinstance(value, dict) else value
        return any(written_keys(each, path[1:]) for each in inside)
    return isinstance(value, dict) and path[0] in value and written_keys(value[path[0]], path[1:])


YOURS = {"facets.*.bare", "networks.*.channels.*.visibility", "networks.*.rooms.*.visibility"}
"""Settings that the example has other than by default, so that it shows something."""


def lacking(text: str) -> list[str]:
    """What the example does not show of the settings that there are."""
    document = read(text, "config.example.yaml")
    settings = parse_as(document, Settings)
    comments = re.sub(r"\s*\n\s*# ?", " ", text)
    faults = []
    for path, field in fields(Settings):
        name = ".".join(path)
        if not field.description:
            faults.append(f"{name} has no description")
        elif field.description not in comments:
            faults.append(f"{name} is not explained by: {field.description}")
        commented = re.findall(rf"\n *# *(?:- )?{path[-1]}:(?: (\S+)|(?=\n))", text)
        if not written_keys(document.value, path) and not commented:
            faults.append(f"{name} is not there")
        default = field.get_default(call_default_factory=True)
        plain = not field.is_required() and default not in (None, [], {}, ()) and name not in YOURS
        shown = [*values(settings, path), *(yaml.safe_load(each) for each in commented if each)]
        if plain and not isinstance(default, BaseModel) and default not in shown:
            faults.append(f"{name} is not shown with its default, {default}")
    return faults


def test_the_example_shows_every_setting_with_its_description_and_default() -> None:
    assert lacking(EXAMPLE.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("shown", "instead", "fault"),
    [
        ("      connect: 30s\n", "", "networks.*.times.connect is not there"),
        ("      first_sync: 5m\n", "", "networks.*.times.first_sync is not there"),
        ("  patience: 30m\n", "  patience: 31m\n", "desk.patience is not shown with its default, 0:30:00"),
        ("    # certificate: libera.pem\n", "", "networks.*.certificate is not there"),
        ("# The server's port.", "# A number.", "networks.*.port is not explained by: The server's port."),
    ],
)
def test_what_the_example_lacks_would_be_noticed(shown: str, instead: str, fault: str) -> None:
    text = EXAMPLE.read_text("utf-8")
    assert shown in text
    assert fault in lacking(text.replace(shown, instead))


def test_nothing_is_wrong_with_the_demo_s_configuration() -> None:
    assert check(EXAMPLE.parent / "bot" / "demo" / "config.yaml", TODAY).problems == ()


def test_of_the_example_only_the_names_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LIBERA_PASSWORD", "SECURITY_KEY", "MATRIX_PASSWORD"):
        monkeypatch.delenv(f"PKGDESK_{name}", raising=False)
    found = check(EXAMPLE, TODAY).problems
    errors = [problem.message for problem in found if problem.severity is Severity.ERROR]
    assert len(errors) == 6
    assert all("is that of the example" in said for said in errors)
    warnings = [problem.message for problem in found if problem.severity is Severity.WARNING]
    key, password, matrix, *people = warnings
    assert "channels[1].key.password_env: cannot read the password: the environment variable" in key
    assert "the environment variable PKGDESK_LIBERA_PASSWORD is not set" in password
    assert "the environment variable PKGDESK_MATRIX_PASSWORD is not set" in matrix
    assert people
    assert all("there is no network `demo` (configured: libera, matrix)" in said for said in people)


JOINED = """
networks:
  libera: {host: h, nick: n, channels: ["#a", {name: "#b", visibility: members}]}
  oftc: {host: h, nick: n, channels: ["#a"]}
knowledge: k
map: m
bridged:
"""


@pytest.mark.parametrize(
    ("venues", "fault"),
    [
        (["libera/#a", "oftc/#A"], ""),
        (["libera/#a", "oftc/#c"], "the desk sits in no `oftc/#c`, did you mean `oftc/#a`?"),
        (["libera/#b", "oftc/#a"], "their `visibility` must be the same"),
        (["libera/#a", "libera/#b"], "must be on a network each"),
    ],
)
def test_what_a_bridge_makes_one_must_be_there_and_alike(
    tmp_path: Path, venues: list[str], fault: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"{JOINED}  - venues: {json.dumps(venues)}\n", "utf-8")
    said = [problem.message for problem in examine(path).problems if "bridged" in problem.message]
    assert bool(said) is bool(fault)
    assert fault in " ".join(said)
    if not fault:
        both = frozenset({("libera", "#a"), ("oftc", "#a")})
        assert load(path).joint == dict.fromkeys(both, both)
        assert load(path).ghosts.name("libera", "alice[m]") == "alice"
