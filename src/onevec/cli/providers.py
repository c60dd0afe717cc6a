"""`onevec providers`: who embeds, and what each needs."""

import os

import click


@click.command("providers", short_help="List the providers and the keys that they need.")
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Default: table on a terminal, else json.")
def command(form: str | None) -> None:
    """List every provider: its key variable and whether it is set, its base URL, its documentation."""
    import sys
    from dataclasses import asdict

    from onevec.providers import PROVIDERS

    rows = [row for row in PROVIDERS.values() if row.embedding]
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        import orjson

        click.echo(orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2, default=sorted))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("provider", "key", "base URL"):
        table.add_column(name, no_wrap=name != "base URL")
    for row in rows:
        found = any(os.environ.get(name) for name in row.env_key)
        key = " or ".join(row.env_key) or "none needed"
        table.add_row(row.name, f"[green]{key} ✓[/]" if found else key, row.api_base or f"${row.env_api_base}")
    Console(highlight=False).print(table)
