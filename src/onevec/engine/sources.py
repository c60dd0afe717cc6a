"""From a model's name to its folder: bundled with this package, on this machine, or on the hub, in that order."""

import re
from dataclasses import dataclass
from pathlib import Path

from onevec.engine.catalog import CATALOG, bundled, nearest, on_the_hub
from onevec.engine.catalog_row import CatalogRow
from onevec.engine.options import LocalOptions
from onevec.errors import ConfigurationError, ModelNotFoundError, ModelUnavailableError

BUNDLED = Path(__file__).parent / "bundled"
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Source:
    """A model's folder, and what the catalog has under the name that was asked for."""

    path: Path
    row: CatalogRow | None = None


def find(model: str, options: LocalOptions) -> Source:
    """The folder of a bundled name, of a local path, or of a repository ``org/name`` of the hub (downloaded if needed).

    Raises:
        ModelNotFoundError: none of the three; names of the catalog that are near are told.
        ModelUnavailableError: the hub's, not in its cache, and the hub cannot be reached.
        UnsafeModelError: the repository has only pickle weights.
        AuthenticationError: the hub wants a token, or another one.
        ConfigurationError: a `revision` for a model that is not the hub's.
    """
    row = bundled(model)
    if row:
        _check_no_revision(model, options)
        return Source(BUNDLED, row)
    path = Path(model).expanduser()
    if path.is_dir():
        _check_no_revision(model, options)
        return Source(path)
    if HUB_NAME.fullmatch(model) and not path.exists():
        return _from_hub(model, on_the_hub(model), options)
    raise _not_found(model, path)


def _from_hub(model: str, row: CatalogRow | None, options: LocalOptions) -> Source:
    """The catalog's commit, or the one that is asked for; where there is no way to the hub, what the cache has."""
    from onevec.engine.hub import cached, snapshot  # 100 ms and an HTTP client that other models do not need

    pinned = options.revision or (row.revision if row else None)
    try:
        return Source(snapshot(model, revision=pinned, cache_dir=options.cache_dir), row)
    except ModelUnavailableError:
        latest = None if options.revision or not pinned else cached(model, None, options.cache_dir)
        if latest is None:
            raise
        return Source(latest, row)


def _not_found(model: str, path: Path) -> ModelNotFoundError:
    if path.exists():
        return ModelNotFoundError(
            f"{model} is a file: pass the folder that holds the model", param="model", value=model
        )
    near = nearest(model)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return ModelNotFoundError(
        f"no local model {model!r}: it is neither bundled ({', '.join(name for name in CATALOG if bundled(name))}), "
        f"nor a folder, nor 'org/name' of the hub{hint}",
        param="model",
        value=model,
    )


def _check_no_revision(model: str, options: LocalOptions) -> None:
    if options.revision is not None:
        raise ConfigurationError(
            f"client_args['revision'] is for models of the hub; {model} is on this machine",
            param="client_args",
            value=options.revision,
        )
