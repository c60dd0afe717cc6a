"""Searching Parquet, one file or a folder of part files: every vector is looked at, a block at a time."""

import bisect
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from onevec.bulk import metadata
from onevec.bulk.hits import Hit, choose
from onevec.bulk.scanning.codes import comparable
from onevec.bulk.scanning.nearest import Nearest
from onevec.bulk.shards import Description
from onevec.bulk.sinks.faults import missing, nothing_there, translated
from onevec.bulk.sinks.layout import ID, VECTOR

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ENDING = ".parquet"

ROWS = 8192
"""In a block."""

FAULTS = (OSError, ValueError)
"""What Arrow raises, as Python's own: its errors are of these classes."""


class ParquetFiles:
    """Columns `id` and `vector`, those that were kept, and in the schema's metadata what the vectors are.

    Kept columns are read for the hits alone.

    Args:
        place: A file, or a folder; on this machine or at an address that Arrow knows, such as ``s3://BUCKET/out/``.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self._dataset: Any = None

    def describe(self) -> Description:
        """What the schema's metadata tells."""
        told = (self._opened().schema.metadata or {}).get(metadata.KEY.encode())
        return metadata.from_json(told, self._place)

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """By cosine, exact, in the memory of a block."""
        dataset, description = self._opened(), self.describe()
        shown = choose(columns, [name for name in dataset.schema.names if name not in (ID, VECTOR)], self._place)
        if VECTOR not in dataset.schema.names:
            return []  # no row of the input had a vector
        nearest = Nearest(query, k)
        with translated(self._place, *FAULTS):
            for batch in dataset.to_batches(columns=[VECTOR], batch_size=ROWS):
                nearest.see(comparable(_array(batch.column(0)), description))
            best = nearest.best
            rows = self._rows([one.row for one in best], [ID, *shown])
        return [
            Hit(row[ID], one.score, {name: row[name] for name in shown}) for one, row in zip(best, rows, strict=True)
        ]

    def close(self) -> None:
        """Let go of the files."""
        self._dataset = None

    def _rows(self, numbers: Sequence[int], columns: list[str]) -> list[dict[str, Any]]:
        """Some rows, by their numbers among all, from the row groups that they are in."""
        groups = [group for fragment in self._opened().get_fragments() for group in fragment.split_by_row_group()]
        # Not count_rows(): of a row group it counts the whole file.
        ends = [*accumulate(sum(part.num_rows for part in group.row_groups) for group in groups)]
        found = []
        for number in numbers:
            at = bisect.bisect_right(ends, number)
            start = ends[at - 1] if at else 0
            found += groups[at].take([number - start], columns=columns).to_pylist()
        return found

    def _opened(self) -> Any:
        if self._dataset is None:
            try:
                import pyarrow.dataset as ds
            except ImportError as exc:
                raise missing("Parquet", "bulk") from exc
            with translated(self._place, *FAULTS):
                files, filesystem = _files(self._place)
            if not files:
                raise nothing_there(self._place)
            with translated(self._place, *FAULTS):
                self._dataset = ds.dataset(files, format="parquet", filesystem=filesystem)
        return self._dataset


def _files(place: str) -> tuple[list[str], Any]:
    """The part files in the order of their names, and where they are; what is half written begins with a dot."""
    from pathlib import Path

    from pyarrow import fs

    filesystem, path = fs.FileSystem.from_uri(place if "://" in place else Path(place).absolute().as_uri())
    info = filesystem.get_file_info(path.rstrip("/"))
    if info.type != fs.FileType.Directory:
        return ([info.path] if info.type == fs.FileType.File else []), filesystem
    below = filesystem.get_file_info(fs.FileSelector(info.path))
    parts = [one.path for one in below if one.base_name.endswith(ENDING) and not one.base_name.startswith((".", "_"))]
    return sorted(parts), filesystem


def _array(column: Any) -> "NDArray[np.generic]":
    """A column of lists of one length as an array of shape (n, d), or of bytes of one length as (n, bytes)."""
    import numpy as np
    import pyarrow as pa

    if pa.types.is_fixed_size_binary(column.type):
        width = column.type.byte_width
        bits = np.frombuffer(column.buffers()[1], np.uint8, len(column) * width, column.offset * width)
        return bits.reshape(len(column), width)
    array: NDArray[np.generic] = column.flatten().to_numpy(zero_copy_only=False)
    return array.reshape(len(column), column.type.list_size)
