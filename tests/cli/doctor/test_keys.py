import pytest

from onevec.cli.doctor.findings import Asked, Level
from onevec.cli.doctor.keys import gather, judge
from onevec.providers import PROVIDERS

SECRET = "QqZz7secretXx9"
AWS = {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET}


def found(environ):
    return {one.subject: one for one in judge(gather(Asked(environ)))}


def test_none():
    assert found({})["none"].level is Level.OK
    assert "none" in found({"OPENAI_API_KEY": "  "})


WITH_KEYS = [row for row in PROVIDERS.values() if row.embedding and row.env_key]


@pytest.mark.parametrize("row", WITH_KEYS, ids=lambda row: row.name)
def test_every_provider_s_key_is_found_by_its_variable_and_nothing_of_it_is_shown(row):
    for variable in row.env_key:
        told = found({variable: SECRET})
        one = told[row.name]
        assert one.level is not Level.PROBLEM
        assert f"{variable} is set" in one.said
        assert not any(SECRET[:length] in str(list(told.values())) for length in (4, len(SECRET)))


def test_amazon_s_keys_need_both_halves_and_a_region():
    assert "bedrock" not in found({"AWS_ACCESS_KEY_ID": SECRET})
    one = found(AWS)["bedrock"]
    assert one.level is Level.NOTE
    assert "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set" in one.said
    assert found({**AWS, "AWS_REGION": "eu-west-1"})["bedrock"].level is Level.OK


def test_a_key_that_cannot_be_sent_is_a_problem():
    one = found({"VOYAGE_API_KEY": f"{SECRET}é"})["voyage"]
    assert one.level is Level.PROBLEM
    assert one.remedy == "set VOYAGE_API_KEY again, in one line"
    assert SECRET not in str(one)


def test_a_missing_address_is_a_note():
    one = found({"AZURE_OPENAI_API_KEY": SECRET})["azureopenai"]
    assert (one.level, "AZURE_OPENAI_ENDPOINT" in one.said) == (Level.NOTE, True)
