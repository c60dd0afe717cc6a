"""Searching JSON lines: an object a row, with its id, its vector, and what was kept beside it."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from onevec.bulk.hits import Hit, choose
from onevec.bulk.scanning.beside import described
from onevec.bulk.scanning.codes import comparable, dtype_of
from onevec.bulk.scanning.nearest import Nearest
from onevec.bulk.sinks.faults import translated
from onevec.bulk.sinks.layout import ID, VECTOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from onevec.bulk.shards import Description

ROWS = 512
"""In a block: as Python's numbers a vector of 1536 takes 50 kB."""

FAULTS = (OSError, ValueError, KeyError)


class JsonLines:
    """Lines with `id` and `vector`.

    Args:
        place: The file.
    """

    def __init__(self, place: str) -> None:
        self._file = Path(place)

    def describe(self) -> "Description":
        """What the file beside it tells."""
        return described(self._file)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine, exact."""
        description = self.describe()
        dtype = dtype_of(description)
        nearest = Nearest(query, k)
        with translated(str(self._file), *FAULTS), self._file.open("rb") as opened:
            while block := [orjson.loads(line)[VECTOR] for line in islice(opened, ROWS)]:
                nearest.see(comparable(np.array(block, dtype), description))
        return hits(self._file, nearest, columns)

    def close(self) -> None:
        """Nothing is held."""


def hits(file: Path, nearest: Nearest, columns: Sequence[str] | None) -> list[Hit]:
    """The rows that are nearest, from a file with a JSON object a row."""
    best = nearest.best
    with translated(str(file), *FAULTS):
        rows = dict(_picked(file, {one.row for one in best}))
        kept = [name for name in next(iter(rows.values()), {}) if name not in (ID, VECTOR)]
        shown = choose(columns, kept, str(file)) if rows else []
        found = [(one.score, rows[one.row]) for one in best]
        return [Hit(row[ID], score, {name: row[name] for name in shown}) for score, row in found]


def _picked(file: Path, numbers: set[int]) -> Iterator[tuple[int, Any]]:
    with file.open("rb") as opened:
        for number, line in enumerate(islice(opened, max(numbers, default=-1) + 1)):
            if number in numbers:
                yield number, orjson.loads(line)
