"""DistilBERT (arXiv:1910.01108), as transformers' `DistilBertModel` computes it."""

from onevec.engine.configs import Config
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import attention, embedding, layer_norm, named_linear
from onevec.engine.graphs.settings import activation, head_size
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Weights

PREFIX = "distilbert."
EPS = 1e-12


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, dim) of the last layer."""
    size = config.integer("dim")
    head_size(config, size, config.integer("n_heads"))
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    places = weights.take("embeddings.position_embeddings.weight", config.integer("max_position_embeddings"), size)
    x = ops.add(embedding(words, inputs.ids), inputs.looked_up("positions", lambda: places))
    x = layer_norm(x, weights, "embeddings.LayerNorm", size, EPS)
    for index in range(config.integer("n_layers")):
        x = _layer(x, config, weights, f"transformer.layer.{index}", inputs)
    return x


def _layer(x: Node, config: Config, weights: Weights, name: str, inputs: Inputs) -> Node:
    size, inner = config.integer("dim"), config.integer("hidden_dim")
    q, k, v = (named_linear(x, weights, f"{name}.attention.{part}", size, size) for part in ("q_lin", "k_lin", "v_lin"))
    mixed = attention(q, k, v, config.integer("n_heads"), size, inputs.bias)
    mixed = named_linear(mixed, weights, f"{name}.attention.out_lin", size, size)
    x = layer_norm(ops.add(x, mixed), weights, f"{name}.sa_layer_norm", size, EPS)
    wide = activation(config, "activation")(named_linear(x, weights, f"{name}.ffn.lin1", inner, size))
    back = named_linear(wide, weights, f"{name}.ffn.lin2", size, inner)
    return layer_norm(ops.add(x, back), weights, f"{name}.output_layer_norm", size, EPS)
