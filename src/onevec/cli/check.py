"""`onevec check`: does a server keep the contract of an embeddings API?"""

import os
from typing import TYPE_CHECKING, Any

import click

from onevec.cli.examples import examples

if TYPE_CHECKING:
    from onevec.conformance import Report

BROKEN = 1
"""Exit code: a `must` does not hold, or could not be found out."""


@click.command(
    "check",
    short_help="Check a server against an API's contract.",
    epilog=examples(
        "onevec check http://127.0.0.1:8080",
        "onevec check https://host/v1 --dialect openai --model NAME --key-env HOST_KEY",
        "onevec check http://127.0.0.1:8080 --only encoding --skip encoding.int8 --json",
        "onevec check --list",
    ),
)
@click.argument("url", required=False)
@click.option("--dialect", default="azure", show_default=True, help="Whose contract: azure or openai.")
@click.option("-m", "--model", help="What each request names; OpenAI's contract needs one.")
@click.option("--key", help="API key; others on this machine can see it in the list of processes.")
@click.option("--key-env", metavar="VARIABLE", help="Environment variable that holds the API key.")
@click.option("--only", multiple=True, metavar="NAME", help="A check, a group or a pattern; may be given again.")
@click.option("--skip", multiple=True, metavar="NAME", help="Likewise, what to leave out.")
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="Seconds for a request."
)
@click.option(
    "--deadline", type=click.FloatRange(0, min_open=True), default=120.0, show_default=True, help="Seconds for all."
)
@click.option("--strict", is_flag=True, help="A 'should' weighs as much as a 'must'.")
@click.option("--list", "listed", is_flag=True, help="Show what is checked, and send nothing.")
@click.option("--json", "form", flag_value="json", help="Write JSON instead of a table.")
@click.option("--markdown", "form", flag_value="markdown", help="Write the table of --list in Markdown.")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
def command(
    url: str | None,
    dialect: str,
    key: str | None,
    key_env: str | None,
    strict: bool,
    listed: bool,
    form: str | None,
    verbose: bool,  # noqa: ARG001 - read where errors are printed
    **options: Any,
) -> int:
    """Send some sixty requests to the server at URL and tell where its answers are not as the contract has them.

    URL is what the contract's clients are given: what comes before /embeddings. Exit code 0 says that every 'must'
    holds, 1 that one does not, or could not be found out.
    """
    if listed == (url is not None):
        raise click.UsageError("give URL, or --list")
    if form == "markdown" and not listed:
        raise click.UsageError("--markdown goes with --list")
    if listed:
        from onevec.cli.checks import show_checks

        show_checks(dialect, options["only"], options["skip"], form)
        return 0
    report = _checked(url, dialect=dialect, key=_key(key, key_env), **options)
    _show(report, form, strict=strict)
    return 0 if report.holds(strict=strict) else BROKEN


def _checked(url: Any, **options: Any) -> "Report":
    from rich.console import Console

    from onevec.conformance import check

    with Console(stderr=True).status("asking …"):  # seen on a terminal only
        return check(url, **options)


def _show(report: "Report", form: str | None, *, strict: bool) -> None:
    if form == "json":
        import orjson

        click.echo(orjson.dumps(report.as_dict(), option=orjson.OPT_INDENT_2))
        return
    from onevec.cli.checks import show_report

    show_report(report, strict=strict)


def _key(key: str | None, variable: str | None) -> str | None:
    if variable is None:
        return key
    if key is not None:
        raise click.UsageError("give --key, or --key-env, not both")
    found = os.environ.get(variable, "").strip()
    if not found:
        raise click.UsageError(f"the environment variable {variable}, which --key-env names, is not set")
    return found
