"""Blocks that several architectures are made of, whatever they call their tensors."""

from collections.abc import Callable
from dataclasses import dataclass

from onevec.engine.configs import Config
from onevec.engine.graphs.layers import attention, layer_norm, linear, named_linear
from onevec.engine.graphs.settings import activation
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights


@dataclass(frozen=True, slots=True)
class Names:
    """What an architecture calls the tensors of a layer, behind the layer's own name."""

    query: str
    key: str
    value: str
    out: str
    attention_norm: str
    wide: str
    narrow: str
    output_norm: str


@dataclass(frozen=True, slots=True)
class PostNorm:
    """A layer that normalises behind attention and behind its two linear layers, as BERT's and its kin's.

    Attributes:
        names: Of its tensors.
        size: Dimensions of a token.
        inner: Dimensions between the two linear layers.
        heads: Of attention.
        eps: Of both normalisations.
        act: Between the two linear layers.
    """

    names: Names
    size: int
    inner: int
    heads: int
    eps: float
    act: Callable[[Node], Node]

    def __call__(self, x: Node, weights: Weights, layer: str, bias: Node) -> Node:
        """Token vectors (b, s, size) behind the layer of that name; `bias` is added to the scores of attention."""
        size, inner, names = self.size, self.inner, self.names
        q, k, v = (
            named_linear(x, weights, f"{layer}.{name}", size, size) for name in (names.query, names.key, names.value)
        )
        mixed = named_linear(attention(q, k, v, self.heads, size, bias), weights, f"{layer}.{names.out}", size, size)
        x = layer_norm(ops.add(x, mixed), weights, f"{layer}.{names.attention_norm}", size, self.eps)
        wide = self.act(named_linear(x, weights, f"{layer}.{names.wide}", inner, size))
        narrow = named_linear(wide, weights, f"{layer}.{names.narrow}", size, inner)
        return layer_norm(ops.add(x, narrow), weights, f"{layer}.{names.output_norm}", size, self.eps)


def gated(x: Node, config: Config, weights: Weights, name: str) -> Node:
    """Linear layers without biases: ``down(act(gate(x)) * up(x))``."""
    size, inner = config.integer("hidden_size"), config.integer("intermediate_size")
    gate, up = (linear(x, weights.take(f"{name}.{part}_proj.weight", inner, size), None) for part in ("gate", "up"))
    wide = ops.multiply(activation(config, default="silu")(gate), up)
    return linear(wide, weights.take(f"{name}.down_proj.weight", size, inner), None)
