"""The load, in a process of its own: reads orders as lines of JSON, prints what came of each as one.

A caller is one kept connection that asks again as soon as it is answered. Every reply is held against its status and
its length: a gateway that answers fast and wrongly is not fast.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import Counter

import uvloop
from http_messages import Messages

TEXTS = [f"how do I reset the password of account number {i}" for i in range(256)]


def written(order: dict, text: str) -> bytes:
    """What OpenAI's client sends, without its further headers."""
    fields = {"input": [text], **order["fields"]}
    body = json.dumps(fields).encode()
    head = [f"POST {order['path']} HTTP/1.1", "host: 127.0.0.1", "content-type: application/json"]
    head += [f"authorization: Bearer {order['key']}", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: list[bytes], place: int, statuses: Counter[str], times: list[float]) -> None:
        self._requests, self._turn = requests, place * 37
        self._statuses, self._times = statuses, times
        self._messages = Messages()
        self.done = asyncio.get_running_loop().create_future()
        self.stopping = False

    def connection_made(self, transport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._turn += 1
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._turn % len(self._requests)])

    def data_received(self, data: bytes) -> None:
        whole = self._messages.feed(data)
        if whole is None:
            return
        self._times.append(time.perf_counter() - self._sent)
        status = whole[9:12].decode()
        # A vector of 1536 floats takes 8 KiB in base64; a reply without one is none.
        self._statuses[status if len(whole) > 8192 or status != "200" else "200 without a vector"] += 1
        if self.stopping:
            self._transport.close()
        else:
            self._ask()

    def connection_lost(self, _exc) -> None:
        if not self.stopping:
            self._statuses["connection lost"] += 1
        if not self.done.done():
            self.done.set_result(None)


async def run(order: dict) -> dict:
    """Requests in the time, by status, and the median and 99th percentile of an answer in seconds."""
    requests = [written(order, text) for text in TEXTS]
    statuses: Counter[str] = Counter()
    times: list[float] = []
    loop = asyncio.get_running_loop()
    callers = []
    for place in range(order["connections"]):
        make = lambda place=place: Caller(requests, place, statuses, times)  # noqa: E731
        callers.append((await loop.create_connection(make, "127.0.0.1", order["port"]))[1])
    await asyncio.sleep(order["seconds"])
    counted, measured = dict(statuses), sorted(times)
    for caller in callers:
        caller.stopping = True
    await asyncio.wait([caller.done for caller in callers], timeout=10)
    p50 = statistics.median(measured) if measured else None
    return {"statuses": counted, "p50": p50, "p99": measured[int(len(measured) * 0.99)] if measured else None}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(uvloop.run(run(json.loads(line)))), flush=True)
