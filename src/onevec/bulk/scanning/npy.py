"""Searching a .npy file: an array of shape (n, d), and its rows' ids and kept columns as JSON lines beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onevec.bulk.hits import Hit
from onevec.bulk.scanning.beside import described, neighbour
from onevec.bulk.scanning.codes import comparable
from onevec.bulk.scanning.lines import FAULTS, hits
from onevec.bulk.scanning.nearest import Nearest
from onevec.bulk.sinks.faults import translated

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from onevec.bulk.shards import Description

ROWS = 8192
"""In a block."""


class NumpyFile:
    """``out.npy``, with ``out.npy.rows.jsonl`` and ``out.npy.meta.json`` beside it.

    Args:
        place: The .npy file.
    """

    def __init__(self, place: str) -> None:
        self._file = Path(place)

    def describe(self) -> "Description":
        """What the file beside it tells."""
        return described(self._file)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine, exact; the array stays on the disk."""
        description = self.describe()
        nearest = Nearest(query, k)
        with translated(str(self._file), *FAULTS):
            array = np.load(self._file, mmap_mode="r", allow_pickle=False)
            for start in range(0, len(array), ROWS):
                nearest.see(comparable(array[start : start + ROWS], description))
        return hits(neighbour(self._file, "rows.jsonl"), nearest, columns)

    def close(self) -> None:
        """Nothing is held."""
