"""`onevec providers`: who embeds, and what each needs."""

import os
from typing import TYPE_CHECKING

import click

from onevec.cli.examples import examples

if TYPE_CHECKING:
    from onevec.providers import ProviderMetadata


FORMATS = ("table", "json", "markdown")


@click.command(
    "providers",
    short_help="List the providers and the keys that they need.",
    epilog=examples(
        "onevec providers",
        "onevec providers --format json",
    ),
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: table on a terminal, else json.")
def command(form: str | None) -> None:
    """List every provider: its key variable and whether it is set, its base URL, its documentation."""
    import sys
    from dataclasses import asdict

    from onevec.cli import catalog
    from onevec.providers import PROVIDERS

    if form == "markdown":
        click.echo(catalog.page(), nl=False)
        return

    rows = [row for row in PROVIDERS.values() if row.embedding]
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        import orjson

        click.echo(orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2, default=sorted))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("provider", no_wrap=True)
    table.add_column("key")
    table.add_column("base URL", overflow="fold")
    for row in rows:
        table.add_row(row.name, _key(row), _base(row))
    Console(highlight=False).print(table)


def _key(row: "ProviderMetadata") -> str:
    found = any(os.environ.get(name) for name in row.env_key)
    found = found or bool(row.signing and os.environ.get("AWS_ACCESS_KEY_ID"))
    names = " or ".join((*row.env_key, *(("AWS_ACCESS_KEY_ID",) if row.signing else ()))) or "none needed"
    optional = "" if row.key_required or not row.env_key else " [dim](optional)[/]"
    return f"[green]{names} ✓[/]" if found else names + optional


def _base(row: "ProviderMetadata") -> str:
    if row.wire is None:
        return "this machine"
    return row.api_base or row.base_template or (f"${row.env_api_base}" if row.env_api_base else "yours: api_base")
