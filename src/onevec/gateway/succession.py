"""Succession: the gateway of a changed configuration, and what it takes over from the one before it."""

import os
from collections.abc import Mapping
from typing import Any

from onevec.gateway.config import Config
from onevec.gateway.gateway import Gateway
from onevec.gateway.stack import Finder


def successor(old: Gateway, config: Config, finder: Finder, environ: Mapping[str, str] = os.environ) -> Gateway:
    """The gateway that takes the place of `old`, which goes on until its last request is answered.

    Raises:
        OnevecError: as :meth:`Gateway.from_config` does; `old` is as it was.
    """
    return Gateway.from_config(config, finder, environ, **heritage(old, config))


def heritage(old: Gateway, config: Config) -> Mapping[str, Any]:
    """What survives, as arguments of :meth:`Gateway.from_config`: counts whose rules have not changed."""
    kept: dict[str, Any] = {}
    if (config.limits, config.redis) == (old.config.limits, old.config.redis):
        kept["limits"] = old.limits
    return kept
