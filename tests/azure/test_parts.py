"""More than the service takes at once, and texts longer than the model."""

import numpy as np
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import DecodeError, HttpResponseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onevec.azure import EmbeddingsClient, ImageEmbeddingsClient, aio
from onevec.azure.models import ImageEmbeddingInput
from onevec.errors import (
    ConfigurationError,
    ContextLengthExceededError,
    InvalidRequestError,
    ModelFileError,
    UnsupportedParameterError,
)

from .recorder import Reply

KEY = AzureKeyCredential("key")


class Words:
    """A tokenizer whose tokens are words, and two more for each text."""

    def count(self, texts):
        return [len(text.split()) + 2 for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[: limit - 2])


def lengths(request):
    """Vectors that tell the text: its length, and one; in the reverse order of the inputs."""
    texts = request.json["input"]
    texts = [texts] if isinstance(texts, str) else texts
    items = [{"index": i, "embedding": [float(len(text)), 1.0]} for i, text in enumerate(texts)]
    usage = {"prompt_tokens": len(texts), "total_tokens": 2 * len(texts)}
    return Reply(body={"id": "r", "data": items[::-1], "model": "m", "usage": usage, "object": "list"})


@pytest.fixture
def client(recorder):
    recorder.script(lengths)
    with EmbeddingsClient(recorder.url, KEY, tokenizer=Words(), max_input_tokens=6) as client:
        yield client


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text("ab", min_size=1, max_size=9), min_size=1, max_size=9), size=st.integers(1, 10))
def test_any_split_gives_what_one_request_gives(client, recorder, texts, size):
    recorder.script(lengths)
    whole = client.embed(input=texts)
    recorder.requests.clear()
    parts = client.embed(input=texts, max_batch_size=size)
    assert parts.vectors.tolist() == whole.vectors.tolist()
    assert parts.usage == whole.usage
    assert [item.index for item in parts.data] == list(range(len(texts)))
    assert [len(request.json["input"]) for request in recorder.requests] == [
        len(texts[at : at + size]) for at in range(0, len(texts), size)
    ]


def test_fields_beyond_the_reference_survive_a_split(client):
    result = client.embed(input=["a", "b", "c"], max_batch_size=2, model_extras={"k": 1})
    assert (result["object"], result.model, result.id) == ("list", "m", "r")
    assert result.usage.total_tokens == 6


def test_extras_and_headers_go_with_every_part(client, recorder):
    client.embed(input=["a", "b"], max_batch_size=1, model_extras={"k": 1}, headers={"x": "y"}, model="n")
    assert [request.json for request in recorder.requests] == [{"input": [text], "model": "n", "k": 1} for text in "ab"]
    for request in recorder.requests:
        assert (request.headers["extra-parameters"], request.headers["x"]) == ("pass-through", "y")


def test_one_image_a_call(recorder):
    image = ImageEmbeddingInput(image="data:image/png;base64,AA==")
    with ImageEmbeddingsClient(recorder.url, KEY, max_batch_size=1) as client:
        result = client.embed(input=[image, image, image])
    assert len(recorder.requests) == len(result.data) == 3
    assert {request.path for request in recorder.requests} == {"/images/embeddings"}
    assert result.usage.prompt_tokens == 6


async def test_async_parts_are_the_same(recorder):
    recorder.script(lengths)
    async with aio.EmbeddingsClient(recorder.url, KEY, max_batch_size=2) as client:
        result = await client.embed(input=["a", "bb", "ccc"])
    assert result.vectors.tolist() == [[1, 1], [2, 1], [3, 1]]
    assert len(recorder.requests) == 2


def test_usage_that_one_part_does_not_tell_is_not_made_up(client, recorder):
    recorder.script(lengths, Reply(body={"data": [{"index": 0, "embedding": [1.0, 1.0]}]}))
    result = client.embed(input=["a", "b"], max_batch_size=1)
    assert (result.usage.prompt_tokens, result.usage.total_tokens) == (None, None)


def test_a_long_text_is_cut_and_its_parts_averaged_by_tokens(client, recorder):
    result = client.embed(input=["short", "one two three four five six"], overflow="chunk")
    sent = [text for request in recorder.requests for text in request.json["input"]]
    assert sent[0] == "short"
    assert [word for text in sent[1:] for word in text.split()] == ["one", "two", "three", "four", "five", "six"]
    sizes = [len(text.split()) + 2 for text in sent[1:]]
    mean = np.average([[len(text), 1] for text in sent[1:]], axis=0, weights=sizes)
    np.testing.assert_allclose(result.vectors[1], mean / np.linalg.norm(mean), rtol=1e-6)
    assert result.vectors[0].tolist() == [5, 1]
    assert [item.index for item in result.data] == [0, 1]


