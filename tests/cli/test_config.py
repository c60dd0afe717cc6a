import pytest

from onevec.cli import main

RIGHT = (
    '[deployments.small]\nmodel = "local:all-minilm-l6-v2"\n[deployments.far]\nmodel = "openai:x"\napi_key = "env:K"\n'
)


@pytest.fixture
def check(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("K", raising=False)

    def check(text, *args):
        (tmp_path / "c.toml").write_text(text)
        with pytest.raises(SystemExit) as caught:
            main(["config", "check", "c.toml", *args])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return check


@pytest.mark.parametrize("args", [(), ("--load",)])
def test_a_configuration_that_is_right(check, monkeypatch, args):
    monkeypatch.setenv("K", "sk-secret")
    assert check(RIGHT, *args) == (0, "c.toml is right: 2 deployments (small, far)\n", "")


@pytest.mark.parametrize(
    ("deployment", "near"),
    [
        ('model = "openai:text-embeding-3-small"', "openai:text-embedding-3-small"),
        ('model = "text-embeding-3-small"\nprovider = "openai"', "openai:text-embedding-3-small"),
        ('model = "local:bge-m3"', "local:BAAI/bge-m3"),
        ('model = "openai:text-embedding-3-small"', None),
        ('model = "openai:text-embeding-3-small"\napi_base = "http://h/v1"', None),
        ('model = "local:./mine"', None),
        ('model = "gemini:models/gemini-embedding-001"', None),
    ],
)
def test_a_model_that_is_perhaps_misspelt_is_told_and_no_fault(check, monkeypatch, deployment, near):
    for key in ("OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.setenv(key, "sk-secret")
    code, _, err = check(f"[deployments.m]\n{deployment}\n")
    assert (code, err.count("\n")) == (0, int(near is not None))
    assert near is None or (err.startswith("note: c.toml:2: deployments.m.model: ") and near in err)


@pytest.mark.parametrize(
    ("text", "args", "message"),
    [
        (
            RIGHT + "aliasses = []\n",
            (),
            "c.toml:6: deployments.far.aliasses: there is no such setting; did you mean aliases?",
        ),
        (RIGHT, (), "c.toml:5: deployments.far.api_key: the environment variable K is not set"),
        ('[auth]\nkeys = "k.json"\n' + RIGHT, (), "c.toml:2: auth.keys: the keys file k.json cannot be read"),
        ("[deployments.m]\nmodel = 'local:./none'\n", ("--load",), "none"),
        ("x = \n", (), "c.toml is no TOML"),
    ],
)
def test_a_fault_is_one_line_with_its_place(check, text, args, message):
    code, out, err = check(text, *args)
    assert code in (1, 2)
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_file_that_is_not_there(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["config", "check", "/no/such.toml"])
    assert caught.value.code == 2
    assert "cannot be read" in capsys.readouterr().err
