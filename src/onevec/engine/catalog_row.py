"""What the catalog says of a model."""

from dataclasses import dataclass

from onevec.types import Modality


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One model.

    Attributes:
        name: What it is called here.
        description: What it is good for, in a line.
        dimensions: Length of its vectors.
        max_tokens: Tokens that it reads of a text, special ones included; None where it reads no texts, or all of them.
        pooling: How token vectors become one; None where the architecture has one way only.
        normalized: Whether its vectors have length one.
        license: SPDX, or the licence's own name.
        digest: sha256 of the published weights; a folder or snapshot with these weights is this model. None where it
            is not known here.
        repository: Where it lies on the hub.
        revision: The commit that is fetched; None is the main branch.
        query: The prompt before a query, if the model's folder brings none.
        document: The prompt before a document, likewise.
        int8_scale: The value that int8 code 127 stands for, measured by `onevec.engine.calibrate`.
        truncations: Shorter lengths that it was trained for (Matryoshka), ascending.
        aliases: Other names of the bundled copy.
        bundled: Whether a copy is part of this package.
        modalities: What it embeds.
    """

    name: str
    description: str
    dimensions: int
    max_tokens: int | None
    pooling: str | None
    normalized: bool
    license: str
    digest: str | None = None
    repository: str | None = None
    revision: str | None = None
    query: str | None = None
    document: str | None = None
    int8_scale: float | None = None
    truncations: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    bundled: bool = False
    modalities: tuple[Modality, ...] = (Modality.TEXT,)

    def prompt(self, name: str) -> str | None:
        """The prompt under one of sentence-transformers' names; None where the model has none."""
        return {"query": self.query, "document": self.document}.get(name)
