"""The function against any-llm-sdk and litellm: calls of one text to the same stub, one by one and 32 at once.

Each client runs in a process of its own, in turn with the others for several rounds, so that a drift of the machine
hits all alike. Printed: processor time a call and calls a second, and how many times theirs ours is. Peers that are not
installed are left out: `pip install "any-llm-sdk[openai]" litellm`.
"""

import argparse
import asyncio
import base64
import importlib.util
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

CALLS = 1000
AT_ONCE = 32
ROUNDS = 3
DIMENSIONS = 1536
TEXT = "The ultimate answer to the question of life"
MODEL = "text-embedding-3-small"

Embed = Callable[[], Any]
AEmbed = Callable[[], Awaitable[Any]]


def onevec_client(base: str) -> tuple[Embed, AEmbed]:
    from onevec import aembedding, embedding

    call = {"model": MODEL, "inputs": TEXT, "provider": "openai", "api_key": "key-of-the-stub", "api_base": base}
    return lambda: embedding(**call), lambda: aembedding(**call)


def any_llm_client(base: str) -> tuple[Embed, AEmbed]:
    from any_llm import aembedding, embedding

    call = {"model": MODEL, "inputs": TEXT, "provider": "openai", "api_key": "key-of-the-stub", "api_base": base}
    return lambda: embedding(**call), lambda: aembedding(**call)


def litellm_client(base: str) -> tuple[Embed, AEmbed]:
    from litellm import aembedding, embedding

    call = {"model": f"openai/{MODEL}", "input": [TEXT], "api_key": "key-of-the-stub", "api_base": base}
    return lambda: embedding(**call), lambda: aembedding(**call)


CLIENTS = {"onevec": onevec_client, "any_llm": any_llm_client, "litellm": litellm_client}


def sequential(embed: Embed, _aembed: AEmbed, calls: int) -> None:
    for _ in range(calls):
        embed()


def concurrent(_embed: Embed, aembed: AEmbed, calls: int) -> None:
    async def worker(number: int) -> None:
        for _ in range(number):
            await aembed()

    async def main() -> None:
        await asyncio.gather(*(worker(calls // AT_ONCE) for _ in range(AT_ONCE)))

    asyncio.run(main())


MODES = {"sequential": sequential, "concurrent": concurrent}


def measure(client: str, mode: str, base: str, calls: int) -> None:
    """In a process of its own: warm up, then time."""
    embed, aembed = CLIENTS[client](base)
    run = MODES[mode]
    run(embed, aembed, AT_ONCE)
    cpu, wall = _cpu(), time.perf_counter()
    run(embed, aembed, calls)
    done = calls // AT_ONCE * AT_ONCE if mode == "concurrent" else calls
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    print(json.dumps({"cpu": cpu / done, "rate": done / wall}))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def stub() -> None:
    """Answers every request with one vector, in the encoding that it asks for."""
    vector = [((i * 7919) % 1000) / 1000 - 0.5 for i in range(DIMENSIONS)]
    import array

    packed = base64.b64encode(array.array("f", vector).tobytes()).decode()
    bodies = {kind: _reply(value) for kind, value in (("base64", packed), ("float", vector))}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
                body = await reader.readexactly(size)
                writer.write(bodies["base64" if b"base64" in body else "float"])
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(main())


def _reply(embedding: object) -> bytes:
    body = {
        "object": "list",
        "model": MODEL,
        "data": [{"object": "embedding", "index": 0, "embedding": embedding}],
        "usage": {"prompt_tokens": 10, "total_tokens": 10},
    }
    content = json.dumps(body).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(content) + content


@contextmanager
def running_stub() -> Iterator[str]:
    with subprocess.Popen([sys.executable, __file__, "--stub"], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--stub", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stub:
        stub()
    elif given.measure:
        measure(*given.measure, given.calls)
    else:
        compare(given.calls, given.rounds)


def compare(calls: int, rounds: int) -> None:
    names = [name for name in CLIENTS if importlib.util.find_spec(name)]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with running_stub() as base:
        for mode in MODES:
            found: dict[str, list[dict[str, float]]] = {name: [] for name in names}
            for _ in range(rounds):
                for name in names:
                    command = [sys.executable, __file__, "--measure", name, mode, base, "--calls", str(calls)]
                    # Their errors are not shown: any-llm leaks a client a call, and asyncio complains of each.
                    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
                    found[name].append(json.loads(done.stdout.splitlines()[-1]))
            show(mode, found)


def show(mode: str, found: dict[str, list[dict[str, float]]]) -> None:
    medians = {
        name: {key: statistics.median(one[key] for one in runs) for key in ("cpu", "rate")}
        for name, runs in found.items()
    }
    ours = medians["onevec"]
    print(f"{mode:12}{'cpu µs a call':>16}{'calls/s':>12}{'cpu: times ours':>18}{'rate: ours times':>18}")
    for name, figure in medians.items():
        cpu, rate = figure["cpu"] / ours["cpu"], ours["rate"] / figure["rate"]
        print(f"{name:12}{figure['cpu'] * 1e6:16.0f}{figure['rate']:12.0f}{cpu:18.1f}{rate:18.1f}")


if __name__ == "__main__":
    main()
