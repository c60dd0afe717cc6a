import csv
import io
import json
from datetime import UTC, date, datetime

import pytest

from onevec.cli import main
from onevec.cli.usage import FORMS
from onevec.gateway import parse
from onevec.gateway.accounts.bookkeeping import store
from onevec.gateway.accounts.ledger import Outcome, Sums, TallyKey
from onevec.gateway.accounts.ledger.store import Batch

TOML = '[ledger]\nurl = "sqlite:///usage.db"\n[deployments.small]\nmodel = "local:mini"\n'


def key(day, caller="alice", deployment="small"):
    return TallyKey(date(2026, 11, day), "key", caller, deployment, "mini", Outcome.ANSWERED)


@pytest.fixture
def run(witness, capsys, tmp_path, monkeypatch):
    witness("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "onevec.toml").write_text(TOML)
    ledger = store(parse(TOML, str(tmp_path / "onevec.toml")))
    ledger.prepare()
    now = datetime.now(UTC)
    lines = {
        key(1): Sums(2, 3, 1000, 10, 5, 1_500_000_000),
        key(2): Sums(1, 1, 500, 0, 0, 250_000_000),
        key(3, "bob", "large"): Sums(1, 1, 7, 0, 0, 1),
    }
    ledger.write(Batch("b" * 32, "r1", now, now, lines))
    ledger.close()

    def run(*args):
        with pytest.raises(SystemExit) as caught:
            main(["usage", *args])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_sums_by_caller_and_deployment(run):
    code, out, _ = run("--config", "onevec.toml")
    assert code == 0
    assert json.loads(out)[0] == {
        "caller": "alice",
        "deployment": "small",
        "requests": 3,
        "inputs": 4,
        "tokens": 1500,
        "estimated_tokens": 10,
        "cached_tokens": 5,
        "usd": 1.75,
    }
    assert [row["caller"] for row in json.loads(out)] == ["alice", "bob"]


def test_days_and_columns_are_chosen(run):
    _, out, _ = run(
        "--url", "sqlite:///usage.db", "--since", "2026-11-02", "--until", "2026-11-03", "--by", "day, model"
    )
    assert [(row["day"], row["model"], row["tokens"]) for row in json.loads(out)] == [
        ("2026-11-02", "mini", 500),
        ("2026-11-03", "mini", 7),
    ]
    _, out, _ = run("--url", "sqlite:///usage.db", "--by", "")
    assert [row["requests"] for row in json.loads(out)] == [4]
    _, out, _ = run("--url", "sqlite:///usage.db", "--since", "2027-01-01")
    assert json.loads(out) == []


def test_csv_is_exact(run):
    _, out, _ = run("-c", "onevec.toml", "--by", "caller", "--format", "csv")
    rows = [*csv.DictReader(io.StringIO(out))]
    assert [row["usd"] for row in rows] == ["1.750000000", "0.000000001"]


def test_a_table_for_people(run):
    _, out, _ = run("-c", "onevec.toml", "--by", "caller", "--format", "table")
    assert out.split()[:7] == ["caller", "requests", "inputs", "tokens", "estimated", "cached", "usd"]
    assert "1,500" in out


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ((), 2, "give --config, or --url"),
        (("--config", "onevec.toml", "--url", "sqlite:///usage.db"), 2, "give --config, or --url"),
        (("--config", "onevec.toml", "--by", "secret"), 2, "'secret' is none of caller, deployment"),
        (("--config", "onevec.toml", "--since", "soon"), 2, "does not match"),
        (("--config", "none.toml"), 2, "cannot be read"),
        (("--config", "bare.toml"), 2, "add [ledger]"),
        (("--url", "mysql://u:sk-secret@h/d"), 2, "cannot be kept in mysql"),
        (("--url", "env:NOT_SET_AT_ALL"), 2, "NOT_SET_AT_ALL is not set"),
        (("--url", "sqlite:///other.db"), 2, "there is no ledger other.db yet"),
        (("--url", "sqlite:///empty.db"), 1, "does not answer"),
    ],
)
def test_mistakes_are_one_line(run, tmp_path, args, code, message):
    (tmp_path / "bare.toml").write_text(TOML[TOML.index("[deployments") :])
    (tmp_path / "empty.db").touch()
    found, out, err = run(*args)
    assert (found, out) == (code, "")
    assert message in err
    assert "sk-secret" not in err
    assert err.count("\n") == 1
    assert not (tmp_path / "other.db").exists()


def test_a_name_in_brackets_is_shown_whole(capsys):
    FORMS["table"]([{"caller": "[red]bob[/x]", "requests": 1}], ("caller", "requests"))
    assert "[red]bob[/x]" in capsys.readouterr().out
