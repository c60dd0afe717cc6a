import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.installed import GIVES, Installed, gather, judge

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
DEVELOPERS = {"docs", "lint", "rivals", "test", "witness"}
BASE = ["numpy>=1.26", "uvloop>=0.21; sys_platform == 'nowhere'"]
EXTRAS = ["pyarrow>=18; extra == 'bulk'", "onevec[bulk]; extra == 'sql'", "sqlalchemy>=2; extra == 'sql'"]


def judged(versions, requirements=(*BASE, *EXTRAS)):
    facts = Installed("3.12.1", requirements, versions)
    return {one.subject: one for one in judge(facts)}


def test_every_extra_for_users_says_what_it_gives():
    assert set(GIVES) == set(PROJECT["optional-dependencies"]) - DEVELOPERS


def test_a_base_install_has_no_problem_and_says_how_to_add_what_is_missing():
    found = judged({"numpy": "2.0"})
    assert [one.level for one in found.values()] == [Level.OK, Level.OK, Level.NOTE, Level.NOTE]
    assert found["bulk"].remedy == "pip install 'onevec[bulk]'"
    assert "not installed" in found["bulk"].said


def test_an_extra_within_an_extra_counts():
    assert judged({"numpy": "2.0", "sqlalchemy": "2.0"})["sql"].level is Level.NOTE
    found = judged({"numpy": "2.0", "sqlalchemy": "2.0", "pyarrow": "19.0"})
    assert found["sql"].level is found["bulk"].level is Level.OK
    assert "pyarrow 19.0, sqlalchemy 2.0" in found["sql"].said


def test_a_package_that_is_too_old_is_a_problem():
    found = judged({"numpy": "1.20", "pyarrow": "3.0"})
    assert found["onevec"].level is found["bulk"].level is Level.PROBLEM
    assert "numpy 1.20 is installed and >=1.26 is needed" in found["onevec"].said


def test_a_package_of_the_base_that_is_missing_is_a_problem():
    assert "numpy is missing" in judged({})["onevec"].said


def test_run_from_a_folder():
    found = judged({}, None)
    assert [one.level for one in found.values()] == [Level.OK, Level.NOTE]


def test_what_is_installed_here_is_seen():
    facts = gather(Asked({}))
    assert facts.versions["numpy"] == metadata.version("numpy")
    assert facts.versions["click"] == metadata.version("click")


def test_of_a_package_that_is_there_twice_the_first_counts(tmp_path, monkeypatch):
    for name, text in (("numpy-1.0", "Name: numpy\nVersion: 1.0\n"), ("click-1.0", "Name: click\n"), ("left", "")):
        (tmp_path / f"{name}.dist-info").mkdir()
        (tmp_path / f"{name}.dist-info" / "METADATA").write_text(text)
    real = metadata.version("click")
    monkeypatch.syspath_prepend(tmp_path)
    facts = gather(Asked({}))
    assert (facts.versions["numpy"], facts.versions["click"]) == ("1.0", real)


@pytest.mark.parametrize("extra", GIVES)
def test_the_project_s_own_requirements_are_understood(extra):
    wanted = [*PROJECT["dependencies"]]
    for name, packages in PROJECT["optional-dependencies"].items():
        wanted += [f"{one} {'and' if ';' in one else ';'} extra == '{name}'" for one in packages]
    everything = {canonicalize_name(Requirement(text.partition(";")[0]).name): "9999" for text in wanted}
    assert judged(everything, wanted)[extra].level is Level.OK
    assert judged({}, wanted)[extra].level is Level.NOTE
