"""The log is readable on a terminal, JSON elsewhere, and holds neither secrets nor what steers a terminal."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import log
from bot.config import LogSettings


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, ours = root.handlers[:], root.level, logging.getLogger("bot").level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("bot").setLevel(ours)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def logged(settings: LogSettings, stream: io.StringIO, *secrets: str) -> structlog.stdlib.BoundLogger:
    return log.set_up(settings, secrets, stream=stream, colour=False)


def test_it_is_json_where_nobody_watches() -> None:
    stream = io.StringIO()
    logged(LogSettings(), stream).info("asked", question=42, nick="alice")
    said = json.loads(stream.getvalue())
    assert (said["event"], said["question"], said["nick"], said["level"]) == ("asked", 42, "alice", "info")
    assert said["timestamp"].endswith("Z")


def test_it_is_a_line_for_people_on_a_terminal() -> None:
    stream = Terminal()
    logged(LogSettings(), stream).info("asked", question=42)
    assert "asked" in stream.getvalue()
    assert "question=42" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize(("form", "stream"), [("json", Terminal()), ("human", io.StringIO())])
def test_the_configuration_decides_where_it_says_so(form: str, stream: io.StringIO) -> None:
    logged(LogSettings.model_validate({"format": form}), stream).info("asked")
    assert stream.getvalue().startswith("{") is (form == "json")


def test_below_the_level_nothing_is_logged() -> None:
    stream = io.StringIO()
    logger = logged(LogSettings(level="warning"), stream)
    logger.info("asked")
    structlog.get_logger("bot.loop").info("decided")
    assert stream.getvalue() == ""
    logger.warning("slow")
    assert "slow" in stream.getvalue()


def test_libraries_leave_by_the_same_door_from_warnings_on() -> None:
    stream = io.StringIO()
    logged(LogSettings(), stream)
    logging.getLogger("irc.client").info("FROM SERVER: PING")
    assert stream.getvalue() == ""
    logging.getLogger("irc.client").warning("%s went away", "it")
    assert json.loads(stream.getvalue())["event"] == "it went away"


@pytest.mark.parametrize("form", ["json", "human"])
def test_secrets_are_hidden_wherever_they_stand(form: str) -> None:
    stream = io.StringIO()
    logger = logged(LogSettings.model_validate({"format": form, "level": "debug"}), stream, "correct horse")
    logger.info(
        "login with correct horse", said=["AUTHENTICATE Y29ycmVjdCBob3JzZQ=="], how={"why": "correct horse"}
    )
    logger.info("told", password="other", sasl_token="other", line={"secret": "other"})
    logging.getLogger("irc").warning("sent correct horse")
    try:
        raise ValueError("correct horse")
    except ValueError:
        logger.exception("failed")
    written = stream.getvalue()
    assert "failed" in written
    assert "ValueError" in written
    for secret in ("correct horse", "Y29ycmVjdCBob3JzZQ", "other"):
        assert secret not in written


def test_a_traceback_does_not_show_what_variables_held() -> None:
    stream = io.StringIO()
    logger = logged(LogSettings(format="human"), stream)
    quiet = "unknown to the configuration"[:7]
    try:
        raise ValueError("x")
    except ValueError:
        logger.exception("failed")
    assert "Traceback" in stream.getvalue()
    assert quiet not in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "human"])
def test_what_users_say_cannot_steer_a_terminal_nor_forge_a_line(form: str) -> None:
    stream = io.StringIO()
    logger = logged(LogSettings.model_validate({"format": form}), stream)
    logger.info("heard", text="\x1b[2J\r\n2026 fake \u202e\x07", nick="a\nb", what=["\x1b]0;x\x07"])
    written = stream.getvalue()
    assert written.count("\n") == 1
    assert not any(character in written for character in "\x1b\r\x07\u202e")
    assert "fake" in written
