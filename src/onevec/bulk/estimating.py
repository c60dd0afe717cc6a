"""What a run would read, cost and take: every text is counted, and a few are embedded where that costs nothing."""

import time
from dataclasses import dataclass, replace

from onevec.bulk.cutting import cut
from onevec.bulk.items import Item, items_of
from onevec.bulk.model import Model, open_model
from onevec.bulk.opening import open_cut, open_input
from onevec.bulk.options import Options
from onevec.bulk.outputs import find_output
from onevec.embedders import Embedders
from onevec.errors import InvalidRequestError
from onevec.types import Modality

CHARACTERS_PER_TOKEN = 4
"""Of English text, where no tokenizer is known."""

SAMPLE, IMAGES = 1024, 32
"""Texts, or images, that a local model embeds to see how fast it is."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is ahead.

    Attributes:
        rows: Of the input.
        items: What would be embedded: rows or chunks.
        unreadable: Rows that cannot be.
        tokens: Of all texts; None for images.
        counted: Whether the model's own tokenizer has counted them.
        cost: US dollars; None where no price is known.
        seconds: None for a remote model: its limits decide.
    """

    rows: int
    items: int
    unreadable: int
    tokens: int | None
    counted: bool
    cost: float | None
    seconds: float | None


def estimate_job(options: Options, embedders: Embedders) -> Estimate:
    """Read the whole input once.

    Raises:
        OnevecError: as :func:`onevec.bulk.estimate`.
    """
    find_output(options.to)
    source = open_input(options)
    model = open_model(options, source.modality, embedders)
    chunks = open_cut(options, model)
    texts = source.modality is Modality.TEXT
    rows = found = bad = tokens = 0
    sample: list[Item] = []
    for shard in cut(source, options.shard_rows):
        items, dead = items_of(shard, chunks)
        rows, found, bad = rows + len(shard.ids), found + len(items), bad + len(dead)
        tokens += _tokens(model, items)
        sample.extend(items[: (SAMPLE if texts else IMAGES) - len(sample)])
    price = model.price if texts else None
    return Estimate(
        rows,
        found,
        bad,
        tokens if texts else None,
        model.tokenizer is not None,
        None if price is None else price * tokens / 1e6,
        None if model.remote else _seconds(model, sample, found, tokens),
    )


def _tokens(model: Model, items: list[Item]) -> int:
    texts = [one.input for one in items if isinstance(one.input, str)]
    if model.tokenizer is not None:
        return sum(model.tokenizer.count(texts))
    return sum(len(text) // CHARACTERS_PER_TOKEN + 1 for text in texts)


def _seconds(model: Model, sample: list[Item], items: int, tokens: int) -> float | None:
    """By the speed of a sample; None where the sample cannot be embedded as it is."""
    if not sample:
        return 0.0
    request = replace(model.request, inputs=tuple(one.input for one in sample))
    started = time.perf_counter()
    try:
        model.embedder.embed(request)
    except InvalidRequestError:  # a row that the run would put aside
        return None
    seconds = time.perf_counter() - started
    share = _tokens(model, sample)
    return seconds * (tokens / share if share else items / len(sample))
