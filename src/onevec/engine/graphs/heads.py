"""What sentence-transformers puts after the transformer: pooling, dense layers, normalisation, inside the graph.

In bf16 the graph's tail behind the last matrix product stays in float32 (OpenVINO lowers no node behind it), so pooling
and normalisation of a plain model are float32 in every precision.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from onevec.engine.folder import Dense, Head, Normalize, Pooling
from onevec.engine.graphs.layers import ACTIVATIONS, MASKED, Inputs, integer, integers, linear, number
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import read_weights, weight_files

TINY = 1e-9
"""sentence-transformers divides by no less."""


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


def normalize(x: Node) -> Node:
    """Vectors (b, d) at length one."""
    length = ops.sqrt(ops.reduce_sum(ops.multiply(x, x), integers(-1), True))
    return ops.divide(x, ops.maximum(length, number(1e-12)))


def _weighted(weight: Callable[[Inputs], Node]) -> Callable[[Node, Inputs], Node]:
    """Every pooling but max is a weighted sum of the token vectors; `weight` is (b, s)."""
    return lambda x, inputs: ops.reduce_sum(ops.multiply(x, ops.unsqueeze(weight(inputs), integer(2))), integers(1))


def _max(x: Node, inputs: Inputs) -> Node:
    out = ops.multiply(ops.subtract(number(1.0), inputs.pooled), number(MASKED))
    return ops.reduce_max(ops.add(x, ops.unsqueeze(out, integer(2))), integers(1))


def _share(weight: Node, total: Callable[[Node], Node] = lambda x: x) -> Node:
    whole = ops.maximum(ops.reduce_sum(weight, integers(1), True), number(TINY))
    return ops.divide(weight, total(whole))


def _end(inputs: Inputs, *, reverse: bool) -> Node:
    """1 at the first pooled token, or at the last."""
    nth = ops.cum_sum(inputs.pooled, integer(1), False, reverse)
    return ops.multiply(inputs.pooled, ops.convert(ops.equal(nth, number(1.0)), np.float32))


_MODES: Mapping[str, Callable[[Node, Inputs], Node]] = {
    "cls": _weighted(lambda inputs: _end(inputs, reverse=False)),
    "max": _max,
    "mean": _weighted(lambda inputs: _share(inputs.pooled)),
    "mean_sqrt_len_tokens": _weighted(lambda inputs: _share(inputs.pooled, ops.sqrt)),
    "weightedmean": _weighted(lambda inputs: _share(ops.multiply(inputs.pooled, inputs.places))),
    "lasttoken": _weighted(lambda inputs: _end(inputs, reverse=True)),
}

_HEADS: Mapping[type, Callable[[Node, Any, Inputs], Node]] = {
    Pooling: _pool,
    Dense: _dense,
    Normalize: lambda x, _head, _inputs: normalize(x),
}
