"""The command `onevec`: a file for each subcommand, loaded when it is asked for.

An error is one line on standard error; ``-v`` adds its causes. The exit code is 2 for a wrong call, 1 for all else; a
command may have others of its own.
"""

import importlib
import sys
from collections.abc import Mapping

import click

import onevec
from onevec.errors import ConfigurationError, InvalidRequestError, OnevecError

COMMANDS: Mapping[str, str] = {
    "azure": "onevec.cli.azure",
    "bench": "onevec.cli.bench.command",
    "check": "onevec.cli.check",
    "config": "onevec.cli.config",
    "embed": "onevec.cli.embed",
    "keys": "onevec.cli.keys",
    "models": "onevec.cli.models",
    "providers": "onevec.cli.providers",
    "run": "onevec.cli.run",
    "search": "onevec.cli.search",
    "serve": "onevec.cli.serve",
    "space": "onevec.cli.space",
    "usage": "onevec.cli.usage",
}
"""Each module holds a click command named `command`."""


class Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Their names, in alphabetical order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of a name."""
        home = COMMANDS.get(name)
        command: click.Command | None = importlib.import_module(home).command if home else None
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(onevec.__version__, prog_name="onevec")
@click.option("-v", "--verbose", is_flag=True, help="Show the cause of an error.")
@click.pass_context
def program(ctx: click.Context, verbose: bool) -> None:
    """One embeddings API for text and images: every provider, your own machine, any client."""
    ctx.obj = {"verbose": verbose}


def main(args: list[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    arguments = sys.argv[1:] if args is None else args
    try:
        sys.exit(program.main(args=arguments, prog_name="onevec", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as exc:
        click.echo(exc.format_message())
        sys.exit(2)
    except click.UsageError as exc:
        path = exc.ctx.command_path if exc.ctx else "onevec"
        fail(f"{exc.format_message()} ({path} --help)", 2)
    except click.Abort:
        fail("interrupted", 130)
    except (InvalidRequestError, ConfigurationError) as exc:
        fail(exc.message, 2, exc, arguments)
    except OnevecError as exc:
        fail(exc.message, 1, exc, arguments)
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep Python from complaining when it flushes at exit.
        sys.stdout = None
        sys.exit(1)
    except OSError as exc:
        fail(f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc), 1, exc, arguments)


def fail(message: str, code: int, exc: BaseException | None = None, arguments: list[str] | None = None) -> None:
    """Say what is wrong in one line, its causes when asked, and leave."""
    click.echo(f"onevec: {' '.join(message.split())}", err=True)
    while exc is not None and {"-v", "--verbose"} & set(arguments or ()):
        exc = exc.__cause__
        if exc is not None:
            click.echo(f"  caused by {type(exc).__name__}: {exc}", err=True)
    sys.exit(code)
