"""The fault drill: real processes on loopback, a load whose right answers are known, and one fault after another.

    python benchmarks/drill.py [--only WORDS]… [--seconds 9] [--json]

A gateway has one deployment of two targets, which are two servers of ours with the bundled model; the second stands
behind a middleman that can delay and lie. Four connections ask for texts whose vectors were computed before, and hold
every vector against the right one. A fault comes after a sixth of a scenario's time and is mended after half of it.
Prints the table of docs/reliability.md; ends with 1 when a vector was wrong, or when it found none where an
upstream lied.
"""

import argparse
import asyncio
import contextlib
import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from faults import disk, processes
from faults.load import TEXTS, Load, once, rows
from faults.middleman import Middleman
from faults.scenarios import SCENARIOS, TABLE, Scenario, Scene

from onevec.gateway import Config

MODEL = "all-minilm-l6-v2"
CONNECTIONS = 4


@dataclass(frozen=True)
class Outcome:
    """What a scenario came to; `skipped` says why it was not run.

    Attributes:
        harmed: Requests that reached an upstream which lied or was slow.
        until_quiet: Seconds from the fault to the last error, 0 where there was none.
        after_mending: The same from the mending.
        slowest: Seconds of the slowest answer.
        unproven: The gateway's log does not say that the fault has reached it.
    """

    name: str
    skipped: str | None = None
    requests: int = 0
    errors: dict[str, int] | None = None
    wrong: int = 0
    harmed: int = 0
    until_quiet: float = 0.0
    after_mending: float = 0.0
    slowest: float = 0.0
    unproven: bool = False

    def row(self) -> str:
        if self.skipped:
            return f"| {self.name} | not run: {self.skipped} | | | | | |"
        if self.unproven:
            return f"| {self.name} | the fault did not reach the gateway | | | | | |"
        errors = ", ".join(f"{number} × {kind}" for kind, number in sorted(self.errors.items())) or "none"
        quiet = f"{self.until_quiet:.1f}" + (f" ({self.after_mending:.1f} after it)" if self.after_mending else "")
        harmed = self.harmed or ""
        return f"| {self.name} | {self.requests} | {harmed} | {errors} | {self.wrong} | {quiet} | {self.slowest:.2f} |"


HEAD = (
    "| fault | requests | lied to, or held up | errors that clients saw | wrong vectors "
    "| seconds from the fault until errors ended "
    "(after it was mended) | slowest answer, s |\n|---|---|---|---|---|---|---|"
)


class Drill:
    """What all scenarios share: the upstreams, the middleman, Redis, and what is right."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._disk = folder, folder / "disk"
        self._first, self._second = (processes.upstream(folder, MODEL) for _ in range(2))
        self._redis = processes.redis(folder) if shutil.which("redis-server") else None
        self._middleman = Middleman(self._second.port)

    async def __aenter__(self):
        await self._mend()
        self._behind = await self._middleman.listen()
        head, body = await once(self._first.port, TEXTS, MODEL)
        truth = rows(body)
        self._truth = truth / np.linalg.norm(truth, axis=1, keepdims=True)
        self._space = re.search(rb"(?i)x-vector-space: *([^\r\n]+)", head)[1].decode()
        return self

    async def __aexit__(self, *exc) -> None:
        for process in filter(None, (self._first, self._second, self._redis)):
            process.kill()
        await self._middleman.close()

    @contextlib.asynccontextmanager
    async def scene(self, scenario: Scenario) -> AsyncIterator[Scene]:
        """A new gateway over whole upstreams, both of which have answered."""
        config = self._folder / "gateway.toml"
        more = scenario.more.format(port=self._redis.port if self._redis else 0, disk=self._disk)
        config.write_text(
            TABLE.format(more=more, space=self._space, model=MODEL, first=self._first.port, second=self._behind)
        )
        gateway = processes.gateway(self._folder, config)
        await asyncio.to_thread(gateway.start)
        try:
            for _ in range(8):
                await once(gateway.port, TEXTS[:2], "small")
            yield Scene(gateway, config, self._first, self._second, self._middleman, self._redis, self._disk)
        finally:
            gateway.kill()
            await self._mend()

    async def _mend(self) -> None:
        """Let everything that is not running begin, and wait until everything answers."""
        every = [*filter(None, (self._first, self._second, self._redis))]
        for process in every:
            if not process.alive:
                process.launch()
        for process in every:
            await asyncio.to_thread(process.wait)
        for process in (self._first, self._second):
            await once(process.port, TEXTS[:1], MODEL)

    async def run(self, scenario: Scenario, seconds: float) -> Outcome:
        """What a scenario comes to, or why it cannot be run."""
        if scenario.section not in {field.name for field in fields(Config)}:
            return Outcome(scenario.name, skipped=f"the gateway knows no section [{scenario.section}]")
        try:
            if missing := scenario.prepare(self._disk):
                return Outcome(scenario.name, skipped=missing)
            return await self._load(scenario, seconds)
        finally:
            disk.unmount(self._disk)

    async def _load(self, scenario: Scenario, seconds: float) -> Outcome:
        """A load, in which the fault comes and goes."""
        async with self.scene(scenario) as scene:
            if missing := scenario.missing(scene):
                return Outcome(scenario.name, skipped=missing)
            scene.middleman.harmed = 0
            load = Load(scene.gateway.port, "small", self._truth)
            async with asyncio.TaskGroup() as group:
                for seed in range(CONNECTIONS):
                    group.create_task(load.connection(seed))
                await asyncio.sleep(seconds / 6)
                hurt = time.monotonic()
                await asyncio.to_thread(scenario.hurt, scene)
                await asyncio.sleep(seconds / 3)
                healed = time.monotonic()
                await asyncio.to_thread(scenario.heal, scene)
                await asyncio.sleep(seconds / 2)
                load.stop()
            unproven = scenario.proof not in scene.gateway.said
        tally = load.tally
        last = max(tally.error_times, default=0.0)
        quiet, after = max(0.0, last - hurt), max(0.0, last - healed)
        errors = dict(tally.errors)
        harmed = self._middleman.harmed
        figures = (tally.requests, errors, tally.wrong, harmed, quiet, after, tally.slowest)
        return Outcome(scenario.name, None, *figures, unproven=unproven)


async def drill(only: list[str], seconds: float, *, as_json: bool) -> int:
    chosen = [one for one in SCENARIOS if any(words in one.name for words in only or [""])]
    if not chosen:
        raise SystemExit(f"no scenario has {only!r} in its name: {', '.join(one.name for one in SCENARIOS)}")
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        async with Drill(Path(folder)) as drill:
            if not as_json:
                print(HEAD, flush=True)
            for scenario in chosen:
                outcome = await drill.run(scenario, seconds)
                if not outcome.skipped and (outcome.unproven or (outcome.wrong > 0) != scenario.undetectable):
                    failed = True
                print(json.dumps(asdict(outcome)) if as_json else outcome.row(), flush=True)
    return 1 if failed else 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", help="scenarios with these words in their name; may be repeated")
    parser.add_argument("--seconds", type=float, default=9.0, help="of each scenario")
    parser.add_argument("--json", action="store_true", help="a line of JSON for each scenario")
    options = parser.parse_args()
    sys.exit(asyncio.run(drill(options.only, options.seconds, as_json=options.json)))


if __name__ == "__main__":
    main()
