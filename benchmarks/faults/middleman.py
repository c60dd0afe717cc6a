"""Middleman: stands before an upstream, and hands on, or answers in its stead, or is slow, as `mode` says."""

import asyncio
import base64
import json
import math
import struct
from collections.abc import Callable

from faults.wire import read_message

DIMENSIONS = 384


def reply(status: str, body: bytes, *headers: str, announced: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json"]
    lines += [f"content-length: {len(body) if announced is None else announced}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def vectors(rows: list[list[float]], *headers: str) -> bytes:
    """A success of these rows, which claims to be right."""
    codes = [base64.b64encode(struct.pack(f"<{len(row)}f", *row)).decode() for row in rows]
    data = [{"object": "embedding", "index": index, "embedding": code} for index, code in enumerate(codes)]
    return reply("200 OK", json.dumps({"object": "list", "data": data, "model": "m", "usage": {}}).encode(), *headers)


def error(status: str, code: str, *headers: str) -> bytes:
    return reply(status, json.dumps({"error": {"message": "drill", "code": code}}).encode(), *headers)


UNIT = [1.0, *[0.0] * (DIMENSIONS - 1)]

ANSWERS: dict[str, Callable[[int], bytes]] = {
    "garbage": lambda _: b"\x00\xff\x17 this is not HTTP \r\n\r\n",
    "HTML": lambda _: reply("200 OK", b"<html>the proxy is down</html>"),
    "truncated": lambda n: reply("200 OK", vectors([UNIT] * n)[300:900], announced=4000),
    "wrong count": lambda n: vectors([UNIT] * (n + 1)),
    "not finite": lambda n: vectors([[math.nan, *UNIT[1:]]] * n),
    "wrong length": lambda n: vectors([UNIT[1:]] * n),
    "plausible lies": lambda n: vectors([UNIT] * n),
    "another space": lambda n: vectors([UNIT] * n, "x-vector-space: another-model@sha256:0123/384/mean/normalized"),
    "429": lambda _: error("429 Too Many Requests", "rate_limit_exceeded", "retry-after: 1"),
    "500": lambda _: error("500 Internal Server Error", "server_error"),
}
"""What it may answer a request of so many inputs; after each the connection ends where it has to."""

BREAKS = frozenset({"garbage", "truncated"})


class Middleman:
    """A listener on a port of its own.

    Attributes:
        mode: ``pass``, or one of ANSWERS.
        delay: Seconds before it hands a request on.
        harmed: Requests that it answered in the upstream's stead, or held up.
    """

    def __init__(self, upstream: int) -> None:
        self.mode, self.delay, self._upstream = "pass", 0.0, upstream
        self.harmed = 0

    async def listen(self) -> int:
        """Begin, and tell the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_message(reader)) is not None:
                mode = self.mode
                self.harmed += mode != "pass" or self.delay > 0
                await asyncio.sleep(self.delay)
                writer.write(await self._forwarded(request) if mode == "pass" else ANSWERS[mode](_inputs(request)))
                await writer.drain()
                if mode in BREAKS:
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side went away, which is what a drill is for
        finally:
            writer.close()

    async def _forwarded(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        try:
            writer.write(request)
            answer = await read_message(reader)
            if answer is None:
                raise ConnectionResetError("the upstream went away")
            return answer
        finally:
            writer.close()


def _inputs(request: bytes) -> int:
    return len(json.loads(request.partition(b"\r\n\r\n")[2])["input"])
