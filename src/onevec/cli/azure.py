"""`onevec azure migrate`: a code base from azure.ai.inference to onevec.azure."""

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from onevec.cli.examples import examples
from onevec.cli.replacing import replace_file
from onevec.errors import ConfigurationError

if TYPE_CHECKING:
    from onevec.cli.migration import Migration

SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"})
"""Folders that hold other people's code, beside those whose name begins with a dot."""


@click.group(
    "azure",
    short_help="Move programs from azure.ai.inference to onevec.azure.",
    epilog=examples(
        "onevec azure migrate --diff src/",
        "onevec azure migrate app.py tests/",
    ),
)
def command() -> None:
    """Move programs from azure.ai.inference, which is retired, to onevec.azure."""


@command.command(
    "migrate",
    short_help="Rewrite the imports of Python files.",
    epilog=examples(
        "onevec azure migrate --diff src/",
        "onevec azure migrate app.py tests/",
    ),
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--diff", is_flag=True, help="Show what would change, and change nothing.")
def migrate(paths: Sequence[Path], diff: bool) -> None:
    """Rewrite imports of the embeddings clients in Python files; imports for chats stay as they are and are listed."""
    changed = unread = 0
    for path in files(paths):
        done = _migrated(path)
        if done is None:
            unread += 1
            continue
        for left in done.left:
            click.echo(f"{path}:{left.line}: left {left.name}: {left.why}", err=True)
        if done.changes:
            changed += 1
            _show(path, done.content) if diff else _write(path, done.content)
    what = "would change" if diff else "changed"
    install = ", then: pip install 'onevec[azure]'" if changed else ""
    click.echo(f"{what} {changed} {'file' if changed == 1 else 'files'}{install}", err=True)
    if unread:
        raise click.exceptions.Exit(1)


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The Python files that are named or lie below, each once, in order."""
    seen: set[Path] = set()
    for path in paths:
        for file in [path] if path.is_file() else _below(path):
            if file.resolve() not in seen:
                seen.add(file.resolve())
                yield file


def _below(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith("."))
        yield from (Path(here, name) for name in sorted(names) if name.endswith((".py", ".pyi")))


def _migrated(path: Path) -> "Migration | None":
    """What becomes of a file, or None, told, for one that is no Python."""
    try:
        import libcst
    except ImportError as exc:
        raise ConfigurationError("onevec azure migrate needs libcst: pip install 'onevec[migrate]'") from exc
    from onevec.cli.migration import OLD, Migration, migrate

    content = path.read_bytes()
    if not all(part.encode() in content for part in OLD.split(".")):
        return Migration(content, 0, ())
    try:
        return migrate(content)
    except (libcst.ParserSyntaxError, UnicodeDecodeError) as exc:
        click.echo(f"{path}: left: it cannot be read as Python ({str(exc).splitlines()[0]})", err=True)
        return None


def _show(path: Path, content: bytes) -> None:
    before, after = (text.decode("utf-8", "replace").splitlines(keepends=True) for text in (path.read_bytes(), content))
    for line in difflib.unified_diff(before, after, f"a/{path}", f"b/{path}"):
        click.echo(line, nl=not line.endswith("\n"))


def _write(path: Path, content: bytes) -> None:
    replace_file(path, content, path.stat().st_mode)
    click.echo(f"{path}: changed", err=True)
