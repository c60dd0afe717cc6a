"""What a first call costs: importing onevec, and one text from a fresh process.

Each command runs several times in turn with the others, so that a drift of the machine hits all alike; medians and
ratios to bare Python are printed. Peers that are installed (sentence-transformers, fastembed) join by themselves.
"""

import importlib.util
import statistics
import subprocess
import sys
import time

ROUNDS = 7
PYTHON = [sys.executable, "-c"]
TAB = ["_ONEVEC_COMPLETE=bash_complete", "COMP_WORDS=onevec embed -m openai:"]
PEERS = {
    "sentence_transformers": "import sentence_transformers",
    "fastembed": "import fastembed",
    "openai": "import openai",
}


def commands() -> dict[str, list[str]]:
    found = {
        "python -c pass": [*PYTHON, "pass"],
        "import onevec": [*PYTHON, "import onevec"],
        "from onevec import embedding": [*PYTHON, "from onevec import embedding"],
        "onevec --help": [sys.executable, "-m", "onevec", "--help"],
        "onevec embed -m openai:<TAB>": ["env", *TAB, sys.executable, "-m", "onevec"],
        "onevec embed hello": [sys.executable, "-m", "onevec", "embed", "hello"],
    }
    installed = {name: code for name, code in PEERS.items() if importlib.util.find_spec(name)}
    return found | {code: [*PYTHON, code] for code in installed.values()}


def main() -> None:
    seconds: dict[str, list[float]] = {name: [] for name in commands()}
    for _ in range(ROUNDS + 1):
        for name, command in commands().items():
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(values[1:]) for name, values in seconds.items()}
    bare = medians["python -c pass"]
    print(f"{'':32}{'median ms':>10}{'over python':>13}{'ratio':>7}")
    for name, median in medians.items():
        print(f"{name:32}{median * 1e3:10.0f}{(median - bare) * 1e3:13.0f}{median / bare:7.1f}")


if __name__ == "__main__":
    main()
