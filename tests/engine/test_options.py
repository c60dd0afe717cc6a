import pytest

from onevec.engine import LocalOptions
from onevec.errors import ConfigurationError


def test_every_option_is_taken_and_none_is_the_default():
    given = {
        "precision": "f32",
        "device": "cpu",
        "threads": 2,
        "cache_dir": "/c",
        "revision": "main",
        "int8_scale": 0.2,
        "any_truncation": True,
    }

    assert LocalOptions.from_client_args(given) == LocalOptions("f32", "cpu", 2, "/c", "main", 0.2, True)
    assert LocalOptions.from_client_args({"threads": None}) == LocalOptions.from_client_args(None) == LocalOptions()


def test_an_unknown_key_is_refused_with_the_nearest_and_all_that_are_known():
    with pytest.raises(ConfigurationError, match=r"'precison'.*did you mean 'precision'.*any_truncation"):
        LocalOptions.from_client_args({"precison": "f32"})


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("precision", "f16", "auto, f32, bf16"),
        ("device", "gpu", "cpu"),
        ("threads", 0, "from 1"),
        ("threads", True, "from 1"),
        ("threads", 1.5, "from 1"),
        ("cache_dir", "", "a text"),
        ("revision", 3, "a text"),
        ("int8_scale", 0, "above 0"),
        ("int8_scale", float("inf"), "above 0"),
        ("int8_scale", float("nan"), "above 0"),
        ("any_truncation", "yes", "True or False"),
        ("precision", ["f32"], "auto, f32, bf16"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_wanted(key, value, wanted):
    with pytest.raises(ConfigurationError, match=wanted) as caught:
        LocalOptions.from_client_args({key: value})

    assert caught.value.param == "client_args"
