"""What computes: processors that this process may use, the precision, and how models are spread over them."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem

FEATURES = (("amx_bf16", "AMX"), ("avx512_bf16", "AVX512-BF16"), ("avx512f", "AVX-512"), ("avx2", "AVX2"))
"""What Linux calls an instruction set, and what others do; the best first."""

BF16 = ("AMX", "AVX512-BF16")


@dataclass(frozen=True, slots=True)
class Processor:
    """Facts of the processor.

    Attributes:
        name: As it calls itself.
        features: Those of :data:`FEATURES` that it has; None where the system does not tell.
        precision: What ``auto`` comes to.
        present: Processors of the machine.
        allowed: Those that this process may run on.
        quotas: Processors' worth of time that control groups allow.
        plan: Threads and streams of a model.
    """

    name: str
    features: tuple[str, ...] | None
    precision: str
    present: int
    allowed: int
    quotas: tuple[int, ...]
    plan: tuple[int, int]


def gather(_asked: Asked) -> Processor:
    """Ask the system and OpenVINO."""
    from onevec.cli.bench.machine import processor
    from onevec.engine.runtime import resolve_precision
    from onevec.engine.threads import CGROUPS, OWN, quotas, thread_plan

    present = os.cpu_count() or 1
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    plan = thread_plan(None)
    return Processor(
        processor(),
        features(Path("/proc/cpuinfo")),
        resolve_precision("auto"),
        present,
        len(affinity(0)) if affinity else present,
        tuple(quotas(CGROUPS, OWN)),
        (plan.threads, plan.streams),
    )


def features(cpuinfo: Path) -> tuple[str, ...] | None:
    """The instruction sets that Linux lists."""
    if not cpuinfo.is_file():
        return None
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    flags = next((line.partition(":")[2].split() for line in lines if line.startswith("flags")), None)
    return None if flags is None else tuple(name for flag, name in FEATURES if flag in flags)


def judge(facts: Processor) -> Iterable[Finding]:
    """Its name, the precision and through what, and how many threads compute."""
    yield ok("processor", facts.name)
    yield ok("precision", _precision(facts))
    threads, streams = facts.plan
    side = f"{streams} {'stream' if streams == 1 else 'streams'} of {threads // streams}"
    limits = [f"{facts.present} present", f"{facts.allowed} allowed to this process"]
    limits += [f"time for {min(facts.quotas)} by its control group"] if facts.quotas else []
    said = f"{threads} ({', '.join(limits)}); a model has {side}"
    if threads < facts.present:
        yield note("threads", said, None)
    else:
        yield ok("threads", said)
    if facts.features is not None and not facts.features:
        yield problem("instructions", "this processor has not even AVX2: local models will be very slow")


def _precision(facts: Processor) -> str:
    known = facts.features or ()
    if facts.precision == "bf16":
        through = next((name for name in known if name in BF16), None)
        return f"bf16{f' through {through}' if through else ''}"
    through = next((name for name in known if name not in BF16), None)
    return f"f32{f' through {through}' if through else ''}: the processor has no bf16 of its own"
