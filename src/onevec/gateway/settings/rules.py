"""What a configuration must keep beyond the types of its settings."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from onevec.errors import OnevecError
from onevec.gateway.settings.config import Config, DeploymentConfig, RateLimits
from onevec.gateway.settings.image_hosts import ImageHosts
from onevec.gateway.settings.references import is_reference
from onevec.gateway.settings.source import Keys
from onevec.providers import split_model
from onevec.spaces import VectorSpace
from onevec.target import SECRET_WORDS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A deployment's name stands in paths, headers and metrics."""

ALIAS = re.compile(r"[!-~]{1,256}")

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Fault = tuple[Keys, str]
"""Where, and what is wrong; never the value of what may be a secret."""


def check(config: Config) -> None:
    """Refuse the first fault.

    Raises:
        ConfigurationError: names file, line and key.
    """
    for rule in RULES:
        for path, what in rule(config):
            raise config.source.error(path, what)
    for name, deployment in config.deployments.items():
        for deployment_rule in DEPLOYMENT_RULES:
            for path, what in deployment_rule(deployment):
                raise config.source.error(("deployments", name, *path), what)


def _something_to_serve(config: Config) -> Iterator[Fault]:
    if not config.deployments:
        yield ("deployments",), 'there is none: add [deployments.NAME] with model = "provider:model"'


def _names(config: Config) -> Iterator[Fault]:
    """Every name and alias leads to one deployment."""
    owner = {name: name for name in config.deployments}
    for name, deployment in config.deployments.items():
        if not NAME.fullmatch(name):
            yield ("deployments", name), "a name is made of letters, digits, dot, hyphen, underscore; 64 at most"
        place = ("deployments", name, "aliases")
        for alias in deployment.aliases:
            if not ALIAS.fullmatch(alias):
                yield place, f"{alias!r:.60} is no name: it must be printable ASCII without spaces"
            if owner.setdefault(alias, name) != name:
                yield place, f"{alias!r} leads to deployment {owner[alias]} already"


def _image_hosts(config: Config) -> Iterator[Fault]:
    try:
        ImageHosts.parse(config.server.image_hosts)
    except ValueError as exc:
        yield ("server", "image_hosts"), f"{exc}: write a host, a host with its port, an address, or a network"


def _auth(config: Config) -> Iterator[Fault]:
    auth = config.auth
    if auth.none and not auth.open:
        yield ("auth", "none"), "contradicts keys and entra: leave it out, or leave those out"
    if auth.entra is not None:
        yield from ((("auth", "entra", *path), what) for path, what in _entra(auth.entra))


def _entra(entra: Any) -> Iterator[Fault]:
    if entra.tenant is None and (entra.issuer is None or entra.jwks_url is None):
        yield (), "tenant is missing (or both issuer and jwks_url)"
    if entra.tenant is not None and not re.fullmatch(r"[A-Za-z0-9.-]+", entra.tenant):
        yield ("tenant",), "must be the directory's id or domain"
    if entra.tenant in ("common", "organizations", "consumers"):
        yield ("tenant",), "must be one directory: tokens of any other would be let in"
    if entra.jwks_url is not None:
        parts = urlsplit(entra.jwks_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            yield ("jwks_url",), "must begin with https://: who can change the keys on their way can sign anything"


def _redis(config: Config) -> Iterator[Fault]:
    redis = config.redis
    if redis is None or is_reference(redis.url):
        return
    parts = urlsplit(redis.url)
    if parts.password:
        yield ("redis", "url"), f'{REMEDY} url = "env:VARIABLE"'
    if parts.scheme not in ("redis", "rediss", "unix"):
        yield ("redis", "url"), "must begin with redis://, rediss:// or unix://"


def _ledger(config: Config) -> Iterator[Fault]:
    ledger = config.ledger
    if ledger is None or is_reference(ledger.url):
        return
    scheme, _, rest = ledger.url.partition("://")
    # The last @ ends what may hold a password, in which there may be others.
    if ":" in rest.rpartition("@")[0] or "password=" in rest:
        yield ("ledger", "url"), f'{REMEDY} url = "env:VARIABLE"'
    if scheme.partition("+")[0] not in ("sqlite", "postgresql", "postgres"):
        yield ("ledger", "url"), "must begin with sqlite:/// or postgresql://"


def _cache(config: Config) -> Iterator[Fault]:
    cache = config.cache
    if cache is not None and cache.redis and config.redis is None:
        yield ("cache", "redis"), 'there is no [redis] to share it through: add the section, with url = "redis://HOST"'


def _workers(config: Config) -> Iterator[Fault]:
    if config.server.workers > 1 and config.redis is None and config.limits != RateLimits():
        yield (
            ("limits",),
            f"each of {config.server.workers} workers would count for itself, and a caller could have so many times as "
            "much: add [redis], where they count together, or leave server.workers at 1",
        )


def _one_or_several(deployment: DeploymentConfig) -> Iterator[Fault]:
    """A model, or targets, of which a deployment's own settings of a target say nothing."""
    if not deployment.targets:
        if deployment.model is None:
            yield ("model",), 'is missing: write model = "provider:model", or [[deployments.NAME.targets]]'
        return
    for name in ("model", "provider", "api_base", "api_key", "client_args", "price"):
        if getattr(deployment, name):
            yield (name,), "belongs to one target where there are several: write it there"


def _space(deployment: DeploymentConfig) -> Iterator[Fault]:
    if deployment.space is None:
        return
    try:
        VectorSpace.parse(deployment.space)
    except OnevecError as exc:
        yield ("space",), exc.message


def _provider(deployment: DeploymentConfig) -> Iterator[Fault]:
    for path, target in deployment.all_targets().items():
        try:
            split_model(target.model, target.provider)
        except OnevecError as exc:
            yield (*path, "provider" if target.provider is not None else "model"), exc.message


REMEDY = "a key does not belong in this file: put it into an environment variable and write"


def _secrets(deployment: DeploymentConfig) -> Iterator[Fault]:
    for path, target in deployment.all_targets().items():
        if target.api_key is not None and not is_reference(target.api_key):
            yield (*path, "api_key"), f'{REMEDY} api_key = "env:VARIABLE"'
        headers = target.client_args.get("headers")
        for name, value in headers.items() if isinstance(headers, Mapping) else ():
            if any(word in str(name).lower() for word in SECRET_WORDS) and not is_reference(value):
                yield (*path, "client_args", "headers", name), f'{REMEDY} "env:VARIABLE"'


def _content_filter(deployment: DeploymentConfig) -> Iterator[Fault]:
    chosen = deployment.content_filter
    if chosen is None:
        return
    if not chosen.patterns and chosen.entry_point is None:
        yield ("content_filter",), "filters nothing: give patterns, or entry_point"
    for pattern in chosen.patterns:
        try:
            re.compile(pattern)
        except re.error as exc:
            yield ("content_filter", "patterns"), f"{pattern!r:.60} is no regular expression: {exc}"
    if chosen.entry_point is not None and not re.fullmatch(r"[\w.]+:\w+", chosen.entry_point):
        yield ("content_filter", "entry_point"), 'must be "package.module:function"'


RULES: tuple[Callable[[Config], Iterator[Fault]], ...] = (
    _something_to_serve,
    _names,
    _auth,
    _image_hosts,
    _redis,
    _ledger,
    _cache,
    _workers,
)

DEPLOYMENT_RULES: tuple[Callable[[DeploymentConfig], Iterator[Fault]], ...] = (
    _one_or_several,
    _provider,
    _secrets,
    _space,
    _content_filter,
)
