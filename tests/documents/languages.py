"""RUNNERS: what is done with a block of each language."""

import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from sybil import Example

from onevec.errors import ConfigurationError
from onevec.gateway import parse

from .commands import PAGE, read_commands, run_commands, run_session
from .needs import program, skip
from .outputs import check_said

DEPLOYMENT = '\n[deployments.small]\nmodel = "local:all-minilm-l6-v2"\n'


def run_python(example: Example) -> None:
    """Run it, against our server where it names the server's default address."""
    page, printed = example.namespace[PAGE], StringIO()
    code = page.here(example.parsed)
    try:
        with redirect_stdout(printed):
            exec(compile("\n" * example.line + code, example.path, "exec", dont_inherit=True), example.namespace)
    except (ImportError, ConfigurationError) as exc:
        absent = missing(exc)
        if absent is None:
            raise
        skip("witness", f"{absent} is not installed (pip install -e '.[witness]')")
    check_said(example.parsed, page.there(printed.getvalue()))


def missing(exc: BaseException | None) -> str | None:
    """The module whose absence is behind an error, where one is."""
    while exc is not None:
        if isinstance(exc, ModuleNotFoundError):
            return exc.name
        exc = exc.__cause__
    return None


def run_javascript(example: Example) -> None:
    """Run it with Node, as a module."""
    page = example.namespace[PAGE]
    command = [program("node"), "--input-type=module", "--eval", page.here(example.parsed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    check_said(example.parsed, page.there(done.stdout))


def read_toml(example: Example) -> None:
    """Read it as the configuration of a server; one that shows a section or two is completed with a deployment.

    One with a title is a file, which later commands find.
    """
    text = example.namespace[PAGE].here(example.parsed).replace('"…"', '"MODEL/384"')
    parse(text if "[deployments" in text else text + DEPLOYMENT, f"{example.path}:{example.line}")
    title = re.search(r'title="([\w.]+)"', example.region.lexemes["arguments"])
    if title is not None:
        Path(title[1]).write_text(text)


def read_yaml(example: Example) -> None:
    """Read it."""
    yaml = pytest.importorskip("yaml", reason="yaml is not installed (pip install -e '.[docs]')")
    assert list(yaml.safe_load_all(example.parsed))


def read_json(example: Example) -> None:
    """Read it; what is left out is `…`."""
    msgspec.json.decode(example.parsed.replace(", …", "").replace("…", "0"))


RUNNERS: Mapping[str, Callable[[Example], None]] = {
    "bash": run_commands,
    "console": run_session,
    "javascript": run_javascript,
    "json": read_json,
    "python": run_python,
    "toml": read_toml,
    "yaml": read_yaml,
}

READERS: Mapping[str, Callable[[Example], None]] = {
    "bash": read_commands,
    "console": read_commands,
    "shell-session": read_commands,
}
"""The same for blocks that are not run."""
