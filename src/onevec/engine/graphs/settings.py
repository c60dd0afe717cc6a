"""Settings of config.json that several architectures have, read and checked."""

from collections.abc import Callable

from onevec.engine.configs import Config
from onevec.engine.graphs.layers import ACTIVATIONS
from onevec.engine.runtime import Node
from onevec.errors import ModelError, ModelFileError


def activation(config: Config, key: str = "hidden_act", default: str = "gelu") -> Callable[[Node], Node]:
    """The activation that a key names.

    Raises:
        ModelError: it does not run here.
    """
    name = config.text(key, default)
    if name not in ACTIVATIONS:
        raise ModelError(f"{config.path}: {key} {name!r} is not one of {', '.join(ACTIVATIONS)}", value=name)
    return ACTIVATIONS[name]


def head_size(config: Config, size: int, heads: int) -> int:
    """Dimensions of each attention head, which share the hidden size.

    Raises:
        ModelFileError: they cannot.
    """
    if size % heads:
        raise ModelFileError(f"{config.path}: the hidden size {size} is no multiple of {heads} attention heads")
    return size // heads


def expect(config: Config, key: str, *allowed: object) -> None:
    """Refuse a model whose setting changes what it computes to something else than is computed here.

    Raises:
        ModelError: the setting is there, and none of these.
    """
    value = config.values.get(key)
    if value is not None and value not in allowed:
        shown = " or ".join(map(repr, allowed)) or "leaving it out"
        raise ModelError(
            f"{config.path}: {key} {value!r:.60} does not run here, only {shown}",
            code="unsupported_architecture",
            value=str(value)[:60],
        )


def rope_theta(config: Config, kind: str | None = None, *, old: str = "rope_theta", default: float) -> float:
    """The base of rotary positions: from `rope_parameters`, by layer type where there are several, else the old key.

    Raises:
        ModelError: positions are scaled in some way.
    """
    given = config.section("rope_parameters")
    rope = given.section(kind) if kind else given
    expect(rope, "rope_type", "default")
    expect(config, "rope_scaling")
    return rope.number("rope_theta", config.number(old, default))
