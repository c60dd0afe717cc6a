"""A name's folder, in the order bundled, on this machine, hub."""

import pytest

from onevec.engine import LocalOptions
from onevec.engine.sources import BUNDLED, find
from onevec.errors import ConfigurationError, ModelNotFoundError

OPTIONS = LocalOptions()


@pytest.mark.parametrize("name", ["all-minilm-l6-v2", "all-MiniLM-L6-v2", "ALL-MINILM-L6-V2", "minilm"])
def test_the_bundled_model_by_any_case(name):
    assert find(name, OPTIONS).path == BUNDLED


def test_a_folder_absolute_relative_and_at_home(tmp_path, monkeypatch):
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    for name in (str(folder), "models/mine", "./models/mine", "~/models/mine", "models/mine/"):
        assert find(name, OPTIONS).path.resolve() == folder.resolve()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("all-minilm-l6", "did you mean local:all-minilm-l6-v2"),
        ("nothing-like-it-at-all", "neither bundled"),
        ("/no/such/folder", "nor a folder"),
        ("./no/folder", "nor a folder"),
        ("a/b/c", "nor a folder"),
        ("org/../name", "nor a folder"),
    ],
)
def test_what_is_nowhere_is_told_with_what_there_is(name, words):
    with pytest.raises(ModelNotFoundError, match=words):
        find(name, OPTIONS)


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "model.safetensors"
    file.touch()

    with pytest.raises(ModelNotFoundError, match="is a file"):
        find(str(file), OPTIONS)


def test_a_revision_is_for_the_hub(tmp_path):
    for name in ("minilm", str(tmp_path)):
        with pytest.raises(ConfigurationError, match="revision"):
            find(name, LocalOptions(revision="main"))
