"""Files of lines: JSON lines, and texts. A line that cannot be read is a fault of its row, not the end of the run."""

import io
from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa

from onevec.bulk.sources.words import File, Piece, Wanted
from onevec.errors import InputDataError

TOGETHER = 4 * 1024 * 1024
"""Bytes of lines that make a piece, at least."""

CONTENT = "content"
"""What the only column is called where the input has no names."""


def jsonl(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:
    """Objects, one a line; a key that a line lacks is a null."""
    for lines in _parts(file, skip):
        rows: list[dict[str, Any]] = []
        faults = {}
        for number, line in enumerate(lines):
            row = _object(line)
            if isinstance(row, str):
                faults[number], row = row, {}
            rows.append(row)
        for number, row in enumerate(rows):
            if problem := _problem(row, wanted):
                faults.setdefault(number, problem)
        table = {name: _column(name, [_value(row, name, wanted) for row in rows], file) for name in wanted.names}
        yield Piece(pa.table(table), faults)


def text(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:  # noqa: ARG001 - lines have no columns
    """A text a line."""
    for lines in _parts(file, skip):
        texts: list[str | None] = []
        faults = {}
        for number, line in enumerate(lines):
            try:
                texts.append(line.decode())
            except UnicodeDecodeError as exc:
                texts.append(None)
                faults[number] = f"the line is not UTF-8 (byte {exc.start})"
        yield Piece(pa.table({CONTENT: pa.array(texts, pa.large_string())}), faults)


def _parts(file: File, skip: int) -> Iterator[list[bytes]]:
    """Lines without their ends, from one on, a few megabytes at a time."""
    with file.stream() as opened, io.BufferedReader(opened, 1 << 20) as reader:  # type: ignore[type-var]
        found: list[bytes] = []
        size = 0
        for number, line in enumerate(islice(reader, skip, None)):
            first = skip + number == 0
            found.append((line.removeprefix(b"\xef\xbb\xbf") if first else line).rstrip(b"\r\n"))
            size += len(line)
            if size >= TOGETHER:
                yield found
                found, size = [], 0
        if found:
            yield found


def _object(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with the line."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        return f"the line is not JSON ({exc.msg}, column {exc.colno})"
    return row if isinstance(row, dict) else "the line is not a JSON object"


def _problem(row: dict[str, Any], wanted: Wanted) -> str | None:
    content = row.get(wanted.content or "")
    if content is not None and not isinstance(content, str):
        return f"{wanted.content} is a {type(content).__name__}, not a text"
    return None


def _value(row: dict[str, Any], name: str, wanted: Wanted) -> Any:
    value = row.get(name)
    if name == wanted.content:
        return value if isinstance(value, str) else None
    return str(value) if name == wanted.id and isinstance(value, int) else value


def _column(name: str, values: list[Any], file: File) -> pa.Array:
    """The values as one type.

    Raises:
        InputDataError: they have none in common, or none is large enough.
    """
    try:
        return pa.array(values)
    except OverflowError as exc:
        raise InputDataError(
            f"{file.name}: {name} has a whole number that is too large for 64 bits: make it a text", value=file.name
        ) from exc
    except pa.ArrowException as exc:  # its text shows a value
        raise InputDataError(f"{file.name}: {name} has values of several types: give it one", value=file.name) from exc


def count(file: File) -> int:
    """Lines of a file, one without an end included."""
    lines, last = 0, b"\n"
    with file.stream() as opened:
        while block := opened.read(1 << 20):
            lines, last = lines + block.count(b"\n"), block[-1:]
    return lines + (last != b"\n")
