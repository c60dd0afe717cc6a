"""Whose vectors a folder makes: the same weights are the same model, wherever they lie and however they are stored."""

import hashlib
from dataclasses import dataclass

from onevec.engine.catalog import published_as
from onevec.engine.catalog_row import CatalogRow
from onevec.engine.folder import ModelFolder
from onevec.engine.weights import sha256, stored_as
from onevec.spaces import VectorSpace


@dataclass(frozen=True, slots=True)
class Identity:
    """A model by its weights.

    Attributes:
        model: Its name in the catalog, else its architecture.
        digest: sha256 of the weights.
        stored: How they are stored, when that is not as they were published.
        row: Its row in the catalog.
        pooling: How token vectors become one; None where the architecture has one way only.
        normalized: Whether its vectors have length one.
    """

    model: str
    digest: str
    stored: str | None
    row: CatalogRow | None
    pooling: str | None
    normalized: bool

    def space(self, dimensions: int) -> VectorSpace:
        """The space of the model's full vectors."""
        return VectorSpace(
            model=self.model,
            dimensions=dimensions,
            revision=f"sha256:{self.digest[:12]}",
            normalized=self.normalized,
            pooling=self.pooling,
            weights=self.stored,
        )


def identify(folder: ModelFolder, pooling: str | None, *, normalized: bool) -> Identity:
    """The model that a folder's weights are, by their sha256; of several files the sha256 of their sha256s.

    Weights that the catalog does not have are called by their architecture, never by a path: a copy elsewhere makes
    the same vectors. A folder in which the weights are pooled otherwise is no longer the catalog's model.
    """
    files = folder.weight_files
    stored = stored_as(files[0]) if len(files) == 1 and files[0].suffix == ".safetensors" else None
    digests = [stored[1]] if stored else [sha256(file) for file in files]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    row = published_as(digest)
    if row and (row.pooling, row.normalized) != (pooling, normalized):
        row = None
    model = row.name if row else folder.architecture
    return Identity(model, digest, stored[0] if stored else None, row, pooling, normalized)
