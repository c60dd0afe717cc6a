"""Images in the dialects that take them: what each sends, and what is wrong with what it is sent."""

import base64
import json

import pytest

from onevec.errors import InvalidRequestError, UnsupportedModalityError, UnsupportedParameterError
from onevec.images import ImageInput, LinkedImage
from onevec.target import Target
from onevec.testing import FakeEmbedder
from onevec.types import EmbedRequest, InputType
from onevec.wires import WIRES, Outgoing

from .dialects import HEADS

PNG = HEADS["png"] + b"1"
B64 = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{B64}"
IMAGE, PAIR = ImageInput(PNG), ImageInput(PNG, "an otter")
TARGET = Target("somebody", "https://h", key="k", parameters=frozenset({"dimensions", "input_type", "extra"}))


def sent(wire, model, *inputs, **fields):
    return json.loads(WIRES[wire].encode_request(EmbedRequest(model, inputs, **fields), TARGET).body)


def read(wire, body, model="m"):
    return WIRES[wire].decode_request(json.dumps(body).encode(), {}, model)


TITAN = "amazon.titan-embed-image-v1"
URL_PART = {"type": "image_url", "image_url": {"url": URL}}
BLOB = {"inline_data": {"mime_type": "image/png", "data": B64}}
TEXT_PART = {"type": "text", "text": "an otter"}

SENT = [
    ("azure_images", "m", [IMAGE, PAIR], {"input": [{"image": URL}, {"image": URL, "text": "an otter"}], "model": "m"}),
    ("cohere", "embed-english-v3.0", [IMAGE], {"images": [URL], "input_type": "image"}),
    ("cohere", "embed-v4.0", [IMAGE], {"inputs": [{"content": [URL_PART]}], "input_type": "search_document"}),
    ("cohere", "embed-v4.0", ["a", PAIR], {"inputs": [{"content": [{"type": "text", "text": "a"}]},
                                                      {"content": [TEXT_PART, URL_PART]}]}),
    ("cohere_v1", "embed-multilingual-v3.0", [IMAGE], {"images": [URL]}),
    ("voyage_multimodal", "voyage-multimodal-3", [PAIR, "a"],
     {"inputs": [{"content": [TEXT_PART, {"type": "image_base64", "image_base64": URL}]},
                 {"content": [{"type": "text", "text": "a"}]}]}),
    ("jina", "jina-clip-v2", ["a", IMAGE], {"input": [{"text": "a"}, {"image": B64}]}),
    ("jina", "jina-clip-v2", ["a", "b"], {"input": ["a", "b"]}),
    ("gemini", "gemini-embedding-2", [PAIR],
     {"requests": [{"content": {"parts": [{"text": "an otter"}, BLOB]},
                    "model": "models/gemini-embedding-2"}]}),
    ("vertexai_multimodal", "multimodalembedding@001", [IMAGE],
     {"instances": [{"image": {"bytesBase64Encoded": B64, "mimeType": "image/png"}}]}),
    ("bedrock", TITAN, [PAIR], {"inputText": "an otter", "inputImage": B64}),
    ("bedrock", TITAN, [IMAGE], {"inputImage": B64}),
    ("bedrock", "eu.cohere.embed-english-v3", [IMAGE],
     {"images": [URL], "input_type": "image", "embedding_types": ["float"]}),
    ("bedrock", "cohere.embed-v4:0", [PAIR], {"inputs": [{"content": [TEXT_PART, URL_PART]}]}),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "model", "inputs", "fields"), SENT)
def test_what_a_vendor_is_sent(wire, model, inputs, fields):
    body = sent(wire, model, *inputs)
    assert {name: body[name] for name in fields} == fields


@pytest.mark.parametrize(("wire", "model", "inputs"), [row[:3] for row in SENT])
def test_what_a_vendor_is_sent_a_server_reads(wire, model, inputs):
    request = WIRES[wire].encode_request(EmbedRequest(model, tuple(inputs)), TARGET)
    assert WIRES[wire].decode_request(request.body, request.headers, model).inputs == tuple(inputs)


