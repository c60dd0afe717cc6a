"""`onevec search`: the rows of an output that are nearest to a query; a table for eyes, JSON for programs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from onevec.cli.completing import files, models, providers
from onevec.cli.examples import examples
from onevec.legible import legible

if TYPE_CHECKING:
    from rich.text import Text

    from onevec.bulk.hits import Hit
    from onevec.bulk.shards import Description
    from onevec.images import ImageInput
    from onevec.spaces import VectorSpace

MOST = 10_000
"""Rows that can be asked for."""

LONGEST = 400
"""Characters of a cell."""


@click.command(
    "search",
    short_help="Find the nearest rows of an output of `onevec run`.",
    epilog=examples(
        "onevec search out.parquet 'a red bicycle'",
        "onevec search vectors/ 'a red bicycle' -k 10 --column title",
        "onevec search photos.parquet --image photos/red.png",
        "onevec search 'postgresql://me@db/docs?table=vectors' 'a red bicycle'",
    ),
)
@click.argument("output", shell_complete=files)
@click.argument("query", required=False)
@click.option("-i", "--image", type=click.Path(dir_okay=False, path_type=Path), help="An image to look for instead.")
@click.option("-k", "k", type=click.IntRange(1, MOST), default=5, show_default=True, help="How many rows.")
@click.option("--column", "columns", multiple=True, help="A kept column to show; may be given again.  [default: all]")
@click.option(
    "-m",
    "--model",
    shell_complete=models,
    help="Another provider:model in the same space, instead of the output's own.",
)
@click.option("--provider", shell_complete=providers, help="Provider, when the model is named alone.")
@click.option("--prompt", help="Goes before the query instead of the model's own.")
@click.option("--api-base", help="Base URL instead of the provider's own.")
@click.option("--client-arg", "client_args", multiple=True, metavar="NAME=VALUE", help="A setting of the client.")
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Default: table on a terminal, else json.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    output: str,
    query: str | None,
    image: Path | None,
    k: int,
    columns: tuple[str, ...],
    model: str | None,
    provider: str | None,
    prompt: str | None,
    api_base: str | None,
    client_args: tuple[str, ...],
    form: str | None,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
) -> None:
    """Embed QUERY, or an image, with the model that OUTPUT was written with, and print the nearest rows of OUTPUT.

    The score is the cosine similarity. A model in another space is refused: its vectors must not be compared.
    """
    from onevec.bulk.search import query_vector, searchable
    from onevec.cli.embed import parse_settings
    from onevec.embedders import Embedders, Endpoint

    wanted = _wanted(query, image)
    endpoint = Endpoint(provider, None, api_base, parse_settings(client_args))
    store, embedders = searchable(output), Embedders()
    try:
        description = store.describe()
        embedder, name = embedders.find(model or description.model, endpoint)
        hits = store.nearest(query_vector(wanted, description, embedder, name, prompt), k, columns or None)
    finally:
        store.close()
        embedders.close()
    FORMS[form or ("table" if sys.stdout.isatty() else "json")](hits, description)


def _wanted(query: str | None, image: Path | None) -> "str | ImageInput":
    if query is not None and image is None:
        return query
    if image is None or query is not None:
        raise click.UsageError("give QUERY, or --image")
    from onevec.cli.images import read_image

    return read_image(image)


def _as_json(hits: Sequence["Hit"], description: "Description") -> None:
    import orjson

    from onevec.bulk.sinks.layout import as_plain

    rows = as_plain([{"id": hit.id, "score": hit.score, "columns": dict(hit.columns)} for hit in hits])
    told = {"space": description.space.id, "model": description.model, "hits": rows}
    click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))


def _as_table(hits: Sequence["Hit"], description: "Description") -> None:
    render(hits, description.space, sys.stdout)


def render(hits: Sequence["Hit"], space: "VectorSpace", stream: TextIO) -> None:
    """A line a row: its score, its id, its columns as far as there is room."""
    from rich.console import Console
    from rich.table import Table

    console = Console(file=stream, highlight=False, markup=False)
    names = list(hits[0].columns) if hits else []
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("score", justify="right", style="green", no_wrap=True)
    table.add_column("id", style="cyan")
    for name in names:
        table.add_column(_cell(name))
    for hit in hits:
        table.add_row(f"{hit.score:.4f}", _cell(hit.id), *(_cell(hit.columns[name]) for name in names))
    console.print(table)
    console.print(f"\nspace {space.id}", style="dim", soft_wrap=True)


def _cell(value: Any) -> "Text":
    """In one line, without what a terminal would obey."""
    from rich.text import Text

    # The text is not broken, and its column may still shrink: of columns that may not, the score would go first.
    return Text("" if value is None else legible(str(value))[:LONGEST], no_wrap=True, overflow="ellipsis")


FORMS = {"json": _as_json, "table": _as_table}
