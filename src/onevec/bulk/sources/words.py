"""The words of all sources: what is wanted of an input, a file of it, and a piece of its rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO, Any, NamedTuple, Protocol

import pyarrow as pa
from pyarrow import fs

from onevec.types import Modality

COMPRESSED: Mapping[str, str] = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd", ".lz4": "lz4"}
"""Endings behind which a kind's own one stands, and Arrow's words for them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Columns that a run reads.

    Attributes:
        content: What is embedded; None where a file, or a line of it, is all that there is.
        id: What tells rows apart; None where that is the file and the row's number in it.
        keep: What goes along to the output.
    """

    content: str | None = None
    id: str | None = None
    keep: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Each column once."""
        return list(dict.fromkeys(name for name in (self.content, self.id, *self.keep) if name))


class Cursor(NamedTuple):
    """Where reading goes on: a row of a file, both counted from 0."""

    file: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """A file of the input.

    Attributes:
        system: Where it is.
        path: Its path there.
        name: What it is called in ids and messages: its path below the input.
        size: Bytes, as far as they are known.
        changed: When it was changed last, in nanoseconds, or what its server says of that; None if nothing.
    """

    system: fs.FileSystem = field(repr=False)
    path: str = field(repr=False)  # a web address may hold a signature
    name: str
    size: int | None = None
    changed: int | str | None = None

    def open(self) -> IO[bytes]:
        """The file, to read anywhere in it."""
        opened: IO[bytes] = self.system.open_input_file(self.path)
        return opened

    def stream(self) -> IO[bytes]:
        """The file from its beginning, decompressed where its name says that it is compressed."""
        # By the name: a path would not always tell, for a web address may end otherwise.
        codec = COMPRESSED.get(PurePosixPath(self.name).suffix.lower())
        opened: IO[bytes] = self.system.open_input_stream(self.path, compression=codec)
        return opened


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Consecutive rows.

    Attributes:
        table: The wanted columns.
        faults: What is wrong with a row that could not be read, by its number in the table.
        start: The first row's place.
    """

    table: pa.Table
    faults: Mapping[int, str] = field(default_factory=dict)
    start: Cursor = field(default_factory=Cursor)


class Source(Protocol):
    """An input, read in one order that never changes."""

    @property
    def modality(self) -> Modality:
        """What its contents are: texts, or images as the bytes of files."""

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What is the same as long as the input is; values that JSON has."""

    def count(self) -> int | None:
        """Rows, looked up or counted; None where only reading would tell."""

    def name(self, cursor: Cursor) -> str:
        """The row's id where no column has one, such as ``a.parquet:17``."""

    def pieces(self, start: Cursor) -> Iterator[Piece]:
        """Everything from a place on, as columns `content`, perhaps `id`, and those that are kept.

        Raises:
            InputDataError: it cannot be read, or a file has other columns than the first.
        """
