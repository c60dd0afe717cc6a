import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.waits import duration, retry_after

NAMES = [
    "retry-after", "retry-after-ms", "date", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
    "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | st.sampled_from(["0", "1m", "9" * 40])))
def test_no_header_is_too_strange(headers):
    seconds = retry_after(headers)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0.0), ("1.5s", 1.5), ("6m0s", 360.0), ("1h2m3s", 3723.0), ("20ms", 0.02), ("1s20ms", 1.02),
        ("s", None), ("5", None), ("-3s", None), ("1s1h", None), (5, None), (None, None), (["1s"], None),
    ],
)  # fmt: skip
def test_a_duration(text, seconds):
    assert duration(text) == seconds


def test_the_allowance_that_is_used_up_says_how_long():
    empty = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2"}
    left = {"x-ratelimit-remaining-tokens": "900", "x-ratelimit-reset-tokens": "1h"}
    assert retry_after(empty | left) == 2.0
    assert retry_after(left) is None
    assert retry_after(empty | left | {"x-ratelimit-remaining-tokens": "0"}) == 3600.0
    assert retry_after(empty | {"retry-after": "7"}) == 7.0
