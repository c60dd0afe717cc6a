"""The words between a run and its output: rows that are embedded, what they are in, and where they go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from onevec.spaces import VectorSpace

if TYPE_CHECKING:
    import pyarrow as pa

    from onevec.types import Vectors


class Place(NamedTuple):
    """Where a chunk stands in its document.

    Attributes:
        document: The document's id.
        chunk: The number of the chunk in it, from 0.
        start: Its first character.
        end: The character behind its last.
    """

    document: str
    chunk: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Embedded rows of one shard.

    Attributes:
        shard: Its number, from 0.
        ids: Of each row, no two alike in a run.
        vectors: float32 of shape (n, d).
        columns: A table of n rows to keep beside them; it may have no columns.
        chunks: What part of which document each row is, where documents were cut.
    """

    shard: int
    ids: Sequence[str]
    vectors: "Vectors"
    columns: "pa.Table"
    chunks: Sequence[Place] | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What an output must tell of itself.

    Attributes:
        space: What its vectors may be compared with.
        model: As the caller named it.
        settings: What the vectors depend on beyond the model: dimensions, input type, encoding, chunking, prompt;
            values that JSON has.
        version: Of onevec.
    """

    space: VectorSpace
    model: str
    settings: Mapping[str, Any]
    version: str


class Sink(Protocol):
    """Where rows go. Writing a shard again replaces what it wrote before: no row twice.

    One thread at a time calls it, in the order of the shards.
    """

    def open(self, description: Description) -> None:
        """Prepare or check the output.

        Raises:
            ConfigurationError: it holds another space or other settings.
        """

    def write(self, rows: Rows) -> None:
        """Durable when it returns; atomic or idempotent by shard and id."""

    def remove(self, shard: int) -> None:
        """Take away what a shard wrote, where it did: a crash may have come before its entry, and now it has no row."""

    def clear(self) -> None:
        """Take away what an earlier run wrote; nothing where there is nothing. The sink need not be open.

        Raises:
            ConfigurationError: what is there is not ours.
        """

    def finish(self) -> None:
        """Every shard is written: make of them what the user asked for; doing it again does no harm."""

    def close(self) -> None:
        """Give connections and files back; closing twice is harmless."""
