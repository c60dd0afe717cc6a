"""`onevec usage`: who has used how much, from the ledger of a server."""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.examples import examples

if TYPE_CHECKING:
    from onevec.gateway.accounts.ledger.store import Store

GROUPS = ("caller", "deployment", "model", "day", "outcome", "kind", "replica")

NANO = 1_000_000_000

Row = Mapping[str, Any]


class Groups(click.ParamType):  # type: ignore[type-arg]  # click before 8.2 has no arguments
    """Names of columns, with commas between them."""

    name = "columns"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names."""
        found = value if isinstance(value, tuple) else tuple(filter(None, (one.strip() for one in value.split(","))))
        for one in found:
            if one not in GROUPS:
                self.fail(f"{one!r:.40} is none of {', '.join(GROUPS)}", param, ctx)
        return tuple(dict.fromkeys(found))


_day = click.DateTime(formats=["%Y-%m-%d"])


@click.command(
    "usage",
    short_help="Sum up who has used how much.",
    epilog=examples(
        "onevec usage --config onevec.toml",
        "onevec usage --config onevec.toml --since 2026-11-01 --by caller,day",
        "onevec usage --url env:LEDGER_URL --format csv",
    ),
)
@click.option("-c", "--config", "path", type=click.Path(dir_okay=False, path_type=Path), help="The server's TOML file.")
@click.option("--url", help="The ledger's database instead; with a password, env:VARIABLE.")
@click.option("--since", type=_day, metavar="YYYY-MM-DD", help="First day, in UTC.")
@click.option("--until", type=_day, metavar="YYYY-MM-DD", help="Last day, in UTC.")
@click.option(
    "--by", type=Groups(), default="caller,deployment", show_default=True, help=f"Some of {', '.join(GROUPS)}."
)
@click.option(
    "--format", "form", type=click.Choice(("table", "json", "csv")), help="Default: table on a terminal, else json."
)
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    path: Path | None,
    url: str | None,
    since: datetime | None,
    until: datetime | None,
    by: tuple[str, ...],
    form: str | None,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
) -> None:
    """Sum up the ledger: requests, inputs, tokens and US dollars. What a server has used last follows in seconds."""
    if (path is None) == (url is None):
        raise click.UsageError("give --config, or --url")
    store = _store(path, url)
    try:
        rows = store.sums(by, since.date() if since else None, until.date() if until else None)
    finally:
        store.close()
    shown = [_shown(row) for row in rows if row["requests"]]
    FORMS[form or ("table" if sys.stdout.isatty() else "json")](shown, (*by, *COUNTS))


COUNTS = ("requests", "inputs", "tokens", "estimated_tokens", "cached_tokens", "usd")


def _store(path: Path | None, url: str | None) -> "Store":
    from onevec.gateway import Config, LedgerConfig, load
    from onevec.gateway.accounts.bookkeeping import store

    if path is not None:
        return store(load(path), create=False)
    return store(Config({}, ledger=LedgerConfig(url=url or "")), create=False)


def _shown(row: Row) -> dict[str, Any]:
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
    return {**told, "usd": row["nanodollars"] / NANO}


def _as_json(rows: Sequence[Row], columns: Sequence[str]) -> None:
    import orjson

    click.echo(orjson.dumps([{name: row[name] for name in columns} for row in rows], option=orjson.OPT_INDENT_2))


def _as_csv(rows: Sequence[Row], columns: Sequence[str]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "usd": f"{row['usd']:.9f}"} for row in rows)
    click.echo(text.getvalue(), nl=False)


def _as_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        counts = name in COUNTS
        title = name.removesuffix("_tokens")
        table.add_column(title, justify="right" if counts else "left", no_wrap=counts, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    Console(highlight=False, markup=False).print(table)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


FORMS = {"table": _as_table, "json": _as_json, "csv": _as_csv}
