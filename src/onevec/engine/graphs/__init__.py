"""ARCHITECTURES: a row per `model_type` of transformers' config.json."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onevec.engine.configs import Config
from onevec.engine.folder import ModelFolder
from onevec.engine.graphs import bert, distilbert, heads, modernbert, mpnet, nomic_bert, qwen3, roberta
from onevec.engine.graphs.clip import CLIP
from onevec.engine.graphs.inputs import Inputs, packed_inputs
from onevec.engine.graphs.siglip import SIGLIP
from onevec.engine.graphs.towers import Towers
from onevec.engine.runtime import Node
from onevec.engine.weights import Weights, read_weights
from onevec.errors import ModelError


@dataclass(frozen=True, slots=True)
class Architecture:
    """How to build one.

    Attributes:
        build: Token vectors from (config, weights, inputs).
        prefixes: What some exports put before the names of its tensors.
        first_position: The row of the table of positions that is a text's first.
        check: Refuses configs of other models that go by the same name.
    """

    build: Callable[[Config, Weights, Inputs], Node]
    prefixes: tuple[str, ...]
    first_position: Callable[[Config], int] = lambda _: 0
    check: Callable[[Config], None] = lambda _: None


_ROBERTA = Architecture(roberta.build, (roberta.PREFIX,), roberta.first_position, bert.check)

ARCHITECTURES: Mapping[str, Architecture] = {
    "bert": Architecture(bert.build, (bert.PREFIX,), check=bert.check),
    "camembert": _ROBERTA,
    "distilbert": Architecture(distilbert.build, (distilbert.PREFIX,)),
    "modernbert": Architecture(modernbert.build, (modernbert.PREFIX,)),
    "mpnet": Architecture(mpnet.build, (mpnet.PREFIX,), mpnet.first_position),
    "nomic_bert": Architecture(nomic_bert.build, nomic_bert.PREFIXES, check=nomic_bert.check),
    "qwen3": Architecture(qwen3.build, (qwen3.PREFIX,), check=qwen3.check),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
}


TOWERS: Mapping[str, Towers] = {"clip": CLIP, "siglip": SIGLIP}
"""A row per `model_type` with a tower for images and one for texts; SigLIP 2 of fixed resolution says ``siglip``."""


def find(config: Config) -> Architecture:
    """The row of a config's architecture.

    Raises:
        ModelError: it is not among ours; the message lists them. Its code is ``unsupported_architecture``.
    """
    name = config.text("model_type")
    row = ARCHITECTURES.get(name)
    if row is None:
        known = ", ".join([*ARCHITECTURES, *TOWERS])
        raise ModelError(
            f"{config.path}: model_type {name!r} is not among the architectures that run here: {known}",
            code="unsupported_architecture",
            value=name,
        )
    row.check(config)
    return row


def native(folder: ModelFolder) -> bool:
    """Whether a folder's weights run through a graph of ours; another's file is read only where they do not."""
    try:
        find(folder.config)
    except ModelError:
        return False
    return bool(folder.weights)


def max_tokens(folder: ModelFolder) -> int:
    """Tokens that a folder's model reads of a text: no more than its table of positions has rows for."""
    row, rows = ARCHITECTURES.get(folder.architecture), folder.config.values.get("max_position_embeddings")
    if row is None or not isinstance(rows, int):
        return folder.max_tokens
    return min(folder.max_tokens, rows - row.first_position(folder.config))


def build(folder: ModelFolder) -> tuple[Node, list[Node]]:
    """The whole graph of a model folder: the vectors, and the parameters that a batch fills.

    Raises:
        ModelError: an architecture that is not among ours.
        ModelFileError: weights that do not fit the config.
    """
    row, inputs = find(folder.config), packed_inputs()
    hidden = row.build(folder.config, read_weights(folder.weights, row.prefixes), inputs)
    return heads.build(hidden, folder.heads, inputs), inputs.parameters
