"""CATALOG: what is known of a local model before it is loaded: a row each."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from onevec.types import Modality


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """One model.

    Attributes:
        name: What it is called here.
        description: What it is good for, in a line.
        dimensions: Length of its vectors.
        max_tokens: Tokens that it reads of a text, special ones included; None where it reads no texts.
        pooling: How token vectors become one; None where the architecture has one way only.
        normalized: Whether its vectors have length one.
        revision: sha256 of the published weights; a folder or snapshot with these weights is this model. None where
            it is not pinned here.
        license: SPDX.
        int8_scale: The value that int8 code 127 stands for, measured by `onevec.engine.calibrate`.
        truncations: Shorter lengths that it was trained for (Matryoshka).
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
    revision: str | None
    license: str
    int8_scale: float | None = None
    truncations: tuple[int, ...] = ()
    aliases: tuple[str, ...] = ()
    bundled: bool = False
    modalities: tuple[Modality, ...] = (Modality.TEXT,)


def _clip(name: str, description: str, dimensions: int, max_tokens: int, spdx: str) -> CatalogRow:
    """A model of the hub with a tower for images and one for texts."""
    return CatalogRow(
        name, description, dimensions, max_tokens, None, True, None, spdx, modalities=(Modality.TEXT, Modality.IMAGE)
    )


_ROWS = (
    CatalogRow(
        name="all-minilm-l6-v2",
        description="Sentences and short paragraphs, English; part of this package",
        dimensions=384,
        max_tokens=256,
        pooling="mean",
        normalized=True,
        revision="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        license="Apache-2.0",
        int8_scale=0.2041,
        aliases=("minilm",),
        bundled=True,
    ),
    CatalogRow(
        name="gist",
        description="Images alike in layout and colour, near-duplicates; an algorithm, no weights, no download",
        dimensions=980,
        max_tokens=None,
        pooling=None,
        normalized=True,
        revision=None,
        license="Apache-2.0",
        modalities=(Modality.IMAGE,),
    ),
    _clip(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
        "Images and English texts in one space; small and quick",
        512,
        77,
        "MIT",
    ),
    _clip("openai/clip-vit-large-patch14", "Images and English texts in one space; better, slow", 768, 77, "MIT"),
    _clip("google/siglip-base-patch16-224", "Images and English texts in one space", 768, 64, "Apache-2.0"),
    _clip("google/siglip2-base-patch16-224", "Images and texts of many languages", 768, 64, "Apache-2.0"),
)

CATALOG: Mapping[str, CatalogRow] = {row.name: row for row in _ROWS}


def bundled(name: str) -> CatalogRow | None:
    """The bundled model of that name or alias, in whatever case.

    >>> bundled("All-MiniLM-L6-v2").dimensions, bundled("sentence-transformers/all-MiniLM-L6-v2")
    (384, None)
    """
    word = name.lower()
    return next((row for row in _ROWS if row.bundled and word in (row.name, *row.aliases)), None)


def published_as(digest: str) -> CatalogRow | None:
    """The row whose published weights have this sha256."""
    return next((row for row in _ROWS if row.revision == digest), None)


def nearest(name: str) -> list[str]:
    """Names of the catalog that look like this one, best first.

    >>> nearest("all-minilm-l6")
    ['all-minilm-l6-v2']
    """
    return difflib.get_close_matches(name.rsplit("/", 1)[-1].lower(), list(CATALOG), n=3, cutoff=0.5)
