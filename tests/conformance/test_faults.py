"""Each planted fault is found by the checks that are meant to find it, and by no other."""

import pytest

from onevec.conformance import CONTRACTS, check

from .broken import NONE
from .faults import FAULTS


def failed(planted, fault, **options):
    planted.broken.fault = fault
    report = check(planted.url, key=planted.key, timeout=options.pop("timeout", 10), **options)
    return {one.check.name: [str(finding) for finding in one.findings] for one in report.failed}


def test_without_a_fault_nothing_is_found(planted):
    assert failed(planted, NONE) == {}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_where_it_is(planted, fault):
    found = failed(planted, fault, timeout=1)
    assert set(found) == fault.found_by, found


def test_every_check_has_a_fault_that_it_finds():
    found = set().union(*(fault.found_by for fault in FAULTS))
    assert {row.name for row in CONTRACTS["azure"].checks} - found == set()
