"""Finding rows of an output again: the query is embedded as its rows were, in the space that the output names."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from onevec.bulk.hits import Searchable
from onevec.bulk.shards import Description
from onevec.errors import ConfigurationError
from onevec.requests import check_space, embed_request
from onevec.types import Embedder, InputType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of output.

    Attributes:
        home: Where its class is, ``module:name``; made with the output's name.
        starts: How names of its outputs begin.
        ends: Or how they end.
    """

    home: str
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()

    def has(self, place: str) -> bool:
        """Whether an output is of this kind, by its name."""
        return place.startswith(self.starts) or place.endswith(self.ends)


KINDS: Sequence[Kind] = (
    Kind("onevec.bulk.sinks.qdrant:QdrantStore", starts=("qdrant://",)),
    Kind("onevec.bulk.sinks.pgvector:PgvectorStore", starts=("postgresql://", "postgres://")),
    Kind("onevec.bulk.sinks.lance:LanceStore", starts=("lance://",), ends=(".lance", ".lance/")),
    Kind("onevec.bulk.scanning.lines:JsonLines", ends=(".jsonl",)),
    Kind("onevec.bulk.scanning.npy:NumpyFile", ends=(".npy",)),
    Kind("onevec.bulk.scanning.parquet:ParquetFiles", ends=(".parquet", "/")),
)
"""The first that has an output's name; a folder without a slash at its end is one of Parquet."""


def searchable(place: str) -> Searchable:
    """The output of a name.

    Raises:
        ConfigurationError: nothing that is searched has such a name.
    """
    kind = next((kind for kind in KINDS if kind.has(place)), KINDS[-1] if Path(place).is_dir() else None)
    if kind is None:
        known = ", ".join(name for kind in KINDS for name in (*kind.starts, *kind.ends))
        raise ConfigurationError(f"{place[:100]} is no output that can be searched: known are {known}", param="output")
    module, _, name = kind.home.partition(":")
    return cast("Searchable", getattr(importlib.import_module(module), name)(place))


def query_vector(
    text: str, description: Description, embedder: Embedder, name: str, prompt: str | None = None
) -> "NDArray[np.float32]":
    """The vector of a query, shape (d,), in the space of an output.

    Args:
        text: What is looked for.
        description: What the output tells of itself.
        embedder: The model at hand.
        name: Its own name for the model.
        prompt: Goes before the query instead of what the model has for queries.

    Raises:
        VectorSpaceError: the model at hand is in another space; nothing has been paid for where that is known before.
    """
    able = embedder.capabilities.input_types
    request = embed_request(
        name,
        text,
        dimensions=description.settings.get("dimensions"),
        input_type=InputType.QUERY if InputType.QUERY in able else None,
        expect_space=description.space,
    )
    check_space(request, embedder.space)
    result = embedder.embed(replace(request, prompt=prompt))
    result.space.check(description.space)
    vector: NDArray[np.float32] = result.vectors[0]
    return vector
