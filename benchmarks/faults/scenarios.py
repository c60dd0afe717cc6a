"""SCENARIOS: a row a fault, what does it, what mends it, and whether it can be done here at all."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from faults import disk
from faults.middleman import Middleman
from faults.processes import Process, redis_clients

TABLE = """
[server]
deadline = 6.0
log_level = "warning"
{more}
[deployments.small]
space = "{space}"
attempt_timeout = 1.0
[[deployments.small.targets]]
model = "openai:{model}"
api_base = "http://127.0.0.1:{first}/v1"
api_key = "env:UPSTREAM_KEY"
[[deployments.small.targets]]
model = "openai:{model}"
api_base = "http://127.0.0.1:{second}/v1"
api_key = "env:UPSTREAM_KEY"
"""
"""The gateway's configuration: the first upstream as it is, the second behind the middleman."""

REDIS = """[limits]
requests_per_minute = 1000000
[redis]
url = "redis://127.0.0.1:{port}"
"""

CACHE = """[cache]
memory = 1
disk = "{disk}/cache.sqlite"
"""
"""A cache that has next to no memory, on a disk that runs full."""


@dataclass
class Scene:
    """Everything that a scenario may lay hands on."""

    gateway: Process
    config: Path
    first: Process
    second: Process
    middleman: Middleman
    redis: Process | None
    disk: Path


@dataclass(frozen=True)
class Scenario:
    """One fault.

    Attributes:
        hurt: Does it.
        heal: Mends it.
        more: Further sections of the configuration that it needs, with `{port}` of Redis and `{disk}` in them.
        section: Which section the gateway has to know for that.
        prepare: What is done with the disk's folder before the gateway starts; says why it cannot be.
        undetectable: Whether the vectors are wrong and nothing shows it; then the drill has to find some.
        missing: Why it cannot be done here; None where it can. Asked once the gateway runs.
        proof: What the gateway's log says when the fault has reached it.
    """

    name: str
    hurt: Callable[[Scene], None]
    heal: Callable[[Scene], None]
    more: str = ""
    section: str = "server"
    prepare: Callable[[Path], str | None] = lambda _: None
    missing: Callable[[Scene], str | None] = lambda _: None
    undetectable: bool = False
    proof: str = ""


def answers(mode: str) -> tuple[Callable[[Scene], None], Callable[[Scene], None]]:
    """The second upstream answers so, and then as it should again."""

    def turn(to: str) -> Callable[[Scene], None]:
        return lambda scene: setattr(scene.middleman, "mode", to)

    return turn(mode), turn("pass")


def slow(seconds: float) -> Callable[[Scene], None]:
    return lambda scene: setattr(scene.middleman, "delay", seconds)


def both(action: str) -> Callable[[Scene], None]:
    def act(scene: Scene) -> None:
        for process in (scene.first, scene.second):
            getattr(process, action)()

    return act


def break_config(scene: Scene) -> None:
    scene.config.write_text(scene.config.read_text() + "\n[deployments.small.nonsense\n")
    scene.gateway.signal(signal.SIGHUP)


def mend_config(scene: Scene) -> None:
    scene.config.write_text(scene.config.read_text().replace("\n[deployments.small.nonsense\n", ""))
    scene.gateway.signal(signal.SIGHUP)


def no_reload(scene: Scene) -> str | None:
    return None if scene.gateway.reloads else "the gateway does not read its configuration again at SIGHUP"


def no_redis(scene: Scene) -> str | None:
    if scene.redis is None:
        return "redis-server is not installed"
    return None if redis_clients(scene.redis.port) else "the gateway holds no connection to Redis"


SCENARIOS = [
    Scenario("no fault", lambda _: None, lambda _: None),
    Scenario("an upstream is killed and started again", lambda s: s.first.kill(), lambda s: s.first.launch()),
    Scenario("both are killed and started again", both("kill"), both("launch")),
    Scenario(
        "an upstream hangs (SIGSTOP)",
        lambda s: s.first.signal(signal.SIGSTOP),
        lambda s: s.first.signal(signal.SIGCONT),
    ),
    Scenario("an upstream is slow (0.5 s)", slow(0.5), slow(0.0)),
    Scenario("an upstream is too slow (3 s)", slow(3.0), slow(0.0)),
    *(
        Scenario(f"an upstream answers: {mode}", *answers(mode))
        for mode in ("garbage", "HTML", "truncated", "wrong count", "not finite", "wrong length", "another space")
    ),
    Scenario("an upstream answers: plausible lies", *answers("plausible lies"), undetectable=True),
    Scenario("an upstream answers: 429 with Retry-After", *answers("429")),
    Scenario("an upstream answers: 500", *answers("500")),
    Scenario(
        "Redis is killed and started again",
        lambda s: s.redis.kill(),
        lambda s: s.redis.launch(),
        REDIS,
        "redis",
        missing=no_redis,
        proof="Redis does not answer",
    ),
    Scenario(
        "the cache's disk is full",
        lambda _: None,
        lambda s: disk.make_room(s.disk),
        CACHE,
        "cache",
        disk.mount,
        proof="left alone until it answers again",
    ),
    Scenario(
        "a broken configuration at SIGHUP",
        break_config,
        mend_config,
        missing=no_reload,
        proof="the configuration is refused",
    ),
]
