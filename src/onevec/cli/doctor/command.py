"""The command: what is examined, and in which form it is told."""

import os
import sys
from pathlib import Path

import click

from onevec.cli.examples import examples


@click.command(
    "doctor",
    short_help="Examine what is installed, set and running here.",
    epilog=examples(
        "onevec doctor",
        "onevec doctor --network",
        "onevec doctor --config onevec.toml --url https://embed.example.com",
        "onevec doctor --json > doctor.json",
    ),
)
@click.option("-c", "--config", type=click.Path(dir_okay=False, path_type=Path), help="A server's TOML file to check.")
@click.option("--url", help="A running server.  [default: http://127.0.0.1:8080, if one runs there]")
@click.option("--network", is_flag=True, help="Also connect to each provider that has a key; no key is sent.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for programs.")
def command(config: Path | None, url: str | None, network: bool, as_json: bool) -> int:
    """Examine this machine: packages, processor, the bundled model, cache, configuration, keys, variables, a server.

    Each finding is fine (✓), a note (·) or a problem (✗) with what to do. Keys are never shown. Nobody but a server on
    this machine is asked, except with --url or --network. The exit code is 1 when there is a problem.
    """
    from rich.console import Console

    from onevec.cli.doctor import report
    from onevec.cli.doctor.checks import CHECKS
    from onevec.cli.doctor.findings import Asked, Level
    from onevec.providers.bases import base_url

    asked = Asked(os.environ, config, base_url(url, "--url") if url is not None else None, network)
    sections = {}
    console = Console(file=sys.stdout, highlight=False)
    for check in CHECKS:
        sections[check.title] = check.examine(asked)
        if not as_json:
            report.show(check.title, sections[check.title], console)
    click.echo(report.as_json(sections) if as_json else report.summary(sections))
    return int(any(one.level is Level.PROBLEM for found in sections.values() for one in found))
