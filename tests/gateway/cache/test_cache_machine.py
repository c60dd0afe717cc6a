"""The cache under everything at once: providers that fail and are retried, requests that are split, joined, cancelled.

Stores forget, fail and lie, and a file is overwritten. Each vector tells its text, so that a wrong one is seen, and a
right one in a wrong place.

With ONEVEC_CACHE_ITEMS=100000 each test goes on until so many inputs have been answered.
"""

import asyncio
import functools
import itertools
import os
import random
import tempfile
from pathlib import Path

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
from onevec.gateway.cache import Cached, Store, VectorCache
from onevec.gateway.cache.disk import DiskStore
from onevec.gateway.cache.memory import MemoryStore
from onevec.gateway.cache.tier import Lookups, Tier
from onevec.gateway.pool.pool import Pool
from onevec.gateway.pool.targets import Target
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

    @initialize(seed=st.integers(0, 2**32), precision=st.sampled_from(["float32", "float16"]), disk=st.just(False))
    def begin(self, seed, precision, disk=False):
        self.dice = random.Random(seed)
        self.loop = asyncio.new_event_loop()
        self.now = 0.0
        dice = random.Random(seed)
        self.providers = [Restless(dice) for _ in range(3)]
        self.store = Liar(dice)
        self.precision = precision
        lookups = Lookups()
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name, "cache.sqlite") if disk else None
        stores: dict[str, Store] = {"disk": DiskStore(self.file, 1 << 20)} if self.file else {}
        tiers = [
            Tier(name, store, 60.0, lookups, lambda: self.now)
            for name, store in (stores | {"liar": self.store}).items()
        ]
        self.cache = VectorCache(MemoryStore(4_000), tiers, lookups, precision=precision)
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

    def spoil_the_file(self):
        if self.file.exists() and (size := self.file.stat().st_size):
            with self.file.open("r+b") as file:
                file.seek(self.dice.randrange(size))
                file.write(self.dice.randbytes(self.dice.choice([1, 100, 5000])))

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
            self.folder.cleanup()


@pytest.mark.timeout(600 if WANTED else 60)
def test_no_vector_is_ever_another_inputs():
    Machine.answered = 0
    bounded = settings(
        max_examples=500 if WANTED else 150,
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


@pytest.mark.timeout(600 if WANTED else 60)
def test_nor_is_one_of_a_file_that_is_overwritten_in_mid_use():
    """The same rules by dice: what threads do is not Hypothesis' to repeat."""
    Machine.answered = 0
    dice = random.Random(1)
    for seed in itertools.count():
        machine = Machine()
        machine.begin(seed, dice.choice(["float32", "float16"]), disk=True)
        for _ in range(300):
            take_step(machine, dice)
        machine.teardown()
        if Machine.answered > max(WANTED, 5000):
            break
    print(f"{Machine.answered} inputs answered, none wrong")


def take_step(machine, dice):
    step = dice.choices(["ask", "turn", "cancel", "provider", "store", "spoil", "forget", "wait"], STEPS)[0]
    if step == "ask":
        texts = [dice.choice(TEXTS) for _ in range(dice.randrange(1, 12))]
        machine.ask(texts, dice.choice([None, 4]), dice.randrange(2))
    elif step == "turn":
        machine.turn(dice.randrange(1, 6))
    elif step == "cancel" and machine.tasks:
        dice.choice([*machine.tasks]).cancel()
    elif step == "provider":
        machine.provider_changes(dice.choice([0.0, 0.1, 0.5, 1.0]), dice.randrange(3))
    elif step == "store":
        machine.store_changes(dice.choice([0.0, 0.3, 1.0]))
    elif step == "spoil":
        machine.spoil_the_file()
    elif step == "forget":
        machine.forget()
    elif step == "wait":
        machine.wait()
    machine.check()


STEPS = (40, 25, 8, 5, 5, 3, 7, 7)
