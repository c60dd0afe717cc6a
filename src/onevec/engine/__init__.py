"""Local inference on OpenVINO: from a model's name to an embedder, without torch, without network unless asked for."""

from typing import TYPE_CHECKING

from onevec.engine.options import LocalOptions

if TYPE_CHECKING:
    from onevec.engine.engine import LocalEmbedder

__all__ = ["LocalOptions", "load"]

GIST = "gist"
"""The one model without files."""


def load(model: str, options: LocalOptions | None = None) -> "LocalEmbedder":
    """Load a local model: ``gist``, a bundled name, a folder, or ``org/name`` of the hub. The caller closes it.

    Raises:
        ModelNotFoundError: there is no such model.
        ModelUnavailableError: it is the hub's, not in the cache, and the hub cannot be reached.
        ModelFileError: one of its files is missing, corrupt or not finite; the message names it.
        UnsafeModelError: it has weights only as pickles, or modules that are code.
        ModelError: an architecture or module that does not run here.
        ConfigurationError: an option that does not fit this machine or model.
    """
    options = options or LocalOptions()
    if model.lower() == GIST:
        from onevec.engine.vision.local_gist import load_gist  # numpy and Pillow, and no openvino

        return load_gist(options)
    from onevec.engine.loader import load_model  # numpy, openvino and tokenizers: a third of a second

    return load_model(model, options)
