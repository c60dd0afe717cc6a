"""`onevec embed`: texts and images in, vectors out; a table for eyes, JSON, JSON lines or npy for programs."""

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from onevec.types import Encoding, InputType, Overflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from onevec.images import ImageInput
    from onevec.responses import EmbeddingResponse

DEFAULT_MODEL, DEFAULT_FOR_IMAGES = "local:all-minilm-l6-v2", "local:gist"
FORMATS = ("table", "json", "jsonl", "npy")


@click.command(
    "embed",
    short_help="Embed texts and images.",
    epilog="Examples: onevec embed 'a cat' 'a dog' · onevec embed -f lines.txt -o vectors.npy · "
    "cat lines.txt | onevec embed - --format jsonl · onevec embed -m openai:text-embedding-3-small 'a cat' · "
    "onevec embed --image photos/ -o vectors.npy · "
    "onevec embed -m local:laion/CLIP-ViT-B-32-laion2B-s34B-b79K --image a.png --text 'a cute otter'",
)
@click.argument("texts", nargs=-1, metavar="TEXT...|-")
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
@click.option("-m", "--model", help=f"provider:model.  [default: {DEFAULT_MODEL}; for images {DEFAULT_FOR_IMAGES}]")
@click.option("--provider", help="Provider, when the model is named alone.")
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
@click.option("-o", "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to a file.")
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
    """Embed each TEXT, each line of a FILE, or each line of standard input (-); and each image, before the texts."""
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
    from_stdin = texts == ("-",)
    if file is not None and texts:
        raise click.UsageError("give texts, or --file, not both")
    if file is None and not texts:
        raise click.UsageError("nothing to embed: give a text, --image, --file, or - for standard input")
    if not (from_stdin or file):
        return list(texts)
    source = "standard input" if file is None else str(file)
    try:
        content = sys.stdin.buffer.read() if file is None else file.read_bytes()
        return lines(content.decode("utf-8-sig"), source)
    except UnicodeDecodeError as exc:
        raise click.UsageError(f"{source} is not UTF-8 text (byte {exc.start})") from exc


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
