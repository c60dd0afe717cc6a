import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import GatewayTimeoutError, ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest, RetryPolicy, Sleep, retry_after, with_retries
from onevec.wires.faults import error_code

REQUEST = HttpRequest("POST", "https://example.com/v1/embeddings", {"authorization": "Bearer sk-secret"}, b"{}")
OK = HttpReply(200, {}, b"{}")


def reply(status, body=b"{}", **headers):
    return HttpReply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


class Run:
    """An exchange whose steps are written down; each answer is a reply or a failure of the transport."""

    def __init__(self, *answers, policy=None):
        self.steps = []
        self.result = None
        exchange = with_retries(REQUEST, policy or RetryPolicy(), random.Random(0).random, error_code)
        rest = iter(answers)
        try:
            step = next(exchange)
            while True:
                self.steps.append(step)
                answer = None if isinstance(step, Sleep) else next(rest)
                step = exchange.throw(answer) if isinstance(answer, Exception) else exchange.send(answer)
        except StopIteration as stop:
            self.result = stop.value

    @property
    def sleeps(self):
        return [step.seconds for step in self.steps if isinstance(step, Sleep)]


def test_a_success_is_one_request():
    run = Run(OK)
    assert run.steps == [REQUEST]
    assert run.result is OK


@pytest.mark.parametrize("status", sorted(RetryPolicy().statuses))
def test_statuses_that_pass_are_tried_again(status):
    run = Run(reply(status), OK)
    assert run.result is OK
    assert run.steps == [REQUEST, Sleep(run.sleeps[0]), REQUEST]


@pytest.mark.parametrize("status", [201, 301, 400, 401, 402, 403, 404, 413, 422, 501])
def test_statuses_that_stay_are_not(status):
    assert Run(reply(status)).result.status == status


def test_the_last_reply_is_the_result_whatever_it_says():
    run = Run(*[reply(503)] * 4)
    assert run.result.status == 503
    assert len(run.sleeps) == 3


def test_no_retries_at_all():
    assert Run(reply(429), policy=RetryPolicy(retries=0)).steps == [REQUEST]


@pytest.mark.parametrize("code", sorted(RetryPolicy().final_codes))
def test_an_account_without_credit_is_not_asked_again(code):
    body = b'{"error": {"message": "You exceeded your quota", "code": "%s"}}' % code.encode()
    run = Run(reply(429, body))
    assert run.result.body == body
    assert run.steps == [REQUEST]


def test_prose_decides_nothing():
    body = b'{"error": {"message": "not the same as insufficient_quota", "code": "rate_limit_exceeded"}}'
    assert Run(reply(429, body), OK).result is OK


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry_after": "2"}, 2.0),
        ({"retry_after": "1.5"}, 1.5),
        ({"retry_after_ms": "250"}, 0.25),
        ({"retry_after_ms": "250", "retry_after": "9"}, 0.25),
        ({"retry_after": "Fri, 20 Nov 2026 10:00:30 GMT", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
        ({"retry_after": "Fri, 20 Nov 2026 10:00:30 -0000", "date": "Fri, 20 Nov 2026 10:00:00 GMT"}, 30.0),
    ],
)
def test_the_provider_says_how_long(headers, seconds):
    assert Run(reply(429, **headers), OK).sleeps == [seconds]


def test_who_asks_for_too_long_is_not_waited_for():
    run = Run(reply(429, retry_after="61"))
    assert run.result.status == 429
    assert run.sleeps == []


@pytest.mark.parametrize("value", ["0", "²", "1.2.3", "9" * 400, "soon", "-3", "", "Fri, 20 Nov 2026 10:00:30 GMT"])
def test_a_wait_that_says_nothing_is_ours(value):
    (pause,) = Run(reply(429, retry_after=value), OK).sleeps
    assert 0.25 <= pause <= 0.5


def test_a_broken_connection_is_tried_again_at_once_and_then_with_pauses():
    lost = ProviderConnectionError("lost")
    run = Run(lost, lost, GatewayTimeoutError("late"), OK)
    assert run.result is OK
    assert [type(step) for step in run.steps] == [HttpRequest, HttpRequest, Sleep, HttpRequest, Sleep, HttpRequest]


def test_the_last_failure_is_raised():
    last = GatewayTimeoutError("late")
    with pytest.raises(GatewayTimeoutError) as caught:
        Run(*[ProviderConnectionError("lost")] * 3, last)
    assert caught.value is last


def test_an_error_that_is_no_failure_of_the_transport_goes_through():
    with pytest.raises(ZeroDivisionError):
        Run(ZeroDivisionError())


@given(failures=st.integers(1, 5000), jitter=st.floats(0, 1), base=st.floats(0.001, 10), longest=st.floats(0.01, 100))
def test_pauses_double_within_their_bounds(failures, jitter, base, longest):
    policy = RetryPolicy(base=base, longest=longest)
    full = min(longest, base * 2 ** min(failures - 1, 32))
    assert full / 2 <= policy.pause(failures, jitter) <= full
    assert policy.pause(failures, jitter) <= policy.pause(failures + 1, jitter)


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), st.text(max_size=40)))
def test_no_header_is_too_strange(headers):
    seconds = retry_after(headers)
    assert seconds is None or seconds >= 0


def test_a_request_never_shows_its_key():
    assert "sk-secret" not in repr(REQUEST)
    assert "sk-secret" not in repr(Run(OK).steps)
