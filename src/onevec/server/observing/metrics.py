"""Metrics in Prometheus' words. A label is a route, a status, a deployment or a known code: never a text or a key."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from onevec import errors
from onevec.gateway.pool.targets import Outcome, OutcomeObserver, Target
from onevec.server.calls import Call
from onevec.server.observing.watched import Watched
from onevec.types import BatchObserver

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
INPUTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)

TOKENS = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192)

Child = TypeVar("Child", bound=MetricWrapperBase)


def known_codes() -> frozenset[str]:
    """The codes of our own errors; a provider's further ones are counted as ``other``, so that labels stay few."""
    found: set[str] = set(OWN_CODES)
    queue: list[type[errors.OnevecError]] = [errors.OnevecError]
    while queue:
        kind = queue.pop()
        found.add(kind.default_code)
        queue.extend(kind.__subclasses__())
    return frozenset(found)


OWN_CODES = (
    "budget_exceeded",
    "client_gone",
    "deadline_exceeded",
    "deployment_not_allowed",
    "expired_api_key",
    "invalid_api_version",
    "method_not_allowed",
    "missing_api_version",
    "modality_not_supported",
    "not_found",
    "no_target_available",
    "overloaded",
    "request_timeout",
    "request_too_large",
    "unsupported_media_type",
)
"""Codes that the server gives beyond the defaults of the error classes."""


class Metrics:
    """The figures of one server, in a registry of its own.

    Args:
        shared: Where several processes that are one server keep their figures: then every page tells the sum of all.
            It is the folder of the variable PROMETHEUS_MULTIPROC_DIR, which the library has read when it was imported.
            None where this process is alone.

    Attributes:
        watched: Figures that others keep.
        generation: How often it was renewed.
    """

    content_type = CONTENT_TYPE_LATEST

    def __init__(self, shared: Path | None = None) -> None:
        self.registry = self._shown = CollectorRegistry()
        if shared is not None:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown, str(shared))  # type: ignore[no-untyped-call]
        else:  # of one process among several they would say little
            ProcessCollector(registry=self.registry)
            PlatformCollector(registry=self.registry)
        self.watched = Watched(self.registry, several=shared is not None)
        self._reloads = self._counter("onevec_config_reloads", "Reloads of the configuration.", ("outcome",))
        self._loaded: Gauge | None = None
        self._codes = known_codes()
        labels = ("dialect", "route")
        self._requests = self._counter("onevec_requests", "Requests answered.", (*labels, "status"))
        self._errors = self._counter("onevec_errors", "Requests refused or failed.", ("dialect", "code"))
        self._tokens = self._counter("onevec_tokens", "Tokens read.", ("deployment",))
        self._inputs = self._histogram("onevec_request_inputs", "Inputs of a request.", ("deployment",), INPUTS)
        self._total = self._histogram("onevec_request_seconds", "From the request to the end of its reply.", labels)
        self._inference = self._histogram("onevec_inference_seconds", "What the deployment took.", ("deployment",))
        self._batch_texts = self._histogram(
            "onevec_batch_texts", "Texts that the model read at once.", ("deployment",), INPUTS
        )
        self._batch_tokens = self._histogram("onevec_batch_tokens", "Their tokens.", ("deployment",), TOKENS)
        self._attempts = self._counter(
            "onevec_target_attempts", "Attempts at a target of a deployment.", ("deployment", "target", "outcome")
        )
        self._open = Gauge(
            "onevec_target_broken",
            "Whether a target has failed too often and only probes reach it.",
            ("deployment", "target"),
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        self.generation = 0
        self._children: dict[tuple[object, ...], MetricWrapperBase] = {}

    def observe(self, call: Call) -> None:
        """Count a request that has been answered."""
        dialect, path = call.route.dialect.name, call.route.path
        self._child(self._requests, dialect, path, str(call.status)).inc()
        self._child(self._total, dialect, path).observe(call.seconds)
        if call.code is not None:
            code = call.code if call.code in self._codes else "other"
            self._child(self._errors, dialect, code).inc()
        if call.deployment is not None and call.inference is not None:
            self._child(self._inference, call.deployment).observe(call.inference)
            self._child(self._inputs, call.deployment).observe(call.inputs)
            self._child(self._tokens, call.deployment).inc(call.tokens or 0)

    def batches(self, deployment: str) -> BatchObserver:
        """What to tell of every batch that a deployment's model runs."""
        return _Batches(self, deployment, self.generation)

    def batch(self, deployment: str, texts: int, tokens: int) -> None:
        """Note a batch."""
        self._child(self._batch_texts, deployment).observe(texts)
        self._child(self._batch_tokens, deployment).observe(tokens)

    def attempts(self, deployment: str) -> OutcomeObserver:
        """What to tell of every attempt of a deployment's targets."""

        def observe(target: Target, outcome: Outcome) -> None:
            self._child(self._attempts, deployment, target.name, outcome).inc()
            self._child(self._open, deployment, target.name).set(target.breaker.open)

        return observe

    def renew(self) -> None:
        """Hear no more from the observers of :meth:`batches`: a model that outlives a reload is told new ones."""
        self.generation += 1

    def reloaded(self, outcome: Literal["ok", "refused"]) -> None:
        """Count a reload."""
        self._reloads.labels(outcome).inc()

    def loaded(self, when: float) -> None:
        """Note since when the configuration is in force: seconds since 1970."""
        if self._loaded is None:  # before, a process would have told the sum of all that it is in force since 1970
            self._loaded = Gauge(
                "onevec_config_loaded_timestamp_seconds",
                "When the configuration in force was read; of several processes the oldest.",
                registry=self.registry,
                multiprocess_mode="livemin",
            )
        self._loaded.set(when)

    def page(self) -> bytes:
        """All of them, as Prometheus reads them."""
        self.watched.refresh()
        return generate_latest(self._shown)

    def _counter(self, name: str, text: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: tuple[str, ...], buckets: tuple[float, ...] = SECONDS
    ) -> Histogram:
        return Histogram(name, text, labels, registry=self.registry, buckets=buckets)

    def _child(self, parent: Child, *labels: str) -> Child:
        """The child of these labels; the library's own look-up takes a lock and five times as long."""
        key = (parent, *labels)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = parent.labels(*labels)
        return child  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Batches:
    """Hears of a deployment's batches; equal to those before it, whose place it takes at a model that outlives them."""

    metrics: Metrics
    deployment: str
    generation: int = field(compare=False)

    def __call__(self, texts: int, tokens: int) -> None:
        if self.generation == self.metrics.generation:
            self.metrics.batch(self.deployment, texts, tokens)


def bury(process: int, shared: Path) -> None:
    """Forget the gauges of a process that is dead; what it counted goes on to count."""
    mark_process_dead(process, str(shared))  # type: ignore[no-untyped-call]
