"""`onevec config`: whether a configuration file is right, before a server is started with it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onevec.cli.examples import examples
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    from onevec.gateway.settings.config import Config


@click.group(
    "config",
    short_help="Check a server's configuration.",
    epilog=examples(
        "onevec config check onevec.toml",
        "onevec config check --load onevec.toml",
    ),
)
def command() -> None:
    """Check a server's configuration file."""


@command.command(
    "check",
    short_help="Say what is wrong with a configuration, or that it is right.",
    epilog=examples(
        "onevec config check onevec.toml",
        "onevec config check --load onevec.toml",
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--load", "loading", is_flag=True, help="Also load local models, content filters and vocabularies.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def check(file: Path, loading: bool, verbose: bool) -> None:  # noqa: ARG001 - read where errors are printed
    """Check every setting of FILE, its environment variables and its keys; the first fault is named with its line."""
    config = checked(file, os.environ)
    if loading:
        _load(config)
    count = len(config.deployments)
    noun = "deployment" if count == 1 else "deployments"
    click.echo(f"{file} is right: {count} {noun} ({', '.join(config.deployments)})")


def checked(file: Path, environ: Mapping[str, str]) -> "Config":
    """A configuration with which a server would start, as far as that can be told without loading or calling.

    Raises:
        ConfigurationError: names file, line and key.
    """
    from onevec.gateway import load, preflight
    from onevec.gateway.stack import endpoints
    from onevec.providers import resolve_key, split_model

    config = load(file)
    preflight(config, environ)
    for name, settings in config.deployments.items():
        for path, endpoint in endpoints(name, config, environ).items():
            row, _ = split_model(settings.all_targets()[path].model, endpoint.provider)
            try:
                resolve_key(row, endpoint.api_key, environ)
            except ConfigurationError as exc:
                raise config.source.error(("deployments", name, *path, "api_key"), exc.message, cause=exc) from exc
    return config


def _load(config: "Config") -> None:
    from contextlib import closing

    from onevec.embedders import Embedders
    from onevec.gateway import Gateway

    with closing(Embedders()) as embedders:
        Gateway.from_config(config, embedders)
