"""ARCHITECTURES: a row per `model_type` of transformers' config.json."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onevec.engine.configs import Config
from onevec.engine.folder import ModelFolder
from onevec.engine.graphs import bert, heads
from onevec.engine.graphs.clip import CLIP
from onevec.engine.graphs.inputs import Inputs, packed_inputs
from onevec.engine.graphs.siglip import SIGLIP
from onevec.engine.graphs.towers import Towers
from onevec.engine.runtime import Node
from onevec.engine.weights import Weights, read_weights
from onevec.errors import ModelError


@dataclass(frozen=True, slots=True)
class Architecture:
    """How to build one: token vectors from (config, weights, inputs); the prefix of its tensors in some exports."""

    build: Callable[[Config, Weights, Inputs], Node]
    prefix: str = ""


ARCHITECTURES: Mapping[str, Architecture] = {
    "bert": Architecture(bert.build, bert.PREFIX),
}


TOWERS: Mapping[str, Towers] = {"clip": CLIP, "siglip": SIGLIP}
"""A row per `model_type` with a tower for images and one for texts; SigLIP 2 of fixed resolution says ``siglip``."""


def build(folder: ModelFolder) -> tuple[Node, list[Node]]:
    """The whole graph of a model folder: the vectors, and the parameters that a batch fills.

    Raises:
        ModelError: an architecture that is not among ours; the message lists them.
        ModelFileError: weights that do not fit the config.
    """
    row = ARCHITECTURES.get(folder.architecture)
    if row is None:
        raise ModelError(
            f"{folder.config.path}: model_type {folder.architecture!r} is not among the architectures that run here: "
            f"{', '.join([*ARCHITECTURES, *TOWERS])}",
            code="unsupported_architecture",
            value=folder.architecture,
        )
    inputs = packed_inputs()
    hidden = row.build(folder.config, read_weights(folder.weights, row.prefix), inputs)
    return heads.build(hidden, folder.heads, inputs), inputs.parameters
