"""The ledger's two tables, in SQLAlchemy's words."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlalchemy as sa

VERSION = 1
"""Of the tables; a ledger of another is refused."""

GROUPS = ("caller", "deployment", "model", "day", "outcome", "kind", "replica")
"""What sums may be told by."""

SUMMED = ("requests", "inputs", "tokens", "estimated_tokens", "cached_tokens", "nanodollars")


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What the database holds.

    Attributes:
        about: One row: the version.
        usage: A row for each key of the tally and each batch.
    """

    metadata: "sa.MetaData"
    about: "sa.Table"
    usage: "sa.Table"


@cache
def tables() -> Tables:
    """Both; SQLAlchemy is an extra, so they are made when they are asked for."""
    import sqlalchemy as sa

    metadata = sa.MetaData()
    about = sa.Table(
        "onevec_ledger",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),  # always 1: two replicas that begin together make one row
        sa.Column("version", sa.Integer, nullable=False),
    )
    usage = sa.Table(
        "onevec_usage",
        metadata,
        # A batch is written once: whoever cannot tell whether he wrote it writes it again, and is refused.
        sa.Column("batch", sa.String(32), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("replica", sa.String(64), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False, index=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("caller", sa.String(256), nullable=False),
        sa.Column("deployment", sa.String(64), nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in SUMMED),
    )
    return Tables(metadata, about, usage)
