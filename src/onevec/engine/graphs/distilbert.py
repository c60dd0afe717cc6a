"""DistilBERT (arXiv:1910.01108), as transformers' `DistilBertModel` computes it."""

from onevec.engine.configs import Config
from onevec.engine.graphs.blocks import Names, PostNorm
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import embedding, layer_norm
from onevec.engine.graphs.settings import activation, head_size
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights

PREFIX = "distilbert."
EPS = 1e-12
NAMES = Names(
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    out="attention.out_lin",
    attention_norm="sa_layer_norm",
    wide="ffn.lin1",
    narrow="ffn.lin2",
    output_norm="output_layer_norm",
)


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, dim) of the last layer."""
    size, heads = config.integer("dim"), config.integer("n_heads")
    head_size(config, size, heads)
    layer = PostNorm(NAMES, size, config.integer("hidden_dim"), heads, EPS, activation(config, "activation"))
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    places = weights.take("embeddings.position_embeddings.weight", config.integer("max_position_embeddings"), size)
    x = ops.add(embedding(words, inputs.ids), inputs.looked_up("positions", lambda: places))
    x = layer_norm(x, weights, "embeddings.LayerNorm", size, EPS)
    for index in range(config.integer("n_layers")):
        x = layer(x, weights, f"transformer.layer.{index}", inputs.bias)
    return x
