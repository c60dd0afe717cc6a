"""One shard under way: its batches, embedded a few at a time, and what they come to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from onevec.batching import split
from onevec.bulk.cutting import Shard
from onevec.bulk.gate import Gate
from onevec.bulk.items import Item
from onevec.bulk.loop import LoopThread
from onevec.bulk.manifest import Dead
from onevec.bulk.model import Model
from onevec.bulk.narrowing import Outcome, embed_each
from onevec.bulk.shards import Rows
from onevec.errors import ContextLengthExceededError, OnevecError
from onevec.types import EmbedResult, Input

if TYPE_CHECKING:
    from concurrent.futures import Future


REASON = 300
"""Characters of a refusal of our own that a dead letter tells."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is embedded in one call, as long as nothing of it is refused."""

    items: Sequence[Item]
    future: "Future[Outcome]"


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """A shard that is embedded.

    Attributes:
        shard: What was embedded.
        rows: What the output gets; None where every row has failed.
        dead: The rows that have no vector.
        spaces: Ids of the spaces in which its vectors are: one, unless the model has changed in between.
        tokens: That were read; None where nobody told.
        cost: US dollars; None where no price is known.
    """

    shard: Shard
    rows: Rows | None
    dead: list[Dead]
    spaces: frozenset[str]
    tokens: int | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Work:
    """A shard whose batches are under way."""

    shard: Shard
    dead: list[Dead]
    batches: Sequence[Batch]

    @property
    def left(self) -> int:
        """Batches that are not done."""
        return sum(not batch.future.done() for batch in self.batches)

    def result(self, price: float | None) -> Embedded:
        """What has become of it, once all batches are done.

        Raises:
            OnevecError: the failure of a batch.
        """
        kept: list[Item] = []
        vectors = []
        dead = list(self.dead)
        results: list[EmbedResult] = []
        for batch in self.batches:
            outcome = batch.future.result()
            for start, result in outcome.results:
                kept.extend(batch.items[start : start + len(result.vectors)])
                vectors.append(result.vectors)
                results.append(result)
            dead.extend(_dead(self.shard, batch.items[row], exc) for row, exc in outcome.failed.items())
        tokens = _tokens(results)
        cost = None if price is None or tokens is None else price * tokens / 1e6
        spaces = frozenset(result.space.id for result in results)
        # Vectors of several spaces may have several lengths; nobody writes them.
        rows = _rows(self.shard, kept, np.concatenate(vectors)) if len(spaces) == 1 else None
        return Embedded(self.shard, rows, dead, spaces, tokens, cost)


def begin(shard: Shard, items: Sequence[Item], dead: list[Dead], model: Model, gate: Gate, loop: LoopThread) -> Work:
    """Put a shard's batches under way."""
    cuts = split(model.sizes([one.input for one in items]), model.portion.items, model.portion.tokens)
    parts = [items[cut] for cut in cuts]
    return Work(shard, dead, [Batch(part, loop.submit(_embed(part, model, gate))) for part in parts])


async def _embed(items: Sequence[Item], model: Model, gate: Gate) -> Outcome:
    async def embed(inputs: Sequence[Input]) -> EmbedResult:
        request = replace(model.request, inputs=tuple(inputs))
        return await gate.call(lambda: model.embedder.aembed(request))

    return await embed_each([one.input for one in items], embed)


def _dead(shard: Shard, item: Item, exc: OnevecError) -> Dead:
    return Dead(shard.places[item.row], item.id, exc.code, _reason(exc))


def _reason(exc: OnevecError) -> str:
    """Why a row was refused. A provider's own words are left out: they may repeat what is in the row.

    >>> _reason(OnevecError("openai answered 400: my secret is", status=400, provider="openai"))
    'openai refused it with status 400'
    """
    if exc.provider is None:
        # It was refused alone, as the first and only input of a call.
        how = ", or give --chunk-tokens, or --overflow" if isinstance(exc, ContextLengthExceededError) else ""
        return exc.message.replace("inputs[0]", "the row")[:REASON] + how
    request = f", request {exc.request_id[:REASON]}" if exc.request_id else ""
    return f"{exc.provider} refused it with status {exc.status}{request}"


def _tokens(results: Sequence[EmbedResult]) -> int | None:
    counts = [result.usage.total_tokens for result in results]
    return None if None in counts else sum(count for count in counts if count is not None)


def _rows(shard: Shard, items: Sequence[Item], vectors: "np.ndarray[tuple[int, int], np.dtype[np.float32]]") -> Rows:
    columns = shard.columns.take(pa.array([one.row for one in items])) if shard.columns.num_columns else pa.table({})
    chunks = [one.place for one in items if one.place is not None] or None
    return Rows(shard.number, [one.id for one in items], vectors, columns, chunks)
