import json
import stat
import subprocess
import sys

import pytest

from onevec.cli import main
from onevec.gateway import Budget, KeysFile, Policy


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*args):
        with pytest.raises(SystemExit) as caught:
            main(["keys", *args])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_a_key_is_shown_once_and_lets_its_owner_in(run, tmp_path):
    code, out, err = run("add", "alice")
    key = out.strip()
    path = tmp_path / "onevec-keys.json"
    assert code == 0
    assert "only time" in err
    assert key not in err
    assert KeysFile(path).read().owner(key) == "alice"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_that_cannot_be_shown_is_not_kept(tmp_path):
    line = f"{sys.executable} -m onevec keys add alice -f {tmp_path / 'k.json'} > /dev/full"
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=False).returncode == 1
    assert [*tmp_path.iterdir()] == []


def test_keys_are_listed_without_what_is_secret(run):
    _, key, _ = run("add", "alice", "-f", "k.json")
    code, out, _ = run("list", "-f", "k.json")
    (row,) = json.loads(out)
    assert code == 0
    assert (row["name"], row["id"][:15]) == ("alice", key[:15])
    assert key.strip().rpartition("_")[2] not in out
    code, out, _ = run("list", "-f", "k.json", "--format", "table")
    assert out.split()[:5] == ["name", "id", "created", "may", "alice"]
    assert out.split()[-1] == "everything"


def test_a_revoked_key_is_gone(run, tmp_path):
    _, key, _ = run("add", "alice")
    run("add", "bob")
    code, out, err = run("revoke", "alice")
    assert (code, out) == (0, "")
    assert "revoked" in err
    ring = KeysFile(tmp_path / "onevec-keys.json").read()
    assert ring.owner(key.strip()) is None
    assert [entry.name for entry in ring.entries] == ["bob"]


EVERYTHING = (
    *("--deployment", "small", "--deployment", "large", "--requests-per-minute", "60", "--tokens-per-minute", "100000"),
    *("--budget", "2M tokens/day", "--budget", "10 USD/month", "--expires", "2027-01-01"),
)


def test_a_policy_is_said_and_changed_and_the_key_stays(run, tmp_path):
    _, key, _ = run("add", "alice", *EVERYTHING)
    _, out, _ = run("list")
    (row,) = json.loads(out)
    said = {
        "deployments": ["small", "large"],
        "requests_per_minute": 60,
        "tokens_per_minute": 100000,
        "budgets": ["2M tokens/day", "10 USD/month"],
        "expires": "2027-01-01T00:00:00Z",
    }
    assert {name: row[name] for name in said} == said
    code, out, err = run("change", "alice", "--budget", "3 USD/day", "--clear", "expires", "--clear", "deployments")
    assert (code, out) == (0, "")
    assert "changed" in err
    entry = KeysFile(tmp_path / "onevec-keys.json").read().find(key.strip())
    assert entry.policy == Policy((), 60, 100_000, (Budget.parse("3 USD/day"),))
    _, out, _ = run("list", "--format", "table")
    assert " ".join(out.split()).endswith("60 requests/minute · 100000 tokens/minute · 3 USD/day")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("add", "bob", "--budget", "much"), "'much' is no budget"),
        (("add", "bob", "--budget", "1 USD/day", "--budget", "2 USD/day"), "2 USD/day are of one kind"),
        (("add", "bob", "--expires", "soon"), "neither a date nor a time"),
        (("add", "bob", "--requests-per-minute", "0"), "0 is not in the range"),
        (("change", "alice"), "say what to change"),
        (("change", "bob", "--clear", "budgets"), "there is no key 'bob'; there are: alice"),
        (("change", "alice", "--clear", "hash"), "'hash' is not one of"),
        (("add", "a b"), "no name for a key"),
        (("add", "alice"), "there is a key alice already"),
        (("add", "bob", "-f", "no/such/k.json"), "cannot be written"),
        (("revoke", "bob"), "there is no key 'bob'; there are: alice"),
        (("list", "-f", "none.json"), "onevec keys add NAME -f none.json"),
        (("add",), "Missing argument"),
    ],
)
def test_mistakes_are_one_line_and_exit_code_2(run, args, message):
    run("add", "alice")
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_damaged_file_is_not_written_over(run, tmp_path):
    path = tmp_path / "onevec-keys.json"
    path.write_text("{")
    path.chmod(0o600)
    code, _, err = run("add", "alice")
    assert code == 2
    assert "damaged" in err
    assert path.read_text() == "{"
