"""Logs, in which nobody's words can stand.

The message of an exception often holds the value that it is about: what somebody typed, a row of the
database, a token. So an exception is logged as its kind and the places in the code that it came through,
never with its message and never with the values of variables; the same for the libraries' own loggers. And
what is secret is taken out of every line, whoever wrote it.
"""

import copy
import logging
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, MutableMapping
from types import TracebackType
from typing import Any

import structlog

from bot.redacting import Redactor

hidden = Redactor()
"""Takes out what is secret of anything that this process writes."""
_FORMAT = "%(levelname)s %(name)s %(message)s"
_MOST_FRAMES = 30
"""The innermost: what is further out is the same for every turn."""
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def hide(secrets: Iterable[str]) -> None:
    """From now on none of these stands in any line."""
    hidden.know(secrets)


def as_json() -> None:
    """For production: a line of JSON for each thing that happened."""
    _configure(logging.INFO, structlog.processors.JSONRenderer())


def quietly() -> None:
    """For the demo and the story: only what is wrong, on a terminal."""
    _configure(logging.ERROR, structlog.dev.ConsoleRenderer(colors=False))


def silently() -> None:
    """For a command whose output says all there is to say."""
    _configure(logging.CRITICAL, structlog.dev.ConsoleRenderer(colors=False))


def _configure(level: int, renderer: Any) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_Wordless(_FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level)
    # A line that could not be written would be shown with its arguments.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    sys.excepthook = _unforeseen
    threading.excepthook = lambda failed: _unforeseen(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.unraisablehook = lambda failed: _unforeseen(failed.exc_type, failed.exc_value, failed.exc_traceback)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            wordless,
            secretless,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(),
    )


def wordless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor: `exc_info` becomes `exception`, without a message."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = course(error)
    return event


def secretless(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that takes out what is secret, wherever it stands."""
    return {hidden(key): hidden.inside(value) for key, value in event.items()}


def _unforeseen(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    """What Python would print with its message, be it the last that this process does."""
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        logging.getLogger("braver").critical("stopped by a mistake of ours", exc_info=error or kind())


def course(error: BaseException) -> str:
    """The exception's kind and where it came through, innermost last; then the same of what caused it."""
    return "\n".join(_course(error, set()))


def _course(error: BaseException, told: set[int]) -> Iterator[str]:
    told.add(id(error))
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame, line in list(traceback.walk_tb(error.__traceback__))[-_MOST_FRAMES:]:
        yield f"  {frame.f_code.co_filename}:{line} in {frame.f_code.co_name}"
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for other in (cause, *parts):
        if other is not None and id(other) not in told:
            yield "because of" if other is cause else "made up of"
            yield from _course(other, told)


class _Wordless(logging.Formatter):
    """The same for the standard library's logging."""

    def format(self, record: logging.LogRecord) -> str:
        # What another formatter made of the exception is kept in the record, and is not for us.
        ours = copy.copy(record)
        ours.exc_text = None
        return hidden(super().format(ours))

    def formatMessage(self, record: logging.LogRecord) -> str:
        if record.name == "asyncio":
            # Below its first line stand tasks and handles, with their arguments and exceptions.
            record.message = record.message.partition("\n")[0]
        return super().formatMessage(record)

    def formatException(self, ei: _ExcInfo) -> str:
        return course(ei[1]) if ei[1] is not None else ""
