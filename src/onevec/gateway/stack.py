"""From a deployment's settings to a deployment: its model, and the wrappers that the settings ask for round it."""

import os
from collections.abc import Mapping
from typing import Any, Protocol

from onevec.embedders import Endpoint
from onevec.errors import ConfigurationError, InvalidRequestError, OnevecError
from onevec.gateway.config import Config, DeploymentConfig
from onevec.gateway.content_filter import Filtered, find_judge
from onevec.gateway.deployment import Deployment
from onevec.gateway.fetching import Fetched, Fetcher
from onevec.gateway.image_hosts import ImageHosts
from onevec.gateway.intake import Intake
from onevec.gateway.prompts import Prompted
from onevec.gateway.queue import Bounds, Queue, Queued
from onevec.gateway.rules import ENV, is_reference
from onevec.gateway.shape import Shaped
from onevec.gateway.source import Keys, Source
from onevec.gateway.tokens import Detokenized, cl100k_base
from onevec.providers import split_model
from onevec.types import Embedder, Modality


class Finder(Protocol):
    """Finds the embedder of a model, as :class:`onevec.embedders.Embedders` does."""

    def find(self, model: str, endpoint: Endpoint) -> tuple[Embedder, str]:
        """The embedder, and the model's own name."""


def deploy(name: str, config: Config, finder: Finder, environ: Mapping[str, str] = os.environ) -> Deployment:
    """Make a deployment; a local model is loaded.

    Raises:
        ConfigurationError: a variable that is not set, a wrong client argument, a filter that is not there, an extra
            that is not installed; names file, line and key.
        ModelError: a local model that cannot be loaded.
    """
    settings, server = config.deployments[name], config.server
    place = endpoint(name, config, environ)
    try:
        embedder, model = finder.find(settings.model, place)
        provider = split_model(settings.model, settings.provider)[0].name
        fetcher = Fetcher(ImageHosts.parse(server.image_hosts), server.max_body, server.image_timeout)
        queue = Queue(Bounds(server.max_waiting_requests, server.max_waiting_tokens, server.deadline))
        return Deployment(name, model, provider, wrapped(embedder, settings, queue, fetcher), queue, settings.aliases)
    except (ConfigurationError, InvalidRequestError) as exc:
        path = ("deployments", name, *_place(exc, settings))
        raise config.source.error(path, exc.message, cause=exc) from exc


def endpoint(name: str, config: Config, environ: Mapping[str, str] = os.environ) -> Endpoint:
    """Where a deployment's calls go, with every variable that it names read.

    Raises:
        ConfigurationError: a variable that is not set.
    """
    settings, path = config.deployments[name], ("deployments", name)
    return Endpoint(
        settings.provider,
        resolved(settings.api_key, (*path, "api_key"), config.source, environ),
        settings.api_base,
        resolved(settings.client_args, (*path, "client_args"), config.source, environ),
    )


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


def resolved(value: Any, path: Keys, source: Source, environ: Mapping[str, str]) -> Any:
    """A setting with every ``env:VARIABLE`` in it read.

    Raises:
        ConfigurationError: a variable is not set.
    """
    if isinstance(value, Mapping):
        return {key: resolved(item, (*path, key), source, environ) for key, item in value.items()}
    if not is_reference(value):
        return value
    variable = value.removeprefix(ENV)
    if found := environ.get(variable, "").strip():
        return found
    raise source.error(path, f"the environment variable {variable} is not set")


PLACES: Mapping[str, Keys] = {
    "api_key": ("api_key",),
    "api_base": ("api_base",),
    "client_args": ("client_args",),
    "content_filter": ("content_filter", "entry_point"),
    "token_ids": ("token_ids",),
    "model": ("model",),
}
"""Which setting an error of the parts below is about, by its `param`."""


def _place(exc: OnevecError, settings: DeploymentConfig) -> Keys:
    place = PLACES.get(exc.param or "", ())
    if place == ("client_args",) and exc.value in settings.client_args:
        return (*place, exc.value)
    return place
