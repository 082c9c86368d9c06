"""The server's log: lines for people, in which no name of a client or file moves the cursor of a terminal; or lines of JSON for
programs, in which nobody is named at all."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from aiducation.errors import unknown_name
from aiducation.visible import visible


class VisibleFormatter(logging.Formatter):
    """One line for each record, whatever it contains; the lines of a traceback begin with a bar."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"| {visible(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return "\n".join(f"| {visible(line)}" for line in stack_info.split("\n"))


class JsonFormatter(logging.Formatter):
    """A JSON object a record, made only of what the program itself says: the time, the level, the words of the message without
    the values that were put into them, and of an error its type and the lines of code. Names of files, texts of errors and
    addresses are left out, because they can name people."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": visible(str(record.msg).strip().split("\n")[0]),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and (error := record.exc_info[1]) is not None:
            frames = traceback.extract_tb(error.__traceback__)
            said["error"] = type(error).__name__
            said["where"] = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
        return json.dumps(said)


#: The forms of the log by name: for people, or for programs.
FORMS = {"text": "what went wrong, for people", "json": "every request and what went wrong, as a line of JSON each"}


def log_config(form: str = "text") -> dict[str, Any]:
    """For ``logging.config.dictConfig``.

    Raises:
        ConfigError: there is no such form.
    """
    if form not in FORMS:
        raise unknown_name("form of the log", form, FORMS)
    if form == "text":
        return LOG_CONFIG
    loggers = {**LOG_CONFIG["loggers"], "aiducation.requests": {"level": "INFO"}}
    return {**LOG_CONFIG, "formatters": {"visible": {"()": JsonFormatter}}, "loggers": loggers}


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
