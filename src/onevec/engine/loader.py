"""Putting a model together: its folder, its tokenizer, its graph, its space."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onevec.engine import graphs, runtime, static
from onevec.engine.batch import Batcher, Session
from onevec.engine.catalog_row import CatalogRow
from onevec.engine.engine import LocalEmbedder, TextEmbedder
from onevec.engine.exports import export_files
from onevec.engine.folder import ModelFolder, read_folder
from onevec.engine.graphs import exported
from onevec.engine.identity import identify
from onevec.engine.modules import STATIC, Pooling
from onevec.engine.options import CPU, LocalOptions
from onevec.engine.packing import PackedBatcher, RowBatcher
from onevec.engine.reading import PROMPT_NAMES, Reader
from onevec.engine.runtime import Node
from onevec.engine.scheduler import Scheduler, Sessions
from onevec.engine.sources import find
from onevec.engine.threads import thread_plan
from onevec.engine.tokenizer import ModelTokenizer
from onevec.engine.torch_devices import load_on_torch
from onevec.engine.towers import load_towers
from onevec.engine.weights import read_weights, weight_files
from onevec.errors import ConfigurationError
from onevec.types import Capabilities, InputType

EXPRESS_BYTES = 512 << 20
"""Models up to so large are compiled three times, for batches, for a query beside them, and for one that is alone."""


def load_model(model: str, options: LocalOptions) -> LocalEmbedder:
    """Find a model, read it, compile it and start its threads; see :func:`onevec.engine.load`."""
    source = find(model, options)
    folder = read_folder(source.path)
    _check_device(folder, options.device)
    if folder.architecture in graphs.TOWERS:
        weight_files(folder.transformer)  # an export does not help here: say what there is instead
        return load_towers(folder, options)
    return load_texts(folder, options, source.row)


def load_texts(folder: ModelFolder, options: LocalOptions, row: CatalogRow | None = None) -> TextEmbedder:
    """A model of texts alone; `row` is the catalog's, where the model was asked for by a name of its."""
    if options.device != CPU:
        model = _on_torch(folder, options)
    elif folder.first == STATIC:
        model = _static(folder, options)
    elif folder.exported is not None and not graphs.native(folder):
        model = _exported(folder, folder.exported, options, row)
    else:
        model = _native(folder, options)
    folder = model.folder
    pooling = _pooling(folder)
    identity = identify(folder, "+".join(pooling.modes) or None, normalized=folder.normalized)
    row = identity.row or row
    prompts = _prompts(folder, row)
    capabilities = Capabilities(
        dimensions=model.dimensions,
        truncations=tuple(n for n in row.truncations if n < model.dimensions) if row else (),
        any_truncation=options.any_truncation,
        max_input_tokens=folder.max_tokens,
        input_types=frozenset(prompts),
        int8_scale=options.int8_scale or (row.int8_scale if row else None),
        late_chunking=pooling.modes == ("mean",) and isinstance(model.batcher, (PackedBatcher, RowBatcher)),
    )
    reader = Reader(model.tokenizer, folder.max_tokens, prompts, pooling.include_prompt)
    scheduler = Scheduler(model.sessions, model.batcher, express=model.express)
    return TextEmbedder(reader, scheduler, identity.space(model.dimensions), capabilities, precision=model.precision)


@dataclass(frozen=True, slots=True, eq=False)
class _Model:
    """What runs a folder.

    Attributes:
        folder: As it is run: with the files and heads that are used.
        tokenizer: Its own.
        sessions: One a stream.
        batcher: Lays out what they take.
        dimensions: Length of the vectors.
        precision: What it computes in.
        express: For the scheduler's thread that keeps queries quick.
    """

    folder: ModelFolder
    tokenizer: ModelTokenizer
    sessions: Sequence[Session]
    batcher: Batcher
    dimensions: int
    precision: str
    express: Sessions | None = None


def _check_device(folder: ModelFolder, device: str) -> None:
    if device != CPU and (folder.architecture in graphs.TOWERS or folder.first == STATIC):
        raise ConfigurationError(
            f"device {device!r}: models of images, and static ones, run on {CPU!r} only; this is one ({folder.path})",
            param="client_args",
            value=device,
        )


