"""A load whose right answers are known: every vector that comes back is held against the one that has to come."""

import asyncio
import base64
import contextlib
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from faults.wire import read_message

TEXTS = [f"{thing} {number} is {state}" for number in range(8) for thing in ("order", "gate", "river", "motor")
         for state in ("late", "open", "blue")]  # fmt: skip
PAUSE = 0.02
"""Seconds between a reply and the next request of a connection: the load is bounded, whatever the server does."""

CLOSE_ENOUGH = 0.999
"""Cosine to the right vector: batches of other sizes round differently."""

PATIENCE = 15.0


@dataclass
class Tally:
    """What came of a load: seconds of each reply, errors by kind, when the errors came."""

    answered: int = 0
    wrong: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    error_times: list[float] = field(default_factory=list)
    slowest: float = 0.0

    def failed(self, kind: str) -> None:
        self.errors[kind] += 1
        self.error_times.append(time.monotonic())

    @property
    def requests(self) -> int:
        return self.answered + self.errors.total()


def written(texts: list[str], model: str) -> bytes:
    body = json.dumps({"input": texts, "model": model, "encoding_format": "base64"}).encode()
    head = ["POST /v1/embeddings HTTP/1.1", "host: drill", "content-type: application/json"]
    return "\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode() + body


def read(reply: bytes) -> tuple[int, dict]:
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), json.loads(body)


def rows(body: dict) -> np.ndarray:
    """The vectors of a success, one a row."""
    found = [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in body["data"]]
    return np.stack(found)


async def once(port: int, texts: list[str], model: str) -> tuple[bytes, dict]:
    """One request on a connection of its own: the head of its reply, and the body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(written(texts, model))
        reply = await read_message(reader)
    finally:
        writer.close()
    status, body = read(reply)
    if status != 200:
        raise SystemExit(f"asked for the right vectors, the upstream answered {status}: {body}")
    return reply.partition(b"\r\n\r\n")[0], body


class Load:
    """Connections that ask until they are told to stop.

    Args:
        port: Of the gateway.
        model: What is asked for.
        truth: The right vector of each of TEXTS, normalised.
    """

    def __init__(self, port: int, model: str, truth: np.ndarray) -> None:
        self.tally = Tally()
        self._port, self._model, self._truth = port, model, truth
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True

    async def connection(self, seed: int) -> None:
        """One connection, opened again whenever it was lost."""
        draw, streams = random.Random(seed), None
        while not self._stopping:
            asked = draw.sample(range(len(TEXTS)), draw.randint(1, 4))
            started = time.monotonic()
            try:
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", self._port)
                streams[1].write(written([TEXTS[index] for index in asked], self._model))
                async with asyncio.timeout(PATIENCE):
                    reply = await read_message(streams[0])
                if reply is None:
                    raise ConnectionResetError
                self._note(asked, *read(reply))
            except TimeoutError:
                self.tally.failed("no reply")
                streams = self._dropped(streams)
            except (OSError, asyncio.IncompleteReadError):
                self.tally.failed("connection lost")
                streams = self._dropped(streams)
            self.tally.slowest = max(self.tally.slowest, time.monotonic() - started)
            await asyncio.sleep(PAUSE)
        self._dropped(streams)

    def _note(self, asked: list[int], status: int, body: dict) -> None:
        if status != 200:
            self.tally.failed(f"{status} {body['error']['code']}")
            return
        self.tally.answered += 1
        found = rows(body)
        right = found.shape == (len(asked), self._truth.shape[1])
        if not right or np.einsum("ij,ij->i", found, self._truth[asked]).min() < CLOSE_ENOUGH:
            self.tally.wrong += 1

    @staticmethod
    def _dropped(streams):
        if streams is not None:
            with contextlib.suppress(OSError):
                streams[1].close()
