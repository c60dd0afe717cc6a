"""Succession: the gateway of a changed configuration, and what it takes over from the one before it."""

import os
from collections.abc import Mapping
from dataclasses import replace

from onevec.gateway.gateway import Gateway, Kept
from onevec.gateway.settings.config import Config
from onevec.gateway.stack import Finder


def successor(old: Gateway, config: Config, finder: Finder, environ: Mapping[str, str] = os.environ) -> Gateway:
    """The gateway that takes the place of `old`, which goes on until its last request is answered.

    Raises:
        OnevecError: as :meth:`Gateway.from_config` does; `old` is as it was.
    """
    new = Gateway.from_config(config, finder, environ, kept=heritage(old, config))
    old.hand_over(new)
    return new


def heritage(old: Gateway, config: Config) -> Kept:
    """What survives: what people have used and may, and vectors, where the settings for them have not changed."""
    before = old.config
    same_books = (config.redis, config.ledger) == (before.redis, before.ledger)
    same_cache = (config.redis, config.cache) == (before.redis, before.cache)
    kept = Kept(cache=old.cache if same_cache else None)
    if not same_books or old.books is None:
        return kept
    books = replace(old.books, config=config)
    same = config.limits == before.limits
    return replace(kept, books=books, accounts=old.accounts if same else books.other_limits(old.accounts))
