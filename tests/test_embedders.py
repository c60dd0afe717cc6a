"""Who keeps what, and for how long."""

import asyncio
import threading

import pytest

from onevec.embedders import Embedders, Endpoint, Store


class Costly:
    def __init__(self):
        self.closed = 0

    def close(self):
        self.closed += 1


def test_a_thing_is_closed_with_its_last_user():
    store, one, other = Store(), object(), object()
    both = store.take(one, "both", Costly)
    assert store.take(other, "both", Costly) is both
    alone = store.take(one, "alone", Costly)
    store.release(one)
    assert (both.closed, alone.closed) == (0, 1)
    assert store.get(other, "both") is both
    assert store.get(one, "both") is None
    store.release(other)
    store.release(other)
    assert (both.closed, alone.closed) == (1, 1)
    assert store.take(one, "both", Costly) is not both


def test_only_who_wants_the_same_thing_waits_while_it_is_made():
    store, user, making, go, made = Store(), object(), threading.Event(), threading.Event(), []

    def slowly():
        making.set()
        assert go.wait(20)
        made.append(Costly())
        return made[0]

    threads = [threading.Thread(target=store.take, args=(user, "slow", slowly)) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert making.wait(20)
    quick = store.take(user, "quick", Costly)
    assert store.get(user, "slow") is None
    go.set()
    for thread in threads:
        thread.join(20)
    assert len(made) == 1
    store.release(user)
    assert (made[0].closed, quick.closed) == (1, 1)


async def test_the_event_loop_goes_on_while_a_model_is_loaded(monkeypatch):
    begun, go = threading.Event(), threading.Event()

    def load(_model, _options):
        begun.set()
        assert go.wait(20)
        return Costly()

    monkeypatch.setattr("onevec.embedders.engine.load", load)
    embedders = Embedders()
    loading = asyncio.create_task(embedders.afind("local:gist", Endpoint()))
    assert await asyncio.to_thread(begun.wait, 20)
    late = threading.Timer(5, go.set)
    late.start()
    await embedders.afind("openai:m", Endpoint(api_key="k"))
    assert not go.is_set()
    late.cancel()
    go.set()
    await loading
    embedders.close()


def test_making_that_fails_leaves_nothing_behind():
    store, user = Store(), object()
    quick = store.take(user, "quick", Costly)
    with pytest.raises(ZeroDivisionError):
        store.take(user, "never", lambda: 1 / 0)
    store.release(user)
    assert quick.closed == 1


def test_a_successor_shares_models():
    old = Embedders()
    found, _ = old.find("local:gist", Endpoint())
    new = old.successor()
    assert new.find("local:gist", Endpoint())[0] is found
    old.close()
    assert Embedders().find("local:gist", Endpoint())[0] is not found
    again = new.successor()
    assert again.find("local:gist", Endpoint())[0] is found
    new.close()
    again.close()


def test_processes_divide_the_threads_unless_a_model_says():
    one = Embedders.one_of(1000)
    key, _ = one._local("m", Endpoint())
    assert key[2].threads == 1
    key, _ = one._local("m", Endpoint(client_args={"threads": 3}))
    assert key[2].threads == 3
    assert Embedders.one_of(1)._local("m", Endpoint())[0][2].threads is None
