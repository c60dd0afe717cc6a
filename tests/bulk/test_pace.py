import math

from hypothesis import given
from hypothesis import strategies as st

from onevec.bulk.pace import LONGEST, Pace


def test_it_grows_by_one_a_round_and_halves_at_a_refusal():
    pace = Pace(64)
    assert pace.limit == 4
    for _ in range(4):
        pace.answered()
    assert 4.8 < pace.limit <= 5
    pace.refused(began=0.0, now=1.0)
    assert 2.4 < pace.limit <= 2.5


def test_those_refused_together_count_once():
    pace = Pace(64, limit=16)
    for _ in range(5):
        pace.refused(began=0.0, now=1.0, asked=0.0)
    assert pace.limit == 8
    pace.refused(began=1.5, now=2.0, asked=0.0)
    assert pace.limit == 4


def test_it_waits_as_long_as_it_is_asked_to():
    pace = Pace(8)
    pace.refused(began=0.0, now=10.0, asked=3.0)
    assert pace.wait(11.0) == 2.0
    assert pace.wait(13.0) == 0.0


def test_pauses_that_nobody_asks_for_double():
    pace, now, pauses = Pace(8), 0.0, []
    for _ in range(10):
        pace.refused(now, now)
        pauses.append(pace.wait(now))
        now += pauses[-1]
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert pauses[-1] == LONGEST
    pace.answered()
    pace.refused(now, now)
    assert pace.wait(now) == 1.0


@given(st.lists(st.sampled_from(["begin", "end", "answered", "refused"]), max_size=200), st.integers(1, 32))
def test_never_more_than_the_most_and_never_none(events, most):
    pace, running, now = Pace(most), 0, 0.0
    for event in events:
        now += 1.0
        if event == "begin" and pace.wait(now + LONGEST) == 0:
            pace.begin()
            running += 1
        elif event != "begin" and running:
            pace.end()
            running -= 1
            if event != "end":
                pace.answered() if event == "answered" else pace.refused(now, now)
        assert 1 <= pace.limit <= most
        assert running <= most
        assert (pace.wait(now) == math.inf) == (running >= int(pace.limit))
