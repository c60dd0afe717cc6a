"""What follows the transformer, in torch: pooling, dense layers, the length of the vector; always in float32."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from onevec.engine import modules
from onevec.engine.weights import read_weights, weight_files

Tensor: TypeAlias = Any

Head: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""From token vectors (texts, tokens, d) and the pooled ones' mask (texts, tokens) to vectors (texts, d)."""


def torch_heads(heads: Sequence[modules.Head], torch: Any, device: str) -> Head:
    """The heads of a folder, one after another; the first is the pooling. A text without a pooled token is 0."""
    pooling = next(head for head in heads if isinstance(head, modules.Pooling))
    layers = [_LAYERS[type(head)](head, torch, device) for head in heads if head is not pooling]

    def run(hidden: Tensor, pooled: Tensor) -> Tensor:
        vectors = torch.cat([_POOLINGS[mode](hidden, pooled) for mode in pooling.modes], dim=-1)
        vectors = torch.where(pooled.any(dim=1, keepdim=True), vectors, torch.zeros_like(vectors))
        for layer in layers:
            vectors = layer(vectors)
        return vectors

    return run


def _weighted(hidden: Tensor, weights: Tensor, power: float = 1.0) -> Tensor:
    weights = weights.to(hidden.dtype).unsqueeze(-1)
    return (hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9).pow(power)


def _first(hidden: Tensor, pooled: Tensor) -> Tensor:
    return _at(hidden, pooled.argmax(dim=1))


def _last(hidden: Tensor, pooled: Tensor) -> Tensor:
    return _at(hidden, (pooled * _places(pooled)).argmax(dim=1))


def _at(hidden: Tensor, places: Tensor) -> Tensor:
    return hidden.take_along_dim(places[:, None, None], dim=1).squeeze(1)


def _places(pooled: Tensor) -> Tensor:
    """The place of each token in its text, from 1."""
    return pooled.new_ones(pooled.shape).cumsum(dim=1)


_POOLINGS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cls": _first,
    "lasttoken": _last,
    "mean": _weighted,
    "mean_sqrt_len_tokens": lambda hidden, pooled: _weighted(hidden, pooled, 0.5),
    "max": lambda hidden, pooled: hidden.masked_fill(pooled.unsqueeze(-1) == 0, float("-inf")).amax(dim=1),
    "weightedmean": lambda hidden, pooled: _weighted(hidden, pooled * _places(pooled)),
}

_ACTIVATIONS: Mapping[str, Callable[[Any], Callable[[Tensor], Tensor]]] = {
    "identity": lambda _: lambda vectors: vectors,
    "tanh": lambda torch: torch.tanh,
    "relu": lambda torch: torch.relu,
    "gelu": lambda torch: torch.nn.functional.gelu,
    "silu": lambda torch: torch.nn.functional.silu,
    "sigmoid": lambda torch: torch.sigmoid,
}


def _dense(head: Any, torch: Any, device: str) -> Callable[[Tensor], Tensor]:
    weights = read_weights(weight_files(head.folder))
    matrix = torch.tensor(weights.take("linear.weight", head.outputs, head.inputs), device=device)
    bias = torch.tensor(weights.take("linear.bias", head.outputs), device=device) if head.bias else None
    activation = _ACTIVATIONS[head.activation](torch)
    return lambda vectors: activation(torch.nn.functional.linear(vectors, matrix, bias))


_LAYERS: Mapping[type, Callable[[Any, Any, str], Callable[[Tensor], Tensor]]] = {
    modules.Dense: _dense,
    modules.Normalize: lambda _head, torch, _device: lambda vectors: torch.nn.functional.normalize(vectors, dim=-1),
    modules.Truncate: lambda head, _torch, _device: lambda vectors: vectors[:, : head.dimensions],
}
