"""The one importer of openvino: nothing is sent, nothing is written, nothing of it stays switched off."""

import os
import subprocess
import sys

import numpy as np
import pytest

from onevec.engine import LocalOptions, load, runtime
from onevec.engine.threads import usable_processors
from onevec.errors import ConfigurationError

WATCHED = """
import sys
calls = []
def watch(event, args):
    if event.startswith("socket.") or event in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        calls.append((event, str(args)))
        raise OSError("blocked")
sys.addaudithook(watch)
"""


def python(code: str, home, **environ: str) -> str:
    """Run code in a fresh interpreter whose home is an empty folder; warnings are errors."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "XDG_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=clean | {"HOME": str(home), "USERPROFILE": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_loading_and_embedding_sends_nothing_and_writes_nothing(tmp_path):
    out = python(
        WATCHED
        + """
from onevec.engine import load
from onevec.types import EmbedRequest
embedder = load("all-minilm-l6-v2")
embedder.embed(EmbedRequest("m", ("hello",)))
embedder.close()
import time, threading
for thread in threading.enumerate():
    if thread is not threading.main_thread() and not thread.daemon:
        thread.join(10)
print(calls, [name for name in sys.modules if name.split(".")[0] == "openvino_telemetry"])
""",
        tmp_path,
    )

    assert out == "[] []\n"
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def telemetry(tmp_path):
    """A package that stands where openvino_telemetry does and tells when it is imported."""
    package = tmp_path / "site" / "openvino_telemetry"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("print('telemetry is imported')")
    return {"PYTHONPATH": str(package.parent)}


def test_openvino_left_to_itself_reaches_for_telemetry(tmp_path, telemetry):
    """Else the next test would show nothing."""
    assert "telemetry is imported" in python(WATCHED + "import openvino", tmp_path, **telemetry)


def test_through_us_it_does_not_and_others_may_import_it_afterwards(tmp_path, telemetry):
    out = python("import onevec.engine.runtime; print('loaded'); import openvino_telemetry", tmp_path, **telemetry)

    assert out.split("\n")[:2] == ["loaded", "telemetry is imported"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_is_told_and_may_load_its_own(tmp_path):
    out = python(
        """
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, on forking with threads
from onevec.engine import load
from onevec.errors import ModelError
from onevec.types import EmbedRequest
request = EmbedRequest("m", ("hello",))
embedder = load("all-minilm-l6-v2")
expected = embedder.embed(request).vectors
child = os.fork()
if child == 0:
    try:
        embedder.embed(request)
    except ModelError as exc:
        print(exc.code, flush=True)
    own = load("all-minilm-l6-v2")
    print(abs(own.embed(request).vectors - expected).max() < 1e-3, flush=True)
    own.close()
    sys.exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), abs(embedder.embed(request).vectors - expected).max() < 1e-3)
""",
        tmp_path,
    )

    assert out.split() == ["forked", "True", "0", "True"]


def test_a_program_that_closes_nothing_ends(tmp_path):
    out = python(
        """
import contextlib, threading
from onevec.engine import load
from onevec.engine.jobs import Job
from onevec.types import EmbedRequest
embedder = load("all-minilm-l6-v2")
request = EmbedRequest("m", ("long " * 200,) * 2000)
def bulk():
    with contextlib.suppress(Exception):  # it may hear that the model was closed
        embedder.embed(request)
threading.Thread(target=bulk, daemon=True).start()
embedder.embed(EmbedRequest("m", ("hello",)))
print("done")
""",
        tmp_path,
    )

    assert out == "done\n"


def test_the_catalog_is_cheap_to_look_at(tmp_path):
    code = (
        "import sys, onevec.engine.catalog; print([m for m in ('numpy', 'openvino', 'tokenizers') if m in sys.modules])"
    )

    assert python(code, tmp_path) == "[]\n"


def test_auto_is_what_the_processor_has():
    assert runtime.resolve_precision("auto") in ("f32", "bf16")
    assert runtime.resolve_precision("f32") == "f32"


def test_bf16_is_refused_where_it_is_not_native_and_taken_where_it_is():
    if runtime.resolve_precision("auto") == "bf16":
        embedder = load("all-minilm-l6-v2", LocalOptions(precision="bf16", threads=1))
        assert embedder.precision == "bf16"
        embedder.close()
    else:
        with pytest.raises(ConfigurationError, match="bf16"):
            load("all-minilm-l6-v2", LocalOptions(precision="bf16"))


def test_a_signal_is_survived_when_every_model_is_gone():
    code = (
        "import signal, onevec\n"
        "from onevec import Client\n"
        "with Client() as client: client.embedding('local:all-minilm-l6-v2', ['a'])\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('heard'))\n"
        "signal.raise_signal(signal.SIGTERM)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "heard\n"


@pytest.mark.skipif(usable_processors() < 2, reason="one processor is all that there is")
def test_threads_that_leave_cores_to_others_are_not_pinned_to_the_first():
    def pinned(threads):
        given = runtime.parameter("x", np.float32, [1])
        plan = runtime.thread_plan(threads)
        return runtime.compile_graph(runtime.ops.relu(given), [given], "f32", plan).get_property("ENABLE_CPU_PINNING")

    assert not pinned(1)
    assert pinned(None)
