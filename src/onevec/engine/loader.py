"""Putting a model together: its folder, its tokenizer, its graph, its space."""

from onevec.engine import graphs, runtime
from onevec.engine.catalog import CatalogRow
from onevec.engine.engine import LocalEmbedder, TextEmbedder
from onevec.engine.folder import ModelFolder, Normalize, read_folder
from onevec.engine.identity import identify
from onevec.engine.options import LocalOptions
from onevec.engine.packing import PackedBatcher
from onevec.engine.reading import PROMPT_NAMES, Reader
from onevec.engine.scheduler import Scheduler
from onevec.engine.sources import find
from onevec.engine.tokenizer import ModelTokenizer
from onevec.engine.towers import load_towers
from onevec.types import Capabilities, InputType


def load_model(model: str, options: LocalOptions) -> LocalEmbedder:
    """Find a model, read it, compile it and start its threads; see :func:`onevec.engine.load`."""
    folder = read_folder(find(model, options))
    load = load_towers if folder.architecture in graphs.TOWERS else load_texts
    return load(folder, options)


def load_texts(folder: ModelFolder, options: LocalOptions) -> TextEmbedder:
    """A model of texts alone."""
    file, rows = folder.transformer / "tokenizer.json", folder.config.integer("vocab_size")
    tokenizer = ModelTokenizer.read(file, lower_case=folder.lower_case, rows=rows)
    precision = runtime.resolve_precision(options.precision)
    plan = runtime.thread_plan(options.threads)
    output, parameters = graphs.build(folder)
    dimensions = output.get_output_partial_shape(0)[1].get_length()
    compiled = runtime.compile_graph(output, parameters, precision, plan)
    identity = identify(folder, "+".join(folder.pooling.modes), normalized=isinstance(folder.heads[-1], Normalize))
    reader = Reader(tokenizer, folder.max_tokens, _prompts(folder), folder.pooling.include_prompt)
    return TextEmbedder(
        reader,
        Scheduler(runtime.sessions(compiled, plan), PackedBatcher()),
        identity.space(dimensions),
        _capabilities(folder, options, identity.row, dimensions),
        precision=precision,
    )


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
