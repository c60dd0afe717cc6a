"""Arrow's types in PostgreSQL's words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

TYPES: Sequence[tuple[str, str]] = (
    ("is_boolean", "boolean"),
    ("is_uint64", "numeric"),
    ("is_integer", "bigint"),
    ("is_floating", "double precision"),
    ("is_decimal", "numeric"),
    ("is_string", "text"),
    ("is_large_string", "text"),
    ("is_binary", "bytea"),
    ("is_large_binary", "bytea"),
    ("is_date", "date"),
    ("is_timestamp", "timestamp"),
)
"""The first whose test of `pyarrow.types` holds; lists, structs and what else there is are JSON."""

ZONED, JSON = "timestamptz", "jsonb"


@dataclass(frozen=True, slots=True)
class Column:
    """A kept column.

    Attributes:
        name: Its name.
        type: Its type in PostgreSQL.
        adapt: From a Python value to one that the driver writes as that type.
    """

    name: str
    type: str
    adapt: Callable[[Any], Any]


def columns_of(schema: "pa.Schema") -> list[Column]:
    """The columns of a table with this schema."""
    return [Column(field.name, kind, _ADAPT.get(kind, _as_it_is)) for field in schema for kind in [_type(field.type)]]


def _type(kind: "pa.DataType") -> str:
    import pyarrow as pa

    found = next((word for test, word in TYPES if getattr(pa.types, test)(kind)), JSON)
    return ZONED if found == "timestamp" and kind.tz is not None else found


def _as_it_is(value: Any) -> Any:
    return value


def _decimal(value: Any) -> Any:
    from decimal import Decimal

    return None if value is None else Decimal(value)


def _json(value: Any) -> Any:
    from psycopg.types.json import Jsonb

    from onevec.bulk.sinks.layout import as_plain

    return None if value is None else Jsonb(as_plain([{"": value}])[0][""])


_ADAPT = {"numeric": _decimal, JSON: _json}
