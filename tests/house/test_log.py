"""The log is readable on a terminal, JSON elsewhere, and holds neither secrets nor what steers a terminal."""

import ast
import asyncio
import base64
import gc
import io
import json
import logging
import re
import signal
from pathlib import Path

import pytest
import structlog
from desk_process import CHANNEL, Stage, until

from bot import log
from bot.config import LogSettings
from bot.desk.model import State
from bot.store.errors import StoreError

WORDS = "words that nobody else is to read"


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

    assert list(said)[:3] == ["timestamp", "level", "event"]


def test_it_is_a_short_line_for_people_on_a_terminal() -> None:
    stream = Terminal()
    logged(LogSettings(), stream).info("asked", question=42)
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[info +\] asked question=42\n", stream.getvalue())


def test_for_people_the_place_comes_first_and_the_remedy_last() -> None:
    stream = Terminal()
    logged(LogSettings(), stream)
    logger = structlog.get_logger("bot.transports").bind(network="libera")
    logger.warning("could not join", remedy="ask", why="banned", again_in="30 s", venue="#a", by="op")
    keys = re.findall(r"(\w+)=", stream.getvalue())
    assert keys == ["network", "venue", "why", "by", "again_in", "remedy"]


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
        "login",
        to="it with correct horse",
        said=["AUTHENTICATE Y29ycmVjdCBob3JzZQ=="],
        how={"why": "correct horse"},
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


@pytest.mark.parametrize("account", ["desk", "desk1", "desk12", ""])
@pytest.mark.parametrize("password", ["correct horse", "hörse", "a'b\"c\\d", "x" * 400])
def test_a_password_is_hidden_as_sasl_sends_it_whatever_stands_before_it(account: str, password: str) -> None:
    stream = io.StringIO()
    logger = logged(LogSettings(), stream, password)
    plain = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    logger.info("sent", line=f"AUTHENTICATE {plain}", said=repr([password]))
    (message,) = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert log.HIDDEN in message["line"]
    assert log.HIDDEN in message["said"]
    # What is left of it are the characters that its neighbours share.
    left = message["line"].removeprefix("AUTHENTICATE ").replace(log.HIDDEN, "")
    assert len(left) < len(plain) - len(password) * 8 // 6 + 4


def test_a_short_secret_leaves_the_rest_of_the_log_readable() -> None:
    stream = io.StringIO()
    logged(LogSettings(), stream, "abc", "").info("abc was heard")
    assert "abc was heard" in stream.getvalue()


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_password_that_is_a_common_word_is_not_given_away_by_what_is_missing(form: str) -> None:
    stream = io.StringIO()
    settings = LogSettings.model_validate({"format": form})
    logged(settings, stream, "desk", "network", "info", "serving", "warning", "bot.app")
    logger = structlog.get_logger("bot.app")
    logger.info("the desk is serving", network="libera", why="the desk")
    logging.getLogger("irc").warning("a desk")
    ours, theirs = stream.getvalue().splitlines()
    assert "the desk is serving" in ours
    for word in ("network", "info", "libera"):
        assert word in ours
    assert "the (hidden)" in ours
    assert "warning" in theirs
    assert "a (hidden)" in theirs


def test_our_own_events_are_literals() -> None:
    """They are never hidden, so nothing may be put into them."""
    found = 0
    for path in sorted(Path(log.__file__).parent.rglob("*.py")):
        text = path.read_text("utf-8")
        if "structlog.get_logger" not in text:
            continue
        tree = ast.parse(text)
        names = {
            target.id
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign) and any(map(_logs, ast.walk(each.value)))
            for target in each.targets
            if isinstance(target, ast.Name)
        }
        for each in ast.walk(tree):
            if not isinstance(each, ast.Call):
                continue
            if _logs(each.func) or (isinstance(each.func, ast.Name) and each.func.id in names):
                place = f"{path}:{each.lineno}"
                assert [type(given) for given in each.args] == [ast.Constant], place
                found += 1
    assert found > 30


