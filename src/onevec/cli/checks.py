"""What `onevec check` shows: the outcome of each check, or the table of checks."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from onevec.cli.catalog import table
from onevec.conformance import Check, Level, Outcome, Report, Status, chosen
from onevec.conformance.contracts import contract_of

MARKS: Mapping[Status, tuple[str, str]] = {
    Status.PASSED: ("passed", "green"),
    Status.FAILED: ("FAILED", "bold red"),
    Status.SKIPPED: ("skipped", "dim"),
    Status.UNKNOWN: ("unknown", "yellow"),
}
HINTS: Mapping[str, str] = {
    "400": "The very first request is refused: is it a server of OpenAI's API? Ask --dialect openai, with --model.",
    "401": "The very first request is refused: give a key, with --key-env.",
    "403": "The very first request is refused: is the key, given with --key-env, the right one?",
    "404": "The very first request finds nothing: is URL what comes before /embeddings, and --model a model there?",
    "405": "What answers at URL takes no requests for embeddings: is it what comes before /embeddings?",
    "501": "What answers at URL takes no requests for embeddings: is it what comes before /embeddings?",
}
"""By the status of the first request of all."""

WIDTH = 120
"""Columns of a log, where no terminal tells its own."""

COLUMNS = ("check", "level", "what has to hold", "who says so")


def show_checks(dialect: str, only: Sequence[str], skip: Sequence[str], form: str | None) -> None:
    """Print the checks of a contract: a table, JSON, or Markdown."""
    contract = contract_of(dialect)
    checks = chosen(contract, only, skip)
    if form == "json":
        rows = [dict(zip(("name", "level", "says", "source"), _cells(one), strict=True)) for one in checks]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    elif form == "markdown":
        click.echo(markdown(checks), nl=False)
    else:
        shown = _table(*COLUMNS)
        for one in checks:
            shown.add_row(*map(Text, _cells(one)))
        console = _console()
        console.print(shown)
        console.print(f"\n{len(checks)} checks · {contract.title} · {contract.source}", style="dim", soft_wrap=True)


def markdown(checks: Iterable[Check]) -> str:
    """The table of docs/check.md."""
    rows = ((f"`{name}`", *others) for name, *others in map(_cells, checks))
    return table(COLUMNS, rows)


def _cells(one: Check) -> tuple[str, str, str, str]:
    return one.name, one.level.value, one.says, one.source


def show_report(report: Report, *, strict: bool = False) -> None:
    """Print a line for each outcome, with what was found below it, and how it came out in all."""
    shown = _table("check", "level", "result", "")
    for one in report:
        said, style = MARKS[one.status]
        mild = one.status is Status.FAILED and one.check.level is Level.SHOULD and not strict
        shown.add_row(one.check.name, one.check.level.value, Text(said, "yellow" if mild else style), _told(one))
    console = _console()
    console.print(shown)
    counts = " · ".join(f"{number} {name}" for name, number in report.counts().items() if number)
    verdict = "holds" if report.holds(strict=strict) else "does not hold"
    title = contract_of(report.contract).title
    line = Text.assemble(f"\n{report.url}: the contract of {title} ", (verdict, "bold"))
    console.print(line, soft_wrap=True)
    for hint in _hints(report):
        console.print(hint, soft_wrap=True)
    console.print(f"{counts} · {report.requests} requests · {report.seconds:.1f} s", style="dim", soft_wrap=True)


def _hints(report: Report) -> Iterator[str]:
    """What is most likely amiss where nothing at all is answered."""
    first = report.outcomes[0]
    for finding in first.findings if first.check.name == "answer.status" else ():
        if (hint := HINTS.get(finding.found.partition(" ")[0])) is not None:
            yield hint


def _told(one: Outcome) -> Text:
    lines = [Text(one.check.says, "dim" if one.status is Status.SKIPPED else "")]
    for ask, findings in groupby(one.findings, lambda finding: finding.ask):
        lines += [Text(str(finding), "red") for finding in findings]
        lines += [Text(f"  in answer to {ask}", "dim")]
    lines += [Text(f"and {one.further} more", "dim")] if one.further else []
    lines += [Text(one.reason, "dim")] if one.reason else []
    return Text("\n").join(lines)


def _console() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)


def _table(*columns: str) -> Table:
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for number, name in enumerate(columns):
        shown.add_column(name, no_wrap=number < 2, overflow="fold")
    return shown
