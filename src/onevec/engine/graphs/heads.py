"""What sentence-transformers puts after the transformer: pooling, dense layers, normalisation, inside the graph.

In bf16 the graph's tail behind the last matrix product stays in float32 (OpenVINO lowers no node behind it), so pooling
and normalisation of a plain model are float32 in every precision.
"""

from collections.abc import Callable, Mapping
from typing import Any

from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import ACTIVATIONS, integer, integers, linear, number
from onevec.engine.modules import Dense, Head, Normalize, Pooling, Truncate
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import read_weights, weight_files


def build(hidden: Node, heads: tuple[Head, ...], inputs: Inputs) -> Node:
    """The vectors (b, d) from the token vectors (b, s, h)."""
    x = hidden
    for head in heads:
        x = _HEADS[type(head)](x, head, inputs)
    return x


def _pool(x: Node, head: Pooling, inputs: Inputs) -> Node:
    parts = [_MODES[mode](x, inputs) for mode in head.modes]
    return parts[0] if len(parts) == 1 else ops.concat(parts, -1)


def _dense(x: Node, head: Dense, _inputs: Inputs) -> Node:
    weights = read_weights(weight_files(head.folder))
    bias = weights.take("linear.bias", head.outputs) if head.bias else None
    return ACTIVATIONS[head.activation](linear(x, weights.take("linear.weight", head.outputs, head.inputs), bias))


def _truncate(x: Node, head: Truncate, _inputs: Inputs) -> Node:
    return ops.slice(x, integers(0), integers(head.dimensions), integers(1), integers(1))


def normalize(x: Node) -> Node:
    """Vectors (b, d) at length one."""
    length = ops.sqrt(ops.reduce_sum(ops.multiply(x, x), integers(-1), True))
    return ops.divide(x, ops.maximum(length, number(1e-12)))


def _sum(x: Node, inputs: Inputs) -> Node:
    """The sum of each text's token vectors; 0 where a text has none."""
    return ops.embedding_bag_offsets_sum(_flat(x), inputs.tokens, inputs.starts, integer(-1))


def _mean(x: Node, inputs: Inputs) -> Node:
    return ops.divide(_sum(x, inputs), ops.maximum(inputs.counts, number(1.0)))


def _mean_sqrt(x: Node, inputs: Inputs) -> Node:
    return ops.divide(_sum(x, inputs), ops.sqrt(ops.maximum(inputs.counts, number(1.0))))


def _weighted_mean(x: Node, inputs: Inputs) -> Node:
    """Each token counts as often as its place in the text, from 1."""
    places = ops.convert(ops.unsqueeze(ops.add(inputs.positions, integer(1)), integer(2)), "f32")
    return ops.divide(_sum(ops.multiply(x, places), inputs), ops.maximum(_sum(places, inputs), number(1.0)))


def _first(x: Node, inputs: Inputs) -> Node:
    return _at(x, inputs, inputs.starts)


def _last(x: Node, inputs: Inputs) -> Node:
    return _at(x, inputs, ops.maximum(ops.subtract(inputs.ends, integer(1)), integer(0)))


def _at(x: Node, inputs: Inputs, places: Node) -> Node:
    """The vectors of the tokens at these places of `inputs.tokens`; 0 for a text that has no pooled token."""
    some = ops.minimum(inputs.counts, number(1.0))
    return ops.multiply(ops.gather(_flat(x), ops.gather(inputs.tokens, places, integer(0)), integer(0)), some)


def _max(x: Node, inputs: Inputs) -> Node:
    """Texts shorter than the longest repeat their last token, which changes no maximum."""
    longest = ops.convert(ops.reduce_max(inputs.counts, integers(0, 1), False), "i32")
    steps = ops.unsqueeze(ops.range(integer(0), ops.maximum(longest, integer(1)), integer(1), "i32"), integer(0))
    last = ops.maximum(ops.subtract(inputs.ends, integer(1)), inputs.starts)
    places = ops.minimum(ops.add(ops.unsqueeze(inputs.starts, integer(1)), steps), ops.unsqueeze(last, integer(1)))
    vectors = ops.gather(_flat(x), ops.gather(inputs.tokens, places, integer(0)), integer(0))
    return ops.multiply(ops.reduce_max(vectors, integers(1)), ops.minimum(inputs.counts, number(1.0)))


def _flat(x: Node) -> Node:
    """Token vectors (b, s, h) one after another (b * s, h)."""
    size = x.get_output_partial_shape(0)[2].get_length()
    return ops.reshape(x, integers(-1, size), False)


_MODES: Mapping[str, Callable[[Node, Inputs], Node]] = {
    "cls": _first,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted_mean,
    "lasttoken": _last,
}

_HEADS: Mapping[type, Callable[[Node, Any, Inputs], Node]] = {
    Pooling: _pool,
    Dense: _dense,
    Normalize: lambda x, _head, _inputs: normalize(x),
    Truncate: _truncate,
}
