import json
import re
from pathlib import Path

import msgspec
import pytest

from onevec.cli import main


@pytest.fixture
def run(capsys):
    def run(*args):
        with pytest.raises(SystemExit):
            main(list(args))
        return capsys.readouterr().out

    return run


def test_providers_as_json_names_keys_and_never_their_values(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    out = run("providers")
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["openai"]["env_key"] == ["OPENAI_API_KEY"]
    assert rows["local"]["embedding"] is True
    assert "sk-very-secret" not in out


def test_providers_as_a_table_shows_which_keys_are_set(run, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("COLUMNS", "200")
    out = run("providers", "--format", "table")
    assert "OPENAI_API_KEY ✓" in out
    assert "https://api.openai.com/v1" in out
    assert "sk-very-secret" not in out


def test_the_page_of_providers_is_current(run):
    page = Path(__file__).parents[2] / "docs" / "providers.md"
    current = run("providers", "--format", "markdown")
    assert page.read_text(encoding="utf-8") == current, "run: onevec providers --format markdown > docs/providers.md"
    rows = re.findall(r"^\| \[([^\]]+)\]\(https://", current, re.MULTILINE)
    providers = [name for name in rows if ":" not in name]
    assert len(providers) == len(set(providers)) >= 40
    assert "openai:text-embedding-3-small" in rows


def test_models_lists_the_bundled_one(run):
    rows = {row["name"]: row for row in json.loads(run("models"))}
    assert rows["all-minilm-l6-v2"]["dimensions"] == 384
    assert "all-minilm-l6-v2" in run("models", "--format", "table")


def test_models_tell_what_they_embed(run):
    rows = {row["name"]: row["modalities"] for row in json.loads(run("models"))}
    assert (rows["all-minilm-l6-v2"], rows["gist"]) == (["text"], ["image"])
    assert {tuple(kinds) for name, kinds in rows.items() if "lip" in name.lower()} == {("text", "image")}
    assert "texts, images" in run("models", "--format", "table")


def test_the_page_of_models_is_current(run):
    page = Path(__file__).parents[2] / "docs" / "models.md"
    current = run("models", "--format", "markdown")
    assert page.read_text(encoding="utf-8") == current, "run: onevec models --format markdown > docs/models.md"
    assert "https://huggingface.co/BAAI/bge-small-en-v1.5/tree/5c38ec7c405ec4b44b94cc5a9bb96e735b38267a" in current
    assert "`search_query: `" in current


def test_calibration_prints_a_scale_that_can_be_passed_on(run, tmp_path):
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(f"sentence {i} about planets" for i in range(50)))
    out = run("models", "calibrate", "local:all-minilm-l6-v2", "-f", str(path))
    name, _, scale = out.strip().partition("=")
    assert name == "int8_scale"
    assert 0.15 < float(scale) < 0.25
    body = json.loads(run("embed", "a", "--encoding-format", "int8", "--client-arg", out.strip()))
    assert all(-127 <= code <= 127 for code in body["data"][0]["embedding"])


def test_the_page_of_settings_is_current(run):
    page = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"
    current = run("config", "settings")
    assert page.read_text(encoding="utf-8") == current, "run: onevec config settings > docs/reference/configuration.md"


def test_the_page_of_settings_says_something_of_each():
    from onevec.cli.config_page import SECTIONS, page
    from onevec.gateway.settings import config

    made = page()
    assert "|  |\n" not in made
    structs = {one for one in vars(config).values() if isinstance(one, type) and issubclass(one, msgspec.Struct)}
    assert structs == set(SECTIONS.values())
    for kind in structs:
        assert all(f"| `{name}` |" in made for name in kind.__struct_fields__)
    assert set(re.findall(r"\(#([\w-]+)\)", made)) <= {
        re.sub(r"[^\w-]", "", head.lower()) for head in re.findall(r"^## (.*)$", made, re.MULTILINE)
    }
