import threading

import pytest

from onevec.bulk.threads import Behind, Later, ahead
from onevec.errors import OnevecError


def test_items_come_in_order_and_few_are_made_before_they_are_wanted():
    made, full = [], threading.Event()

    def items():
        for i in range(100):
            made.append(i)
            if i == 3:
                full.set()
            yield i

    got = ahead(items(), 2)
    assert next(got) == 0
    assert full.wait(10)
    assert len(made) <= 4
    assert list(got) == list(range(1, 100))


def test_what_making_them_raises_is_raised_in_its_turn():
    def items():
        yield 1
        raise OnevecError("broken")

    got = ahead(items(), 4)
    assert next(got) == 1
    with pytest.raises(OnevecError, match="broken"):
        next(got)


def test_closing_ends_the_thread():
    got = ahead(iter(range(10**9)), 2)
    next(got)
    got.close()
    assert not [one for one in threading.enumerate() if one.name == "onevec-bulk-reader"]


def test_an_item_that_never_comes_holds_nobody_up():
    never, asked = threading.Event(), []

    def items():
        yield 1
        never.wait()

    def stopped():
        asked.append(None)
        return len(asked) > 1

    got = ahead(items(), 2, stopped)
    assert list(got) == [1]
    assert len(asked) == 2
    never.set()


def test_all_that_is_put_is_taken_before_it_is_closed():
    taken = []
    behind = Behind(taken.append, 2)
    for i in range(50):
        behind.put(i)
    behind.close()
    assert taken == list(range(50))
    behind.close()


def test_nothing_is_taken_after_a_failure():
    taken = []

    def take(item):
        taken.append(item)
        raise OnevecError("full")

    behind = Behind(take, 2)
    behind.put(1)
    with pytest.raises(OnevecError, match="full"):
        [behind.put(i) for i in range(100)]
    with pytest.raises(OnevecError, match="full"):
        behind.close()
    assert taken == [1]


def test_what_comes_later_is_none_until_it_is_there():
    go, there = threading.Event(), threading.Event()

    def make():
        go.wait(10)
        there.set()
        return 7

    later = Later(make)
    assert later.value is None
    go.set()
    assert there.wait(10)
