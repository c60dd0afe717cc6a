"""CATALOG: what is known of a local model before it is loaded, by name and by weights."""

import difflib
from collections.abc import Mapping

from onevec.engine.catalog_row import CatalogRow
from onevec.engine.models import MODELS

CATALOG: Mapping[str, CatalogRow] = {row.name: row for row in MODELS}


def bundled(name: str) -> CatalogRow | None:
    """The bundled model of that name or alias, in whatever case.

    >>> bundled("All-MiniLM-L6-v2").dimensions, bundled("sentence-transformers/all-MiniLM-L6-v2")
    (384, None)
    """
    word = name.lower()
    return next((row for row in MODELS if row.bundled and word in (row.name, *row.aliases)), None)


def published_as(digest: str) -> CatalogRow | None:
    """The row whose published weights have this sha256."""
    return next((row for row in MODELS if row.digest == digest), None)


def on_the_hub(repository: str) -> CatalogRow | None:
    """The row of a repository, in whatever case.

    >>> on_the_hub("baai/bge-small-en-v1.5").query
    'Represent this sentence for searching relevant passages: '
    """
    word = repository.lower()
    return next((row for row in MODELS if row.repository and row.repository.lower() == word), None)


def nearest(name: str) -> list[str]:
    """Models of the catalog whose names look like this one, as a call names them, best first; owners do not count.

    >>> nearest("all-minilm-l6")[0], nearest("baai/bge-smal-en")[0]
    ('local:all-minilm-l6-v2', 'local:BAAI/bge-small-en-v1.5')
    """
    short = {_short(row.name): f"local:{row.name}" for row in MODELS}
    return [short[near] for near in difflib.get_close_matches(_short(name), short, n=3, cutoff=0.6)]


def _short(name: str) -> str:
    return name.rsplit("/", 1)[-1].lower()
