"""NumPy: one array (n, d) in a .npy file, and its rows' ids and kept columns as JSON lines beside it."""

from pathlib import Path
from typing import IO

import numpy as np
import orjson

from onevec.bulk import metadata
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.layout import ID, as_plain, check, values
from onevec.bulk.sinks.lines import join, put
from onevec.bulk.sinks.parts import Parts, replace
from onevec.bulk.sinks.precision import Codes, coder


class NumpyFile:
    """``out.npy``, ``out.npy.rows.jsonl`` with a line a row, and ``out.npy.meta.json``.

    Args:
        to: The .npy file.
        work: Where the parts are until it is made.
    """

    def __init__(self, to: str, work: Path) -> None:
        self._to = Path(to)
        self.parts = Parts(work / "parts", "npy")
        self._lines = Parts(work / "parts", "jsonl")

    def open(self, description: Description) -> None:
        """Make the folder of the parts."""
        self._code = coder(description.settings)
        self._told = metadata.as_json(description)
        self.parts.open()
        self._lines.open()

    def write(self, rows: Rows) -> None:
        """A part of the array, behind the part of the lines: that it is there says that both are."""
        check(rows)
        kept = as_plain(values(rows))
        lines = b"".join(
            orjson.dumps({ID: one, **others}, option=orjson.OPT_APPEND_NEWLINE)
            for one, others in zip(rows.ids, kept, strict=True)
        )
        codes = np.ascontiguousarray(self._code(rows.vectors))
        self._lines.write(rows.shard, lambda opened: put(opened, lines))
        self.parts.write(rows.shard, lambda opened: np.save(opened, codes, allow_pickle=False))

    def remove(self, shard: int) -> None:
        """Its parts, of the lines and of the array."""
        self._lines.remove(shard)
        self.parts.remove(shard)

    def clear(self) -> None:
        """Every part of both."""
        self._lines.clear()
        self.parts.clear()

    def finish(self) -> None:
        """Put the parts together, in the memory of one."""
        replace(self._beside("meta.json"), lambda opened: put(opened, self._told))
        replace(self._beside("rows.jsonl"), lambda opened: join(self._lines, opened))
        replace(self._to, self._array)

    def close(self) -> None:
        """Nothing is held."""

    def _beside(self, ending: str) -> Path:
        return self._to.with_name(f"{self._to.name}.{ending}")

    def _array(self, opened: IO[bytes]) -> None:
        """A header with the number of all rows, and the rows of each part."""
        paths = self.parts.paths()
        # Of a part only the header is read here, and one at a time: what is mapped counts as memory.
        shapes = [_load(path).shape for path in paths]
        first = _load(paths[0]) if paths else np.empty((0, 0), np.float32)
        header = {
            "descr": np.lib.format.dtype_to_descr(first.dtype),
            "fortran_order": False,
            "shape": (sum(rows for rows, _ in shapes), first.shape[1]),
        }
        np.lib.format.write_array_header_2_0(opened, header)
        for path in paths:
            opened.write(_load(path).data)


def _load(path: Path) -> Codes:
    found: Codes = np.load(path, mmap_mode="r", allow_pickle=False)
    return found
