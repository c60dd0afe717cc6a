import asyncio

import numpy as np
import pytest

from onevec.gateway.cache.entries import Entry
from onevec.gateway.cache.flights import Flights, arrivals

ENTRY = Entry(np.ones(1, np.float32), None, None, 0)


async def test_a_key_is_claimed_once_until_it_lands():
    flights = Flights()
    mine, others = flights.claim([b"a", b"b"])
    assert (mine, others) == ([b"a", b"b"], {})
    again, waiting = flights.claim([b"b", b"c"])
    assert (again, [*waiting]) == ([b"c"], [b"b"])
    flights.land([b"a", b"b", b"b"], {b"b": ENTRY})
    assert await arrivals(waiting) == {b"b": ENTRY}
    assert len(flights) == 1
    assert flights.claim([b"b"]) == ([b"b"], {})


async def test_one_that_failed_is_left_out():
    flights = Flights()
    flights.claim([b"a", b"b"])
    _, waiting = flights.claim([b"a", b"b"])
    flights.land([b"a", b"b"], {b"a": ENTRY})
    assert await arrivals(waiting) == {b"a": ENTRY}


async def test_whoever_waits_and_goes_cancels_nothing():
    flights = Flights()
    flights.claim([b"a"])
    _, waiting = flights.claim([b"a"])
    gone, stays = (asyncio.create_task(arrivals(waiting)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    flights.land([b"a"], {b"a": ENTRY})
    assert await stays == {b"a": ENTRY}


async def test_nothing_to_wait_for_takes_no_turn():
    assert await arrivals({}) == {}
