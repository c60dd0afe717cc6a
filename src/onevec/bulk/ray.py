"""Shards on a Ray cluster: actors that load the model once embed them, and the driver alone commits. Needs `ray`."""

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

from onevec.bulk.addresses import shown
from onevec.errors import ConfigurationError, OnevecError, WorkerLostError

ShardWork = TypeVar("ShardWork")
"""What a worker needs to embed a shard; it travels to it."""

Embedded = TypeVar("Embedded")
"""What a worker makes of it; it travels back."""

EmbedShard: TypeAlias = Callable[[ShardWork], Embedded]

QUEUED = 2
"""Shards that each worker has: one under way, and the next one there when it is done."""

LOCAL = "local"
"""Ray's word for a cluster that is started on this machine, and ends with this program."""

WAIT = 30.0
"""Seconds for a cluster to answer. Ray itself tries for minutes, and then ends the process."""

POLL = 0.5
"""Seconds of one wait for the workers; between two of them a run can stop."""

TRIES = 4
"""Of a shard whose worker dies. A worker itself is started again however often: machines come and go."""


def run_on_ray(
    ray: Any,
    shards: Iterable[ShardWork],
    make_embedder: Callable[[], EmbedShard[ShardWork, Embedded]],
    commit: Callable[[ShardWork, Embedded], None],
    workers: int = 2,
    cpus: int = 1,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Embed shards on a cluster and commit each, in their order, whichever is done first.

    A worker that dies is started again and its shard done again; what was never committed is never lost and never
    there twice.

    Args:
        ray: As :func:`cluster` connected it.
        shards: Read as workers take them, never far ahead.
        make_embedder: Called once in each worker; what it returns embeds a shard. It travels there, and takes what it
            needs with it: settings, not a loaded model.
        commit: Called in this process alone, a shard at a time: writes the shard and notes it in the manifest.
        workers: How many embed at a time.
        cpus: Processors that each reserves.
        stopped: Asked every now and then; once it says yes, what is under way is given up.

    Raises:
        WorkerLostError: a shard's worker died too often.
        OnevecError: a worker's own.
    """
    worker = ray.remote(num_cpus=cpus, max_restarts=-1, max_task_retries=TRIES - 1)(_Worker)
    everyone = [worker.remote(make_embedder) for _ in range(workers)]
    try:
        for work, made in _in_order(ray, iter(shards), deque(everyone * QUEUED), 2 * QUEUED * workers, stopped):
            commit(work, made)
    finally:
        for one in everyone:
            ray.kill(one)


class _Worker:
    """An actor. Its model is loaded for its first shard: what fails when an actor starts is told as its death."""

    def __init__(self, make: Callable[[], EmbedShard[Any, Any]]) -> None:
        self._make = make
        self._embed: EmbedShard[Any, Any] | None = None

    def embed(self, work: Any) -> Any:
        if self._embed is None:
            self._embed = self._make()
        return self._embed(work)


def _in_order(
    ray: Any, shards: Iterator[Any], places: deque[Any], most: int, stopped: Callable[[], bool]
) -> Iterator[tuple[Any, Any]]:
    """Each shard with what was made of it, in order, until it is to stop.

    `places` has a worker for each shard that can be handed out now; at most `most` are handed out and not committed.
    """
    begun: deque[tuple[Any, Any]] = deque()
    busy: dict[Any, Any] = {}
    while not stopped():
        for work in islice(shards, min(len(places), most - len(begun))):
            worker = places.popleft()
            made = worker.embed.remote(work)
            busy[made] = worker
            begun.append((work, made))
        if not begun:
            return
        done, _ = ray.wait([*busy], num_returns=1, timeout=POLL) if busy else ([], [])
        places.extend(busy.pop(one) for one in done)
        while begun and begun[0][1] not in busy:
            work, made = begun.popleft()
            yield work, _taken(ray, made)


def _taken(ray: Any, made: Any) -> Any:
    """What a worker made, or the error that it raised."""
    try:
        return ray.get(made)
    except ray.exceptions.RayTaskError as exc:
        raise exc.cause if isinstance(exc.cause, OnevecError) else exc from None
    except ray.exceptions.RayActorError as exc:
        raise WorkerLostError(
            f"a worker on Ray died {TRIES} times over one shard, most often for want of memory: take smaller shards or "
            "fewer workers, and run the same command again; what is committed stays"
        ) from exc


@contextmanager
def cluster(address: str | None = None, cpus: int = 2) -> Iterator[Any]:
    """Ray, connected; what was connected before stays so afterwards.

    Ray heeds signals in ways of its own, one for the main thread and one for others: they go on to be the caller's.

    Args:
        address: Of the cluster; None takes the one that the environment names, or starts one on this machine.
        cpus: Processors of one that is started.

    Raises:
        ConfigurationError: Ray is not installed, or there is no cluster at the address.
    """
    try:
        import ray
    except ImportError as exc:
        raise ConfigurationError("--engine ray needs Ray: pip install 'onevec[ray]'", param="engine") from exc
    if ray.is_initialized():
        yield ray
        return
    where = address or os.environ.get("RAY_ADDRESS") or LOCAL
    own = {"num_cpus": cpus, "include_dashboard": False} if where == LOCAL else {}
    check_cluster(where)
    try:
        with _signals_kept():
            ray.init(address=where, log_to_driver=False, **own)
    except (ConnectionError, ValueError, SystemExit) as exc:  # it exits where a cluster is gone in this moment
        raise _no_cluster(where) from exc
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def _signals_kept() -> Iterator[None]:
    heard = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.getsignal(number) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # else it is none of Python's
                signal.signal(number, handler)  # also where it is the same: Ray's C++ code is beneath


def check_cluster(address: str, seconds: float = WAIT) -> None:
    """Refuse an address behind which no cluster is; one without a port is Ray's to look up.

    Raises:
        ConfigurationError: nobody listens there, or somebody who is no Ray.
    """
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _no_cluster(address) from None
    if host is None or port is None:
        return
    try:
        socket.create_connection((host, port), seconds).close()
    except OSError as exc:
        raise _no_cluster(address) from exc
    if os.environ.get("RAY_USE_TLS", "0") == "0" and not _answers(f"{host}:{port}", seconds):
        raise _no_cluster(address)


def _answers(address: str, seconds: float) -> bool:
    """Whether a gRPC server is there, as Ray's are."""
    import grpc

    with grpc.insecure_channel(address) as channel:
        try:
            grpc.channel_ready_future(channel).result(seconds)
        except grpc.FutureTimeoutError:
            return False
    return True


def _no_cluster(address: str) -> ConfigurationError:
    return ConfigurationError(
        f"there is no Ray cluster at {shown(address)}: name its head with --address or RAY_ADDRESS, as HOST:6379 from "
        "within the cluster or ray://HOST:10001 from outside, and see that this machine may connect to it",
        param="address",
    )
