"""Images on the command line: folders are searched, files read part by part, with a progress bar on a terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import click
import numpy as np

from onevec.batching import add_usage
from onevec.errors import InvalidRequestError
from onevec.images import ImageInput, sniff
from onevec.responses import EmbeddingResponse

TOGETHER = 64
"""Files that are in memory at once."""

Call = Callable[[list[str | ImageInput]], EmbeddingResponse]


def find_images(paths: Sequence[Path]) -> list[Path]:
    """The files named, and in place of a folder the images somewhere in it, by name; what is no image is left out."""
    found = [file for path in paths for file in (_within(path) if path.is_dir() else [path])]
    if not found:
        raise click.UsageError(f"there is no image in {', '.join(map(str, paths))}")
    return found


def _within(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            with file.open("rb") as opened:
                if sniff(opened.read(16)):
                    yield file


def embed_in_parts(inputs: Sequence[str | Path], call: Call) -> EmbeddingResponse:
    """One response for all inputs; those that are paths are read a part at a time.

    Raises:
        InvalidRequestError: an image that cannot be read or embedded; the message names its file.
    """
    from rich.console import Console
    from rich.progress import Progress

    parts = [inputs[start : start + TOGETHER] for start in range(0, len(inputs), TOGETHER)]
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("embedding", total=len(inputs))
        responses = []
        for part in parts:
            responses.append(_embed(part, call))
            progress.advance(task, len(part))
    return _joined(responses)


def _embed(part: Sequence[str | Path], call: Call) -> EmbeddingResponse:
    read = [read_image(one) if isinstance(one, Path) else one for one in part]
    try:
        return call(read)
    except InvalidRequestError as exc:
        index = exc.loc[1] if len(exc.loc) > 1 and exc.loc[0] == "inputs" else None
        if isinstance(index, int) and isinstance(part[index], Path):
            raise InvalidRequestError(f"{part[index]}: {exc.message}", loc=exc.loc, code=exc.code) from exc
        raise


def read_image(file: Path) -> ImageInput:
    """The image of a file.

    Raises:
        InvalidRequestError: it is none that is known; the message names the file.
    """
    try:
        return ImageInput(file)
    except InvalidRequestError as exc:
        raise InvalidRequestError(f"{file}: {exc.message}", param="image") from exc


def _joined(responses: Sequence[EmbeddingResponse]) -> EmbeddingResponse:
    if len(responses) == 1:
        return responses[0]
    vectors = np.concatenate([response.vectors for response in responses])
    return replace(responses[0], vectors=vectors, usage=add_usage(response.usage for response in responses))
