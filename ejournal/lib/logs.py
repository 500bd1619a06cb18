"""Log lines: one JSON object a line, with the request's id and without personal data."""

import json
import logging
from datetime import UTC, datetime

from ejournal.lib.context import request_id


class JsonFormatter(logging.Formatter):
    """Moment, level, logger, message, request id. Arguments of a request are never logged, only its route."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": str(request_id()),
        }
        for name in ("route", "method", "status", "ms", "user_id"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
