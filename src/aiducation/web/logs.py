"""The server's log: names of clients and files cannot move the cursor of a terminal or look like separate lines."""

from __future__ import annotations

import logging
from typing import Any

from aiducation.visible import visible


class VisibleFormatter(logging.Formatter):
    """One line for each record, whatever it contains; the lines of a traceback begin with a bar."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"| {visible(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return "\n".join(f"| {visible(line)}" for line in stack_info.split("\n"))


#: For ``logging.config.dictConfig``: everything of the server and of this package goes to stderr, errors alone.
LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"visible": {"()": VisibleFormatter, "fmt": "%(levelname)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "visible", "stream": "ext://sys.stderr"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "asyncio": {"handlers": ["stderr"], "level": "ERROR"},
        "aiducation": {"handlers": ["stderr"], "level": "WARNING"},
    },
}
