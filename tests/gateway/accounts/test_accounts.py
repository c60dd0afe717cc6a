"""Limits, budgets and the ledger round real deployments of a gateway."""

import asyncio
import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.errors import (
    ConfigurationError,
    ContentFilterError,
    InsufficientFundsError,
    RateLimitError,
    UpstreamProviderError,
)
from onevec.gateway import Caller, Gateway, parse, preflight
from onevec.gateway.access.policy import Budget, Policy
from onevec.gateway.accounts.bookkeeping import store
from onevec.gateway.accounts.charges import outcome_of
from onevec.gateway.accounts.ledger import Outcome, Sums
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Usage

CONFIG = """
[ledger]
url = "sqlite:///usage.db"
flush = 60
[deployments.free]
model = "local:fake"
[deployments.paid]
model = "openai:fake"
api_key = "env:KEY"
price = 0.02
"""

WITHOUT_LEDGER = CONFIG[CONFIG.index("[deployments") :]

DAY = Budget.parse("1M tokens/day")
MONEY = Budget.parse("1 USD/month")
ALICE = Caller("alice", "key", Policy(budgets=(DAY, MONEY)))


class Moody(FakeEmbedder):
    """Answers with a usage of its own, or fails, or takes its time; as the text says."""

    async def aembed(self, request):
        word, _, tokens = str(request.inputs[0]).partition(" ")
        if word == "fail":
            raise UpstreamProviderError("no", provider="fake")
        if word == "filter":
            raise ContentFilterError("no")
        if word == "wait":
            await asyncio.Event().wait()
        result = self.embed(request)
        usage = Usage(None, None) if word == "unknown" else Usage(int(tokens or 3), int(tokens or 3))
        return replace(result, usage=usage)


class Finder:
    def find(self, model, endpoint):
        return Moody(), model.partition(":")[2]


@pytest.fixture
async def gateway(witness, tmp_path):
    witness("sqlalchemy")
    made = Gateway.from_config(parse(CONFIG, str(tmp_path / "onevec.toml")), Finder(), {"KEY": "k"})
    yield made
    await made.aclose()


async def ask(gateway, text, deployment="paid", caller=ALICE):
    chosen = gateway.served(caller).route(header=deployment)
    request = EmbedRequest(deployment, (text,))
    async with gateway.charge(caller, chosen, request) as charge:
        charge.used(await chosen.embedder.aembed(request))


def used(gateway):
    budgets = gateway.accounts.budgets
    return budgets.used("key:alice", DAY), budgets.used("key:alice", MONEY)


async def sums(gateway, *by):
    """What the ledger holds at its end."""
    await asyncio.to_thread(gateway.books.ledger.close)
    reader = store(gateway.config)
    found = {tuple(row.pop(name) for name in by): Sums(**row) for row in reader.sums(by)}
    reader.close()
    return found


async def test_tokens_and_money_are_counted_as_they_were_used(gateway):
    await ask(gateway, "as 1000")
    assert used(gateway) == (1000, 20_000)
    await ask(gateway, "as 500", deployment="free")
    assert used(gateway) == (1500, 20_000)
    await ask(gateway, "unknown usage, 8 tokens by estimate")
    assert used(gateway) == (1509, 20_180)
    assert await sums(gateway, "deployment") == {
        ("paid",): Sums(2, 2, 1009, 9, 0, 20_180),
        ("free",): Sums(1, 1, 500, 0, 0, 0),
    }


