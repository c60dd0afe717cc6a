"""Shards: an input cut into numbered slices, always at the same rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from onevec.bulk.sizes import sizes_of
from onevec.bulk.sources.files import ID, KEPT
from onevec.bulk.sources.lines import CONTENT
from onevec.bulk.sources.words import Cursor, Piece, Source

SHARD_BYTES = 16 * 1024 * 1024
"""Bytes of content, ids and kept columns after which a shard ends, however few rows: memory is bounded by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """Consecutive rows of the input.

    Attributes:
        number: From 0.
        contents: What is embedded, a text or the bytes of an image; None where there is nothing.
        ids: What each row is called.
        places: Where each row stands in the input.
        columns: What is kept of each row.
        faults: What is wrong with rows that cannot be embedded, by their number in the shard.
        end: Where the next shard begins.
    """

    number: int
    contents: list[str | bytes | None] = field(repr=False)
    ids: list[str]
    places: list[str]
    columns: pa.Table
    faults: Mapping[int, str]
    end: Cursor


def cut(source: Source, rows: int, start: Cursor = Cursor(), first: int = 0) -> Iterator[Shard]:  # noqa: B008
    """The shards of a source from a place on, where shard `first` begins.

    A shard ends after so many rows, or after the row with which it passes :data:`SHARD_BYTES`.
    """
    held: list[Piece] = []
    count = size = 0
    for piece in source.pieces(start):
        for part, large in _parts(piece, rows - count, SHARD_BYTES - size, rows):
            held.append(part)
            count += part.table.num_rows
            size += large
            if count >= rows or size >= SHARD_BYTES:
                yield _shard(source, first, held)
                held, count, size, first = [], 0, 0, first + 1
    if held:
        yield _shard(source, first, held)


def _parts(piece: Piece, room: int, bytes_left: int, rows: int) -> Iterator[tuple[Piece, int]]:
    """The piece, cut where shards end: the first part fits what a shard has left, the others have one of their own.

    Beside each stands how many bytes it has.
    """
    sizes = sizes_of(piece.table).tolist()
    at, count, size = 0, 0, 0
    for number, one in enumerate(sizes, 1):
        count, size = count + 1, size + one
        if count >= room or size >= bytes_left:
            yield _slice(piece, at, number), size
            at, count, size, room, bytes_left = number, 0, 0, rows, SHARD_BYTES
    if at < len(sizes):
        yield _slice(piece, at, len(sizes)), size


def _slice(piece: Piece, start: int, end: int) -> Piece:
    faults = {number - start: fault for number, fault in piece.faults.items() if start <= number < end}
    return Piece(piece.table.slice(start, end - start), faults, Cursor(piece.start.file, piece.start.row + start))


def _shard(source: Source, number: int, held: list[Piece]) -> Shard:
    table = pa.concat_tables([piece.table for piece in held])
    cursors = [Cursor(p.start.file, p.start.row + i) for p in held for i in range(p.table.num_rows)]
    places = [source.name(cursor) for cursor in cursors]
    contents, faults = _contents(table.column(CONTENT))
    first = 0
    for piece in held:
        faults |= {first + row: fault for row, fault in piece.faults.items()}
        first += piece.table.num_rows
    ids = _ids(table, places, faults)
    columns = table.select([name for name in table.column_names if name.startswith(KEPT)])
    kept = columns.rename_columns([name.removeprefix(KEPT) for name in columns.column_names])
    last = cursors[-1]
    return Shard(number, contents, ids, places, kept, faults, Cursor(last.file, last.row + 1))


def _contents(column: pa.ChunkedArray) -> tuple[list[str | bytes | None], dict[int, str]]:
    """Texts, or the bytes of images; and rows that have none."""
    contents: list[str | bytes | None] = []
    faults: dict[int, str] = {}
    for row, one in enumerate(column):
        try:
            content = one.as_py()
        except UnicodeDecodeError as exc:
            content = None
            faults[row] = f"the text is not UTF-8 (byte {exc.start})"
        contents.append(content)
        if not content:
            faults.setdefault(row, "there is nothing to embed: it is null" if content is None else "the text is empty")
    return contents, faults


def _ids(table: pa.Table, places: list[str], faults: dict[int, str]) -> list[str]:
    """What the rows are called; the place stands in for an id that is missing or taken."""
    if ID not in table.column_names:
        return places
    ids: list[str] = []
    seen: set[str] = set()
    for row, scalar in enumerate(table.column(ID)):
        try:
            one = scalar.as_py()
        except UnicodeDecodeError as exc:
            one = None
            faults.setdefault(row, f"the id is not UTF-8 (byte {exc.start})")
        if one is None or one in seen:
            faults.setdefault(row, "the id is null" if one is None else DUPLICATE)
        if row not in faults:  # what is not embedded takes no id from a row behind it, in this shard or another
            seen.add(one)
        ids.append(places[row] if one is None else one)
    return ids


DUPLICATE = "another row before it has the same id"
