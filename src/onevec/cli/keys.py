"""`onevec keys`: who may call a server that asks for keys."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

DEFAULT_FILE = "onevec-keys.json"

_file = click.option(
    "-f",
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help='The keys file, which the configuration names: [auth] keys = "…".',
)


@click.group("keys", short_help="Add, list and revoke the API keys of a server.")
def command() -> None:
    """Add, list and revoke the API keys of a server, which keeps only their hashes.

    A running server takes note of a change at once.
    """


@command.command("add", short_help="Make a key and print it, this once.")
@click.argument("name")
@_file
def add(name: str, file: Path) -> None:
    """Make a key for NAME and print it on standard output, this once."""
    from onevec.gateway import KeysFile

    with KeysFile(file).changing() as change:
        change.keyring, key = change.keyring.with_new(name, datetime.now(UTC).isoformat(timespec="seconds"))
    click.echo(key)
    click.echo(f"This is the only time that the key of {name} is shown; {file} keeps its hash.", err=True)


@command.command("list", short_help="List who has a key.")
@_file
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Default: table on a terminal, else json.")
def show(file: Path, form: str | None) -> None:
    """List whose keys are let in, the public part of each, and since when."""
    from onevec.gateway import KeysFile

    rows = [{"name": e.name, "id": f"onevec_{e.id}_…", "created": e.created} for e in KeysFile(file).read().entries]
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        import orjson

        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("name", "id", "created"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        table.add_row(*row.values())
    Console(highlight=False).print(table)


@command.command("revoke", short_help="Let a key in no longer.")
@click.argument("name")
@_file
def revoke(name: str, file: Path) -> None:
    """Let the key of NAME in no longer."""
    from onevec.gateway import KeysFile

    with KeysFile(file).changing() as change:
        change.keyring = change.keyring.without(name)
    click.echo(f"the key of {name} is revoked", err=True)
