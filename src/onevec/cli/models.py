"""`onevec models`: the local models by name, and the calibration of int8 codes."""

import sys
from pathlib import Path

import click

from onevec.cli.completing import local_models
from onevec.cli.examples import examples

FORMATS = ("table", "json", "markdown")


@click.group(
    "models",
    short_help="List local models; calibrate int8 codes.",
    invoke_without_command=True,
    epilog=examples(
        "onevec models",
        "onevec models --format json",
    ),
)
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: table on a terminal, else json.")
@click.pass_context
def command(ctx: click.Context, form: str | None) -> None:
    """List the local models that onevec knows by name; any sentence-transformers folder or hub model works too."""
    if ctx.invoked_subcommand is not None:
        return
    from dataclasses import asdict

    from onevec.engine.catalog import CATALOG

    if form == "markdown":
        from onevec.cli.model_page import page

        click.echo(page(CATALOG.values()), nl=False)
        return
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        import orjson

        click.echo(orjson.dumps([asdict(row) for row in CATALOG.values()], option=orjson.OPT_INDENT_2, default=str))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("model", overflow="fold")
    for name, width in (("embeds", 13), ("dimensions", 10), ("tokens", 6), ("where", 7)):
        table.add_column(name, min_width=width)
    for row in CATALOG.values():
        where = "hub" if "/" in row.name else "package"
        tokens = "" if row.max_tokens is None else str(row.max_tokens)
        embeds = ", ".join(f"{kind.value}s" for kind in row.modalities)
        table.add_row(f"local:{row.name}", embeds, str(row.dimensions), tokens, where)
    Console(highlight=False).print(table)


@command.command(
    "calibrate",
    short_help="Measure a model's int8 scale.",
    epilog=examples(
        "onevec models calibrate local:all-minilm-l6-v2",
        "onevec models calibrate local:/models/mine -f lines.txt",
    ),
)
@click.argument("model", shell_complete=local_models)
@click.option(
    "-f", "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Sample texts, one a line."
)
def calibrate(model: str, file: Path | None) -> None:
    """Measure the one scale for int8 and uint8 codes of a local MODEL, such as local:/path/to/folder."""
    from onevec.cli.embed import lines
    from onevec.engine.calibrate import calibrate as measure

    texts = lines(file.read_text(encoding="utf-8"), str(file)) if file else None
    scale = measure(model.removeprefix("local:"), texts)
    click.echo(f"int8_scale={scale:.4g}")
    click.echo(
        f"Use it with: onevec embed -m {model} --encoding-format int8 --client-arg int8_scale={scale:.4g}", err=True
    )
