"""LanceDB: a table in a folder or a bucket, `out.lance` or `lance://FOLDER/TABLE`. Needs the extra `lance`."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onevec.bulk import metadata
from onevec.bulk.hits import Hit, choose
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.faults import missing, nothing_there, translated
from onevec.bulk.sinks.layout import ID, OURS, SHARD, VECTOR, check_encoding, table_of
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAME = re.compile(r"[A-Za-z0-9_.-]+")

SCHEME, ENDING = "lance://", ".lance"

TIDY = 1000
"""Shards after which small files are put together: every version of a table lists all of its files."""

FAULTS = (RuntimeError, OSError, ValueError)
"""What LanceDB raises: its Rust errors come as these."""


class LanceStore:
    """A table of LanceDB. A shard is one commit: whoever reads sees all of its rows or none.

    Args:
        place: ``out.lance``, ``s3://BUCKET/out.lance``, or ``lance://FOLDER/TABLE``.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._folder, self._name = _parted(place)
        self._written = 0
        self._last = -1
        self._description: Description | None = None
        self._connection: Any = None
        self._table: Any = None

    def open(self, description: Description) -> None:
        """Check the table where there is one; the first shard makes it where there is none."""
        check_encoding(description, self._place)
        self._description = description
        self._table = self._opened()
        if self._table is not None:
            metadata.check(self.describe(), description, self._place)
            with translated(self._place, *FAULTS):
                self._last = _last_shard(self._table)

    def write(self, rows: Rows) -> None:
        """Put the shard's rows in the place of what it wrote before, by id, in one commit.

        To merge takes as long as the table is large, so what is behind all that is there is appended.
        """
        with translated(self._place, *FAULTS):
            table = table_of(rows)
            if self._table is None:
                self._table = self._made(table.schema)
            if rows.shard > self._last:
                self._table.add(table)
            else:
                merge = self._table.merge_insert(ID).when_matched_update_all().when_not_matched_insert_all()
                merge.when_not_matched_by_source_delete(f"{SHARD} = {rows.shard}").execute(table)
            self._last = max(self._last, rows.shard)
            self._written += 1
            if self._written % TIDY == 0:
                self._tidy()

    def remove(self, shard: int) -> None:
        """In one commit."""
        if self._table is not None and shard <= self._last:
            with translated(self._place, *FAULTS):
                self._table.delete(f"{SHARD} = {shard}")

    def finish(self) -> None:
        """Put small files together."""
        if self._table is not None:
            with translated(self._place, *FAULTS):
                self._tidy()

    def occupied(self) -> bool:
        """Whether the table has rows."""
        self._table = self._opened()
        with translated(self._place, *FAULTS):
            return self._table is not None and self._table.count_rows() > 0

    def clear(self) -> None:
        """Remove the table, where it is ours."""
        self._table = self._opened()
        if self._table is not None:
            self.describe()
            with translated(self._place, *FAULTS):
                self._connection.drop_table(self._name)
            self._table, self._last = None, -1

    def describe(self) -> Description:
        """What the table's schema tells."""
        table = self._found()
        told = (table.schema.metadata or {}).get(metadata.KEY.encode())
        return metadata.from_json(told, self._place)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine; through an index where the table has one, else exact."""
        table = self._found()
        shown = choose(columns, [name for name in table.schema.names if name not in OURS], self._place)
        with translated(self._place, *FAULTS):
            search = table.search(query, vector_column_name=VECTOR).distance_type("cosine")
            rows = search.select([ID, *shown, "_distance"]).limit(k).to_list()
        return [Hit(row[ID], 1.0 - row["_distance"], {name: row[name] for name in shown}) for row in rows]

    def close(self) -> None:
        """Let go of the table."""
        self._table = self._connection = None

    def _found(self) -> Any:
        self._table = self._table if self._table is not None else self._opened()
        if self._table is None:
            raise nothing_there(self._place)
        return self._table

    def _opened(self) -> Any:
        """The table, or None where there is none."""
        if "://" not in self._folder and not Path(self._folder).is_dir():
            return None  # to connect would make the folder
        with translated(self._place, *FAULTS):
            connection = self._connected()
            return connection.open_table(self._name) if self._name in _tables(connection) else None

    def _connected(self) -> Any:
        if self._connection is None:
            try:
                import lancedb
            except ImportError as exc:
                raise missing("LanceDB", "lance") from exc
            self._connection = lancedb.connect(self._folder)
        return self._connection

    def _made(self, schema: Any) -> Any:
        if self._description is None:
            raise ConfigurationError(f"{self._place} was not opened before it was written to", param="output")
        told = {metadata.KEY: metadata.as_json(self._description)}
        return self._connected().create_table(self._name, schema=schema.with_metadata(told))

    def _tidy(self) -> None:
        self._table.optimize()


def _last_shard(table: Any) -> int:
    """The highest number of a shard that is there, or -1."""
    import pyarrow.compute as pc

    batches = table.search().select([SHARD]).to_batches(65_536)
    return max((pc.max(batch.column(0)).as_py() for batch in batches if batch.num_rows), default=-1)


def _tables(connection: Any) -> Iterator[str]:
    page = connection.list_tables()
    yield from page.tables
    while page.page_token:
        page = connection.list_tables(page_token=page.page_token)
        yield from page.tables


def _parted(place: str) -> tuple[str, str]:
    """The folder of a database and the name of a table in it.

    >>> _parted("out.lance"), _parted("s3://bucket/sets/out.lance"), _parted("lance:///data/out")
    (('.', 'out'), ('s3://bucket/sets', 'out'), ('/data', 'out'))
    """
    path = place.removeprefix(SCHEME).rstrip("/").removesuffix(ENDING)
    folder, cut, name = path.rpartition("/")
    if not NAME.fullmatch(name):
        raise ConfigurationError(
            f"{place[:100]} names no table of LanceDB: write FOLDER/NAME.lance or lance://FOLDER/NAME, NAME of ASCII "
            "letters, digits, hyphens, underscores and full stops",
            param="output",
        )
    return (folder or cut or "."), name
