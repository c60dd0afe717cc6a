"""`onevec embed`: texts and images in, vectors out; a table for eyes, JSON, JSON lines or npy for programs."""

import os
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.completing import models, providers
from onevec.cli.examples import examples
from onevec.types import Encoding, InputType, Overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onevec.images import ImageInput
    from onevec.responses import EmbeddingResponse

DEFAULT_MODEL, DEFAULT_FOR_IMAGES = "local:all-minilm-l6-v2", "local:gist"
FORMATS = ("table", "json", "jsonl", "npy")


def in_a_folder(_ctx: click.Context, _param: click.Parameter, output: Path | None) -> Path | None:
    """Refuse a file in a folder that is not there, before anything is paid for."""
    if output is not None and not output.parent.is_dir():
        raise click.BadParameter(f"there is no folder {output.parent}: make it first")
    return output


@click.command(
    "embed",
    short_help="Embed texts and images.",
    epilog=examples(
        "onevec embed 'a cat' 'a dog'",
        "onevec embed -f lines.txt -o vectors.npy",
        "cat lines.txt | onevec embed --format jsonl --encoding-format int8",
        "onevec embed -m openai:text-embedding-3-small --dimensions 256 'a cat'",
        "onevec embed --image photos/ -o vectors.npy",
    ),
)
@click.argument("texts", nargs=-1, metavar="[TEXT]...")
@click.option("-f", "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A text a line.")
@click.option(
    "-i",
    "--image",
    "images",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="An image, or a folder of them; may be given again.",
)
@click.option("-t", "--text", "more", multiple=True, help="A text, as TEXT is; may be given again.")
@click.option(
    "-m",
    "--model",
    shell_complete=models,
    help=f"provider:model.  [default: {DEFAULT_MODEL}; for images {DEFAULT_FOR_IMAGES}]",
)
@click.option("--provider", shell_complete=providers, help="Provider, when the model is named alone.")
@click.option("--api-base", help="Base URL instead of the provider's own.")
@click.option("--dimensions", type=int, help="Shorter vectors, where the model was trained for them.")
@click.option("--input-type", type=click.Choice([t.value for t in InputType]), help="What the texts are for.")
@click.option("--encoding-format", type=click.Choice([e.value for e in Encoding]), help="How vectors are written.")
@click.option(
    "--overflow",
    type=click.Choice([o.value for o in Overflow]),
    default=Overflow.ERROR.value,
    show_default=True,
    help="What happens to a text longer than the model reads.",
)
@click.option("--client-arg", "client_args", multiple=True, metavar="NAME=VALUE", help="A setting of the client.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Default: table on a terminal, json elsewhere.")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    callback=in_a_folder,
    help="Write to a file.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    texts: tuple[str, ...],
    file: Path | None,
    images: tuple[Path, ...],
    more: tuple[str, ...],
    model: str | None,
    client_args: tuple[str, ...],
    form: str | None,
    output: Path | None,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
    **options: Any,
) -> None:
    """Embed each TEXT, each line of a FILE, or each line of standard input; and each image, before the texts.

    Standard input is read where no text is given, or - in place of one.
    """
    from onevec.client import embedding

    written = [] if images and not (texts or more or file) else gather((*texts, *more), file)
    form = form or _format_for(output)
    model = model or (DEFAULT_FOR_IMAGES if images else DEFAULT_MODEL)
    settings = parse_settings(client_args)

    def call(inputs: "Sequence[str | ImageInput]") -> "EmbeddingResponse":
        return embedding(model, inputs, client_args=settings, **options)

    started = time.perf_counter()
    if images:
        from onevec.cli.images import embed_in_parts, find_images

        inputs: list[str | Path] = [*find_images(images), *written]
        response = embed_in_parts(inputs, call)
    else:
        inputs, response = [*written], call(written)
    seconds = time.perf_counter() - started
    if form == "table":
        from onevec.cli.table import show

        with output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout) as stream:
            show(inputs, response, seconds, stream)
        return
    from onevec.cli.export import EXPORTS, write

    write(EXPORTS[form](inputs, response), output)


def gather(texts: tuple[str, ...], file: Path | None) -> list[str]:
    """The texts of a call, from exactly one of its three sources."""
    if file is not None and texts:
        raise click.UsageError("give texts, or --file, not both")
    if file is None and texts not in ((), ("-",)):
        _mention_files(texts)
        return list(texts)
    source = "standard input" if file is None else str(file)
    try:
        content = _standard_input(asked=bool(texts)) if file is None else file.read_bytes()
        return lines(content.decode("utf-8-sig"), source)
    except UnicodeDecodeError as exc:
        raise click.UsageError(f"{source} is not UTF-8 text (byte {exc.start})") from exc


def _standard_input(*, asked: bool) -> bytes:
    """All of it; from a terminal only where it was asked for, and then with a word on how it ends."""
    if sys.stdin is None or (sys.stdin.isatty() and not asked):
        raise click.UsageError("nothing to embed: give a text, --image, --file, or - for standard input")
    if sys.stdin.isatty():
        click.echo("type a text a line; Ctrl-D ends", err=True)
    return sys.stdin.buffer.read()


def _mention_files(texts: tuple[str, ...]) -> None:
    """Say so where a text is the path of something: it is embedded as it stands, and perhaps that was not meant."""
    # os.path says no where pathlib raises: for a text that is too long for a path, or holds a zero byte.
    named = next((text for text in texts if os.path.exists(text)), None)  # noqa: PTH110
    if named is not None:
        click.echo(f"note: {named} is embedded as a text; --file and --image read files", err=True)


def lines(content: str, source: str) -> list[str]:
    """A text a line; an empty one is refused by its number, so that line n is always vector n."""
    found = content.removesuffix("\n").split("\n") if content else []
    found = [line.removesuffix("\r") for line in found]
    if not found:
        raise click.UsageError(f"{source} is empty")
    if "" in found:
        raise click.UsageError(f"{source}: line {found.index('') + 1} is empty")
    return found


def parse_settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`NAME=VALUE` pairs; a value that reads as JSON is that, any other is a text."""
    import orjson

    settings: dict[str, Any] = {}
    for pair in pairs:
        name, found, value = pair.partition("=")
        if not (name and found):
            raise click.UsageError(f"--client-arg must be NAME=VALUE, not {pair!r}")
        try:
            settings[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            settings[name] = value
    return settings


def _format_for(output: Path | None) -> str:
    if output is None:
        return "table" if sys.stdout.isatty() else "json"
    suffix = output.suffix.lstrip(".")
    return suffix if suffix in FORMATS else "json"
