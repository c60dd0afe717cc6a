"""Images at providers: which wire takes them, how many in one request, and results in the order of the call."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onevec.errors import UnsupportedModalityError
from onevec.exchange import HttpReply, HttpRequest
from onevec.images import ImageInput
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.remote.plan import Limits, plan
from onevec.testing import FakeEmbedder, FakeProvider
from onevec.types import EmbedRequest, Modality, Overflow


def image(number, size=0, text=None):
    return ImageInput(b"GIF89a%d" % number + bytes(size), text)


class Vendor(FakeProvider):
    """A provider with a wire for texts and one for images, told apart by the path."""

    def __init__(self, wire, image_wire, path):
        super().__init__(wire)
        self.path, self.images = path, FakeProvider(image_wire)

    def send(self, request: HttpRequest) -> HttpReply:
        if self.path in request.url:
            self.requests.append(request)
            return self.images.send(request)
        return super().send(request)


def embedder(provider, model, fake, **options):
    row = PROVIDERS[provider]
    chosen = RemoteOptions(max_retries=0, **options)
    return RemoteEmbedder(row, model, "https://example.com", Credential("k", row.auth), chosen, fake)


MIXED = ("a", image(1), "b", image(2, text="otter"), image(3), "c")


async def test_texts_and_images_have_their_own_requests_and_come_back_in_order():
    fake = Vendor("azure", "azure_images", "/images/")
    model = embedder("azure", "Cohere-embed-v3-english", fake, api_version="2024-05-01-preview")
    result = model.embed(EmbedRequest("m", MIXED))
    paths = sorted(request.url.partition("?")[0].removeprefix("https://example.com") for request in fake.requests)
    assert paths == ["/embeddings", *["/images/embeddings"] * 3]
    expected = FakeEmbedder().embed(EmbedRequest("m", MIXED)).vectors
    np.testing.assert_array_equal(result.vectors, expected)
    np.testing.assert_array_equal((await model.aembed(EmbedRequest("m", MIXED))).vectors, expected)


@pytest.mark.parametrize(
    ("provider", "model", "wire", "requests"),
    [
        ("cohere", "embed-english-v3.0", "cohere", 3),
        ("cohere", "embed-v4.0", "cohere", 1),
        ("cohere", "embed-of-tomorrow", "cohere", 3),
        ("cohere_v1", "embed-multilingual-v3.0", "cohere_v1", 3),
        ("jina", "jina-clip-v2", "jina", 1),
        ("voyage", "voyage-multimodal-3", "voyage_multimodal", 1),
        ("voyage", "voyage-multimodal-of-tomorrow", "voyage_multimodal", 1),
        ("gemini", "gemini-embedding-2", "gemini", 1),
        ("vertexai", "multimodalembedding@001", "vertexai_multimodal", 3),
        ("bedrock", "amazon.titan-embed-image-v1", "bedrock", 3),
        ("bedrock", "us.cohere.embed-v4:0", "bedrock", 1),
    ],
)
def test_as_many_images_in_a_request_as_the_model_takes(provider, model, wire, requests):
    fake = FakeProvider(wire)
    images = (image(1), image(2), image(3))
    result = embedder(provider, model, fake).embed(EmbedRequest(model, images))
    assert len(fake.requests) == requests
    np.testing.assert_array_equal(result.vectors, FakeEmbedder().embed(EmbedRequest(model, images)).vectors)


def test_texts_of_a_model_with_a_wire_of_its_own_go_there_too():
    fake = FakeProvider("voyage_multimodal")
    embedder("voyage", "voyage-multimodal-3", fake).embed(EmbedRequest("m", ("a",)))
    assert fake.requests[0].url == "https://example.com/multimodalembeddings"


def test_large_images_go_in_requests_of_their_own():
    fake = FakeProvider("cohere")
    large = 8 * 1024 * 1024
    model = embedder("cohere", "embed-v4.0", fake)
    model.embed(EmbedRequest("m", (image(1, large), image(2, large), image(3))))
    assert len(fake.requests) == 2


def test_max_items_holds_for_images_too():
    fake = FakeProvider("cohere")
    embedder("cohere", "embed-v4.0", fake, max_items=2).embed(EmbedRequest("m", (image(1), image(2), image(3))))
    assert len(fake.requests) == 2


@pytest.mark.parametrize(
    ("provider", "model", "inputs", "place"),
    [
        ("openai", "text-embedding-3-small", ("a", image(1)), 1),
        ("mistral", "mistral-embed", (image(1),), 0),
        ("voyage", "voyage-4", (image(1),), 0),
        ("gemini", "gemini-embedding-001", ("a", "b", image(1)), 2),
        ("cohere", "embed-english-v3.0", (image(1), image(2, text="a")), 1),
        ("jina", "jina-clip-v2", (image(1, text="a"),), 0),
        ("vertexai", "multimodalembedding@001", (image(1, text="a"),), 0),
    ],
)
def test_what_a_model_does_not_embed_is_refused_before_anybody_is_asked(provider, model, inputs, place):
    fake = FakeProvider()
    with pytest.raises(UnsupportedModalityError, match=r"models with images are at .*azure.*cohere") as caught:
        embedder(provider, model, fake).embed(EmbedRequest(model, inputs))
    assert caught.value.loc == ("inputs", place)
    assert f"{provider}:{model}" in caught.value.message
    assert fake.requests == []


def test_what_is_known_of_a_model_says_what_it_embeds():
    def able(provider, model):
        return embedder(provider, model, FakeProvider()).capabilities.modalities

    assert able("openai", "text-embedding-3-small") == {Modality.TEXT}
    assert able("cohere", "embed-v4.0") == frozenset(Modality)
    assert able("cohere", "embed-english-v3.0") == {Modality.TEXT, Modality.IMAGE}
    assert able("azure", "anything") == frozenset(Modality)


class Characters:
    """A token a character."""

    def count(self, texts):
        return [len(text) for text in texts]

    def truncate(self, text, limit):
        return text[:limit]


def test_nobody_counts_the_tokens_of_an_image():
    fake = FakeProvider("vertexai_multimodal")
    model = embedder("vertexai", "multimodalembedding@001", fake, tokenizer=Characters())
    assert model.embed(EmbedRequest("m", ("abc", image(1)))).usage.prompt_tokens is None
    assert model.embed(EmbedRequest("m", ("abc",))).usage.prompt_tokens == 3


@given(st.lists(st.integers(0, 9).map(lambda n: f"text {n}" * 3) | st.integers(0, 9).map(image), min_size=1))
def test_whatever_the_order_each_input_gets_its_vector(inputs):
    limits = Limits(2, None, Characters(), 9, max_images=3, max_image_bytes=15)
    parts = plan(EmbedRequest("m", tuple(inputs), overflow=Overflow.CHUNK), limits)
    fake = FakeEmbedder()
    vectors = parts.finish([fake.embed(part) for part in parts.requests]).vectors
    for part in parts.requests:
        assert len({isinstance(one, str) for one in part.inputs}) == 1
    for one, vector in zip(inputs, vectors, strict=True):
        alone = plan(EmbedRequest("m", (one,), overflow=Overflow.CHUNK), limits)
        np.testing.assert_allclose(
            alone.finish([fake.embed(part) for part in alone.requests]).vectors[0], vector, rtol=1e-6
        )
