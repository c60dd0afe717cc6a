"""MPNet (arXiv:2004.09297), as transformers' `MPNetModel` computes it: biases of relative positions in every layer."""

import numpy as np
from numpy.typing import NDArray

from onevec.engine.configs import Config
from onevec.engine.graphs.bert import post_norm
from onevec.engine.graphs.blocks import Names
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import embedding, integer, integers, layer_norm
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights

PREFIX = "mpnet."
NAMES = Names(
    query="attention.attn.q",
    key="attention.attn.k",
    value="attention.attn.v",
    out="attention.attn.o",
    attention_norm="attention.LayerNorm",
    wide="intermediate.dense",
    narrow="output.dense",
    output_norm="output.LayerNorm",
)
FURTHEST = 128
"""Tokens as far apart as that, and further, share a bias."""


def first_position(_config: Config) -> int:
    """The row of the table of positions that is a text's first; the padding's id in it is 1, whatever the config."""
    return 2


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer."""
    layer = post_norm(config, NAMES)
    size = layer.size
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    places = weights.take("embeddings.position_embeddings.weight", config.integer("max_position_embeddings"), size)
    start = first_position(config)
    x = ops.add(embedding(words, inputs.ids), inputs.looked_up("positions", lambda: places[start:]))
    x = layer_norm(x, weights, "embeddings.LayerNorm", size, layer.eps)
    bias = _bias(config, weights, inputs, layer.heads)
    for index in range(config.integer("num_hidden_layers")):
        x = layer(x, weights, f"encoder.layer.{index}", bias)
    return x


def _bias(config: Config, weights: Weights, inputs: Inputs, heads: int) -> Node:
    """What is added to the scores (b, heads, s, s), masks included."""
    count = config.integer("relative_attention_num_buckets", 32)
    learnt = weights.take("encoder.relative_attention_bias.weight", count, heads)
    table = learnt[buckets(np.arange(-FURTHEST, FURTHEST + 1), count)]
    near = ops.clamp(ops.squeeze(inputs.distances, integers(1)), -FURTHEST, FURTHEST)
    biases = ops.transpose(embedding(table, ops.add(near, integer(FURTHEST))), integers(0, 3, 1, 2))
    return ops.add(biases, inputs.bias)


def buckets(distances: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The bucket of each distance, the key's position less the query's: near ones have their own, further ones share.

    >>> buckets(np.array([-128, -8, -7, 0, 7, 8, 128]), 32).tolist()
    [15, 8, 7, 0, 23, 24, 31]
    """
    half, exact = count // 2, count // 4
    far = np.abs(distances)
    # In float32 and cut off, as the reference has it.
    logarithms = np.log(np.maximum(far, 1).astype(np.float32) / np.float32(exact))
    shared = exact + (logarithms / np.float32(np.log(FURTHEST / exact)) * (half - exact)).astype(np.int64)
    return np.where(distances > 0, half, 0) + np.where(far < exact, far, np.minimum(shared, half - 1))
