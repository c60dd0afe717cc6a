"""Signature Version 4: how Amazon's services know who sent a request. Pure: the time is handed in.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import parse_qsl, quote, urlsplit

from onevec.exchange import HttpRequest

ALGORITHM = "AWS4-HMAC-SHA256"

REGION = "us-east-1"
"""Where Amazon's own tools look without a word to the contrary."""

SIGNED = ("content-type", "host", "x-amz-date", "x-amz-security-token")
"""Headers that the signature covers, in the order of their names; a proxy may change the others."""


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Credentials of Amazon, never shown.

    Attributes:
        access_key: The key's id.
        secret_key: The key itself; it never leaves this machine.
        session_token: Sent along with temporary keys.
        region: Where the service is, when its address does not say it.
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    region: str = REGION

    def of_region(self, host: str) -> "AwsKeys":
        """The same for the region that a host's name holds, when it holds one.

        >>> AwsKeys("id", "secret").of_region("bedrock-runtime.eu-west-3.amazonaws.com").region
        'eu-west-3'
        """
        found = re.search(r"\.([a-z]{2,3}(?:-[a-z]+)+-[0-9])\.", host)
        return replace(self, region=found[1]) if found else self


def sign(request: HttpRequest, keys: AwsKeys, service: str, now: datetime) -> HttpRequest:
    """The request with its signature, which holds for five minutes from `now`.

    Args:
        request: What is to be sent; a header it has already is kept.
        keys: Whose request it is.
        service: The service's name in signatures, such as ``bedrock``.
        now: The time, with its zone.
    """
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    added = {"x-amz-date": moment, "x-amz-security-token": keys.session_token}
    headers = {**request.headers, **{name: value for name, value in added.items() if value}}
    scope = f"{moment[:8]}/{keys.region}/{service}/aws4_request"
    covered = {"host": urlsplit(request.url).netloc, **headers}
    names = [name for name in SIGNED if name in covered]
    digest = _digest(_canonical(request, covered, names).encode())
    signature = hmac.new(_key(keys, scope), f"{ALGORITHM}\n{moment}\n{scope}\n{digest}".encode(), hashlib.sha256)
    headers["authorization"] = (
        f"{ALGORITHM} Credential={keys.access_key}/{scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signature.hexdigest()}"
    )
    return replace(request, headers=headers)


def _canonical(request: HttpRequest, headers: Mapping[str, str], names: list[str]) -> str:
    parts = urlsplit(request.url)
    query = sorted((_escaped(name), _escaped(value)) for name, value in parse_qsl(parts.query, keep_blank_values=True))
    lines = (
        request.method,
        quote(parts.path or "/", safe="/-_.~"),  # once more: the path in the URL is escaped already
        "&".join(f"{name}={value}" for name, value in query),
        *(f"{name}:{' '.join(headers[name].split())}" for name in names),
        "",
        ";".join(names),
        _digest(request.body),
    )
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _key(keys: AwsKeys, scope: str) -> bytes:
    """The key of one day, region and service, made of the secret one."""
    secret = f"AWS4{keys.secret_key}".encode()
    return reduce(lambda key, step: hmac.new(key, step.encode(), hashlib.sha256).digest(), scope.split("/"), secret)
