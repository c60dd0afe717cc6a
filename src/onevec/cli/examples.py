"""Examples at the end of a command's help: lines that can be copied, in whatever width."""

import click

HEADING = "Examples:"


def examples(*lines: str) -> str:
    r"""An epilog whose lines click leaves as they are.

    >>> examples("onevec embed 'a cat'", "onevec embed -f lines.txt")
    "\x08\nExamples:\n  onevec embed 'a cat'\n  onevec embed -f lines.txt"
    """
    return "\b\n" + "\n".join([HEADING, *(f"  {line}" for line in lines)])


def examples_of(command: click.Command) -> list[str]:
    """The lines of a command's examples."""
    text = command.epilog or ""
    return [line.strip() for line in text.partition(f"{HEADING}\n")[2].splitlines()]
