import pytest

from onevec.cli.doctor.configuration import gather, judge
from onevec.cli.doctor.findings import Asked, Level

RIGHT = """
[deployments.small]
model = "local:all-minilm-l6-v2"
[deployments.far]
model = "openai:text-embedding-3-small"
"""


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def found(environ, config=None):
        return list(judge(gather(Asked(environ, config))))

    return found


def test_none(found):
    (one,) = found({})
    assert (one.level, one.subject) == (Level.OK, "file")


@pytest.mark.parametrize("way", ["option", "variable", "folder"])
def test_the_file_is_found_and_its_deployments_are_listed(found, tmp_path, way):
    path = tmp_path / ("onevec.toml" if way == "folder" else "mine.toml")
    path.write_text(RIGHT)
    environ = {"OPENAI_API_KEY": "sk-very-secret"} | ({"ONEVEC_CONFIG": str(path)} if way == "variable" else {})
    file, small, far = found(environ, path if way == "option" else None)
    assert file.said == "right; it serves 2"
    assert (small.subject, small.said) == ("small", "local:all-minilm-l6-v2")
    assert "secret" not in f"{file}{far}"


def test_a_fault_is_told_with_its_line(found, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text(RIGHT)
    (one,) = found({}, path)
    assert one.level is Level.PROBLEM
    assert "c.toml:4: deployments.far.api_key: openai needs a key" in one.said
    assert one.remedy == f"onevec config check {path}"


def test_a_file_that_is_named_and_not_there(found, tmp_path):
    (one,) = found({"ONEVEC_CONFIG": "/no/such.toml"})
    assert (one.level, "/no/such.toml" in one.said) == (Level.PROBLEM, True)


def test_a_server_in_a_model_s_name_is_shown_without_its_query(found, tmp_path):
    path = tmp_path / "c.toml"
    path.write_text('[deployments.a]\nmodel = "http://127.0.0.1:1/v1?sig=secret:m"\n')
    assert "secret" not in str(found({}, path))
