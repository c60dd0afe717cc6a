"""Models of the Hugging Face hub, through its own client and into its own cache.

A snapshot that is in the cache is used without asking the hub: a name stays the same weights until the cache is emptied
or another `revision` is named. Only configs, tokenizers and safetensors are fetched: no pickle, no code.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from huggingface_hub import HfApi, constants, snapshot_download
from huggingface_hub.errors import (
    DisabledRepoError,
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from onevec.engine.catalog import nearest
from onevec.engine.folder import read_folder
from onevec.engine.weights import refuse_pickles
from onevec.errors import (
    AuthenticationError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
    ModelUnavailableError,
    OnevecError,
)

ALLOWED = ("*.json", "*.safetensors", "merges.txt", "*/merges.txt")
UNWANTED = ("onnx/*", "openvino/*", "*.onnx_data", "open_clip_*")
ANSWER_SECONDS = 10.0
"""A hub that does not answer for so long cannot be reached."""


def snapshot(
    repository: str, *, revision: str | None = None, cache_dir: str | None = None, endpoint: str | None = None
) -> Path:
    """The folder of a snapshot, from the cache or downloaded into it.

    Args:
        repository: ``org/name``.
        revision: Branch, tag or commit; None is the main branch.
        cache_dir: Where snapshots are kept; None is the hub client's own place (``HF_HOME``).
        endpoint: The hub's address; None is the hub client's own (``HF_ENDPOINT``).

    Raises:
        ModelNotFoundError: no such repository, or no such revision of it.
        ModelUnavailableError: not in the cache, and the hub cannot be reached or may not be asked.
        AuthenticationError: the hub wants a token, or another one.
        UnsafeModelError: only pickle weights.
        ModelError: no weights at all.
    """
    cached = _cached(repository, revision, cache_dir)
    if cached is not None:
        return cached
    if constants.HF_HUB_OFFLINE:
        raise _unavailable(repository, "HF_HUB_OFFLINE forbids asking the hub")
    try:
        _check_weights(repository, revision, endpoint)
        return Path(_download(repository, revision, cache_dir, endpoint))
    except OnevecError:
        raise
    except (OSError, EntryNotFoundError, HFValidationError) as exc:  # HTTP and socket errors of the client are OSErrors
        raise _translated(exc, repository, revision) from exc
    except Exception as exc:  # the client's transport differs by version, and so do the roots of its errors
        raise _unavailable(repository, f"the hub cannot be reached ({type(exc).__name__}: {exc})") from exc


def _cached(repository: str, revision: str | None, cache_dir: str | None) -> Path | None:
    """A snapshot in the cache; None when there is none, or a download of it was interrupted."""
    try:
        folder = Path(
            snapshot_download(
                repository,
                revision=revision,
                cache_dir=cache_dir,
                local_files_only=True,
                allow_patterns=list(ALLOWED),
                ignore_patterns=list(UNWANTED),
            )
        )
        read_folder(folder)
    except (OSError, EntryNotFoundError, HFValidationError, ModelFileError):
        return None
    return folder if any(folder.glob("**/tokenizer.json")) else None


def _download(repository: str, revision: str | None, cache_dir: str | None, endpoint: str | None) -> str:
    return snapshot_download(
        repository,
        revision=revision,
        cache_dir=cache_dir,
        endpoint=endpoint,
        etag_timeout=ANSWER_SECONDS,
        allow_patterns=list(ALLOWED),
        ignore_patterns=list(UNWANTED),
        library_name="onevec",
    )


def _check_weights(repository: str, revision: str | None, endpoint: str | None) -> None:
    """Look at the names of the files before anything is fetched."""
    api = HfApi(endpoint=endpoint, library_name="onevec")
    files = api.model_info(repository, revision=revision, timeout=ANSWER_SECONDS).siblings or []
    names = [file.rfilename for file in files]
    refuse_pickles(names, f"the repository {repository}")
    if not any(name.endswith(".safetensors") for name in names):
        raise ModelError(f"the repository {repository} has no safetensors weights", value=repository)


def _translated(exc: Exception, repository: str, revision: str | None) -> OnevecError:
    for kind, make in _ERRORS.items():
        if isinstance(exc, kind):
            return make(repository, revision)
    if isinstance(exc, HfHubHTTPError) and exc.response.status_code in (401, 403):
        return _no_access(repository, revision)
    return _unavailable(repository, f"the hub cannot be reached ({type(exc).__name__}: {_first_line(exc)})")


def _no_access(repository: str, _revision: str | None) -> OnevecError:
    return AuthenticationError(
        f"the hub does not give {repository} away: accept its terms at {constants.ENDPOINT}/{repository}, and set "
        "HF_TOKEN to a token of the account that did",
        value=repository,
    )


def _missing(repository: str, _revision: str | None) -> OnevecError:
    near = nearest(repository)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return ModelNotFoundError(
        f"the hub has no model {repository} (a private one needs HF_TOKEN){hint}", param="model", value=repository
    )


def _no_revision(repository: str, revision: str | None) -> OnevecError:
    return ModelNotFoundError(f"{repository} has no revision {revision!r}", param="client_args", value=str(revision))


_ERRORS: Mapping[type[Exception], Callable[[str, str | None], OnevecError]] = {
    GatedRepoError: _no_access,  # before its base class
    RepositoryNotFoundError: _missing,
    DisabledRepoError: _missing,
    RevisionNotFoundError: _no_revision,
    HFValidationError: _missing,
}


def _unavailable(repository: str, why: str) -> ModelUnavailableError:
    return ModelUnavailableError(
        f"{repository} is not in the cache, and {why}: load it once with a connection, or pass the path of a folder",
        value=repository,
    )


def _first_line(exc: Exception) -> str:
    return str(exc).strip().split("\n", 1)[0]
