"""How rows lie in a store, the same in each: an id, a vector, the shard that wrote it, and what is kept beside it."""

import base64
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

from onevec.bulk.shards import Description, Place, Rows
from onevec.errors import ConfigurationError, OutputError

if TYPE_CHECKING:
    import pyarrow as pa

ID, VECTOR, SHARD = "id", "vector", "shard"

FLOAT = "float32"

OURS = (ID, VECTOR, SHARD)
"""Columns whose names are taken; where documents are chunked the fields of a place are, too."""


def table_of(rows: Rows) -> "pa.Table":
    """The rows as an Arrow table: id, vector, shard, the places of chunks, the kept columns.

    Raises:
        ConfigurationError: a kept column has a name that is taken, or two rows have one id.
    """
    import pyarrow as pa

    check(rows)
    n, d = rows.vectors.shape
    flat = pa.array(rows.vectors.reshape(-1), pa.float32())
    ours = {
        ID: pa.array(rows.ids, pa.string()),
        VECTOR: pa.FixedSizeListArray.from_arrays(flat, d),
        SHARD: pa.array([rows.shard] * n, pa.int64()),
        **places(rows),
    }
    return pa.table(ours | {name: rows.columns[name] for name in rows.columns.column_names})


def beside(rows: Rows) -> "pa.Table":
    """The places of chunks and the kept columns, without id, vector and shard."""
    import pyarrow as pa

    return pa.table({**places(rows), **{name: rows.columns[name] for name in rows.columns.column_names}})


def values(rows: Rows) -> list[dict[str, Any]]:
    """What is beside each row, as Python's values.

    Raises:
        OutputError: a kept column has what Python has no value for, such as a text that is not UTF-8; says which.
    """
    table = beside(rows)
    if not table.num_columns:  # of a table without columns nobody can tell how many rows it has
        return [{} for _ in rows.ids]
    columns = [_listed(name, table[name]) for name in table.column_names]
    return [dict(zip(table.column_names, row, strict=True)) for row in zip(*columns, strict=True)]


def _listed(name: str, column: "pa.ChunkedArray") -> list[Any]:
    try:
        listed: list[Any] = column.to_pylist()
    except ValueError as exc:  # its text may show the value
        raise OutputError(
            f"the column {name[:60]!r} has a value that only Parquet keeps (a text that is not UTF-8, a time in "
            "nanoseconds): mend or cast it, keep it not, or write Parquet; what is committed stays"
        ) from exc
    return listed


def places(rows: Rows) -> dict[str, "pa.Array"]:
    """A column for each field of a place; none where nothing was chunked."""
    import pyarrow as pa

    if rows.chunks is None:
        return {}
    kinds = {"document": pa.string()}
    return {
        name: pa.array([getattr(one, name) for one in rows.chunks], kinds.get(name, pa.int64()))
        for name in Place._fields
    }


def check(rows: Rows) -> None:
    """Refuse rows that could not be told apart, or a column in the place of ours.

    Raises:
        ConfigurationError: says which.
    """
    check_names(rows.columns.column_names, chunked=rows.chunks is not None)
    (most,) = Counter(rows.ids).most_common(1) or [("", 0)]
    if most[1] > 1:
        raise ConfigurationError(f"two rows have the id {most[0][:60]!r}: take a column whose values differ")


def check_names(kept: Iterable[str], *, chunked: bool) -> None:
    """Refuse a kept column in the place of ours.

    Raises:
        ConfigurationError: says which.
    """
    taken = {*OURS, *(Place._fields if chunked else ())}
    for name in kept:
        if name in taken:
            raise ConfigurationError(
                f"the column {name[:60]!r} is the output's own: rename it, or keep it not", param="keep"
            )


def check_encoding(description: Description, place: str) -> None:
    """Refuse shorter numbers where a store has its own ways to shorten them.

    Raises:
        ConfigurationError: another encoding than float32 is asked for.
    """
    encoding = description.settings.get("encoding") or FLOAT
    if encoding != FLOAT:
        raise ConfigurationError(
            f"{place} keeps {FLOAT}, not {encoding!r:.40}: leave encoding out, and let the store's index quantise",
            param="encoding",
        )


def as_plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of Python values as JSON has them: times as ISO 8601, bytes in base64, decimals as text."""
    plain: list[dict[str, Any]] = orjson.loads(orjson.dumps(rows, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY))
    return plain


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
