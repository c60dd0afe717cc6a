"""Plan: the requests that one call becomes, and how their results become one again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from onevec.batching import flatten, merge, split
from onevec.chunking import Fitter, merge_chunks
from onevec.errors import InvalidResponseError, UnsupportedParameterError
from onevec.images import ImageInput, LinkedImage
from onevec.types import EmbedRequest, EmbedResult, Input, Overflow, Tokenizer

BYTES_PER_TOKEN = 2
"""Text without a tokenizer is counted as if its tokens were this short; those of real text are longer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, and one text, may hold; None where it is not known.

    `truncates` says that the provider cuts long texts when it is told to. Images go in requests of their own, by number
    and by bytes: nobody tells beforehand how many tokens one is.
    """

    max_items: int
    max_tokens: int | None = None
    tokenizer: Tokenizer | None = None
    max_input_tokens: int | None = None
    truncates: bool = False
    max_images: int = 1
    max_image_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a call.

    Attributes:
        requests: What to send, in order.
        starts: For each input, in the order in which they are sent, the index of its first piece.
        sizes: Tokens of each piece.
        order: Where each input of the call is among those that are sent; None where nothing has moved.
    """

    requests: tuple[EmbedRequest, ...]
    starts: Sequence[int]
    sizes: Sequence[int]
    order: Sequence[int] | None = None

    def finish(self, results: Sequence[EmbedResult]) -> EmbedResult:
        """One result of the requests' results, a row an input of the call.

        Raises:
            InvalidResponseError: the parts have vectors of different lengths.
        """
        lengths = {result.vectors.shape[1] for result in results}
        if len(lengths) > 1:
            raise InvalidResponseError(f"the parts of one call came back with vectors of lengths {sorted(lengths)}")
        whole = merge(results)
        vectors = merge_chunks(whole.vectors, self.starts, self.sizes, normalized=whole.space.normalized)
        if self.order is None and vectors is whole.vectors:
            return whole
        return replace(whole, vectors=vectors if self.order is None else vectors[list(self.order)])


def plan(request: EmbedRequest, limits: Limits) -> Plan:
    """Fit the texts to the model where its tokenizer is known, and cut the list by the provider's limits.

    Raises:
        ContextLengthExceededError: a text is too long, by the tokenizer's count, and `overflow` is ``error``.
        UnsupportedParameterError: another `overflow` without a tokenizer, and the provider does not cut texts itself.
    """
    nested = _fitted(request, limits)
    sent = sorted(range(len(nested)), key=lambda index: has_image(request.inputs[index]))
    pieces, starts = flatten([nested[index] for index in sent])
    sizes = _sizes(pieces, limits.tokenizer)
    parts = [_part(request, tuple(pieces[cut])) for cut in _cuts(pieces, sizes, limits)]
    moved = None if sent == [*range(len(sent))] else sorted(range(len(sent)), key=sent.__getitem__)
    return Plan(tuple(parts), starts, sizes, moved)


def _part(request: EmbedRequest, inputs: tuple[Input, ...]) -> EmbedRequest:
    """The request with these inputs, which hold its prompt; most calls are one part, and it is the call itself."""
    whole = request.prompt is None and inputs == request.inputs
    return request if whole else replace(request, inputs=inputs, prompt=None)


def has_image(one: Input) -> bool:
    """Whether an input is an image, with a text or without."""
    return isinstance(one, (ImageInput, LinkedImage))


def _cuts(pieces: Sequence[Input], sizes: Sequence[int], limits: Limits) -> list[slice]:
    """The slices of pieces, texts before images, that go together."""
    texts = sum(not has_image(one) for one in pieces)
    weights = [len(one.content) if isinstance(one, ImageInput) else 0 for one in pieces[texts:]]
    images = split(weights, limits.max_images, limits.max_image_bytes)
    return [
        *split(sizes[:texts], limits.max_items, limits.max_tokens),
        *(slice(cut.start + texts, cut.stop + texts) for cut in images),
    ]


def _fitted(request: EmbedRequest, limits: Limits) -> list[list[Input]]:
    if limits.tokenizer is None or limits.max_input_tokens is None:
        if request.overflow is Overflow.ERROR or (request.overflow is Overflow.TRUNCATE and limits.truncates):
            return [[_prompted(one, request.prompt)] for one in request.inputs]
        raise UnsupportedParameterError(
            f"overflow={request.overflow.value!r} needs the model's own tokens: pass client_args={{'tokenizer': "
            "'/path/to/tokenizer.json', 'max_input_tokens': …}, or let overflow be 'error'",
            param="overflow",
            value=request.overflow.value,
        )
    fitter = Fitter(limits.tokenizer, limits.max_input_tokens, request.overflow, request.prompt or "")
    return [
        [one] if isinstance(one, (ImageInput, LinkedImage)) else [*fitter.pieces(one, index)]
        for index, one in enumerate(request.inputs)
    ]


def _prompted(one: Input, prompt: str | None) -> Input:
    return prompt + one if prompt and isinstance(one, str) else one


def _sizes(pieces: Sequence[Input], tokenizer: Tokenizer | None) -> list[int]:
    return [_size(piece, tokenizer) for piece in pieces]


def _size(piece: Input, tokenizer: Tokenizer | None) -> int:
    if isinstance(piece, (ImageInput, LinkedImage)):
        return 1 + (0 if piece.text is None else _size(piece.text, tokenizer))
    if not isinstance(piece, str):
        return len(piece)
    if tokenizer is not None:
        return tokenizer.count([piece])[0]
    return len(piece.encode()) // BYTES_PER_TOKEN + 1
