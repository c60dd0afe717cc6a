"""REQUESTS: what can be wrong with how a request is understood."""

from dataclasses import replace

from onevec.conformance.asks import NO_MODEL

from .broken import Fault
from .faults_of_answers import shake
from .planting import (
    ERROR,
    PAGE,
    SUCCESS,
    body,
    both,
    fails,
    field,
    header,
    info,
    instead,
    method,
    no_json,
    other_status,
    path,
    taken_for,
    vectors,
    with_header,
    within,
    without,
)


def longer(_number, vector):
    return [*vector, 0.0]


def with_query(query):
    return lambda asked: replace(asked, query=query)


def as_latin(asked):
    return replace(asked, body=asked.body.decode("latin-1").encode())


def bare(asked):
    """Nothing beside `input`, in a request that has a version."""
    return asked.path == "/embeddings" and asked.query and set(asked.json) <= {"input"}


def one_string(asked):
    return isinstance(asked.json.get("input"), str)


def again(found):
    found["data"].append(found["data"][0] | {"index": 1})


MODE = "extra-parameters"

REQUESTS = (
    Fault("200 for bad JSON", {"body.json"}, instead(no_json, SUCCESS)),
    Fault("422 for what is no request", {"body.json", "input.missing", "input.type"}, other_status(400, 422, bare)),
    Fault("an empty text is embedded", {"input.empty"}, instead(within(b'""'), SUCCESS)),
    Fault("an empty list is embedded", {"input.empty"}, instead(within(b"[]"), SUCCESS)),
    Fault("a text is a page", {"input.text"}, instead(one_string, PAGE)),
    Fault("a text has two vectors", {"input.text"}, body(again, one_string)),
    Fault("token ids fail", {"input.tokens"}, fails(within(b"[["))),
    Fault("only ASCII is answered", {"input.unicode"}, fails(lambda asked: not asked.body.isascii())),
    Fault("UTF-8 read as Latin-1", {"input.escapes"}, request=as_latin),
    Fault("large batches hang", {"batch.large"}, instead(within(b"a violin"), SUCCESS, late=True), timeout=3),
    Fault("large batches break off", {"batch.large"}, instead(within(b"a violin"), SUCCESS, cut=True)),
    Fault(
        "dimensions ignored",
        {"dimensions.length", "dimensions.impossible", "dimensions.invalid"},
        request=taken_for(without("dimensions")),
    ),
    Fault("dimensions padded", {"dimensions.length"}, vectors(longer, field("dimensions"))),
    Fault("shorter vectors are texts", {"dimensions.length"}, vectors(lambda i, row: "AAAA", field("dimensions"))),
    Fault("400 for dimensions", {"dimensions.length", "dimensions.impossible"}, other_status(422, 400)),
    Fault(
        "any encoding is float",
        {"encoding.unknown"},
        request=taken_for(without("encoding_format"), field("encoding_format", "hexadecimal")),
    ),
    Fault(
        "base64 is float",
        {"encoding.base64.form"},
        request=taken_for(without("encoding_format"), field("encoding_format", "base64")),
    ),
    Fault("input types ignored", {"input_type.unknown"}, request=taken_for(without("input_type"))),
    Fault("texts fail", {"input_type.text"}, fails(field("input_type", "text"))),
    Fault("queries fail", {"input_type.query"}, fails(field("input_type", "query"))),
    Fault("documents are longer", {"input_type.document"}, vectors(longer, field("input_type", "document"))),
    Fault("text is not the default", {"input_type.default"}, vectors(shake, field("input_type", "text"))),
    Fault("another model fails", {"model.unknown"}, fails(within(b"no-such-model"))),
    Fault("another deployment fails", {"model.deployment"}, fails(header("azureml-model-deployment", NO_MODEL))),
    Fault("extras dropped silently", {"extra.error", "extra.default"}, request=taken_for(without("onevec_check"))),
    Fault(
        "extras never dropped",
        {"extra.ignore", "extra.drop"},
        request=taken_for(with_header(MODE, "error"), header(MODE, "ignore", "drop")),
    ),
    Fault("extras fail where they pass", {"extra.pass-through"}, fails(header(MODE, "pass-through"))),
    Fault(
        "any mode is ignore",
        {"extra.unknown"},
        request=taken_for(with_header(MODE, "ignore"), header(MODE, "perhaps")),
    ),
    Fault(
        "any version will do",
        {"version.missing", "version.malformed"},
        request=with_query(b"api-version=2024-05-01-preview"),
    ),
    Fault("one version only", {"version.reference"}, fails(lambda asked: b"2024-04-01" in asked.query, 400)),
    Fault("info without a name", {"info.fields"}, info(lambda found: found | {"model_name": None})),
    Fault("info of a chat model", {"info.type"}, info(lambda found: found | {"model_type": "chat"})),
    Fault("info is a page", {"info.fields"}, instead(both(method("GET"), path("/info")), PAGE)),
    Fault("images are a page", {"image.answer", "image.pair"}, instead(path("/images"), PAGE, of=200)),
    Fault("images fail", {"image.answer", "image.pair"}, instead(path("/images"), ERROR, 500, of=200)),
    Fault("images without a vector", {"image.answer", "image.pair"}, vectors(lambda i, row: [], path("/images"))),
    Fault("nonsense is an image", {"image.invalid"}, instead(path("/images"), SUCCESS, of=400)),
)
