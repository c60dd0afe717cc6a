"""References: settings that say which environment variable holds them, because a secret does not belong in the file."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from onevec.gateway.settings.config import Config, Redis
from onevec.gateway.settings.source import Keys, Source

ENV = "env:"


def is_reference(value: object) -> bool:
    """Whether a setting says which environment variable holds it."""
    return isinstance(value, str) and re.fullmatch(r"env:[A-Za-z_][A-Za-z0-9_]*", value) is not None


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


def redis_of(config: Config, environ: Mapping[str, str]) -> Redis | None:
    """The section `[redis]` with its URL read, or None where there is none.

    Raises:
        ConfigurationError: its variable is not set.
    """
    redis = config.redis
    if redis is None:
        return None
    return msgspec.structs.replace(redis, url=resolved(redis.url, ("redis", "url"), config.source, environ))
