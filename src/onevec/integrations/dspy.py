"""DSPy: a callable for `dspy.Embedder`. It needs nothing of DSPy's itself; the extra `dspy` installs it."""

from typing import TYPE_CHECKING

from onevec.integrations.model import Embedding
from onevec.requests import choice
from onevec.types import InputType

if TYPE_CHECKING:
    from onevec.types import Vectors


class OnevecEmbedder(Embedding):
    """``dspy.Embedder(OnevecEmbedder(…))`` embeds with it; what else a call says, such as `input_type`, goes through.

    Args:
        model: ``provider:model``; the bundled model unless told.
        **arguments: See :class:`~onevec.integrations.model.Arguments`.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
    """

    @property
    def __name__(self) -> str:
        """DSPy keeps vectors by the text and by this: without it, two models would get each other's."""
        return f"onevec {self.space.id} {self._model.overflow}"

    def __call__(self, inputs: list[str], *, input_type: str | None = None) -> "Vectors":
        """The vectors of texts, float32 of shape (n, d).

        Args:
            inputs: The texts.
            input_type: ``query`` or ``document``, which only some models tell apart; the others make no difference.

        Raises:
            OnevecError: as :func:`onevec.embedding`.
        """
        return self._model.vectors(inputs, choice(InputType, input_type, "input_type"))
