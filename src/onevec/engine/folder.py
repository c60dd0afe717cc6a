"""A model folder in the layout of sentence-transformers (config names old and new), of transformers, or of model2vec.

It is read into one frozen value; weights are only named here, not read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from onevec.engine.configs import Config, read_config
from onevec.engine.exports import exported_file
from onevec.engine.modules import STATIC, TRANSFORMER, Dense, Head, Normalize, Pooling, Truncate, read_modules
from onevec.engine.weights import has_weights, weight_files
from onevec.errors import ModelFileError


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Everything that a folder says of its model.

    Attributes:
        path: The folder.
        transformer: Where the first module's own files lie: the folder itself, or `0_Transformer` in it.
        config: transformers' config.json.
        weights: The first module's weight files; none where the folder has only an export.
        heads: The modules behind the first, in order.
        first: The kind of the first module.
        bare: It has no modules.json, so the heads are what is usual.
        exported: An OpenVINO or ONNX file of the model.
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
    first: str = TRANSFORMER
    bare: bool = False
    exported: Path | None = None
    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt: str | None = None
    max_tokens: int = 512
    lower_case: bool = False

    @property
    def architecture(self) -> str:
        """The `model_type` of config.json."""
        return self.config.text("model_type", "static" if self.first == STATIC else None)

    @property
    def pooling(self) -> Pooling:
        """The one pooling among the heads."""
        return next(head for head in self.heads if isinstance(head, Pooling))

    @property
    def normalized(self) -> bool:
        """Whether the vectors have length one."""
        return bool(self.heads) and isinstance(self.heads[-1], Normalize)

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
    first, base, heads = read_modules(path)
    config = read_config(base / "config.json", optional=first == STATIC)
    if first is None:
        first, heads = _usual(config)
    prompts = read_config(path / "config_sentence_transformers.json", optional=True)
    transformer = read_config(_first(base, _TRANSFORMER_CONFIGS), optional=True)
    exported = (exported_file(base) or exported_file(path)) if first == TRANSFORMER else None
    return ModelFolder(
        path=path,
        transformer=base,
        config=config,
        weights=() if exported and not has_weights(base) else tuple(weight_files(base)),
        heads=heads + _truncation(prompts),
        first=first,
        bare=not (path / "modules.json").exists(),
        exported=exported,
        prompts=_prompts(prompts),
        default_prompt=_default_prompt(prompts),
        max_tokens=_static_tokens(config) if first == STATIC else _max_tokens(config, transformer, base),
        lower_case=transformer.flag("do_lower_case", False),
    )


NO_LIMIT = 1 << 20
"""Tokens that a mean of token vectors reads where its folder sets no limit."""


def _usual(config: Config) -> tuple[str, tuple[Head, ...]]:
    """The first module and the heads of a folder without modules.json."""
    if config.text("model_type", "") != MODEL2VEC:
        return TRANSFORMER, (Pooling(),)
    return STATIC, (Normalize(),) if config.flag("normalize", False) else ()


def _truncation(settings: Config) -> tuple[Head, ...]:
    """sentence-transformers' `truncate_dim`: behind all modules, and what is left is not normalised again."""
    given = settings.values.get("truncate_dim")
    return () if given is None else (Truncate(settings.integer("truncate_dim")),)


def _static_tokens(config: Config) -> int:
    """model2vec reads 512 tokens when its config does not say; a null there, and sentence-transformers, mean all."""
    if config.text("model_type", "") != MODEL2VEC or config.values.get("max_length", 512) is None:
        return NO_LIMIT
    return config.integer("max_length", 512)


MODEL2VEC = "model2vec"
"""The `model_type` of token vectors without a transformer."""

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


def _max_tokens(config: Config, transformer: Config, base: Path) -> int:
    """As sentence-transformers decides: its own setting, else the tokenizer's; never more than there are positions."""
    tokenizer = read_config(base / "tokenizer_config.json", optional=True)
    asked = transformer.values.get("max_seq_length") or tokenizer.values.get("model_max_length")
    nested = config.values.get("text_config")
    positions = nested.get("max_position_embeddings") if isinstance(nested, dict) else None
    limits = (asked, config.values.get("max_position_embeddings"), config.values.get("n_positions"), positions)
    # A tokenizer without a limit says 1e30.
    known = [int(limit) for limit in limits if isinstance(limit, (int, float)) and 0 < limit < 1e9]
    if not known:
        raise ModelFileError(
            f"{config.path} and its neighbours name no length: set 'max_seq_length' in {transformer.path.name}",
            value=str(config.path),
        )
    return min(known)
