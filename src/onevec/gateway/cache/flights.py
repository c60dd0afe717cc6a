"""Flights: what is being computed now, so that whoever wants the same waits for it instead of computing it again."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from onevec.gateway.cache.entries import Entry

Flight: TypeAlias = "asyncio.Future[Entry | None]"
"""The entry when it is there; None when whoever computed it failed or went away."""


class Flights:
    """Keys under way on one event loop. Between two awaits a key is claimed by one request at most."""

    def __init__(self) -> None:
        self._under_way: dict[bytes, Flight] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def claim(self, keys: Iterable[bytes]) -> tuple[list[bytes], dict[bytes, Flight]]:
        """Those that are now the caller's to compute and to land, whatever happens; and those of others."""
        loop = asyncio.get_running_loop()
        mine: list[bytes] = []
        others: dict[bytes, Flight] = {}
        for key in keys:
            if (flight := self._under_way.get(key)) is not None:
                others[key] = flight
            else:
                self._under_way[key] = loop.create_future()
                mine.append(key)
        return mine, others

    def land(self, keys: Iterable[bytes], entries: Mapping[bytes, Entry]) -> None:
        """Tell those who wait for these keys what has come of them; landing one twice is harmless."""
        for key in keys:
            if (flight := self._under_way.pop(key, None)) is not None:
                flight.set_result(entries.get(key))


async def arrivals(flights: Mapping[bytes, Flight]) -> dict[bytes, Entry]:
    """What has come of others' flights, once all are over; those that failed are left out."""
    waiting: Collection[Flight] = set(flights.values())
    if waiting:
        await asyncio.wait(waiting)  # which does not cancel them when the caller is cancelled
    landed = ((key, flight.result()) for key, flight in flights.items())
    return {key: entry for key, entry in landed if entry is not None}
