"""Files that are a row each: documents of text, and images."""

from collections.abc import Iterator

import pyarrow as pa

from onevec.bulk.sources.lines import CONTENT
from onevec.bulk.sources.words import File, Piece, Wanted


def document(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:  # noqa: ARG001 - a file has no columns
    """The text of a file."""
    if skip:
        return
    with file.stream() as opened:
        content = opened.read()
    text: str | None
    faults: dict[int, str] = {}
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        text, faults = None, {0: f"the file is not UTF-8 text (byte {exc.start})"}
    yield Piece(pa.table({CONTENT: pa.array([text], pa.large_string())}), faults)


def image(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:  # noqa: ARG001 - a file has no columns
    """The bytes of a file."""
    if skip:
        return
    with file.open() as opened:
        content = opened.read()
    yield Piece(pa.table({CONTENT: pa.array([content], pa.large_binary())}))


def count(_file: File) -> int:
    """One row."""
    return 1
