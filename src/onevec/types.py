"""The words of the house: what goes into an embedder and what comes out of it.

A request's inputs become one float32 array, a row an input, in order; nothing between the two edges of the program
holds vectors in any other form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from onevec.images import ImageInput, LinkedImage
from onevec.spaces import VectorSpace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]
    """Shape (n, d), C-contiguous, finite."""

TextInput: TypeAlias = str | tuple[int, ...]
"""A text, or the token ids of one."""

Input: TypeAlias = TextInput | ImageInput | LinkedImage
"""One thing to embed."""


class InputType(StrEnum):
    """What a text is for; models trained for retrieval embed a query and a document differently.

    Attributes:
        TEXT: Neither, or it does not matter.
        QUERY: It is searched with.
        DOCUMENT: It is searched for.
    """

    TEXT = "text"
    QUERY = "query"
    DOCUMENT = "document"


class Encoding(StrEnum):
    """How a vector is written down; :mod:`onevec.encodings` has both directions.

    Attributes:
        FLOAT: A list of numbers.
        BASE64: Little-endian float32.
        INT8: -127 to 127, symmetric, by one scale for the model.
        UINT8: `INT8` plus 128.
        BINARY: `UBINARY` minus 128.
        UBINARY: A bit a component, set where it is above zero, most significant first, padded with zeros to a byte.
    """

    FLOAT = "float"
    BASE64 = "base64"
    INT8 = "int8"
    UINT8 = "uint8"
    BINARY = "binary"
    UBINARY = "ubinary"


class Modality(StrEnum):
    """What an input is.

    Attributes:
        TEXT: A text.
        IMAGE: An image.
        PAIR: An image and its text in one vector.
    """

    TEXT = "text"
    IMAGE = "image"
    PAIR = "pair"


class Overflow(StrEnum):
    """What happens to a text that is longer than the model reads.

    Attributes:
        ERROR: It is refused, with its length and the model's.
        TRUNCATE: Its beginning is embedded.
        CHUNK: It is cut at sentences, its parts embedded and averaged by tokens, at length one again.
    """

    ERROR = "error"
    TRUNCATE = "truncate"
    CHUNK = "chunk"


def modality(one: Input) -> Modality:
    """What an input is.

    >>> modality("a text"), modality((101, 102))
    (<Modality.TEXT: 'text'>, <Modality.TEXT: 'text'>)
    """
    if isinstance(one, (ImageInput, LinkedImage)):
        return Modality.IMAGE if one.text is None else Modality.PAIR
    return Modality.TEXT


@dataclass(frozen=True, slots=True)
class LateChunking:
    """A vector for each chunk of a text that is read in one pass, so that a chunk's vector knows the whole text.

    Attributes:
        tokens: A chunk has at most so many; it ends at a sentence where it can.
    """

    tokens: int = 256


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which part of which input a vector stands for.

    Attributes:
        input: Position of the input in the request.
        start: Its first character.
        end: The character behind its last.
    """

    input: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """What to embed and how; already validated (:mod:`onevec.requests` makes it from a caller's arguments).

    Attributes:
        model: The model's own name, without its provider.
        inputs: At least one; no text is empty.
        dimensions: Length of the vectors; None is the model's own.
        input_type: What the texts are for; None says nothing of it.
        encoding: How the caller wants them written; vectors are float32 all the same.
        overflow: What happens to a text that is longer than the model reads.
        prompt: Goes before every text, and before every chunk of a long one, instead of the prompt that the model has
            for the `input_type`; None leaves it to the model.
        chunking: Asks for a vector for each chunk of a text.
        expect_space: The space in which the vectors have to be: others are refused, before any cost where it is known.
        extra: Parameters that only this provider knows.
        form: How the dialect in which the request came wants its reply beyond the encoding; nobody who embeds reads it.
    """

    model: str
    inputs: tuple[Input, ...]
    dimensions: int | None = None
    input_type: InputType | None = None
    encoding: Encoding | None = None
    overflow: Overflow = Overflow.ERROR
    prompt: str | None = None
    chunking: LateChunking | None = None
    expect_space: VectorSpace | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that were read; None where nobody knows, never a made-up 0.

    Attributes:
        prompt_tokens: Those of the inputs.
        total_tokens: All of them; for embeddings the same.
        estimated: Counted here, not billed.
        cached_tokens: Those of inputs whose vectors came from a cache; they are in no other count.
    """

    prompt_tokens: int | None = None
    total_tokens: int | None = None
    estimated: bool = False
    cached_tokens: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Base64:
    """Vectors, and the base64 that they were read from: it stands for this very array and for no other.

    Attributes:
        vectors: float32 of shape (n, d), checked.
        texts: Of each row its little-endian float32.
    """

    vectors: "Vectors"
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, eq=False)
class EmbedResult:
    """Vectors of shape (n, d), row i for input i, and what is known of them.

    Attributes:
        vectors: float32 of shape (n, d).
        model: The model that made them.
        usage: Tokens that were read.
        space: What they may be compared with.
        pairs: How the vectors of an image and its text became one, such as ``mean``; None without such pairs, and
            where the model has a rule of its own.
        chunks: What each vector stands for, where inputs were chunked: then row i is for chunk i.
        cost: US dollars for what was computed, at the price of whoever computed it; None where it is not known.
        hits: Inputs whose vectors came from a cache; None where none was asked.
        came: The base64 that vectors came in, where they did; :attr:`base64` says whether it is still theirs.
    """

    vectors: "Vectors"
    model: str
    usage: Usage
    space: VectorSpace
    pairs: str | None = None
    chunks: tuple[Chunk, ...] | None = None
    cost: float | None = None
    hits: int | None = None
    came: Base64 | None = field(default=None, repr=False)

    @property
    def base64(self) -> Sequence[str] | None:
        """The vectors in base64, where they came so and nobody has put others in their place.

        Vectors are changed by making an array of others, never in place, so a result with other vectors has none.
        """
        return self.came.texts if self.came is not None and self.came.vectors is self.vectors else None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an embedder can do; None where it is not known before asking.

    Attributes:
        dimensions: Length of a full vector.
        truncations: Shorter lengths that the model was trained for (Matryoshka), ascending.
        any_truncation: The operator vouches for every length from 1 to `dimensions`.
        max_input_tokens: Tokens of one text, special ones included.
        input_types: What `input_type` may be.
        int8_scale: The value that code 127 stands for; None without calibration.
        truncates: Whether `overflow` may be ``truncate``.
        modalities: What an input may be.
        late_chunking: Whether it has a vector for each chunk of a text that it reads in one pass.
        price: US dollars for a million tokens of text, at the vendor's list price.
    """

    dimensions: int | None = None
    truncations: tuple[int, ...] = ()
    any_truncation: bool = False
    max_input_tokens: int | None = None
    input_types: frozenset[InputType] = frozenset(InputType)
    int8_scale: float | None = None
    truncates: bool = True
    modalities: frozenset[Modality] = frozenset({Modality.TEXT})
    late_chunking: bool = False
    price: float | None = None


class Embedder(Protocol):
    """Anything that turns a request into vectors; caches, limits and routers are embedders round embedders."""

    @property
    def space(self) -> VectorSpace | None:
        """The space of its vectors, or None until the first reply tells."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    def embed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, blocking the calling thread."""

    async def aembed(self, request: EmbedRequest) -> EmbedResult:
        """Embed, without blocking the event loop; cancelling drops the work."""


BatchObserver: TypeAlias = Callable[[int, int], None]
"""Told the texts and the tokens of each batch that a model runs, on the thread that runs it."""


@runtime_checkable
class RunsBatches(Protocol):
    """An embedder that puts the texts of several callers together."""

    def on_batch(self, observer: BatchObserver) -> None:
        """Tell the observer of every batch from now on."""


class Tokenizer(Protocol):
    """Counts and cuts texts as a model's own tokenizer sees them."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""

    def truncate(self, text: str, limit: int) -> str:
        """The longest beginning of `text` with at most `limit` tokens, special ones included."""


class SupportsClose(Protocol):
    """Holds something that must be given back."""

    def close(self) -> None:
        """Give it back; closing twice is harmless."""
