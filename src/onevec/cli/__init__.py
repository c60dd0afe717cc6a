"""The command `onevec`: a file for each subcommand, loaded when it is asked for.

Nothing is imported here before `main` runs, so that a Ctrl-C in the first moments is answered as a later one is.
"""


def main(args: list[str] | None = None) -> None:
    """Run the command and leave with its exit code, one of :data:`onevec.cli.leaving.EXIT_CODES`."""
    try:
        from onevec.cli.leaving import run
    except KeyboardInterrupt:
        import sys

        print("onevec: interrupted", file=sys.stderr)  # noqa: T201 - click is perhaps not there yet
        sys.exit(130)
    run(args)
