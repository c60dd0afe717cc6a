"""Putting a model together: its folder, its tokenizer, its graph, its space."""

import hashlib
from dataclasses import dataclass

from onevec.engine import graphs, runtime
from onevec.engine.batch import PaddedBatcher
from onevec.engine.catalog import CatalogRow, published_as
from onevec.engine.engine import LocalEmbedder, TextEmbedder
from onevec.engine.folder import ModelFolder, Normalize, read_folder
from onevec.engine.options import LocalOptions
from onevec.engine.reading import PROMPT_NAMES, Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.sources import find
from onevec.engine.tokenizer import ModelTokenizer
from onevec.engine.weights import sha256, stored_as
from onevec.errors import ModelFileError
from onevec.types import Capabilities, InputType, VectorSpace


def load_model(model: str, options: LocalOptions) -> LocalEmbedder:
    """Find a model, read it, compile it and start its threads; see :func:`onevec.engine.load`."""
    folder = read_folder(find(model, options))
    tokenizer = ModelTokenizer.read(folder.transformer / "tokenizer.json", lower_case=folder.lower_case)
    _check_vocabulary(folder, tokenizer)
    precision = runtime.resolve_precision(options.precision)
    plan = runtime.thread_plan(options.threads)
    output, parameters = graphs.build(folder)
    dimensions = output.get_output_partial_shape(0)[1].get_length()
    compiled = runtime.compile_graph(output, parameters, precision, plan)
    identity = identify(folder)
    reader = Reader(tokenizer, folder.max_tokens, _prompts(folder), folder.pooling.include_prompt)
    return TextEmbedder(
        reader,
        Scheduler(runtime.sessions(compiled, plan), PaddedBatcher()),
        identity.space(folder, dimensions),
        _capabilities(folder, options, identity.row, dimensions),
        precision=precision,
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose vectors these are: the same weights are the same model, wherever they lie and however they are stored."""

    model: str
    digest: str
    stored: str | None
    row: CatalogRow | None

    def space(self, folder: ModelFolder, dimensions: int) -> VectorSpace:
        """The space of the model's full vectors."""
        return VectorSpace(
            model=self.model,
            dimensions=dimensions,
            revision=f"sha256:{self.digest[:12]}",
            normalized=_normalized(folder),
            pooling=_pooling(folder),
            weights=self.stored,
        )


def identify(folder: ModelFolder) -> Identity:
    """The model that a folder's weights are, by their sha256; of several files the sha256 of their sha256s.

    Weights that the catalog does not have are called by their architecture, never by a path: a copy elsewhere makes
    the same vectors. A folder in which the weights are pooled otherwise is no longer the catalog's model.
    """
    files = folder.weight_files
    stored = stored_as(files[0]) if len(files) == 1 else None
    digests = [stored[1]] if stored else [sha256(file) for file in files]
    digest = digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
    row = published_as(digest)
    if row and (row.pooling, row.normalized) != (_pooling(folder), _normalized(folder)):
        row = None
    return Identity(row.name if row else folder.architecture, digest, stored[0] if stored else None, row)


def _normalized(folder: ModelFolder) -> bool:
    return isinstance(folder.heads[-1], Normalize)


def _pooling(folder: ModelFolder) -> str:
    return "+".join(folder.pooling.modes)


def _prompts(folder: ModelFolder) -> dict[InputType, str]:
    """The prompt of each input type that the model tells apart; `text` is always one."""
    prompts = {InputType.TEXT: folder.prompts[folder.default_prompt] if folder.default_prompt else ""}
    for kind, names in PROMPT_NAMES.items():
        named = next((name for name in names if name in folder.prompts), None)
        if named is not None:
            prompts[kind] = folder.prompts[named]
    return prompts


def _capabilities(folder: ModelFolder, options: LocalOptions, row: CatalogRow | None, dimensions: int) -> Capabilities:
    return Capabilities(
        dimensions=dimensions,
        truncations=row.truncations if row else (),
        any_truncation=options.any_truncation,
        max_input_tokens=folder.max_tokens,
        input_types=frozenset(_prompts(folder)),
        int8_scale=options.int8_scale or (row.int8_scale if row else None),
    )


def _check_vocabulary(folder: ModelFolder, tokenizer: ModelTokenizer) -> None:
    rows = folder.config.integer("vocab_size")
    if tokenizer.vocabulary > rows:
        raise ModelFileError(
            f"{folder.transformer / 'tokenizer.json'} has {tokenizer.vocabulary} tokens, more than the vocab_size in "
            f"config.json, {rows}: they are not of one model",
            value="tokenizer.json",
        )
