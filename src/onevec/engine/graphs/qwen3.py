"""Qwen3 (arXiv:2505.09388), as transformers' `Qwen3Model` computes it: a decoder."""

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.blocks import gated
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import attend, embedding, linear, repeat_heads, rms_norm, split_heads
from onevec.engine.graphs.rotary import Rotation
from onevec.engine.graphs.settings import expect, rope_theta
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights
from onevec.errors import ModelFileError

PREFIX = "model."


def check(config: Config) -> None:
    """Refuse windows and biases, which the family's embedding models have not.

    Raises:
        ModelError: it has them.
    """
    expect(config, "use_sliding_window", False)
    expect(config, "attention_bias", False)


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer, normalised."""
    size, eps = config.integer("hidden_size"), config.number("rms_norm_eps", 1e-6)
    turn = Rotation(
        rope_theta(config, default=10_000.0),
        config.integer("head_dim", 128),
        config.integer("max_position_embeddings", 32_768),
    )
    bias = inputs.causal if config.flag("is_causal", True) else inputs.bias
    x = embedding(weights.take("embed_tokens.weight", config.integer("vocab_size"), size), inputs.ids)
    for index in range(config.integer("num_hidden_layers")):
        name = f"layers.{index}"
        normal = rms_norm(x, weights.take(f"{name}.input_layernorm.weight", size), eps)
        x = ops.add(x, _attention(normal, config, weights, f"{name}.self_attn", turn, inputs, bias))
        normal = rms_norm(x, weights.take(f"{name}.post_attention_layernorm.weight", size), eps)
        x = ops.add(x, gated(normal, config, weights, f"{name}.mlp"))
    return rms_norm(x, weights.take("norm.weight", size), eps)


def _attention(
    x: Node, config: Config, weights: Weights, name: str, turn: Rotation, inputs: Inputs, bias: Node
) -> Node:
    size, eps = config.integer("hidden_size"), config.number("rms_norm_eps", 1e-6)
    heads, shared = config.integer("num_attention_heads"), config.integer("num_key_value_heads")
    if heads % shared:
        raise ModelFileError(
            f"{config.path}: num_attention_heads {heads} is no multiple of num_key_value_heads {shared}"
        )

    def part(letter: str, count: int) -> Node:
        kernel = weights.take(f"{name}.{letter}_proj.weight", count * turn.size, size)
        return split_heads(linear(x, kernel, None), count, turn.size)

    scaled = weights.take(f"{name}.q_norm.weight", turn.size) * np.float32(turn.size**-0.5)
    q = turn(rms_norm(part("q", heads), scaled, eps), inputs)
    k = turn(rms_norm(part("k", shared), weights.take(f"{name}.k_norm.weight", turn.size), eps), inputs)
    k, v = (repeat_heads(x, shared, heads // shared) for x in (k, part("v", shared)))
    mixed = attend(q, k, v, bias)
    return linear(mixed, weights.take(f"{name}.o_proj.weight", size, heads * turn.size), None)
