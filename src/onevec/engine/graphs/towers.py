"""What the towers of CLIP and SigLIP share: patches of images, and a transformer that normalises before each block."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.layers import (
    attention,
    embedding,
    integer,
    integers,
    layer_norm,
    linear,
    named_linear,
)
from onevec.engine.graphs.settings import activation, head_size
from onevec.engine.runtime import Node, ops, parameter
from onevec.engine.vision.preprocessing import Scaling
from onevec.engine.weights import Array, Weights


@dataclass(frozen=True, slots=True)
class Towers:
    """How to build both towers of an architecture.

    Attributes:
        image: Vectors (b, d), not yet at length one, from (config, weights, pixels, scaling).
        text: The same from (config, weights, ids).
        vision: What transformers takes for keys that `vision_config` leaves out.
        written: The same for `text_config`.
        filled: Texts are padded to the full length, and the padding is read with them.
    """

    image: Callable[[Config, Weights, Node, Scaling], Node]
    text: Callable[[Config, Weights, Node], Node]
    vision: dict[str, object]
    written: dict[str, object]
    filled: bool


def pixels_parameter(side: int) -> Node:
    """Images as they come from the preprocessing: uint8 (b, side, side, 3)."""
    return parameter("pixels", np.uint8, (-1, side, side, 3))


def ids_parameter() -> Node:
    """Token ids (b, s)."""
    return parameter("ids", np.int32, (-1, -1))


def patches(pixels: Node, config: Config, weights: Weights, scaling: Scaling, name: str, bias: Array | None) -> Node:
    """Vectors of the patches (b, patches, h): a convolution whose stride is its kernel is a product of matrices.

    Scaling to mean 0 and variance 1 is part of its weights: the pixels stay whole numbers, which bf16 holds exactly.
    """
    size, patch, side = (config.integer(key) for key in ("hidden_size", "patch_size", "image_size"))
    grid = side // patch
    kernel = weights.take(f"{name}.weight", size, 3, patch, patch).transpose(0, 2, 3, 1)  # colours last
    shift = (kernel * scaling.shift).sum(axis=(1, 2, 3)) + (0 if bias is None else bias)
    kept = ops.slice(pixels, integers(0, 0), integers(grid * patch, grid * patch), integers(1, 1), integers(1, 2))
    cut = ops.reshape(kept, integers(-1, grid, patch, grid, patch, 3), False)
    rows = ops.reshape(
        ops.transpose(cut, integers(0, 1, 3, 2, 4, 5)), integers(-1, grid * grid, patch * patch * 3), False
    )
    scaled = (kernel * scaling.scale).reshape(size, -1).astype(np.float32)
    return linear(ops.convert(rows, "f32"), scaled, shift.astype(np.float32))


def words(ids: Node, config: Config, weights: Weights) -> Node:
    """Vectors of the tokens (b, s, h), positions added."""
    size = config.integer("hidden_size")
    table = weights.take("text_model.embeddings.token_embedding.weight", config.integer("vocab_size"), size)
    places = weights.take(
        "text_model.embeddings.position_embedding.weight", config.integer("max_position_embeddings"), size
    )
    width = ops.gather(ops.shape_of(ids, "i32"), integer(1), integer(0))
    return ops.add(embedding(table, ids), embedding(places, ops.range(integer(0), width, integer(1), "i32")))


def encoder(
    x: Node, config: Config, weights: Weights, tower: str, bias: Node | None = None, *, pooled: Node | None = None
) -> Node:
    """The layers ``TOWER.encoder.layers``, (b, s, h).

    Args:
        x: Vectors of the tokens.
        config: Of the tower.
        weights: Of the model.
        tower: The prefix of its tensors.
        bias: Added to the scores of attention.
        pooled: The positions that are read afterwards: the last layer leaves out all others, 7 % of the work
            of twelve layers.
    """
    head_size(config, config.integer("hidden_size"), config.integer("num_attention_heads"))
    count = config.integer("num_hidden_layers")
    for index in range(count):
        kept = pooled if index == count - 1 else None
        x = _layer(x, config, weights, f"{tower}.encoder.layers.{index}", bias, kept)
    return x


def _layer(x: Node, config: Config, weights: Weights, name: str, bias: Node | None, kept: Node | None) -> Node:
    size, heads = config.integer("hidden_size"), config.integer("num_attention_heads")
    eps = config.number("layer_norm_eps")
    normal = layer_norm(x, weights, f"{name}.layer_norm1", size, eps)
    asking = normal if kept is None else ops.gather(normal, kept, integer(1))
    x = x if kept is None else ops.gather(x, kept, integer(1))
    q, k, v = (
        named_linear(source, weights, f"{name}.self_attn.{part}", size, size)
        for part, source in (("q_proj", asking), ("k_proj", normal), ("v_proj", normal))
    )
    mixed = attention(q, k, v, heads, size, bias)
    x = ops.add(x, named_linear(mixed, weights, f"{name}.self_attn.out_proj", size, size))
    normal = layer_norm(x, weights, f"{name}.layer_norm2", size, eps)
    return ops.add(x, mlp(normal, config, weights, f"{name}.mlp"))


def mlp(x: Node, config: Config, weights: Weights, name: str) -> Node:
    """Two linear layers, and the activation between them."""
    size, inner = config.integer("hidden_size"), config.integer("intermediate_size")
    wide = activation(config)(named_linear(x, weights, f"{name}.fc1", inner, size))
    return named_linear(wide, weights, f"{name}.fc2", size, inner)
