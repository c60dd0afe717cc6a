"""Every row of the encodings table, over HTTP, against the reference figures."""

import json

import numpy as np
import pytest

from onevec.testing import FakeEmbedder
from onevec.types import EmbedResult, Encoding, Usage


class Fixed(FakeEmbedder):
    """Answers with given vectors."""

    def __init__(self, vectors):
        super().__init__(vectors.shape[1], int8_scale=2.0)
        self._vectors = vectors

    def embed(self, request):
        return EmbedResult(self._vectors, request.model, Usage(1, 1), self.space)


@pytest.fixture(scope="module")
def figures(golden):
    return json.loads((golden / "formats.json").read_text())


@pytest.fixture(scope="module")
def asked(serve, figures):
    vectors = np.array(figures["float"], np.float32)
    with serve(fake=Fixed(vectors)) as server:

        def ask(path, encoding):
            body = {"model": "fake", "input": ["x"] * len(vectors), "encoding_format": encoding}
            answer = server.post(path, body)
            assert answer.status == 200
            return [item["embedding"] for item in answer.json["data"]]

        yield ask


@pytest.mark.parametrize("path", ["/embeddings?api-version=2024-05-01-preview", "/v1/embeddings"])
@pytest.mark.parametrize("encoding", list(Encoding))
def test_every_encoding(asked, figures, path, encoding):
    codes = asked(path, encoding)
    vectors = np.array(figures["float"], np.float32)
    if encoding is Encoding.FLOAT:
        assert (np.array(codes, np.float32) == vectors).all()
    elif encoding in (Encoding.INT8, Encoding.UINT8):
        expected = np.clip(np.rint(vectors / 2.0 * 127), -127, 127).astype(int)
        shift = 128 if encoding is Encoding.UINT8 else 0
        assert codes == (expected + shift).tolist()
    else:
        assert codes == figures[encoding]


def test_int8_without_a_scale_is_refused_before_any_work(serve):
    embedder = FakeEmbedder(int8_scale=None)
    with serve(fake=embedder) as server:
        for encoding in ("int8", "uint8"):
            answer = server.post("/v1/embeddings", {"model": "fake", "input": "a", "encoding_format": encoding})
            assert (answer.status, answer.json["error"]["param"]) == (422, "encoding_format")
    assert embedder.requests == []


@pytest.mark.parametrize("encoding", list(Encoding))
def test_a_large_reply_is_the_same_as_a_small_one(serve, encoding):
    texts = [f"text {i}" for i in range(700)]
    with serve(fake=FakeEmbedder(1536)) as server:
        body = {"model": "fake", "encoding_format": encoding}
        large = server.post("/v1/embeddings", body | {"input": texts}).json["data"]
        for place in (0, 350, 699):
            [small] = server.post("/v1/embeddings", body | {"input": texts[place]}).json["data"]
            assert large[place]["embedding"] == small["embedding"]
            assert large[place]["index"] == place
