"""Throughput by batch size as a drawing: a line for each length, a panel for each number of threads."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from onevec.cli.bench.machine import machine
from onevec.cli.bench.measuring import Figures
from onevec.errors import ConfigurationError

SUFFIXES = (".svg", ".png")


def check(path: Path) -> None:
    """Refuse before anything is measured what could not be drawn afterwards.

    Raises:
        ConfigurationError: another suffix, no such folder, or matplotlib is not installed.
    """
    if path.suffix not in SUFFIXES:
        raise ConfigurationError(
            f"--plot draws {' or '.join(SUFFIXES)}, not {path.name}", param="plot", value=path.name
        )
    if not path.parent.is_dir():
        raise ConfigurationError(f"--plot: {path.parent} is no folder", param="plot", value=str(path.parent))
    if find_spec("matplotlib") is None:
        raise ConfigurationError("--plot needs matplotlib: pip install 'onevec[plot]'", param="plot")


def draw(found: Sequence[Figures], model: str, path: Path) -> None:
    """Write the drawing."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    counts = list(dict.fromkeys(one.threads for one in found))
    with mpl.rc_context({"svg.hashsalt": "onevec", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(1 + 3.2 * len(counts), 3.2), layout="constrained")
        panels = figure.subplots(1, len(counts), sharey=True, squeeze=False)[0]
        for panel, threads in zip(panels, counts, strict=True):
            _panel(panel, [one for one in found if one.threads == threads], threads)
        panels[0].set_ylabel("tokens a second")
        panels[0].set_ylim(bottom=0)
        panels[-1].legend(frameon=False)
        figure.suptitle(f"{model} on {machine()['processor']}", fontsize=9)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _panel(panel: Any, found: Sequence[Figures], threads: int | None) -> None:
    for name in dict.fromkeys(one.sample for one in found):
        line = [(one.batch, one.tokens_per_second) for one in found if one.sample == name]
        panel.plot(*zip(*sorted(line), strict=True), marker="o", markersize=3, linewidth=1.2, label=name)
    batches = sorted({one.batch for one in found})
    panel.set_xscale("log", base=2)
    panel.set_xticks(batches, [str(batch) for batch in batches])
    panel.set_xlabel("texts in a call")
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", linewidth=0.3)
    panel.yaxis.set_major_formatter("{x:,.0f}")
    if threads is not None:
        panel.set_title(f"{threads} thread{'s' if threads > 1 else ''}", fontsize=9)
