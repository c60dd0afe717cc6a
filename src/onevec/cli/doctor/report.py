"""The report: a section a check, a line or two a finding; or one JSON object."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

import onevec
from onevec.cli.doctor.findings import Finding, Level

MARKS: Mapping[Level, tuple[str, str]] = {
    Level.OK: ("✓", "green"),
    Level.NOTE: ("·", "yellow"),
    Level.PROBLEM: ("✗", "bold red"),
}
"""How a level is shown: a mark, and its style."""


def show(title: str, findings: Sequence[Finding], console: Console) -> None:
    """A section, for eyes."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=1)
    table.add_column(max_width=max(12, console.width // 3), overflow="fold")
    table.add_column(overflow="fold")
    for one in findings:
        mark, style = MARKS[one.level]
        said = Text(one.said)
        if one.remedy:
            said.append(f"\n→ {one.remedy}" if one.level is Level.PROBLEM else f" → {one.remedy}", style="bold")
        table.add_row(Text(mark, style), Text(one.subject, "cyan"), said)
    console.print(Text(title, "bold"))
    console.print(table)
    console.print()


def summary(sections: Mapping[str, Sequence[Finding]]) -> str:
    """The last line."""
    found = [one.subject for findings in sections.values() for one in findings if one.level is Level.PROBLEM]
    if not found:
        return "No problem found."
    return f"{len(found)} {'problem' if len(found) == 1 else 'problems'}: {', '.join(found)}"


def as_json(sections: Mapping[str, Sequence[Finding]]) -> bytes:
    """All of it for programs."""
    import orjson

    findings: list[dict[str, Any]] = [
        {"section": title, **asdict(one)} for title, found in sections.items() for one in found
    ]
    problems = sum(row["level"] == Level.PROBLEM for row in findings)
    body = {"onevec": onevec.__version__, "problems": problems, "findings": findings}
    return orjson.dumps(body, option=orjson.OPT_INDENT_2)
