import os
import subprocess
import sys

import pytest

from onevec.errors import ConfigurationError, InvalidRequestError
from onevec.gateway.wrappers.tokens import Detokenized, cl100k_base
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest


@pytest.fixture
def vocabulary(witness):
    """Tiktoken's own code over a small vocabulary: the 256 bytes, then two words."""
    tiktoken = witness("tiktoken")
    ranks = {bytes([value]): value for value in range(256)} | {b"he": 256, b"llo": 257}
    return tiktoken.Encoding("small", pat_str=r"\w+|\W+", mergeable_ranks=ranks, special_tokens={"<|end|>": 300})


def decoded(vocabulary, *inputs):
    inner = FakeEmbedder()
    Detokenized(inner, vocabulary).embed(EmbedRequest("m", inputs))
    return inner.requests[0].inputs


def test_ids_become_the_text_that_they_stand_for(vocabulary):
    assert decoded(vocabulary, (256, 257), (104, 105)) == ("hello", "hi")
    assert decoded(vocabulary, "text", (300,)) == ("text", "<|end|>")


def test_texts_pass_as_they_are(vocabulary):
    inner = FakeEmbedder()
    asked = EmbedRequest("m", ("a", "b"))
    Detokenized(inner, vocabulary).embed(asked)
    assert inner.requests[0] is asked


def test_a_character_that_was_cut_is_no_fault(vocabulary):
    assert decoded(vocabulary, tuple("é".encode())[:1]) == ("\ufffd",)


@pytest.mark.parametrize("wrong", [258, 301, 10**6, 2**31 - 1, 2**32, 2**70, -1])
def test_an_id_that_the_vocabulary_has_not_is_named(vocabulary, wrong):
    with pytest.raises(InvalidRequestError) as caught:
        decoded(vocabulary, (104,), (104, 105, wrong, wrong))
    assert (caught.value.status, caught.value.param) == (400, "input")
    assert (caught.value.loc, caught.value.value) == (("input", 1, 2), str(wrong))


def test_without_tiktoken_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    with pytest.raises(ConfigurationError, match=r"onevec\[tiktoken\]"):
        cl100k_base()


@pytest.mark.skipif("TIKTOKEN_CACHE_DIR" not in os.environ, reason="TIKTOKEN_CACHE_DIR names no vocabulary")
def test_the_real_vocabulary(witness):
    witness("tiktoken")
    assert decoded(cl100k_base(), (15339, 1917)) == ("hello world",)
    with pytest.raises(InvalidRequestError):
        decoded(cl100k_base(), (100_256,))


def test_a_vocabulary_that_cannot_be_fetched_says_where_to_put_one(witness, tmp_path):
    """In a process of its own, because tiktoken keeps what it has loaded; behind a proxy that is not there."""
    witness("tiktoken")
    code = (
        "from onevec.errors import ModelUnavailableError\n"
        "from onevec.gateway.wrappers.tokens import cl100k_base\n"
        "try:\n    cl100k_base()\nexcept ModelUnavailableError as exc:\n    print(exc.status, exc.param, exc.message)\n"
    )
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    environment = {**os.environ, **nowhere, "NO_PROXY": "", "no_proxy": "", "TIKTOKEN_CACHE_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("503 token_ids "), done.stderr
    assert "TIKTOKEN_CACHE_DIR" in done.stdout
