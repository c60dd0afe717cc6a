"""From the input that a user names to its source."""

import re

from onevec.bulk.sources.files import FileSource
from onevec.bulk.sources.places import find_files
from onevec.bulk.sources.sql import QuerySource
from onevec.bulk.sources.words import Source, Wanted
from onevec.errors import ConfigurationError

DATABASE = re.compile(r"(sqlite|postgres|postgresql|mysql|mariadb|mssql|oracle|duckdb|snowflake)(\+\w+)?://")
"""The beginning of a URL that names a database."""


def open_source(place: str, wanted: Wanted, *, form: str | None = None, query: str | None = None) -> Source:
    """The source of an input.

    Args:
        place: Files, or with a query the URL of a database.
        wanted: Which columns.
        form: The kind of the files, where their names do not tell.
        query: What to ask a database.

    Raises:
        ConfigurationError: there is no such input, or it has not the wanted columns.
        InputDataError: it cannot be read.
    """
    if bool(DATABASE.match(place)) != (query is not None):
        raise ConfigurationError("a database's URL and query go together: give both, or neither", param="query")
    if query is not None:
        return QuerySource(place, query, wanted)
    kind, files = find_files(place, form)
    return FileSource(kind, files, wanted)
