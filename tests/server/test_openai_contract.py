"""The OpenAI routes: models, embeddings, errors, and Azure's paths for them."""

import base64

import numpy as np
import pytest

from onevec.testing import FakeEmbedder

PATHS = ["/v1/embeddings", "/openai/v1/embeddings", "/openai/deployments/fake/embeddings?api-version=2024-10-21"]


def check_error(answer, status, code, kind="invalid_request_error"):
    assert answer.status == status
    assert set(answer.json) == {"error"}
    error = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["code"], error["type"]) == (code, kind)
    assert answer.headers["x-request-id"] == answer.headers["apim-request-id"]
    return error


@pytest.mark.parametrize("path", PATHS)
def test_every_path_answers(fake_server, path):
    answer = fake_server.post(path, {"model": "fake", "input": ["a", "b"], "user": "someone"})
    assert answer.status == 200
    assert answer.headers["x-vector-space"]
    assert [item["index"] for item in answer.json["data"]] == [0, 1]
    assert set(answer.json) == {"id", "object", "data", "model", "usage"}


def test_base64_holds_the_same_floats(fake_server):
    def asked(encoding):
        body = {"model": "fake", "input": ["a"], "encoding_format": encoding}
        return fake_server.post("/v1/embeddings", body).json["data"][0]["embedding"]

    decoded = np.frombuffer(base64.b64decode(asked("base64")), "<f4")
    assert (decoded == np.array(asked("float"), np.float32)).all()


def test_no_model_stands_for_another(fake_server):
    error = check_error(
        fake_server.post("/v1/embeddings", {"model": "text-embedding-3-small", "input": "a"}), 404, "model_not_found"
    )
    assert error["param"] == "model"
    assert "fake" in error["message"]


def test_the_model_must_be_named(fake_server):
    assert check_error(fake_server.post("/v1/embeddings", {"input": "a"}), 400, "invalid_request")["param"] == "model"


def test_the_path_names_the_deployment(fake_server):
    assert fake_server.post("/openai/deployments/fake/embeddings", {"model": "other", "input": "a"}).status == 200
    check_error(fake_server.post("/openai/deployments/other/embeddings", {"input": "a"}), 404, "model_not_found")


@pytest.mark.parametrize(
    ("sent", "param"),
    [({"model": "fake"}, "input"), ({"model": "fake", "input": []}, "input"),
     ({"model": "fake", "input": [""]}, "input"),
     ({"model": "fake", "input": "a", "dimensions": 0}, "dimensions"),
     ({"model": "fake", "input": "a", "encoding_format": "x"}, "encoding_format")],
    ids=str,
)  # fmt: skip
def test_bad_bodies(fake_server, sent, param):
    assert check_error(fake_server.post("/v1/embeddings", sent), 400, "invalid_request")["param"] == param


def test_unknown_fields_are_refused_by_a_local_model(bundled):
    answer = bundled.post("/v1/embeddings", {"model": "all-minilm-l6-v2", "input": "a", "frobnicate": 1})
    assert check_error(answer, 422, "unsupported_parameter")["param"] == "frobnicate"


@pytest.mark.parametrize("path", ["/v1/models", "/openai/v1/models", "/openai/models"])
def test_models(fake_server, path):
    answer = fake_server.get(path)
    [card] = answer.json["data"]
    assert answer.json["object"] == "list"
    assert (card["id"], card["object"], card["owned_by"], card["dimensions"]) == ("fake", "model", "local", 1024)
    one = fake_server.get(f"{path}/fake")
    assert one.json == card
    assert one.headers["x-vector-space"] == card["vector_space"]
    for name in ("org/other", ""):
        check_error(fake_server.get(f"{path}/{name}"), 404, "model_not_found")


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/openai/deployments/fake/chat", "/v1/embeddings/"])
def test_an_unknown_route_speaks_openai(fake_server, path):
    check_error(fake_server.post(path, {}), 404, "not_found")


def test_a_wrong_method_speaks_openai(fake_server):
    answer = fake_server.get("/v1/embeddings")
    check_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


ALIASED = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
aliases = ["text-embedding-ada-002", "org/name"]
"""


def test_an_alias_is_a_name(serve):
    with serve(ALIASED, fake=FakeEmbedder()) as server:
        for name in ("text-embedding-ada-002", "org/name"):
            assert server.post("/v1/embeddings", {"model": name, "input": "a"}).json["model"] == "fake"
            assert server.get(f"/v1/models/{name}").json["id"] == "fake"
