"""`onevec space`: the vector space of a model, and why the vectors of two must not be compared."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from onevec.cli.completing import models, models_beginning
from onevec.cli.examples import examples

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from onevec.spaces import VectorSpace


LOCAL = "local:"
"""Before a model of this machine, which tells its space at no cost."""


class WithDefault(click.Group):
    """A group in which a word that is no subcommand is an argument of `show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `show` before a model."""
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Subcommands, and models."""
        return [*super().shell_complete(ctx, incomplete), *models_beginning(incomplete)]


_dimensions = click.option("--dimensions", type=click.IntRange(1, 65_536), help="Of shorter vectors.")
_api_base = click.option("--api-base", help="Base URL instead of the provider's own.")
_ask = click.option("--ask", is_flag=True, help="Embed one word where only the model itself can tell.")


@click.group(
    "space",
    cls=WithDefault,
    short_help="The vector space of a model; why two differ.",
    epilog=examples(
        "onevec space local:all-minilm-l6-v2",
        "onevec space openai:text-embedding-3-small --dimensions 256",
        "onevec space diff openai:text-embedding-3-small azure:text-embedding-3-small",
    ),
)
def command() -> None:
    """Print the vector space of MODEL, or with `diff A B` what tells two spaces apart.

    Vectors may be compared exactly when their spaces are equal. A and B are models, or ids of spaces as servers tell
    them in the header x-vector-space.
    """


@command.command("show", hidden=True)
@click.argument("model", shell_complete=models)
@_dimensions
@_api_base
@_ask
def show(model: str, dimensions: int | None, api_base: str | None, ask: bool) -> None:
    """Print the id of the space of MODEL's vectors."""
    click.echo(find(model, dimensions, api_base, ask=ask).id)


@command.command(
    "diff",
    short_help="What tells two spaces apart; exit code 1 when something does.",
    epilog=examples(
        "onevec space diff local:all-minilm-l6-v2 openai:text-embedding-3-small",
        "onevec space diff openai:text-embedding-3-small azure:text-embedding-3-small",
    ),
)
@click.argument("one", shell_complete=models)
@click.argument("other", shell_complete=models)
@_ask
def diff(one: str, other: str, ask: bool) -> None:
    """Say whether vectors of ONE and OTHER, models or ids of spaces, may be compared; exit code 1 when not."""
    first, second = (find(name, None, None, ask=ask) for name in (one, other))
    differences = first.differences(second)
    click.echo(f"{first}\n{second}")
    if not differences:
        click.echo("one space: their vectors may be compared")
        return
    click.echo("two spaces: their vectors must not be compared")
    for name, here, there in differences:
        click.echo(f"  {name}: {here} / {there}")
    sys.exit(1)


def find(name: str, dimensions: int | None, api_base: str | None, *, ask: bool) -> "VectorSpace":
    """The space of a model, or of an id.

    Raises:
        InvalidRequestError: neither; or only the model can tell, and is not to be asked.
    """
    from onevec.errors import InvalidRequestError
    from onevec.integrations.model import Model
    from onevec.providers import known_model, split_model
    from onevec.spaces import VectorSpace

    if not name.startswith(LOCAL):
        with suppress(InvalidRequestError):
            return VectorSpace.parse(name)
    row, model = split_model(name)
    known = known_model(row.name, model) if api_base is None else None
    if known is not None:
        known.check(dimensions)
        return known.vector_space(dimensions)
    if not (ask or name.startswith(LOCAL)):
        raise InvalidRequestError(
            f"only {name[:100]} itself can tell the space of its vectors: --ask embeds one word with it", param="model"
        )
    return Model(name, api_base=api_base, dimensions=dimensions).space
