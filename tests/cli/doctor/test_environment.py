import pytest

from onevec.cli.doctor.environment import SHOWN, VARIABLES, bare_url, gather, judge
from onevec.cli.doctor.findings import Asked, Level


def found(**environ):
    return {one.subject: one for one in judge(gather(Asked(environ)))}


def test_none():
    assert list(found(PATH="/bin", OPENAI_API_KEY="k")) == ["none"]


@pytest.mark.parametrize("row", VARIABLES, ids=lambda row: row.name)
def test_every_variable_is_told_with_what_it_does(row, tmp_path):
    value = str(tmp_path) if row.shown == "path" else "http://me:secret@h"
    one = found(**{row.name: value})[row.name]
    assert one.level is Level.OK
    assert row.does in one.said
    assert row.shown == "value" or "secret" not in one.said


@pytest.mark.parametrize("path", ["/no/such", "a" * 300])
def test_a_path_that_is_not_there_is_a_problem(path):
    one = found(SSL_CERT_FILE=path)["SSL_CERT_FILE"]
    assert (one.level, one.remedy) == (Level.PROBLEM, "correct it, or unset SSL_CERT_FILE")


def test_proxies_may_be_in_small_letters():
    assert found(https_proxy="http://p:1")["https_proxy"].said == "http://p:1 (proxy for https)"


def test_a_misspelt_variable_is_a_note_and_its_value_stays_hidden():
    one = found(ONEVEC_CONFG="secret")["ONEVEC_CONFG"]
    assert (one.level, one.remedy) == (Level.NOTE, "did you mean ONEVEC_CONFIG?")
    assert "secret" not in str(one)
    assert "env:" in found(ONEVEC_REDIS_URL="redis://secret")["ONEVEC_REDIS_URL"].remedy


@pytest.mark.parametrize(
    "url",
    [
        "http://me:secret@proxy:3128",
        "http://secret@proxy",
        "me:secret@proxy:3128",
        "http://me:p@secret@proxy",
        "http://proxy/?key=secret",
        "http://proxy/#secret",
        "socks5h://me:secret@proxy:1080",
    ],
)
def test_nothing_secret_of_a_url_is_shown(url):
    assert "secret" not in bare_url(url)
    assert "proxy" in bare_url(url)


def test_every_way_of_showing_is_there():
    assert {row.shown for row in VARIABLES} <= set(SHOWN)
