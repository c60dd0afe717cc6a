"""`onevec config`: whether a configuration file is right, before a server is started with it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from onevec.cli.examples import examples

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
    from onevec.gateway import load, preflight

    config = load(file)
    preflight(config)
    if loading:
        _load(config)
    count = len(config.deployments)
    noun = "deployment" if count == 1 else "deployments"
    click.echo(f"{file} is right: {count} {noun} ({', '.join(config.deployments)})")


def _load(config: "Config") -> None:
    from contextlib import closing

    from onevec.embedders import Embedders
    from onevec.gateway import Gateway

    with closing(Embedders()) as embedders:
        Gateway.from_config(config, embedders)
