"""PostgreSQL with pgvector: a table, `postgresql://USER@HOST/DATABASE?table=NAME`. Needs the extra `pgvector`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from onevec.bulk import metadata
from onevec.bulk.hits import Hit, choose
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.columns import Column, columns_of
from onevec.bulk.sinks.faults import missing, nothing_there, translated
from onevec.bulk.sinks.layout import ID, OURS, SHARD, VECTOR, beside, check, check_encoding, values
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from psycopg import Connection, Cursor
    from psycopg.sql import Composed

TABLE = "embeddings"
"""When the address names none."""

SECONDS = 10
"""For a connection, and until a peer that is silent counts as gone."""

COPY = "COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
CREATE = (
    "CREATE TABLE IF NOT EXISTS {table} ({id} text PRIMARY KEY, {vector} vector({length}) NOT NULL, "
    "{shard} bigint NOT NULL{more})"
)
DELETE = "DELETE FROM {table} WHERE {shard} = {number} OR {id} = ANY({ids}::text[])"
NEAREST = "SELECT {names}, 1 - ({vector} <=> {query}) FROM {table} ORDER BY {vector} <=> {query} LIMIT {k}"
NAMES = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped"


class PgvectorStore:
    """A table of PostgreSQL. A shard is one transaction; the table's comment tells of its vectors.

    Args:
        place: ``postgresql://…?table=NAME``, else as libpq takes it; NAME may be SCHEMA.NAME.
    """

    def __init__(self, place: str) -> None:
        self._url, self._table = parted(place)
        where = urlsplit(self._url)
        # What an error may show: no user and no password.
        self._place = f"the table {self._table} of postgresql://{where.hostname or ''}{where.path}"
        self._description: Description | None = None
        self._connection: Connection[Any] | None = None
        self._made = False

    def open(self, description: Description) -> None:
        """Check the table where there is one; the first shard makes it where there is none."""
        check_encoding(description, self._place)
        self._description = description
        if self._names():
            metadata.check(self.describe(), description, self._place)

    def write(self, rows: Rows) -> None:
        """Put the shard's rows in the place of what it wrote before, and of their ids, in one transaction."""
        import psycopg

        check(rows)
        columns = columns_of(beside(rows).schema)
        names = (ID, VECTOR, SHARD, *(column.name for column in columns))
        connection = self._connected()
        with translated(self._place, psycopg.Error), connection.transaction(), connection.cursor() as cursor:
            if not self._made:
                self._make(cursor, columns)
            cursor.execute(self._sql(DELETE, number=rows.shard, ids=[*rows.ids]))
            with cursor.copy(self._sql(COPY, names)) as copy:
                copy.set_types(["text", "vector", "bigint", *(column.type for column in columns)])
                for one, vector, row in zip(rows.ids, rows.vectors, values(rows), strict=True):
                    copy.write_row((one, vector, rows.shard, *(column.adapt(row[column.name]) for column in columns)))
        self._made = True

    def remove(self, shard: int) -> None:
        """By its number; there may be no table yet."""
        import psycopg

        if self._names():
            with translated(self._place, psycopg.Error):
                self._connected().execute(self._sql("DELETE FROM {table} WHERE {shard} = {number}", number=shard))

    def finish(self) -> None:
        """Tell the planner what is in the table; an index is the owner's to make, and may take hours."""
        import psycopg

        if self._made:
            with translated(self._place, psycopg.Error):
                self._connected().execute(self._sql("ANALYZE {table}"))

    def occupied(self) -> bool:
        """Whether the table has rows."""
        if not self._names():
            return False
        import psycopg

        with translated(self._place, psycopg.Error):
            found = self._connected().execute(self._sql("SELECT EXISTS (SELECT FROM {table})")).fetchone()
        return found == (True,)

    def clear(self) -> None:
        """Remove the table, where it is ours."""
        if self._names():
            self.describe()
            import psycopg

            with translated(self._place, psycopg.Error):
                self._connected().execute(self._sql("DROP TABLE {table}"))
        self._made = False

    def describe(self) -> Description:
        """What the table's comment tells."""
        if not self._names():
            raise nothing_there(self._place)
        (told,) = self._asked("SELECT obj_description(to_regclass(%s), 'pg_class')")[0]
        return metadata.from_json(told, self._place)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine; through an index where the table has one, else exact."""
        shown = choose(columns, [name for name in self._names() if name not in OURS], self._place)
        import psycopg

        with translated(self._place, psycopg.Error):
            rows = self._connected().execute(self._sql(NEAREST, (ID, *shown), query=query, k=k)).fetchall()
        return [Hit(one, float(score), dict(zip(shown, more, strict=True))) for one, *more, score in rows]

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _make(self, cursor: "Cursor[Any]", columns: Sequence[Column]) -> None:
        """The table, its comment, and an index by which a shard's rows are found again."""
        from psycopg import sql

        if self._description is None:
            raise ConfigurationError(f"{self._place} was not opened before it was written to", param="output")
        more = [sql.SQL(", {} " + column.type).format(sql.Identifier(column.name)) for column in columns]
        length = self._description.space.dimensions
        cursor.execute(self._sql(CREATE, length=length, more=sql.Composed(more)))
        told = metadata.as_json(self._description).decode()
        cursor.execute(self._sql("COMMENT ON TABLE {table} IS {told}", told=told))
        index = sql.Identifier(f"{self._table.rpartition('.')[2]}_{SHARD}")
        cursor.execute(self._sql("CREATE INDEX IF NOT EXISTS {index} ON {table} ({shard})", index=index))

    def _names(self) -> list[str]:
        """The table's columns; none where there is no table."""
        return [name for (name,) in self._asked(NAMES)]

    def _asked(self, query: str) -> list[tuple[Any, ...]]:
        """What a query about the table is answered."""
        connection = self._connected()
        import psycopg
        from psycopg import sql

        with translated(self._place, psycopg.Error):
            table = sql.Identifier(*self._table.split(".")).as_string(connection)
            return connection.execute(query, (table,)).fetchall()

    def _sql(self, text: str, names: Sequence[str] = (), **parts: Any) -> "Composed":
        """A statement with names and values in it, each quoted as what it is.

        Values are not sent apart: then a percent sign in a name would stand for one.
        """
        from psycopg import sql

        ours = {ID: sql.Identifier(ID), VECTOR: sql.Identifier(VECTOR), SHARD: sql.Identifier(SHARD)}
        table = sql.Identifier(*self._table.split("."))
        listed = sql.SQL(", ").join(map(sql.Identifier, names))
        values = {key: one if isinstance(one, sql.Composable) else sql.Literal(one) for key, one in parts.items()}
        return sql.SQL(text).format(table=table, names=listed, **ours, **values)

    def _connected(self) -> "Connection[Any]":
        if self._connection is None:
            try:
                import psycopg
                from pgvector.psycopg import register_vector
            except ImportError as exc:
                raise missing("PostgreSQL", "pgvector") from exc
            with translated(self._place, psycopg.OperationalError):
                connection = psycopg.connect(
                    self._url, autocommit=True, connect_timeout=SECONDS, tcp_user_timeout=SECONDS * 1000
                )
            try:
                if connection.execute("SELECT to_regtype('vector')").fetchone() == (None,):
                    connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
                register_vector(connection)
            except psycopg.Error as exc:
                connection.close()
                raise ConfigurationError(
                    f"{self._place}: the database has no pgvector, or does not let us switch it on: install it, and "
                    "let the database's owner say CREATE EXTENSION vector",
                    param="output",
                ) from exc
            self._connection = connection
        return self._connection


def parted(place: str) -> tuple[str, str]:
    """The URL as libpq takes it, and the table's name.

    >>> parted("postgresql://me@db/docs?table=lab.vectors&sslmode=require")
    ('postgresql://me@db/docs?sslmode=require', 'lab.vectors')

    Raises:
        ConfigurationError: the URL is none, or the name of the table.
    """
    wrong = ConfigurationError(
        "an output in PostgreSQL is postgresql://USER@HOST/DATABASE?table=NAME, NAME or SCHEMA.NAME", param="output"
    )
    try:
        parts = urlsplit(place)
        _ = parts.port
        asked = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise wrong from None  # it may hold a password
    table = asked.pop("table", TABLE)
    names = table.split(".")
    if len(names) > 2 or not all(0 < len(name.encode()) <= 57 and name.isprintable() for name in names):
        raise wrong
    return urlunsplit(parts._replace(query=urlencode(asked))), table
