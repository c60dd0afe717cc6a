"""From a request's inputs to the tokens that the model reads: prompts, bounds of the vocabulary, texts too long."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from onevec.chunking import Fitter
from onevec.engine.batch import Tokens
from onevec.engine.tokenizer import ModelTokenizer
from onevec.errors import ContextLengthExceededError, InvalidRequestError, UnsupportedParameterError
from onevec.requests import text_inputs
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
        prompts: What it wants before a text, by input type; an input type that is missing is refused.
        pool_prompts: Whether a prompt's tokens are pooled with the text's.
    """

    tokenizer: ModelTokenizer
    max_tokens: int
    prompts: Mapping[InputType, str] = field(default_factory=lambda: {InputType.TEXT: ""})
    pool_prompts: bool = True

    def read(self, request: EmbedRequest) -> list[list[Tokens]]:
        """The pieces of each input, one for an input that fits.

        Raises:
            UnsupportedParameterError: an input type that the model does not tell apart.
            UnsupportedModalityError: an image.
            InvalidRequestError: token ids outside the vocabulary.
            ContextLengthExceededError: an input that is too long, with overflow ``error``.
        """
        own = self._prompt(request.input_type or InputType.TEXT)
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
            for index, item in enumerate(text_inputs(request, "this model"))
        ]

    def _prompt(self, input_type: InputType) -> str:
        if input_type not in self.prompts:
            allowed = ", ".join(kind.value for kind in self.prompts)
            raise UnsupportedParameterError(
                f"this model does not tell input_type {input_type.value!r} apart; it allows {allowed}, or none",
                param="input_type",
                value=input_type.value,
            )
        return self.prompts[input_type]

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
