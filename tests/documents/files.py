"""Files that a reader has: what the pages embed without showing how it was made."""

import json
from pathlib import Path

from PIL import Image

TEXTS = {
    "otters": "Otters sleep on their backs and hold hands.",
    "bread": "Bread is made of flour and water.",
    "jupiter": "Jupiter is the largest planet in our solar system.",
    "cats": "Cats sleep for most of the day.",
}


def write_files(folder: Path) -> None:
    """Texts as articles.parquet, data.parquet, data/*.jsonl and docs/*.md; pictures as photos/*.png and otter.png."""
    for name in ("data", "docs", "photos"):
        (folder / name).mkdir()
    rows = [{"key": key, "title": key.capitalize(), "body": text} for key, text in TEXTS.items()]
    (folder / "data" / "one.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for key, text in TEXTS.items():
        (folder / "docs" / f"{key}.md").write_text(f"# {key.capitalize()}\n\n{text}\n")
    for name, colours in {"otter": "tan", "sea": "navy"}.items():
        Image.new("RGB", (64, 48), colours).save(folder / "photos" / f"{name}.png")
    Image.radial_gradient("L").save(folder / "otter.png")
    for name in ("articles", "data"):
        _write_parquet(folder / f"{name}.parquet")


def _write_parquet(path: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:  # the command that reads it says what is missing
        path.touch()
        return
    pq.write_table(
        pa.table({"id": [*TEXTS], "title": [key.capitalize() for key in TEXTS], "text": [*TEXTS.values()]}), path
    )
