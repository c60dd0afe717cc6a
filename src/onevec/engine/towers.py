"""Putting a model of two towers together, one for images and one for texts, whose vectors share a space."""

from collections.abc import Mapping
from dataclasses import dataclass

from onevec.engine import runtime
from onevec.engine.batch import Batcher, CausalBatcher, FilledBatcher, ImageBatcher
from onevec.engine.clip_tokenizer import FILES, read_clip_tokenizer
from onevec.engine.configs import Config, read_config
from onevec.engine.engine import TextEmbedder
from onevec.engine.folder import ModelFolder
from onevec.engine.graphs import TOWERS, heads
from onevec.engine.graphs.towers import Towers, ids_parameter, pixels_parameter
from onevec.engine.identity import identify
from onevec.engine.multimodal import MultimodalEmbedder
from onevec.engine.options import LocalOptions
from onevec.engine.reading import Reader
from onevec.engine.runtime import Node
from onevec.engine.scheduler import Scheduler
from onevec.engine.threads import Plan, thread_plan
from onevec.engine.tokenizer import ModelTokenizer
from onevec.engine.vision.decoding import Decoder
from onevec.engine.vision.pictures import MAX_QUEUED_PATCHES, Pictures
from onevec.engine.vision.preprocessing import read_preprocessing
from onevec.engine.weights import Weights, read_weights
from onevec.errors import ModelFileError
from onevec.types import Capabilities, InputType, Modality

BATCH_PATCHES = 1600
"""Of a batch of images: 32 of 49 patches run 5 % quicker than 16, and more gain nothing."""

LOWER_CASED = ("SiglipTokenizer", "Siglip2Tokenizer", "GemmaTokenizer", "GemmaTokenizerFast")
"""Tokenizers of models that were trained on texts in lower case; their tokenizer.json may not say so."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """What both towers are built from."""

    folder: ModelFolder
    row: Towers
    weights: Weights
    vision: Config
    written: Config
    precision: str
    plan: Plan

    def scheduler(self, tower: Node, parameter: Node, batcher: Batcher, most: int) -> Scheduler:
        """A tower, compiled, and its threads."""
        compiled = runtime.compile_graph(tower, [parameter], self.precision, self.plan)
        return Scheduler(runtime.sessions(compiled, self.plan), batcher, max_queued_tokens=most)


def load_towers(folder: ModelFolder, options: LocalOptions) -> MultimodalEmbedder:
    """The model of a folder, compiled and its threads started.

    Raises:
        ModelFileError: its files do not fit each other.
        ModelError: a setting that does not run here.
    """
    row = TOWERS[folder.architecture]
    parts = _Parts(
        folder,
        row,
        read_weights(folder.weights),
        _part(folder, "vision_config", row.vision),
        _part(folder, "text_config", row.written),
        runtime.resolve_precision(options.precision),
        thread_plan(options.threads),
    )
    tokenizer = _tokenizer(folder, parts.written.integer("vocab_size"))
    images, dimensions = _images(parts, options)
    space = identify(folder, None, normalized=True).space(dimensions)
    capabilities = Capabilities(
        dimensions=dimensions,
        any_truncation=options.any_truncation,
        max_input_tokens=folder.max_tokens,
        input_types=frozenset({InputType.TEXT}),
        int8_scale=options.int8_scale,
        modalities=frozenset(Modality),
    )
    scheduler = _texts(parts, tokenizer, dimensions)
    texts = TextEmbedder(
        Reader(tokenizer, folder.max_tokens), scheduler, space, capabilities, precision=parts.precision
    )
    return MultimodalEmbedder(images, texts, space, capabilities, precision=parts.precision)


def _images(parts: _Parts, options: LocalOptions) -> tuple[Pictures, int]:
    """The image half, and the length of its vectors."""
    side, patch = parts.vision.integer("image_size"), parts.vision.integer("patch_size")
    prepare, scaling = read_preprocessing(parts.folder.transformer, side)
    pixels = pixels_parameter(side)
    tower = heads.normalize(parts.row.image(parts.vision, parts.weights, pixels, scaling))
    patches, threads = (side // patch) ** 2, parts.plan.threads
    scheduler = parts.scheduler(tower, pixels, ImageBatcher(max(1, BATCH_PATCHES // patches)), MAX_QUEUED_PATCHES)
    return Pictures(Decoder(options.max_image_pixels), prepare, scheduler, patches, threads), _length(tower)


def _texts(parts: _Parts, tokenizer: ModelTokenizer, dimensions: int) -> Scheduler:
    ids = ids_parameter()
    tower = heads.normalize(parts.row.text(parts.written, parts.weights, ids))
    if _length(tower) != dimensions:
        raise ModelFileError(
            f"{parts.folder.config.path}: texts have {_length(tower)} dimensions and images {dimensions}: they share "
            "no space",
            value=parts.folder.architecture,
        )
    batcher = _filled(parts, tokenizer) if parts.row.filled else CausalBatcher()
    return parts.scheduler(tower, ids, batcher, MAX_QUEUED_PATCHES)


def _length(tower: Node) -> int:
    length: int = tower.get_output_partial_shape(0)[1].get_length()
    return length


def _part(folder: ModelFolder, key: str, defaults: Mapping[str, object]) -> Config:
    """One tower's half of config.json."""
    given = folder.config.values.get(key, {})
    if not isinstance(given, Mapping):
        raise ModelFileError(f"{folder.config.path}: {key!r} must be an object", value=key)
    return Config(folder.config.path, {**defaults, **given})


def _tokenizer(folder: ModelFolder, rows: int) -> ModelTokenizer:
    settings = read_config(folder.transformer / "tokenizer_config.json", optional=True)
    lower_case = settings.flag("do_lower_case", settings.text("tokenizer_class", "") in LOWER_CASED)
    file = folder.transformer / "tokenizer.json"
    if not file.exists() and all((folder.transformer / name).exists() for name in FILES):
        tokenizer = ModelTokenizer(read_clip_tokenizer(folder.transformer))
        tokenizer.check_rows(rows, folder.transformer / FILES[0])
        return tokenizer
    return ModelTokenizer.read(file, lower_case=lower_case or folder.lower_case, rows=rows)


def _filled(parts: _Parts, tokenizer: ModelTokenizer) -> FilledBatcher:
    """Padding as the tokenizer's settings have it, on the right as SigLIP was trained."""
    settings = read_config(parts.folder.transformer / "tokenizer_config.json", optional=True)
    token: object = settings.values.get("pad_token")
    named = token.get("content") if isinstance(token, Mapping) else token
    padding = tokenizer.token_id(named) if isinstance(named, str) else None
    if padding is None:
        padding = int(parts.written.number("pad_token_id", 1))
    return FilledBatcher(parts.written.integer("max_position_embeddings"), padding)
