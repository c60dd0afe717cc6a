import base64
import json

import numpy as np

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.model import NEAR, REFERENCE, TEXT, Proof, gather, judge


def test_the_reference_is_the_golden_one(golden):
    figures = json.loads((golden / "minilm.json").read_bytes())
    expected = np.array(figures["vectors"][figures["texts"].index(TEXT)], "<f2")
    assert np.array_equal(np.frombuffer(base64.b64decode(REFERENCE), "<f2"), expected)


def test_the_bundled_model_embeds_as_the_reference():
    proof = gather(Asked({}))
    assert proof.cosine >= NEAR
    assert proof.space.startswith("all-minilm-l6-v2@")
    assert [one.level for one in judge(proof)] == [Level.OK, Level.OK]


def test_another_vector_is_a_problem():
    (found,) = judge(Proof(0.5, "s", 1.0, 0.1))
    assert found.level is Level.PROBLEM
    assert "0.50000" in found.said
    assert found.remedy
