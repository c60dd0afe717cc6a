"""`onevec completion`: the script with which a shell completes commands, options, models and files."""

from collections.abc import Mapping

import click
from click.shell_completion import get_completion_class

from onevec.cli.completing import ASKED
from onevec.cli.examples import examples
from onevec.cli.shells import SHELLS, register

INSTALL: Mapping[str, str] = {
    "bash": "onevec completion bash > ~/.local/share/bash-completion/completions/onevec",
    "zsh": "onevec completion zsh > ~/.zfunc/_onevec    # with fpath+=~/.zfunc before compinit in ~/.zshrc",
    "fish": "onevec completion fish > ~/.config/fish/completions/onevec.fish",
}
"""How the script is kept for every session to come; it calls `onevec`, so an update needs no other one."""


@click.command(
    "completion",
    short_help="Print the script that lets a shell complete.",
    epilog=examples('eval "$(onevec completion bash)"', INSTALL["bash"], *(INSTALL[name] for name in ("zsh", "fish"))),
)
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the completion script of a SHELL: commands, options, models, deployments, files.

    The first example is for this session, the others for all to come; folders that are missing have to be made first.
    """
    from onevec.cli.program import program

    register()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"this version of click completes nothing in {shell}: pip install -U click")
    click.echo(kind(program, {}, "onevec", ASKED).source(), nl=False)
