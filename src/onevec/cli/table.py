"""What `onevec embed` shows on a terminal: a line a text or image, and for several how similar they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from onevec.legible import legible
from onevec.responses import EmbeddingResponse
from onevec.vectors import Vectors, cosine

BARS = "▁▂▃▄▅▆▇█"
SPARK_CELLS = 16
MOST_COMPARED = 16
NARROW = 64
COLD, WARM = np.array([24, 32, 72]), np.array([255, 196, 64])


def show(inputs: Sequence[str | Path], response: EmbeddingResponse, seconds: float, stream: TextIO) -> None:
    """Print the vectors of a response, and the similarities of up to 16 of them."""
    render(inputs, response, seconds, Console(file=stream, highlight=False))


def render(inputs: Sequence[str | Path], response: EmbeddingResponse, seconds: float, console: Console) -> None:
    """The same on a console."""
    console.print(vectors_table(inputs, response.vectors, console.width))
    n, d = response.vectors.shape
    total = response.usage.total_tokens
    images_alone = total is None and all(isinstance(one, Path) for one in inputs)
    tokens = "" if images_alone else f" · {'unknown' if total is None else total} tokens"
    noun = "vector" if n == 1 else "vectors"
    cost = "" if response.cost is None else f" · ${np.format_float_positional(response.cost, 2, fractional=False)}"
    console.print(f"\n{n} {noun} of {d} dimensions{tokens}{cost} · {seconds:.2f} s", style="dim")
    console.print(f"space {response.space.id}", style="dim", soft_wrap=True, markup=False)
    if n > 1:
        several = f"the first {MOST_COMPARED}" if n > MOST_COMPARED else "every pair"
        console.print(f"\n[bold]cosine similarity[/] [dim]of {several}[/]")
        console.print(heat_map(response.vectors[:MOST_COMPARED]))


def vectors_table(inputs: Sequence[str | Path], vectors: Vectors, width: int) -> Table:
    """A line an input: its number, its beginning, the shape of its vector and the first components."""
    number, gaps = len(str(len(inputs) - 1)), 6
    components = 23 if width >= NARROW else 0
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right", style="dim", width=number)
    table.add_column(
        _heading(inputs), overflow="ellipsis", max_width=max(12, width - number - SPARK_CELLS - components - gaps)
    )
    table.add_column("shape", style="cyan", width=SPARK_CELLS)
    if components:
        table.add_column("first components", style="green", width=components)
    for i, (one, vector) in enumerate(zip(inputs, vectors, strict=True)):
        one_line = Text(legible(one.name if isinstance(one, Path) else one), no_wrap=True, overflow="ellipsis")
        cells = str(i), one_line, sparkline(vector), " ".join(f"{component:+.4f}" for component in vector[:3])
        table.add_row(*cells[: len(table.columns)])
    return table


def _heading(inputs: Sequence[str | Path]) -> str:
    kinds = {"image" if isinstance(one, Path) else "text" for one in inputs}
    return kinds.pop() if len(kinds) == 1 else "input"


def sparkline(vector: np.ndarray) -> str:
    """Mean of the components in each of 16 stretches of the vector, from the lowest bar to the highest."""
    means = np.array([part.mean() for part in np.array_split(vector, SPARK_CELLS) if part.size])
    span = max(float(np.ptp(means)), 1e-12)
    steps = np.rint((means - means.min()) / span * (len(BARS) - 1)).astype(int)
    return "".join(BARS[step] for step in steps)


def heat_map(vectors: Vectors) -> Table:
    """Cosine similarity of every pair, warmer where they are closer."""
    table = Table(box=None, padding=0)
    table.add_column("", justify="right", style="dim")
    for j in range(len(vectors)):
        table.add_column(f"{j} ", justify="right", header_style="dim")
    for i, row in enumerate(cosine(vectors, vectors)):
        table.add_row(f"{i} ", *(_cell(float(value)) for value in row))
    return table


def _cell(value: float) -> Text:
    share = min(max(value, 0.0), 1.0)
    red, green, blue = (COLD + (WARM - COLD) * share).astype(int)
    ink = "#000000" if share > 0.5 else "#ffffff"
    return Text(f" {value:5.2f} ", Style(color=ink, bgcolor=f"rgb({red},{green},{blue})"))
