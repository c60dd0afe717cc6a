"""The vendors' own clients send images as we do: Azure's, Cohere's, Voyage's and Google's."""

import asyncio
import base64
from urllib.parse import unquote

import numpy as np
import pytest

from onevec.images import ImageInput
from onevec.providers import PROVIDERS, Credential
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.types import EmbedRequest, InputType

from .dialects import HEADS

pytestmark = [
    # Of their own making, and not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

KEY = "a-key-for-both"
PNG = HEADS["png"] + b"pixels"
URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
IMAGE, PAIR = ImageInput(PNG), ImageInput(PNG, "an otter")
TEXT_PART, URL_PART = {"type": "text", "text": "an otter"}, {"type": "image_url", "image_url": {"url": URL}}


def ours(provider, url, model, *inputs, **fields):
    row = PROVIDERS[provider]
    options = RemoteOptions(proxy="", max_retries=0, max_items=8)
    embedder = RemoteEmbedder(row, model, url, Credential(KEY, row.auth), options)
    try:
        return embedder.embed(EmbedRequest(model, inputs, **fields)).vectors
    finally:
        embedder.close()


def check(server, theirs, vectors, headers=("authorization",)):
    """Path, body and key are the same, and so is what comes back; a null says nothing."""
    (their_path, their_headers, their_body), (our_path, our_headers, our_body) = server.calls
    assert unquote(our_path).partition("?")[0] == unquote(their_path).partition("?")[0]
    assert our_body == {name: value for name, value in their_body.items() if value is not None}
    for name in headers:
        assert our_headers[name] == their_headers[name]
    np.testing.assert_allclose(vectors, np.asarray(theirs, dtype=np.float32), rtol=1e-6)


AZURE = [
    ([IMAGE, PAIR], {}, {}),
    ([IMAGE], {"dimensions": 8, "input_type": InputType.QUERY}, {"dimensions": 8, "input_type": "query"}),
    ([PAIR], {"extra": {"truncate": "END"}}, {"model_extras": {"truncate": "END"}}),
]


@pytest.mark.parametrize(("inputs", "fields", "arguments"), AZURE)
@pytest.mark.parametrize("blocking", [True, False])
def test_we_send_what_azures_client_sends(witness, record, tmp_path, inputs, fields, arguments, blocking):
    witness("azure.ai.inference")
    from azure.ai.inference import ImageEmbeddingsClient, aio
    from azure.ai.inference.models import ImageEmbeddingInput
    from azure.core.credentials import AzureKeyCredential

    path = tmp_path / "image.png"
    path.write_bytes(PNG)
    listed = [ImageEmbeddingInput.load(image_file=str(path), image_format="png", text=one.text) for one in inputs]
    server = record("azure_images")

    async def call():
        async with aio.ImageEmbeddingsClient(server.url + "/models", AzureKeyCredential(KEY)) as client:
            return await client.embed(input=listed, model="m", **arguments)

    if blocking:
        with ImageEmbeddingsClient(server.url + "/models", AzureKeyCredential(KEY)) as client:
            theirs = client.embed(input=listed, model="m", **arguments)
    else:
        theirs = asyncio.run(call())
    vectors = ours("azure", server.url + "/models", "m", *inputs, **fields)
    check(server, [item.embedding for item in theirs.data], vectors, ("authorization", "api-key", "content-type"))
    assert list(server.calls[1][2]) == list(server.calls[0][2])


COHERE = [
    ("embed-english-v3.0", [IMAGE], {"images": [URL], "input_type": "image"}),
    ("embed-v4.0", [IMAGE], {"inputs": [{"content": [URL_PART]}], "input_type": "search_document"}),
    ("embed-v4.0", [IMAGE, PAIR],
     {"inputs": [{"content": [URL_PART]}, {"content": [TEXT_PART, URL_PART]}], "input_type": "search_document"}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "inputs", "arguments"), COHERE)
def test_we_send_what_coheres_client_sends(witness, record, model, inputs, arguments):
    server = record("cohere")
    with witness("cohere").ClientV2(api_key=KEY, base_url=server.url) as client:
        packed = client.embed(model=model, embedding_types=["base64"], truncate="NONE", **arguments).embeddings.base64
    vectors = ours("cohere", server.url, model, *inputs)
    check(server, [np.frombuffer(base64.b64decode(text), "<f4") for text in packed], vectors)


def test_we_send_what_coheres_client_of_version_1_sends(witness, record):
    server = record("cohere_v1")
    model = "embed-english-v3.0"
    with witness("cohere").Client(api_key=KEY, base_url=server.url) as client:
        reply = client.embed(model=model, images=[URL], input_type="image", embedding_types=["float"], truncate="NONE")
    check(server, reply.embeddings.float_, ours("cohere_v1", server.url, model, IMAGE))


def test_we_send_what_voyages_client_sends(witness, record):
    server = record("voyage_multimodal", 1024)
    client = witness("voyageai").Client(api_key=KEY, base_url=f"{server.url}/v1", max_retries=0)
    image = {"type": "image_base64", "image_base64": URL}
    inputs = [{"content": [TEXT_PART, image]}, {"content": [image]}]
    model = "voyage-multimodal-3.5"
    theirs = client.multimodal_embed(inputs, model=model, input_type="query", truncation=False, output_dimension=256)
    vectors = ours("voyage", f"{server.url}/v1", model, PAIR, IMAGE, dimensions=256, input_type=InputType.QUERY)
    check(server, theirs.embeddings, vectors)


@pytest.mark.parametrize("one", [IMAGE, PAIR])
def test_we_send_what_googles_client_sends(witness, record, one):
    genai = witness("google.genai")
    server = record("gemini", 3072)
    contents = [*([one.text] if one.text else []), genai.types.Part.from_bytes(data=PNG, mime_type="image/png")]
    options = genai.types.HttpOptions(base_url=server.url)
    with genai.Client(api_key=KEY, http_options=options) as client:
        theirs = client.models.embed_content(model="gemini-embedding-2", contents=contents)
    for asked in server.calls[0][2]["requests"]:
        asked["content"].pop("role")  # the user's, which is what is embedded without a word
    vectors = ours("gemini", server.url, "gemini-embedding-2", one)
    check(server, [one.values for one in theirs.embeddings], vectors, ("x-goog-api-key",))
