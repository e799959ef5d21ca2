"""The log: lines for people on a terminal, JSON elsewhere, on standard error; never a secret.

Set up once, by whoever starts a process (`bot.cli`); everybody else only calls `structlog.get_logger()`. What
libraries say through `logging` leaves by the same door, from warnings on at every level: below, they log each
line of the server and each value of a database statement, which are other people's words.

Values are made printable first, so that what a user says can neither forge a line nor talk to the operator's
terminal. A value that stands under a key like `password`, and every secret that the configuration holds,
wherever it turns up in a value, is replaced. Keys and our own events are literals in the code: they can hold
no secret, and a gap in one of them would give away a password that is a common word. Of an exception the log
tells where it came from and of which type it is; its words only where they cannot be anybody's (`TELLING`):
`int("…")` repeats what it was given.
"""

import base64
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from bot.config import LogSettings, Settings
from bot.config import secrets as secrets_of
from bot.desk.lifecycle import NotAllowed
from bot.store.errors import StoreError

HIDDEN = "(hidden)"
SHORTEST_SECRET = 4
"""Characters below which a secret is not looked for inside of other text: it would be found everywhere."""

TELLING: tuple[type[BaseException], ...] = (
    *(ArithmeticError, AssertionError, AttributeError, ImportError, NameError, RuntimeError, TypeError),
    *(OSError, NotAllowed, StoreError),
)
"""Exceptions whose words are about code, files, sockets or numbers of questions. Others may repeat what they
were handed: ValueError, KeyError, the database's, and whatever libraries make."""

_HEAD = ("timestamp", "level", "event")
_WHERE = ("network", "venue")
_LAST = ("again_in", "remedy")
"""For people these keys stand first and last; between them is what each line says, in its own order."""
_OURS = (
    "timestamp",
    "level",
    "logger",
)  # what is set here, not by whoever logs; of our own code `event`, too
_SECRET_KEY = re.compile("password|passphrase|secret|token|credential", re.IGNORECASE)
# Everything that moves the cursor, ends a line or turns the direction of writing.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def set_up(
    settings: LogSettings,
    secrets: Iterable[str] = (),
    *,
    stream: TextIO | None = None,
    colour: bool | None = None,
) -> structlog.stdlib.BoundLogger:
    """Send all that is logged to `stream` (standard error where none is given) and hand back a logger.

    `colour`: None means as the stream is: only where it is a terminal.
    """
    to = stream or sys.stderr
    terminal = to.isatty()
    human = settings.format == "human" or (settings.format == "auto" and terminal)
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper("%H:%M:%S", utc=False)
        if human
        else structlog.processors.TimeStamper("iso", utc=True),
        structlog.processors.ExceptionRenderer(_told),
        _asyncio_in_short,
        _cleaned(hiding(secrets)),
    ]
    render: Processor
    arrange: Processor
    if human:
        arrange = _for_people
        render = structlog.dev.ConsoleRenderer(
            colors=terminal if colour is None else colour,
            pad_event_to=0,
            sort_keys=False,
        )
    else:
        arrange = _head_first
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, arrange, render],
        )
    )
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(level, logging.WARNING))
    logging.getLogger("bot").setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(ignore_frame_names=["structlog"]),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logger: structlog.stdlib.BoundLogger = structlog.get_logger("bot")
    return logger


def set_up_for_a_command(settings: Settings) -> None:
    """The same for a command that prints its result and ends: what is worth a warning, and no more."""
    level = "error" if settings.log.level == "error" else "warning"
    set_up(settings.log.model_copy(update={"level": level}), secrets_of(settings))


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """What takes the secrets out of a text, also as `repr` writes them and as SASL sends them."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    shapes = known | {repr(secret)[1:-1] for secret in known}
    shapes |= {shape for secret in known for shape in _in_base64(secret.encode())}
    if not shapes:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(shape) for shape in sorted(shapes, key=len, reverse=True)))
    return lambda text: pattern.sub(HIDDEN, text)


def _in_base64(secret: bytes) -> Iterator[str]:
    """What is always seen of `secret` where it stands inside of something that is sent as base64 (RFC 4648),
    as in SASL PLAIN behind the account (RFC 4616). Three bytes make four characters, so there are three ways
    in which it can begin; characters that its neighbours share are left out."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + secret).decode()
        yield coded[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]


def _told(exc_info: ExcInfo) -> str:
    """A traceback with its frames and types, and with the words of those that are `TELLING`."""
    return "\n".join(_traceback(exc_info[1], set()))


def _traceback(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__
    context = None if error.__suppress_context__ else error.__context__
    if cause is not None and id(cause) not in seen:
        yield from _traceback(cause, seen)
        yield "\nThe above exception was the direct cause of the following exception:\n"
    elif context is not None and id(context) not in seen:
        yield from _traceback(context, seen)
        yield "\nDuring handling of the above exception, another exception occurred:\n"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    words = str(error) if isinstance(error, TELLING) else HIDDEN if error.args else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}" + (f": {words}" if words else "")
    if isinstance(error, BaseExceptionGroup):
        for number, each in enumerate(error.exceptions, 1):
            yield f"Number {number} of those:"
            yield from _traceback(each, seen)


def _asyncio_in_short(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of what asyncio complains, the first line: below it stand tasks with the words of their exceptions."""
    if event.get("logger") == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _for_people(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Where, then what, and what to do about it last. Without the module: the event says enough, and a
    terminal has 80 columns."""
    return {
        **{key: event[key] for key in _WHERE if key in event},
        **{key: value for key, value in event.items() if key not in ("logger", *_WHERE, *_LAST)},
        **{key: event[key] for key in _LAST if key in event},
    }


def _head_first(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {**{key: event[key] for key in _HEAD}, **event}


def _cleaned(hide: Callable[[str], str]) -> Processor:
    def clean(value: object, *, lines: bool = False, ours: bool = False) -> object:
        if isinstance(value, str):
            kept = value if ours else hide(value)
            parts = kept.split("\n") if lines else [kept]
            return "\n".join(_UNPRINTABLE.sub(_escaped, part) for part in parts)
        if isinstance(value, bool | int | float) or value is None:
            return value
        if isinstance(value, Mapping):
            return {str(key): HIDDEN if _SECRET_KEY.search(str(key)) else clean(value[key]) for key in value}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(each) for each in value]
        return clean(str(value))

    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        literal = _OURS if "_record" in event else (*_OURS, "event")
        cleaned: dict[str, Any] = {}
        for key, value in event.items():
            if key in ("_record", "_from_structlog"):  # structlog's own, for the formatter
                cleaned[key] = value
            elif _SECRET_KEY.search(key):
                cleaned[key] = HIDDEN
            else:
                cleaned[key] = clean(value, lines=key in ("exception", "stack"), ours=key in literal)
        return cleaned

    return process


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
