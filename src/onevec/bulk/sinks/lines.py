"""JSON lines: an object a row, with its id, its vector, and what is kept beside it."""

import shutil
from pathlib import Path
from typing import IO

import orjson

from onevec.bulk import metadata
from onevec.bulk.shards import Description, Rows
from onevec.bulk.sinks.layout import ID, VECTOR, as_plain, check, values
from onevec.bulk.sinks.parts import Parts, replace
from onevec.bulk.sinks.precision import coder


class JsonLines:
    """One file of lines; what its vectors are is in a file ``….meta.json`` beside it.

    Args:
        to: The file.
        work: Where the parts are until it is made.
    """

    def __init__(self, to: str, work: Path) -> None:
        self._to = Path(to)
        self.parts = Parts(work / "parts", "jsonl")

    def open(self, description: Description) -> None:
        """Make the folder of the parts."""
        self._code = coder(description.settings)
        self._told = metadata.as_json(description)
        self.parts.open()

    def write(self, rows: Rows) -> None:
        """One part."""
        check(rows)
        codes = self._code(rows.vectors)
        kept = as_plain(values(rows))

        def save(opened: IO[bytes]) -> None:
            for one, vector, others in zip(rows.ids, codes, kept, strict=True):
                row = {ID: one, VECTOR: vector, **others}
                opened.write(orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE))

        self.parts.write(rows.shard, save)

    def remove(self, shard: int) -> None:
        """Its part."""
        self.parts.remove(shard)

    def clear(self) -> None:
        """Every part."""
        self.parts.clear()

    def finish(self) -> None:
        """Put the parts together."""
        replace(self._to.with_name(f"{self._to.name}.meta.json"), lambda opened: put(opened, self._told))
        replace(self._to, lambda opened: join(self.parts, opened))

    def close(self) -> None:
        """Nothing is held."""


def join(parts: Parts, opened: IO[bytes]) -> None:
    """Every part, one after the other."""
    for path in parts.paths():
        with path.open("rb") as part:
            shutil.copyfileobj(part, opened, 1 << 20)


def put(opened: IO[bytes], content: bytes) -> None:
    """The content alone."""
    opened.write(content)
