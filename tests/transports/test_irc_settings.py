"""What may be set about an IRC network, and what may not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from bot.transports.irc.settings import IrcSettings, IrcTimes, SaslSettings
from routing.presence import Visibility

LEAST: dict[str, Any] = {"host": "irc.example.org", "nick": "pkgdesk"}


def settings(**more: Any) -> IrcSettings:
    return IrcSettings.model_validate({**LEAST, **more})


def wrong(**more: Any) -> str:
    with pytest.raises(ValidationError) as error:
        settings(**more)
    return str(error.value)


def test_the_defaults_are_safe() -> None:
    assert settings().tls
    assert settings().port == 6697
    assert settings().pace.burst == 4
    assert settings().pace.rate == 0.5
    assert settings().sasl is None


def test_values_may_be_written_as_text() -> None:
    read = settings(port="6667", tls="no", times={"reconnect": "5s"}, pace={"rate": "1.5"})
    assert (read.port, read.tls, read.times.reconnect, read.pace.rate) == (
        6667,
        False,
        timedelta(seconds=5),
        1.5,
    )


def test_a_channel_is_a_name_or_a_name_and_a_visibility() -> None:
    channels = settings(channels=["#xen", {"name": "#xen-security", "visibility": "members"}]).channels
    assert [(each.name, each.visibility) for each in channels] == [
        ("#xen", Visibility.PUBLIC),
        ("#xen-security", Visibility.MEMBERS),
    ]


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"nick": "a b"}, "is not a nick"),
        ({"nick": "a\rQUIT"}, "is not a nick"),
        ({"realname": "x\r\nQUIT"}, "one line of visible characters"),
        ({"realname": "a helper", "operator": "alice"}, "does not name the `operator`"),
        ({"username": "a b"}, "match"),
        ({"host": "a b"}, "host name"),
        ({"host": ""}, "host name"),
        ({"port": 0}, "greater than"),
        ({"channels": ["xen"]}, "not the name of a channel"),
        ({"channels": ["#a,#b"]}, "not the name of a channel"),
        ({"channels": ["#a", "#A"]}, "stands there twice"),
        ({"channels": [{"name": "#a", "visibility": "private"}]}, "must be public or members"),
        ({"password": "sesame"}, "Extra inputs"),
        ({"sasl": {"account": "desk", "password": "sesame"}}, "Extra inputs"),
        ({"sasl": {"account": "desk"}}, "set exactly one of password_file"),
        ({"sasl": {"account": "desk", "password_file": "a", "password_env": "B"}}, "set exactly one of"),
        (
            {"sasl": {"account": "desk", "password_credential": "a", "password_env": "B"}},
            "set exactly one of",
        ),
        ({"sasl": {"account": "desk", "password_env": ""}}, "not the name of a variable"),
        ({"sasl": {"account": "desk", "password_env": "A=B"}}, "not the name of a variable"),
        ({"sasl": {"account": "desk", "password_credential": "../x"}}, "not the name of a credential"),
        ({"sasl": {"account": "desk", "password_credential": ".."}}, "not the name of a credential"),
        ({"tls": False, "sasl": {"account": "desk", "password_env": "B"}}, "readable on its way"),
    ],
)
def test_what_cannot_be_is_refused(more: dict[str, Any], complaint: str) -> None:
    assert complaint in wrong(**more)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "::1"])
def test_on_this_machine_an_account_needs_no_tls(host: str) -> None:
    assert settings(host=host, tls=False, sasl={"account": "desk", "password_env": "B"}).sasl


def test_a_password_is_read_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "password").write_text("sesame\nnot this\n", "utf-8")
    from_file = settings(sasl={"account": "desk", "password_file": "password"}).within(tmp_path).sasl
    assert from_file is not None
    assert from_file.password() == "sesame"
    (tmp_path / "password").write_text("changed", "utf-8")
    assert from_file.password() == "changed"
    monkeypatch.setenv("DESK", "open")
    assert SaslSettings(account="desk", password_env="DESK").password() == "open"


def test_a_password_comes_from_what_systemd_hands_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sasl = SaslSettings(account="desk", password_credential="libera.password")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ValueError, match=r"LoadCredential=libera\.password:"):
        sasl.password()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(FileNotFoundError):
        sasl.password()
    assert sasl.complaint() == f"{tmp_path}/libera.password: no such file or directory"
    (tmp_path / "libera.password").write_text("sesame\n")
    assert sasl.password() == "sesame"
    assert sasl.complaint() is None


@pytest.mark.parametrize("content", [b"", b"\n", b"a\0b", b"\xff sesame"])
def test_what_is_no_password_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    sasl = SaslSettings(account="desk", password_file=path)
    with pytest.raises(ValueError, match="password") as caught:
        sasl.password()
    assert str(path) in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert sasl.complaint() == str(caught.value)


def test_a_variable_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sasl = SaslSettings(account="desk", password_env="DESK")
    monkeypatch.delenv("DESK", raising=False)
    assert sasl.complaint() == "the environment variable DESK is not set"
    monkeypatch.setenv("DESK", "")
    assert sasl.complaint() == "there is no password in the environment variable DESK"


@pytest.mark.parametrize(
    ("mode", "exposed"), [(0o600, False), (0o640, False), (0o644, True), (0o604, True), (0o602, True)]
)
def test_a_password_file_that_everybody_can_read_is_told(tmp_path: Path, mode: int, exposed: bool) -> None:
    path = tmp_path / "password"
    path.write_text("sesame\n")
    path.chmod(mode)
    said = SaslSettings(account="desk", password_file=path).exposed()
    assert (said is not None) is exposed
    if said is not None:
        assert said.endswith(f"chmod o-rw {path}")
        assert "sesame" not in said


def test_only_files_can_be_exposed(tmp_path: Path) -> None:
    for source in (
        {"password_env": "DESK"},
        {"password_credential": "x"},
        {"password_file": tmp_path / "none"},
    ):
        assert SaslSettings.model_validate({"account": "desk", **source}).exposed() is None


def test_relative_paths_are_read_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    assert settings(ca_file="ca.pem").within(tmp_path).ca_file == tmp_path / "ca.pem"
    assert settings(ca_file="/etc/ca.pem").within(tmp_path).ca_file == Path("/etc/ca.pem")


@pytest.mark.parametrize("model", [IrcSettings, IrcTimes, SaslSettings])
def test_every_setting_is_described(model: type[BaseModel]) -> None:
    assert all(field.description for field in model.model_fields.values())
