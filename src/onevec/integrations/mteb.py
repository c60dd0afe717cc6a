"""MTEB: `OnevecModel`, any provider's or local model as MTEB evaluates it. Needs the extra `mteb`, which brings torch.

``mteb.evaluate(OnevecModel("openai:text-embedding-3-small"), tasks)``. Queries and documents are embedded as such where
the model tells them apart and the task does; the model's own prompts are the only ones.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from onevec.images import ImageInput
from onevec.integrations.model import BUNDLED, Arguments, Model, missing
from onevec.spaces import VectorSpace
from onevec.types import InputType, Modality

try:
    from mteb.models.abs_encoder import AbsEncoder
    from mteb.models.model_meta import ModelMeta, ScoringFunction
except ImportError as exc:
    raise missing("mteb", "mteb") from exc

if TYPE_CHECKING:
    from onevec.types import Vectors


class OnevecModel(AbsEncoder):
    """An encoder of MTEB. Its results are kept under the vector space, so that no two models share them.

    Args:
        model: ``provider:model``; the bundled model unless told.
        revision: None: the weights say what they are. MTEB's loader passes it.
        device: None: `client_args` names a local model's device. MTEB's loader passes it.
        **arguments: See :class:`~onevec.integrations.model.Arguments`. A text longer than the model reads is cut
            unless `overflow` says otherwise, as other models of MTEB do.

    Raises:
        InvalidRequestError, ConfigurationError: an argument is wrong.
        OnevecError: the space is not known beforehand, and the model does not answer.
    """

    def __init__(
        self,
        model: str = BUNDLED,
        revision: str | None = None,  # noqa: ARG002 - MTEB's signature
        device: str | None = None,  # noqa: ARG002 - MTEB's signature
        **arguments: Unpack[Arguments],
    ) -> None:
        told: Arguments = {"overflow": "truncate", **arguments}
        self._model = Model(model, **told)
        self.mteb_model_meta = _meta(self._model)

    @property
    def space(self) -> VectorSpace:
        """What the vectors may be compared with."""
        return self._model.space

    def encode(
        self,
        inputs: Iterable[Mapping[str, list[Any]]],
        *,
        prompt_type: Any = None,
        **_further: Any,
    ) -> "Vectors":
        """The vectors of batches of texts, of images, or of both together: float32 of shape (n, d).

        Raises:
            OnevecError: as :func:`onevec.embedding`.
        """
        purpose = InputType(prompt_type.value) if prompt_type is not None else None
        items = [item for batch in inputs for item in _items(batch)]
        return self._model.vectors(items, purpose if all(isinstance(one, str) for one in items) else None)


def _items(batch: Mapping[str, list[Any]]) -> list[str | ImageInput]:
    """What stands in a batch. Data sets have empty texts, which no provider embeds alike: a space stands for them."""
    texts, images = batch.get("text"), batch.get("image")
    if images is None:
        return [text or " " for text in texts or ()]
    return [ImageInput(image, text or None) for image, text in zip(images, texts or [None] * len(images), strict=True)]


def _meta(model: Model) -> ModelMeta:
    """What MTEB wants to know of a model, as far as it is known."""
    space, able = model.space, model.capabilities
    told: dict[str, Any] = {
        "loader": OnevecModel,
        "name": f"onevec/{_word(space.model)}",
        "revision": _word(space.id),
        "embed_dim": space.dimensions,
        "max_tokens": able.max_input_tokens,
        "modalities": [one.value for one in (Modality.TEXT, Modality.IMAGE) if one in able.modalities],
        "similarity_fn_name": ScoringFunction.COSINE,
        "use_instructions": InputType.QUERY in able.input_types,
        "framework": ["OpenVINO" if model.model.startswith("local:") else "API"],
    }
    meta: ModelMeta = ModelMeta.create_empty(told)
    return meta


def _word(text: str) -> str:
    """A text as the name of a folder: MTEB keeps results in some."""
    return re.sub(r"[^\w.-]+", "-", text)
