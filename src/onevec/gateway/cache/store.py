"""Store: what keeps bytes under keys. It may forget any of them, and it may fail; who asks it sees to that."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Store(Protocol):
    """Keeps entries, of which it knows nothing, under keys of 32 bytes. It is used on one event loop."""

    async def get(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """What is kept under each key, in order; None where nothing is. Raises whatever goes wrong."""

    async def put(self, items: Mapping[bytes, bytes]) -> None:
        """Keep these, instead of what was under their keys. Raises whatever goes wrong."""

    async def close(self) -> None:
        """Give back what it holds; closing twice is harmless."""
