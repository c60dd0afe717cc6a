"""The page at `/`: files of `static/`, read once. No build step, and nothing is fetched from elsewhere."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from onevec.errors import InvalidRequestError
from onevec.server.door import Visit
from onevec.server.messages import Reply

INDEX = "index.html"

CONTENT_TYPES: Mapping[str, bytes] = {
    "css": b"text/css; charset=utf-8",
    "html": b"text/html; charset=utf-8",
    "js": b"text/javascript; charset=utf-8",
    "svg": b"image/svg+xml",
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),
)


class Playground:
    """Handles `/` and `/playground/…`."""

    def __init__(self) -> None:
        found = _files(files(__name__) / "static")
        self._replies = {path: _reply(file) for path, file in found if _ending(path) in CONTENT_TYPES}

    async def file(self, visit: Visit) -> Reply:
        """One file; the page itself where none is named."""
        name = visit.request.path.get("file", INDEX)
        reply = self._replies.get(name)
        if reply is None:
            raise InvalidRequestError("the playground has no such file", status=404, code="not_found")
        known = _tags(visit.request.headers.get("if-none-match", ""))
        return Reply(304, b"", reply.content_type, reply.headers) if _tag(reply) in known else reply


def _files(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, Traversable]]:
    """The files of a folder and of those in it, each by its path from here."""
    for one in folder.iterdir():
        if one.is_dir():
            yield from _files(one, f"{prefix}{one.name}/")
        else:
            yield prefix + one.name, one


def _reply(file: Traversable) -> Reply:
    body = file.read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'.encode()
    return Reply(200, body, CONTENT_TYPES[_ending(file.name)], ((b"etag", tag), *HEADERS))


def _tag(reply: Reply) -> str:
    return dict(reply.headers)[b"etag"].decode()


def _tags(header: str) -> Collection[str]:
    """Those that a browser has; a proxy that compresses makes them weak, which is no difference here (RFC 9110)."""
    return [tag.strip().removeprefix("W/") for tag in header.split(",")]


def _ending(name: str) -> str:
    return name.rpartition(".")[2]
