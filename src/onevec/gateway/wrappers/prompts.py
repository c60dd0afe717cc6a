"""Prompts of a deployment's own: what goes before a text of an input type, where the model says nothing or wrongly."""

from collections.abc import Mapping
from dataclasses import replace

from onevec.errors import UnsupportedParameterError
from onevec.gateway.wrappers.wrapper import Wrapper
from onevec.types import Capabilities, Embedder, EmbedRequest, InputType


class Prompted(Wrapper):
    """Puts a prompt before each text of its input type; the inner embedder then sees a text of no type.

    Args:
        inner: Who embeds.
        prompts: A prompt, maybe empty, for each input type that is not left to the model. That of ``text`` also goes
            before texts of no type.
    """

    def __init__(self, inner: Embedder, prompts: Mapping[InputType, str]) -> None:
        super().__init__(inner)
        self._prompts = prompts

    @property
    def capabilities(self) -> Capabilities:
        """The model's, and the input types that have a prompt here."""
        inner = self.inner.capabilities
        return replace(inner, input_types=inner.input_types | frozenset(self._prompts))

    def prepare(self, request: EmbedRequest) -> EmbedRequest:
        """The request with its prompt.

        Raises:
            UnsupportedParameterError: token ids, which carry no prompt.
        """
        prompt = self._prompts.get(request.input_type or InputType.TEXT)
        if prompt is None:
            return request
        ids = next((index for index, item in enumerate(request.inputs) if isinstance(item, tuple)), None)
        if prompt and ids is not None:
            raise UnsupportedParameterError(
                "this deployment puts a prompt before every text of this input_type, and token ids carry none: send "
                "texts",
                loc=("input", ids),
            )
        return replace(request, prompt=prompt, input_type=None)
