from pathlib import Path

import pytest

from onevec.errors import ConfigurationError, ModelFileError
from onevec.providers import PROVIDERS
from onevec.remote import RemoteOptions
from onevec.spaces import VectorSpace
from onevec.testing import FakeProvider
from onevec.transport import HttpSettings

OPENAI = PROVIDERS["openai"]


class Words:
    """A tokenizer whose tokens are words."""

    def count(self, texts):
        return [len(text.split()) for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[:limit])


def options(row=OPENAI, **client_args):
    return RemoteOptions.from_client_args(client_args, row)


def test_nothing_said_is_the_default():
    assert options() == options(timeout=None) == RemoteOptions.from_client_args(None, OPENAI) == RemoteOptions()


def test_everything_said():
    tokenizer, transport = Words(), FakeProvider()
    made = options(
        PROVIDERS["azure"], timeout=3, connect_timeout=0.5, max_retries=0, headers={"X-A": "b"}, proxy="http://p:1",
        ca_file=Path("ca.pem"), verify=False, concurrency=2, api_version="2025-01-01", max_items=7, max_tokens=70,
        tokenizer=tokenizer, max_input_tokens=9, int8_scale=0.25, space="m@1/384/mean",
        transport=transport,
    )  # fmt: skip
    assert made == RemoteOptions(
        3.0, 0.5, 0, {"x-a": "b"}, "http://p:1", "ca.pem", False, 2, "2025-01-01", 7, 70, tokenizer, 9, 0.25,
        VectorSpace("m", 384, "1", pooling="mean"), transport,
    )  # fmt: skip
    assert made.http == HttpSettings(3.0, 0.5, "http://p:1", "ca.pem", False)


def test_equal_settings_can_share_a_transport():
    assert hash(options(timeout=3, max_retries=0).http) == hash(options(timeout=3, headers={"a": "b"}).http)


def test_what_openais_clients_know_becomes_headers():
    made = options(default_headers={"X-A": "1"}, organization="org", project="p", headers={"X-B": "2"})
    assert made.headers == {"x-a": "1", "openai-organization": "org", "openai-project": "p", "x-b": "2"}


@pytest.mark.parametrize(
    ("key", "nearest"), [("time_out", "timeout"), ("retries", "max_retries"), ("header", "headers")]
)
def test_an_unknown_key_has_a_nearest_one(key, nearest):
    with pytest.raises(ConfigurationError, match=f"openai has no '{key}' .did you mean '{nearest}'") as caught:
        options(**{key: 1})
    assert all(name in caught.value.message for name in ("timeout", "tokenizer", "organization"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout", 0), ("timeout", -1), ("timeout", True), ("timeout", "3"), ("timeout", float("nan")),
        ("timeout", float("inf")), ("connect_timeout", 0), ("max_retries", -1), ("max_retries", 1.0),
        ("concurrency", 0), ("max_items", 0), ("max_tokens", 0), ("max_input_tokens", False), ("int8_scale", 0),
        ("verify", "no"), ("proxy", 3), ("proxy", "a\nb"), ("ca_file", 3), ("api_version", 3),
        ("headers", "x"), ("headers", [("a", "b")]), ("headers", {"a": 1}), ("headers", {1: "a"}),
        ("headers", {"a b": "c"}), ("headers", {"": "c"}), ("headers", {"a": "b\r\nx-evil: 1"}),
        ("headers", {"a\r\nx-evil": "b"}), ("headers", {"a": "é"}), ("organization", "a\nb"), ("project", 3),
        ("tokenizer", object()), ("transport", object()),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_key_and_is_not_shown(key, value):
    with pytest.raises(ConfigurationError, match=rf"client_args\['{key}'\] must be ") as caught:
        options(PROVIDERS["azure"], **{key: value})
    assert "evil" not in caught.value.message


def test_a_tokenizer_that_is_none(tmp_path):
    with pytest.raises(ModelFileError):
        options(tokenizer=tmp_path / "tokenizer.json")


def test_who_has_no_api_version_says_so():
    with pytest.raises(ConfigurationError, match="openai has no api_version"):
        options(api_version="2024-10-21")
    assert options(PROVIDERS["azureopenai"], api_version="2024-10-21").api_version == "2024-10-21"


def test_nothing_secret_is_shown():
    shown = repr(options(headers={"authorization": "Bearer hunter2"}, proxy="http://me:hunter2@p:1"))
    assert "hunter2" not in shown


def test_a_dialect_of_one_text_a_request_stays_one():
    assert options(PROVIDERS["ollama_old"], max_items=64).max_items is None
    assert options(PROVIDERS["ollama"], max_items=64).max_items == 64
