"""QuerySource: the rows of a query to a database, in the order that the query itself says."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pyarrow as pa

from onevec.bulk.sources.files import ID, KEPT
from onevec.bulk.sources.lines import CONTENT
from onevec.bulk.sources.words import Cursor, Piece, Wanted
from onevec.errors import ConfigurationError, InputDataError
from onevec.types import Modality

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROWS = 256
"""Rows that are fetched together: a thousand long documents would be much to hold."""

DRIVERS: Mapping[str, str] = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
"""By the URL's scheme, where SQLAlchemy knows several and the extra `sql` brings one."""


class QuerySource:
    """The rows of a query.

    Args:
        url: The database, as SQLAlchemy names it.
        query: One SELECT with an ORDER BY over what tells rows apart.
        wanted: Which columns of its result.

    Raises:
        ConfigurationError: the query has no order, SQLAlchemy or a driver is missing, or the URL is malformed.
    """

    def __init__(self, url: str, query: str, wanted: Wanted) -> None:
        if not re.search(r"\border\s+by\b", query, re.IGNORECASE):
            raise ConfigurationError(
                "the query has no ORDER BY: without one a restart would not go on at the same row", param="query"
            )
        if wanted.content is None:
            raise ConfigurationError("say with column which column holds the texts", param="column")
        self._engine, self._query, self._wanted = _engine(url), query, wanted
        self._types: dict[str, pa.DataType] = {}

    @property
    def modality(self) -> Modality:
        """Texts."""
        return Modality.TEXT

    def count(self) -> int | None:
        """Nobody knows."""
        return None

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """The database without who asks, and the query; the rows themselves are not looked at."""
        url = self._engine.url
        where = f"{url.get_backend_name()}://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database or ''}"
        wanted = {"content": self._wanted.content, "id": self._wanted.id, "keep": list(self._wanted.keep)}
        return {"database": where, "query": hashlib.sha256(self._query.encode()).hexdigest(), "wanted": wanted}

    def name(self, cursor: Cursor) -> str:
        """The number of the row."""
        return f"query:{cursor.row}"

    def pieces(self, start: Cursor) -> Iterator[Piece]:
        """Rows from one on; those before it are passed over by the database's own cursor."""
        from sqlalchemy.exc import SQLAlchemyError

        row = 0
        try:
            # As it stands: in it, a colon or a percent sign is no parameter's.
            how = {"stream_results": True, "yield_per": ROWS, "no_parameters": True}
            with (
                self._engine.connect() as connection,
                closing(connection.execution_options(**how).exec_driver_sql(self._query)) as result,
            ):
                _check(list(result.keys()), self._wanted)
                for part in result.mappings().partitions(ROWS):
                    if row == 0:  # by the first rows, wherever reading goes on: a column has one type in all of a run
                        self._types = {name: _type(self._column(name, part)) for name in self._wanted.keep}
                    rows = part[max(0, start.row - row) :]
                    if rows:
                        yield self._piece(rows, Cursor(0, row + len(part) - len(rows)))
                    row += len(part)
        except SQLAlchemyError as exc:
            # Its text may hold the query's parameters and the database's address.
            raise InputDataError(f"the query failed ({type(exc).__name__}); -v shows why", value="query") from exc

    def _piece(self, rows: Any, start: Cursor) -> Piece:
        contents = [row[self._wanted.content] for row in rows]
        faults = {
            number: f"{self._wanted.content} is a {type(one).__name__}, not a text"
            for number, one in enumerate(contents)
            if one is not None and not isinstance(one, str)
        }
        texts = [one if isinstance(one, str) else None for one in contents]
        columns = {CONTENT: pa.array(texts, pa.large_string())}
        if self._wanted.id:
            ids = [row[self._wanted.id] for row in rows]
            columns[ID] = pa.array([None if one is None else str(one) for one in ids], pa.string())
        for name in self._wanted.keep:
            columns[KEPT + name] = self._column(name, rows)
        return Piece(pa.table(columns), faults, start)

    def _column(self, name: str, rows: Any) -> pa.Array:
        """The values in the type of the column, once it has one; what is nested as JSON, for it may have any shape."""
        try:
            plain = [_json(row[name]) if isinstance(row[name], (dict, list)) else row[name] for row in rows]
            column = pa.array(plain)
            return column.cast(self._types[name]) if name in self._types else column
        except (pa.ArrowException, OverflowError, TypeError) as exc:
            raise InputDataError(
                f"the query's column {name} has values of several types, or of an unknown one: cast it in the query"
            ) from exc


def _json(value: Any) -> str:
    """JSON, where numbers and times that it has not are texts."""
    return orjson.dumps(value, default=str).decode()


def _type(column: pa.Array) -> pa.DataType:
    """Of a column whose first values are these: a text where they are null, and the longest decimals."""
    kind = column.type
    if pa.types.is_null(kind):
        return pa.string()
    return pa.decimal128(38, kind.scale) if pa.types.is_decimal128(kind) else kind


def _engine(url: str) -> "Engine":
    try:
        import sqlalchemy
        from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    except ImportError as exc:
        raise ConfigurationError("a query needs SQLAlchemy: pip install 'onevec[sql]'", param="query") from exc
    try:
        parsed = sqlalchemy.make_url(url)
        parsed = parsed.set(drivername=DRIVERS.get(parsed.drivername, parsed.drivername))
        file = parsed.database if parsed.get_backend_name() == "sqlite" else None
        if file and file != ":memory:" and not file.startswith("file:") and not Path(file).exists():
            raise ConfigurationError(f"there is no database {file}", param="input")
        return sqlalchemy.create_engine(parsed, poolclass=sqlalchemy.NullPool)  # closed when all is read
    except (ArgumentError, NoSuchModuleError):  # its text may hold a password
        raise ConfigurationError("the URL names no database that SQLAlchemy knows", param="input") from None
    except ImportError as exc:
        raise ConfigurationError(f"the database's driver is missing: pip install {exc.name}", param="input") from exc


def _check(names: list[str], wanted: Wanted) -> None:
    for name in wanted.names:
        if name not in names:
            raise ConfigurationError(
                f"the query has no column {name!r}; it has {', '.join(names)[:300]}", param="column", value=name
            )
