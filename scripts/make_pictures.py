"""Makes docs/images/embed.svg: what `onevec embed` shows, drawn by rich from a real run."""

import io
import sys
from pathlib import Path

from rich.console import Console

from onevec import embedding
from onevec.cli import table

TEXTS = (
    "The ultimate answer to the question of life",
    "What is the meaning of life?",
    "The largest planet in our solar system is Jupiter",
    "Jupiter is a gas giant",
    "A cute baby sea otter",
)


def main(path: Path) -> None:
    """Embed the texts and draw what the command would show."""
    response = embedding("local:all-minilm-l6-v2", list(TEXTS))
    console = Console(
        record=True, width=96, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False
    )
    table.render(list(TEXTS), response, 0.39, console)
    console.save_svg(str(path), title="onevec embed …", unique_id="onevec")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images/embed.svg"))
