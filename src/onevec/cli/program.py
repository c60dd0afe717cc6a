"""The group of all subcommands, and what is shown where nobody has named one."""

import importlib
from collections.abc import Mapping

import click

import onevec
from onevec.cli.examples import examples

SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Embed and find": {
        "embed": "onevec.cli.embed",
        "run": "onevec.cli.run",
        "search": "onevec.cli.search",
        "space": "onevec.cli.space",
    },
    "Serve and operate": {
        "serve": "onevec.cli.serve",
        "config": "onevec.cli.config",
        "keys": "onevec.cli.keys",
        "usage": "onevec.cli.usage",
    },
    "Models and providers": {
        "models": "onevec.cli.models",
        "providers": "onevec.cli.providers",
        "bench": "onevec.cli.bench.command",
    },
    "Help and migration": {
        "doctor": "onevec.cli.doctor.command",
        "check": "onevec.cli.check",
        "completion": "onevec.cli.completion",
        "azure": "onevec.cli.azure",
    },
}
"""By purpose the commands, each with the module that holds it as `command`."""

COMMANDS: Mapping[str, str] = {name: home for section in SECTIONS.values() for name, home in section.items()}

START = (
    ('onevec embed "a cat" "a dog"', "vectors, here and now: no key, no download"),
    ("onevec serve", "an HTTP server for any client"),
    ("onevec providers", "who else embeds, and the key that each needs"),
    ("onevec doctor", "what is installed, set and running here"),
    ("onevec --help", "all commands"),
)


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in the order of their sections."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name."""
        home = COMMANDS.get(name)
        command: click.Command | None = importlib.import_module(home).command if home else None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named; of a wrong name the nearest is told."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            import difflib  # for a wrong word alone

            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {name!r}: {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A list for each section."""
        limit = formatter.width - 6 - max(map(len, COMMANDS))
        for title, names in SECTIONS.items():
            found = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, one.get_short_help_str(limit)) for name, one in found if one])


@click.group(
    cls=Lazy,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        'onevec embed "a cat" "a dog"',
        "onevec serve --port 9000",
        "onevec embed --help",
    ),
)
@click.version_option(onevec.__version__, prog_name="onevec")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
@click.pass_context
def program(ctx: click.Context, verbose: bool) -> None:
    """One embeddings API for text and images: every provider, your own machine, any client."""
    ctx.obj = {"verbose": verbose}
    if ctx.invoked_subcommand is None:
        click.echo(start_screen())


def start_screen() -> str:
    """What to begin with, for whoever has typed `onevec` and no more."""
    width = max(len(line) for line, _ in START)
    lines = "\n".join(f"  {line.ljust(width)}   {what}" for line, what in START)
    return f"onevec {onevec.__version__}: one embeddings API for text and images\n\n{lines}"
