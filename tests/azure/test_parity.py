"""What azure.ai.inference does and what we do, side by side: the same, or a documented improvement."""

import re
from pathlib import Path

import pytest

from .improvements import ADDITIONS, IMPROVEMENTS
from .parity import ORIGINAL, OURS, differences, outcome
from .scenarios import SCENARIOS


def _unexplained(found, allowed):
    return {at: pair for at, pair in found.items() if not any(at == a or at.startswith(f"{a}.") for a in allowed)}


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_same_or_better(scenario, is_async, recorder, witness):
    witness(ORIGINAL)
    original = outcome(scenario, ORIGINAL, is_async, recorder)
    ours = outcome(scenario, OURS, is_async, recorder)
    found = differences(original, ours)
    assert _unexplained(found, scenario.differs) == {}
    for place in scenario.differs:
        assert _unexplained(found, {place}) != found, f"{place} is the same: nothing is improved there"


def test_every_difference_is_documented_and_every_improvement_shown():
    assert {scenario.improves for scenario in SCENARIOS if scenario.differs} == set(IMPROVEMENTS)
    assert all(bool(scenario.improves) == bool(scenario.differs) for scenario in SCENARIOS)
    page = (Path(__file__).parents[2] / "docs" / "azure.md").read_text()
    assert set(re.findall("^## (.+)$", page, re.MULTILINE)) == {*IMPROVEMENTS.values(), *ADDITIONS}


def test_scenarios_are_many_and_each_is_itself():
    assert len({scenario.name for scenario in SCENARIOS}) == len(SCENARIOS) >= 60
