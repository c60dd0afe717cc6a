"""Completion, asked for by real shells."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onevec.cli.completing import full_names, known_names
from onevec.cli.shells import Bash
from onevec.gateway import KeysFile

ENV = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "TERM": "dumb",
    "PS1": "$ ",
}

TYPED = [
    ("onevec emb\t", "embed"),
    ("onevec embed --enc\tub\t", "embed --encoding-format ubinary"),
    ("onevec embed -m loc\tall-\t", "embed -m local:all-minilm-l6-v2"),
    ("onevec embed -m openai:text-embedding-3-s\t", "embed -m openai:text-embedding-3-small"),
    ("onevec embed -f ./lin\t", "embed -f ./lines.txt"),
    ("onevec keys add alice --deployment sm\t", "keys add alice --deployment small"),
    ("onevec keys revoke al\t", "keys revoke alice"),
    ("onevec config ch\t", "config check"),
    ("onevec space loc\tall-\t", "space local:all-minilm-l6-v2"),
]
"""What is typed, and what onevec is called with then; behind `local:` there is no space."""

BASH_ONLY = [
    ("onevec embed --model=local:all-\t", "embed --model=local:all-minilm-l6-v2"),
    ("true | onevec embed --enc\t", "embed --encoding-format"),
    ('onevec embed "a cat" -m local:all-\t', "embed a cat -m local:all-minilm-l6-v2"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("completion")
    (tmp_path / "lines.txt").write_text("a cat\n")
    (tmp_path / "onevec.toml").write_text('[deployments.small]\nmodel = "local:all-minilm-l6-v2"\n')
    with KeysFile(tmp_path / "onevec-keys.json").changing() as change:
        change.keyring, _ = change.keyring.with_new("alice", "2026-01-01T00:00:00+00:00")
    return tmp_path


class Terminal:
    """An interactive shell, and what it shows."""

    def __init__(self, argv, folder):
        self._master, slave = pty.openpty()
        env = {**ENV, "HOME": str(folder), "ZDOTDIR": str(folder)}
        self._shell = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=folder, start_new_session=True
        )
        os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._shell.kill()
        self._shell.wait(30)
        os.close(self._master)

    def type(self, keys, until, seconds=30.0):
        """Press keys and read until something is shown; all that was shown."""
        os.write(self._master, keys.encode())
        shown, end = "", time.monotonic() + seconds
        while until not in shown and time.monotonic() < end:
            if select.select([self._master], [], [], 0.2)[0]:
                shown += os.read(self._master, 65536).decode(errors="replace")
        return shown


STARTED = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(onevec completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit; compinit -u -D; eval "$(onevec completion zsh)"'),
}

TOLD = "onevec() { printf 'called<%s>\\n' \"$*\"; }"
"""In place of the command; who completes asks the real one, by `env`."""


@pytest.fixture(scope="module", params=STARTED)
def terminal(request, folder, program):
    """A shell in which completion is set up, and its name."""
    argv, setup = STARTED[program(request.param)]
    with Terminal(argv, folder) as terminal:
        terminal.type(f"{setup}; {TOLD}; echo RE''ADY\n", "READY\r\n")
        yield request.param, terminal


@pytest.mark.parametrize(("typed", "called"), TYPED + BASH_ONLY)
def test_a_tab_completes(terminal, typed, called):
    name, there = terminal
    if name == "zsh" and (typed, called) in BASH_ONLY:
        return  # about how bash cuts words
    shown = there.type(f"{typed}\n", ">\r\n")
    found = re.search(r"called<(.*)>", shown)
    assert found is not None, shown
    assert found[1].rstrip() == called


@pytest.mark.parametrize(("typed", "completed"), TYPED)
def test_fish_completes(typed, completed, folder, program):
    line = typed.removesuffix("\t").replace("loc\t", "local:").replace("--enc\t", "--encoding-format ")
    script = f"onevec completion fish | source; complete -C '{line}'"
    done = subprocess.run(
        [program("fish"), "--no-config", "-c", script], capture_output=True, text=True, env=ENV, cwd=folder, check=True
    )
    assert done.stdout.split("\t")[0].split() == completed.split()[-1:]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("onevec emb", ([], "emb")),
        ("onevec embed ", (["embed"], "")),
        ("onevec embed 'a cat' -m local:a", (["embed", "a cat", "-m"], "local:a")),
        ("onevec embed 'a c", (["embed"], "a c")),
        ("onevec embed 'a ", (["embed"], "a ")),
    ],
)
def test_a_line_is_cut_into_words_as_bash_would(line, words, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", line)
    assert Bash(None, {}, "onevec", "X").get_completion_args() == words


def test_completing_loads_neither_numpy_nor_a_client_nor_a_server():
    code = (
        "import sys; from onevec.cli.shells import register; from onevec.cli.program import program\n"
        "register(); from click.shell_completion import get_completion_class as find\n"
        "shown = find('bash')(program, {}, 'onevec', 'X').complete()\n"
        "heavy = ('numpy', 'openvino', 'tokenizers', 'pyreqwest', 'starlette', 'rich', 'msgspec')\n"
        "print(len(shown.split()), [name for name in heavy if name in sys.modules])"
    )
    env = {**ENV, "COMP_WORDS": "onevec embed -m openai:"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    count, _, heavy = done.stdout.strip().partition(" ")
    assert int(count) >= 3
    assert heavy == "[]"


def test_names_without_a_provider_find_it():
    assert full_names("all-MiniLM-L6-v2")[0] == "local:all-minilm-l6-v2"
    assert full_names("text-embeding-3-small")[0] == "openai:text-embedding-3-small"
    assert full_names("no such thing at all") == []
    assert len(set(known_names())) == len(list(known_names())) > 50


@pytest.mark.parametrize(
    ("config", "keys"),
    [
        ("[", "["),
        ("[[deployments]]\nname = 'a'", '{"keys": [{"name": 5}]}'),
        ("deployments = 5", '{"keys": [{"name": "a\\nplain,b"}]}'),
    ],
)
def test_a_broken_file_is_no_reason_to_fail(tmp_path, monkeypatch, config, keys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onevec.toml").write_text(config)
    (tmp_path / "onevec-keys.json").write_text(keys)
    for line in ("onevec keys add a --deployment ", "onevec keys revoke "):
        env = {**ENV, "COMP_WORDS": line, "_ONEVEC_COMPLETE": "bash_complete"}
        done = subprocess.run(["onevec"], capture_output=True, text=True, env=env, check=True)
        assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_is_no_syntax_error(name, program):
    script = subprocess.run(["onevec", "completion", name], capture_output=True, text=True, env=ENV, check=True).stdout
    done = subprocess.run([program(name), "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
