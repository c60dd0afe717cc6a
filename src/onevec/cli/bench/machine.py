"""What was measured on, in a line: figures without it mean little."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> dict[str, str | int]:
    """Processor, its processors that this process may use, and the versions that matter."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return {
        "processor": processor(),
        "usable": len(affinity(0)) if affinity else os.cpu_count() or 1,
        "python": platform.python_version(),
        "openvino": version("openvino"),
        "onevec": version("onevec"),
    }


def processor() -> str:
    """Its name where the system tells it: Linux in a file, others through `platform`."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
