"""Base64 that an upstream sent goes out as it came, as long as the vectors are the ones that it stands for."""

import json
from dataclasses import replace

import numpy as np
import pytest

from onevec import encodings
from onevec.batching import merge
from onevec.exchange import HttpReply
from onevec.spaces import VectorSpace
from onevec.target import Target
from onevec.types import Base64, EmbedRequest, EmbedResult, Encoding, Usage
from onevec.wires import WIRES, Outgoing

OPENAI = WIRES["openai"]
VECTORS = np.random.default_rng(0).standard_normal((3, 8), dtype=np.float32)
TEXTS = encodings.encode(VECTORS, Encoding.BASE64)
MARKED = ["as", "it", "came"]


def came(vectors=VECTORS):
    return EmbedResult(vectors, "m", Usage(1, 1), VectorSpace("m", 8), came=Base64(vectors, MARKED))


def answered(embeddings):
    data = [{"embedding": one, "index": index} for index, one in enumerate(embeddings)]
    reply = HttpReply(200, {}, json.dumps({"data": data[::-1]}).encode())
    return OPENAI.decode_reply(reply, EmbedRequest("m", ("a",) * len(data)), Target("openai", "https://h"), None)


def sent(result, encoding):
    out = Outgoing(result, EmbedRequest("m", ("a",) * 3, encoding=encoding))
    return [item["embedding"] for item in json.loads(OPENAI.encode_reply(out))["data"]]


def test_base64_of_a_reply_stays_with_its_vectors_in_the_order_of_the_inputs():
    answer = answered(TEXTS)
    assert answer.came.vectors is answer.vectors
    assert (answer.came.texts, np.array_equal(answer.vectors, VECTORS)) == (TEXTS, True)


def test_floats_of_a_reply_leave_no_base64():
    assert answered(VECTORS.tolist()).came is None


def test_whoever_asks_for_base64_gets_it_as_it_came():
    assert sent(came(), Encoding.BASE64) == MARKED


@pytest.mark.parametrize("encoding", [Encoding.FLOAT, Encoding.UBINARY, None])
def test_whoever_asks_for_anything_else_gets_the_vectors(encoding):
    codes = encodings.encode(VECTORS, encoding or Encoding.FLOAT)
    assert np.array_equal(np.array(sent(came(), encoding), codes.dtype), codes)


CHANGES = {
    "other vectors": lambda result: replace(result, vectors=result.vectors * 2),
    "other rows": lambda result: replace(result, vectors=result.vectors[::-1]),
    "other lengths": lambda result: replace(result, vectors=result.vectors[:, :4]),
    "equal vectors in another array": lambda result: replace(result, vectors=result.vectors.copy()),
    "parts": lambda result: merge([result, came(VECTORS.copy())]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_vectors_have_no_base64_whoever_put_them_there(change):
    result = CHANGES[change](came())
    assert result.base64 is None
    assert sent(result, Encoding.BASE64) == encodings.encode(result.vectors, Encoding.BASE64)


def test_what_does_not_touch_the_vectors_keeps_it():
    assert replace(came(), model="another", cost=1.0).base64 == MARKED
