"""`onevec run`: a dataset in, vectors out, every row exactly once."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.completing import files, models, providers
from onevec.cli.embed import DEFAULT_MODEL, parse_settings
from onevec.cli.examples import examples
from onevec.cli.leaving import INTERRUPTED, SOME_DEAD
from onevec.types import InputType, Overflow

if TYPE_CHECKING:
    from onevec.bulk.estimating import Estimate
    from onevec.bulk.job import Summary
    from onevec.bulk.progress import Progress

PRECISIONS = ("float32", "float16", "int8", "binary")


@click.command(
    "run",
    short_help="Embed a dataset, every row exactly once.",
    epilog=examples(
        "onevec run data.parquet --column text --to out.parquet",
        "onevec run 'data/*.jsonl' --column body --id key --keep title --to vectors/",
        "onevec run docs/ --chunk-tokens 200 --chunk-overlap 20 --to out.lance",
        "onevec run sqlite:///shop.db --query 'SELECT id, name FROM item ORDER BY id' --column name --to out.npy",
    ),
)
@click.argument("source", metavar="INPUT", shell_complete=files)
@click.option(
    "--to",
    required=True,
    shell_complete=files,
    metavar="OUTPUT",
    help="FILE.parquet, FOLDER/, FILE.jsonl, FILE.npy, or a store.",
)
@click.option("-m", "--model", shell_complete=models, default=DEFAULT_MODEL, show_default=True, help="provider:model.")
@click.option("-c", "--column", help="Column that is embedded.")
@click.option("--id", help="Column that tells rows apart.  [default: file and row number]")
@click.option("-k", "--keep", multiple=True, help="Column that goes along; may be given again.")
@click.option("--format", help="Kind of the input's files, where their names do not tell.")
@click.option("--query", help="What to ask a database; with an ORDER BY.")
@click.option("--provider", shell_complete=providers, help="Provider, when the model is named alone.")
@click.option("--api-base", help="Base URL instead of the provider's own.")
@click.option("--client-arg", "client_args", multiple=True, metavar="NAME=VALUE", help="A setting of the client.")
@click.option("--dimensions", type=int, help="Shorter vectors, where the model was trained for them.")
@click.option("--input-type", type=click.Choice([t.value for t in InputType]), help="What the texts are for.")
@click.option("--prompt", help="Goes before each text instead of the model's own.")
@click.option(
    "--overflow",
    type=click.Choice([o.value for o in Overflow]),
    default=Overflow.ERROR.value,
    show_default=True,
    help="What happens to a text longer than the model reads; with error it has no vector and is a dead letter.",
)
@click.option("--encoding", type=click.Choice(PRECISIONS), default="float32", show_default=True, help="Of vectors.")
@click.option("--chunk-tokens", type=click.IntRange(1), help="Cut documents into chunks, a row each.")
@click.option("--chunk-overlap", type=click.IntRange(0), default=0, help="Tokens that neighbouring chunks may share.")
@click.option("--shard-rows", type=click.IntRange(1), default=4096, show_default=True, help="Rows committed together.")
@click.option("--concurrency", type=click.IntRange(1), help="Requests to a provider at a time, at most.")
@click.option("--patience", type=float, default=600, show_default=True, help="Seconds to bear a provider's failures.")
@click.option("--engine", type=click.Choice(("here", "ray")), default="here", show_default=True, help="Who embeds.")
@click.option("--address", help="Of the Ray cluster.  [default: RAY_ADDRESS, or one on this machine]")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="On the cluster, at a time.")
@click.option("--cpus", type=click.IntRange(1), default=1, show_default=True, help="That each worker reserves.")
@click.option("--notes", type=click.Path(file_okay=False), help="Folder of the manifest.  [default: OUTPUT.onevec]")
@click.option("--dead-letters", type=click.Path(dir_okay=False), help="File of rows without a vector.")
@click.option("--restart", is_flag=True, help="Begin anew: forget what was done.")
@click.option("--dry-run", is_flag=True, help="Only count tokens, and tell cost and time.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    source: str,
    to: str,
    client_args: tuple[str, ...],
    dry_run: bool,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
    **options: Any,
) -> int:
    """Embed every row of INPUT: files, a folder, a pattern, a URL, or a database with --query.

    A run that was interrupted or killed goes on where it was: give the same command again. Exit code 3 says that some
    rows have no vector; the file of dead letters says which, and why.
    """
    from onevec import bulk

    options |= {"client_args": parse_settings(client_args)}
    if dry_run:
        click.echo(_estimated(bulk.estimate(source, to, **options)))
        return 0
    try:
        with _interrupted_once(), _shown() as watch:
            summary = bulk.run(source, to, watch=watch, **options)
    except KeyboardInterrupt:
        click.echo("onevec: interrupted; what is committed stays: give the same command again to go on", err=True)
        return INTERRUPTED
    click.echo(_summed(summary, to))
    return SOME_DEAD if summary.done.dead else 0


@contextmanager
def _interrupted_once() -> Iterator[None]:
    """Ctrl-C and SIGTERM end a run: what is embedded is committed. One more, while that is done, would break it off."""
    obeyed = False

    def interrupt(_number: int, _frame: object) -> None:
        nonlocal obeyed
        if not obeyed:
            obeyed = True
            raise KeyboardInterrupt

    # One that is ignored, as a shell does for what it starts in the background, stays so.
    heard = [one for one in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(one) is not signal.SIG_IGN]
    before = {one: signal.signal(one, interrupt) for one in heard}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _shown() -> Iterator[Callable[["Progress"], None]]:
    """Shows how far a run is: a bar on a terminal, a line a minute in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn
    from rich.progress import Progress as Bars

    if not sys.stderr.isatty():
        yield lines_of()
        return
    columns = (SpinnerColumn(), BarColumn(), TextColumn("{task.description}"))
    with Bars(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def watch(progress: "Progress") -> None:
            bar.update(task, total=progress.total, completed=progress.done.rows, description=_told(progress))

        yield watch


def lines_of() -> Callable[["Progress"], None]:
    """Writes a line to standard error when a minute has passed since the last."""
    minutes = 0

    def watch(progress: "Progress") -> None:
        nonlocal minutes
        if progress.seconds // 60 > minutes:
            minutes = int(progress.seconds // 60)
            click.echo(f"onevec: {_told(progress)}", err=True)

    return watch


def _told(progress: "Progress") -> str:
    """A moment of a run in one line."""
    of = "" if progress.total is None else f" of {progress.total:,}"
    words = [f"{progress.done.rows:,}{of} rows", f"{progress.tokens_a_second:,.0f} tokens/s"]
    if progress.seconds_left is not None:
        words.append(f"{duration(progress.seconds_left)} left")
    if progress.done.cost is not None:
        words.append(f"${progress.done.cost:,.4f} of about ${progress.cost_in_all:,.4f}")
    if progress.done.dead:
        words.append(f"{progress.done.dead:,} dead letters")
    return " · ".join(words)


def _summed(summary: "Summary", to: str) -> str:
    from onevec.bulk.addresses import shown

    done, before = summary.done, summary.before
    words = [
        counted(done.rows, "row") + (f" ({before.rows:,} before this run)" if before.rows else ""),
        f"{counted(done.written, 'vector')} in {shown(to)}",
        counted(done.tokens, "token"),
    ]
    if done.cost is not None:
        words.append(f"${done.cost:,.4f}")
    if done.dead:
        words.append(f"{done.dead:,} without a vector: {summary.dead_letters} says why")
    return " · ".join(words)


def _estimated(found: "Estimate") -> str:
    about = "" if found.counted else "about "
    words = [counted(found.rows, "row"), counted(found.items, "vector")]
    words.append("tokens unknown" if found.tokens is None else f"{about}{counted(found.tokens, 'token')}")
    words.append("no price known" if found.cost is None else f"{about}${found.cost:,.4f}")
    if found.seconds is not None:
        words.append(f"about {duration(found.seconds)}")
    if found.unreadable:
        words.append(f"{counted(found.unreadable, 'row')} cannot be embedded")
    return " · ".join(words)


def counted(number: int, noun: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> duration(7.4), duration(90), duration(7325)
    ('7 s', '1 min 30 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
