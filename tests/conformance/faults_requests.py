"""REQUESTS: what can be wrong with how a request is understood."""

from dataclasses import replace

from .broken import Fault
from .planting import (
    SUCCESS,
    answers,
    body_is,
    changed_body,
    changed_items,
    found_by,
    is_json,
    shake,
    with_headers,
    without,
)

REQUESTS = (
    Fault(
        "dimensions ignored",
        found_by("dimensions.length", "dimensions.impossible", "dimensions.invalid"),
        request=without("dimensions"),
    ),
    Fault(
        "dimensions padded",
        found_by("dimensions.length"),
        changed_items(lambda number, vector: [*vector, 0.0], lambda asked, items: "dimensions" in asked.json),
    ),
    Fault(
        "400 for dimensions",
        found_by("dimensions.impossible", "dimensions.length"),
        lambda asked, answered: replace(answered, status=400) if answered.status == 422 else answered,
    ),
    Fault("input types ignored", found_by("input_type.unknown"), request=without("input_type")),
    Fault(
        "text fails",
        found_by("input_type.text"),
        answers(500, lambda asked, answered: asked.json.get("input_type") == "text"),
    ),
    Fault(
        "documents are longer",
        found_by("input_type.document"),
        changed_items(
            lambda number, vector: [*vector, 0.0], lambda asked, items: asked.json.get("input_type") == "document"
        ),
    ),
    Fault(
        "a query fails",
        found_by("input_type.query"),
        answers(500, lambda asked, answered: asked.json.get("input_type") == "query"),
    ),
    Fault(
        "a text is something special",
        found_by("input_type.default"),
        changed_items(shake, lambda asked, items: asked.json.get("input_type") == "text"),
    ),
    Fault("extras dropped silently", found_by("extra.error", "extra.default"), request=without("onevec_check")),
    Fault(
        "extras fail where they pass",
        found_by("extra.pass-through"),
        answers(500, lambda asked, answered: asked.headers.get("extra-parameters") == "pass-through"),
    ),
    Fault(
        "any mode is ignore",
        found_by("extra.unknown"),
        request=lambda asked: (
            with_headers(extra_parameters="ignore")(asked)
            if asked.headers.get("extra-parameters") == "perhaps"
            else asked
        ),
    ),
    Fault(
        "extras never dropped",
        found_by("extra.ignore", "extra.drop"),
        request=lambda asked: (
            with_headers(extra_parameters="error")(asked)
            if asked.headers.get("extra-parameters") in ("ignore", "drop")
            else asked
        ),
    ),
    Fault("200 for bad JSON", found_by("body.json"), answers(200, body_is(lambda body: not is_json(body)), SUCCESS)),
    Fault(
        "422 for what is no request",
        found_by("body.json", "input.missing", "input.type"),
        lambda asked, answered: (
            replace(answered.written(answered.json | {"status": 422}), status=422)
            if answered.status == 400
            and asked.path == "/embeddings"
            and not asked.query == b""
            and set(asked.json) <= {"input"}
            else answered
        ),
    ),
    Fault(
        "nothing is embedded",
        found_by("input.empty"),
        answers(200, body_is(lambda body: b'""' in body or b"[]" in body), SUCCESS),
    ),
    Fault(
        "a text is a list of letters",
        found_by("input.text"),
        changed_body(
            lambda asked, body: (
                body["data"].append(body["data"][0] | {"index": 1}) if isinstance(asked.json["input"], str) else None
            )
        ),
    ),
    Fault("token ids fail", found_by("input.tokens"), answers(500, lambda asked, answered: b"[[" in asked.body)),
    Fault(
        "UTF-8 read as Latin-1",
        found_by("input.escapes"),
        request=lambda asked: replace(asked, body=asked.body.decode("latin-1").encode()),
    ),
    Fault(
        "only ASCII is answered",
        found_by("input.unicode"),
        answers(500, lambda asked, answered: not asked.body.isascii()),
    ),
    Fault(
        "500 for another model",
        found_by("model.unknown"),
        answers(500, lambda asked, answered: b"no-such-model" in asked.body),
    ),
    Fault(
        "any version will do",
        found_by("version.missing", "version.malformed"),
        request=lambda asked: replace(asked, query=b"api-version=2024-05-01-preview"),
    ),
    Fault(
        "one version only",
        found_by("version.reference"),
        answers(400, lambda asked, answered: b"2024-04-01" in asked.query),
    ),
    Fault(
        "large batches hang", found_by("batch.large"), answers(200, body_is(lambda body: len(body) > 900), late=True)
    ),
    Fault(
        "large batches are cut off",
        found_by("batch.large"),
        lambda asked, answered: replace(answered, cut=len(answered.body) > 300_000),
    ),
)
