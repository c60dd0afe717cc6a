"""What a store knows of earlier runs: it is not a file, which a manifest lies beside."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Store(Protocol):
    """A sink that may hold rows of a run whose manifest is elsewhere, or lost."""

    def occupied(self) -> bool:
        """Whether it holds rows: a run that begins would put its shards in the place of theirs.

        Raises:
            OutputError: it does not answer.
        """
