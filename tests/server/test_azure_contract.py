"""The Azure AI routes, status by status and header by header, as the REST reference has them."""

import re
import uuid

import pytest

from onevec.errors import (
    ConfigurationError,
    ContextLengthExceededError,
    ModelUnavailableError,
    OnevecError,
    RateLimitError,
    UpstreamProviderError,
)

VERSION = "?api-version=2024-04-01-preview"
SAMPLE = {
    "input": ["This is a very good text"],
    "input_type": "text",
    "encoding_format": "float",
    "dimensions": 1024,
}


def check_ids(answer):
    assert answer.headers["x-request-id"] == answer.headers["apim-request-id"]
    return answer.headers["x-request-id"]


def check_error(answer, status, code):
    """What every error has."""
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-ms-error-code"] == answer.json["code"] == code
    assert answer.json["status"] == status
    assert answer.json["error"]
    assert answer.json["message"]
    assert "Traceback" not in answer.body.decode()
    check_ids(answer)
    return answer.json


@pytest.mark.parametrize("prefix", ["", "/models"])
def test_the_sample_request_has_the_sample_response(fake_server, prefix):
    answer = fake_server.post(f"{prefix}/embeddings{VERSION}", SAMPLE)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-vector-space"] == "fake@fake-1/1024/normalized"
    uuid.UUID(check_ids(answer))
    body = answer.json
    assert set(body) == {"id", "object", "data", "model", "usage"}
    assert (body["object"], body["model"]) == ("list", "fake")
    assert body["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    [item] = body["data"]
    assert set(item) == {"object", "index", "embedding"}
    assert (item["object"], item["index"], len(item["embedding"])) == ("embedding", 0, 1024)
    assert all(isinstance(value, float) for value in item["embedding"])


def test_the_sample_request_asks_too_many_dimensions_of_the_bundled_model(bundled):
    body = check_error(bundled.post(f"/embeddings{VERSION}", SAMPLE), 422, "unsupported_parameter")
    assert body["error"] == "Unprocessable Entity"
    assert body["detail"] == {"loc": ["dimensions"], "value": "1024"}
    assert "384" in body["message"]


@pytest.mark.parametrize("input_type", ["query", "document"])
def test_a_model_without_prompts_has_no_queries(bundled, input_type):
    answer = bundled.post(f"/embeddings{VERSION}", {"input": ["a"], "input_type": input_type})
    body = check_error(answer, 422, "unsupported_parameter")
    assert body["detail"] == {"loc": ["input_type"], "value": input_type}


@pytest.mark.parametrize(
    "query", ["", "?api-version=", "?api-version=latest", "?api-version=2024-13-01", "?api-version=2024-04-01-beta",
              "?api-version=2024-04-01&api-version=2024-05-01", "?other=1"],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/embeddings"), ("GET", "/info"), ("POST", "/images/embeddings")]
)
def test_the_version_is_required_and_well_formed(fake_server, method, path, query):
    answer = fake_server.request(method, path + query, {"input": ["a"]} if method == "POST" else None)
    body = check_error(answer, 400, answer.json["code"])
    assert body["code"] in ("missing_api_version", "invalid_api_version")
    assert body["param"] == "api-version"


@pytest.mark.parametrize("version", ["2024-04-01-preview", "2024-05-01", "2030-01-01"])
def test_any_well_formed_version_is_answered(fake_server, version):
    assert fake_server.post(f"/embeddings?api-version={version}", {"input": ["a"]}).status == 200


BAD_BODIES = [
    (b"", (), None),
    (b"{", (), None),
    (b"[]", (), None),
    (b"null", (), None),
    (b'{"input": ["\xff"]}', (), None),
    (b'{"input":' + b"[" * 5000 + b"]" * 5000 + b"}", (), None),
    ({}, ("input",), ""),
    ({"input": None}, ("input",), "None"),
    ({"input": []}, ("input",), "[]"),
    ({"input": ""}, ("input",), ""),
    ({"input": ["a", ""]}, ("input", "1"), ""),
    ({"input": ["a", 1]}, ("input", "1"), "1"),
    ({"input": [1, "a"]}, ("input", "1"), "a"),
    ({"input": [[1], 2]}, ("input", "1"), "2"),
    ({"input": [[1], []]}, ("input", "1"), "[]"),
    ({"input": [True]}, ("input", "0"), "True"),
    ({"input": [[True]]}, ("input", "0", "0"), "True"),
    ({"input": [-1]}, ("input", "0"), "-1"),
    ({"input": [1.5]}, ("input", "0"), "1.5"),
    ({"input": {"text": "a"}}, ("input",), "{'text': 'a'}"),
    ({"input": ["a", None]}, ("input", "1"), "None"),
    ({"input": ["a"], "dimensions": 0}, ("dimensions",), "0"),
    ({"input": ["a"], "dimensions": -5}, ("dimensions",), "-5"),
    ({"input": ["a"], "dimensions": True}, ("dimensions",), "True"),
    ({"input": ["a"], "dimensions": "8"}, ("dimensions",), "8"),
    ({"input": ["a"], "dimensions": 10**30}, ("dimensions",), None),
    ({"input": ["a"], "encoding_format": "hex"}, ("encoding_format",), "'hex'"),
    ({"input": ["a"], "encoding_format": 7}, ("encoding_format",), "7"),
    ({"input": ["a"], "input_type": "passage"}, ("input_type",), "'passage'"),
    ({"input": ["a"], "model": 3}, ("model",), "3"),
]


@pytest.mark.parametrize(("sent", "loc", "value"), BAD_BODIES, ids=lambda value: repr(value)[:40])
def test_a_bad_body_is_refused_with_the_place(fake_server, sent, loc, value):
    answer = fake_server.post(f"/embeddings{VERSION}", sent)
    body = check_error(answer, 400, answer.json["code"])
    assert body["error"] == "Bad Request"
    if loc:
        assert body["param"] == loc[0]
        assert tuple(body["detail"]["loc"]) == loc
        assert value is None or body["detail"]["value"] == value


@pytest.mark.parametrize("inputs", ["a text", ["one", "two"], [1, 2, 3], [[1, 2], [3]]], ids=repr)
def test_every_form_of_input(bundled, inputs):
    answer = bundled.post(f"/embeddings{VERSION}", {"input": inputs})
    assert answer.status == 200
    count = len(inputs) if isinstance(inputs, list) and not isinstance(inputs[0], int) else 1
    assert [item["index"] for item in answer.json["data"]] == list(range(count))


def test_a_token_that_the_model_does_not_have(bundled):
    body = check_error(bundled.post(f"/embeddings{VERSION}", {"input": [[7], [5, 99999999]]}), 400, "invalid_request")
    assert body["detail"]["loc"] == ["input", "1", "1"]


def test_a_text_that_is_too_long(bundled):
    body = check_error(bundled.post(f"/embeddings{VERSION}", {"input": ["ok", "word " * 600]}), 400,
                       "context_length_exceeded")  # fmt: skip
    assert body["detail"]["loc"] == ["input", "1"]
    assert "256" in body["message"]


def test_more_items_than_allowed(fake_server):
    assert fake_server.post(f"/embeddings{VERSION}", {"input": ["a"] * 1024}).status == 200
    body = check_error(fake_server.post(f"/embeddings{VERSION}", {"input": ["a"] * 1025}), 400, "invalid_request")
    assert body["detail"]["loc"] == ["input", "1024"]


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [(None, 400, "invalid_request"), ("error", 400, "invalid_request"), ("nonsense", 400, "invalid_request"),
     ("ignore", 200, None), ("drop", 200, None), ("pass-through", 422, "unsupported_parameter")],
)  # fmt: skip
def test_extra_parameters(bundled, mode, status, code):
    headers = {"extra-parameters": mode} if mode else {}
    answer = bundled.post(f"/embeddings{VERSION}", {"input": ["a"], "safe_mode": True}, headers)
    assert answer.status == status
    if code:
        body = check_error(answer, status, code)
        assert body["param" if status == 400 else "detail"]
        assert ("safe_mode" in body["message"]) == (mode != "nonsense")


