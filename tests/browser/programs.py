"""Runs many programs of one language in one process: files in a folder, what they print comes back."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = """
import pathlib, sys
for name in sys.argv[1:]:
    exec(compile(pathlib.Path(name).read_text("utf-8"), name, "exec"), {"__name__": "__main__"})
"""

NODE = "for (const name of process.argv.slice(1)) await import('file://' + process.cwd() + '/' + name);"

SHELL = 'for name in "$@"; do sh "$name" || exit 1; done'


@dataclass(frozen=True)
class Language:
    """How its programs are run.

    Attributes:
        ending: Of its files.
        command: Runs the files whose names follow it.
        module: What a program of Python imports beyond us.
    """

    ending: str
    command: Sequence[str]
    module: str = "onevec"

    @property
    def program(self) -> str:
        """What has to be installed."""
        return self.command[0]


_PYTHON = (sys.executable, "-W", "error", "-c", PYTHON)

LANGUAGES: Mapping[str, Language] = {
    "curl": Language("sh", ("sh", "-c", SHELL, "sh")),
    "onevec": Language("py", _PYTHON),
    "openai": Language("py", _PYTHON, "openai"),
    "azure": Language("py", _PYTHON, "azure.core"),
    "javascript": Language("mjs", ("node", "--input-type=module", "-e", NODE)),
}


def run(language: str, programs: Sequence[str], folder: Path, **environ: str) -> list[str]:
    """What the programs print, a line each; a program that fails fails the test with what it said."""
    row = LANGUAGES[language]
    names = [f"program-{number}.{row.ending}" for number in range(len(programs))]
    for name, program in zip(names, programs, strict=True):
        (folder / name).write_text(program, "utf-8")
    done = subprocess.run(
        [*row.command, *names],
        cwd=folder,
        env=os.environ | environ,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()
