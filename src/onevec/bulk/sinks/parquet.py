"""Parquet: a part file a shard in a folder, or all of them in one file. The vector space is in each file's metadata."""

from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from onevec.bulk import metadata
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.layout import ID, VECTOR, beside, check
from onevec.bulk.sinks.parts import Parts, replace
from onevec.bulk.sinks.precision import Codes, coder
from onevec.errors import OutputError


class ParquetFolder:
    """A folder of part files; whoever reads one while a run writes it sees whole shards.

    Args:
        to: The folder.
        work: Not used: parts are the output itself.
    """

    def __init__(self, to: str, work: Path) -> None:  # noqa: ARG002 - as every file output is made
        self.parts = Parts(Path(to), "parquet")

    def open(self, description: Description) -> None:
        """Make the folder; what to write into each file is told once."""
        self._code = coder(description.settings)
        self._told = {metadata.KEY: metadata.as_json(description)}
        self.parts.open()

    def write(self, rows: Rows) -> None:
        """One file, with one row group."""
        check(rows)
        codes = _column(self._code(rows.vectors))
        kept = beside(rows)
        columns = {ID: pa.array(rows.ids, pa.string()), VECTOR: codes}
        table = pa.table(columns | {name: kept[name] for name in kept.column_names}).replace_schema_metadata(self._told)

        def save(opened: IO[bytes]) -> None:
            try:
                pq.write_table(table, opened, **_layout(table.schema))
            except pa.ArrowNotImplementedError as exc:
                raise OutputError(
                    f"Parquet has no room for a kept column: {exc}; keep it not, or write JSON lines"
                ) from exc

        self.parts.write(rows.shard, save)

    def remove(self, shard: int) -> None:
        """Its part."""
        self.parts.remove(shard)

    def clear(self) -> None:
        """Every part."""
        self.parts.clear()

    def finish(self) -> None:
        """The parts are what was asked for."""

    def close(self) -> None:
        """Nothing is held."""


class ParquetFile(ParquetFolder):
    """One file, made of the parts when all are there.

    Args:
        to: The file.
        work: Where the parts are until then.
    """

    def __init__(self, to: str, work: Path) -> None:
        super().__init__(str(work / "parts"), work)
        self._to = Path(to)

    def finish(self) -> None:
        """Put the parts together, a row group each, in the memory of one."""

        def save(opened: IO[bytes]) -> None:
            paths = self.parts.paths()
            schema = pq.read_schema(paths[0]) if paths else _empty(self._told)
            with pq.ParquetWriter(opened, schema, **_layout(schema)) as writer:
                for path in paths:
                    writer.write_table(pq.read_table(path))

        replace(self._to, save)


def _column(codes: Codes) -> pa.Array:
    """Lists of one length; packed bits as bytes of one length."""
    if codes.dtype == np.uint8:
        flat = np.ascontiguousarray(codes)
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(codes.shape[1]), len(codes), [None, pa.py_buffer(flat)])
    return pa.FixedSizeListArray.from_arrays(pa.array(codes.reshape(-1)), codes.shape[1])


def _layout(schema: pa.Schema) -> dict[str, Any]:
    """How columns are written: vectors as they are, for numbers without a pattern only take time to compress.

    Neither ids nor vectors repeat, so a dictionary of them would be a copy.
    """
    others = [name for name in schema.names if name != VECTOR]
    return {"compression": dict.fromkeys(others, "zstd"), "use_dictionary": [name for name in others if name != ID]}


def _empty(told: dict[str, bytes]) -> pa.Schema:
    """Of a file without rows: every one has failed."""
    return pa.schema([pa.field(ID, pa.string())], metadata=told)
