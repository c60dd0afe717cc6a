import inspect
import pickle
import re

import pytest

from onevec import errors
from onevec.errors import OnevecError

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, OnevecError)]


def test_the_tree_in_the_docstring_is_the_tree():
    tree = errors.__doc__.split("::")[1].split("``*``")[0]
    drawn = {name: (bool(star), status) for name, star, status in re.findall(r"(\w+Error)( \*)?(?: +(\d{3}))?", tree)}
    assert set(drawn) == {c.__name__ for c in CLASSES}
    for cls in CLASSES:
        star, status = drawn[cls.__name__]
        assert star == issubclass(cls, ValueError), cls
        assert not status or int(status) == cls.default_status, cls


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_carries_data_and_survives_pickling(cls):
    error = cls("m", provider="p", loc=("inputs", 3), value="v", retry_after=2.0, request_id="r")
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert (copy.param, copy.loc, str(copy)) == ("inputs", ("inputs", 3), "m")
    assert (copy.status, copy.code) == (cls.default_status, cls.default_code)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, None, errors.InvalidRequestError),
        (400, "context_length_exceeded", errors.ContextLengthExceededError),
        (400, "ContentFilter", errors.ContentFilterError),
        (401, None, errors.AuthenticationError),
        (403, "whatever", errors.AuthenticationError),
        (402, None, errors.InsufficientFundsError),
        (404, None, errors.ModelNotFoundError),
        (418, None, errors.InvalidRequestError),
        (429, None, errors.RateLimitError),
        (429, "insufficient_quota", errors.InsufficientFundsError),
        (500, None, errors.UpstreamProviderError),
        (503, None, errors.UpstreamProviderError),
        (504, None, errors.GatewayTimeoutError),
    ],
)
def test_a_providers_error_is_classified_by_code_and_status(status, code, expected):
    assert errors.error_type(status, code) is expected
