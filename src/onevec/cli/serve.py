"""`onevec serve`: the HTTP server, on the bundled model or on what a configuration file says."""

import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.embed import DEFAULT_MODEL

if TYPE_CHECKING:
    from onevec.gateway.config import Config


DEFAULT_MODELS = (DEFAULT_MODEL, "local:gist")
"""One for texts, one for images; neither needs a download."""


@click.command(
    "serve",
    short_help="Answer over HTTP, as Azure AI and OpenAI do.",
    epilog="Examples: onevec serve · onevec serve --model openai:text-embedding-3-small --port 9000 · "
    "onevec serve --config onevec.toml",
)
@click.option("-m", "--model", help=f"provider:model, without a file.  [default: {' and '.join(DEFAULT_MODELS)}]")
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="A TOML file.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: 8080]")
@click.option("--no-auth", is_flag=True, help="Let anybody call, from other machines too.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    model: str | None,
    path: Path | None,
    host: str | None,
    port: int | None,
    no_auth: bool,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
) -> None:
    """Answer requests for embeddings until a signal comes."""
    if model and path:
        raise click.UsageError("give --model, or --config, not both")
    from onevec.server.run import bind, check_exposure

    config = settings(model, path, {"host": host, "port": port})
    check_exposure(config, no_auth=no_auth)
    with bind(config.server.host, config.server.port) as listener:
        start(config, listener)


def settings(model: str | None, path: Path | None, given: dict[str, Any]) -> "Config":
    """The configuration: the file's or the default, with what the command line says over it."""
    import msgspec

    from onevec.gateway.config import Config
    from onevec.gateway.loading import load

    config = load(path) if path else Config.of_model(*([model] if model else DEFAULT_MODELS))
    said = {name: value for name, value in given.items() if value is not None}
    return replace(config, server=msgspec.structs.replace(config.server, **said))


def start(config: "Config", listener: socket.socket) -> None:
    """Load what is served, say where it is, and serve."""
    from onevec.embedders import Embedders
    from onevec.gateway import Gateway
    from onevec.server.app import build
    from onevec.server.logs import configure
    from onevec.server.run import run

    configure(sys.stderr, config.server.log_level)
    gateway = Gateway.from_config(config, Embedders())
    requests = sys.stderr.buffer if config.server.log_level in ("debug", "info") else None
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    said = f"onevec serves {', '.join(gateway.deployments)} at {address}"
    if config.server.docs:
        said += f" ({address}/docs)"
    run(build(gateway, config, requests), config, listener, started=lambda: click.echo(said))
