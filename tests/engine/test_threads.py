"""How many threads compute, by what the container may use."""

import pytest

from onevec.engine.threads import CGROUPS, OWN, quotas, thread_plan


@pytest.mark.parametrize(
    ("limit", "processors"),
    [("150000 100000\n", [2]), ("50000 100000\n", [1]), ("400000 100000", [4]), ("max 100000\n", [])],
)
def test_version_2(limit, processors, tmp_path):
    (tmp_path / "own").write_text("0::/\n")
    (tmp_path / "cpu.max").write_text(limit)

    assert quotas(tmp_path, tmp_path / "own") == processors


def test_a_group_s_parents_limit_it_too(tmp_path):
    (tmp_path / "own").write_text("0::/slice/service\n")
    (tmp_path / "slice" / "service").mkdir(parents=True)
    (tmp_path / "slice" / "service" / "cpu.max").write_text("max 100000")
    (tmp_path / "slice" / "cpu.max").write_text("300000 100000")

    assert quotas(tmp_path, tmp_path / "own") == [3]


@pytest.mark.parametrize(("quota", "processors"), [("250000\n", [3]), ("-1\n", [])])
def test_version_1(quota, processors, tmp_path):
    (tmp_path / "own").write_text("4:memory:/a\n3:cpu,cpuacct:/box\n2:cpuset:/b\n")
    (tmp_path / "cpu" / "box").mkdir(parents=True)
    (tmp_path / "cpu" / "box" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "box" / "cpu.cfs_period_us").write_text("100000\n")

    assert quotas(tmp_path, tmp_path / "own") == processors


def test_without_control_groups_there_is_no_quota(tmp_path):
    assert quotas(tmp_path, tmp_path / "own") == []


def test_this_machine_has_a_plan():
    plan = thread_plan(None)

    assert plan.threads >= plan.streams >= 1
    assert all(plan.threads <= quota for quota in quotas(CGROUPS, OWN))
