"""The real processes of a drill: servers of ours and Redis, started, killed, frozen and started again."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

READY_SECONDS = 60.0
SIGHUP_CAUGHT = 1 << (signal.SIGHUP - 1)


class Process:
    """A process that comes back at its own port.

    Args:
        command: What starts it.
        port: Where it listens.
        folder: Where its log goes.
    """

    def __init__(self, command: list[str], port: int, folder: Path) -> None:
        self._command, self.port = command, port
        self._log = folder / f"{port}.log"
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self.launch()
        self.wait()

    def wait(self) -> None:
        """Wait until it listens."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            time.sleep(0.02)
        raise SystemExit(f"{' '.join(self._command[:5])} does not listen: {self._log.read_text()[-500:]}")

    def launch(self) -> None:
        """Start it, and do not wait."""
        with self._log.open("ab") as log:
            environ = {**os.environ, "UPSTREAM_KEY": "sk-drill"}
            self._process = subprocess.Popen(self._command, env=environ, stdout=log, stderr=log)

    def kill(self) -> None:
        """End it as a crash would."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    @property
    def said(self) -> str:
        """Its log."""
        return self._log.read_text()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def reloads(self) -> bool:
        """Whether it does something of its own about SIGHUP."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return bool(int(re.search(r"SigCgt:\s+(\w+)", status)[1], 16) & SIGHUP_CAUGHT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def upstream(folder: Path, model: str) -> Process:
    """A server with the bundled model."""
    port = free_port()
    command = [sys.executable, "-m", "onevec", "serve", "--model", f"local:{model}", "--port", str(port)]
    return Process(command, port, folder)


def gateway(folder: Path, config: Path) -> Process:
    """A server with a configuration."""
    port = free_port()
    return Process(
        [sys.executable, "-m", "onevec", "serve", "--config", str(config), "--port", str(port)], port, folder
    )


def redis(folder: Path) -> Process:
    """A Redis that keeps nothing."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return Process([*command, "--dir", str(folder)], port, folder)


def redis_clients(port: int) -> int:
    """Who is connected to a Redis, beside whoever asks."""
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        connection.sendall(b"INFO clients\r\n")
        found = re.search(rb"connected_clients:(\d+)", connection.recv(65536))
    return int(found[1]) - 1
