"""From a provider's error reply to one of our errors, whatever shape the body has.

Seen in the wild and read here: OpenAI's ``{"error": {message, type, param, code}}``; the Azure AI reference's
``{"error": "…", code, message, status, param | detail: {loc, value}}``; ``{message, code}``; FastAPI's
``{"detail": …}`` as a text or as a list of places; Google's details; Amazon's header; Cloudflare's and IBM's list
``{"errors": […]}``; a list round one of these; plain text; and HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import msgspec

from onevec.errors import BY_CODE, InvalidResponseError, OnevecError, ProviderError, error_type
from onevec.exchange import HttpReply
from onevec.target import Target
from onevec.waits import duration, retry_after

SNIPPET = 200
"""Characters of a provider's body that an error shows."""

REQUEST_IDS = ("x-request-id", "apim-request-id", "x-ms-request-id", "request-id", "x-amzn-requestid", "cf-ray")


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error body says; None where it says nothing."""

    message: str | None = None
    code: str | None = None
    status: int | None = None
    param: str | None = None
    loc: tuple[str | int, ...] = ()
    value: str | None = None
    retry_after: float | None = None


def reply_error(reply: HttpReply, target: Target) -> OnevecError:
    """The error of a reply whose status is not 200."""
    if 200 <= reply.status < 300:
        return bad_reply(f"answered with status {reply.status} instead of 200", reply, target)
    if 300 <= reply.status < 400:
        return _redirect(reply, target)
    fault = read_fault(reply)
    return _typed(error_type(reply.status, fault.code), reply.status, fault, reply, target)


def error_in_success(error: object, reply: HttpReply, target: Target) -> OnevecError:
    """The error that a provider sent with status 200, by its code; without a known one the reply is just bad."""
    fault = _fault(error if isinstance(error, Mapping) else {"message": error})
    known = fault.code is not None and fault.code.lower() in BY_CODE
    if not known and not (fault.status and fault.status >= 400):
        return bad_reply(
            f"answered with status 200 and an error: {fault.message or error}", reply, target, snippet=False
        )
    status = fault.status if fault.status and fault.status >= 400 else error_type(200, fault.code).default_status
    return _typed(error_type(status, fault.code), status, fault, reply, target)


def bad_reply(what: str, reply: HttpReply, target: Target, *, snippet: bool = True) -> InvalidResponseError:
    """The error of a reply that is no answer to the request; shows where the body begins."""
    shown = snippet_of(reply, target) if snippet else ""
    message = _shorten(target.redact(f"{target.provider} {what}")) + (f"; the reply begins: {shown}" if shown else "")
    return InvalidResponseError(message, provider=target.provider, request_id=request_id(reply))


def error_code(reply: HttpReply) -> str | None:
    """The structured code of an error reply, in lower case."""
    code = read_fault(reply).code
    return code.lower() if code else None


def read_fault(reply: HttpReply) -> Fault:
    """What the body of an error reply says, with Azure's or Amazon's header where the body has no code."""
    try:
        body = msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        body = None
    if isinstance(body, list) and body:
        body = body[0]
    fault = _fault(body) if isinstance(body, Mapping) else Fault()
    header = reply.headers.get("x-ms-error-code") or reply.headers.get("x-amzn-errortype", "").partition(":")[0]
    return fault if fault.code or not header else replace(fault, code=header)


def asked_wait(reply: HttpReply) -> float | None:
    """Seconds that an error reply asks to wait: its headers', or Google's `retryDelay` in the body."""
    asked = retry_after(reply.headers)
    return read_fault(reply).retry_after if asked is None else asked


def request_id(reply: HttpReply) -> str | None:
    """The provider's own id of the request, from whichever header it uses."""
    return next((reply.headers[name] for name in REQUEST_IDS if name in reply.headers), None)


