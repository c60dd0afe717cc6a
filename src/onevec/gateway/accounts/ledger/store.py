"""Store: the ledger's database, SQLite or PostgreSQL, asked from a thread that may wait for it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from onevec.errors import ConfigurationError, OnevecError
from onevec.gateway.accounts.ledger.schema import SUMMED, VERSION, tables
from onevec.gateway.accounts.ledger.tally import Sums, TallyKey

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import SQLAlchemyError


class LedgerUnavailableError(OnevecError):
    """The database does not answer, or not as it should; the cause says why and may name its host."""

    default_status = 503
    default_code = "ledger_unavailable"


@dataclass(frozen=True, slots=True)
class Batch:
    """What is written together, and at most once.

    Attributes:
        id: A word of its own, 32 characters.
        replica: Who wrote it.
        started: Since when its sums have come together, in UTC.
        ended: Until when.
    """

    id: str
    replica: str
    started: datetime
    ended: datetime
    lines: Mapping[TallyKey, Sums]

    def rows(self) -> list[dict[str, Any]]:
        """As the table has them."""
        about = {"batch": self.id, "replica": self.replica, "started": self.started, "ended": self.ended}
        return [
            {**about, "line": number, **key._asdict(), **{name: getattr(sums, name) for name in Sums.__slots__}}
            for number, (key, sums) in enumerate(self.lines.items())
        ]


TRIES = 20
"""At creating the tables, 50 ms apart: each replica that begins at the same time may cost the others one."""


class Store:
    """Writes batches and sums them up. Every call blocks; none may come from an event loop.

    Args:
        engine: Of :func:`onevec.gateway.accounts.ledger.engine.connect`.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def prepare(self) -> None:
        """Create the tables where there are none.

        Raises:
            LedgerUnavailableError: the database cannot be reached, or lets us create nothing.
            ConfigurationError: it holds a ledger of another version.
        """
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._engine.connect() as connection:
                found = _created(connection)
        except SQLAlchemyError as exc:
            raise _away(exc) from exc
        if found != VERSION:
            raise ConfigurationError(
                f"the ledger's tables are of version {found}, and this onevec knows {VERSION}: take the onevec that "
                "wrote them, or another database",
                param="url",
            )

    def write(self, batch: Batch) -> None:
        """Write a batch; one that is there already is left as it is.

        Raises:
            LedgerUnavailableError: it is not known to be written; write it again later.
        """
        from sqlalchemy import insert
        from sqlalchemy.exc import IntegrityError, SQLAlchemyError

        try:
            with self._engine.begin() as connection:
                connection.execute(insert(tables().usage), batch.rows())
        except IntegrityError as exc:
            if not self._holds(batch):
                raise _away(exc) from exc
        except SQLAlchemyError as exc:
            raise _away(exc) from exc

    def _holds(self, batch: Batch) -> bool:
        return bool(self.sums(batch=batch.id)[0]["requests"])

    def sums(
        self, by: Sequence[str] = (), since: date | None = None, until: date | None = None, **where: str
    ) -> list[dict[str, Any]]:
        """Sums by some columns, in their order; days include `since` and `until`.

        Raises:
            LedgerUnavailableError: the database does not answer, or holds no ledger.
        """
        from sqlalchemy import func, select
        from sqlalchemy.exc import SQLAlchemyError

        usage = tables().usage
        columns = [usage.c[name] for name in by]
        counts = [func.coalesce(func.sum(usage.c[name]), 0).label(name) for name in SUMMED]
        query = select(*columns, *counts).group_by(*columns).order_by(*columns)
        query = query.where(*(usage.c[name] == value for name, value in where.items()))
        if since is not None:
            query = query.where(usage.c.day >= since)
        if until is not None:
            query = query.where(usage.c.day <= until)
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(query).mappings().all()
        except SQLAlchemyError as exc:
            raise _away(exc) from exc
        # PostgreSQL's sum of a bigint is a numeric.
        return [{**row, **{name: int(row[name]) for name in SUMMED}} for row in rows]

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _created(connection: "Connection") -> int:
    """The version of the tables, which are there afterwards; another replica may be creating them at this moment."""
    from sqlalchemy.exc import DBAPIError

    for left in reversed(range(TRIES)):
        try:
            with connection.begin():
                return _create(connection)
        except DBAPIError as exc:
            if exc.connection_invalidated or not left:
                raise
            time.sleep(0.05)
    raise AssertionError("unreachable: the last try returns or raises")


def _create(connection: "Connection") -> int:
    from sqlalchemy import insert, select

    about = tables().about
    if connection.dialect.name == "sqlite":  # who sums up does not stop who writes; the file remembers it
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    tables().metadata.create_all(connection)
    found = connection.execute(select(about.c.version)).scalar()
    if found is None:
        connection.execute(insert(about).values(id=1, version=VERSION))
    return VERSION if found is None else int(found)


def _away(exc: "SQLAlchemyError") -> LedgerUnavailableError:
    # What a driver says may name host and user: it is for the operator's log alone, as the cause.
    return LedgerUnavailableError(f"the ledger's database does not answer ({type(exc).__name__})")
