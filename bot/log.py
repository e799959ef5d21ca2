"""The log: lines for people on a terminal, JSON elsewhere, on standard error; never a secret.

Set up once, by whoever starts a process (`bot.cli`); everybody else only calls `structlog.get_logger()`. What
libraries say through `logging` leaves by the same door, from warnings on, or all of it at the level `debug`.

Values are made printable first, so that what a user says can neither forge a line nor talk to the operator's
terminal. A value that stands under a key like `password`, and every secret that the configuration holds,
wherever it turns up, is replaced.
"""

import base64
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.config import LogSettings

HIDDEN = "(hidden)"
SHORTEST_SECRET = 4
"""Characters below which a secret is not looked for inside of other text: it would be found everywhere."""

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
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _cleaned(_hiding(secrets)),
    ]
    render: Processor
    if human:
        render = structlog.dev.ConsoleRenderer(
            colors=terminal if colour is None else colour,
            exception_formatter=structlog.dev.plain_traceback,
            pad_event_to=0,
        )
    else:
        render = structlog.processors.JSONRenderer(ensure_ascii=False)
    handler = logging.StreamHandler(to)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))
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


def _hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """What takes the secrets out of a text, also in the shape in which SASL sends them (RFC 4616, base64)."""
    known = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
    shapes = known | {base64.b64encode(secret.encode()).decode() for secret in known}
    if not shapes:
        return lambda text: text
    pattern = re.compile("|".join(re.escape(shape) for shape in sorted(shapes, key=len, reverse=True)))
    return lambda text: pattern.sub(HIDDEN, text)


def _cleaned(hide: Callable[[str], str]) -> Processor:
    def clean(value: object, *, lines: bool = False) -> object:
        if isinstance(value, str):
            kept = hide(value)
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
        cleaned: dict[str, Any] = {}
        for key, value in event.items():
            if key in ("_record", "_from_structlog"):  # structlog's own, for the formatter
                cleaned[key] = value
            elif _SECRET_KEY.search(key):
                cleaned[key] = HIDDEN
            else:
                cleaned[key] = clean(value, lines=key in ("exception", "stack"))
        return cleaned

    return process


def _escaped(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"