def snippet_of(reply: HttpReply, target: Target) -> str:
    """The beginning of a body on one line, without secrets."""
    # Secrets are struck out before the cut, so that none is left in part; a key is shorter than the margin.
    text = target.redact(reply.body[: 20 * SNIPPET].decode("utf-8", "replace"))
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET else f"{line[: SNIPPET - 1]}…"


def _typed(kind: type[OnevecError], status: int, fault: Fault, reply: HttpReply, target: Target) -> OnevecError:
    said = _shorten(target.redact(fault.message)) if fault.message else snippet_of(reply, target)
    return kind(
        f"{target.provider} answered {status}: {said or 'with an empty body'}",
        status=status,
        code=fault.code,
        provider=target.provider,
        param=fault.param,
        loc=fault.loc,
        value=target.redact(fault.value)[:SNIPPET] if fault.value else None,
        retry_after=asked_wait(reply),
        request_id=request_id(reply),
    )


def _redirect(reply: HttpReply, target: Target) -> ProviderError:
    host = urlsplit(reply.headers.get("location", "")).hostname
    where = f"to {host}" if host else f"within {target.host}"
    return ProviderError(
        f"{target.provider} answered {reply.status}, a redirect {where}; redirects are not followed, so that the key "
        "goes nowhere else: set api_base to the final address",
        provider=target.provider,
        code="redirect",
        request_id=request_id(reply),
    )


def _fault(body: Mapping[str, Any]) -> Fault:
    error = body.get("error")
    listed = body.get("errors")
    error = listed[0] if not error and isinstance(listed, list) and listed else error
    inner: Mapping[str, Any] = error if isinstance(error, Mapping) else body
    detail = body.get("detail", inner.get("detail"))
    place = detail[0] if isinstance(detail, Sequence) and not isinstance(detail, str) and detail else detail
    details: Mapping[str, Any] = place if isinstance(place, Mapping) else {}
    numbers = (inner.get(name) for name in ("code", "status", "status_code"))
    return Fault(
        message=_first(inner.get("message"), error, details.get("msg"), detail, inner.get("title"), inner.get("type")),
        code=_first(*_codes(inner)),
        status=next((n for n in numbers if isinstance(n, int) and 100 <= n < 600), None),
        param=_first(inner.get("param"), _violation(inner)),
        loc=_loc(details.get("loc")),
        value=_first(details.get("value"), details.get("input")),
        retry_after=next(
            (wait for one in _details(inner) if (wait := duration(one.get("retryDelay"))) is not None), None
        ),
    )


def _codes(inner: Mapping[str, Any]) -> tuple[Any, ...]:
    """Candidates for the code, best first: the inner one of a content filter is the more exact."""
    deeper = inner.get("innererror")
    exact = deeper.get("code") if isinstance(deeper, Mapping) else None
    return (inner.get("code"), exact, _reason(inner), inner.get("type"), inner.get("error_type"), inner.get("status"))


def _reason(inner: Mapping[str, Any]) -> str | None:
    """Google's own code: `reason` of an ErrorInfo among the details, in capitals."""
    reasons = (detail.get("reason") for detail in _details(inner))
    return next((reason.lower() for reason in reasons if isinstance(reason, str)), None)


def _violation(inner: Mapping[str, Any]) -> str | None:
    """The field that Google finds fault with."""
    lists = (detail.get("fieldViolations") for detail in _details(inner))
    first = next((one[0] for one in lists if isinstance(one, list) and one), None)
    return _first(first.get("field")) if isinstance(first, Mapping) else None


def _details(inner: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = inner.get("details")
    return [one for one in details if isinstance(one, Mapping)] if isinstance(details, list) else []


def _first(*values: object) -> str | None:
    return next((value for value in values if isinstance(value, str) and value), None)


def _loc(value: object) -> tuple[str | int, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Sequence):
        return ()
    return tuple(part for part in value if isinstance(part, (str, int)))


def _shorten(text: str, limit: int = 500) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
