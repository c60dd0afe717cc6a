"""The clients of Cohere, Voyage, Mistral, Ollama, Together and Hugging Face, unmodified, against our server."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from onevec import Client, errors, vectors
from onevec.encodings import encode
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Encoding, InputType, Overflow

pytestmark = [
    # Of their own making, and not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

TEXTS = ["a cat", "a dog"]


def expected(dimensions=None, texts=TEXTS):
    return FakeEmbedder(1024).embed(EmbedRequest("fake", tuple(texts), dimensions)).vectors


def same(found, wanted):
    np.testing.assert_allclose(np.asarray(found, dtype=np.float32), wanted, rtol=1e-6, atol=1e-7)


REFUSALS = [
    (errors.InvalidRequestError("it is wrong"), 400),
    (errors.UnsupportedParameterError("it is not had", param="dimensions"), 422),
    (errors.RateLimitError("slow down"), 429),
    (errors.OnevecError("x"), 500),
]


# --- Cohere


@pytest.fixture
def cohere(witness):
    return witness("cohere")


@pytest.fixture
def cohere_client(cohere, fake_server):
    with cohere.ClientV2(api_key="any", base_url=fake_server.url) as client:
        yield client


def test_cohere(cohere_client):
    client = cohere_client
    reply = client.embed(model="fake", texts=TEXTS, input_type="search_query", embedding_types=["float"])
    same(reply.embeddings.float_, expected())
    assert reply.response_type == "embeddings_by_type"
    assert reply.texts == TEXTS
    assert reply.meta.billed_units.input_tokens == 4
    short = client.embed(model="fake", texts=TEXTS, input_type="search_document", output_dimension=8, truncate="NONE")
    same(short.embeddings.float_, expected(8))


def test_cohere_answers_several_encodings_at_once(cohere_client):
    kinds = ["int8", "float", "uint8", "binary", "ubinary", "base64"]
    found = cohere_client.embed(model="fake", texts=TEXTS, input_type="clustering", embedding_types=kinds).embeddings
    same(found.float_, expected())
    for kind in kinds:
        if kind != "float":
            codes = encode(expected(), Encoding(kind), int8_scale=1.0)
            assert getattr(found, kind) == (codes if isinstance(codes, list) else codes.tolist())


def test_cohere_version_1(cohere, fake_server):
    with cohere.Client(api_key="any", base_url=fake_server.url) as client:
        bare = client.embed(model="fake", texts=TEXTS, input_type="search_query")
        typed = client.embed(model="fake", texts=TEXTS, input_type="search_query", embedding_types=["float", "binary"])
    assert bare.response_type == "embeddings_floats"
    same(bare.embeddings, expected())
    same(typed.embeddings.float_, expected())
    assert typed.embeddings.binary == encode(expected(), Encoding.BINARY).tolist()


def test_cohere_refusals(cohere, serve, failing):
    kinds = [
        cohere.BadRequestError, cohere.UnprocessableEntityError, cohere.TooManyRequestsError,
        cohere.InternalServerError,
    ]  # fmt: skip
    for (error, _), kind in zip(REFUSALS, kinds, strict=True):
        with (
            serve(fake=failing(error)) as server,
            cohere.ClientV2(api_key="any", base_url=server.url) as client,
            pytest.raises(kind) as caught,
        ):
            client.embed(model="fake", texts=TEXTS, input_type="clustering", request_options={"max_retries": 0})
        assert caught.value.body["message"]


def test_cohere_misses_a_model(cohere, cohere_client):
    with pytest.raises(cohere.NotFoundError):
        cohere_client.embed(model="other", texts=TEXTS, input_type="clustering")


# --- Voyage


@pytest.fixture
def voyageai(witness):
    return witness("voyageai")


@pytest.mark.parametrize("path", ["/voyage/v1", "/v1"])
def test_voyage(voyageai, fake_server, path):
    client = voyageai.Client(api_key="any", base_url=fake_server.url + path, max_retries=0)
    reply = client.embed(TEXTS, model="fake", input_type="query")
    same(reply.embeddings, expected())
    assert reply.total_tokens == 4
    same(client.embed(TEXTS, model="fake", output_dimension=8, truncation=False).embeddings, expected(8))
    for kind in ("int8", "uint8", "binary", "ubinary"):
        found = client.embed(TEXTS, model="fake", output_dtype=kind).embeddings
        np.testing.assert_array_equal(np.asarray(found), encode(expected(), Encoding(kind), int8_scale=1.0))


def test_voyage_refusals(voyageai, serve, failing):
    kinds = [
        voyageai.error.InvalidRequestError, voyageai.error.MalformedRequestError, voyageai.error.RateLimitError,
        voyageai.error.ServerError,
    ]  # fmt: skip
    for (error, status), kind in zip(REFUSALS, kinds, strict=True):
        with serve(fake=failing(error)) as server:
            client = voyageai.Client(api_key="any", base_url=f"{server.url}/voyage/v1", max_retries=0)
            with pytest.raises(kind) as caught:
                client.embed(TEXTS, model="fake")
            assert caught.value.http_status == status


# --- Mistral


@pytest.fixture
def mistral(witness):
    witness("mistralai.client")
    return witness("mistralai.client"), witness("mistralai.client.errors")


@pytest.mark.parametrize("path", ["", "/mistral"])
def test_mistral(mistral, fake_server, path):
    with mistral[0].Mistral(api_key="any", server_url=fake_server.url + path) as client:
        reply = client.embeddings.create(model="fake", inputs=TEXTS)
        same([item.embedding for item in reply.data], expected())
        assert (reply.usage.prompt_tokens, reply.usage.total_tokens, reply.model) == (4, 4, "fake")
        short = client.embeddings.create(model="fake", inputs=TEXTS, output_dimension=8)
        same([item.embedding for item in short.data], expected(8))
        packed = client.embeddings.create(model="fake", inputs=TEXTS, output_dtype="ubinary")
        codes = np.asarray([item.embedding for item in packed.data])
        np.testing.assert_array_equal(codes, encode(expected(), Encoding.UBINARY))


def test_mistral_refusals(mistral, serve, failing):
    module, kinds = mistral
    for (error, status), kind in zip(
        REFUSALS, [kinds.SDKError, kinds.HTTPValidationError, kinds.SDKError, kinds.SDKError], strict=True
    ):
        with (
            serve(fake=failing(error)) as server,
            module.Mistral(api_key="any", server_url=f"{server.url}/mistral") as client,
            pytest.raises(kind) as caught,
        ):
            client.embeddings.create(model="fake", inputs=TEXTS, retries=None)
        assert caught.value.status_code == status


# --- Ollama


@pytest.fixture
def ollama(witness):
    return witness("ollama")


def test_ollama(ollama, fake_server):
    with closing(ollama.Client(host=fake_server.url)) as client:
        reply = client.embed(model="fake", input=TEXTS, truncate=False, keep_alive="5m", options={"num_ctx": 512})
        same(reply.embeddings, expected())
        assert (reply.prompt_eval_count, reply.model) == (4, "fake")
        same(client.embed(model="fake:latest", input="a cat", dimensions=8).embeddings, expected(8)[:1])
        same(client.embeddings(model="fake", prompt="a cat").embedding, expected()[0])
        with pytest.raises(ollama.ResponseError, match="fake"):
            client.embed(model="other", input="a")


async def test_ollama_without_blocking(ollama, fake_server):
    client = ollama.AsyncClient(host=fake_server.url)
    same((await client.embed(model="fake", input=TEXTS)).embeddings, expected())
    await client.close()


@pytest.mark.parametrize("arguments", [("embed", {"input": "a"}), ("embeddings", {"prompt": "a"})])
def test_ollama_refusals(ollama, serve, failing, arguments):
    name, asked = arguments
    for error, status in REFUSALS:
        with (
            serve(fake=failing(error)) as server,
            closing(ollama.Client(host=server.url)) as client,
            pytest.raises(ollama.ResponseError) as caught,
        ):
            getattr(client, name)(model="fake", **asked)
        assert caught.value.status_code == status
        assert "{" not in caught.value.error


# --- Together


def test_together(witness, fake_server, serve, failing):
    together = witness("together")
    with together.Together(api_key="any", base_url=fake_server.url) as client:
        same([item.embedding for item in client.embeddings.create(model="fake", input=TEXTS).data], expected())
    kinds = [
        together.BadRequestError, together.UnprocessableEntityError, together.RateLimitError,
        together.InternalServerError,
    ]  # fmt: skip
    for (error, _), kind in zip(REFUSALS, kinds, strict=True):
        with (
            serve(fake=failing(error)) as server,
            together.Together(api_key="any", base_url=server.url, max_retries=0) as client,
            pytest.raises(kind),
        ):
            client.embeddings.create(model="fake", input=TEXTS)


# --- Hugging Face


@pytest.fixture
def hub(witness):
    module = witness("huggingface_hub")
    yield module
    module.close_session()


@pytest.mark.thorough  # its client waits between its tries
@pytest.mark.parametrize("path", ["/embed", "/invocations", "/hf-inference/models/fake/pipeline/feature-extraction"])
def test_hugging_face(hub, fake_server, serve, failing, path):
    with hub.InferenceClient(model=fake_server.url + path, token="any") as client:
        same(client.feature_extraction(TEXTS), expected())
        same(client.feature_extraction("a cat", truncate=True, prompt_name="query"), expected()[:1])
    for error, status in REFUSALS:
        with (
            serve(fake=failing(error)) as server,
            hub.InferenceClient(model=server.url + path, token="any") as client,
            pytest.raises(hub.errors.HfHubHTTPError) as caught,
        ):
            client.feature_extraction("a")
        assert caught.value.response.status_code == status


# --- what they ask for arrives


def test_the_input_type_of_each_vendor_is_the_same_three_words(serve):
    asked = [
        ("/v2/embed", {"texts": ["a"], "input_type": "search_query"}, InputType.QUERY),
        ("/v2/embed", {"texts": ["a"], "input_type": "search_document"}, InputType.DOCUMENT),
        ("/v2/embed", {"texts": ["a"], "input_type": "clustering"}, InputType.TEXT),
        ("/v1/embeddings", {"input": "a", "input_type": "query"}, InputType.QUERY),
        ("/v1/embeddings", {"input": "a", "input_type": "passage"}, InputType.DOCUMENT),
        ("/v1/embeddings", {"input": "a", "task": "retrieval.query"}, InputType.QUERY),
        ("/jina/v1/embeddings", {"input": ["a"], "task": "retrieval.passage"}, InputType.DOCUMENT),
        ("/nvidia/v1/embeddings", {"input": ["a"], "input_type": "passage"}, InputType.DOCUMENT),
        ("/voyage/v1/embeddings", {"input": ["a"], "input_type": "document"}, InputType.DOCUMENT),
        ("/embed", {"inputs": "a", "prompt_name": "query"}, InputType.QUERY),
    ]
    fake = FakeEmbedder()
    with serve(fake=fake) as server:
        for path, body, kind in asked:
            assert server.post(path, {"model": "fake", **body}).status == 200, path
            assert fake.requests[-1].input_type is kind, path


class Plain(FakeEmbedder):
    """Tells no input types apart, and cannot cut a text."""

    @property
    def capabilities(self):
        return replace(super().capabilities, input_types=frozenset({InputType.TEXT}), truncates=False)


def test_what_a_dialect_only_assumes_gives_way_to_the_model(serve):
    fake = Plain()
    with serve(fake=fake) as server:
        for path, body in [
            ("/v2/embed", {"texts": ["a"], "input_type": "search_query"}),
            ("/voyage/v1/embeddings", {"input": "a", "input_type": "query"}),
            ("/jina/v1/embeddings", {"input": "a", "task": "retrieval.query"}),
            ("/nvidia/v1/embeddings", {"input": "a", "input_type": "query"}),
            ("/api/embed", {"input": "a"}),
            ("/api/embeddings", {"prompt": "a"}),
        ]:
            assert server.post(path, {"model": "fake", **body}).status == 200, path
            assert (fake.requests[-1].input_type, fake.requests[-1].overflow) == (None, Overflow.ERROR)


def test_long_texts_are_cut_where_the_vendor_cuts_them(serve):
    fake = FakeEmbedder()
    with serve(fake=fake) as server:
        for path, body, cut in [
            ("/v2/embed", {"texts": ["a"]}, True),
            ("/v2/embed", {"texts": ["a"], "truncate": "NONE"}, False),
            ("/voyage/v1/embeddings", {"input": "a"}, True),
            ("/voyage/v1/embeddings", {"input": "a", "truncation": False}, False),
            ("/jina/v1/embeddings", {"input": "a"}, False),
            ("/nvidia/v1/embeddings", {"input": "a", "truncate": "END"}, True),
            ("/api/embed", {"input": "a"}, True),
            ("/api/embed", {"input": "a", "truncate": False}, False),
            ("/embed", {"inputs": "a"}, False),
            ("/embed", {"inputs": "a", "truncate": True}, True),
            ("/v1/embeddings", {"input": "a"}, False),
            ("/v1/embeddings", {"input": "a", "truncation": True}, True),
        ]:
            assert server.post(path, {"model": "fake", **body}).status == 200, path
            assert fake.requests[-1].overflow is (Overflow.TRUNCATE if cut else Overflow.ERROR), (path, body)


@pytest.mark.parametrize(
    ("path", "body", "status", "param"),
    [
        ("/v2/embed", {"texts": []}, 400, "texts"),
        ("/v2/embed", {"texts": ["a", ""]}, 400, "texts"),
        ("/v2/embed", {}, 400, "texts"),
        ("/embed", {"inputs": ["a", ""]}, 400, "inputs"),
        ("/v2/embed", {"images": ["data:x"]}, 400, "images"),
        ("/v2/embed", {"texts": ["a"], "input_type": "image"}, 400, "input_type"),
        ("/v2/embed", {"texts": ["a"], "embedding_types": ["float", "x"]}, 400, "embedding_types"),
        ("/v2/embed", {"texts": ["a"], "truncate": "START"}, 422, "truncate"),
        ("/v2/embed", {"texts": ["a"], "truncate": "x"}, 400, "truncate"),
        ("/voyage/v1/embeddings", {"input": "a", "output_dimension": 0}, 400, "output_dimension"),
        ("/voyage/v1/embeddings", {"input": "a", "output_dtype": "x"}, 400, "output_dtype"),
        ("/voyage/v1/embeddings", {"input": "a", "truncation": 3}, 400, "truncation"),
        ("/jina/v1/embeddings", {"input": "a", "embedding_type": ["float", "binary"]}, 400, "embedding_type"),
        ("/embed", {"inputs": ["a"], "normalize": False}, 422, "normalize"),
        ("/embed", {"inputs": ["a"], "truncation_direction": "Left"}, 422, "truncation_direction"),
        ("/embed", {"inputs": ["a"], "prompt_name": "x"}, 400, "prompt_name"),
        ("/api/embed", {"input": []}, 400, "input"),
        ("/api/embeddings", {"prompt": ""}, 400, "prompt"),
    ],
)
def test_a_fault_names_its_field(fake_server, path, body, status, param):
    answer = fake_server.post(path, {"model": "fake", **body})
    assert (answer.status, answer.json["param"]) == (status, param)
    assert answer.json["code"]


def test_the_bundled_model_answers_each_vendor_alike(cohere, voyageai, ollama, hub, bundled):
    model = "all-minilm-l6-v2"
    with Client() as client:
        wanted = client.embedding(f"local:{model}", TEXTS).vectors
    with (
        cohere.ClientV2(api_key="any", base_url=bundled.url) as of_cohere,
        closing(ollama.Client(host=bundled.url)) as of_ollama,
        hub.InferenceClient(model=f"{bundled.url}/embed", token="any") as of_hub,
    ):
        of_voyage = voyageai.Client(api_key="any", base_url=f"{bundled.url}/voyage/v1")
        found = [
            of_cohere.embed(model=model, texts=TEXTS, input_type="search_query").embeddings.float_,
            of_voyage.embed(TEXTS, model=model, input_type="document").embeddings,
            of_ollama.embed(model=model, input=TEXTS).embeddings,
            of_hub.feature_extraction(TEXTS),
        ]
    for one in found:
        cosines = (vectors.normalize(np.asarray(one, dtype=np.float32)) * wanted).sum(axis=1)
        assert (cosines > 0.99999).all()
