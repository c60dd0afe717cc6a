"""Help: every command has examples, and each of them is run, or parsed where it needs a key, a network or a server."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from onevec.cli import main
from onevec.cli.examples import examples_of
from onevec.cli.program import COMMANDS, SECTIONS, START, program


def commands(group=program, path="onevec"):
    """Every command that is shown, by how it is called."""
    yield path, group
    if isinstance(group, click.Group):
        ctx = click.Context(group)
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            if not command.hidden:
                yield from commands(command, f"{path} {name}")


ALL = dict(commands())

PARSED = re.compile(
    r"openai:|azure:|local:BAAI|local:/models|postgresql:|sqlite:|https:|--network|env:|\.lance|docs/|jsonl' "
    r"|onevec (serve|bench|usage|models calibrate)|~/"
)
"""What needs a provider, the hub, a database, a running server, long figures or somebody's home is only parsed."""

BEFORE = {
    "onevec search": (
        "onevec run data.parquet --column text --keep title --to out.parquet",
        "onevec run data.parquet --column text --keep title --to vectors/",
        "onevec run photos -m local:gist --to photos.parquet",
    ),
    "onevec keys change": ("onevec keys add alice",),
    "onevec keys list": ("onevec keys add alice",),
    "onevec keys revoke": ("onevec keys add alice", "onevec keys add batch"),
}
"""What has to be done before a command's examples make sense."""

LITELLM = """
model_list:
  - model_name: small
    litellm_params: {model: openai/text-embedding-3-small, api_key: os.environ/OPENAI_API_KEY}
    model_info: {mode: embedding}
"""

NEEDS = {
    "onevec config from-litellm": "tomli_w",
    "onevec run": "pyarrow",
    "onevec search": "pyarrow",
    "onevec azure": "libcst",
    "onevec azure migrate": "libcst",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with all files that examples name."""
    from PIL import Image

    (tmp_path / "lines.txt").write_text("a cat\na dog\n")
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (32, 32), "red").save(tmp_path / "photos" / "red.png")
    (tmp_path / "onevec.toml").write_text('[deployments.small]\nmodel = "local:all-minilm-l6-v2"\n')
    for name in ("src", "tests"):
        (tmp_path / name).mkdir()
    (tmp_path / "config.yaml").write_text(LITELLM)
    (tmp_path / "app.py").write_text("from azure.ai.inference import EmbeddingsClient\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bash(line, *, code=0):
    home = Path(sys.executable).parent
    env = {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ['PATH']}"}
    env.pop("ONEVEC_CONFIG", None)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == code, f"{line}\n{done.stderr}"
    return done


def typed(line):
    """Run a line: here where it is one command, in bash where it is more."""
    if re.search(r"[|>$]", line):
        bash(line)
        return
    with pytest.raises(SystemExit) as left:
        main(shlex.split(line)[1:])
    assert not left.value.code, line


def parse(line):
    """A line's onevec command, parsed by its own options; what follows a pipe, a redirection or a # is the shell's."""
    words = shlex.split(re.search(r"onevec [^|>#)]*", line)[0])[1:]
    command = program
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        command, words = (found, words[1:]) if found else (command.commands["show"], words)
    with command.make_context(line, list(words)):
        pass


@pytest.mark.parametrize("path", ALL)
def test_every_command_says_what_it_is_and_has_examples_of_itself(path):
    command, lines = ALL[path], examples_of(ALL[path])
    assert command.get_short_help_str(100).endswith(".")
    assert 2 <= len(lines) <= 5
    assert all(line.count(path) for line in lines)


@pytest.mark.parametrize("path", ALL)
def test_examples_are_shown_as_they_are_typed_however_narrow_the_terminal(path):
    command = ALL[path]
    for width in (40, 80):
        shown = command.get_help(click.Context(command, info_name=path, terminal_width=width))
        assert all(f"    {line}\n" in f"{shown}\n" for line in examples_of(command))


@pytest.mark.parametrize("path", [path for path in ALL if path != "onevec"])
def test_examples_are_right(path, folder, witness, server):
    if path in NEEDS:
        witness(NEEDS[path])
        if NEEDS[path] == "pyarrow":
            _table(folder / "data.parquet")
    for line in BEFORE.get(path, ()):
        typed(line)
    below = {line for name, one in ALL.items() if name.startswith(f"{path} ") for line in examples_of(one)}
    lines = examples_of(ALL[path])
    for line in lines:
        parse(line)
        if not PARSED.search(line) and not below.issuperset(lines):
            typed(line.replace("http://127.0.0.1:8080", server))


def _table(path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a red bicycle", "a submarine"], "title": ["one", "two"]}), path)


def test_a_wrong_example_would_be_found(folder):
    with pytest.raises(click.UsageError):
        parse("onevec embed --dimension 5 hi")


def test_commands_are_listed_by_purpose():
    shown = bash("onevec --help").stdout
    places = [shown.index(f"{title}:") for title in SECTIONS]
    assert places == sorted(places)
    for name in COMMANDS:
        assert re.search(rf"^  {name} +\S", shown, re.MULTILINE), name


def test_without_a_command_there_is_something_to_begin_with():
    shown = bash("onevec").stdout
    assert len(shown.splitlines()) < 12
    for line, _ in START:
        assert line in shown
        assert line == "onevec --help" or ALL[" ".join(line.split()[:2])]


def test_the_first_example_of_all_runs():
    assert len(json.loads(bash(examples_of(program)[0]).stdout)["data"]) == 2
