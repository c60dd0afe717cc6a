"""What a client is told of each kind of error."""

import pytest

from onevec import errors
from onevec.server.refusals import refusal


def every_kind():
    found, queue = [], [errors.OnevecError]
    while queue:
        kind = queue.pop()
        found.append(kind)
        queue.extend(kind.__subclasses__())
    return found


INTERNAL = (errors.ConfigurationError, errors.DatasetError, errors.ModelError)


@pytest.mark.parametrize("kind", every_kind())
def test_every_kind_of_error(kind):
    told = refusal(kind("/a/path and a VARIABLE"), "id-1")
    if kind is errors.ModelUnavailableError:
        assert (told.status, told.retry_after) == (503, 5.0)
    elif issubclass(kind, INTERNAL) or kind is errors.OnevecError:
        assert (told.status, told.code) == (500, "internal_error")
        assert "id-1" in told.message
    else:
        assert (type(told), told.status) == (kind, kind.default_status)
        return
    assert "/a/path" not in told.message


@pytest.mark.parametrize("kind", [errors.AuthenticationError, errors.InsufficientFundsError, errors.ModelNotFoundError])
def test_a_providers_refusal_of_us_is_no_refusal_of_the_client(kind):
    told = refusal(kind("openai answered 401: bad key", provider="openai"), "id-1")
    assert told.status == 502
    assert "operator" in told.message
    assert "bad key" not in told.message


def test_a_503_always_says_when_to_come_back():
    assert refusal(errors.OnevecError("x", status=503, code="draining"), "i").retry_after
    assert refusal(errors.RateLimitError("x", status=503, retry_after=7.0), "i").retry_after == 7.0


def test_the_field_is_named_as_the_body_has_it():
    told = refusal(errors.InvalidRequestError("x", loc=("inputs", 3)), "i")
    assert (told.param, told.loc) == ("input", ("input", 3))
    told = refusal(errors.InvalidRequestError("x", loc=("inputs", 3)), "i", "texts")
    assert (told.param, told.loc) == ("texts", ("texts", 3))
