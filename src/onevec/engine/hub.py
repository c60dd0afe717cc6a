"""Models of the Hugging Face hub, through its own client and into its own cache.

A snapshot that is in the cache is used without asking the hub: a name stays the same weights until the cache is emptied
or another `revision` is named. Only configs, tokenizers and safetensors are fetched, or an exported graph where
safetensors do not run here: no pickle, no code.
"""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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

from onevec.engine import graphs
from onevec.engine.catalog import nearest
from onevec.engine.configs import read_config
from onevec.engine.exports import NAMES, export_files, numbers_of
from onevec.engine.folder import MODEL2VEC, read_folder
from onevec.engine.weights import refuse_pickles
from onevec.errors import (
    AuthenticationError,
    ModelError,
    ModelFileError,
    ModelNotFoundError,
    ModelUnavailableError,
    OnevecError,
)

WORDS = ("*.json", "merges.txt", "*/merges.txt")
"""What a model says of itself, and its tokenizer."""

WEIGHTS = ("*.safetensors",)
UNWANTED = ("onnx/*", "openvino/*", "*.onnx_data", "open_clip_*")
DENSE = ("*_Dense/*.safetensors",)
"""Weights that are needed beside an exported model."""

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
    folder = cached(repository, revision, cache_dir)
    if folder is not None:
        return folder
    if constants.HF_HUB_OFFLINE:
        raise _unavailable(repository, "HF_HUB_OFFLINE forbids asking the hub")
    try:
        return _fetched(_Repository(repository, revision, cache_dir, endpoint))
    except OnevecError:
        raise
    except (OSError, EntryNotFoundError, HFValidationError) as exc:  # HTTP and socket errors of the client are OSErrors
        raise _translated(exc, repository, revision) from exc
    except Exception as exc:  # the client's transport differs by version, and so do the roots of its errors
        raise _unavailable(repository, f"the hub cannot be reached ({type(exc).__name__}: {exc})") from exc


@dataclass(frozen=True, slots=True)
class _Repository:
    """One repository at one revision, and how it is asked."""

    name: str
    revision: str | None
    cache_dir: str | None
    endpoint: str | None = None

    def files(self) -> list[str]:
        """The names of its files."""
        api = HfApi(endpoint=self.endpoint, library_name="onevec")
        files = api.model_info(self.name, revision=self.revision, timeout=ANSWER_SECONDS).siblings or []
        return [file.rfilename for file in files]

    def fetch(self, wanted: Sequence[str], unwanted: Sequence[str] = (), *, local: bool = False) -> Path:
        """The folder of the snapshot, with all files of these names; `local` asks nobody."""
        folder = snapshot_download(
            self.name,
            revision=self.revision,
            cache_dir=self.cache_dir,
            endpoint=self.endpoint,
            etag_timeout=ANSWER_SECONDS,
            allow_patterns=list(wanted),
            ignore_patterns=list(unwanted),
            library_name="onevec",
            local_files_only=local,
        )
        return Path(folder)


def cached(repository: str, revision: str | None, cache_dir: str | None) -> Path | None:
    """A snapshot in the cache; None when there is none, or a download of it was interrupted."""
    try:
        folder = _Repository(repository, revision, cache_dir).fetch(WORDS, local=True)
        model = read_folder(folder)
        if not (model.weights and _runs(folder)):
            if model.exported is None:
                return None  # it is still on the hub
            export_files(model.exported)
    except (OSError, EntryNotFoundError, HFValidationError, ModelFileError):
        return None
    tokenizers = (path for name in TOKENIZERS for path in folder.glob(f"**/{name}"))
    return folder if any(tokenizers) else None


TOKENIZERS = ("tokenizer.json", "merges.txt")


def _fetched(repository: _Repository) -> Path:
    """Configs first: they and the names of the other files tell which weights are wanted."""
    names = repository.files()
    export = _export(repository, names)
    folder = repository.fetch(WORDS, UNWANTED)
    if export is None or (_has_weights(names) and _runs(folder)):
        return repository.fetch(WEIGHTS, UNWANTED)
    repository.fetch([export, export.removesuffix(".xml") + ".bin", *DENSE])
    beside = [path.relative_to(folder).as_posix() for path in numbers_of(folder / export)]
    return repository.fetch([glob.escape(name) for name in beside])


def _export(repository: _Repository, names: Sequence[str]) -> str | None:
    """The exported model of the repository, if it has one.

    Raises:
        UnsafeModelError: only pickles.
        ModelError: no weights of any kind.
    """
    export = next((name for name in NAMES if name in names), None)
    if export is None and not _has_weights(names):
        owner = f"the repository {repository.name}" + (f" at {repository.revision}" if repository.revision else "")
        refuse_pickles(names, owner)
        raise ModelError(f"{owner} has neither safetensors weights nor OpenVINO's or ONNX files", value=repository.name)
    return export


def _has_weights(names: Sequence[str]) -> bool:
    """Of the model itself, that is; those of a Dense behind it are needed beside an export, too."""
    return any(name.endswith(".safetensors") and "_Dense/" not in name for name in names)


def _runs(folder: Path) -> bool:
    """Whether safetensors of a model with these configs run here: by a graph of ours, or without one."""
    config = read_config(folder / "config.json", optional=True)
    kind = config.text("model_type", MODEL2VEC)
    if kind == MODEL2VEC or kind in graphs.TOWERS:
        return True
    try:
        graphs.find(config)
    except ModelError:
        return False
    return True


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
