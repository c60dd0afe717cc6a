"""Files of tables: Parquet, Arrow and Feather, CSV; where it is known what lies where, rows are passed over unread."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from onevec.bulk.sources.words import File, Piece, Wanted
from onevec.errors import ConfigurationError

ROWS, PIECE_BYTES = 1024, 16 * 1024 * 1024
"""Rows of a piece, and of Parquet about as many bytes: a row may be an image."""

BUFFER = 4 * 1024 * 1024
"""Bytes of a column of Parquet that are read at a time."""

CSV_BLOCK = 32 * 1024 * 1024
"""A row of a CSV file may be as long."""


def check_columns(names: list[str], wanted: Wanted, file: str) -> None:
    """Refuse a file without a wanted column.

    Raises:
        ConfigurationError: it has not; lists those that it has.
    """
    for name in wanted.names:
        if name not in names:
            raise ConfigurationError(
                f"{file} has no column {name!r}; it has {', '.join(names)[:300]}", param="column", value=name
            )


def parquet(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:
    """Rows of a Parquet file; row groups before the first wanted row are not read."""
    with file.open() as opened:
        # Arrow would keep what it has read of all row groups until the file is closed, or all of one in any case.
        reader = pyarrow.parquet.ParquetFile(opened, pre_buffer=False, buffer_size=BUFFER)
        check_columns(reader.schema_arrow.names, wanted, file.name)
        group = 0
        while group < reader.num_row_groups and skip >= (rows := reader.metadata.row_group(group).num_rows):
            skip, group = skip - rows, group + 1
        groups = list(range(group, reader.num_row_groups))
        together = _together(reader.metadata, groups)
        batches = reader.iter_batches(together, row_groups=groups, columns=wanted.names) if groups else iter(())
        yield from _behind((pa.Table.from_batches([batch]) for batch in batches), skip)


def _together(metadata: Any, groups: list[int]) -> int:
    """Rows of a piece, by the row group whose rows are the longest."""
    found = (metadata.row_group(group) for group in groups)
    longest = max((one.total_byte_size / one.num_rows for one in found if one.num_rows), default=0.0)
    return max(1, min(ROWS, int(PIECE_BYTES / max(longest, 1.0))))


def arrow(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:
    """Rows of an Arrow file, a Feather file, or a stream of Arrow's as Hugging Face's datasets keeps it."""
    with file.open() as opened:
        try:
            reader = pyarrow.ipc.open_file(opened)
            batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
        except pa.ArrowInvalid:  # the other format of the two
            opened.seek(0)
            reader = pyarrow.ipc.open_stream(opened)
            batches = iter(reader)
        check_columns(reader.schema.names, wanted, file.name)
        yield from _behind((pa.Table.from_batches([batch]).select(wanted.names) for batch in batches), skip)


def csv(file: File, wanted: Wanted, skip: int) -> Iterator[Piece]:
    """Rows of a CSV file with a line of names; every value is a text, as the file has it."""
    with file.stream() as opened:
        options = pyarrow.csv.ReadOptions(block_size=CSV_BLOCK, use_threads=False)
        convert = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(wanted.names, pa.string()),
            include_columns=wanted.names,
            strings_can_be_null=False,
        )
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
        try:
            reader = pyarrow.csv.open_csv(opened, options, parse, convert)
        except pa.ArrowKeyError as exc:
            raise ConfigurationError(f"{file.name}: {exc.args[0]}", param="column") from exc
        yield from _behind((pa.Table.from_batches([batch]) for batch in reader), skip)


def _behind(tables: Iterator[pa.Table], skip: int) -> Iterator[Piece]:
    """All but the first rows, in pieces."""
    for table in tables:
        for at in range(min(skip, table.num_rows), table.num_rows, ROWS):
            yield Piece(table.slice(at, ROWS))
        skip = max(0, skip - table.num_rows)


def count_parquet(file: File) -> int:
    """Rows by the file's metadata."""
    with file.open() as opened:
        rows: int = pyarrow.parquet.read_metadata(opened).num_rows
        return rows


def count_arrow(file: File) -> int:
    """Rows of all batches, which are passed over."""
    with file.open() as opened:
        try:
            reader = pyarrow.ipc.open_file(opened)
            return sum(reader.get_batch(i).num_rows for i in range(reader.num_record_batches))
        except pa.ArrowInvalid:
            opened.seek(0)
            return sum(batch.num_rows for batch in pyarrow.ipc.open_stream(opened))
