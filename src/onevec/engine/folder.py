"""A model folder in the layout of sentence-transformers (config names old and new), or of transformers alone.

It is read into one frozen value; weights are only named here, not read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


Head: TypeAlias = Pooling | Dense | Normalize


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Everything that a folder says of its model.

    Attributes:
        path: The folder.
        transformer: Where the transformer's own files lie: the folder itself, or `0_Transformer` in it.
        config: transformers' config.json.
        weights: The transformer's weight files.
        heads: The modules behind the transformer, in order.
        prompts: Texts that go before an input, by name.
        default_prompt: The name of the one that is used when none is asked for.
        max_tokens: Tokens that the model reads of a text, special ones included.
        lower_case: Whether texts are put in lower case whatever the tokenizer does.
    """

    path: Path
    transformer: Path
    config: Config
    weights: tuple[Path, ...]
    heads: tuple[Head, ...]
    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt: str | None = None
    max_tokens: int = 512
    lower_case: bool = False

    @property
    def architecture(self) -> str:
        """The `model_type` of config.json."""
        return self.config.text("model_type")

    @property
    def pooling(self) -> Pooling:
        """The one pooling among the heads."""
        return next(head for head in self.heads if isinstance(head, Pooling))

    @property
    def weight_files(self) -> list[Path]:
        """Weight files of all modules, in order."""
        dense = [file for head in self.heads if isinstance(head, Dense) for file in weight_files(head.folder)]
        return [*self.weights, *dense]


def read_folder(path: Path) -> ModelFolder:
    """Read the configs of a model folder.

    Raises:
        ModelFileError: a file is missing or corrupt; the message names it and the fault.
        UnsafeModelError: only pickle weights, or modules that are code.
        ModelError: a module or setting that does not run here.
    """
    modules = _modules(path)
    base = modules[0][1] if modules else path
    config = read_config(base / "config.json")
    prompts = read_config(path / "config_sentence_transformers.json", optional=True)
    transformer = read_config(_first(base, _TRANSFORMER_CONFIGS), optional=True)
    heads = tuple(head for kind, folder in modules[1:] if (head := _HEADS[kind](folder)) is not None)
    return ModelFolder(
        path=path,
        transformer=base,
        config=config,
        weights=tuple(weight_files(base)),
        heads=_checked(path, modules[0][0], heads) if modules else (Pooling(),),
        prompts=_prompts(prompts),
        default_prompt=_default_prompt(prompts),
        max_tokens=_max_tokens(config, transformer, read_config(base / "tokenizer_config.json", optional=True)),
        lower_case=transformer.flag("do_lower_case", False),
    )


FIRST = ("Transformer", "CLIPModel")
"""What a model begins with; a CLIPModel, which has towers and poolings of its own, is all there is of it."""

_TRANSFORMER_CONFIGS = (
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
)
"""sentence-transformers' names for the transformer's own settings: today's first, then those of its early versions."""


def _first(folder: Path, names: tuple[str, ...]) -> Path:
    return next((folder / name for name in names if (folder / name).exists()), folder / names[0])


def _modules(path: Path) -> list[tuple[str, Path]]:
    """(kind, folder) of each module, the transformer first; an empty list without modules.json."""
    file = path / "modules.json"
    if not file.exists():
        return []
    listed = read_json(file)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ModelFileError(f"{file} must hold a list of modules", value=str(file))
    entries = [Config(file, entry) for entry in sorted(listed, key=lambda entry: entry.get("idx", 0))]
    modules = [(_kind(entry), inside(path, entry.text("path", ""), file)) for entry in entries]
    if not modules or modules[0][0] not in FIRST:
        raise ModelFileError(f"{file}: the first module must be a {' or a '.join(FIRST)}", value=str(file))
    return modules


def _kind(entry: Config) -> str:
    """The class of a module; old and new type paths end alike."""
    dotted = entry.text("type")
    kind = dotted.rsplit(".", 1)[-1]
    if not dotted.startswith("sentence_transformers."):
        raise UnsafeModelError(
            f"{entry.path}: module {dotted!r} is code of the model's own, which is not run", value=dotted
        )
    if kind not in FIRST and kind not in _HEADS:
        known = ", ".join([*FIRST, *_HEADS])
        raise ModelError(f"{entry.path}: module {dotted!r} does not run here; these do: {known}", value=dotted)
    return kind


def _checked(path: Path, first: str, heads: tuple[Head, ...]) -> tuple[Head, ...]:
    if first == "CLIPModel":
        if any(not isinstance(head, Normalize) for head in heads):  # its vectors are of length one already
            raise ModelError(f"{path / 'modules.json'}: behind a CLIPModel only a Normalize runs here")
        return heads
    if sum(isinstance(head, Pooling) for head in heads) != 1 or not isinstance(heads[0], Pooling):
        raise ModelError(f"{path / 'modules.json'}: there must be one Pooling, right behind the Transformer")
    return heads


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


def _prompts(config: Config) -> dict[str, str]:
    prompts = config.values.get("prompts") or {}
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        raise ModelFileError(f"{config.path}: 'prompts' must map names to texts", value=str(config.path))
    return prompts


def _default_prompt(config: Config) -> str | None:
    name = config.text("default_prompt_name", "") or None
    if name is not None and name not in _prompts(config):
        raise ModelFileError(f"{config.path}: 'default_prompt_name' {name!r} is not among its prompts", value=name)
    return name


def _max_tokens(config: Config, transformer: Config, tokenizer: Config) -> int:
    """As sentence-transformers decides: its own setting, else the tokenizer's; never more than there are positions."""
    asked = transformer.values.get("max_seq_length") or tokenizer.values.get("model_max_length")
    nested = config.values.get("text_config")
    positions = nested.get("max_position_embeddings") if isinstance(nested, dict) else None
    limits = (asked, config.values.get("max_position_embeddings"), positions)
    # A tokenizer without a limit says 1e30.
    known = [int(limit) for limit in limits if isinstance(limit, (int, float)) and 0 < limit < 1e9]
    if not known:
        raise ModelFileError(
            f"{config.path} and its neighbours name no length: set 'max_seq_length' in {transformer.path.name}",
            value=str(config.path),
        )
    return min(known)
