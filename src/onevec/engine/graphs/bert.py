"""BERT (arXiv:1810.04805), as transformers' `BertModel` computes it."""

from onevec.engine.configs import Config
from onevec.engine.graphs.blocks import Names, PostNorm
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import embedding, layer_norm
from onevec.engine.graphs.settings import activation, expect, head_size
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights

PREFIX = "bert."
NAMES = Names(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    out="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    wide="intermediate.dense",
    narrow="output.dense",
    output_norm="output.LayerNorm",
)


def check(config: Config) -> None:
    """Refuse other models under the same name: with positions of their own, or tokens that see only what precedes.

    Raises:
        ModelError: it is one.
    """
    expect(config, "position_embedding_type", "absolute")
    expect(config, "is_decoder", False)


def build(config: Config, weights: Weights, inputs: Inputs, first: int = 0) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer; `first` is the row of a text's first position."""
    layer = post_norm(config, NAMES)
    x = _embeddings(config, weights, inputs, first)
    x = layer_norm(x, weights, "embeddings.LayerNorm", layer.size, layer.eps)
    for index in range(config.integer("num_hidden_layers")):
        x = layer(x, weights, f"encoder.layer.{index}", inputs.bias)
    return x


def post_norm(config: Config, names: Names) -> PostNorm:
    """A layer with the settings that BERT's config.json has.

    Raises:
        ModelFileError: heads that cannot share the hidden size.
        ModelError: an activation that does not run here.
    """
    size, heads = config.integer("hidden_size"), config.integer("num_attention_heads")
    head_size(config, size, heads)
    inner, eps = config.integer("intermediate_size"), config.number("layer_norm_eps", 1e-12)
    return PostNorm(names, size, inner, heads, eps, activation(config))


def _embeddings(config: Config, weights: Weights, inputs: Inputs, first: int) -> Node:
    size = config.integer("hidden_size")
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    places = weights.take("embeddings.position_embeddings.weight", config.integer("max_position_embeddings"), size)
    kinds = weights.take("embeddings.token_type_embeddings.weight", config.integer("type_vocab_size", 2), size)
    # Every token is of the first kind, so its vector joins the positions' before the graph is made.
    return ops.add(embedding(words, inputs.ids), inputs.looked_up("positions", lambda: places[first:] + kinds[0]))
