"""`onevec config`: whether a configuration file is right, what may stand in one, and one made of another gateway's."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.examples import examples
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    from onevec.gateway.settings.config import Config


@click.group(
    "config",
    short_help="Check, describe or convert a server's configuration.",
    epilog=examples(
        "onevec config check onevec.toml",
        "onevec config settings",
        "onevec config from-litellm config.yaml > onevec.toml",
    ),
)
def command() -> None:
    """Check a server's configuration file, describe its settings, or make one of LiteLLM's."""


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
    for line in doubts(config):
        click.echo(f"note: {line}", err=True)
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


def doubts(config: "Config") -> Iterator[str]:
    """A line for each model that is perhaps misspelt: only who has it can tell, and nobody is asked."""
    from onevec.cli.completing import misspelt
    from onevec.providers import split_model

    for name, settings in config.deployments.items():
        for path, target in settings.all_targets().items():
            row, model = split_model(target.model, target.provider)
            near = misspelt(row.name, model) if target.api_base is None else None
            if near is not None:
                said = f"{target.model!r} is not known here; did you mean {near}?"
                yield config.source.error(("deployments", name, *path, "model"), said).message


def _load(config: "Config") -> None:
    from contextlib import closing

    from onevec.embedders import Embedders
    from onevec.gateway import Gateway

    with closing(Embedders()) as embedders:
        Gateway.from_config(config, embedders)


@command.command(
    "settings",
    short_help="Print every setting, its type, its default and what it does.",
    epilog=examples(
        "onevec config settings",
        "onevec config settings | less",
    ),
)
def settings() -> None:
    """Print every setting of a configuration file as Markdown: docs/reference/configuration.md."""
    from onevec.cli.config_page import page

    click.echo(page(), nl=False)


@command.command(
    "from-litellm",
    short_help="Make a configuration of LiteLLM's config.yaml.",
    epilog=examples(
        "onevec config from-litellm config.yaml",
        "onevec config from-litellm config.yaml > onevec.toml",
    ),
)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def from_litellm(file: Path, verbose: bool) -> None:  # noqa: ARG001 - read where errors are printed
    """Print the configuration that serves what LiteLLM's proxy serves with FILE; what is left out is named, and why."""
    try:
        import tomli_w
    except ImportError as exc:
        raise ConfigurationError("onevec config from-litellm needs tomli-w: pip install 'onevec[migrate]'") from exc
    from onevec.cli.litellm import convert, reasons
    from onevec.gateway import parse

    done = convert(_yaml(file))
    for line in reasons(done.left):
        click.echo(f"{file}: {line}", err=True)
    if not done.tree["deployments"]:
        raise ConfigurationError(f"{file} has no model of embeddings in its model_list")
    made = tomli_w.dumps(done.tree)
    parse(made, f"what was made of {file}")
    click.echo(made.encode(), nl=False)  # TOML is UTF-8, whatever the locale


def _yaml(file: Path) -> dict[str, Any]:
    try:
        import yaml
    except ImportError as exc:
        raise ConfigurationError("onevec config from-litellm needs PyYAML: pip install 'onevec[migrate]'") from exc
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        raise ConfigurationError(f"{file} is no YAML: {' '.join(str(exc).split())}") from exc
    if not isinstance(tree, dict):
        raise ConfigurationError(f"{file} is no configuration of LiteLLM: it has no model_list")
    return tree