def test_the_model_is_ignored_when_one_is_served(fake_server):
    for model in ("fake", "another", ""):
        answer = fake_server.post(f"/embeddings{VERSION}", {"input": ["a"], "model": model})
        assert (answer.status, answer.json["model"]) == (200, "fake")


TWO = """
[server]
port = 0
[deployments.small]
model = "local:small"
aliases = ["tiny"]
[deployments.large]
model = "local:large"
"""


def test_a_header_or_the_model_chooses_among_several(serve, failing):
    from onevec.testing import FakeEmbedder

    with serve(TWO, small=FakeEmbedder(4), large=FakeEmbedder(8)) as server:

        def asked(model=None, header=None):
            headers = {"azureml-model-deployment": header} if header else {}
            body = {"input": ["a"]} | ({"model": model} if model else {})
            return server.post(f"/embeddings{VERSION}", body, headers)

        assert len(asked("small").json["data"][0]["embedding"]) == 4
        assert len(asked("tiny").json["data"][0]["embedding"]) == 4
        assert len(asked("large").json["data"][0]["embedding"]) == 8
        assert asked("small", "large").json["model"] == "large"
        check_error(asked("huge"), 404, "model_not_found")
        check_error(asked("small", "huge"), 404, "DeploymentNotFound")
        check_error(asked(), 400, "invalid_request")
        info = server.get(f"/info{VERSION}", {"azureml-model-deployment": "large"})
        assert (info.json["model_name"], info.json["dimensions"]) == ("large", 8)


