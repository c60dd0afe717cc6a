"""From a request's inputs to the tokens that the model reads: prompts, bounds of the vocabulary, texts too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onevec.chunking import Fitter
from onevec.engine.batch import Tokens
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ContextLengthExceededError, InvalidRequestError
from onevec.requests import texts_of
from onevec.types import EmbedRequest, InputType, Overflow

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

    def read(self, request: EmbedRequest) -> list[list[Tokens]]:
        """The pieces of each text, those of pairs included; one for a text that fits.

        Raises:
            InvalidRequestError: token ids outside the vocabulary.
            ContextLengthExceededError: an input that is too long, with overflow ``error``.
        """
        own = self.prompts[request.input_type or InputType.TEXT]
        prompt = own if request.prompt is None else request.prompt
        fitter = Fitter(self.tokenizer, self.max_tokens, request.overflow, prompt)
        unpooled = self._unpooled(prompt)
        return [
            [
                Tokens(ids, unpooled)
                for ids in (
                    self._text(item, index, fitter) if isinstance(item, str) else self._ids(item, index, fitter)
                )
            ]
            for index, item in texts_of(request)
        ]

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
                f"inputs[{index}] has {len(ids)} tokens and the model reads {fitter.limit}: shorten it, or pass "
                "overflow='truncate' or overflow='chunk'",
                loc=("inputs", index),
            )
        parts = [ids[start : start + fitter.limit] for start in range(0, len(ids), fitter.limit)]
        return parts[:1] if fitter.overflow is Overflow.TRUNCATE else parts
