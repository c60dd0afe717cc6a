"""Sending a reply to a client that may not have finished sending, and may not read."""

import asyncio
from collections.abc import Iterator, Sequence

from onevec.server.messages import ClientGoneError, Receive, Reply, Request, Send

CLOSE = ((b"connection", b"close"),)

PIECE = 256 * 1024
"""Bytes that are handed to the connection at a time: about so much is held for a client that reads slowly."""

UNREAD = 1024 * 1024
"""Bytes of an unread body that the HTTP server may pass over to keep the connection."""

NOT_MODIFIED = 304

LINGER_BYTES = 64 * 1024 * 1024
LINGER_SECONDS = 5.0


async def send_reply(
    send: Send,
    reply: Reply,
    request: Request,
    request_id: str,
    more: Sequence[tuple[bytes, bytes]] = (),
    *,
    close: bool = False,
    patience: float = 30.0,
) -> None:
    """Send a reply whole; both names of the request's id go with every one.

    A refusal may come before the body has been read. Most clients send all before they read, and a connection that is
    closed with bytes unread is reset, reply and all: so a small rest is left to the HTTP server to pass over, and of a
    large one a bounded part is passed over here before the end.

    Args:
        send: ASGI's.
        reply: What to send.
        request: What it answers.
        request_id: Its id.
        more: Further headers.
        close: Whether the connection should end with this reply.
        patience: Seconds that a client may take for each `PIECE`.

    Raises:
        ClientGoneError: the client reads too slowly or not at all.
    """
    linger = request.unread and _announced(request) > UNREAD
    headers = [*_headers(reply, request_id), *more, *(CLOSE if close or linger else ())]
    try:
        async with asyncio.timeout(patience) as limit:
            await send({"type": "http.response.start", "status": reply.status, "headers": headers})
            for start in range(0, len(reply.body) - PIECE, PIECE):
                await send({"type": "http.response.body", "body": reply.body[start : start + PIECE], "more_body": True})
                limit.reschedule(asyncio.get_running_loop().time() + patience)
            last = reply.body if len(reply.body) <= PIECE else reply.body[-(len(reply.body) % PIECE or PIECE) :]
            await send({"type": "http.response.body", "body": last, "more_body": linger})
    except TimeoutError as exc:
        raise ClientGoneError from exc
    if linger:
        await _pass_over(request.receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _headers(reply: Reply, request_id: str) -> Iterator[tuple[bytes, bytes]]:
    reply_id = request_id.encode("ascii")
    yield b"content-type", reply.content_type
    if reply.status != NOT_MODIFIED:  # there it would be the length of what the client has
        yield b"content-length", b"%d" % len(reply.body)
    yield b"x-request-id", reply_id
    yield b"apim-request-id", reply_id
    yield from reply.headers


def _announced(request: Request) -> float:
    text = request.headers.get("content-length", "")
    return int(text[:20]) if text.isascii() and text.isdigit() else float("inf")


async def _pass_over(receive: Receive) -> None:
    seen, more = 0, True
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            while more and seen < LINGER_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        return
