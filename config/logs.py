"""Log lines, plain or JSON. Give `extra={"record_id": id}` and the line says which record."""

import json
import logging
from datetime import UTC, datetime


def moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class PlainFormatter(logging.Formatter):
    """For people: time, level, logger, the record where there is one, the message."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        about = f" [record {record.record_id}]" if hasattr(record, "record_id") else ""
        line = f"{moment(record)} {record.levelname} {record.name}{about}"
        return f"{line} {record.getMessage()}"


class JsonFormatter(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": moment(record),
            "level": record.levelname,
            "logger": record.name,
            "record_id": getattr(record, "record_id", None),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
