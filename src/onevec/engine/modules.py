"""The modules of a sentence-transformers folder: what modules.json lists, and what each module's own config says.

Names of old and new versions are read alike. Weights are only named here, not read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from onevec.engine.configs import Config, inside, read_config, read_json
from onevec.engine.weights import weight_files
from onevec.errors import ModelError, ModelFileError, UnsafeModelError


@dataclass(frozen=True, slots=True)
class Pooling:
    """Token vectors to one; several modes are concatenated. `include_prompt`: a prompt's tokens are pooled too."""

    modes: tuple[str, ...] = ("mean",)
    include_prompt: bool = True


@dataclass(frozen=True, slots=True)
class Dense:
    """A linear layer on the pooled vector; its weights lie in `folder`."""

    folder: Path
    inputs: int
    outputs: int
    bias: bool
    activation: str


@dataclass(frozen=True, slots=True)
class Normalize:
    """Vectors at length one."""


@dataclass(frozen=True, slots=True)
class Truncate:
    """The first so many dimensions; what is left is of no particular length."""

    dimensions: int


Head: TypeAlias = Pooling | Dense | Normalize | Truncate


TRANSFORMER, STATIC, CLIP = "Transformer", "StaticEmbedding", "CLIPModel"

_BEHIND: Mapping[str, tuple[type[Head], ...]] = {
    TRANSFORMER: (Pooling, Dense, Normalize),
    STATIC: (Normalize,),
    CLIP: (Normalize,),  # its vectors are of length one already
}
"""What a model begins with, and what may stand behind it."""


def read_modules(path: Path) -> tuple[str | None, Path, tuple[Head, ...]]:
    """The kind and the folder of the first module, and the heads behind it; without modules.json the kind is None.

    Raises:
        ModelFileError: a config is missing or corrupt, or the modules are in an order that makes no sense.
        UnsafeModelError: a module that is code.
        ModelError: a module or setting that does not run here.
    """
    file = path / "modules.json"
    if not file.exists():
        return None, path, ()
    modules = _listed(path, file)
    first, folder = modules[0]
    heads = tuple(head for kind, where in modules[1:] if (head := _HEADS[kind](where)) is not None)
    _check(file, first, heads)
    return first, folder, heads


def _listed(path: Path, file: Path) -> list[tuple[str, Path]]:
    listed = read_json(file)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ModelFileError(f"{file} must hold a list of modules", value=str(file))
    entries = [Config(file, entry) for entry in sorted(listed, key=lambda entry: entry.get("idx", 0))]
    modules = [(_kind(entry), inside(path, entry.text("path", ""), file)) for entry in entries]
    if not modules or modules[0][0] not in _BEHIND or any(kind not in _HEADS for kind, _ in modules[1:]):
        firsts = " or a ".join(_BEHIND)
        raise ModelFileError(f"{file}: the first module must be a {firsts}, and no other is one", value=str(file))
    return modules


def _kind(entry: Config) -> str:
    """The class of a module; old and new type paths end alike."""
    dotted = entry.text("type")
    kind = dotted.rsplit(".", 1)[-1]
    if not dotted.startswith("sentence_transformers."):
        raise UnsafeModelError(
            f"{entry.path}: module {dotted!r} is code of the model's own, which is not run", value=dotted
        )
    if kind not in _BEHIND and kind not in _HEADS:
        known = ", ".join([*_BEHIND, *_HEADS])
        raise ModelError(f"{entry.path}: module {dotted!r} does not run here; these do: {known}", value=dotted)
    return kind


def _check(file: Path, first: str, heads: tuple[Head, ...]) -> None:
    allowed = _BEHIND[first]
    odd = next((head for head in heads if not isinstance(head, allowed)), None)
    if odd is not None:
        names = " or ".join(kind.__name__ for kind in allowed)
        raise ModelError(f"{file}: behind a {first} runs a {names} here, and no {type(odd).__name__}")
    poolings = [isinstance(head, Pooling) for head in heads]
    if first == TRANSFORMER and (poolings.count(True) != 1 or not poolings[0]):
        raise ModelError(f"{file}: there must be one Pooling, right behind the Transformer")


_OLD_MODES: Mapping[str, str] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}
"""Old switches, in the order in which sentence-transformers concatenates them."""

_ACTIVATIONS: Mapping[str, str] = {
    "Identity": "identity",
    "Tanh": "tanh",
    "ReLU": "relu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
}
"""torch.nn's names, to ours."""


def _pooling(folder: Path) -> Pooling:
    config = read_config(folder / "config.json")
    given: Any = config.values.get("pooling_mode")
    if given is None:
        given = [mode for key, mode in _OLD_MODES.items() if config.flag(key, False)] or ["mean"]
    modes = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else (given,)
    for mode in modes:
        if mode not in _OLD_MODES.values():
            known = ", ".join(_OLD_MODES.values())
            raise ModelFileError(f"{config.path}: pooling mode {mode!r} is not one of {known}", value=str(mode))
    return Pooling(modes, config.flag("include_prompt", True))


def _dense(folder: Path) -> Dense:
    config = read_config(folder / "config.json")
    dotted = config.text("activation_function", "torch.nn.modules.activation.Tanh")
    activation = _ACTIVATIONS.get(dotted.rsplit(".", 1)[-1])
    if activation is None or not dotted.startswith("torch.nn."):
        known = ", ".join(_ACTIVATIONS)
        raise ModelError(
            f"{config.path}: activation_function {dotted!r} is not one of torch.nn's {known}", value=dotted
        )
    weight_files(folder)
    inputs, outputs = config.integer("in_features"), config.integer("out_features")
    return Dense(folder, inputs, outputs, config.flag("bias", True), activation)


_HEADS: Mapping[str, Callable[[Path], Head | None]] = {
    "Pooling": _pooling,
    "Dense": _dense,
    "Normalize": lambda _: Normalize(),
    "Dropout": lambda _: None,  # does nothing outside training
}
