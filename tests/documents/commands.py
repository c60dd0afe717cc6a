"""The command lines of a page: what `onevec` and `curl` do is done, and held against what the page shows."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

import click
import pytest
from sybil import Example

from onevec.cli import main
from onevec.cli.program import program
from sessions import Step, session, steps

from .needs import program as where
from .needs import skip
from .outputs import check
from .servers import Page

PAGE = "page_of_the_docs"
"""The name in a page's namespace under which its surroundings are."""

LEFT: Mapping[str, str] = {
    ".": "changes the shell that it is typed into",
    "bash .ci/run": "runs these tests",
    "cd": "changes the shell that it is typed into",
    "docker": "fetches from the network",
    "eval": "changes the shell that it is typed into",
    "export": "the reader's own keys; here those of a fake provider are set",
    "git": "fetches from the network",
    "infinity_emb": "another library's, and runs until it is stopped",
    "kill": "is for a server of the reader's",
    "make": "runs these tests",
    "opentelemetry-instrument": "runs until it is stopped",
    "pip": "would change the environment that the tests run in",
    "python benchmarks": "takes minutes",
    "python -m venv": "would take a minute",
    "python3 -m venv": "would take a minute",
    "serve run": "needs a cluster, and runs until it is stopped",
}
"""Beginnings of commands that are not run, and why."""

PARSED: Mapping[str, str] = {
    "azure": "changes files of the reader's",
    "bench": "takes minutes",
    "check": "asks a server of the reader's",
    "models calibrate": "takes seconds, and more on a busy machine",
    "serve": "runs until it is stopped; one whose file the page has shown is started, and else there is one already",
    "usage": "reads a database of the reader's",
}
"""Commands of ours that are not run, and why; that they take these options is seen."""

SHELL = re.compile(r"[|<>;&]|\$\(")
"""What only a shell understands."""


def run_commands(example: Example) -> None:
    """Run a block of `bash`."""
    for step in steps(example.parsed):
        run(step, example.namespace[PAGE])


def run_session(example: Example) -> None:
    """Run a block of `console`, and hold what it prints against what it shows."""
    for step in session(example.parsed):
        run(step, example.namespace[PAGE])


def read_commands(example: Example) -> None:
    """See that the commands of ours in a block that is not run have the options that it gives them."""
    find = steps if example.region.lexemes["arguments"] == "bash" else session
    for step in find(example.parsed):
        words = shlex.split(step.command, comments=True)
        if words[:1] == ["onevec"]:
            parse(words[1:])


def run(step: Step, page: Page) -> None:
    """Run one command, unless it is one that is left."""
    words = shlex.split(step.command, comments=True)
    if not words or begins(words, LEFT):
        return
    if words[:2] == ["onevec", "serve"] and Path(words[-1]).exists():  # the page has shown its configuration
        page.serve(words[2:])
    elif words[0] == "onevec" and begins(words[1:], PARSED):
        parse(words[1:])
    else:
        _run(step, page)


def begins(words: Sequence[str], table: Mapping[str, str]) -> bool:
    """Whether a command begins as a row of a table does."""
    return any(f"{' '.join(words)} ".startswith(f"{row} ") for row in table)


def _run(step: Step, page: Page) -> None:
    command = page.here(step.command)
    words = shlex.split(command, comments=True)
    runner = RUN[words[0]]
    status, printed = shell(command) if SHELL.search(step.command) else runner(words)
    if status and "pip install 'onevec[" in printed:
        skip("witness", printed.strip())
    if step.shown is None:
        assert status == 0, f"{step.command}\n{printed}"
    else:
        check(step.shown, page.there(printed), step.command)


class Terminal(TextIOWrapper):
    """Takes what is printed, as a terminal 100 characters wide that knows no colours."""

    def isatty(self) -> bool:
        return True


@contextmanager
def terminal() -> Iterator[BytesIO]:
    """What is written to standard output and error meanwhile."""
    written = BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TERM", "dumb")
        patch.setenv("COLUMNS", "100")
        screen = Terminal(written, encoding="utf-8", write_through=True)
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        yield written
        screen.detach()


def onevec(words: Sequence[str]) -> tuple[int, str]:
    """Run our own command in this process: it starts a hundred times as fast."""
    with terminal() as written:
        try:
            main([*words[1:]])
        except SystemExit as exc:
            status = int(exc.code or 0)
    return status, written.getvalue().decode()


def external(words: Sequence[str]) -> tuple[int, str]:
    """Run a program of the machine's."""
    command = [where(words[0]), *words[1:]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def shell(command: str) -> tuple[int, str]:
    """Run what a shell understands, with our command among its programs."""
    return external(["bash", "-c", f'onevec() {{ "{sys.executable}" -m onevec "$@"; }}\n{command}'])


RUN: Mapping[str, Callable[[Sequence[str]], tuple[int, str]]] = {
    "cat": external,
    "curl": external,
    "echo": external,
    "mkdir": external,
    "onevec": onevec,
    "printf": external,
}
"""Programs that pages may run, and how; another one is decided on here, or in LEFT, before it runs."""


def before_shell(words: Sequence[str]) -> Iterator[str]:
    """The words of the first command of a line."""
    for word in words:
        end = SHELL.search(word)
        if end is None:
            yield word
            continue
        if end.start():
            yield word[: end.start()]
        return


def parse(words: Sequence[str]) -> None:
    """See that our command has these options, and do nothing."""
    command: click.Command = program
    words = [*before_shell(words)]
    context = click.Context(program)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, f"onevec has no command {words[0]}"
        command, words = found, words[1:]
    try:
        command.make_context(command.name, list(words))
    except click.BadParameter as exc:
        if "does not exist" not in exc.format_message():  # a file of the reader's need not be here
            raise
