"""`onevec serve`: the HTTP server, on the bundled model or on what a configuration file says."""

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.completing import CONFIG_VARIABLE, DEFAULT_CONFIG, models
from onevec.cli.embed import DEFAULT_MODEL
from onevec.cli.examples import examples

if TYPE_CHECKING:
    from onevec.gateway.settings.config import Config
    from onevec.server.processes.recipe import Recipe


@click.command(
    "serve",
    short_help="Answer over HTTP, as Azure AI and OpenAI do.",
    epilog=examples(
        "onevec serve",
        "onevec serve --model openai:text-embedding-3-small --port 9000",
        "onevec serve --config onevec.toml --workers 4",
    ),
)
@click.option(
    "-m",
    "--model",
    shell_complete=models,
    help=f"provider:model, without a file.  [default: {DEFAULT_MODEL} and local:gist]",
)
@click.option(
    "-c",
    "--config",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"A TOML file.  [default: that of the variable {CONFIG_VARIABLE}]",
)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one.  [default: 8080]")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes that answer on the port.  [default: 1]")
@click.option("--no-auth", is_flag=True, help="Let anybody call, from other machines too.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    model: str | None,
    path: Path | None,
    host: str | None,
    port: int | None,
    workers: int | None,
    no_auth: bool,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
) -> None:
    """Answer requests for embeddings until a signal comes.

    SIGTERM and Ctrl-C answer what has been accepted, then end. With --config, SIGHUP reads the file again: a right one
    is in force from the next request on, a wrong one is refused and told in the log.
    """
    if model and path:
        raise click.UsageError("give --model, or --config, not both")
    if not model and not path:
        path = _found()
    from onevec.server.processes.run import bind

    recipe = ordered(model, path, {"host": host, "port": port, "workers": workers}, no_auth=no_auth)
    config = recipe.read()
    with bind(config.server.host, config.server.port) as listener:
        start(recipe, config, listener)


def _found() -> Path | None:
    """The file that the variable names; one that only lies here is told of, not read."""
    if said := os.environ.get(CONFIG_VARIABLE, "").strip():
        return Path(said)
    if Path(DEFAULT_CONFIG).is_file():
        click.echo(f"onevec: {DEFAULT_CONFIG} here is not read without --config {DEFAULT_CONFIG}", err=True)
    return None


def ordered(model: str | None, path: Path | None, given: dict[str, Any], *, no_auth: bool = False) -> "Recipe":
    """Where the settings are: the file, or the default, with what the command line says over them."""
    from onevec.server.processes.recipe import DEFAULT_MODELS, Recipe

    said = {name: value for name, value in given.items() if value is not None}
    return Recipe((model,) if model else DEFAULT_MODELS, path, said, no_auth)


def start(recipe: "Recipe", config: "Config", listener: socket.socket) -> None:
    """Load what is served, say where it is, and serve."""
    from onevec.server.observing.logs import configure

    configure(sys.stderr, config.server.log_level)
    host, port = listener.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    said = f"onevec serves {', '.join(config.deployments)} at {address}"
    pages = [(config.server.playground, f"try it at {address}/"), (config.server.docs, f"its API is at {address}/docs")]
    if told := [page for served, page in pages if served]:
        said += f" ({', '.join(told)})"
    if config.server.workers > 1:
        from onevec.server.processes.several import supervise as serve
    else:
        from onevec.server.processes.service import answer as serve
    serve(recipe, config, listener, lambda: click.echo(said))
