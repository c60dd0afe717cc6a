"""CLIP (arXiv:2103.00020), as transformers' `CLIPModel` computes it."""

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.layers import MASKED, integer, integers, layer_norm, linear, number
from onevec.engine.graphs.towers import Towers, encoder, patches, words
from onevec.engine.runtime import Node, ops
from onevec.engine.vision.preprocessing import Scaling
from onevec.engine.weights import Weights

LEGACY_EOS = 2
"""Configs of 2022 say so whatever the tokenizer's end is; then it is the highest id of the text."""


def image(config: Config, weights: Weights, pixels: Node, scaling: Scaling) -> Node:
    """The class token of the last layer, projected (b, d)."""
    size, eps = config.integer("hidden_size"), config.number("layer_norm_eps")
    x = patches(pixels, config, weights, scaling, "vision_model.embeddings.patch_embedding", None)
    count = (config.integer("image_size") // config.integer("patch_size")) ** 2
    places = weights.take("vision_model.embeddings.position_embedding.weight", count + 1, size)
    first = weights.take("vision_model.embeddings.class_embedding", size) + places[0]
    rows = ops.gather(ops.shape_of(pixels, "i32"), integers(0), integer(0))
    start = ops.broadcast(ops.constant(first[None, None]), ops.concat([rows, integers(1, size)], 0))
    x = ops.concat([start, ops.add(x, ops.constant(places[None, 1:]))], 1)
    x = layer_norm(x, weights, "vision_model.pre_layrnorm", size, eps)
    x = encoder(x, config, weights, "vision_model", pooled=integers(0))
    pooled = layer_norm(ops.gather(x, integer(0), integer(1)), weights, "vision_model.post_layernorm", size, eps)
    return linear(pooled, weights.take("visual_projection.weight", 0, size), None)


def text(config: Config, weights: Weights, ids: Node) -> Node:
    """The token that ends the text, projected (b, d); each token sees those before it."""
    size = config.integer("hidden_size")
    width = ops.gather(ops.shape_of(ids, "i32"), integer(1), integer(0))
    places = ops.range(integer(0), width, integer(1), "i32")
    later = ops.greater(ops.unsqueeze(places, integer(0)), ops.unsqueeze(places, integer(1)))
    bias = ops.unsqueeze(ops.select(later, number(MASKED), number(0.0)), integers(0, 1))
    x = encoder(words(ids, config, weights), config, weights, "text_model", bias)
    x = layer_norm(x, weights, "text_model.final_layer_norm", size, config.number("layer_norm_eps"))
    pooled = ops.reduce_sum(ops.multiply(x, ops.unsqueeze(_end(config, ids, places), integer(2))), integers(1))
    return linear(pooled, weights.take("text_projection.weight", 0, size), None)


def _end(config: Config, ids: Node, places: Node) -> Node:
    """1 at the first token that ends the text, else 0; (b, s). Where none does, the first token stands for it."""
    eos = config.integer("eos_token_id")
    ending = ops.reduce_max(ids, integers(1), True) if eos == LEGACY_EOS else integer(eos)
    found = ops.convert(ops.equal(ids, ending), np.float32)
    first = ops.convert(ops.equal(ops.cum_sum(found, integer(1)), number(1.0)), np.float32)
    none = ops.subtract(number(1.0), ops.reduce_max(found, integers(1), True))
    start = ops.convert(ops.equal(places, integer(0)), np.float32)
    return ops.add(ops.multiply(found, first), ops.multiply(none, start))


_SHARED = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5, "num_hidden_layers": 12}

CLIP = Towers(
    image=image,
    text=text,
    vision=_SHARED
    | {
        "hidden_size": 768,
        "image_size": 224,
        "intermediate_size": 3072,
        "num_attention_heads": 12,
        "patch_size": 32,
    },
    written=_SHARED
    | {
        "eos_token_id": 49407,
        "hidden_size": 512,
        "intermediate_size": 2048,
        "max_position_embeddings": 77,
        "num_attention_heads": 8,
        "vocab_size": 49408,
    },
    filled=False,
)
