"""Recipe: where a server's settings come from, so that they can be read again."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from onevec.gateway import load
from onevec.gateway.settings.config import Config
from onevec.gateway.settings.rules import check
from onevec.server.processes.run import check_exposure

log = logging.getLogger("onevec.server")

DEFAULT_MODELS = ("local:all-minilm-l6-v2", "local:gist")
"""One for texts, one for images; neither needs a download."""


FIXED = ("host", "port", "workers", "engine", "log_level", "shutdown_timeout")
"""What a process is started with."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Where the settings are, and what the command line says over them.

    Attributes:
        models: What is served where there is no file.
        path: The configuration file.
        server: Settings of `[server]` that win over the file's.
        no_auth: Anybody may call, from other machines too.
    """

    models: tuple[str, ...] = ()
    path: Path | None = None
    server: Mapping[str, Any] = field(default_factory=dict)
    no_auth: bool = False

    def read(self) -> Config:
        """The settings as they are now.

        Raises:
            ConfigurationError: as :func:`onevec.gateway.load`; or anybody could call from other machines.
        """
        config = load(self.path) if self.path else Config.of_model(*self.models)
        config = replace(config, server=msgspec.structs.replace(config.server, **self.server))
        if self.path:
            check(config)  # once more: the command line may have changed what was right
        check_exposure(config, no_auth=self.no_auth)
        return config

    def again(self, before: Config) -> Config:
        """The settings as they are now, for a server that runs by those of `before`. Raises as :meth:`read`."""
        config = settled(self.read(), before)
        check_exposure(config, no_auth=self.no_auth)  # at the address where it listens, whatever the file says now
        return config


def settled(config: Config, before: Config) -> Config:
    """The configuration with what a running process cannot change left as it was, which is said in a warning."""
    fixed = {name: getattr(before.server, name) for name in FIXED}
    changed = [name for name, value in fixed.items() if getattr(config.server, name) != value]
    if changed:
        log.warning("server.%s cannot change in a running server: restart it for that", ", server.".join(changed))
    return replace(config, server=msgspec.structs.replace(config.server, **fixed))
