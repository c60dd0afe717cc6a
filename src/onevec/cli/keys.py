"""`onevec keys`: who may call a server that asks for keys."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from onevec.cli.completing import keys
from onevec.cli.examples import examples
from onevec.cli.policies import FIELDS, changed, in_words, policy_options, told

DEFAULT_FILE = "onevec-keys.json"

_file = click.option(
    "-f",
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help='The keys file, which the configuration names: [auth] keys = "…".',
)


@click.group(
    "keys",
    short_help="Add, change, list and revoke the API keys of a server.",
    epilog=examples(
        "onevec keys add alice",
        "onevec keys change alice --budget '10 USD/month'",
        "onevec keys list",
        "onevec keys revoke alice",
    ),
)
def command() -> None:
    """Add, change, list and revoke the API keys of a server, which keeps only their hashes.

    A running server takes note of a change at once.
    """


@command.command(
    "add",
    short_help="Make a key and print it, this once.",
    epilog=examples(
        "onevec keys add alice",
        "onevec keys add batch --deployment small --budget '2M tokens/day' --expires 2027-01-01",
    ),
)
@click.argument("name")
@_file
@policy_options
def add(name: str, file: Path, **given: Any) -> None:
    """Make a key for NAME and print it on standard output, this once; the options say what its owner may."""
    from onevec.gateway import KeysFile, Policy

    policy = changed(Policy(), given)
    with KeysFile(file).changing() as change:
        change.keyring, key = change.keyring.with_new(name, datetime.now(UTC).isoformat(timespec="seconds"), policy)
        click.echo(key)  # before it is kept: a key that nobody has seen lets nobody in
    click.echo(f"This is the only time that the key of {name} is shown; {file} keeps its hash.", err=True)


@command.command(
    "change",
    short_help="Let the owner of a key do more, or less.",
    epilog=examples(
        "onevec keys change alice --requests-per-minute 600",
        "onevec keys change alice --budget '10 USD/month' --clear expires",
    ),
)
@click.argument("name", shell_complete=keys)
@_file
@policy_options
@click.option("--clear", "cleared", multiple=True, type=click.Choice(FIELDS), help="Say nothing more of it.")
def change_policy(name: str, file: Path, cleared: tuple[str, ...], **given: Any) -> None:
    """Change what the owner of NAME's key may; what no option names stays, and so does the key."""
    from onevec.gateway import KeysFile

    if not cleared and not any(given.values()):
        raise click.UsageError("say what to change: --budget, --expires, --clear, …")
    with KeysFile(file).changing() as change:
        change.keyring = change.keyring.with_policy(name, lambda policy: changed(policy, given, cleared))
    click.echo(f"the key of {name} is changed", err=True)


@command.command(
    "list",
    short_help="List who has a key.",
    epilog=examples(
        "onevec keys list",
        "onevec keys list -f onevec-keys.json --format json",
    ),
)
@_file
@click.option("--format", "form", type=click.Choice(("table", "json")), help="Default: table on a terminal, else json.")
def show(file: Path, form: str | None) -> None:
    """List whose keys are let in, the public part of each, since when, and what their owners may."""
    from onevec.gateway import KeysFile

    entries = KeysFile(file).read().entries
    rows = [({"name": e.name, "id": f"onevec_{e.id}_…", "created": e.created}, e.policy) for e in entries]
    if (form or ("table" if sys.stdout.isatty() else "json")) == "json":
        import orjson

        click.echo(orjson.dumps([row | told(policy) for row, policy in rows], option=orjson.OPT_INDENT_2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("name", "id", "created"):
        table.add_column(name, no_wrap=True)
    table.add_column("may")
    for row, policy in rows:
        table.add_row(*row.values(), in_words(policy))
    Console(highlight=False).print(table)


@command.command(
    "revoke",
    short_help="Let a key in no longer.",
    epilog=examples(
        "onevec keys revoke alice",
        "onevec keys revoke batch -f onevec-keys.json",
    ),
)
@click.argument("name", shell_complete=keys)
@_file
def revoke(name: str, file: Path) -> None:
    """Let the key of NAME in no longer."""
    from onevec.gateway import KeysFile

    with KeysFile(file).changing() as change:
        change.keyring = change.keyring.without(name)
    click.echo(f"the key of {name} is revoked", err=True)
