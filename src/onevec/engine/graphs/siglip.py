"""SigLIP (arXiv:2303.15343) and SigLIP 2 of fixed resolution (arXiv:2502.14786), as transformers' `SiglipModel`."""

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.layers import attention, integer, integers, layer_norm, linear, named_linear
from onevec.engine.graphs.towers import Towers, encoder, mlp, patches, words
from onevec.engine.runtime import Node, ops
from onevec.engine.vision.preprocessing import Scaling
from onevec.engine.weights import Weights
from onevec.errors import ModelError

HEAD = "vision_model.head"


def image(config: Config, weights: Weights, pixels: Node, scaling: Scaling) -> Node:
    """One learnt query's attention to all patches (b, d)."""
    if not config.flag("vision_use_head"):
        raise ModelError(f"{config.path}: SigLIP runs with vision_use_head only", value="vision_use_head")
    size, eps = config.integer("hidden_size"), config.number("layer_norm_eps")
    name = "vision_model.embeddings.patch_embedding"
    x = patches(pixels, config, weights, scaling, name, weights.take(f"{name}.bias", size))
    count = (config.integer("image_size") // config.integer("patch_size")) ** 2
    places = weights.take("vision_model.embeddings.position_embedding.weight", count, size)
    x = encoder(ops.add(x, ops.constant(places[None])), config, weights, "vision_model")
    x = layer_norm(x, weights, "vision_model.post_layernorm", size, eps)
    pooled = _pooled(x, config, weights, size)
    normal = layer_norm(pooled, weights, f"{HEAD}.layernorm", size, eps)
    return ops.gather(ops.add(pooled, mlp(normal, config, weights, f"{HEAD}.mlp")), integer(0), integer(1))


def _pooled(x: Node, config: Config, weights: Weights, size: int) -> Node:
    """(b, 1, h); the query is a part of the model, so its projection is done before the graph is made."""
    kernels = np.split(weights.take(f"{HEAD}.attention.in_proj_weight", 3 * size, size), 3)
    biases = np.split(weights.take(f"{HEAD}.attention.in_proj_bias", 3 * size), 3)
    query = ops.constant(weights.take(f"{HEAD}.probe", 1, 1, size) @ kernels[0].T + biases[0])
    key, value = (linear(x, kernel, bias) for kernel, bias in zip(kernels[1:], biases[1:], strict=True))
    mixed = attention(query, key, value, config.integer("num_attention_heads"), size, None)
    return named_linear(mixed, weights, f"{HEAD}.attention.out_proj", size, size)


def text(config: Config, weights: Weights, ids: Node) -> Node:
    """The last position of a text that is padded to the full length, projected (b, d)."""
    size = config.integer("hidden_size")
    end = integers(config.integer("max_position_embeddings") - 1)
    x = encoder(words(ids, config, weights), config, weights, "text_model", pooled=end)
    last = layer_norm(
        ops.gather(x, integer(0), integer(1)),
        weights,
        "text_model.final_layer_norm",
        size,
        config.number("layer_norm_eps"),
    )
    projected = config.integer("projection_size", size)
    return named_linear(last, weights, "text_model.head", projected, size)


_SHARED = {
    "hidden_act": "gelu_pytorch_tanh",
    "hidden_size": 768,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-6,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
}

SIGLIP = Towers(
    image=image,
    text=text,
    vision=_SHARED | {"image_size": 224, "patch_size": 16, "vision_use_head": True},
    written=_SHARED | {"max_position_embeddings": 64, "vocab_size": 32000},
    filled=True,
)
