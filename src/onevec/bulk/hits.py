"""What a search finds, and what can be searched."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from onevec.errors import InvalidRequestError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from onevec.bulk.shards import Description


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that was found.

    Attributes:
        id: Its id.
        score: Cosine similarity with the query, from -1 to 1.
        columns: What was kept beside its vector.
    """

    id: str
    score: float
    columns: Mapping[str, Any] = field(default_factory=dict)


class Searchable(Protocol):
    """An output that rows are found in."""

    def describe(self) -> "Description":
        """What it tells of itself.

        Raises:
            ConfigurationError: there is no such output, or it tells nothing.
        """

    def nearest(self, query: "NDArray[np.float32]", k: int, columns: Sequence[str] | None = None) -> list[Hit]:
        """The `k` rows that are nearest to a query of shape (d,), best first.

        Args:
            query: A vector in the output's space.
            k: How many rows at most.
            columns: Kept columns to show; None shows all.

        Raises:
            InvalidRequestError: it keeps no such column.
        """

    def close(self) -> None:
        """Give connections back; closing twice is harmless."""


def choose(wanted: Sequence[str] | None, kept: Sequence[str], place: str) -> list[str]:
    """The kept columns that are to be shown.

    Raises:
        InvalidRequestError: one is not kept; lists those that are.
    """
    if wanted is None:
        return list(kept)
    for name in wanted:
        if name not in kept:
            said = f"it keeps {', '.join(kept)}" if kept else "it keeps none"
            raise InvalidRequestError(f"{place} has no column {name[:60]!r}: {said}", param="column", value=name[:60])
    return list(wanted)
