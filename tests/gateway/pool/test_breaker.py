from hypothesis import given
from hypothesis import strategies as st

from onevec.gateway.pool.breaker import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, Breaker


def broken(now=0.0):
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.started()
        breaker.failed(now)
    return breaker


def test_some_failures_in_a_row_break_it_and_no_fewer():
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(0.0)
    assert (breaker.open, breaker.wait(0.0)) == (False, 0.0)
    breaker.answered()
    for _ in range(FAILURES - 1):
        breaker.failed(0.0)
    assert not breaker.open
    breaker.failed(0.0)
    assert (breaker.open, breaker.wait(0.0)) == (True, FIRST_PAUSE)


def test_after_the_pause_one_probe_may_try():
    breaker = broken()
    assert breaker.wait(FIRST_PAUSE) == 0.0
    breaker.started()
    assert breaker.probing
    assert breaker.wait(FIRST_PAUSE) > 0
    breaker.answered()
    assert (breaker.open, breaker.wait(FIRST_PAUSE)) == (False, 0.0)


def test_each_probe_that_fails_doubles_the_pause_up_to_a_bound():
    breaker, now, pauses = broken(), FIRST_PAUSE, []
    for _ in range(10):
        breaker.started()
        breaker.failed(now)
        pauses.append(breaker.wait(now))
        now += pauses[-1]
    assert pauses[:3] == [2.0, 4.0, 8.0]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_last_hope_is_tried_after_the_first_pause_however_often_it_failed():
    breaker, now = broken(), FIRST_PAUSE
    for _ in range(5):
        breaker.started()
        breaker.failed(now)
        assert breaker.wait(now, last_hope=True) == FIRST_PAUSE
        now += FIRST_PAUSE
        assert breaker.wait(now, last_hope=True) == 0
        assert breaker.wait(now) > 0
    breaker.rests(now, 30.0)
    assert breaker.wait(now, last_hope=True) == 30.0


def test_a_probe_that_nobody_waits_for_leaves_room_for_the_next():
    breaker = broken()
    breaker.started()
    breaker.dropped()
    assert breaker.open
    assert breaker.wait(FIRST_PAUSE) == 0.0


def test_whoever_asks_for_a_pause_gets_it_and_has_not_failed():
    breaker = Breaker()
    breaker.rests(10.0, 7.0)
    assert (breaker.open, breaker.wait(12.0), breaker.wait(17.0)) == (False, 5.0, 0.0)
    breaker.rests(0.0, 1e9)
    assert breaker.wait(0.0) == 10 * LONGEST_PAUSE


def test_a_shorter_wait_does_not_end_a_longer_one():
    breaker = broken()
    breaker.rests(0.0, 30.0)
    breaker.failed(0.0)
    assert breaker.wait(0.0) == 30.0


@given(st.lists(st.sampled_from(["started", "answered", "failed", "dropped", "rests"])), st.floats(0, 1e6))
def test_it_never_stays_broken_for_ever(events, start):
    breaker, now = Breaker(), start
    for event in events:
        now += 1.0
        getattr(breaker, event)(*{"failed": (now,), "rests": (now, 5.0)}.get(event, ()))
    breaker.dropped()
    assert breaker.wait(now + breaker.wait(now) + 1e-6) == 0.0
