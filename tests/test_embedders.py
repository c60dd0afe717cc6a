"""Who keeps what, and for how long."""

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
