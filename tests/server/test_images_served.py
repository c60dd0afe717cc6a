"""Images over HTTP: Azure's route by its contract, the default server with `local:gist`, addresses, every client."""

import asyncio
import base64
import http.server
import io
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from onevec.embedders import Embedders
from onevec.engine import load
from onevec.errors import UnsupportedModalityError
from onevec.gateway import Config
from onevec.images import ImageInput
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, Modality

from ..engine.vision.hostile import hostile
from .conftest import running

pytestmark = [
    # Of the clients' own making, and not ours to mend.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

VERSION = "?api-version=2024-05-01-preview"
ROUTE = f"/images/embeddings{VERSION}"


def picture(seed, form="PNG", size=(48, 32)):
    """The bytes of a picture of soft blobs."""
    noise = np.random.default_rng(seed).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(buffer, form)
    return buffer.getvalue()


def url(content, kind="png"):
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def same(found, wanted):
    np.testing.assert_allclose(np.asarray(found, dtype=np.float32), wanted, rtol=1e-6, atol=1e-6)


@pytest.fixture(scope="module")
def default():
    """What `onevec serve` serves without any option."""
    from onevec.cli.serve import ordered

    embedders = Embedders()
    try:
        with running(ordered(None, None, {"port": 0}).read(), embedders) as server:
            yield server
    finally:
        embedders.close()


@pytest.fixture(scope="module")
def gist():
    """The local model, called directly."""
    model = load("gist")
    yield lambda *contents: model.embed(EmbedRequest("m", tuple(map(ImageInput, contents)))).vectors
    model.close()


@pytest.fixture(scope="module")
def every(serve):
    """A model of texts, images and pairs, under the names that vendors' clients need."""
    toml = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
max_images = 3
aliases = ["amazon.titan-embed-image-v1", "cohere.embed-english-v3", "gemini-embedding-2", "embed-v4.0"]
"""
    with serve(toml, fake=FakeEmbedder(64)) as server:
        yield server


def fake(*inputs, dimensions=None):
    return FakeEmbedder(64).embed(EmbedRequest("fake", inputs, dimensions)).vectors


# --- the default server


@pytest.mark.parametrize("prefix", ["", "/models"])
def test_the_default_server_embeds_images_without_being_told_a_model(default, gist, prefix):
    contents = [picture(1), picture(2, "JPEG"), picture(3, "WEBP"), picture(4, "GIF"), picture(5, "BMP")]
    kinds = ["png", "jpeg", "webp", "gif", "bmp"]
    body = {"input": [{"image": url(*pair)} for pair in zip(contents, kinds, strict=True)]}
    answer = default.post(prefix + ROUTE, body)
    assert answer.status == 200
    same([item["embedding"] for item in answer.json["data"]], gist(*contents))
    assert answer.json["model"] == "gist"
    assert answer.headers["x-vector-space"].startswith("gist@")


def test_the_default_server_embeds_texts_as_before(default):
    for model in ({}, {"model": "text-embedding-3-small"}, {"model": "all-minilm-l6-v2"}):
        answer = default.post(f"/embeddings{VERSION}", {"input": ["a"], **model})
        assert (answer.status, answer.json["model"]) == (200, "all-minilm-l6-v2")


def test_info_tells_what_each_deployment_embeds(default, serve):
    info = default.get(f"/info{VERSION}").json
    assert (info["model_name"], info["model_type"], info["modalities"]) == ("all-minilm-l6-v2", "embedding", ["text"])
    info = default.get(f"/info{VERSION}", {"azureml-model-deployment": "gist"}).json
    assert (info["model_name"], info["model_type"], info["modalities"]) == ("gist", "image_embedding", ["image"])
    assert info["dimensions"] == 980
    with serve(fake=FakeEmbedder()) as server:
        info = server.get(f"/info{VERSION}").json
    assert (info["model_type"], info["modalities"]) == ("embedding", ["image", "pair", "text"])
    assert [card["modalities"] for card in default.get("/v1/models").json["data"]] == [["text"], ["image"]]


def test_an_image_for_a_model_of_texts_and_a_text_for_one_of_images(default):
    answer = default.post(ROUTE, {"input": [{"image": url(picture(1))}], "model": "all-minilm-l6-v2"})
    assert (answer.status, answer.json["code"]) == (404, "modality_not_supported")
    assert answer.headers["x-ms-error-code"] == "modality_not_supported"
    answer = default.post(f"/embeddings{VERSION}", {"input": ["a"], "model": "gist"})
    assert (answer.status, answer.json["code"]) == (404, "modality_not_supported")
    assert "CLIP" in answer.json["message"]


def test_a_pair_for_a_model_that_has_none(default):
    answer = default.post(ROUTE, {"input": [{"image": url(picture(1)), "text": "an otter"}], "model": "gist"})
    assert (answer.status, answer.json["code"]) == (404, "modality_not_supported")
    assert "CLIP" in answer.json["message"]


def test_an_input_type_that_the_model_does_not_tell_apart(default):
    body = {"input": [{"image": url(picture(1))}]}
    assert default.post(ROUTE, body | {"input_type": "text"}).status == 200
    answer = default.post(ROUTE, body | {"input_type": "query"})
    assert (answer.status, answer.json["detail"]["loc"]) == (422, ["input_type"])


def test_a_pair_that_is_a_mean_says_so(serve):
    class Mean(FakeEmbedder):
        async def aembed(self, request):
            return replace(self.embed(request), pairs="mean")

    body = {"input": [{"image": url(picture(1)), "text": "an otter"}]}
    with serve(fake=Mean()) as server:
        assert server.post(ROUTE, body).headers["x-pair-vectors"] == "mean"
    with serve(fake=FakeEmbedder()) as server:
        assert "x-pair-vectors" not in server.post(ROUTE, body).headers


def test_dimensions_and_encodings(default, every):
    body = {"input": [{"image": url(picture(1))}]}
    answer = default.post(ROUTE, body | {"dimensions": 8})
    assert (answer.status, answer.json["detail"]["loc"]) == (422, ["dimensions"])
    packed = default.post(ROUTE, body | {"encoding_format": "base64"}).json["data"][0]["embedding"]
    plain = default.post(ROUTE, body).json["data"][0]["embedding"]
    same(np.frombuffer(base64.b64decode(packed), dtype="<f4"), plain)
    short = every.post(ROUTE, body | {"dimensions": 8}).json["data"][0]["embedding"]
    same([short], fake(ImageInput(picture(1)), dimensions=8))


PNG = picture(1)

BAD = [
    ({"image": "data:image/png;base64,"}, "zero bytes"),
    ({"image": ""}, "nothing"),
    ({"image": "data:image/png;base64,iVBORw0KG??="}, "no base64"),
    ({"image": "data:image/png;base64,abc"}, "cut off base64"),
    ({"image": "/etc/passwd"}, "a path"),
    ({"image": url(PNG, "jpeg")}, "another format than it is said to be"),
    ({"image": f"data:text/html;base64,{base64.b64encode(PNG).decode()}"}, "no image by its media type"),
    ({"image": url(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg+xml")}, "SVG"),
    ({"image": url(b"<!doctype html><html></html>", "png")}, "HTML"),
    ({"image": url(b"II*\0\x08\0\0\0", "tiff")}, "TIFF"),
    ({"image": url(b"\0\0\0\x1cftypheic" + bytes(16), "heic")}, "HEIC"),
    ({"image": url(PNG[:8])}, "a signature and no more"),
    ({"image": url(PNG[:20])}, "a header that is cut off"),
    ({"image": url(PNG[:-30])}, "pixels that are cut off"),
    ({"image": url(PNG[:16] + b"\0\0\xc3\x50\0\0\xc3\x50" + PNG[24:])}, "50,000 by 50,000 pixels"),
    ({"image": "data:image/png,raw"}, "a data URL without base64"),
    ({"image": "https://example.com/a.png"}, "an address, and no host is listed"),
    ({"image": url(PNG), "text": ""}, "an empty text"),
    ({"image": 3}, "a number"),
    ({}, "no image"),
    ("a", "a text"),
]


@pytest.mark.parametrize(("item", "what"), BAD, ids=[what for _, what in BAD])
def test_a_bad_image_is_refused_by_its_place(default, item, what):
    answer = default.post(ROUTE, {"input": [{"image": url(PNG)}, item], "model": "gist"})
    body = answer.json
    assert answer.status in (400, 422)
    assert (body["status"], answer.headers["x-ms-error-code"]) == (answer.status, body["code"])
    assert body["detail"]["loc"][:2] == ["input", "1"] or (item == {} and body["detail"]["loc"] == ["image"])
    assert default.post(ROUTE, {"input": [{"image": url(PNG)}]}).status == 200


def test_images_that_mean_harm_are_refused_and_the_server_goes_on(default):
    refused = 0
    for name, content in hostile():
        answer = default.post(ROUTE, {"input": [{"image": base64.b64encode(content).decode()}]})
        assert answer.status in (400, 422), name
        assert answer.json["detail"]["loc"][:2] == ["input", "0"], name
        refused += 1
    assert refused >= 200
    assert default.post(ROUTE, {"input": [{"image": url(PNG)}]}).status == 200
    assert default.get("/health/ready").status == 200


def test_nothing_to_embed(default):
    answer = default.post(ROUTE, {"input": []})
    assert (answer.status, answer.json["detail"]["loc"]) == (400, ["input"])


def test_more_images_than_the_deployment_takes(every):
    body = {"input": [{"image": url(PNG)}] * 4}
    answer = every.post(ROUTE, body)
    assert (answer.status, answer.json["detail"]) == (400, {"loc": ["input", "3"], "value": "4 images"})
    assert every.post(ROUTE, {"input": body["input"][:3]}).status == 200


def test_a_large_body_is_read_as_a_small_one_is(default, gist):
    content = picture(1, "BMP", (800, 600))
    answer = default.post(ROUTE, {"input": [{"image": url(content, "bmp")}]})
    same([answer.json["data"][0]["embedding"]], gist(content))
    assert default.post(ROUTE, {"input": [{"image": url(content, "png")}]}).json["detail"]["loc"] == [
        "input",
        "0",
        "image",
    ]


def test_a_body_past_the_limit(serve):
    toml = '[server]\nport = 0\nmax_body = 10000\n[deployments.fake]\nmodel = "local:fake"\n'
    with serve(toml, fake=FakeEmbedder()) as server:
        assert server.post(ROUTE, {"input": [{"image": url(PNG)}]}).status in (200, 413)
        assert server.post(ROUTE, {"input": [{"image": url(picture(1, "BMP", (100, 100)))}]}).status == 413


def test_an_image_has_its_part_of_the_queue_and_of_the_limits(serve):
    toml = '[server]\nport = 0\n[limits]\ntokens_per_minute = 600\n[deployments.fake]\nmodel = "local:fake"\n'
    with serve(toml, fake=FakeEmbedder()) as server:
        body = {"input": [{"image": url(PNG)}]}
        assert [server.post(ROUTE, body).status for _ in range(3)] == [200, 200, 429]


def test_several_deployments_of_images_have_to_be_named(serve):
    toml = '[server]\nport = 0\n[deployments.a]\nmodel = "local:a"\n[deployments.b]\nmodel = "local:b"\n'
    with serve(toml, a=FakeEmbedder(8), b=FakeEmbedder(16, modalities=frozenset({Modality.IMAGE}))) as server:
        body = {"input": [{"image": url(PNG)}]}
        answer = server.post(ROUTE, body)
        assert (answer.status, answer.json["detail"]["loc"]) == (400, ["model"])
        assert len(server.post(ROUTE, body | {"model": "b"}).json["data"][0]["embedding"]) == 16
        # Only one of them embeds a pair, or a text.
        body = {"input": [{"image": url(PNG), "text": "a"}]}
        assert len(server.post(ROUTE, body).json["data"][0]["embedding"]) == 8
        assert len(server.post(f"/embeddings{VERSION}", {"input": "a"}).json["data"][0]["embedding"]) == 8


# --- addresses


@pytest.fixture(scope="module")
def pictures():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("content-length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_image_is_fetched_from_a_listed_host_and_from_nowhere_else(serve, pictures):
    toml = f'[server]\nport = 0\nimage_hosts = ["{pictures}"]\n[deployments.fake]\nmodel = "local:fake"\n'
    with serve(toml, fake=FakeEmbedder(64)) as server:
        answer = server.post(ROUTE, {"input": [{"image": f"http://{pictures}/a.png", "text": "a"}]})
        same([answer.json["data"][0]["embedding"]], fake(ImageInput(PNG, "a")))
        for address in ("http://169.254.169.254/latest/", "http://localhost/", f"http://{pictures}@evil.com/"):
            answer = server.post(ROUTE, {"input": [{"image": url(PNG)}, {"image": address}]})
            assert answer.status in (400, 422)
            assert answer.json["detail"]["loc"] == ["input", "1"]


def test_a_wrong_list_of_hosts_is_found_at_start(serve):
    from onevec.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match=r"configuration:2: server\.image_hosts: .*'\*\.a' is no host"):
        serve('[server]\nimage_hosts = ["*.a"]\n[deployments.fake]\nmodel = "local:fake"\n')


# --- clients


def azure_client(module, server, credential):
    return module.ImageEmbeddingsClient(f"{server.url}/models", credential, retry_total=0)


@pytest.fixture
def credential(witness):
    return witness("azure.core.credentials").AzureKeyCredential("any")


@pytest.mark.parametrize("name", ["azure.ai.inference", "onevec.azure"])
def test_azures_clients(witness, credential, default, every, gist, tmp_path, name):
    module, models = witness(name), witness(f"{name}.models")
    path = tmp_path / "sample.png"
    path.write_bytes(PNG)
    image = models.ImageEmbeddingInput.load(image_file=str(path), image_format="png")
    with azure_client(module, default, credential) as client:
        reply = client.embed(input=[image])
        same([reply.data[0].embedding], gist(PNG))
        assert reply.model == "gist"
    image.text = "an otter"
    with azure_client(module, every, credential) as client:
        same([client.embed(input=[image], input_type="query").data[0].embedding], fake(ImageInput(PNG, "an otter")))


@pytest.mark.parametrize("name", ["azure.ai.inference", "onevec.azure"])
def test_azures_asynchronous_clients(witness, credential, default, gist, tmp_path, name):
    module, models = witness(f"{name}.aio"), witness(f"{name}.models")
    path = tmp_path / "sample.jpeg"
    path.write_bytes(picture(2, "JPEG"))

    async def main():
        async with azure_client(module, default, credential) as client:
            image = models.ImageEmbeddingInput.load(image_file=str(path), image_format="jpeg")
            return await client.embed(input=[image])

    same([asyncio.run(main()).data[0].embedding], gist(picture(2, "JPEG")))


@pytest.mark.parametrize("name", ["azure.ai.inference", "onevec.azure"])
def test_load_client_finds_the_class_for_images(witness, credential, name):
    embedders = Embedders()
    try:
        with (
            running(Config.of_model("local:gist", port=0), embedders) as server,
            witness(name).load_client(server.url, credential) as client,
        ):
            assert type(client).__name__ == "ImageEmbeddingsClient"
            assert client.get_model_info().model_type == "image_embedding"
    finally:
        embedders.close()


def test_cohere(witness, default, every, gist):
    cohere = witness("cohere")
    with cohere.ClientV2(api_key="any", base_url=default.url) as client:
        reply = client.embed(model="gist", images=[url(PNG)], input_type="image", embedding_types=["float"])
        same(reply.embeddings.float_, gist(PNG))
    text, image = {"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": url(PNG)}}
    inputs = [{"content": [text]}, {"content": [image]}, {"content": [text, image]}]
    with cohere.ClientV2(api_key="any", base_url=every.url) as client:
        reply = client.embed(model="fake", inputs=inputs, input_type="search_document", embedding_types=["float"])
        same(reply.embeddings.float_, fake("a", ImageInput(PNG), ImageInput(PNG, "a")))
        with pytest.raises(cohere.BadRequestError) as caught:
            client.embed(model="fake", images=[url(PNG, "gif")], input_type="image", embedding_types=["float"])
        assert caught.value.body["param"] == "images"
    with cohere.Client(api_key="any", base_url=every.url) as client:
        same(client.embed(model="fake", images=[url(PNG)], input_type="image").embeddings, fake(ImageInput(PNG)))


def test_cohere_is_told_the_field_that_it_filled(default):
    answer = default.post("/v2/embed", {"model": "all-minilm-l6-v2", "images": [url(PNG)], "input_type": "image"})
    assert (answer.status, answer.json["param"]) == (404, "images")


@pytest.mark.parametrize("path", ["/v1", "/voyage/v1"])
def test_voyage(witness, default, gist, every, path):
    voyageai = witness("voyageai")
    image = Image.open(io.BytesIO(PNG))
    client = voyageai.Client(api_key="any", base_url=default.url + path, max_retries=0)
    # It writes the picture anew, without loss.
    same(client.multimodal_embed([[image]], model="gist").embeddings, gist(PNG))
    client = voyageai.Client(api_key="any", base_url=every.url + path, max_retries=0)
    listed = [["a", image], [image], ["a"]]
    reply = client.multimodal_embed(listed, model="fake", input_type="document", output_dimension=8)
    assert np.asarray(reply.embeddings).shape == (3, 8)
    same(reply.embeddings[2:], fake("a", dimensions=8))
    assert reply.text_tokens == 2


def test_gemini(witness, every):
    genai = witness("google.genai")
    options = genai.types.HttpOptions(base_url=every.url, api_version="v1beta")
    part = genai.types.Part.from_bytes(data=PNG, mime_type="image/png")
    with genai.Client(api_key="any", http_options=options) as client:
        reply = client.models.embed_content(model="gemini-embedding-2", contents=[part])
        same([one.values for one in reply.embeddings], fake(ImageInput(PNG)))
        reply = client.models.embed_content(model="gemini-embedding-2", contents=["an otter", part])
        same([one.values for one in reply.embeddings], fake(ImageInput(PNG, "an otter")))


def test_bedrock(witness, every):
    config = witness("botocore.config").Config(retries={"total_max_attempts": 1})
    session = witness("boto3").session.Session("AKID", "secret")
    client = session.client("bedrock-runtime", endpoint_url=every.url, region_name="eu-west-3", config=config)
    try:
        packed = base64.b64encode(PNG).decode()
        body = {"inputText": "a", "inputImage": packed, "embeddingConfig": {"outputEmbeddingLength": 8}}
        answer = client.invoke_model(modelId="amazon.titan-embed-image-v1", body=json.dumps(body))
        same([json.loads(answer["body"].read())["embedding"]], fake(ImageInput(PNG, "a"), dimensions=8))
        body = {"images": [url(PNG)], "input_type": "image", "embedding_types": ["float"]}
        answer = client.invoke_model(modelId="cohere.embed-english-v3", body=json.dumps(body))
        same(json.loads(answer["body"].read())["embeddings"]["float"], fake(ImageInput(PNG)))
    finally:
        client.close()


def test_vertex_and_jina(every):
    place = "/v1/projects/p/locations/l/publishers/google/models/fake:predict"
    packed = base64.b64encode(PNG).decode()
    body = {"instances": [{"image": {"bytesBase64Encoded": packed}, "text": "a"}], "parameters": {"dimension": 8}}
    (prediction,) = every.post(place, body).json["predictions"]
    same([prediction["imageEmbedding"], prediction["textEmbedding"]], fake(ImageInput(PNG), "a", dimensions=8))
    assert "embeddings" in every.post(place, {"instances": [{"content": "a"}]}).json["predictions"][0]
    body = {"model": "fake", "input": [{"text": "a"}, {"image": packed}]}
    found = every.post("/jina/v1/embeddings", body).json["data"]
    same([item["embedding"] for item in found], fake("a", ImageInput(PNG)))


def test_we_are_clients_of_our_own_server(default, every, gist):
    from onevec import Client

    with Client(api_key="any", client_args={"proxy": ""}) as client:
        ours = client.embedding("azure:gist", ImageInput(PNG), api_base=default.url)
        same([ours.data[0].embedding], gist(PNG))
        with pytest.raises(UnsupportedModalityError) as caught:
            client.embedding("azure:all-minilm-l6-v2", ImageInput(PNG), api_base=default.url)
        assert (caught.value.status, caught.value.provider) == (404, "azure")
        for provider in ("cohere:embed-v4.0", "voyage:fake", "jina:fake"):
            base = {"voyage": "/voyage/v1", "jina": "/jina/v1"}.get(provider.partition(":")[0], "")
            ours = client.embedding(provider, ["a", ImageInput(PNG)], api_base=every.url + base)
            same([item.embedding for item in ours.data], fake("a", ImageInput(PNG)))
