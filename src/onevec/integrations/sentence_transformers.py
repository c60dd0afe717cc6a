"""An object with the methods of a `SentenceTransformer`, for programs that want one: any provider, no torch.

>>> encoder = OnevecEncoder()
>>> encoder.encode(["a cat", "a dog"]).shape, encoder.encode("a cat").shape
((2, 384), (384,))
>>> vectors = encoder.encode(["a cat", "a kitten", "a submarine"])
>>> bool(encoder.similarity(vectors[0], vectors[1]) > encoder.similarity(vectors[0], vectors[2]))
True
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from onevec import vectors as vec
from onevec.errors import UnsupportedParameterError
from onevec.images import ImageInput
from onevec.integrations.model import Embedding, missing
from onevec.types import InputType

PURPOSES: Mapping[str | None, InputType | None] = {
    None: None,
    "query": InputType.QUERY,
    "document": InputType.DOCUMENT,
    "passage": InputType.DOCUMENT,
    "corpus": InputType.DOCUMENT,
}
"""What a `prompt_name` is here: the texts' purpose, put into the model's own words."""

UNHEEDED = frozenset({"batch_size", "show_progress_bar", "device", "convert_to_numpy", "chunk_size", "pool"})
"""Arguments of `encode` that change no vector; onevec batches by the model's own limits."""

FIXED: Mapping[str, tuple[Any, ...]] = {
    "prompt": (None,),
    "precision": (None, "float32"),
    "output_value": (None, "sentence_embedding"),
    "truncate_dim": (None,),
}
"""Arguments of `encode` that have these values here, and no others."""


class OnevecEncoder(Embedding):
    """`encode`, `encode_query`, `encode_document` and `similarity`, as sentence-transformers has them.

    Args:
        model: ``provider:model``; the bundled model unless told.
        **arguments: See :class:`~onevec.integrations.model.Arguments`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
    """

    similarity_fn_name = "cosine"

    @property
    def max_seq_length(self) -> int | None:
        """Tokens of the longest text that the model reads; None where it is not known."""
        return self._model.capabilities.max_input_tokens

    def get_sentence_embedding_dimension(self) -> int:
        """Length of a vector."""
        return self.space.dimensions

    get_embedding_dimension = get_sentence_embedding_dimension

    def encode(
        self,
        sentences: str | ImageInput | Sequence[str | ImageInput],
        prompt_name: str | None = None,
        *,
        normalize_embeddings: bool = False,
        convert_to_tensor: bool = False,
        **further: Any,
    ) -> Any:
        """Vectors float32 of shape (n, d), or (d,) of one sentence: an array, or a tensor of torch where asked for.

        Args:
            sentences: Texts or images, or one of them.
            prompt_name: ``query``, ``document`` (or ``passage``), or None. Models that do not tell them apart make no
                difference.
            normalize_embeddings: Whether every vector gets length one, where the model does not see to it.
            convert_to_tensor: Whether the vectors are a tensor of torch, which must be installed then.
            **further: What else `SentenceTransformer.encode` takes: what changes no vector, such as `batch_size`, is
                not heeded; what would, such as a `prompt`, is refused.

        Raises:
            UnsupportedParameterError: a `prompt_name` or another argument that there is not here.
            OnevecError: as :func:`onevec.embedding`.
        """
        _check(prompt_name, further)
        one = isinstance(sentences, (str, ImageInput))
        inputs = [sentences] if isinstance(sentences, (str, ImageInput)) else list(sentences)
        rows = self._model.vectors(inputs, PURPOSES[prompt_name])
        rows = vec.normalize(rows) if normalize_embeddings and len(rows) else rows
        found = rows[0] if one else rows
        return _tensor(found) if convert_to_tensor else found

    def encode_query(self, sentences: str | Sequence[str], **arguments: Any) -> Any:
        """:meth:`encode` for what is looked for."""
        return self.encode(sentences, "query", **arguments)

    def encode_document(self, sentences: str | Sequence[str], **arguments: Any) -> Any:
        """:meth:`encode` for what is found."""
        return self.encode(sentences, "document", **arguments)

    def similarity(self, one: Any, other: Any) -> NDArray[np.float32]:
        """Cosine of every vector of `one` and every one of `other`: (n, m) of (n, d) and (m, d); (d,) counts as (1, d).

        >>> OnevecEncoder().similarity([[1.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]])
        array([[1., 0.]], dtype=float32)
        """
        return vec.cosine(_rows(one), _rows(other))

    def similarity_pairwise(self, one: Any, other: Any) -> NDArray[np.float32]:
        """Cosine of the vectors in the same place: (n,) of (n, d) and (n, d)."""
        cosines: NDArray[np.float32] = (vec.normalize(_rows(one)) * vec.normalize(_rows(other))).sum(axis=1)
        return cosines


def _check(prompt_name: str | None, further: Mapping[str, Any]) -> None:
    if prompt_name not in PURPOSES:
        known = ", ".join(name for name in PURPOSES if name)
        raise UnsupportedParameterError(
            f"prompt_name must be one of {known}, or None, not {prompt_name!r:.60}", param="prompt_name"
        )
    for name, value in further.items():
        if name in UNHEEDED or value in FIXED.get(name, ()):
            continue
        said = f"must be {FIXED[name][-1]!r}" if name in FIXED else "is not known"
        raise UnsupportedParameterError(f"{name} {said} here: leave it out", param=name)


def _rows(vectors: Any) -> NDArray[np.float32]:
    return np.atleast_2d(np.asarray(vectors, np.float32))


def _tensor(vectors: Any) -> Any:
    try:
        torch = import_module("torch")
    except ImportError as exc:
        raise missing("torch for convert_to_tensor=True", "torch") from exc
    return torch.from_numpy(vectors)
