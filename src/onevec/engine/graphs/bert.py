"""BERT (arXiv:1810.04805), as transformers' `BertModel` computes it."""

from onevec.engine.configs import Config
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import attention, embedding, layer_norm, named_linear
from onevec.engine.graphs.settings import activation, expect, head_size
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights

PREFIX = "bert."


def check(config: Config) -> None:
    """Refuse other models under the same name: with positions of their own, or tokens that see only what precedes.

    Raises:
        ModelError: it is one.
    """
    expect(config, "position_embedding_type", "absolute")
    expect(config, "is_decoder", False)


def build(config: Config, weights: Weights, inputs: Inputs, first: int = 0) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer; `first` is the row of a text's first position."""
    size, eps = config.integer("hidden_size"), config.number("layer_norm_eps", 1e-12)
    head_size(config, size, config.integer("num_attention_heads"))
    x = _embeddings(config, weights, inputs, first)
    x = layer_norm(x, weights, "embeddings.LayerNorm", size, eps)
    for index in range(config.integer("num_hidden_layers")):
        x = _layer(x, config, weights, f"encoder.layer.{index}", inputs.bias)
    return x


def _embeddings(config: Config, weights: Weights, inputs: Inputs, first: int) -> Node:
    size = config.integer("hidden_size")
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    places = weights.take("embeddings.position_embeddings.weight", config.integer("max_position_embeddings"), size)
    kinds = weights.take("embeddings.token_type_embeddings.weight", config.integer("type_vocab_size", 2), size)
    # Every token is of the first kind, so its vector joins the positions' before the graph is made.
    return ops.add(embedding(words, inputs.ids), inputs.looked_up("positions", lambda: places[first:] + kinds[0]))


def _layer(x: Node, config: Config, weights: Weights, name: str, bias: Node) -> Node:
    size, inner = config.integer("hidden_size"), config.integer("intermediate_size")
    eps = config.number("layer_norm_eps", 1e-12)
    q, k, v = (
        named_linear(x, weights, f"{name}.attention.self.{part}", size, size) for part in ("query", "key", "value")
    )
    mixed = attention(q, k, v, config.integer("num_attention_heads"), size, bias)
    mixed = named_linear(mixed, weights, f"{name}.attention.output.dense", size, size)
    x = layer_norm(ops.add(x, mixed), weights, f"{name}.attention.output.LayerNorm", size, eps)
    wide = named_linear(x, weights, f"{name}.intermediate.dense", inner, size)
    wide = activation(config)(wide)
    back = named_linear(wide, weights, f"{name}.output.dense", size, inner)
    return layer_norm(ops.add(x, back), weights, f"{name}.output.LayerNorm", size, eps)