def test_info(bundled):
    for path in ("/info", "/models/info"):
        answer = bundled.get(path + VERSION)
        assert answer.status == 200
        assert answer.json == {
            "model_name": "all-minilm-l6-v2",
            "model_type": "embedding",
            "model_provider_name": "local",
            "dimensions": 384,
            "max_input_tokens": 256,
            "input_types": ["text"],
            "modalities": ["text"],
            "vector_space": answer.headers["x-vector-space"],
        }


@pytest.mark.parametrize("prefix", ["", "/models"])
@pytest.mark.parametrize("body", [{"input": [{"image": "data:image/png;base64,"}]}, {"input": ["a"]}, {}])
def test_a_model_of_texts_has_no_route_for_images(bundled, prefix, body):
    answer = bundled.post(f"{prefix}/images/embeddings{VERSION}", body)
    body = check_error(answer, 404, "modality_not_supported")
    assert body["error"] == "Not Found"


@pytest.mark.parametrize("path", ["/embedding", "/embeddings/", "/v3/embed", "/models", "/%2e%2e/etc"])
def test_an_unknown_route(fake_server, path):
    check_error(fake_server.post(path + VERSION, {"input": ["a"]}), 404, "not_found")


@pytest.mark.parametrize(("method", "path"), [("GET", "/embeddings"), ("PUT", "/embeddings"), ("POST", "/info")])
def test_a_wrong_method(fake_server, method, path):
    answer = fake_server.request(method, path + VERSION)
    check_error(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == ("GET" if method == "POST" else "POST")


FILTERED = """
[server]
port = 0
[deployments.fake]
model = "local:fake"
[deployments.fake.content_filter]
patterns = ["(?i)forbidden"]
"""


def test_the_content_filter(serve):
    with serve(FILTERED) as server:
        assert server.post(f"/embeddings{VERSION}", {"input": ["fine"]}).status == 200
        body = check_error(server.post(f"/embeddings{VERSION}", {"input": ["fine", "FORBIDDEN words"]}), 400,
                           "content_filter")  # fmt: skip
        assert set(body) == {"code", "error", "message", "param", "status"}
        assert body["param"] == "input"


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (RuntimeError("secret text of a client"), 500, "internal_error"),
        (OnevecError("/secret/path"), 500, "internal_error"),
        (ConfigurationError("SECRET_VARIABLE is not set"), 500, "internal_error"),
        (ModelUnavailableError("/secret/path is not there"), 503, "model_unavailable"),
        (UpstreamProviderError("openai answered 500: sorry"), 502, "upstream_error"),
        (ContextLengthExceededError("input[0] is too long", loc=("input", 0)), 400, "context_length_exceeded"),
    ],
    ids=repr,
)
def test_failures_tell_nothing_of_the_inside(serve, failing, raised, status, code):
    with serve(fake=failing(raised)) as server:
        answer = server.post(f"/embeddings{VERSION}", {"input": ["a"]})
    body = check_error(answer, status, code)
    assert "secret" not in answer.body.decode().lower()
    if status == 500:
        assert answer.headers["x-request-id"] in body["message"]
    if status == 503:
        assert int(answer.headers["retry-after"]) > 0


