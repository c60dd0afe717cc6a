"""What is known of models: lengths, spaces, prices."""

import json
from dataclasses import replace

import pytest

from onevec.errors import UnsupportedParameterError
from onevec.providers import MODELS, PROVIDERS, Credential, estimated_cost, known_model
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder, FakeProvider
from onevec.types import EmbedRequest, Usage

each = pytest.mark.parametrize("row", list(MODELS.values()), ids=lambda row: row.name)


class Words:
    def count(self, texts):
        return [len(text.split()) for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[:limit])


def embedder(provider, model, dimensions=16, fake=None, **options):
    row = PROVIDERS[provider]
    fake = fake or FakeProvider(row.wire, FakeEmbedder(dimensions))
    return RemoteEmbedder(
        row, model, row.api_base or "https://h.example", Credential("a-key"), RemoteOptions(**options), fake
    )


@each
def test_a_row_is_well_formed(row):
    assert known_model(row.provider, row.name) is row
    assert row.source.startswith("https://")
    assert row.dimensions > 0
    assert tuple(sorted(row.sizes)) == row.sizes
    assert not row.sizes or row.dimensions in row.sizes
    assert not (row.sizes and row.shortest)
    assert row.price is None or 0 < row.price < 10
    assert PROVIDERS[row.provider].embedding


@each
def test_a_length_that_the_model_has_not_is_refused(row):
    row.check(None)
    row.check(row.dimensions)
    with pytest.raises(UnsupportedParameterError, match="leave dimensions out") as caught:
        row.check((row.longest or row.dimensions) * 100)
    assert (caught.value.provider, caught.value.param) == (row.provider, "dimensions")


@pytest.mark.parametrize(
    ("provider", "name", "right", "wrong"),
    [
        ("openai", "text-embedding-3-small", (1, 512, 1536), (1537, 3072)),
        ("openai", "text-embedding-ada-002", (1536,), (512,)),
        ("gemini", "gemini-embedding-001", (128, 3072), (64, 3073)),
        ("bedrock", "eu.cohere.embed-v4:0", (256, 1536), (300,)),
        ("mistral", "codestral-embed", (3072,), (3073,)),
    ],
)
def test_lengths(provider, name, right, wrong):
    row = known_model(provider, name)
    for dimensions in right:
        row.check(dimensions)
    for dimensions in wrong:
        with pytest.raises(UnsupportedParameterError):
            row.check(dimensions)


def test_nothing_is_sent_for_a_length_that_the_model_has_not():
    fake = FakeProvider()
    with pytest.raises(UnsupportedParameterError, match="ask for 1 to 1536"):
        embedder("openai", "text-embedding-3-small", fake=fake).embed(EmbedRequest("m", ("a",), dimensions=2000))
    assert fake.requests == []


def test_what_is_known_is_a_capability():
    found = embedder("openai", "text-embedding-3-small").capabilities
    assert (found.dimensions, found.max_input_tokens) == (1536, 8192)
    assert embedder("openai", "mine").capabilities.dimensions is None


def test_the_same_model_at_two_providers_has_one_space():
    at_home = embedder("openai", "text-embedding-3-small").embed(EmbedRequest("m", ("a",)))
    resold = embedder("openrouter", "openai/text-embedding-3-small").embed(EmbedRequest("m", ("a",)))
    assert at_home.space == resold.space == VectorSpace("openai:text-embedding-3-small", 16, normalized=True)


def test_an_extra_may_make_other_vectors():
    result = embedder("openai", "text-embedding-3-small").embed(EmbedRequest("m", ("a",), extra={"x": 1}))
    assert result.space.normalized is None


def test_an_unknown_model_works_and_nothing_is_made_up():
    result = embedder("openai", "mine").embed(EmbedRequest("m", ("a",)))
    assert result.space == VectorSpace("openai:mine", 16)
    assert known_model("openai", "mine") is None
    assert estimated_cost("openai", "mine", 10) is None


def test_a_cost_is_the_price_of_the_tokens():
    assert estimated_cost("openai", "text-embedding-3-large", 2_000_000) == pytest.approx(0.26)
    assert estimated_cost("openai", "text-embedding-3-large", None) is None
    assert estimated_cost("github", "openai/text-embedding-3-large", 5) is None


# --- usage that nobody tells


def untold(reply):
    body = json.loads(reply.body)
    del body["usage"]
    return replace(reply, body=json.dumps(body).encode())


def test_a_usage_that_nobody_tells_is_counted_where_there_is_a_tokenizer_and_says_so():
    counted = embedder("openai", "m", fake=FakeProvider(faults=[untold]), tokenizer=Words())
    assert counted.embed(EmbedRequest("m", ("one two", "three"))).usage == Usage(3, 3, estimated=True)
    unknown = embedder("openai", "m", fake=FakeProvider(faults=[untold]))
    assert unknown.embed(EmbedRequest("m", ("one two",))).usage == Usage(None, None)


def test_a_usage_that_is_told_is_no_estimate():
    told = embedder("openai", "m", tokenizer=Words()).embed(EmbedRequest("m", ("one two",)))
    assert told.usage == Usage(2, 2, estimated=False)
