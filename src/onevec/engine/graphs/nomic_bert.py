"""NomicBERT (arXiv:2402.01613): BERT with rotary positions and gated layers, under both names of its tensors.

transformers' `NomicBertModel` writes the tensors of the authors' own code (fused ``Wqkv``, ``fc11``), and names them
otherwise inside; configs come in the authors' words (GPT-2's) or in transformers'.
"""

from collections.abc import Mapping

import numpy as np

from onevec.engine.configs import Config
from onevec.engine.graphs.blocks import gated
from onevec.engine.graphs.inputs import Inputs
from onevec.engine.graphs.layers import attend, embedding, layer_norm, linear, split_heads
from onevec.engine.graphs.rotary import Rotation
from onevec.engine.graphs.settings import expect, head_size, rope_theta
from onevec.engine.runtime import Node, ops
from onevec.engine.weights import Array, Weights

PREFIXES = ("nomic_bert.", "bert.")

_SETTINGS: Mapping[str, str] = {
    "n_embd": "hidden_size",
    "n_head": "num_attention_heads",
    "n_inner": "intermediate_size",
    "n_layer": "num_hidden_layers",
    "n_positions": "max_position_embeddings",
    "layer_norm_epsilon": "layer_norm_eps",
    "rotary_emb_base": "rope_theta",
}
"""The authors' words, to transformers'."""

_GATES: Mapping[str, str] = {"swiglu": "silu", "geglu": "gelu", "glu": "sigmoid"}

_FIXED: Mapping[str, tuple[object, ...]] = {
    "causal": (False,),
    "moe_every_n_layers": (0,),
    "mlp_fc1_bias": (False,),
    "mlp_fc2_bias": (False,),
    "num_experts": (0,),
    "parallel_block": (False,),
    "position_embedding_type": ("rotary",),
    "prenorm": (False,),
    "qkv_proj_bias": (False,),
    "rotary_emb_fraction": (1, 1.0),
    "rotary_emb_interleaved": (False,),
    "rotary_scaling_factor": (),
    "use_rms_norm": (False,),
}
"""Switches of the authors' code that NomicBERT's own models leave where they are."""

_NAMES: Mapping[str, str] = {
    "emb_ln": "embeddings.LayerNorm",
    "encoder.layers": "layers",
    "attn.out_proj": "self_attn.o_proj",
    "fc11": "up_proj",
    "fc12": "gate_proj",
    "fc2": "down_proj",
    "norm1": "post_attention_layernorm",
    "norm2": "post_mlp_layernorm",
}
"""Parts of the authors' names of tensors, to transformers'."""


def check(config: Config) -> None:
    """Refuse what the authors' code can be switched to beyond NomicBERT, a mixture of experts for one.

    Raises:
        ModelError: a switch that changes the model.
    """
    for key, allowed in _FIXED.items():
        expect(config, key, *allowed)


def build(config: Config, weights: Weights, inputs: Inputs) -> Node:
    """Token vectors (b, s, hidden_size) of the last layer."""
    config, weights = settings(config), renamed(weights)
    size, eps = config.integer("hidden_size"), config.number("layer_norm_eps", 1e-12)
    heads = config.integer("num_attention_heads")
    theta, length = rope_theta(config, default=1000.0), config.integer("max_position_embeddings", 2048)
    turn = Rotation(theta, head_size(config, size, heads), length)
    words = weights.take("embeddings.word_embeddings.weight", config.integer("vocab_size"), size)
    kinds = weights.take("embeddings.token_type_embeddings.weight", config.integer("type_vocab_size", 2), size)
    x = layer_norm(embedding(words + kinds[0], inputs.ids), weights, "embeddings.LayerNorm", size, eps)
    for index in range(config.integer("num_hidden_layers")):
        name = f"layers.{index}"
        mixed = _attention(x, weights, f"{name}.self_attn", heads, turn, inputs)
        x = layer_norm(ops.add(x, mixed), weights, f"{name}.post_attention_layernorm", size, eps)
        x = layer_norm(
            ops.add(x, gated(x, config, weights, f"{name}.mlp")), weights, f"{name}.post_mlp_layernorm", size, eps
        )
    return x


def _attention(x: Node, weights: Weights, name: str, heads: int, turn: Rotation, inputs: Inputs) -> Node:
    size = heads * turn.size
    kernels = [weights.take(f"{name}.{part}_proj.weight", size, size) for part in ("q", "k", "v")]
    kernels[0] = kernels[0] * np.float32(turn.size**-0.5)
    q, k, v = (split_heads(linear(x, kernel, None), heads, turn.size) for kernel in kernels)
    mixed = attend(turn(q, inputs), turn(k, inputs), v, inputs.bias)
    return linear(mixed, weights.take(f"{name}.o_proj.weight", size, size), None)


def settings(config: Config) -> Config:
    """The config in transformers' words."""
    words = {_SETTINGS.get(key, key): value for key, value in config.values.items()}
    function = words.get("activation_function")
    gate = {"hidden_act": _GATES.get(function, function)} if isinstance(function, str) else {}
    return Config(config.path, words | gate)


def renamed(weights: Weights) -> Weights:
    """The tensors under transformers' names, queries, keys and values apart."""
    tensors: dict[str, Array] = {}
    for name, array in weights.tensors.items():
        for old, new in _NAMES.items():
            name = name.replace(old, new)
        if name.endswith(".attn.Wqkv.weight") and len(array) % 3 == 0:
            parts = zip("qkv", np.split(array, 3), strict=True)
            tensors |= {name.replace("attn.Wqkv", f"self_attn.{part}_proj"): tensor for part, tensor in parts}
        else:
            tensors[name] = array
    return Weights(weights.path, tensors)
