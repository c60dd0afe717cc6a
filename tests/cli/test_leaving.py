"""How the command ends, as somebody at a terminal meets it."""

import errno
import os
import pty
import signal
import socket
import subprocess
import sys

import click
import pytest

from onevec.cli.leaving import EXIT_CODES, exit_code, told
from onevec.errors import (
    BY_CODE,
    ConfigurationError,
    ContextLengthExceededError,
    GatewayTimeoutError,
    InvalidRequestError,
    MissingApiKeyError,
    ModelError,
    ModelUnavailableError,
    OnevecError,
    ProviderConnectionError,
    RateLimitError,
)

pytestmark = pytest.mark.thorough

ONEVEC = [sys.executable, "-m", "onevec"]


@pytest.mark.parametrize(
    ("exc", "code", "lines"),
    [
        (InvalidRequestError("wrong"), 2, ["wrong"]),
        (
            InvalidRequestError("no provider", param="model", value="gist"),
            2,
            ["no provider", "  Did you mean local:gist?"],
        ),
        (ConfigurationError("two\n lines"), 2, ["two lines"]),
        (ModelError("damaged"), 1, ["damaged"]),
        (RateLimitError("later"), 1, ["later"]),
        (click.FileError("f", "gone"), 2, ["Could not open file 'f': gone"]),
        (click.UsageError("so"), 2, ["so (onevec --help)"]),
        (FileNotFoundError(errno.ENOENT, "No such file", "x"), 1, ["x: No such file"]),
        (OSError("odd"), 1, ["odd"]),
        (OnevecError("openai answered 400: \x1b]0;title\x07"), 1, [r"openai answered 400: \x1b]0;title\x07"]),
        (ZeroDivisionError("by zero"), 1, ["a fault in onevec: ZeroDivisionError: by zero"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_of_error_has_its_code_and_its_lines(exc, code, lines):
    assert told(exc, verbose=False) == lines
    assert exit_code(exc) == code
    assert code in EXIT_CODES


@pytest.mark.parametrize(
    ("exc", "remedy"),
    [
        (MissingApiKeyError("no key", provider="cohere"), "export COHERE_API_KEY=…"),
        (ContextLengthExceededError("long"), "--overflow truncate"),
        (ModelUnavailableError("not here"), "onevec doctor"),
        (ProviderConnectionError("no way"), "onevec doctor --network"),
        (GatewayTimeoutError("no answer"), "onevec doctor --network"),
    ],
)
def test_the_remedy_is_in_the_words_of_the_command_line(exc, remedy):
    assert remedy in told(exc, verbose=False)[1]


@pytest.mark.parametrize("kind", sorted({*BY_CODE.values(), MissingApiKeyError}, key=lambda kind: kind.__name__))
def test_no_error_is_too_bare_to_be_told(kind):
    assert told(kind("what is wrong"), verbose=False)[0] == "what is wrong"


def test_verbose_tells_the_causes_and_of_a_fault_the_place():
    outer, inner = OnevecError("outer"), ValueError("inner")
    outer.__cause__ = inner
    assert told(outer, verbose=True) == ["outer", "  caused by ValueError: inner"]
    outer.__cause__ = ValueError("\x1b[2J")
    assert told(outer, verbose=True)[1] == r"  caused by ValueError: \x1b[2J"
    with pytest.raises(ZeroDivisionError) as caught:
        print(1 / 0)
    assert "test_leaving.py" in "".join(told(caught.value, verbose=True))


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["embd"], "there is no command 'embd': did you mean embed?"),
        (["xyzzy"], "there is no command 'xyzzy': there are embed, run"),
        (["config", "chek"], "chek"),
        (["embed", "--dimension", "5", "a"], "--dimensions"),
        (["serve", "--port", "eighty"], "eighty"),
    ],
)
def test_a_wrong_word_is_told_with_the_right_one(args, words):
    done = subprocess.run([*ONEVEC, *args], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [*ONEVEC, "serve", "--port", str(taken.getsockname()[1])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Address already in use; choose another with --host or --port" in done.stderr


@pytest.mark.parametrize(
    "line", ["onevec --help", "onevec providers --format markdown", "onevec embed a --format jsonl"]
)
def test_a_reader_who_leaves_at_once_is_no_traceback(line):
    shell = f"{sys.executable} -m {line} | true"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_an_output_that_is_closed_is_no_fault():
    done = subprocess.run(["bash", "-c", f"{sys.executable} -m onevec providers >&-"], capture_output=True, check=True)
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (["check", "--list", "--only", "answer.status"], "1 checks - Azure"),
        (["embed", "caf\u00e9", "--format", "table"], "caf?"),
    ],
)
def test_what_an_encoding_does_not_have_is_shown_by_something_else(args, shown):
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"}
    done = subprocess.run([*ONEVEC, *args], capture_output=True, env=env, check=True)
    assert (shown in done.stdout.decode("ascii"), done.stderr) == (True, b"")


def test_ctrl_c_is_one_word_and_130():
    master, slave = pty.openpty()
    with subprocess.Popen([*ONEVEC, "embed", "-"], stdin=slave, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline() == "type a text a line; Ctrl-D ends\n"
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    os.close(slave)
    os.close(master)
    assert (process.returncode, said.strip()) == (130, "onevec: interrupted")


@pytest.mark.parametrize(
    ("keys", "args", "code", "words"),
    [
        (b"", [], 2, "nothing to embed: give a text"),
        (b"a cat\n\x04", ["-"], 0, "type a text a line; Ctrl-D ends"),
    ],
)
def test_at_a_terminal_nothing_waits_without_a_word(keys, args, code, words):
    master, slave = pty.openpty()
    command = [*ONEVEC, "embed", *args, "--format", "json"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=slave, stdout=pipe, stderr=pipe, text=True) as process:
        os.write(master, keys)
        out, err = process.communicate(timeout=60)
    os.close(slave)
    os.close(master)
    assert process.returncode == code
    assert words in err
    assert bool(out) is (code == 0)


@pytest.mark.parametrize(
    ("typed", "code", "out", "err"), [("a cat\n", 0, '"text":"a cat"', ""), ("", 2, "", "standard input is empty")]
)
def test_standard_input_is_read_where_no_text_is_given(typed, code, out, err):
    command = [*ONEVEC, "embed", "--format", "jsonl"]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, check=False)
    assert (done.returncode, out in done.stdout, err in done.stderr) == (code, True, True)


def test_a_path_that_is_embedded_as_a_text_is_mentioned(tmp_path):
    done = subprocess.run([*ONEVEC, "embed", str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stderr == f"note: {tmp_path} is embedded as a text; --file and --image read files\n"


def colours(env):
    """What `onevec embed` writes to a terminal."""
    master, slave = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "40", **env}
    with subprocess.Popen([*ONEVEC, "embed", "a cat", "a dog"], stdout=slave, env=environ) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # Linux's way to say that nobody writes any more
                break
            if not more:
                break
            shown += more
    os.close(master)
    assert process.returncode == 0
    return shown


def test_colours_are_for_terminals_and_not_where_no_color_is_set():
    assert b"\x1b[" in colours({})
    plain = colours({"NO_COLOR": "1"})
    assert b"cosine" in plain
    assert b"\x1b[38" not in plain
    assert b"\x1b[48" not in plain
    assert b";5;" not in plain
