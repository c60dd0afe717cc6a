"""How far a connection to each provider comes: its name, the way there, TLS. No key is sent, and nothing embedded."""

import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import urlsplit

from onevec.cli.doctor.environment import bare_url
from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem
from onevec.cli.doctor.keys import found
from onevec.errors import OnevecError
from onevec.exchange import HttpRequest

SECONDS = 5.0
"""For each step."""

AT_ONCE = 8

PORTS = {"https": 443, "socks5": 1080, "socks5h": 1080}

Stage = Literal["name", "connection", "certificate", "proxy", "answer"]
"""Where a connection ends that does not come through."""

REMEDIES: Mapping[Stage, str] = {
    "name": "check the name and this machine's DNS; where a proxy leads out, set HTTPS_PROXY",
    "connection": "a firewall is between, or nothing listens there; where a proxy leads out, set HTTPS_PROXY",
    "certificate": "trust the authority that signs here: SSL_CERT_FILE, or the client argument ca_file",
    "proxy": "check HTTPS_PROXY, its user and password, and what it lets through; NO_PROXY goes past it",
    "answer": "it listens and does not answer as a web server does: check the base URL and its port",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a connection came.

    Attributes:
        provider: To whom.
        host: Its host.
        proxy: The proxy on the way, without its password.
        stage: Where it ended; None where it came through.
        reason: Why, in the system's words.
        seconds: For a reply, TLS included.
    """

    provider: str
    host: str
    proxy: str | None = None
    stage: Stage | None = None
    reason: str = ""
    seconds: float = 0.0


def gather(asked: Asked) -> list[Reach] | None:
    """Try every provider that has a key and a base URL; None, and nothing is sent, where that was not asked for."""
    if not asked.network:
        return None
    from onevec.remote import parallel

    wanted = [(access.provider, access.base) for access in found(asked.environ) if access.base]
    return parallel.run([partial(_reached, *pair) for pair in wanted], AT_ONCE)


def _reached(provider: str, base: str, _sleep: object) -> Reach:
    return reach(provider, base)


def reach(provider: str, base: str) -> Reach:
    """Go to a base URL step by step, as a call would: by the environment's proxies, with the system's certificates."""
    parts = urlsplit(base)
    host, proxy = parts.hostname or "", proxy_of(base)
    shown = bare_url(proxy) if proxy else None
    hop = urlsplit(proxy if proxy and "://" in proxy else f"//{proxy}") if proxy else parts
    try:
        port = hop.port or PORTS.get(hop.scheme, 80)
    except ValueError:  # its words repeat what stands there, and with a proxy that may be of the password
        return Reach(provider, host, shown, "proxy" if proxy else "connection", "the port is no number")
    try:
        socket.getaddrinfo(hop.hostname, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        return Reach(provider, host, shown, "proxy" if proxy else "name", exc.strerror or str(exc))
    try:
        socket.create_connection((hop.hostname, port), SECONDS).close()
    except OSError as exc:
        return Reach(provider, host, shown, "proxy" if proxy else "connection", exc.strerror or str(exc))
    started = time.perf_counter()
    fault = _asked(f"{parts.scheme}://{parts.netloc}/", verify=True)
    if fault is None:
        return Reach(provider, host, shown, seconds=time.perf_counter() - started)
    # Without its certificate being checked it comes through: then it is that. No key goes along.
    certificate = parts.scheme == "https" and _asked(f"{parts.scheme}://{parts.netloc}/", verify=False) is None
    return Reach(provider, host, shown, "certificate" if certificate else "proxy" if proxy else "answer", fault)


def _asked(url: str, *, verify: bool) -> str | None:
    """What went wrong, or None: a reply of any status came."""
    from onevec.transport import HttpSettings, HttpTransport

    settings = HttpSettings(timeout=2 * SECONDS, connect_timeout=SECONDS, verify=verify)
    with HttpTransport(settings, max_body=1 << 20) as transport:
        try:
            transport.send(HttpRequest("HEAD", url, {}))
        except OnevecError as exc:
            return exc.message
    return None


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for a URL."""
    from urllib.request import getproxies, proxy_bypass

    parts, proxies = urlsplit(url), getproxies()
    if proxy_bypass(parts.netloc):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


def judge(facts: list[Reach] | None) -> Iterable[Finding]:
    """A line for each provider."""
    if facts is None:
        yield ok("not asked", "nothing was sent; --network tries each provider that has a key")
    elif not facts:
        yield note("none", "no provider has a key and an address here")
    for one in facts or ():
        way = f" through {one.proxy}" if one.proxy else ""
        if one.stage is None:
            yield ok(one.provider, f"{one.host}{way} answers in {one.seconds * 1000:.0f} ms")
        else:
            yield problem(one.provider, f"{one.host}{way}: no {NOUNS[one.stage]}: {one.reason}", REMEDIES[one.stage])


NOUNS: Mapping[Stage, str] = {
    "name": "address for the name",
    "connection": "connection",
    "certificate": "certificate that is trusted",
    "proxy": "way through the proxy",
    "answer": "answer",
}
"""What there is none of."""
