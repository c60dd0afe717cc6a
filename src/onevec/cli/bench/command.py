"""The command: which model and texts, and in which form the figures are shown."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.completing import local_models
from onevec.cli.embed import DEFAULT_MODEL, gather, parse_settings
from onevec.cli.examples import examples

if TYPE_CHECKING:
    from onevec.cli.bench.measuring import Figures
    from onevec.engine.engine import LocalEmbedder

LOCAL = "local:"


@click.command(
    "bench",
    short_help="Measure how fast a local model is here.",
    epilog=examples(
        "onevec bench",
        "onevec bench -m local:BAAI/bge-small-en-v1.5 --seconds 3",
        "onevec bench --texts lines.txt --threads 1 --threads 2 --plot speed.svg",
    ),
)
@click.option(
    "-m",
    "--model",
    shell_complete=local_models,
    default=DEFAULT_MODEL,
    show_default=True,
    help="A local model: local:NAME.",
)
@click.option(
    "--texts",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure with these texts, one a line, instead of English of several lengths.",
)
@click.option(
    "--seconds", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True, help="For each figure."
)
@click.option("--batch", "batches", type=click.IntRange(min=1), multiple=True, help="Texts of a call; repeatable.")
@click.option("--threads", type=click.IntRange(min=1), multiple=True, help="Threads to compute with; repeatable.")
@click.option("--client-arg", "client_args", multiple=True, metavar="NAME=VALUE", help="A setting of the model.")
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Default: table on a terminal, else json.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Draw throughput into a file, .svg or .png (needs the extra 'plot').",
)
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    model: str,
    file: Path | None,
    seconds: float,
    batches: tuple[int, ...],
    threads: tuple[int, ...],
    client_args: tuple[str, ...],
    form: str | None,
    plot: Path | None,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
) -> None:
    """Tokens a second, and how long a call takes, by length of the texts and number of texts in a call.

    One caller calls; the model's threads share the work of a call that has several batches.
    """
    if not model.startswith(LOCAL):
        raise click.UsageError(f"onevec bench measures models on this machine, local:NAME, not {model!r}")
    if plot is not None:
        from onevec.cli.bench.plot import check

        check(plot)
    settings = parse_settings(client_args)
    if "threads" in settings:
        raise click.UsageError("give --threads instead of --client-arg threads=…")
    texts = gather((), file) if file else None
    table = (form or ("table" if sys.stdout.isatty() else "json")) == "table"
    found = list(_figures(model.removeprefix(LOCAL), settings, texts, seconds, batches, threads, progress=table))
    _show(found, model, table=table)
    if plot is not None:
        from onevec.cli.bench.plot import draw

        draw(found, model, plot)


def _figures(
    model: str,
    settings: dict[str, Any],
    texts: Sequence[str] | None,
    seconds: float,
    batches: Sequence[int],
    threads: Sequence[int],
    *,
    progress: bool,
) -> "Iterator[Figures]":
    """A figure for each number of threads, length and batch size, as they come; the model is loaded once a number."""
    from onevec.cli.bench.measuring import BATCHES, measure
    from onevec.engine import LocalOptions, load

    for count in threads or (None,):
        options = LocalOptions.from_client_args({**settings, "threads": count})
        with closing(load(model, options)) as embedder:
            for sample in _samples(embedder, texts):
                for batch in batches or BATCHES:
                    if progress:
                        click.echo(f"\r\x1b[K{sample.name}, {batch} a call …", nl=False, err=True)
                    yield measure(embedder, sample, batch, seconds, count)
    if progress:
        click.echo("\r\x1b[K", nl=False, err=True)


def _samples(embedder: "LocalEmbedder", texts: Sequence[str] | None) -> Any:
    from onevec.cli.bench.measuring import Sample, samples
    from onevec.engine.calibrate import sample_texts
    from onevec.engine.engine import TextEmbedder

    if texts is not None:
        return [Sample("your texts", texts)]
    if not isinstance(embedder, TextEmbedder):
        raise click.UsageError("this model embeds images, too: pass texts of your own with --texts")
    longest = embedder.capabilities.max_input_tokens or 256
    return samples(embedder.tokenizer, sample_texts(), longest)


def _show(found: "Sequence[Figures]", model: str, *, table: bool) -> None:
    if table:
        from onevec.cli.bench.table import show

        show(found, model)
        return
    import orjson

    from onevec.cli.bench.machine import machine

    body = {"model": model, "machine": machine(), "figures": [asdict(one) for one in found]}
    click.echo(orjson.dumps(body, option=orjson.OPT_INDENT_2))
