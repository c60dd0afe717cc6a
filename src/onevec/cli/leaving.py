"""How the command ends: its exit codes, and an error as a line or two with a remedy, never a traceback.

The second line, where there is one, says in the words of the command line what the first says in Python's; ``-v`` adds
the causes.
"""

import codecs
import io
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

import click

from onevec.cli.completing import ASKED
from onevec.cli.program import program
from onevec.cli.remedies import remedy
from onevec.errors import ConfigurationError, InvalidRequestError, OnevecError
from onevec.legible import legible

FAILED, WRONG, SOME_DEAD, INTERRUPTED = 1, 2, 3, 130

EXIT_CODES: Mapping[int, str] = MappingProxyType(
    {
        0: "It is done.",
        FAILED: "It failed: a provider, a model, a file. `doctor` found a problem, `space diff` two spaces, `check` a "
        "broken contract. Whoever read the output left before its end (`| head`).",
        WRONG: "The call or a setting is wrong as it stands; nothing was sent.",
        SOME_DEAD: "`run`: some rows have no vector; the file of dead letters says which, and why.",
        INTERRUPTED: "Interrupted by Ctrl-C.",
    }
)

NO_ARGUMENTS: tuple[type[click.UsageError], ...] = tuple(
    kind for kind in click.UsageError.__subclasses__() if kind.__name__ == "NoArgsIsHelpError"
)
"""What click raises for a group without a command, whose help is shown; before 8.2 it showed that itself."""


def run(args: list[str] | None = None) -> None:
    """Run the command and leave with its exit code."""
    arguments = sys.argv[1:] if args is None else args
    if sys.stdout is None:  # closed by whoever started us: then nobody wants to read
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - to the end of the program
    if isinstance(sys.stdout, io.TextIOWrapper):
        codecs.register_error("onevec", _plain)
        sys.stdout.reconfigure(errors="onevec")
    try:
        if ASKED in os.environ:
            from onevec.cli.shells import register

            register()
        sys.exit(program.main(args=arguments, prog_name="onevec", standalone_mode=False) or 0)
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep Python from complaining when it flushes at exit.
        sys.stdout = None
        sys.exit(FAILED)
    except NO_ARGUMENTS as exc:
        click.echo(exc.format_message())
        sys.exit(WRONG)
    except (click.Abort, KeyboardInterrupt):
        # Whoever presses the keys once more while we clean up wants to be out at once, and no traceback.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _leave(["interrupted"], INTERRUPTED)
    except Exception as exc:  # whatever it is, a line tells it, and -v all of it
        _leave(told(exc, "-v" in arguments or "--verbose" in arguments), exit_code(exc))


PLAIN: Mapping[str, str] = MappingProxyType({"✓": "+", "·": "-", "✗": "x", "→": ">", "…": "~"})
"""What is shown where the encoding of the output has no such character; `?` for any other."""


def _plain(exc: UnicodeError) -> tuple[str, int]:
    if not isinstance(exc, UnicodeEncodeError):
        raise exc
    return "".join(PLAIN.get(one, "?") for one in exc.object[exc.start : exc.end]), exc.end


def exit_code(exc: Exception) -> int:
    """Whether the call was wrong, or it failed.

    >>> exit_code(InvalidRequestError("…")), exit_code(OnevecError("…"))
    (2, 1)
    """
    return WRONG if isinstance(exc, (click.ClickException, InvalidRequestError, ConfigurationError)) else FAILED


def told(exc: Exception, verbose: bool) -> Sequence[str]:
    """The lines that say what is wrong and what to do, then the causes where they are asked for."""
    say = next(say for kind, say in WORDS if isinstance(exc, kind))
    second = remedy(exc)
    return [legible(say(exc)), *([f"  {second}"] if second else []), *(_causes(exc) if verbose else ())]


def _usage(exc: click.UsageError) -> str:
    path = exc.ctx.command_path if exc.ctx else "onevec"
    return f"{exc.format_message()} ({path} --help)"


def _system(exc: OSError) -> str:
    return f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc)


def _fault(exc: Exception) -> str:
    return f"a fault in onevec: {type(exc).__name__}: {exc}"[:500]


WORDS: Sequence[tuple[type[Exception], Callable[..., str]]] = (
    (click.UsageError, _usage),
    (click.ClickException, lambda exc: exc.format_message()),
    (OnevecError, lambda exc: exc.message),
    (OSError, _system),
    (Exception, _fault),
)
"""How each kind of error says what is wrong; the first that fits."""


def _causes(exc: BaseException) -> list[str]:
    if not isinstance(exc, (OnevecError, click.ClickException, OSError)):
        import traceback  # a fault in onevec is rare, and every start would pay for it

        return traceback.format_exception(exc)
    lines = []
    while (cause := exc.__cause__) is not None:
        lines.append(f"  caused by {type(cause).__name__}: {legible(str(cause))}")
        exc = cause
    return lines


def _leave(lines: Sequence[str], code: int) -> None:
    click.echo("onevec: " + "\n".join(lines), err=True)
    sys.exit(code)
