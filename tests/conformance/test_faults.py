"""Each planted fault is found by the checks that are meant to find it, and by no other."""

import pytest

from onevec.conformance import CONTRACTS, check

from .broken import NONE
from .faults_of_answers import ANSWERS
from .faults_of_openai import OPENAI
from .faults_of_refusals import REFUSALS
from .faults_of_requests import REQUESTS

pytestmark = pytest.mark.thorough

AZURE = (*ANSWERS, *REQUESTS, *REFUSALS)
DIALECTS = {"azure": ("", {}), "openai": ("/v1", {"model": "fake"})}


def found(planted, dialect, fault):
    path, options = DIALECTS[dialect]
    planted.broken.fault = fault
    report = check(planted.url + path, dialect=dialect, key=planted.key, timeout=fault.timeout, **options)
    return {one.check.name: [str(finding) for finding in one.findings] for one in report.failed}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_without_a_fault_nothing_is_found(planted, dialect):
    assert found(planted, dialect, NONE) == {}


@pytest.mark.parametrize("fault", AZURE, ids=lambda fault: fault.name)
def test_a_fault_is_found_where_it_is(planted, fault):
    names = found(planted, "azure", fault)
    assert set(names) == fault.found_by, names


@pytest.mark.parametrize("fault", OPENAI, ids=lambda fault: fault.name)
def test_and_so_is_one_in_openais_words(planted, fault):
    names = found(planted, "openai", fault)
    assert set(names) == fault.found_by, names


def test_every_check_has_a_fault_that_it_finds():
    """A row that is in both contracts is one check: it has its fault in Azure's words."""
    planted = {name for fault in (*AZURE, *OPENAI) for name in fault.found_by}
    for contract in CONTRACTS.values():
        assert {row.name for row in contract.checks} <= planted, contract.name
