"""`check` and `acheck` over HTTP: servers that misbehave altogether, and what of a server is checked."""

import asyncio
from dataclasses import replace

import pytest

from onevec.conformance import CONTRACTS, Status, acheck, check, chosen
from onevec.conformance.contracts import contract_of
from onevec.errors import ConfigurationError, GatewayTimeoutError, ProviderConnectionError
from onevec.testing import FakeProvider

from .broken import Answered, Fault
from .planting import ERROR, PAGE, everything, fails, instead


def plant(planted, reply):
    planted.broken.fault = Fault("planted", set(), reply)


@pytest.mark.parametrize(
    "reply",
    [fails(everything), instead(everything, PAGE, kind="text/html"), instead(everything, b""),
     instead(everything, b"[]"), instead(everything, ERROR, 404), instead(everything, PAGE, 503, kind="text/html")],
    ids=["500", "a page", "nothing", "a list", "404", "503"],
)  # fmt: skip
def test_a_server_that_is_none_of_the_kind_has_findings_and_no_traceback(planted, reply):
    plant(planted, reply)
    report = check(planted.url, key=planted.key)
    assert not report.holds()
    assert len(report.outcomes) == len(CONTRACTS["azure"].checks)
    assert report["answer.status"].findings or report["answer.json"].findings
    assert report.requests == len(planted.broken.seen)
    assert str(report["answer.status"]) in str(report) or str(report["answer.json"]) in str(report)
    assert str(report).splitlines()[-1].startswith(f"{planted.url} and azure's contract: ")


def test_a_server_that_hangs_is_an_error_in_time(planted):
    plant(planted, instead(everything, b"", late=True))
    with pytest.raises(GatewayTimeoutError, match="in time"):
        check(planted.url, timeout=1)
    assert len(planted.broken.seen) == 1


def test_a_request_takes_no_longer_than_all_may(planted):
    plant(planted, instead(everything, b"", late=True))
    with pytest.raises(GatewayTimeoutError, match="in time"):
        check(planted.url, timeout=600, deadline=1)


def test_and_one_that_breaks_off(planted):
    plant(planted, instead(everything, b"{", cut=True))
    with pytest.raises(ProviderConnectionError, match=r"cut off|broke off"):
        check(planted.url)


def test_a_redirect_is_not_followed(planted):
    plant(planted, lambda asked, answered: Answered(307, {"location": planted.url + "/elsewhere"}, b""))
    report = check(planted.url, only=["answer"])
    assert [finding.found for finding in report["answer.status"].findings] == ["307"]
    assert [asked.path for asked in planted.broken.seen] == ["/embeddings"]


async def test_async_is_the_same_and_leaves_the_loop_free(planted):
    found, _ = await asyncio.gather(acheck(planted.url, key=planted.key), asyncio.sleep(0))
    assert replace(found, seconds=0) == replace(check(planted.url, key=planted.key), seconds=0)


def test_a_transport_of_ones_own_needs_no_server():
    report = check("http://nobody.example/v1", dialect="openai", model="any", transport=FakeProvider(), only=["answer"])
    assert {one.check.name for one in report.failed} == set()
    assert report.requests == 1


async def test_and_so_does_the_async_one():
    options = {"dialect": "openai", "model": "any", "only": ["usage"]}
    report = await acheck("http://nobody.example/v1", transport=FakeProvider(), **options)
    assert [one.status for one in report] == [Status.PASSED] * 4


@pytest.mark.parametrize(
    ("only", "skip", "names"),
    [
        (["usage"], [], ["usage.fields", "usage.positive", "usage.total", "usage.sum"]),
        (["usage.sum", "answer.json"], [], ["answer.json", "usage.sum"]),
        (["encoding.int8"], [], ["encoding.int8.form", "encoding.int8.values", "encoding.int8.scale"]),
        (["encoding.*.form"], ["encoding.u*"], ["encoding.base64.form", "encoding.int8.form", "encoding.binary.form"]),
    ],
)
def test_checks_are_chosen_by_name_group_or_pattern(only, skip, names):
    assert [row.name for row in chosen(contract_of("azure"), only, skip)] == names


def test_what_cannot_be_checked_is_refused_before_anything_is_sent(planted):
    for options, said in [
        ({"dialect": "cohere"}, "no contract is called 'cohere': there are azure, openai"),
        ({"dialect": "openai"}, "names a model"),
        ({"only": ["nonsense"]}, "no check is called 'nonsense'"),
        ({"skip": ["usage.x"]}, "no check is called 'usage.x'"),
        ({"only": ["usage"], "skip": ["usage"]}, "no check is left"),
        ({"timeout": 0}, "timeout must be above 0"),
        ({"deadline": -1}, "deadline must be above 0"),
        ({"key": "two\nlines"}, "key"),
        ({"only": ["key"]}, "the chosen checks are all of keys: give one"),
        ({"key": "schlüssel"}, "key"),
    ]:
        with pytest.raises(ConfigurationError, match=said) as caught:
            check(planted.url, **options)
        assert "lines" not in str(caught.value)
    assert planted.broken.seen == []
