"""The matrix products alone: what a model's linear layers take in OpenVINO, and nothing else of it."""

import json
import os
import threading
import time
from pathlib import Path

import numpy as np

TOKENS = 1024


def floor(folder: Path):
    """A function that runs so many seconds and tells tokens and seconds; of attention nothing."""
    import openvino as ov
    from openvino import opset13 as ops

    config = json.loads((folder / "config.json").read_text())
    width, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    rng = np.random.default_rng(0)

    def linear(node, outputs: int, inputs: int):
        weights = rng.standard_normal((outputs, inputs), np.float32) * np.float32(0.02)
        return ops.matmul(node, ops.constant(weights), False, True)

    start = node = ops.parameter([TOKENS, width], np.float32)
    for _ in range(layers):
        for outputs, inputs in ((width, width),) * 4 + ((inner, width), (width, inner)):
            node = linear(node, outputs, inputs)
    model = ov.Model([ops.reduce_sum(node, ops.constant(np.array([-1])), False)], [start], "floor")
    core = ov.Core()
    precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
    streams = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    hints = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": streams, "INFERENCE_NUM_THREADS": streams}
    compiled = core.compile_model(model, "CPU", {"PERFORMANCE_HINT": "THROUGHPUT", **hints})
    requests = [compiled.create_infer_request() for _ in range(streams)]
    array = rng.standard_normal((TOKENS, width), np.float32)
    for request in requests:
        request.infer([array])

    def run(seconds: float) -> tuple[int, float]:
        begun = time.perf_counter()
        counts = [0] * len(requests)

        def work(place: int) -> None:
            while time.perf_counter() - begun < seconds:
                requests[place].infer([array], share_inputs=True)
                counts[place] += 1

        threads = [threading.Thread(target=work, args=(place,)) for place in range(len(requests))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) * TOKENS, time.perf_counter() - begun

    return run
