"""From the ledger's URL to an engine of SQLAlchemy: SQLite or PostgreSQL, with waits that end."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Engine

SECONDS = 10
"""For a connection, for a statement, and until a peer that is silent counts as gone."""

DIALECTS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "sqlite": ("sqlite", {"timeout": SECONDS}),
    "postgresql": (
        "postgresql+psycopg",
        {
            "connect_timeout": SECONDS,
            "tcp_user_timeout": SECONDS * 1000,
            "options": f"-c statement_timeout={SECONDS * 1000}",
        },
    ),
}
"""By the URL's scheme: SQLAlchemy's own word with the driver, and what the driver is told."""

FORMS = "write sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def connect(url: str, folder: Path, *, create: bool = True) -> "Engine":
    """An engine; nobody is called yet.

    Args:
        url: ``sqlite:///FILE`` or ``postgresql://…``.
        folder: Where a relative file of SQLite begins.
        create: Whether SQLite makes a file that is not there.

    Raises:
        ConfigurationError: the URL is none, names another database or a file that is not there, or an extra is not
            installed.
    """
    try:
        import sqlalchemy as sa
        from sqlalchemy.exc import ArgumentError
    except ImportError as exc:
        raise ConfigurationError("[ledger] needs SQLAlchemy: pip install 'onevec[ledger]'", param="ledger") from exc
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"the ledger's URL is none: {FORMS}", param="url") from None  # it may hold a password
    backend = parsed.get_backend_name() if parsed.drivername != "postgres" else "postgresql"
    if backend not in DIALECTS:
        raise ConfigurationError(f"the ledger cannot be kept in {backend}: {FORMS}", param="url")
    driver, arguments = DIALECTS[backend]
    parsed = parsed.set(drivername=driver)
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        file = folder / Path(parsed.database).expanduser()
        if not create and not file.exists():
            raise ConfigurationError(f"there is no ledger {file} yet: the server makes it when it starts", param="url")
        parsed = parsed.set(database=str(file))
    try:
        # One connection: one thread writes. Parameters are callers' names, which errors need not repeat.
        return sa.create_engine(
            parsed, connect_args=dict(arguments), pool_size=1, max_overflow=1, pool_pre_ping=True, hide_parameters=True
        )
    except ImportError as exc:
        raise ConfigurationError(
            "a ledger in PostgreSQL needs psycopg: pip install 'onevec[ledger,postgres]'", param="url"
        ) from exc
