"""The cache under everything at once: providers that fail and are retried, requests that are split, joined and
cancelled, stores that forget, fail and lie. Each vector tells its text, so that a wrong one is seen, and one in a wrong
place.

With ONEVEC_CACHE_ITEMS=100000 it goes on until so many inputs have been answered.
"""

import asyncio
import functools
import os
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from onevec.errors import ProviderConnectionError, ProviderError, RateLimitError
from onevec.exchange import RetryPolicy
from onevec.gateway.cache import Cached, VectorCache
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.pool import Pool, Target
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder
from onevec.remote.options import RemoteOptions
from onevec.testing import FakeEmbedder, FakeProvider, error_reply
from onevec.types import EmbedRequest

WANTED = int(os.environ.get("ONEVEC_CACHE_ITEMS", "0"))

MODEL = FakeEmbedder(dimensions=8)
TEXTS = [f"text {number:02}" for number in range(24)]


@functools.lru_cache
def expected(text, dimensions):
    return MODEL.embed(EmbedRequest("m", (text,), dimensions=dimensions)).vectors[0]


class Restless(FakeProvider):
    """Takes some turns of the event loop for an answer, which is a failure now and then."""

    def __init__(self, dice):
        super().__init__(embedder=FakeEmbedder(dimensions=8))
        self.dice = dice
        self.failing = 0.0

    async def asend(self, request):
        for _ in range(self.dice.randrange(4)):
            await asyncio.sleep(0)
        if self.dice.random() < self.failing:
            fault = self.dice.choice([429, 500, 503, None])
            if fault is None:
                raise ProviderConnectionError("planted")
            return error_reply(fault)
        self.requests.clear()
        self.embedder.requests.clear()
        return self.send(request)


class Liar(MemoryStore):
    """A store that forgets, fails, and gives what is damaged or another's."""

    def __init__(self, dice):
        super().__init__(8_000)
        self.dice = dice
        self.evil = 0.0

    async def get(self, keys):
        for _ in range(self.dice.randrange(3)):
            await asyncio.sleep(0)
        if self.dice.random() < self.evil / 4:
            raise OSError("planted")
        return [self._twisted(raw) for raw in await super().get(keys)]

    async def put(self, items):
        await asyncio.sleep(0)
        if self.dice.random() < self.evil / 4:
            raise OSError("planted")
        await super().put(items)

    def _twisted(self, raw):
        if raw is None or self.dice.random() >= self.evil:
            return raw
        others = [*self._entries.values()]
        return self.dice.choice([None, raw[:-1], b"", self.dice.choice(others), raw[:20] + b"\xff" + raw[21:]])


class Machine(RuleBasedStateMachine):
    """Requests on one event loop, which turns only when a rule says so."""

    answered = 0

    @initialize(seed=st.integers(0, 2**32), precision=st.sampled_from(["float32", "float16"]))
    def begin(self, seed, precision):
        self.loop = asyncio.new_event_loop()
        self.now = 0.0
        dice = random.Random(seed)
        self.providers = [Restless(dice) for _ in range(3)]
        self.store = Liar(dice)
        self.precision = precision
        lookups = Lookups()
        tier = Tier("liar", self.store, 60.0, lookups, lambda: self.now)
        self.cache = VectorCache(MemoryStore(4_000), [tier], lookups, precision=precision)
        options = RemoteOptions(space=MODEL.space, max_items=3, concurrency=2)
        targets = [
            Target(
                f"target{place}",
                RemoteEmbedder(
                    PROVIDERS["openai"],
                    "m",
                    "https://example.com/v1",
                    Credential("no-key"),
                    options,
                    provider,
                    policy=RetryPolicy(retries=1, base=0.0),
                ),
            )
            for place, provider in enumerate(self.providers)
        ]
        pools = [Pool(some, clock=lambda: self.now, rng=dice) for some in (targets[:2], targets[1:])]
        self.deployments = [Cached(pool, self.cache, f"d{place}") for place, pool in enumerate(pools)]
        self.tasks = {}

    @rule(
        texts=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=12),
        dimensions=st.sampled_from([None, None, 4]),
        deployment=st.integers(0, 1),
    )
    def ask(self, texts, dimensions, deployment):
        asked = EmbedRequest("m", tuple(texts), dimensions=dimensions)
        self.tasks[self.loop.create_task(self.deployments[deployment].aembed(asked))] = asked

    @rule(times=st.integers(1, 6))
    def turn(self, times):
        for _ in range(times):
            self.loop.run_until_complete(asyncio.sleep(0))
        self.now += 0.3

    @precondition(lambda self: self.tasks)
    @rule(data=st.data())
    def cancel(self, data):
        data.draw(st.sampled_from([*self.tasks])).cancel()

    @rule(failing=st.sampled_from([0.0, 0.1, 0.5, 1.0]), provider=st.integers(0, 2))
    def provider_changes(self, failing, provider):
        self.providers[provider].failing = failing

    @rule(evil=st.sampled_from([0.0, 0.3, 1.0]))
    def store_changes(self, evil):
        self.store.evil = evil

    @rule()
    def forget(self):
        self.loop.run_until_complete(self.cache.memory.close())

    @rule()
    def wait(self):
        if self.tasks:
            self.loop.run_until_complete(asyncio.wait(self.tasks, timeout=30))
        self.check()
        assert not self.tasks, "a request never ended"
        assert len(self.cache.flights) == 0

    @invariant()
    def check(self):
        for task in [task for task in getattr(self, "tasks", ()) if task.done()]:
            asked = self.tasks.pop(task)
            if task.cancelled():
                continue
            if (fault := task.exception()) is not None:
                assert isinstance(fault, (ProviderError, RateLimitError)), fault
                continue
            self.hold(asked, task.result())

    def hold(self, asked, result):
        """Every row is its own input's vector; hits and usage fit together."""
        rows = np.stack([expected(text, asked.dimensions) for text in asked.inputs])
        if self.precision == "float16":
            rows = rows.astype(np.float16).astype(np.float32)
        assert np.array_equal(result.vectors, rows), (asked, result)
        assert result.space.dimensions == (asked.dimensions or 8)
        assert result.space.family == MODEL.space.family
        misses = len(asked.inputs) - result.hits
        assert 0 <= misses <= len(asked.inputs)
        # A text of ours has two tokens; one that stands there twice is computed once.
        assert (misses == 0) == (result.usage.total_tokens == 0)
        assert result.usage.total_tokens <= 2 * misses
        assert result.usage.cached_tokens == 2 * result.hits
        Machine.answered += len(asked.inputs)

    def teardown(self):
        if hasattr(self, "loop"):
            self.wait()
            self.loop.run_until_complete(self.cache.aclose())
            self.loop.close()


@pytest.mark.timeout(600 if WANTED else 60)
def test_no_vector_is_ever_another_inputs():
    Machine.answered = 0
    examples = 500 if WANTED else 150
    bounded = settings(
        max_examples=examples,
        stateful_step_count=100 if WANTED else 40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        database=None,
    )
    run_state_machine_as_test(Machine, settings=bounded)
    while Machine.answered < WANTED:
        run_state_machine_as_test(Machine, settings=bounded)
    assert Machine.answered > 0
    print(f"{Machine.answered} inputs answered, none wrong")
