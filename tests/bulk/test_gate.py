import asyncio

import pytest

from onevec.bulk.gate import Gate
from onevec.bulk.pace import Pace
from onevec.errors import AuthenticationError, InvalidResponseError, ProviderConnectionError, RateLimitError
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest

RESULT = FakeEmbedder().embed(EmbedRequest("fake", ("a",)))


def answers(*faults):
    """A call that fails in these ways and is then answered; and how often it was made."""
    left, calls = list(faults), []

    async def embed():
        calls.append(None)
        if left:
            raise left.pop(0)
        return RESULT

    return embed, calls


async def test_what_passes_is_tried_again():
    embed, calls = answers(RateLimitError("slow down", retry_after=0.001), ProviderConnectionError(""))
    assert await Gate(Pace(4), patience=60).call(embed) is RESULT
    assert len(calls) == 3


@pytest.mark.parametrize(("error", "tries"), [(AuthenticationError("no"), 1), (InvalidResponseError("no"), 3)])
async def test_what_does_not_pass_is_raised(error, tries):
    error.retry_after = 0.0
    embed, calls = answers(*[error] * 5)
    with pytest.raises(type(error)):
        await Gate(Pace(4), patience=60).call(embed)
    assert len(calls) == tries


async def test_a_connection_that_was_closed_says_nothing_of_rates():
    pace = Pace(4)
    await Gate(pace, patience=60).call(answers(ProviderConnectionError("closed"))[0])
    assert pace.limit == 4
    await Gate(pace, patience=60).call(answers(*[ProviderConnectionError("gone", retry_after=0.0)] * 2)[0])
    assert pace.limit < 4


async def test_a_provider_that_asks_for_more_patience_than_there_is_is_given_up():
    embed, calls = answers(RateLimitError("come again tomorrow", retry_after=86_400.0))
    async with asyncio.timeout(5):
        with pytest.raises(RateLimitError):
            await Gate(Pace(4), patience=600).call(embed)
    assert len(calls) == 1


async def test_patience_counts_from_the_last_answer():
    now = [0.0]
    gate = Gate(Pace(4), patience=60, clock=lambda: now[0])
    await gate.call(answers()[0])
    now[0] = 61.0  # nobody was asked in between
    assert await gate.call(answers(RateLimitError("no", retry_after=0.0))[0]) is RESULT

    async def refused():
        now[0] += 31.0
        raise RateLimitError("no", retry_after=0.0)

    with pytest.raises(RateLimitError):
        await gate.call(refused)
    assert now[0] == 61.0 + 2 * 31.0
    assert await gate.call(answers()[0]) is RESULT
    assert await gate.call(answers(RateLimitError("no", retry_after=0.0))[0]) is RESULT


async def test_no_more_than_the_pace_allows_are_under_way():
    gate, running, most = Gate(Pace(3), patience=60), 0, 0

    async def embed():
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return RESULT

    await asyncio.gather(*(gate.call(embed) for _ in range(50)))
    assert most == 3


async def test_who_is_cancelled_leaves_his_place():
    gate, begun = Gate(Pace(1), patience=60), asyncio.Event()

    async def hang():
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(gate.call(hang))
    await begun.wait()
    waiting = asyncio.create_task(gate.call(answers()[0]))
    task.cancel()
    assert await waiting is RESULT
