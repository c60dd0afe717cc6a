import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import GatewayTimeoutError, ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest, RetryPolicy, Sleep, Work, with_retries
from onevec.wires.faults import asked_wait, error_code

REQUEST = HttpRequest("POST", "https://example.com/v1/embeddings", {"authorization": "Bearer sk-secret"}, b"{}")
OK = HttpReply(200, {}, b"{}")


def reply(status, body=b"{}", **headers):
    return HttpReply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


class Run:
    """An exchange whose steps are written down; each answer is a reply or a failure of the transport."""

    def __init__(self, *answers, policy=None, signer=None):
        self.steps = []
        self.result = None
        exchange = with_retries(
            REQUEST, policy or RetryPolicy(), random.Random(0).random, error_code, signer, asked_wait
        )
        rest = iter(answers)
        try:
            step = next(exchange)
            while True:
                self.steps.append(step)
                if isinstance(step, Work):
                    step.do()
                    step = exchange.send(None)
                    continue
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
    assert [type(step) for step in run.steps] == [HttpRequest, *3 * [Sleep, HttpRequest]]
    assert [pause > 0 for pause in run.sleeps] == [False, True, True]


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


def test_a_request_never_shows_its_key():
    assert "sk-secret" not in repr(REQUEST)
    assert "sk-secret" not in repr(Run(OK).steps)


# --- signers


class Counter:
    """Signs with how often it was renewed, and grows stale after so many signatures."""

    secrets = ()

    def __init__(self, lasts=100):
        self.renewals = 0
        self.signed = 0
        self.lasts = lasts
        self.rejected = []

    @property
    def stale(self):
        return self.renewals == 0 or self.signed >= self.lasts

    def renew(self):
        self.renewals, self.signed = self.renewals + 1, 0

    def sign(self, request):
        self.signed += 1
        return HttpRequest("POST", request.url, {"authorization": f"{self.renewals}.{self.signed}"})

    def refused(self, request):
        self.rejected.append(request.headers["authorization"])
        self.signed = self.lasts
        return True


def signatures(run):
    return [step.headers["authorization"] for step in run.steps if isinstance(step, HttpRequest)]


def test_each_try_is_signed_anew():
    run = Run(reply(503), ProviderConnectionError("lost"), OK, signer=Counter())
    assert signatures(run) == ["1.1", "1.2", "1.3"]


def test_what_has_grown_stale_between_two_tries_is_renewed_first():
    run = Run(reply(503), reply(503), OK, signer=Counter(lasts=2))
    assert signatures(run) == ["1.1", "1.2", "2.1"]
    assert [type(step) for step in run.steps] == [Work, HttpRequest, Sleep, HttpRequest, Sleep, Work, HttpRequest]


EXPIRED = b'{"__type": "ExpiredTokenException", "message": "The security token included in the request is expired"}'


@pytest.mark.parametrize("refusal", [reply(401), reply(403, EXPIRED, x_amzn_errortype="ExpiredTokenException:http")])
def test_an_expired_proof_is_renewed_once_and_at_once(refusal):
    signer = Counter()
    run = Run(refusal, OK, signer=signer)
    assert run.result is OK
    assert signatures(run) == ["1.1", "2.1"]
    assert (signer.rejected, run.sleeps) == (["1.1"], [])
    again = Run(refusal, refusal, signer=Counter())
    assert (again.result.status, signatures(again)) == (refusal.status, ["1.1", "2.1"])


def test_a_refusal_that_no_renewal_mends_is_the_answer():
    run = Run(reply(403), signer=Counter())
    assert (run.result.status, signatures(run)) == (403, ["1.1"])


def test_google_says_in_the_body_how_long():
    body = b"""{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": [
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}]}}"""
    assert Run(reply(429, body), OK).sleeps == [34.5]
    assert Run(reply(429, body, retry_after="2"), OK).sleeps == [2.0]