def _on_torch(folder: ModelFolder, options: LocalOptions) -> _Model:
    """Through torch, on the device that was asked for."""
    tokenizer, there = _tokenizer(folder), load_on_torch(folder, options)
    folder = replace(folder, max_tokens=graphs.max_tokens(folder))
    return _Model(folder, tokenizer, [there.session], there.batcher, there.dimensions, there.precision)


def _static(folder: ModelFolder, _options: LocalOptions) -> _Model:
    """Without a graph."""
    table = static.read_table(read_weights(folder.weights))
    tokenizer = static.read_tokenizer(folder, len(table))
    session = static.bag_session(table, folder.heads)
    dimensions = static.bag_dimensions(table, folder.heads)
    return _Model(folder, tokenizer, [session], static.BagBatcher(), dimensions, "f32")


def _native(folder: ModelFolder, options: LocalOptions) -> _Model:
    """Through a graph of ours."""
    tokenizer = _tokenizer(folder)
    output, parameters = graphs.build(folder)
    folder = replace(folder, max_tokens=graphs.max_tokens(folder))
    return _compiled(
        folder, tokenizer, output, parameters, PackedBatcher(streams=thread_plan(options.threads).streams), options
    )


def _exported(folder: ModelFolder, file: Path, options: LocalOptions, row: CatalogRow | None) -> _Model:
    """Through the graph that the folder brings."""
    tokenizer, files = _tokenizer(folder), export_files(file)
    output, parameters, heads = exported.build(folder, files, normalized=row is not None and row.normalized)
    folder = replace(folder, weights=tuple(files), heads=heads, max_tokens=graphs.max_tokens(folder))
    return _compiled(folder, tokenizer, output, parameters, RowBatcher(folder.max_tokens), options)


def _tokenizer(folder: ModelFolder) -> ModelTokenizer:
    rows = folder.config.integer("vocab_size") if "vocab_size" in folder.config.values else None
    file = folder.transformer / "tokenizer.json"
    return ModelTokenizer.read(file, lower_case=folder.lower_case, rows=rows)


def _compiled(
    folder: ModelFolder,
    tokenizer: ModelTokenizer,
    output: Node,
    parameters: list[Node],
    batcher: Batcher,
    options: LocalOptions,
) -> _Model:
    precision, plan = runtime.resolve_precision(options.precision), thread_plan(options.threads)
    dimensions = output.get_output_partial_shape(0)[1].get_length()
    sessions = runtime.sessions(runtime.compile_graph(output, parameters, precision, plan), plan)
    express = None
    if sum(file.stat().st_size for file in folder.weights) <= EXPRESS_BYTES:
        # Compiled by themselves: OpenVINO makes no more streams than there are cores, and who shares one waits for it.
        [beside], [alone] = (
            runtime.sessions(runtime.compile_graph(output, parameters, precision, one, pinned=False), one)
            for one in (plan.express(), plan.wide())
        )
        express = Sessions(beside, alone)
    return _Model(folder, tokenizer, sessions, batcher, dimensions, precision, express)


def _pooling(folder: ModelFolder) -> Pooling:
    """How token vectors become one; no mode where the graph does it unseen."""
    usual = Pooling(("mean",) if folder.first == STATIC else ())
    return next((head for head in folder.heads if isinstance(head, Pooling)), usual)


def _prompts(folder: ModelFolder, row: CatalogRow | None) -> dict[InputType, str]:
    """The prompt of each input type that the model tells apart; `text` is always one.

    A folder saved without prompts may have empty ones; then the catalog's count.
    """
    prompts = {InputType.TEXT: folder.prompts[folder.default_prompt] if folder.default_prompt else ""}
    for kind, names in PROMPT_NAMES.items():
        own = next((folder.prompts[name] for name in names if name in folder.prompts), None)
        known = row.prompt(kind.value) if row else None
        if own is not None or known is not None:
            prompts[kind] = own or known or ""
    return prompts
