"""From a request's inputs to the tokens that the model reads: prompts, bounds of the vocabulary, texts too long."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from onevec.chunking import Fitter, chunk_spans
from onevec.engine.batch import Tokens
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ContextLengthExceededError, InvalidRequestError
from onevec.types import Chunk, EmbedRequest, InputType, LateChunking, Overflow, TextInput

PROMPT_NAMES: Mapping[InputType, tuple[str, ...]] = {
    InputType.QUERY: ("query",),
    InputType.DOCUMENT: ("document", "passage", "corpus"),
}
"""Names under which models keep the prompt of an input type (sentence-transformers' encode_query, encode_document)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads inputs as one model wants them.

    Attributes:
        tokenizer: The model's.
        max_tokens: Tokens that it reads of a text, special ones included.
        prompts: What it wants before a text, by input type: those that it tells apart.
        pool_prompts: Whether a prompt's tokens are pooled with the text's.
    """

    tokenizer: ModelTokenizer
    max_tokens: int
    prompts: Mapping[InputType, str] = field(default_factory=lambda: {InputType.TEXT: ""})
    pool_prompts: bool = True

    def read(self, request: EmbedRequest, texts: Iterable[tuple[int, TextInput]]) -> list[list[Tokens]]:
        """The pieces of each of these texts of the request, each with its place there; one for a text that fits.

        Raises:
            InvalidRequestError: token ids outside the vocabulary.
            ContextLengthExceededError: an input that is too long, with overflow ``error``.
        """
        fitter = self._fitter(request)
        unpooled = self._unpooled(fitter.prompt)
        return [
            [
                Tokens(ids, unpooled)
                for ids in (
                    self._text(item, index, fitter) if isinstance(item, str) else self._ids(item, index, fitter)
                )
            ]
            for index, item in texts
        ]

    def read_chunked(
        self, request: EmbedRequest, chunking: LateChunking, texts: Iterable[tuple[int, TextInput]]
    ) -> tuple[list[Tokens], list[Chunk]]:
        """Each text in one piece, with the cuts between its chunks; and the chunks of all, one for each vector.

        Special tokens, and a prompt that is pooled, go with the chunk beside them.

        Raises:
            InvalidRequestError: token ids, or overflow ``chunk``.
            ContextLengthExceededError: a text that is too long, with overflow ``error``.
        """
        if request.overflow is Overflow.CHUNK:
            raise InvalidRequestError(
                "chunking='late' reads a text in one pass: let overflow be 'error' or 'truncate'", param="overflow"
            )
        fitter, read, chunks = self._fitter(request), [], []
        for index, item in texts:
            if not isinstance(item, str):
                raise InvalidRequestError(
                    f"inputs[{index}] is a list of token ids, and chunking='late' needs a text", loc=("inputs", index)
                )
            tokens, spans = self._chunked(item, index, fitter, chunking.tokens)
            read.append(tokens)
            chunks += [Chunk(index, start, end) for start, end in spans]
        return read, chunks

    def _chunked(self, text: str, index: int, fitter: Fitter, most: int) -> tuple[Tokens, list[tuple[int, int]]]:
        """The tokens of one text, and the characters of its chunks: those that have a token of their own."""
        before = len(fitter.prompt)
        ids, ends = self.tokenizer.located(fitter.prompt + text)
        if len(ids) > fitter.limit:
            text = fitter.fit(text, len(ids), index)[0][before:]
            ids, ends = self.tokenizer.located(fitter.prompt + text)
        special = len(self.tokenizer.prefix) + len(self.tokenizer.suffix)
        spans = chunk_spans(text, lambda piece: self.tokenizer.count([piece])[0] - special, most)
        first, last = len(self.tokenizer.prefix), len(ids) - len(self.tokenizer.suffix)
        edges = [bisect_right(ends, before + start, first, last) for start, _ in spans]
        kept = [i for i, (a, b) in enumerate(pairwise([*edges, last])) if a < b] or [0]
        return Tokens(ids, self._unpooled(fitter.prompt), [edges[i] for i in kept[1:]]), [spans[i] for i in kept]

    def _fitter(self, request: EmbedRequest) -> Fitter:
        own = self.prompts[request.input_type or InputType.TEXT]
        prompt = own if request.prompt is None else request.prompt
        return Fitter(self.tokenizer, self.max_tokens, request.overflow, prompt)

    def _unpooled(self, prompt: str) -> int:
        if self.pool_prompts or not prompt:
            return 0
        return self.tokenizer.count([prompt])[0] - len(self.tokenizer.suffix)

    def _text(self, text: str, index: int, fitter: Fitter) -> list[list[int]]:
        ids = self.tokenizer.encode([fitter.prompt + text])
        if len(ids[0]) <= fitter.limit:
            return ids
        if fitter.overflow is Overflow.TRUNCATE:
            return [self.tokenizer.cut(ids[0], fitter.limit)]
        pieces = self.tokenizer.encode(fitter.fit(text, len(ids[0]), index))
        return [self.tokenizer.cut(piece, fitter.limit) for piece in pieces]

    def _ids(self, ids: Sequence[int], index: int, fitter: Fitter) -> list[Sequence[int]]:
        """Token ids are taken as they are, as the whole of what the model reads."""
        self.tokenizer.check_ids(ids, index)
        if fitter.prompt:
            raise InvalidRequestError(
                f"inputs[{index}] is a list of token ids, and the model's prompt for this input_type can only be put "
                "before a text: pass the text, or leave input_type out",
                loc=("inputs", index),
            )
        if len(ids) <= fitter.limit:
            return [ids]
        if fitter.overflow is Overflow.ERROR:
            raise ContextLengthExceededError(
                f"inputs[{index}] has {len(ids)} tokens and the model reads {fitter.limit}: shorten it",
                remedy=", or pass overflow='truncate' or overflow='chunk'",
                loc=("inputs", index),
            )
        parts = [ids[start : start + fitter.limit] for start in range(0, len(ids), fitter.limit)]
        return parts[:1] if fitter.overflow is Overflow.TRUNCATE else parts
