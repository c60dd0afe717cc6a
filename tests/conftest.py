"""What every test may ask for."""

import importlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO

import pytest
from hypothesis import settings

from .documents.needs import REQUIRED, skip

settings.register_profile("newcomer", max_examples=15)
if not REQUIRED:  # whoever tries the project waits three minutes at most; what lands has been tried in full
    settings.load_profile("newcomer")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long where somebody tries the project; naming a file runs all of it."""
    if REQUIRED or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    later = pytest.mark.skip(reason="takes long: runs in CI, and when its file is named")
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(later)


@pytest.fixture(scope="session")
def golden() -> Path:
    """Figures made with the reference implementations."""
    return Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def witness() -> Callable[[str], ModuleType]:
    """Import a module of the extra `witness`, or skip the test."""

    def find(name: str) -> ModuleType:
        try:
            return importlib.import_module(name)
        except ImportError:
            skip("witness", f"{name} is not installed (pip install -e '.[witness]')")
            raise

    return find


@pytest.fixture(scope="session")
def rival() -> Callable[[str], None]:
    """Skip the test unless a library of the extra `rivals` is installed."""

    def need(name: str) -> None:
        if importlib.util.find_spec(name) is None:
            skip("rivals", f"{name} is not installed (pip install -e '.[rivals]')")

    return need


@pytest.fixture(scope="session")
def optional() -> Callable[[str, str], ModuleType]:
    """Import a module of an extra that has an environment of its own, or skip the test."""

    def find(name: str, extra: str) -> ModuleType:
        if importlib.util.find_spec(name) is None:
            skip(extra, f"{name} is not installed (pip install -e '.[{extra}]')")
        return importlib.import_module(name)

    return find


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Skip the test unless a program is installed whose package has its name."""

    def find(name: str) -> str:
        if shutil.which(name) is None:
            skip(name, f"{name} is not installed (apt-get install {name})")
        return name

    return find


class Program:
    """A program that a test starts on a free loopback port, kills and starts again.

    Attributes:
        port: Where it listens, each time that it is started.
    """

    def __init__(self, arguments: Callable[[int], Sequence[str]], ready: str, user: str | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._arguments = arguments
        self._ready = ready
        self._user = user
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Return once it says that it answers."""
        process = self._process = subprocess.Popen(
            self._arguments(self.port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, user=self._user
        )
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if self._ready in line:
                self._drain = threading.Thread(target=_drain, args=(process.stdout,))  # a full pipe would stop it
                self._drain.start()
                return
        pytest.fail(f"{self._arguments(self.port)[0]} did not start: {''.join(said)}")

    def signal(self, number: int) -> None:
        """Send it a signal, such as SIGSTOP."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None
            self._drain.join(30)


def _drain(pipe: IO[str]) -> None:
    with pipe:
        for _ in pipe:
            pass


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is."""
    found = shutil.which("chromium")
    if found is None:
        skip("browser", "chromium is not installed (apt-get install chromium)")
    return str(found)


@pytest.fixture
def redis_program(tmp_path: Path) -> Iterator[Program]:
    """A Redis that keeps nothing when it is killed, started."""
    found = shutil.which("redis-server")
    if found is None:
        skip("redis", "redis-server is not installed (apt-get install redis-server)")
    options = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", str(tmp_path))
    program = Program(lambda port: (str(found), "--port", str(port), *options), "Ready to accept connections")
    program.start()
    yield program
    program.kill()


@pytest.fixture(scope="session")
def s3_program(witness: Callable[[str], ModuleType]) -> Iterator[Program]:
    """A server that speaks S3, without buckets, started."""
    witness("moto")
    witness("flask_cors")
    program = Program(
        lambda port: (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)), "Running on"
    )
    program.start()
    yield program
    program.kill()


@pytest.fixture(scope="session")
def postgres_program() -> Iterator[Program]:
    """A PostgreSQL with the database `postgres`, in which anybody may do anything, started."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not places:
        skip("postgres", "PostgreSQL is not installed (apt-get install postgresql)")
    with postgres(places[0]) as program:
        yield program


@pytest.fixture(scope="session")
def pgvector_program() -> Iterator[Program]:
    """The same, where the extension pgvector is: Debian's, or that of the package pgserver."""
    debian = Path("/usr/lib/postgresql")
    places = [debian / path.parts[-3] / "bin" for path in Path("/usr/share/postgresql").glob("*/*/vector.control")]
    package = importlib.util.find_spec("pgserver")
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "pginstall" / "bin")
    if not places:
        skip("postgres", "no PostgreSQL has pgvector (apt-get install postgresql-17-pgvector; pip install pgserver)")
    with postgres(places[0]) as program:
        yield program


@contextmanager
def postgres(binaries: Path) -> Iterator[Program]:
    """A PostgreSQL of its own, started."""
    # It refuses to run as root, and another user cannot look into pytest's folders.
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="onevec-postgres-") as folder:
        if user is not None:
            shutil.chown(folder, user)
        data = Path(folder) / "data"
        made = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(made, check=True, capture_output=True, user=user, cwd=folder)
        options = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
        program = Program(
            lambda port: (str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options),
            "database system is ready to accept connections",
            user,
        )
        program.start()
        yield program
        program.kill()
