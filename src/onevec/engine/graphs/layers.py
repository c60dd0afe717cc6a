"""Layers that architectures share, as OpenVINO opset nodes. Shapes: rows b, width s, hidden size h, heads n."""

from collections.abc import Callable, Mapping

import numpy as np

from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Array, Weights

MASKED = np.float32(-1e30)
"""Added to the score of a token that may not be seen; its weight after the softmax is exactly 0."""


def integer(value: int) -> Node:
    """A constant whole number."""
    return ops.constant(np.int32(value))


def integers(*values: int) -> Node:
    """A constant list of whole numbers."""
    return ops.constant(np.array(values, np.int32))


def number(value: float | np.float32) -> Node:
    """A constant number."""
    return ops.constant(np.float32(value))


def embedding(table: Array, ids: Node) -> Node:
    """Rows of a table."""
    return ops.gather(ops.constant(table), ids, integer(0))


def linear(x: Node, weight: Array, bias: Array | None) -> Node:
    """``x @ weight.T + bias``; `weight` is (out, in)."""
    product = ops.matmul(x, ops.constant(weight), False, True)
    return product if bias is None else ops.add(product, ops.constant(bias))


def named_linear(x: Node, weights: Weights, name: str, outputs: int, inputs: int) -> Node:
    """The linear layer whose tensors are ``NAME.weight`` and ``NAME.bias``."""
    return linear(x, weights.take(f"{name}.weight", outputs, inputs), weights.take(f"{name}.bias", outputs))


def layer_norm(x: Node, weights: Weights, name: str, size: int, eps: float, *, biased: bool = True) -> Node:
    """Mean 0 and variance 1 over the last axis, then ``NAME.weight`` and ``NAME.bias``."""
    normal = ops.mvn(x, integers(-1), True, eps, "inside_sqrt")
    scaled = ops.multiply(normal, ops.constant(weights.take(f"{name}.weight", size)))
    return ops.add(scaled, ops.constant(weights.take(f"{name}.bias", size))) if biased else scaled


def rms_norm(x: Node, weight: Array, eps: float) -> Node:
    """Mean square 1 over the last axis, then the weight."""
    square = ops.reduce_mean(ops.multiply(x, x), integers(-1), True)
    return ops.multiply(ops.divide(x, ops.sqrt(ops.add(square, number(eps)))), ops.constant(weight))


def attention(query: Node, key: Node, value: Node, heads: int, size: int, bias: Node | None) -> Node:
    """Multi-head attention of (b, s, h) arrays; `size` is the hidden size, `bias` is added to the scores."""
    q, k, v = (split_heads(x, heads, size // heads) for x in (query, key, value))
    return attend(ops.multiply(q, number((size // heads) ** -0.5)), k, v, bias)


def attend(query: Node, key: Node, value: Node, bias: Node | None) -> Node:
    """Attention of heads (b, n, s, size), which come back side by side (b, s, n * size).

    Queries are scaled by one over the root of their size already: where their weights are, it costs no rounding.
    """
    scores = ops.matmul(query, key, False, True)
    if bias is not None:
        scores = ops.add(scores, bias)
    mixed = ops.matmul(ops.softmax(scores, -1), value, False, False)
    shape = query.get_output_partial_shape(0)
    width = shape[1].get_length() * shape[3].get_length()
    return ops.reshape(ops.transpose(mixed, integers(0, 2, 1, 3)), integers(0, 0, width), True)


def repeat_heads(x: Node, heads: int, times: int) -> Node:
    """Each of the heads (b, n, s, d) as often as queries share it."""
    return x if times == 1 else ops.gather(x, ops.constant(np.arange(heads, dtype=np.int32).repeat(times)), integer(1))


def split_heads(x: Node, heads: int, size: int) -> Node:
    """(b, s, heads * size) to (b, heads, s, size)."""
    return ops.transpose(ops.reshape(x, integers(0, 0, heads, size), True), integers(0, 2, 1, 3))


ACTIVATIONS: Mapping[str, Callable[[Node], Node]] = {
    "gelu": lambda x: ops.gelu(x, "erf"),
    "gelu_new": lambda x: ops.gelu(x, "tanh"),
    "gelu_fast": lambda x: ops.gelu(x, "tanh"),
    "gelu_pytorch_tanh": lambda x: ops.gelu(x, "tanh"),
    "quick_gelu": lambda x: ops.multiply(x, ops.sigmoid(ops.multiply(x, number(1.702)))),
    "relu": ops.relu,
    "silu": lambda x: ops.multiply(x, ops.sigmoid(x)),
    "swish": lambda x: ops.multiply(x, ops.sigmoid(x)),
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "identity": lambda x: x,
}
"""By the names of transformers' `hidden_act`."""