def _logs(node: ast.AST) -> bool:
    """Whether this is `log.info` or the like."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ("debug", "info", "warning", "error", "exception", "critical")
        and isinstance(node.value, ast.Name)
        and node.value.id in ("log", "logger")
    )


@pytest.mark.parametrize("level", ["debug", "info"])
def test_libraries_do_not_log_every_line_at_any_level(level: str) -> None:
    stream = io.StringIO()
    logged(LogSettings.model_validate({"level": level}), stream)
    for library in ("irc.client", "psycopg", "sqlalchemy.engine.Engine", "watchfiles.main", "asyncio"):
        logging.getLogger(library).debug(WORDS)
        logging.getLogger(library).info(WORDS)
    assert stream.getvalue() == ""


# --- exceptions ------------------------------------------------------------------------------------------


def failing(error: BaseException) -> str:
    stream = io.StringIO()
    logger = logged(LogSettings(), stream)
    try:
        raise error
    except BaseException:
        logger.exception("failed", question=42)
    said: str = json.loads(stream.getvalue())["exception"]
    return said


def test_a_traceback_says_where_and_of_which_type_but_not_what_was_said() -> None:
    for error in (
        ValueError(WORDS),
        KeyError(WORDS),
        UnicodeEncodeError("ascii", WORDS, 0, 1, WORDS),
        Exception(WORDS),
    ):
        said = failing(error)
        assert type(error).__name__ in said
        assert "test_log.py" in said
        assert "in failing" in said
        assert WORDS not in said


@pytest.mark.parametrize(
    "error",
    [
        OSError(28, "No space left on device"),
        StoreError("the disk is full: make room"),
        AttributeError("'NoneType' object has no attribute 'nick'"),
    ],
)
def test_an_exception_that_holds_nobody_s_words_is_told(error: BaseException) -> None:
    assert str(error) in failing(error)


def test_what_lies_behind_an_exception_is_told_in_the_same_way() -> None:
    stream = io.StringIO()
    logger = logged(LogSettings(), stream)
    try:
        try:
            int(WORDS)
        except ValueError as error:
            raise StoreError("the database is damaged") from error
    except StoreError:
        logger.exception("failed")
    try:
        raise ExceptionGroup(WORDS, [ValueError(WORDS), OSError("told")])
    except ExceptionGroup:
        logger.exception("failed")
    first, second = (json.loads(line)["exception"] for line in stream.getvalue().splitlines())
    assert first.index("ValueError") < first.index("direct cause") < first.index("the database is damaged")
    assert second.index("ExceptionGroup") < second.index("ValueError") < second.index("OSError: told")
    assert WORDS not in stream.getvalue()


def test_an_exception_that_is_its_own_context_is_told_once() -> None:
    error = OSError("told")
    error.__context__ = OSError("before")
    error.__context__.__context__ = error
    assert failing(error).count("OSError") == 2


async def test_what_a_forgotten_task_failed_with_is_not_told_in_asyncio_s_words() -> None:
    stream = io.StringIO()
    logged(LogSettings(), stream)

    async def fails() -> None:
        raise ValueError(WORDS)

    task = asyncio.create_task(fails())
    await asyncio.wait({task})
    del task
    gc.collect()
    assert "Task exception was never retrieved" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert WORDS not in stream.getvalue()


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


# --- the log of a real desk ------------------------------------------------------------------------------

PASSWORD = "correct-horse.battery'staple"


def shapes(password: str, account: str) -> list[str]:
    """A password as it stands in a file, in Python, and on the wire."""
    alone = base64.b64encode(password.encode()).decode()
    sent = base64.b64encode(f"\0{account}\0{password}".encode()).decode()
    return [password, repr(password)[1:-1], alone.rstrip("=")[:-1], sent[8:-4]]


async def test_no_password_and_nobody_s_private_words_are_in_the_log(tmp_path: Path) -> None:
    """A desk that logs all it can, with an account, a channel for members, and one who asks privately."""
    (tmp_path / "password").write_text(PASSWORD)
    network = {
        "sasl": {"account": "pkgdesk", "password_file": "password"},
        "channels": [CHANNEL, {"name": "#security", "visibility": "members"}],
    }
    async with Stage(
        tmp_path,
        accounts={"pkgdesk": PASSWORD, "bob": "bobs"},
        network=network,
        log={"level": "debug"},
    ) as stage:
        await stage.start()
        alice = await stage.enter("alice")
        bob = await stage.enter("bob")
        erin = await stage.enter("erin", "#security")
        await until(lambda: bool(stage.logged("connected")), "it is connected")
        assert [line["identified"] for line in stage.logged("connected")] == [True]

        alice.says("pkgdesk", "how do I build the tools without cloning QEMU, peculiarword?")
        await alice.hears(r"pkgdesk!\S+ PRIVMSG alice :.*with-system-qemu")
        alice.says("pkgdesk", "not it")
        alice.says("pkgdesk", "xenstored eats peculiarword in tools/xenstored/talloc.c")
        await until(lambda: len(stage.logged("decided")) >= 3, "the question is routed")
        erin.says("#security", "pkgdesk: is peculiarword in tools/xenstored/talloc.c a hole?")
        await until(
            lambda: any(line.get("venue") == "#security" for line in stage.logged("decided")), "asked"
        )
        erin.says("#security", "pkgdesk: why")
        bob.says("pkgdesk", "\x01VERSION peculiarword\x01")
        bob.says(CHANNEL, "peculiarword is chatter")
        for _ in range(30):
            bob.says("pkgdesk", "peculiarword! peculiarword! peculiarword!")
        await until(lambda: bool(stage.logged("dropped")), "a flood is dropped")
        # What was asked in public may be told: an operator wants to know why it went where it went.
        frank = await stage.enter("frank")
        frank.says(CHANNEL, "pkgdesk: how do I build the tools without cloning QEMU, publicly?")
        await frank.hears("with-system-qemu")
        stage.signalled(signal.SIGTERM)
        assert await stage.ends() == 0

        said = stage.log
        assert "peculiarword" not in said
        assert [shape for shape in shapes(PASSWORD, "pkgdesk") if shape in said] == []
        assert [line for line in said.splitlines() if not line.startswith("{")] == []
        decided = stage.logged("decided")
        assert {line["venue"] for line in decided} == {"(private)", "#security", CHANNEL}
        hidden = {line["because"] for line in decided if line["venue"] != CHANNEL}
        assert hidden == {"(not asked in public)"}
        assert any("system-qemu" in line["because"] for line in decided if line["venue"] == CHANNEL)
        for line in decided:
            assert (line["network"], type(line["question"]), line["state"] in set(State)) == (
                "demo",
                int,
                True,
            )
        assert all("network" in line for line in map(json.loads, said.splitlines()) if "venue" in line)


async def test_a_password_that_is_wrong_is_not_told_either(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    network = {"sasl": {"account": "pkgdesk", "password_file": "password"}}
    accounts = {"pkgdesk": "another"}
    async with Stage(tmp_path, accounts=accounts, network=network, log={"level": "debug"}) as stage:
        await stage.start()
        failed = "logging in to the account failed"
        await until(lambda: bool(stage.logged(failed)), "the server refuses it")
        assert stage.logged(failed)[0]["network"] == "demo"
        stage.signalled(signal.SIGTERM)
        assert await stage.ends() == 0
        assert [shape for shape in shapes(PASSWORD, "pkgdesk") if shape in stage.log] == []
