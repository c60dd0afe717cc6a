from dataclasses import replace

import pytest

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.processor import Processor, features, gather, judge
from onevec.engine.threads import thread_plan

FACTS = Processor("A processor", ("AMX", "AVX2"), "bf16", 8, 8, (), (8, 4))


def said(facts):
    return {one.subject: one for one in judge(facts)}


@pytest.mark.parametrize(
    ("has", "precision", "words"),
    [
        (("AMX", "AVX512-BF16", "AVX-512"), "bf16", "bf16 through AMX"),
        (("AVX512-BF16", "AVX-512"), "bf16", "bf16 through AVX512-BF16"),
        (None, "bf16", "bf16"),
        (("AVX2",), "f32", "f32 through AVX2: the processor has no bf16 of its own"),
        (None, "f32", "f32: the processor has no bf16 of its own"),
    ],
)
def test_the_precision_and_what_it_goes_through(has, precision, words):
    assert said(replace(FACTS, features=has, precision=precision))["precision"].said == words


def test_threads_say_what_holds_them_back():
    whole = said(FACTS)["threads"]
    assert (whole.level, whole.said) == (
        Level.OK, "8 (8 present, 8 allowed to this process); a model has 4 streams of 2",
    )  # fmt: skip
    held = said(replace(FACTS, quotas=(3, 2), plan=(2, 2)))["threads"]
    assert held.level is Level.NOTE
    assert held.said.startswith("2 (8 present, 8 allowed to this process, time for 2 by its control group)")
    assert said(replace(FACTS, plan=(1, 1)))["threads"].said.endswith("1 stream of 1")


def test_a_processor_without_avx2_is_a_problem():
    assert said(replace(FACTS, features=(), precision="f32"))["instructions"].level is Level.PROBLEM
    assert "instructions" not in said(replace(FACTS, features=None))


def test_instruction_sets_of_linux(tmp_path):
    file = tmp_path / "cpuinfo"
    assert features(file) is None
    file.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512f amx_bf16\n")
    assert features(file) == ("AMX", "AVX-512", "AVX2")
    file.write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert features(file) is None


def test_this_machine():
    facts = gather(Asked({}))
    assert facts.plan == (thread_plan(None).threads, thread_plan(None).streams)
    assert 1 <= facts.plan[0] <= facts.allowed <= facts.present
    assert facts.precision in ("f32", "bf16")