def test_the_third_generation_of_cohere_takes_neither_pairs_nor_mixed_lists():
    for inputs in ((PAIR,), ("a", IMAGE)):
        with pytest.raises(UnsupportedModalityError):
            sent("cohere", "embed-english-v3.0", *inputs)


def test_an_input_type_is_said_of_images_where_it_can_be():
    assert sent("cohere", "embed-v4.0", IMAGE, input_type=InputType.QUERY)["input_type"] == "search_query"
    assert sent("cohere", "embed-english-v3.0", IMAGE, input_type=InputType.QUERY)["input_type"] == "image"
    assert sent("azure_images", "m", IMAGE, input_type=InputType.QUERY)["input_type"] == "query"


def test_titans_text_models_take_no_images():
    with pytest.raises(UnsupportedModalityError):
        sent("bedrock", "amazon.titan-embed-text-v2:0", IMAGE)


READ = [
    ("azure_images", {"input": [{"image": B64}]}, [IMAGE]),
    ("azure_images", {"input": [{"image": "https://h/a.png", "text": "t"}]}, [LinkedImage("https://h/a.png", "t")]),
    ("cohere", {"images": [URL], "input_type": "image"}, [IMAGE]),
    ("cohere", {"inputs": [{"content": [URL_PART, TEXT_PART]}]}, [PAIR]),
    ("voyage_multimodal", {"inputs": [{"content": [{"type": "image_url", "image_url": "http://h/a"}]}]},
     [LinkedImage("http://h/a")]),
    ("jina", {"input": {"image": "https://h/a.png"}}, [LinkedImage("https://h/a.png")]),
    ("jina", {"input": [{"text": "a"}, "b", {"image": URL}]}, ["a", "b", IMAGE]),
    ("gemini", {"requests": [{"content": {"parts": [{"text": "an "}, {"text": "otter"}, BLOB]}}]}, [PAIR]),
    ("vertexai_multimodal", {"instances": [{"image": {"bytesBase64Encoded": B64}, "text": "an otter"}]},
     [IMAGE, "an otter"]),
    ("bedrock", {"inputImage": B64, "inputText": "an otter"}, [PAIR]),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "body", "inputs"), READ)
def test_what_a_client_may_send(wire, body, inputs):
    assert read(wire, {"model": "m"} | body).inputs == tuple(inputs)


def test_base64_may_be_written_for_addresses():
    content = HEADS["png"] + b"\xfb\xff\xbf"
    data = base64.urlsafe_b64encode(content).decode()
    assert "-" in data or "_" in data
    part = {"inlineData": {"data": data, "mimeType": "image/png"}}
    assert read("gemini", {"requests": [{"content": {"parts": [part]}}]}).inputs == (ImageInput(content),)


def test_an_instance_with_an_image_and_a_text_has_two_embeddings():
    asked = read("vertexai_multimodal", {"instances": [{"text": "a", "image": {"bytesBase64Encoded": B64}}]})
    result = FakeEmbedder(4).embed(asked)
    answer = json.loads(WIRES["vertexai_multimodal"].encode_reply(Outgoing(result, asked)))
    (prediction,) = answer["predictions"]
    assert prediction["imageEmbedding"] == pytest.approx(result.vectors[0].tolist())
    assert prediction["textEmbedding"] == pytest.approx(result.vectors[1].tolist())


def azure(*images):
    return "azure_images", {"input": [*images]}


def parts(*content):
    return "cohere", {"model": "m", "inputs": [{"content": [*content]}]}


