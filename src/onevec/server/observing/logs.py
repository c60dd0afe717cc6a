"""Structured logs: one JSON object a line, never an input, a key or a header's value.

Requests are written by :class:`RequestLog`, a line each and many lines a write; the program's own events go through
the standard library's logging with :class:`JsonFormatter`.
"""

import asyncio
import logging
import time
import traceback
from datetime import UTC, datetime
from typing import Any, BinaryIO, Protocol

import orjson

from onevec.server.calls import Call

FLUSH_SECONDS = 0.2
"""How long a line may wait for others. One write a line would take longer than writing the reply."""


PIPE_BUFFER = 4096
"""What Linux writes to a pipe in one piece (PIPE_BUF)."""


class Lines(Protocol):
    """Takes whole lines."""

    def write(self, data: bytes, /) -> object:
        """Take some."""

    def flush(self) -> object:
        """Write what was taken."""


class RequestLog:
    """Writes a line for each request. The event loop owns it; nothing is lost at an orderly end."""

    def __init__(self, stream: Lines) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def observe(self, call: Call) -> None:
        """Note a request that has been answered."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(orjson.dumps(_line(call), option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Write what has gathered."""
        lines, self._lines = self._lines, []
        if lines:
            self._stream.write(b"".join(lines))
            self._stream.flush()


def _line(call: Call) -> dict[str, Any]:
    fields = {
        "time": _iso(time.time()),
        "level": "error" if call.status >= 500 else "info",
        "event": "request",
        "request_id": call.request_id,
        "method": call.route.method,
        "route": call.route.path,
        "dialect": call.route.dialect.name,
        "status": call.status,
        "code": call.code,
        "ms": round(call.seconds * 1e3, 3),
        "inference_ms": None if call.inference is None else round(call.inference * 1e3, 3),
        "deployment": call.deployment,
        "caller": call.caller,
        "inputs": call.inputs or None,
        "tokens": call.tokens,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WholeLines:
    """A stream that several processes write to: no line of one is cut by another's.

    A pipe takes up to :data:`PIPE_BUFFER` bytes in one piece, so lines go in portions of so many.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, data: bytes) -> int:
        """Write whole lines."""
        portion = b""
        for line in data.splitlines(keepends=True):
            if portion and len(portion) + len(line) > PIPE_BUFFER:
                self._pass_on(portion)
                portion = b""
            portion += line
        self._pass_on(portion)
        return len(data)

    def flush(self) -> None:
        """Everything has been written."""

    def _pass_on(self, portion: bytes) -> None:
        self._stream.write(portion)
        self._stream.flush()


class JsonFormatter(logging.Formatter):
    """An event as a JSON object. Of an exception it tells its type and where it was raised.

    The text of an exception that nobody expected may quote what a client sent, so it stays out.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: dict[str, Any] = {
            "time": _iso(record.created),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if request_id := getattr(record, "request_id", None):
            fields["request_id"] = request_id
        if record.exc_info and record.exc_info[1]:
            fields["exception"] = chain(record.exc_info[1])
        return orjson.dumps(fields, default=str).decode()


def chain(exc: BaseException | None) -> list[dict[str, Any]]:
    """An exception and its causes: of each the type and the places, innermost last."""
    found: list[dict[str, Any]] = []
    while exc is not None and len(found) < 8:
        frames = traceback.extract_tb(exc.__traceback__)[-12:]
        found.append({"type": type(exc).__name__, "at": [f"{f.filename}:{f.lineno} {f.name}" for f in frames]})
        exc = exc.__cause__ or (None if exc.__suppress_context__ else exc.__context__)
    return found


def configure(stream: Any, level: str = "info") -> None:
    """Send the program's events to a stream, a line each."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
