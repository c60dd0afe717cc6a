"""The stand-ins that users test with."""

import json

import numpy as np
import pytest

from onevec.errors import ProviderConnectionError, UnsupportedParameterError
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput
from onevec.target import Target
from onevec.testing import FakeEmbedder, FakeProvider, error_reply
from onevec.types import EmbedRequest
from onevec.wires import WIRES


def ask(*inputs, **fields):
    return EmbedRequest("m", inputs, **fields)


def post(body):
    return HttpRequest("POST", "https://h/embeddings", {}, json.dumps(body).encode())


def test_vectors_tell_their_texts_apart_and_are_the_same_everywhere():
    first, second, again = FakeEmbedder().embed(ask("a", "b", "a")).vectors
    np.testing.assert_array_equal(first, again)
    assert abs(float(first @ second)) < 0.999
    np.testing.assert_array_equal(FakeEmbedder().embed(ask("a")).vectors[0], first)
    assert np.linalg.norm(first) == pytest.approx(1.0)
    assert first.dtype == np.float32


def test_a_text_and_its_token_ids_are_different_inputs():
    one, other = FakeEmbedder().embed(ask("(1, 2)", (1, 2))).vectors
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("dimensions", [1, 5, 16])
def test_shorter_vectors_are_truncations_of_length_one(dimensions):
    result = FakeEmbedder(16).embed(ask("a", dimensions=dimensions))
    assert result.vectors.shape == (1, dimensions)
    assert result.space.dimensions == dimensions
    assert np.linalg.norm(result.vectors) == pytest.approx(1.0)


def test_longer_vectors_are_refused():
    with pytest.raises(UnsupportedParameterError, match="from 1 to 16"):
        FakeEmbedder(16).embed(ask("a", dimensions=17))


async def test_requests_are_kept_and_words_are_counted():
    fake = FakeEmbedder()
    requests = [ask("two words", (1, 2, 3)), ask("one")]
    assert fake.embed(requests[0]).usage.total_tokens == 5
    assert (await fake.aembed(requests[1])).usage.prompt_tokens == 1
    assert fake.requests == requests


@pytest.mark.parametrize("wire", WIRES)
async def test_a_provider_answers_in_its_wires_words(wire):
    image = ImageInput(b"GIF89a")
    fake, target, request = FakeProvider(wire), Target("p", "https://h"), ask(image if wire == "azure_images" else "a")
    sent = WIRES[wire].encode_request(request, target)
    assert fake.send(sent).status == (await fake.asend(sent)).status == 200
    answer = WIRES[wire].decode_reply(fake.send(sent), request, target, None)
    np.testing.assert_array_equal(answer.vectors, fake.embedder.embed(request).vectors)
    assert len(fake.requests) == 3


@pytest.mark.parametrize("wire", WIRES)
def test_a_wrong_body_is_refused_in_its_wires_words(wire):
    reply = FakeProvider(wire).send(post({}))
    assert reply.status == 400
    assert WIRES[wire].error_code(reply) == "invalid_request"


def test_planted_faults_come_one_after_another():
    teapot = HttpReply(418, {}, b"")
    fake = FakeProvider(faults=[teapot, ProviderConnectionError("lost"), None, lambda reply: HttpReply(200, {}, b"<")])
    body = post({"input": "a", "model": "m"})
    assert fake.send(body) is teapot
    with pytest.raises(ProviderConnectionError, match="lost"):
        fake.send(body)
    assert fake.send(body).status == 200
    assert fake.send(body).body == b"<"
    assert fake.send(body).status == 200
    fake.close()
    assert len(fake.requests) == 5


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize(
    ("status", "code"), [(404, "model_not_found"), (429, "rate_limit_exceeded"), (503, "upstream_error")]
)
def test_an_error_reply_is_worded_by_the_wire(wire, status, code):
    reply = error_reply(status, wire=wire, headers={"retry-after": "3"})
    assert (reply.status, reply.headers["retry-after"]) == (status, "3")
    assert WIRES[wire].error_code(reply) == code


def test_an_image_is_told_by_its_bytes_and_its_text():
    one, other = ImageInput(b"GIF89a1"), ImageInput(b"GIF89a2")
    first, second, pair, again = FakeEmbedder().embed(ask(one, other, ImageInput(b"GIF89a1", "a"), one)).vectors
    assert (first == again).all()
    assert (first != second).any()
    assert (first != pair).any()
