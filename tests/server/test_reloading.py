"""A reload without a socket: what is swapped, what survives, what is closed and when."""

import asyncio
import json
import logging
import signal
import threading

import pytest

from onevec.embedders import Endpoint
from onevec.errors import ConfigurationError
from onevec.gateway import Caller, Gateway, parse
from onevec.gateway.succession import heritage, successor
from onevec.server.processes.recipe import Recipe, settled
from onevec.server.processes.reloading import Reloading, Served
from onevec.server.processes.service import Hangups
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest

ONE = '[deployments.one]\nmodel = "local:fake"\n'
TWO = '[deployments.two]\nmodel = "local:fake"\n'


class Finder:
    def __init__(self, embedder):
        self.embedder = embedder

    def find(self, model: str, endpoint: Endpoint):
        return self.embedder, "fake"


def served(toml, embedder=None, close=lambda: None):
    config = parse(toml)
    return Served(config, Gateway.from_config(config, Finder(embedder or FakeEmbedder()), {}), close)


async def ask(app, model, path="/v1/embeddings"):
    """Status and body of a request without a socket."""
    sent, body = [], json.dumps({"model": model, "input": "a"}).encode()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def send(message):
        sent.append(message)

    async def receive():
        if messages:
            return messages.pop()
        return await asyncio.get_running_loop().create_future()

    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    method = "GET" if path == "/metrics" else "POST"
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers, "client": None}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


async def test_a_request_under_way_ends_where_it_began(held):
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()
    old = served(ONE, held, lambda: loop.call_soon_threadsafe(closed.set))
    app = Reloading(old, lambda before: served(TWO))
    slow = asyncio.create_task(ask(app, "one"))
    await asyncio.to_thread(held.arrived.acquire)
    assert await app.reload()
    assert (await ask(app, "two"))[0] == 200
    assert (await ask(app, "one"))[0] == 404
    assert not closed.is_set()
    held.release()
    assert (await slow)[0] == 200
    await asyncio.wait_for(closed.wait(), 10)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (ConfigurationError("c.toml:2: server.prot: no"), "c.toml:2: server.prot"),
        (ValueError("x"), "could not be read"),
    ],
)
async def test_wrong_settings_change_nothing(fault, said, caplog):
    def renew(before):
        raise fault

    app = Reloading(served(ONE), renew)
    assert not await app.reload()
    assert (await ask(app, "one"))[0] == 200
    assert said in caplog.text
    page = (await ask(app, "one", "/metrics"))[1].decode()
    assert 'onevec_config_reloads_total{outcome="refused"} 1.0' in page


async def test_reloads_are_taken_one_at_a_time():
    gate, entered, together, most = threading.Semaphore(0), threading.Semaphore(0), [], []

    def renew(before):
        together.append(1)
        most.append(len(together))
        entered.release()
        gate.acquire()
        together.pop()
        return served(TWO)

    app = Reloading(served(ONE), renew)
    app.ask()
    await asyncio.to_thread(entered.acquire)
    for _ in range(5):
        app.ask()
    gate.release(2)
    await app._turn
    assert most == [1, 1]  # the five that came meanwhile are one


async def test_figures_go_on_and_those_of_a_deployment_that_is_gone_end():
    embedder = FakeEmbedder()
    app = Reloading(served(ONE, embedder), lambda before: served(TWO, embedder))
    await ask(app, "one")
    await app.reload()
    await ask(app, "two")
    page = (await ask(app, "two", "/metrics"))[1].decode()
    assert 'onevec_requests_total{dialect="openai",route="/v1/embeddings",status="200"} 2.0' in page
    assert 'onevec_queue_requests{deployment="two"} 0.0' in page
    assert 'onevec_queue_requests{deployment="one"}' not in page
    assert 'onevec_config_reloads_total{outcome="ok"} 1.0' in page
    assert "onevec_config_loaded_timestamp_seconds 1." in page


async def test_a_model_that_outlives_a_reload_is_told_an_observer_equal_to_the_one_before():
    class Batching(FakeEmbedder):
        def __init__(self):
            super().__init__()
            self.observers = []

        def on_batch(self, observer):
            self.observers.append(observer)

    model = Batching()
    app = Reloading(served(ONE, model), lambda before: served(ONE, model))
    assert await app.reload()
    old, new = model.observers
    assert old == new
    for observer in (old, new):
        observer(3, 30)
    page = (await ask(app, "one", "/metrics"))[1].decode()
    assert 'onevec_batch_texts_sum{deployment="one"} 3.0' in page


async def test_a_stop_closes_what_is_served():
    closed = threading.Event()
    app = Reloading(served(ONE, close=closed.set), lambda before: before)
    messages, sent = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}], []

    async def receive():
        return messages.pop()

    async def send(message):
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert closed.is_set()