async def test_what_became_of_a_request_is_written_down(gateway):
    await ask(gateway, "fine")
    for text, kind in (("fail", UpstreamProviderError), ("filter", ContentFilterError)):
        with pytest.raises(kind):
            await ask(gateway, text)
    task = asyncio.ensure_future(ask(gateway, "wait"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(InsufficientFundsError):
        await ask(gateway, "x" * 5_000_000)
    assert used(gateway) == (3, 60)
    await ask(gateway, "fine", caller=Caller("10.0.0.1", "address"))
    assert await sums(gateway, "kind", "caller", "outcome") == {
        ("key", "alice", "answered"): Sums(1, 1, 3, 0, 0, 60),
        ("key", "alice", "dropped"): Sums(1, 1),
        ("key", "alice", "failed"): Sums(1, 1),
        ("key", "alice", "refused"): Sums(2, 2),
        ("address", "-", "answered"): Sums(1, 1, 3, 0, 0, 60),
    }


async def test_the_numbers_of_a_key_win_over_those_of_everybody(tmp_path):
    config = parse(
        CONFIG.replace('[ledger]\nurl = "sqlite:///usage.db"\nflush = 60', "[limits]\nrequests_per_minute = 1")
    )
    gateway = Gateway.from_config(config, Finder(), {"KEY": "k"})
    more = Caller("more", "key", Policy(requests_per_minute=3, tokens_per_minute=100))
    for _ in range(3):
        await ask(gateway, "fine", caller=more)
    with pytest.raises(RateLimitError, match="limit of 3 requests"):
        await ask(gateway, "fine", caller=more)
    await ask(gateway, "fine", caller=ALICE)
    with pytest.raises(RateLimitError, match="limit of 1 requests"):
        await ask(gateway, "fine", caller=ALICE)
    charge = gateway.charge(more, gateway.deployments["free"], EmbedRequest("free", ("a",)))
    with pytest.raises(RateLimitError):
        await charge.__aenter__()
    assert charge.headers["x-ratelimit-limit-requests"] == "3"
    assert charge.headers["x-ratelimit-limit-tokens"] == "100"
    await gateway.aclose()


async def test_budgets_go_on_after_the_process_has_been_started_again(gateway, tmp_path):
    await ask(gateway, "as 1000")
    await gateway.aclose()
    again = Gateway.from_config(gateway.config, Finder(), {"KEY": "k"})
    assert used(again) == (1000, 20_000)
    await again.aclose()


async def test_the_ledger_tells_what_hundreds_at_once_were_charged(gateway):
    rng = random.Random(3)
    callers = [Caller(f"caller-{number}", "key", Policy(budgets=(DAY, MONEY))) for number in range(5)]
    words = ["as", "as", "as", "unknown", "fail"]
    texts = [(rng.choice(callers), f"{rng.choice(words)} {rng.randrange(2000)}") for _ in range(400)]
    await asyncio.gather(*(ask(gateway, text, caller=caller) for caller, text in texts), return_exceptions=True)
    found = await sums(gateway, "caller")
    for caller in callers:
        told = found[caller.name,]
        assert told.requests == sum(one is caller for one, _ in texts)
        assert told.tokens == gateway.accounts.budgets.used(caller.id, DAY)
        assert told.nanodollars == gateway.accounts.budgets.used(caller.id, MONEY) > 0
    tokens = [int(text.split()[1]) for _, text in texts if text.startswith("as")]
    guessed = [-(-len(text) // 4) for _, text in texts if text.startswith("unknown")]
    assert sum(one.tokens for one in found.values()) == sum(tokens) + sum(guessed)
    assert sum(one.estimated_tokens for one in found.values()) == sum(guessed)


STEPS = st.lists(
    st.tuples(st.sampled_from(["as 5", "as 5000", "unknown", "fail", "filter", "wait"]), st.booleans()), max_size=12
)


@settings(deadline=None)
@given(STEPS)
def test_budgets_equal_usage_whatever_becomes_of_requests(steps):
    async def everything():
        gateway = Gateway.from_config(parse(WITHOUT_LEDGER), Finder(), {"KEY": "k"})
        tasks = [asyncio.ensure_future(ask(gateway, text)) for text, _ in steps]
        for _ in range(3):
            await asyncio.sleep(0)
        for task, (text, cancelled) in zip(tasks, steps, strict=True):
            if cancelled or text == "wait":
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        await gateway.aclose()
        return used(gateway), ended

    (tokens, money), ended = asyncio.run(everything())
    answered = [text for (text, _), end in zip(steps, ended, strict=True) if end is None]
    assert tokens == sum(2 if text == "unknown" else int(text.split()[1]) for text in answered)
    assert money == tokens * 20


def test_outcomes():
    assert outcome_of(RateLimitError("busy", status=503)) == Outcome.REFUSED
    assert outcome_of(asyncio.CancelledError()) == Outcome.DROPPED
    assert outcome_of(RuntimeError()) == outcome_of(None) == Outcome.FAILED


MODEL = '[deployments.m]\nmodel = "local:m"\n'


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[redis]\nurl = "env:NOT_SET"', "c.toml:4: redis.url: the environment variable NOT_SET"),
        ('[redis]\nurl = "env:WRONG"', "c.toml:4: redis.url: the URL is none of a Redis"),
        ('[ledger]\nurl = "env:NOT_SET"', "c.toml:4: ledger.url: the environment variable NOT_SET"),
        ('[ledger]\nurl = "env:WRONG"', "c.toml:4: ledger.url: the ledger's URL is none"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_loaded(witness, section, said):
    witness("redis")
    witness("sqlalchemy")
    with pytest.raises(ConfigurationError) as caught:
        preflight(parse(MODEL + section, "c.toml"), {"WRONG": "sk-very-secret"})
    assert caught.value.message.startswith(said)
    assert "sk-very" not in caught.value.message


async def test_passwords_are_in_no_log_and_no_repr_while_everything_is_away(witness, caplog, tmp_path):
    witness("redis")
    witness("psycopg")
    caplog.set_level("DEBUG")
    toml = f'[limits]\nrequests_per_minute = 9\n[redis]\nurl = "env:R"\n[ledger]\nurl = "env:L"\n{WITHOUT_LEDGER}'
    places = {"R": "redis://:sk-very-secret@127.0.0.1:1", "L": "postgresql://onevec:sk-very-secret@127.0.0.1:1/usage"}
    gateway = Gateway.from_config(parse(toml, str(tmp_path / "c.toml")), Finder(), {"KEY": "k", **places})
    await ask(gateway, "as 1000")
    assert used(gateway) == (1000, 20_000)
    assert (gateway.books.redis.shared.up, gateway.books.ledger.up) == (False, False)
    assert gateway.books.ledger.pending == 1
    await gateway.aclose()
    said = [record.getMessage() for record in caplog.records if record.name == "onevec.gateway"]
    assert len(said) == 3
    assert all(word in " ".join(said) for word in ("Redis does not answer", "kept in memory", "that are lost: 1"))
    for shown in (caplog.text, repr(gateway.books), repr(vars(gateway.books.redis.shared)), repr(gateway.config)):
        assert "sk-very-secret" not in shown


WITHOUT = """
import sys
sys.modules[{module!r}] = None
from onevec.gateway import parse, preflight
preflight(parse({toml!r}, "c.toml"))
"""


@pytest.mark.parametrize(
    ("module", "section", "said"),
    [
        (
            "redis",
            '[redis]\nurl = "redis://h"',
            "c.toml:4: redis.url: [redis] needs redis-py: pip install 'onevec[redis]'",
        ),
        ("sqlalchemy", "[ledger]", "c.toml:3: ledger.url: [ledger] needs SQLAlchemy: pip install 'onevec[ledger]'"),
        ("psycopg", '[ledger]\nurl = "postgresql://h/d"', "needs psycopg: pip install 'onevec[ledger,postgres]'"),
    ],
)
def test_an_extra_that_is_missing_is_named(witness, module, section, said):
    witness("sqlalchemy")
    program = WITHOUT.format(module=module, toml=MODEL + section)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert said in done.stderr.splitlines()[-1]
