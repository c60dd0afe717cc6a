"""What `embedding()` returns: shaped as OpenAI's answer, with the vectors as one array and their space beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, overload

from onevec.encodings import Codes, encode
from onevec.spaces import VectorSpace
from onevec.types import Chunk, Encoding, Usage

if TYPE_CHECKING:
    from onevec.types import Vectors


@dataclass(frozen=True, slots=True)
class Embedding:
    """One vector, written in the encoding that was asked for.

    Attributes:
        index: Position of its input in the request; of its chunk, where inputs were chunked.
        embedding: Floats, integers, or a base64 text.
    """

    index: int
    embedding: list[float] | list[int] | str
    object: Literal["embedding"] = "embedding"


class Embeddings(Sequence[Embedding]):
    """The items of a response, in the order of the inputs; each is turned into Python numbers when it is read."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, index: int) -> Embedding: ...
    @overload
    def __getitem__(self, index: slice) -> list[Embedding]: ...
    def __getitem__(self, index: int | slice) -> Embedding | list[Embedding]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        code = self._codes[index]
        return Embedding(index % len(self), code if isinstance(code, str) else code.tolist())

    def __iter__(self) -> Iterator[Embedding]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<{len(self)} embeddings>"


@dataclass(frozen=True, eq=False)
class EmbeddingResponse:
    """The answer to `embedding()`.

    Attributes:
        vectors: float32 of shape (n, d), row i for input i, whatever the encoding.
        model: The model that made them, as the provider names it.
        usage: Tokens that were read.
        space: What they may be compared with: only vectors whose space is equal.
        encoding: How `data` is written.
        pairs: How the vectors of an image and its text became one, such as ``mean``; None without such pairs, and
            where the model has a rule of its own.
        chunks: What each row of `vectors` stands for, with ``chunking="late"``; else None, and row i is for input i.
        cost: US dollars at the vendor's list price, for the tokens that it told; None where either is not known.
            The prices are those of :data:`onevec.providers.models.PRICED`.
    """

    vectors: "Vectors" = field(repr=False)
    model: str
    usage: Usage
    space: VectorSpace
    encoding: Encoding = Encoding.FLOAT
    int8_scale: float | None = field(default=None, repr=False)
    pairs: str | None = field(default=None, repr=False)
    object: Literal["list"] = "list"
    cost: float | None = field(default=None, repr=False)
    chunks: tuple[Chunk, ...] | None = field(default=None, repr=False)

    @cached_property
    def data(self) -> Embeddings:
        """The items, OpenAI-shaped: ``data[0].embedding``, ``data[0].index``."""
        return Embeddings(encode(self.vectors, self.encoding, int8_scale=self.int8_scale))

    def as_dict(self) -> dict[str, Any]:
        """Plain dictionaries and lists, as OpenAI's JSON has them, with the space's id and the rule of pairs beside."""
        return {
            "object": self.object,
            "data": [{"object": e.object, "index": e.index, "embedding": e.embedding} for e in self.data],
            "model": self.model,
            "usage": {"prompt_tokens": self.usage.prompt_tokens, "total_tokens": self.usage.total_tokens},
            "space": self.space.id,
        } | ({"pairs": self.pairs} if self.pairs else {})
