"""From a deployment's settings to a deployment: its model, and the wrappers that the settings ask for round it."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from onevec.embedders import LOCAL, Endpoint
from onevec.errors import ConfigurationError, InvalidRequestError, OnevecError
from onevec.gateway.cache import Cached, VectorCache
from onevec.gateway.deployment import Deployment
from onevec.gateway.pool.pool import Pool
from onevec.gateway.pool.targets import Target, check_one_space
from onevec.gateway.settings.config import Config, DeploymentConfig, TargetConfig
from onevec.gateway.settings.image_hosts import ImageHosts
from onevec.gateway.settings.references import resolved
from onevec.gateway.settings.source import Keys, Source
from onevec.gateway.wrappers.content_filter import Filtered, find_judge
from onevec.gateway.wrappers.fetching import Fetched, Fetcher
from onevec.gateway.wrappers.intake import Intake
from onevec.gateway.wrappers.prompts import Prompted
from onevec.gateway.wrappers.queue import Bounds, Queue, Queued
from onevec.gateway.wrappers.shape import Shaped
from onevec.gateway.wrappers.tokens import Detokenized, cl100k_base
from onevec.providers import split_model
from onevec.spaces import VectorSpace
from onevec.types import Embedder, Modality


class Finder(Protocol):
    """Finds the embedder of a model, as :class:`onevec.embedders.Embedders` does."""

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """The embedder, and the model's own name."""


def deploy(
    name: str,
    config: Config,
    finder: Finder,
    environ: Mapping[str, str] = os.environ,
    cache: VectorCache | None = None,
) -> Deployment:
    """Make a deployment; local models are loaded. Its vectors are remembered where there is a cache.

    Raises:
        ConfigurationError: a variable that is not set, a wrong client argument, targets of several vector spaces, a
            filter that is not there, an extra that is not installed; names file, line and key.
        ModelError: a local model that cannot be loaded.
    """
    settings, server = config.deployments[name], config.server
    place = ("deployments", name)
    targets = [_target(path, name, config, finder, environ) for path in settings.all_targets()]
    with placed_at(config, place):
        model, provider = targets[0].model, targets[0].provider
        embedder = _embedder(targets, settings, server.deadline)
        fetcher = Fetcher(ImageHosts.parse(server.image_hosts), server.max_body, server.image_timeout)
        queue = Queue(Bounds(server.max_waiting_requests, server.max_waiting_tokens, server.deadline))
        # Right round the model, below what shortens vectors and puts prompts: a full vector serves every length.
        remembering = Cached(embedder, cache, name) if cache is not None and settings.cache else embedder
        stack = wrapped(remembering, settings, queue, fetcher)
        pool = embedder if isinstance(embedder, Pool) else None
        return Deployment(name, model, provider, stack, queue, settings.aliases, pool)


def endpoints(name: str, config: Config, environ: Mapping[str, str] = os.environ) -> Mapping[Keys, Endpoint]:
    """Where the calls of a deployment's targets go, with every variable that they name read.

    Raises:
        ConfigurationError: a variable that is not set.
    """
    settings = config.deployments[name]
    return {
        path: _endpoint((*("deployments", name), *path), settings, target, config.source, environ)
        for path, target in settings.all_targets().items()
    }


def _endpoint(
    path: Keys, settings: DeploymentConfig, target: TargetConfig, source: Source, environ: Mapping[str, str]
) -> Endpoint:
    given = resolved(target.client_args, (*path, "client_args"), source, environ)
    local = split_model(target.model, target.provider)[0].name == LOCAL
    if settings.space is not None and not local:
        given = {"space": settings.space, **given}
    if settings.targets and not local:
        given = {"max_retries": 0, **given}  # another target is tried instead
    return Endpoint(
        target.provider, resolved(target.api_key, (*path, "api_key"), source, environ), target.api_base, given
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A target's embedder, and what the model string said."""

    provider: str
    model: str
    settings: TargetConfig
    embedder: Embedder


def _target(path: Keys, name: str, config: Config, finder: Finder, environ: Mapping[str, str]) -> _Found:
    settings = config.deployments[name]
    target, place = settings.all_targets()[path], ("deployments", name, *path)
    where = _endpoint(place, settings, target, config.source, environ)
    with placed_at(config, place, target.client_args):
        embedder, model = finder.find(target.model, where)
        return _Found(split_model(target.model, target.provider)[0].name, model, target, embedder)


def _embedder(found: Sequence[_Found], settings: DeploymentConfig, deadline: float) -> Embedder:
    """One local model as it is; anything that can fail by itself behind a pool."""
    space = VectorSpace.parse(settings.space) if settings.space else None
    targets = [
        Target(
            f"{one.provider}:{one.model}" + (f"[{index}]" if len(found) > 1 else ""),
            one.embedder,
            one.settings.weight,
            one.settings.priority,
            one.settings.price if one.settings.price is not None else one.embedder.capabilities.price,
        )
        for index, one in enumerate(found)
    ]
    if len(found) == 1 and found[0].provider == LOCAL and found[0].settings.price is None:
        check_one_space(targets, space)
        return found[0].embedder
    share = SHARE_OF_SEVERAL if len(found) > 1 else SHARE_OF_ONE
    return Pool(
        targets, space=space, attempt_timeout=settings.attempt_timeout or share * deadline, hedge=settings.hedge
    )


SHARE_OF_SEVERAL, SHARE_OF_ONE = 1 / 3, 0.95
"""Of a request's time that one target may take: what is left is for another; or for saying that it did not answer."""


def wrapped(embedder: Embedder, settings: DeploymentConfig, queue: Queue, fetcher: Fetcher) -> Embedder:
    """The model with what the settings add, from the inside out; what is not asked for costs nothing."""
    if settings.dimensions == "any" or settings.int8_scale is not None:
        embedder = Shaped(embedder, any_dimensions=settings.dimensions == "any", int8_scale=settings.int8_scale)
    if prompts := settings.prompts.by_type():
        embedder = Prompted(embedder, prompts)
    if chosen := settings.content_filter:
        judge = find_judge(chosen.entry_point) if chosen.entry_point else None
        embedder = Filtered(embedder, chosen.patterns, judge)
    if settings.token_ids == "cl100k_base":  # noqa: S105 - a vocabulary
        embedder = Detokenized(embedder, cl100k_base())
    if Modality.IMAGE in embedder.capabilities.modalities:
        embedder = Fetched(embedder, fetcher)
    return Intake(Queued(embedder, queue), settings.max_items, settings.overflow, settings.max_images)


PLACES: Mapping[str, Keys] = {
    "api_key": ("api_key",),
    "api_base": ("api_base",),
    "client_args": ("client_args",),
    "content_filter": ("content_filter", "entry_point"),
    "token_ids": ("token_ids",),
    "model": ("model",),
    "space": ("space",),
}
"""Which setting an error of the parts below is about, by its `param`."""


@contextmanager
def placed_at(config: Config, path: Keys, client_args: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
    """Says of an error of the parts below which setting it is about."""
    try:
        yield
    except (ConfigurationError, InvalidRequestError) as exc:
        raise config.source.error((*path, *_place(exc, client_args)), exc.message, cause=exc) from exc


def _place(exc: OnevecError, client_args: Mapping[str, Any]) -> Keys:
    if exc.param == "targets":
        return exc.loc
    place = PLACES.get(exc.param or "", ())
    if place == ("client_args",) and exc.value is not None and exc.value in client_args:
        return (*place, exc.value)
    return place
