"""Finding rows of an output again: the query is embedded as its rows were, in the space that the output names."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from onevec.bulk.hits import Searchable
from onevec.bulk.outputs import find_output, imported
from onevec.bulk.shards import Description
from onevec.images import ImageInput
from onevec.requests import check_space, embed_request
from onevec.types import Embedder, InputType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def searchable(place: str) -> Searchable:
    """The output of a name; a folder without a slash at its end is one of Parquet.

    Raises:
        ConfigurationError: nothing that is searched has such a name.
    """
    folder = Path(place).is_dir() and not place.endswith((".lance", "/"))
    return cast("Searchable", imported(find_output(f"{place}/" if folder else place).search)(place))


def query_vector(
    query: str | ImageInput, description: Description, embedder: Embedder, name: str, prompt: str | None = None
) -> "NDArray[np.float32]":
    """The vector of a query, shape (d,), in the space of an output.

    Args:
        query: What is looked for: a text, or an image.
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
        query,
        dimensions=description.settings.get("dimensions"),
        input_type=InputType.QUERY if isinstance(query, str) and InputType.QUERY in able else None,
        expect_space=description.space,
    )
    check_space(request, embedder.space)
    result = embedder.embed(replace(request, prompt=prompt))
    result.space.check(description.space)
    vector: NDArray[np.float32] = result.vectors[0]
    return vector
