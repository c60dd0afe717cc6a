import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from limits.aio.storage import MemoryStorage

from onevec.gateway.windows import MemoryWindows

START = 1_800_000_000.0  # the beginning of a minute
LIMIT, LENGTH = 10, 60


@given(st.lists(st.tuples(st.floats(0, 90), st.integers(1, 12), st.sampled_from("ab")), max_size=25))
async def test_counts_are_those_of_the_library(steps):
    ours, theirs = MemoryWindows(), MemoryStorage()
    with time_machine.travel(START, tick=False) as clock:
        for pause, amount, key in steps:
            clock.shift(pause)
            asked = key, LIMIT, LENGTH, amount
            assert await ours.acquire_sliding_window_entry(*asked) == await theirs.acquire_sliding_window_entry(*asked)
            told = await theirs.get_sliding_window(key, LENGTH)
            assert await ours.get_sliding_window(key, LENGTH) == pytest.approx(told)


async def test_a_caller_who_stays_away_is_forgotten_after_two_windows():
    now = START
    windows = MemoryWindows(lambda: now)
    for caller in range(1000):
        await windows.acquire_sliding_window_entry(f"{caller}", LIMIT, LENGTH)
    assert len(windows) == 1000
    now = START + LENGTH
    await windows.acquire_sliding_window_entry("one who stays", LIMIT, LENGTH)
    assert len(windows) == 1001  # those of the window before still count
    now = START + 2 * LENGTH
    await windows.acquire_sliding_window_entry("one who stays", LIMIT, LENGTH)
    assert len(windows) == 1
