"""Metrics in Prometheus' words. A label is a route, a status, a deployment or a known code: never a text or a key."""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from onevec import errors
from onevec.gateway.pool import Outcome, OutcomeObserver, Target
from onevec.server.calls import Call

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
    """The figures of one server, in a registry of its own."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._codes = known_codes()
        self._gauges: dict[str, Gauge] = {}
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
        )
        self._children: dict[tuple[object, ...], MetricWrapperBase] = {}
        self._counts: dict[str, _Counts] = {}
        self._cache_bytes: Gauge | None = None

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

    def batches(self, deployment: str) -> Callable[[int, int], None]:
        """What to tell of every batch that a deployment's model runs."""
        texts, tokens = self._batch_texts.labels(deployment), self._batch_tokens.labels(deployment)

        def observe(number: int, size: int) -> None:
            texts.observe(number)
            tokens.observe(size)

        return observe

    def attempts(self, deployment: str) -> OutcomeObserver:
        """What to tell of every attempt of a deployment's targets."""

        def observe(target: Target, outcome: Outcome) -> None:
            self._child(self._attempts, deployment, target.name, outcome).inc()
            self._child(self._open, deployment, target.name).set(target.breaker.open)

        return observe

    def watch(
        self, name: str, text: str, sources: Mapping[str, Callable[[], float]], label: str = "deployment"
    ) -> None:
        """A gauge that is read when it is asked for, one value for each deployment, or by another label."""
        gauge = self._gauges.get(name)
        if gauge is None:
            gauge = self._gauges[name] = Gauge(name, text, (label,), registry=self.registry)
        for value, read in sources.items():
            gauge.labels(value).set_function(read)

    def watch_one(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A gauge without labels that is read when it is asked for."""
        Gauge(name, text, registry=self.registry).set_function(read)

    def watch_cache(self, size: Callable[[], float]) -> None:
        """The bytes of the cache in memory, read when they are asked for; told again, what is told last is shown."""
        if self._cache_bytes is None:
            self._cache_bytes = Gauge(
                "onevec_cache_memory_bytes", "Bytes of cached vectors in memory.", registry=self.registry
            )
        self._cache_bytes.set_function(size)

    def watch_counts(
        self, name: str, text: str, labels: tuple[str, ...], counts: Mapping[tuple[str, str], float]
    ) -> None:
        """A counter that somebody else counts: `counts` holds the figure of each tuple of labels' values.

        Told again under the same name, what is told last is shown.
        """
        if (known := self._counts.get(name)) is not None:
            known.counts = counts
        else:
            self._counts[name] = _Counts(name, text, labels, counts)
            self.registry.register(self._counts[name])

    def page(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self.registry)

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


class _Counts(Collector):
    """Shows counts that are kept elsewhere, as they are when somebody asks."""

    def __init__(self, name: str, text: str, labels: tuple[str, ...], counts: Mapping[tuple[str, str], float]) -> None:
        self._described = name, text, labels
        self.counts = counts

    def collect(self) -> Iterable[CounterMetricFamily]:
        name, text, labels = self._described
        family = CounterMetricFamily(name, text, labels=labels)
        for values, count in [*self.counts.items()]:
            family.add_metric(values, count)
        yield family
