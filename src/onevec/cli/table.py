"""What `onevec embed` shows on a terminal: a line a text, and for several texts how similar they are."""

from collections.abc import Sequence
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from onevec.responses import EmbeddingResponse
from onevec.vectors import Vectors, cosine

BARS = "▁▂▃▄▅▆▇█"
SPARK_CELLS = 24
MOST_COMPARED = 16
COLD, WARM = np.array([24, 32, 72]), np.array([255, 196, 64])


def show(inputs: Sequence[str], response: EmbeddingResponse, seconds: float, stream: TextIO) -> None:
    """Print the vectors of a response, and the similarities of up to 16 of them."""
    console = Console(file=stream, highlight=False)
    n, d = response.vectors.shape
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("text", overflow="ellipsis", no_wrap=True, ratio=1)
    table.add_column("shape of the vector", no_wrap=True, style="cyan")
    table.add_column("first components", no_wrap=True, style="green")
    for i, (text, vector) in enumerate(zip(inputs, response.vectors, strict=True)):
        table.add_row(
            str(i), Text(" ".join(text.split())), sparkline(vector), " ".join(f"{x:+.4f}" for x in vector[:3])
        )
    console.print(table)
    tokens = "unknown" if response.usage.total_tokens is None else str(response.usage.total_tokens)
    noun = "vector" if n == 1 else "vectors"
    console.print(f"\n{n} {noun} of {d} dimensions · {tokens} tokens · {seconds:.2f} s", style="dim")
    console.print(f"space {response.space.id}", style="dim", soft_wrap=True)
    if n > 1:
        console.print()
        console.print(heat_map(response.vectors[:MOST_COMPARED]))
        if n > MOST_COMPARED:
            console.print(f"similarities of the first {MOST_COMPARED}", style="dim")


def sparkline(vector: np.ndarray) -> str:
    """Mean size of the components in each of 24 stretches of the vector, as bars."""
    sizes = np.array([np.abs(part).mean() for part in np.array_split(vector, SPARK_CELLS) if part.size])
    steps = np.rint(sizes / max(float(sizes.max()), 1e-12) * (len(BARS) - 1)).astype(int)
    return "".join(BARS[step] for step in steps)


def heat_map(vectors: Vectors) -> Table:
    """Cosine similarity of every pair, warmer where they are closer."""
    table = Table(title="cosine similarity", title_justify="left", title_style="bold", box=None, padding=0)
    table.add_column("", justify="right", style="dim")
    for j in range(len(vectors)):
        table.add_column(f"{j} ", justify="right", header_style="dim")
    for i, row in enumerate(cosine(vectors, vectors)):
        table.add_row(f"{i} ", *(_cell(float(value)) for value in row))
    return table


def _cell(value: float) -> Text:
    share = min(max(value, 0.0), 1.0)
    red, green, blue = (COLD + (WARM - COLD) * share).astype(int)
    ink = "black" if share > 0.5 else "white"
    return Text(f" {value:5.2f} ", Style(color=ink, bgcolor=f"rgb({red},{green},{blue})"))