def test_a_rate_limit_of_the_provider_is_handed_on(serve, failing):
    with serve(fake=failing(RateLimitError("slow down", provider="openai", retry_after=2.25))) as server:
        answer = server.post(f"/embeddings{VERSION}", {"input": ["a"]})
    check_error(answer, 429, "rate_limit_exceeded")
    assert (answer.headers["retry-after"], answer.headers["retry-after-ms"]) == ("3", "2250")


LIMITED = """
[server]
port = 0
[limits]
requests_per_minute = 2
tokens_per_minute = 1000
[deployments.fake]
model = "local:fake"
"""


def test_limits_a_minute(serve):
    with serve(LIMITED) as server:
        first, second, third = (server.post(f"/embeddings{VERSION}", {"input": ["a b c"]}) for _ in range(3))
    assert (first.status, second.status) == (200, 200)
    assert first.headers["x-ratelimit-limit-requests"] == "2"
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    body = check_error(third, 429, "rate_limit_exceeded")
    assert body["error"] == "Too Many Requests"
    assert 0 < int(third.headers["retry-after"]) <= 120
    assert int(third.headers["retry-after-ms"]) <= int(third.headers["retry-after"]) * 1000
    for kind in ("requests", "tokens"):
        for figure in ("limit", "remaining", "reset"):
            assert f"x-ratelimit-{figure}-{kind}" in third.headers
    assert third.headers["x-ratelimit-remaining-requests"] == "0"


@pytest.mark.parametrize("sane", ["a", "0f8fad5b-d9cb-469f-a165-70867728950e", "A.b_c-9", "x" * 128])
def test_a_sane_id_of_the_client_is_kept(fake_server, sane):
    answer = fake_server.post(f"/embeddings{VERSION}", {"input": ["a"]}, {"x-ms-client-request-id": sane})
    assert check_ids(answer) == sane
    assert answer.json["id"] == sane


@pytest.mark.parametrize("wild", ["", "x" * 129, "a b", "a\tb", "é", "<script>", "a;b"])
def test_another_id_is_replaced(fake_server, wild):
    answer = fake_server.post(f"/embeddings{VERSION}", {"input": ["a"]}, {"x-ms-client-request-id": wild})
    assert re.fullmatch(r"[0-9a-f-]{36}", check_ids(answer))


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/vnd.x+json"])
def test_json_by_any_name(fake_server, kind):
    assert fake_server.post(f"/embeddings{VERSION}", {"input": ["a"]}, {"content-type": kind}).status == 200


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"},
     {"content-encoding": "gzip"}, {"content-encoding": "br"}],
    ids=str,
)  # fmt: skip
def test_what_is_not_plain_json(fake_server, headers):
    check_error(fake_server.post(f"/embeddings{VERSION}", {"input": ["a"]}, headers), 415, "unsupported_media_type")
