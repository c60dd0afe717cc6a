"""An upstream that costs next to nothing: `python upstream.py` prints its port, and answers every request alike.

OpenAI-shaped, one vector of 1536 dimensions, in base64 where the body asks for that, else as a list of floats.
"""

import asyncio
import base64
import json

import numpy as np
import uvloop
from http_messages import Messages

DIMENSIONS = 1536


def canned(embedding: object) -> bytes:
    body = {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": embedding}],
        "model": "text-embedding-3-small",
        "usage": {"prompt_tokens": 9, "total_tokens": 9},
    }
    written = json.dumps(body, separators=(",", ":")).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(written)}\r\n\r\n"
    return head.encode() + written


def replies() -> tuple[bytes, bytes]:
    """The reply in base64, and the one in floats."""
    vector = np.random.default_rng(7).standard_normal(DIMENSIONS).astype("<f4")
    vector /= np.linalg.norm(vector)
    numbers = [round(float(value), 9) for value in vector]
    return canned(base64.b64encode(vector.tobytes()).decode()), canned(numbers)


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, coded: bytes, numbers: bytes) -> None:
        self._coded, self._numbers = coded, numbers
        self._messages = Messages()

    def connection_made(self, transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if (whole := self._messages.feed(data)) is not None:
            self._transport.write(self._coded if b"base64" in whole else self._numbers)


async def main() -> None:
    coded, numbers = replies()
    server = await asyncio.get_running_loop().create_server(lambda: Upstream(coded, numbers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
