"""Refusals, keys, and what HTTP says of a server; the fields of an error are each contract's own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from onevec.conformance import reading
from onevec.conformance.answers import is_answered
from onevec.conformance.asks import ACCEPT, PATH, PLAIN, WRONG_KEY, Ask, get
from onevec.conformance.parameters import REFUSED, refuses
from onevec.conformance.rows import Check, Finding, Heard, Judgement, UnknownError, each, must, should
from onevec.exchange import HttpReply

HTTP = "RFC 9110"

INSIDE = ("Traceback (most recent call last)", 'File "/', "\n\tat ", " [running]:")
"""Of Python, Java and Go: what was being done when something failed, and where the program lies."""

WITHOUT_KEY, WITH_WRONG_KEY = replace(PLAIN, auth="none"), replace(PLAIN, key=WRONG_KEY)

Look: TypeAlias = Callable[[Heard, HttpReply], Iterable[Finding]]
"""Looks at one refusal."""


def over(look: Look) -> Judgement:
    """The judgement that looks at every refusal among the replies; what is none, is another check's."""

    def over_refusals(heard: Sequence[Heard]) -> Iterator[Finding]:
        for one, refusal in _refusals(heard):
            yield from look(one, refusal)

    return over_refusals


def shaped(look: Callable[[Heard, dict[str, Any], HttpReply], Iterable[Finding]]) -> Judgement:
    """The same over those refusals whose body is a JSON object."""

    def over_bodies(heard: Sequence[Heard]) -> Iterator[Finding]:
        found = [(one, _body(refusal), refusal) for one, refusal in _refusals(heard)]
        if not any(body for _, body, _ in found):
            raise UnknownError("no refusal is a JSON object with something in it")
        for one, body, refusal in found:
            yield from look(one, body, refusal) if body is not None else ()

    return over_bodies


def _refusals(heard: Sequence[Heard]) -> list[tuple[Heard, HttpReply]]:
    found = [(one, one.reply) for one in heard if isinstance(one.reply, HttpReply) and one.reply.status >= 400]
    if not found:
        raise UnknownError("there is no refusal to look at")
    return found


def _body(found: HttpReply) -> dict[str, Any] | None:
    try:
        body = reading.parsed(found)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def is_json(heard: Heard, found: HttpReply) -> Iterator[Finding]:
    """What a refusal calls itself, and is."""
    kind = found.headers.get("content-type", "nothing")
    if kind.partition(";")[0].strip().lower() not in ("application/json", "application/problem+json"):
        yield heard.finding("header content-type", "application/json", kind)
    else:
        reading.json_object(heard, found)


def tells_inside(heard: Heard, found: HttpReply) -> Iterator[Finding]:
    """Nothing of the program."""
    text = found.body.decode("utf-8", "replace")
    for escaped, plain in (("\\n", "\n"), ("\\t", "\t"), ('\\"', '"')):  # as JSON writes what a stack has
        text = text.replace(escaped, plain)
    for mark in INSIDE:
        if mark in text:
            yield heard.finding("$", "nothing of the program's inside", text)


def has_challenge(heard: Heard, found: HttpReply) -> Iterator[Finding]:
    """How to show who one is."""
    if found.status == 401 and "www-authenticate" not in found.headers:
        yield heard.finding("header www-authenticate", "a challenge, such as Bearer", "nothing")


def has_method(heard: Heard) -> Iterator[Finding]:
    """Another method, and which there are."""
    found = reading.status(heard, 405)
    allowed = found.headers.get("allow", "")
    if "POST" not in [one.strip().upper() for one in allowed.split(",")]:
        yield heard.finding("header allow", "POST among the methods", allowed or "nothing")


REQUEST_IDS = ("x-request-id", "apim-request-id", "x-ms-request-id", "request-id")


def has_request_id(heard: Heard) -> Iterator[Finding]:
    """Something to ask the operator about."""
    found = reading.success(heard)
    if not any(found.headers.get(name) for name in REQUEST_IDS):
        yield heard.finding("headers", f"one of {', '.join(REQUEST_IDS)}", "none of them")


def errors() -> Iterator[Check]:
    """The rows of refusals that hold whatever shape they have."""
    yield must("error.json", "a refusal is application/json, and a JSON object", "Responses", REFUSED, over(is_json))
    yield should("error.inside", "a refusal shows no stack of the program", "OWASP", REFUSED, over(tells_inside))


def keys(shape: Judgement, *further: Check) -> Iterator[Check]:
    """The rows of whoever calls; `shape` judges the errors, `further` are rows of one contract's own."""
    asks = (WITHOUT_KEY, WITH_WRONG_KEY)
    rows = (
        must("key.missing", "no key: 401", "Security", WITHOUT_KEY, refuses(401)),
        must("key.wrong", "a wrong key: 401", "Security", WITH_WRONG_KEY, refuses(401)),
        must("key.error", "a 401 has the fields of an error", "UnauthorizedError", asks, shape),
        should("key.challenge", "a 401 has www-authenticate", HTTP, WITHOUT_KEY, over(has_challenge)),
        must("key.bearer", "Authorization: Bearer KEY", "Security", replace(PLAIN, auth="bearer"), each(is_answered)),
    )
    yield from (replace(row, needs_key=True) for row in (*rows, *further))


def http(readable: str) -> Iterator[Check]:
    """The rows of HTTP; `readable` is a path that GET reads."""
    charset = PLAIN.with_headers(content_type="application/json; charset=utf-8")
    text = PLAIN.with_headers(content_type="text/plain")
    nowhere = replace(PLAIN, path="/embeddings-of-nowhere")
    yield should("http.method", "GET of a route that takes POST: 405, and Allow", HTTP, get(PATH), each(has_method))
    head = Ask("HEAD", readable, headers=ACCEPT)
    yield should("http.head", f"HEAD {readable} is answered as GET, with 200", HTTP, head, each(is_answered))
    yield should("http.charset", "application/json; charset=utf-8 is JSON", HTTP, charset, each(is_answered))
    says = "a body that calls itself text: 400, 415 or 422"
    yield should("http.media-type", says, HTTP, text, refuses(400, 415, 422))
    yield should("http.path", "a route that is not there: 404", HTTP, nowhere, refuses(404))
    says = f"a reply has {', '.join(REQUEST_IDS[:2])} or another id to ask about"
    yield should("http.request-id", says, "the vendor's client", PLAIN, each(has_request_id))
