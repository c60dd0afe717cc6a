"""OpenVINO, and the only module that imports it.

Its package posts a usage event when it is imported: `openvino/__init__` imports `openvino.tools.ovc`, which sends one
through the package `openvino_telemetry`. While we import it, `sys.modules["openvino_telemetry"]` is None, so that this
import fails and ovc takes the silent stub that it brings for machines without the telemetry package. Nothing is sent,
nothing is written below the home folder, no other process or later import is affected. Somebody who imported openvino
before us has made his own choice, which stays.
"""

import functools
import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from onevec.engine.batch import Session
from onevec.engine.threads import Plan, thread_plan, usable_processors
from onevec.errors import ConfigurationError, ModelError, ModelFileError
from onevec.vectors import Vectors


@contextmanager
def _no_telemetry() -> Iterator[None]:
    name = "openvino_telemetry"
    if name in sys.modules or "openvino" in sys.modules:
        yield
        return
    modules: MutableMapping[str, Any] = sys.modules
    modules[name] = None  # Python's own mark for what may not be imported
    try:
        yield
    finally:
        del modules[name]


with _no_telemetry():
    import openvino as ov
    from openvino import opset13 as ops

__all__ = [
    "Node",
    "Plan",
    "compile_graph",
    "ops",
    "parameter",
    "read_model",
    "resolve_precision",
    "sessions",
    "thread_plan",
]

Node: TypeAlias = Any
"""A node of an OpenVINO graph."""


KERNELS = 512
"""Kernels that a stream keeps for shapes that it has seen. Packed batches have few shapes and need no more; for graphs
that take one text in a row OpenVINO's own 5000 let memory grow past 770 MB, and 128 cost half the speed."""


@functools.cache
def _core() -> Any:
    """OpenVINO itself, kept until the process ends.

    Its CPU plugin gives the thread that loads it a stack for signal handlers, and frees that stack when the last core
    goes, without taking it back: the next signal that Python handles, a Ctrl-C, would crash the process.
    """
    return ov.Core()


def parameter(name: str, kind: type[np.generic], shape: Sequence[int]) -> Node:
    """An input of the graph; -1 is an axis of any length."""
    node = ops.parameter(list(shape), np.dtype(kind), name=name)
    node.output(0).set_names({name})
    return node


def resolve_precision(precision: str) -> str:
    """`f32` or `bf16`; ``auto`` is bf16 where the processor computes in it natively.

    Raises:
        ConfigurationError: bf16 was asked for and this processor has none.
    """
    native = "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    if precision == "bf16" and not native:
        raise ConfigurationError(
            "precision 'bf16': this processor does not compute in bfloat16; use 'auto' or 'f32'",
            param="client_args",
            value="bf16",
        )
    return ("bf16" if native else "f32") if precision == "auto" else precision


def read_model(file: Path) -> Any:
    """A graph of OpenVINO's own format or of ONNX.

    Raises:
        ModelFileError: it is none, or it has operations of somebody's own.
    """
    try:
        return _core().read_model(str(file))
    except RuntimeError as exc:
        raise ModelFileError(f"OpenVINO cannot read {file}: {_first_line(exc)}", value=str(file)) from exc


def compile_graph(output: Node, parameters: list[Node], precision: str, plan: Plan, *, pinned: bool = True) -> Any:
    """Compile for the processor; threads are pinned to its cores unless others are to share these.

    Others do where the plan leaves cores free: two processes, or two models, with a thread each would pin both to the
    first core, and leave the second idle.
    """
    model = ov.Model([output], parameters, "embedder")
    hints = {
        "PERFORMANCE_HINT": "THROUGHPUT",
        "NUM_STREAMS": plan.streams,
        "INFERENCE_NUM_THREADS": plan.threads,
        "INFERENCE_PRECISION_HINT": precision,
        "ENABLE_CPU_PINNING": pinned and plan.threads >= usable_processors(),
        "CPU_RUNTIME_CACHE_CAPACITY": KERNELS,
    }
    try:
        return _core().compile_model(model, "CPU", hints)
    except RuntimeError as exc:
        raise ModelError(f"OpenVINO cannot compile the model: {_first_line(exc)}") from exc


def sessions(compiled: Any, plan: Plan) -> list[Session]:
    """A session for each stream; each belongs to one thread at a time."""
    return [_session(compiled.create_infer_request()) for _ in range(plan.streams)]


def _session(request: Any) -> Session:
    def run(arrays: Mapping[str, NDArray[Any]]) -> Vectors:
        try:
            request.infer(arrays, share_inputs=True)
            return np.array(request.get_output_tensor(0).data, dtype=np.float32)
        except RuntimeError as exc:
            raise ModelError(f"OpenVINO failed to run a batch: {_first_line(exc)}") from exc

    return run


def _first_line(exc: Exception) -> str:
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    return lines[-1] if lines else type(exc).__name__
