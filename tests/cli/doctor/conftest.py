import re
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def running():
    """The address of `onevec serve`."""
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        yield re.search(r"http://[\d.:]+", process.stdout.readline())[0]
        process.terminate()