async def test_what_took_over_from_another_is_closed_after_it(held):
    """The second closes what the third does not want, and the first may still be at work with it."""
    closed, later = [], iter("23")
    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    def close(number):
        closed.append(number)
        if number == "2":
            loop.call_soon_threadsafe(over.set)

    def next_one(_before):
        number = next(later)
        return served(TWO, close=lambda: close(number))

    app = Reloading(served(ONE, held, lambda: close("1")), next_one)
    slow = asyncio.create_task(ask(app, "one"))
    await asyncio.to_thread(held.arrived.acquire)
    assert await app.reload()
    assert await app.reload()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(over.wait(), 0.2)
    held.release()
    assert (await slow)[0] == 200
    await asyncio.wait_for(over.wait(), 10)
    assert closed == ["1", "2"]


async def test_one_that_cannot_be_closed_is_noted_and_keeps_no_other(caplog):
    def close():
        raise OSError("gone")

    over, loop = asyncio.Event(), asyncio.get_running_loop()
    turns = iter([served(TWO, close=lambda: loop.call_soon_threadsafe(over.set)), served(ONE)])
    app = Reloading(served(ONE, close=close), lambda _before: next(turns))
    assert await app.reload()
    assert await app.reload()
    await asyncio.wait_for(over.wait(), 10)
    assert "could not be closed" in caplog.text


async def test_counts_survive_where_the_limits_are_the_same():
    limited = ONE + "[limits]\nrequests_per_minute = 5\n"
    old = Gateway.from_config(parse(limited), Finder(FakeEmbedder()), {})
    await old.accounts.limits.admit("key:a", 1)
    same = successor(old, parse(TWO + "[limits]\nrequests_per_minute = 5\n"), Finder(FakeEmbedder()), {})
    assert (await same.accounts.limits.headers("key:a"))["x-ratelimit-remaining-requests"] == "4"
    other = heritage(same, parse(ONE + "[limits]\nrequests_per_minute = 6\n")).accounts
    assert other.limits is not same.accounts.limits
    assert other.budgets is same.accounts.budgets


async def test_a_ledger_goes_on_over_a_reload_and_is_closed_by_the_last(witness, tmp_path):
    witness("sqlalchemy")
    text = ONE + f"[ledger]\nurl = 'sqlite:///{tmp_path}/usage.db'\nflush = 60\n"
    old = Gateway.from_config(parse(text), Finder(FakeEmbedder()), {})
    new = successor(old, parse(text), Finder(FakeEmbedder()), {})
    assert new.books.ledger is old.books.ledger
    caller, request = Caller("a", "key"), EmbedRequest("m", ("a text",))
    for gateway in (old, new):
        deployment = next(iter(gateway.deployments.values()))
        async with gateway.charge(caller, deployment, request) as charge:
            charge.used(await deployment.embedder.aembed(request))
    await old.aclose()
    assert new.books.ledger.pending == 1
    await new.aclose()
    assert new.books.ledger.pending == 0
    from onevec.gateway.accounts.bookkeeping import store

    [row] = store(parse(text)).sums(by=["caller"])
    assert row["requests"] == 2


def test_what_cannot_change_stays_and_is_told(caplog):
    caplog.set_level(logging.WARNING)
    before = parse(ONE + "[server]\nport = 1\nlog_level = 'info'\n")
    config = settled(parse(TWO + "[server]\nport = 2\nhost = '0.0.0.0'\nlog_level = 'debug'\ndeadline = 3\n"), before)
    assert (config.server.port, config.server.host, config.server.log_level) == (1, "127.0.0.1", "info")
    assert config.server.deadline == 3
    assert "server.host, server.port, server.log_level cannot change" in caplog.text
    caplog.clear()
    settled(before, before)
    assert not caplog.text


def test_who_may_call_is_checked_where_the_server_listens(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(ONE + '[server]\nhost = "0.0.0.0"\n[auth]\nnone = true\n')
    recipe = Recipe(path=path)
    before = recipe.read()
    assert recipe.again(before) == before
    path.write_text(ONE)  # right for an address of this machine alone
    recipe.read()
    with pytest.raises(ConfigurationError, match=r"0\.0\.0\.0 can be reached from other machines"):
        recipe.again(before)


def test_the_command_line_wins_each_time(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(ONE + "[server]\nport = 1\ndeadline = 5\n")
    recipe = Recipe(path=path, server={"port": 9})
    before = recipe.read()
    path.write_text(ONE + "[server]\nport = 2\ndeadline = 6\n")
    after = recipe.again(before)
    assert (after.server.port, after.server.deadline) == (9, 6)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_a_signal_while_models_are_loaded_is_remembered():
    before = signal.getsignal(signal.SIGHUP)
    try:
        hangups = Hangups()
        assert not hangups.heard
        signal.raise_signal(signal.SIGHUP)
        assert hangups.heard
    finally:
        signal.signal(signal.SIGHUP, before)
