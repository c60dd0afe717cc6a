"""Writes the tables of docs/performance.md, between their markers, from docs/figures.toml.

    python scripts/make_performance.py [--check]

Bars are made of characters, so that they read alike on a website, in a terminal and where pictures are not drawn.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
WIDTH = 20
EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(value: float, scale: float) -> str:
    """A bar of at most `WIDTH` characters; one that is longer ends in an arrow.

    >>> bar(1.0, 20.0), bar(1.5, 20.0), bar(2.25, 20.0), bar(99.0, 4.0)[-2:]
    ('█', '█▌', '██▎', '█▶')
    """
    eighths = round(value / scale * WIDTH * 8)
    if eighths > WIDTH * 8:
        return "█" * (WIDTH - 1) + "▶"
    return ("█" * (eighths // 8) + EIGHTHS[eighths % 8]).strip() or "▏"


def times(plot: Mapping[str, Any], row: Mapping[str, Any]) -> float:
    """How many times ours a value is; below one where it is the better."""
    return float(row.get("times", row["value"] / plot["ours"]))


def digits(ratio: float) -> str:
    """A ratio to a tenth, a large one to a whole."""
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.1f}"


def table(plot: Mapping[str, Any], machines: Mapping[str, str]) -> str:
    """A plot: a row for ours, one for each other, and below it where the figures come from."""
    rows = [(plot.get("ours_name", "**onevec**"), plot["ours"], 1.0)]
    rows += [(row["name"], row["value"], times(plot, row)) for row in plot["bars"]]
    scale = plot.get("scale", max(ratio for _, _, ratio in rows))
    lines = [f"| {plot['title']} | {plot['unit']} | times ours |", "|---|---|---|"]
    lines += [f"| {name} | {value:,} | {bar(ratio, scale)}\u00a0{digits(ratio)} |" for name, value, ratio in rows]
    return "\n".join([*lines, "", source(plot, machines)])


def source(row: Mapping[str, Any], machines: Mapping[str, str]) -> str:
    """Where figures come from, in a line."""
    more = "" if row["page"] == "performance.md" else f"; more: [{row['page']}]({row['page']})"
    return f"`{row['command']}`, {row['date']}, {machines[row['machine']]}{more}."


def figures(rows: Sequence[Mapping[str, Any]]) -> str:
    """What has no peer, and how far it is from what was aimed at."""
    words = {True: "met", False: "**missed**", None: ""}
    lines = ["| what | measured | goal | | command |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['claim']} | {row['value']} | {row.get('goal', '')} | {words[row.get('met')]} | `{row['command']}` |"
        for row in rows
    ]
    return "\n".join(lines)


def blocks(tree: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each marker's name and what belongs behind it."""
    for plot in tree["plots"]:
        yield plot["id"], table(plot, tree["machines"])
    yield "figures", figures(tree["figures"])


def filled(page: str, tree: Mapping[str, Any]) -> str:
    """The page with every block between its markers made anew.

    Raises:
        ValueError: a marker is missing.
    """
    for name, content in blocks(tree):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, found, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"docs/performance.md has no <!-- {name} --> … <!-- end of {name} -->")
        page = f"{before}{begin}\n{content}\n\n{end}{after}"
    return page


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with `--check` only say whether it is as it should be."""
    path = DOCS / "performance.md"
    now = path.read_text(encoding="utf-8")
    made = filled(now, tomllib.loads((DOCS / "figures.toml").read_text(encoding="utf-8")))
    if "--check" in arguments:
        return int(made != now)
    path.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
