"""ModernBERT (arXiv:2412.13663), as transformers' `ModernBertModel` computes it.

Every third layer sees the whole text, the others a window; each kind has a rotation of its own.
"""

from dataclasses import dataclass

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import attend, embedding, layer_norm, linear, split_heads
from onevec.engine.graphs.rotary import Rotation
from onevec.engine.graphs.settings import activation, head_size, rope_theta
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights
from onevec.errors import ModelFileError

PREFIX = "model."
FULL, SLIDING = "full_attention", "sliding_attention"


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the layers of one kind attend."""

    bias: Node
    turn: Rotation


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer."""
    size = config.integer("hidden_size")
    words = weights.take("embeddings.tok_embeddings.weight", config.integer("vocab_size"), size)
    x = _norm(embedding(words, inputs.ids), config, weights, "embeddings.norm")
    kinds = {FULL: _kind(config, inputs, FULL), SLIDING: _kind(config, inputs, SLIDING)}
    for index, layer_type in enumerate(layer_types(config)):
        name = f"layers.{index}"
        # The embeddings are normal already.
        normal = x if index == 0 else _norm(x, config, weights, f"{name}.attn_norm")
        x = ops.add(x, _attention(normal, config, weights, f"{name}.attn", kinds[layer_type], inputs))
        x = ops.add(x, _gated(_norm(x, config, weights, f"{name}.mlp_norm"), config, weights, f"{name}.mlp"))
    return _norm(x, config, weights, "final_norm")


def layer_types(config: Config) -> list[str]:
    """What each layer sees; older configs only name the interval of those that see the whole text.

    Raises:
        ModelFileError: not one of the two for each layer.
    """
    count, interval = config.integer("num_hidden_layers"), config.integer("global_attn_every_n_layers", 3)
    given = config.values.get("layer_types")
    if given is None:
        return [SLIDING if index % interval else FULL for index in range(count)]
    if not isinstance(given, list) or len(given) != count or any(kind not in (FULL, SLIDING) for kind in given):
        raise ModelFileError(
            f"{config.path}: 'layer_types' must be {count} times {FULL} or {SLIDING}", value=str(config.path)
        )
    return given


def _kind(config: Config, inputs: Inputs, layer_type: str) -> _Kind:
    size = head_size(config, config.integer("hidden_size"), config.integer("num_attention_heads"))
    length = config.integer("max_position_embeddings")
    if layer_type == FULL:
        theta = rope_theta(config, FULL, old="global_rope_theta", default=160_000.0)
        return _Kind(inputs.bias, Rotation(theta, size, length))
    theta = rope_theta(config, SLIDING, old="local_rope_theta", default=10_000.0)
    return _Kind(inputs.window(config.integer("local_attention", 128)), Rotation(theta, size, length))


def _attention(x: Node, config: Config, weights: Weights, name: str, kind: _Kind, inputs: Inputs) -> Node:
    size, heads = config.integer("hidden_size"), config.integer("num_attention_heads")
    biased = config.flag("attention_bias", False)
    scale = np.repeat(np.array([(size // heads) ** -0.5, 1, 1], np.float32), size)
    kernels = np.split(weights.take(f"{name}.Wqkv.weight", 3 * size, size) * scale[:, None], 3)
    shifts = np.split(weights.take(f"{name}.Wqkv.bias", 3 * size) * scale, 3) if biased else [None] * 3
    q, k, v = (
        split_heads(linear(x, kernel, shift), heads, size // heads)
        for kernel, shift in zip(kernels, shifts, strict=True)
    )
    mixed = attend(kind.turn(q, inputs), kind.turn(k, inputs), v, kind.bias)
    return _linear(mixed, weights, f"{name}.Wo", size, size, biased=biased)


def _gated(x: Node, config: Config, weights: Weights, name: str) -> Node:
    size, inner, biased = (
        config.integer("hidden_size"),
        config.integer("intermediate_size"),
        config.flag("mlp_bias", False),
    )
    both = _linear(x, weights, f"{name}.Wi", 2 * inner, size, biased=biased)
    wide, gate = ops.split(both, ops.constant(np.int32(-1)), 2).outputs()
    wide = ops.multiply(activation(config, "hidden_activation")(wide), gate)
    return _linear(wide, weights, f"{name}.Wo", size, inner, biased=biased)


def _linear(x: Node, weights: Weights, name: str, outputs: int, inputs: int, *, biased: bool) -> Node:
    kernel = weights.take(f"{name}.weight", outputs, inputs)
    return linear(x, kernel, weights.take(f"{name}.bias", outputs) if biased else None)


def _norm(x: Node, config: Config, weights: Weights, name: str) -> Node:
    size, eps = config.integer("hidden_size"), config.number("norm_eps", 1e-5)
    return layer_norm(x, weights, name, size, eps, biased=config.flag("norm_bias", False))
