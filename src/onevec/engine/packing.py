"""Several texts in one row: which go together, where in the row each begins, and the arrays that say so."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from onevec.batching import by_padded_tokens
from onevec.engine.batch import Batch, Tokens

SLOTS = 8
"""The number of texts that a graph is told of is a multiple of it, to keep shapes few."""

NARROW = 128
"""What fits into one row of so many tokens is not spread over several."""


@dataclass(slots=True)
class Row:
    """A row of tokens that fills up.

    Attributes:
        width: Tokens that it has room for.
        texts: Indices of the texts in it.
        starts: Where each begins.
        used: Tokens in it.
    """

    width: int
    texts: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    used: int = 0


def pack(lengths: Sequence[int], widths: Sequence[int], step: int) -> list[Row]:
    """Rows for texts of these lengths, by best fit, longest first: a text goes where it leaves the least room.

    A text for which no row has room opens one: of the least width that holds it, or of its own length rounded up to a
    multiple of `step`. Rows that were packed together come out the same when they are packed again alone.

    >>> [(row.width, row.texts, row.starts) for row in pack([3, 9, 5, 7, 40], widths=(8, 16), step=16)]
    [(48, [4, 2, 0], [0, 40, 45]), (16, [1, 3], [0, 9])]
    """
    rows: list[Row] = []
    by_room: dict[int, list[Row]] = {}
    rooms = 0  # bit n is set while some row has room for n tokens, so that the least that suffices is found at once
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        length = lengths[index]
        enough = rooms >> length
        if enough:
            room = length + (enough & -enough).bit_length() - 1
            row = by_room[room].pop()
            if not by_room[room]:
                rooms ^= 1 << room
        else:
            row = Row(width_for(length, widths, step))
            rows.append(row)
        row.texts.append(index)
        row.starts.append(row.used)
        row.used += length
        room = row.width - row.used
        by_room.setdefault(room, []).append(row)
        rooms |= 1 << room
    return rows


def width_for(length: int, widths: Sequence[int], step: int) -> int:
    """The least of `widths` that holds so many tokens, or else the next multiple of `step`; never 0."""
    return next((width for width in widths if width >= length), max(1, -(-length // step)) * step)


@dataclass(frozen=True, slots=True)
class PackedBatcher:
    """Several texts to a row, for :func:`onevec.engine.graphs.inputs.packed_inputs`.

    Few shapes come out, because the graph keeps kernels for each: rows of a few widths, cut to the fullest of a batch.
    What fits into one short row is in one.

    Attributes:
        budget: Tokens of a batch, padding included. About a thousand keep a batch in the processor's cache.
        widths: Of rows, ascending; a text longer than the last has a row of its own width.
        step: Widths that are cut, and others, are multiples of it.
        streams: Batches that run at once. Little work is divided among them: into parts of a quarter of the budget, or
            larger ones.
    """

    budget: int = 1024
    widths: tuple[int, ...] = (64, 128, 256, 512)
    step: int = 16
    streams: int = 1

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Rows that are about as full together, as many as the budget holds."""
        budget = min(self.budget, max(self.budget // 4, -(-sum(lengths) // self.streams)))
        groups: list[list[int]] = []
        widest = room = 0
        for row in sorted(pack(lengths, self.widths, self.step), key=lambda row: -row.used):
            width = self._width(row)
            if room == 0 or 4 * width < 3 * widest:
                widest, room = width, max(1, budget // width)
                groups.append([])
            groups[-1] += row.texts
            room -= 1
        return groups

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """`ids`, `segments`, `positions` (rows, width), `tokens` (pooled + 1,), `starts` (slots,), all int32.

        They mean what :class:`onevec.engine.graphs.inputs.Inputs` says.
        """
        rows = self._rows([len(text) for text in texts])
        return _laid_out(texts, rows, max(map(self._width, rows)))

    def _width(self, row: Row) -> int:
        return width_for(row.used, (), self.step)

    def _rows(self, lengths: Sequence[int]) -> list[Row]:
        """The rows of one batch: a single one, just wide enough, where that takes no more room than several."""
        rows = pack(lengths, self.widths, self.step)
        width = width_for(sum(lengths), (), self.step)
        return pack(lengths, (width,), self.step) if len(rows) == 1 or width <= NARROW else rows


@dataclass(frozen=True, slots=True)
class RowBatcher:
    """A row a text, padded to the longest, in the same arrays: for graphs that know of one text in a row only.

    Attributes:
        longest: Tokens that the graph reads of a text; no row is wider.
        budget: Tokens of a batch, padding included.
        step: Widths are multiples of it.
    """

    longest: int
    budget: int = 1024
    step: int = 16

    def plan(self, lengths: Sequence[int]) -> list[list[int]]:
        """Texts of like length together, longest first."""
        return by_padded_tokens(lengths, self.budget)

    def batch(self, texts: Sequence[Tokens]) -> Batch:
        """As :meth:`PackedBatcher.batch`."""
        width = min(width_for(max(map(len, texts)), (), self.step), self.longest)
        return _laid_out(texts, [Row(width, [i], [0], len(text)) for i, text in enumerate(texts)], width)


def _laid_out(texts: Sequence[Tokens], rows: Sequence[Row], width: int) -> Batch:
    lengths = np.fromiter((len(text) for text in texts), np.int64, len(texts))
    begins, segments = _places(rows, width, len(texts))
    positions = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    places = np.repeat(begins, lengths) + positions

    def spread(values: NDArray[np.int64]) -> NDArray[np.int32]:
        array = np.zeros((len(rows), width), np.int32)
        array.reshape(-1)[places] = values
        return array

    ids = np.fromiter(chain.from_iterable(text.ids for text in texts), np.int64, len(places))
    unpooled = np.fromiter((text.unpooled for text in texts), np.int64, len(texts))
    arrays = {
        "ids": spread(ids),
        "segments": spread(np.repeat(segments, lengths)),
        "positions": spread(positions),
        "tokens": np.append(places[positions >= np.repeat(unpooled, lengths)], 0).astype(np.int32),
        "starts": _starts(texts, np.maximum(lengths - unpooled, 0)),
    }
    return Batch(arrays, np.arange(sum(1 + len(text.cuts) for text in texts)))


def _places(rows: Sequence[Row], width: int, texts: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each text begins in the rows one after another, and which text of its row it is, from 1."""
    begins, segments = np.zeros(texts, np.int64), np.zeros(texts, np.int64)
    for number, row in enumerate(rows):
        begins[row.texts] = number * width + np.array(row.starts)
        segments[row.texts] = np.arange(1, len(row.texts) + 1)
    return begins, segments


def _starts(texts: Sequence[Tokens], pooled: NDArray[np.int64]) -> NDArray[np.int32]:
    """Where the tokens of each vector begin; behind them slots of none, which begin where the last one ends."""
    firsts = np.cumsum(pooled) - pooled
    begins = [
        begin
        for text, first in zip(texts, firsts.tolist(), strict=True)
        for begin in (first, *(first + cut - text.unpooled for cut in text.cuts))
    ]
    slots = 2 if len(begins) == 1 else (len(begins) // SLOTS + 1) * SLOTS
    starts = np.full(slots, pooled.sum(), np.int32)
    starts[: len(begins)] = begins
    return starts
