"""How a line of the log is written: for people, or as JSON for programs (GOODFENCES_LOG_FORMAT=json).

Of an exception both say type and places, and never the message: a database's may quote a row. Whatever looks like an
email address is left out, should somebody else's program have put one into its words.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType

_ADDRESS = re.compile(r"[\w.+%-]+(@|%40)[\w-]+(\.[\w-]+)+")
_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Line(logging.Formatter):
    """One line, and below it where an exception came through."""

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - logging's name
        kind, _error, where = ei
        return "".join([*traceback.format_tb(where), kind.__name__ if kind else ""])

    def format(self, record: logging.LogRecord) -> str:
        return _ADDRESS.sub("(address)", super().format(record))


class JsonLine(Line):
    """One JSON object a line: at, level, logger, message, and raised where something was."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            told["raised"] = record.exc_text
        elif record.exc_info:
            told["raised"] = self.formatException(record.exc_info)
        return _ADDRESS.sub("(address)", json.dumps(told, ensure_ascii=False))