WRONG = [
    (*azure(), ("input",)),
    (*azure({"image": "data:image/png;base64,"}), ("input", 0, "image")),
    (*azure({"image": ""}), ("input", 0, "image")),
    (*azure({"image": "not base64!"}), ("input", 0, "image")),
    (*azure({"image": URL}, {"image": "data:image/png;base64,????"}), ("input", 1, "image")),
    (*azure({"image": f"data:image/jpeg;base64,{B64}"}), ("input", 0, "image")),
    (*azure({"image": f"data:text/html;base64,{B64}"}), ("input", 0, "image")),
    (*azure({"image": "data:image/svg+xml;base64,PHN2Zy8+"}), ("input", 0, "image")),
    (*azure({"image": base64.b64encode(b"<html></html>").decode()}), ("input", 0, "image")),
    (*azure({"image": "data:image/png,raw"}), ("input", 0, "image")),
    (*azure({"image": URL, "text": ""}), ("input", 0, "image")),
    (*azure({"image": "https://h/a.png", "text": ""}), ("input", 0, "image")),
    (*azure({"image": 3}), ("input", 0, "image")),
    (*azure({"text": "a"}), ("image",)),
    (*azure("a"), ("input", 0)),
    (*parts(), ("inputs", 0, "content")),
    (*parts({"type": "video"}), ("inputs", 0, "content", 0, "type")),
    (*parts({"type": "text"}), ("inputs", 0, "content", 0, "text")),
    (*parts(TEXT_PART, TEXT_PART), ("inputs", 0, "content", 1)),
    (*parts({"type": "text", "text": ""}), ("inputs", 0, "content", 0, "text")),
    (*parts({"type": "image_url", "image_url": "x!"}), ("inputs", 0, "content", 0, "image_url")),
    ("cohere", {"model": "m"}, ("texts",)),
    ("cohere", {"model": "m", "images": []}, ("images",)),
    ("cohere", {"model": "m", "texts": ["a"], "images": [URL]}, ("images",)),
    ("voyage_multimodal", {"model": "m", "inputs": []}, ("inputs",)),
    ("jina", {"input": [{"text": "a", "image": URL}]}, ("input", 0)),
    ("jina", {"input": [{}]}, ("input", 0)),
    ("jina", {"input": [{"text": "a"}, [1, 2]]}, ("input", 1)),
    ("jina", {"input": [{"text": ""}]}, ("input", 0, "text")),
    ("gemini", {"requests": [{"content": {"parts": [{"inlineData": {"data": B64}}] * 2}}]}, ("requests", 0)),
    ("gemini", {"requests": [{"content": {"parts": [{"inlineData": {"data": B64, "mimeType": "image/gif"}}]}}]},
     ("requests", 0)),
    ("vertexai_multimodal", {"instances": []}, ("instances",)),
    ("vertexai_multimodal", {"instances": [{}]}, ("instances", 0)),
    ("vertexai_multimodal", {"instances": [{"image": {"gcsUri": "gs://a/b"}}]}, ("instances", 0, "image")),
    ("bedrock", {"dimensions": 8}, ("inputText",)),
]  # fmt: skip


@pytest.mark.parametrize(("wire", "body", "loc"), WRONG)
def test_what_is_wrong_with_an_image_names_its_place(wire, body, loc):
    with pytest.raises(InvalidRequestError) as caught:
        read(wire, body)
    assert caught.value.loc == loc
    assert caught.value.status in (400, 422)
    assert len(caught.value.value or "") <= 60
    if wire == "azure_images":
        reply = WIRES[wire].encode_error(caught.value)
        assert json.loads(reply.body)["detail"]["loc"] == [str(step) for step in loc]


def test_a_vendor_is_sent_no_address_and_no_token_ids():
    for one in (LinkedImage("https://h/a.png"), (1, 2)):
        with pytest.raises(UnsupportedParameterError) as caught:
            sent("voyage_multimodal", "m", "a", one)
        assert caught.value.loc == ("inputs", 1)


def test_voyage_counts_pixels_beside_tokens():
    body = {"data": [{"embedding": [1, 0], "index": 0}],
            "usage": {"text_tokens": 3, "image_pixels": 5600, "total_tokens": 13}}  # fmt: skip
    from onevec.exchange import HttpReply

    reply = HttpReply(200, {}, json.dumps(body).encode())
    usage = WIRES["voyage_multimodal"].decode_reply(reply, EmbedRequest("m", (IMAGE,)), TARGET, None).usage
    assert (usage.prompt_tokens, usage.total_tokens) == (3, 13)
