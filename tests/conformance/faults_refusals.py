"""REFUSALS: what can be wrong with errors, with keys, and with HTTP."""

from dataclasses import replace

from .broken import Fault
from .planting import PAGE, answers, changed_error, found_by, header, refused, with_headers

REFUSALS = (
    Fault("errors without code", found_by("error.code"), changed_error(lambda body: body.pop("code"))),
    Fault(
        "errors without message", found_by("error.fields", "key.error"), changed_error(lambda body: body.pop("message"))
    ),
    Fault(
        "errors of another status",
        found_by("error.fields", "key.error"),
        changed_error(lambda body: body.update(status=0)),
    ),
    Fault(
        "errors in HTML",
        found_by("error.json"),
        lambda asked, answered: (
            replace(answered, body=PAGE, headers=answered.headers | {"content-type": "text/html"})
            if answered.status == 400
            else answered
        ),
    ),
    Fault("errors that call themselves text", found_by("error.json"), header("content-type", "text/plain", refused)),
    Fault("errors without their header", found_by("error.header"), header("x-ms-error-code", None, refused)),
    Fault(
        "errors without a place",
        found_by("error.detail"),
        changed_error(lambda body: body.pop("detail"), lambda answered: answered.status == 422),
    ),
    Fault(
        "errors show a stack",
        found_by("error.inside"),
        changed_error(lambda body: body.update(message='Traceback (most recent call last):\n  File "/srv/app.py"')),
    ),
    Fault(
        "keys are not looked at",
        found_by("key.missing", "key.wrong"),
        request=with_headers(api_key="KEY", authorization="Bearer KEY"),
    ),
    Fault(
        "403 for a wrong key",
        found_by("key.missing", "key.wrong"),
        lambda asked, answered: (
            replace(answered.written(answered.json | {"status": 403}), status=403)
            if answered.status == 401
            else answered
        ),
    ),
    Fault("401 without a challenge", found_by("key.challenge"), header("www-authenticate", None)),
    Fault(
        "a bearer is not known",
        found_by("key.bearer"),
        request=lambda asked: (
            asked
            if "api-key" in asked.headers
            else replace(
                asked, headers={name: value for name, value in asked.headers.items() if name != "authorization"}
            )
        ),
    ),
    Fault(
        "api-key is not known",
        found_by("key.api-key"),
        request=lambda asked: (
            asked
            if "authorization" in asked.headers
            else replace(asked, headers={name: value for name, value in asked.headers.items() if name != "api-key"})
        ),
    ),
    Fault("405 without Allow", found_by("http.method"), header("allow", None)),
    Fault(
        "404 for a wrong method", found_by("http.method"), answers(404, lambda asked, answered: answered.status == 405)
    ),
    Fault("HEAD fails", found_by("http.head"), answers(500, lambda asked, answered: asked.method == "HEAD")),
    Fault(
        "a charset is another type",
        found_by("http.charset"),
        answers(415, lambda asked, answered: "charset" in asked.headers.get("content-type", "")),
    ),
    Fault(
        "any type is JSON",
        found_by("http.media-type"),
        request=lambda asked: with_headers(content_type="application/json")(asked) if asked.method == "POST" else asked,
    ),
    Fault(
        "any route is the same",
        found_by("http.path"),
        request=lambda asked: replace(asked, path="/embeddings") if "nowhere" in asked.path else asked,
    ),
    Fault(
        "no request ids",
        found_by("http.request-id"),
        lambda asked, answered: header("apim-request-id")(asked, header("x-request-id")(asked, answered)),
    ),
)
