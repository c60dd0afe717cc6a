"""The figures for eyes: a line each, with a bar for the throughput."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from onevec.cli.bench.machine import machine
from onevec.cli.bench.measuring import Figures

BAR_CELLS = 16
EIGHTHS = " ▏▎▍▌▋▊▉█"


def show(found: Sequence[Figures], model: str, console: Console | None = None) -> None:
    """Print them, and what they were measured on."""
    console = console or Console(highlight=False)
    most = max(one.tokens_per_second for one in found)
    several = len({one.threads for one in found}) > 1
    columns = ("texts", *(("threads",) if several else ()), "a call", "tokens/s", "", "p50 ms", "p90 ms", "p99 ms")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="left" if name in ("texts", "") else "right", no_wrap=True)
    last = None
    for one in found:
        if last is not None and (one.sample, one.threads) != last:
            table.add_row()
        name = one.sample if (one.sample, one.threads) != last else ""
        last = one.sample, one.threads
        threads = (str(one.threads),) if several else ()
        times = (f"{ms:.3g}" if ms < 1000 else f"{ms:.0f}" for ms in (one.p50_ms, one.p90_ms, one.p99_ms))
        bar = f"[cyan]{bar_of(one.tokens_per_second / most)}[/]"
        table.add_row(name, *threads, str(one.batch), f"{one.tokens_per_second:,.0f}", bar, *times)
    console.print(table)
    here = machine()
    console.print(
        f"\n{model} · {here['processor']}, {here['usable']} usable · OpenVINO {here['openvino']}", style="dim"
    )


def bar_of(share: float) -> str:
    """A bar of 16 cells for a share of 1.

    >>> bar_of(1.0), bar_of(0.28)
    ('████████████████', '████▌           ')
    """
    eighths = round(min(max(share, 0.0), 1.0) * BAR_CELLS * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(BAR_CELLS)