def test_chunks_are_written_in_the_encoding_that_was_asked_for(client, recorder):
    result = client.embed(input=["one two three four five six"], overflow="chunk", encoding_format="ubinary")
    assert {request.json["encoding_format"] for request in recorder.requests} == {"float"}
    assert result.data[0].embedding == [0b11000000]
    assert result.decode(dimensions=2).tolist() == [[1, 1]]


def test_chunks_are_no_codes_without_a_scale(client, recorder):
    with pytest.raises(UnsupportedParameterError):
        client.embed(input=["one two three four five six"], overflow="chunk", encoding_format="int8")
    assert recorder.requests == []


def test_truncate(client, recorder):
    client.embed(input=["one two three four five six"], overflow="truncate")
    assert recorder.requests[0].json["input"] == ["one two three four"]


def test_an_error_names_the_text_and_the_limit(client, recorder):
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[1\] has 8 tokens and the model reads 6"):
        client.embed(input=["short", "one two three four five six"], overflow="error")
    assert recorder.requests == []


def test_token_ids_are_cut_too(client, recorder):
    recorder.script(lengths)
    result = client.embed(input=[[1] * 8, [2]], overflow="chunk")
    assert recorder.requests[0].json["input"] == [[1] * 6, [1] * 2, [2]]
    assert result.vectors.shape == (2, 2)


def test_a_tokenizer_of_a_file(recorder, golden):
    path = golden / "models" / "bert-mean" / "tokenizer.json"
    with EmbeddingsClient(recorder.url, KEY, tokenizer=path, max_input_tokens=16, overflow="chunk") as client:
        assert client.embed(input=["a " * 60]).vectors.shape == (1, 3)
    assert len(recorder.requests[0].json["input"]) > 1


@pytest.mark.parametrize(
    ("keywords", "kind"),
    [
        ({"max_batch_size": 0}, InvalidRequestError),
        ({"max_batch_size": True}, InvalidRequestError),
        ({"max_batch_size": 1, "stream": True}, InvalidRequestError),
        ({"max_batch_size": 1, "input": []}, InvalidRequestError),
        ({"overflow": "cut"}, InvalidRequestError),
        ({"overflow": "chunk", "input": [3]}, InvalidRequestError),
    ],
)
def test_arguments_that_do_not_go_together(client, recorder, keywords, kind):
    with pytest.raises(kind):
        client.embed(**({"input": ["a"]} | keywords))
    assert recorder.requests == []


def test_overflow_needs_a_tokenizer(recorder):
    with (
        EmbeddingsClient(recorder.url, KEY) as client,
        pytest.raises(UnsupportedParameterError, match=r"tokenizer='/path/to/tokenizer.json'"),
    ):
        client.embed(input=["a"], overflow="chunk")


def test_what_is_no_tokenizer(recorder, tmp_path):
    with pytest.raises(ConfigurationError, match="tokenizer must be"):
        EmbeddingsClient(recorder.url, KEY, tokenizer=3)
    with pytest.raises(ModelFileError):
        EmbeddingsClient(recorder.url, KEY, tokenizer=tmp_path / "none.json")


@pytest.mark.parametrize("indices", [[0], [0, 0], [0, 2], [1, 2], [0, 1, 2], [None, None]])
def test_a_part_that_cannot_be_put_in_order(client, recorder, indices):
    recorder.script(Reply(body={"data": [{"index": index, "embedding": [1.0]} for index in indices]}))
    with pytest.raises(DecodeError, match="cannot be put in order"):
        client.embed(input=["a", "b", "c", "d"], max_batch_size=2)


def test_chunks_that_are_no_vectors(client, recorder):
    recorder.script(Reply(body={"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]}))
    with pytest.raises(DecodeError, match="no vectors"):
        client.embed(input=["one two three four five six"], overflow="chunk")


def test_the_first_part_that_fails_ends_the_call(client, recorder):
    recorder.script(lengths, Reply(422, {"code": "c", "message": "m"}), lengths)
    with pytest.raises(HttpResponseError) as caught:
        client.embed(input=["a", "b", "c"], max_batch_size=1)
    assert caught.value.status_code == 422
    assert len(recorder.requests) == 2
