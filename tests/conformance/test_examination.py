"""An examination is an exchange: `next` and `send`, a clock by hand, no socket."""

import pytest

from onevec.conformance import CONTRACTS, Status, chosen
from onevec.conformance.asks import PLAIN, embed, get
from onevec.conformance.examination import MOST_HELD, SILENT, examination, server
from onevec.errors import ConfigurationError, GatewayTimeoutError, ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest, Sleep

AZURE, OPENAI = CONTRACTS["azure"], CONTRACTS["openai"]


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def run(steps, answers):
    """What was sent, and the report; `answers` are replies or errors, the last one for all that come."""
    sent, answers = [], list(answers)
    step = next(steps)
    while True:
        sent.append(step)
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(step, Sleep):
            answers.insert(0, answer)
            answer = None
        try:
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
        except StopIteration as stop:
            return sent, stop.value


def examine(answers, only, clock=None, deadline=60.0, **who):
    examined = server("http://h/models?tenant=a", AZURE, **who)
    return run(examination(examined, chosen(AZURE, only), clock or Clock(), deadline), answers)


OK = HttpReply(200, {"content-type": "application/json"}, b'{"data": [{"index": 0, "embedding": [1.0]}]}')


def test_an_ask_is_sent_once_however_many_checks_share_it():
    sent, report = examine([OK], ["answer"])
    assert [request.url for request in sent] == ["http://h/models/embeddings?tenant=a&api-version=2024-05-01-preview"]
    assert (report.requests, len(report.outcomes), report.url) == (1, 8, "http://h/models")


def test_the_key_goes_as_the_contract_has_it():
    azure, openai = server("http://h", AZURE, key="k-1234"), server("http://h", OPENAI, model="m", key="k-1234")
    assert {"authorization": "Bearer k-1234", "api-key": "k-1234"}.items() <= azure.request(PLAIN).headers.items()
    assert openai.request(PLAIN).headers["authorization"] == "Bearer k-1234"
    assert "api-key" not in openai.request(PLAIN).headers
    assert "k-1234" not in repr(azure)
    assert "k-1234" not in repr(azure.request(PLAIN))


def test_a_request_is_what_the_vendors_client_sends():
    request = server("http://h/", OPENAI, model="org/m").request(get("/models/{model}"))
    assert request == HttpRequest("GET", "http://h/models/org%2Fm", {"accept": "application/json"})
    assert server("http://h", OPENAI, model="m").request(embed(input="a")).body == b'{"model": "m", "input": "a"}'


def test_the_version_in_a_url_is_sent_but_where_a_check_is_of_versions():
    examined = server("http://h/?t=a&api-version=2024-04-01-preview", AZURE)
    asked = {check.name: examined.request(check.asks[0]).url.partition("?")[2] for check in AZURE.checks}
    assert asked["answer.status"] == "t=a&api-version=2024-04-01-preview"
    assert asked["version.missing"] == "t=a"
    assert asked["version.malformed"] == "t=a&api-version=latest"


def test_a_server_that_is_not_there_is_an_error_and_no_report():
    with pytest.raises(ProviderConnectionError, match="refused"):
        examine([ProviderConnectionError("h could not be reached: refused")], [])


def test_after_some_silence_nothing_more_is_asked():
    sent, report = examine([OK, GatewayTimeoutError("h did not answer in time")], [])
    assert len(sent) == 1 + SILENT
    assert report["http.path"].reason == f"not asked: {SILENT} requests in a row were not answered"
    assert report["batch.large"].status is Status.UNKNOWN
    assert not report.holds()


def test_the_time_for_all_is_bounded():
    clock = Clock()
    steps = examination(server("http://h", AZURE), chosen(AZURE), clock, 60.0)
    next(steps)
    clock.now += 61
    with pytest.raises(StopIteration) as stop:
        steps.send(OK)
    report = stop.value.value
    assert (report.requests, report.seconds) == (1, 61)
    assert report["answer.status"].status is Status.PASSED
    assert report["batch.large"].reason == "not asked: the time for all checks is over"
    assert not report.holds()


def test_a_limit_is_waited_for_and_no_fault():
    limited = HttpReply(429, {"retry-after": "2"}, b"")
    sent, report = examine([limited, OK], ["answer.status"])
    assert [type(step).__name__ for step in sent] == ["HttpRequest", "Sleep", "HttpRequest"]
    assert sent[1] == Sleep(2.0)
    assert (report["answer.status"].status, report.requests) == (Status.PASSED, 2)


def test_but_not_for_ever():
    limited = HttpReply(429, {"retry-after": "2"}, b"")
    _, report = examine([limited], ["answer.status"])
    assert (report["answer.status"].status, report.requests) == (Status.FAILED, 4)
    _, report = examine([HttpReply(429, {"retry-after": "3600"}, b"")], ["answer.status"])
    assert (report["answer.status"].status, report.requests) == (Status.FAILED, 1)


def test_a_key_that_a_server_repeats_is_shown_to_nobody():
    echo = HttpReply(400, {}, b"x" * 160 + b" your key is key-7777777777777777777777777777")
    _, report = examine([echo], ["answer.status", "extra.ignore"], key="key-7777777777777777777777777777")
    told = str(report.as_dict()) + "".join(map(str, report))
    assert "your key is" in told
    assert "7777" not in told


def test_nor_is_one_that_a_server_escapes():
    _, report = examine(
        [HttpReply(400, {}, rb'{"error": "no key ab\u002Bcd\/ef=="}')], ["answer.status"], key="ab+cd/ef=="
    )
    assert report["answer.status"].findings[0].found == '400 {"error": "no key [redacted]"}'


def test_what_a_server_says_harms_no_terminal_and_no_json():
    body = rb'{"object": "\u001b[2J\ud800", "data": []}'
    _, report = examine([HttpReply(200, {}, body)], ["answer.fields"])
    assert report["answer.fields"].findings[0].found == r"\x1b[2J\ud800"
    _, report = examine([HttpReply(500, {}, b"\x1b]0;title\x07")], ["answer.status"])
    assert report["answer.status"].findings[0].found == r"500 \x1b]0;title\x07"


def test_replies_are_kept_up_to_a_limit():
    large = HttpReply(200, {}, bytes(MOST_HELD // 2 + 1))
    sent, report = examine([large], ["answer.status", "extra.error", "http.path"])
    assert len(sent) == 2
    assert report["http.path"].reason == f"not asked: the replies before have more than {MOST_HELD} bytes"


def test_many_findings_are_counted():
    body = b'{"data": [{"index": 7}, ' + b", ".join([b'{"index": 7}'] * 9) + b"]}"
    _, report = examine([HttpReply(200, {}, body)], ["answer.index"])
    found = report["answer.index"]
    assert (len(found.findings), found.further) == (5, 4)  # one of ten is right: that at 7
    assert str(found).endswith("and 4 more")


@pytest.mark.parametrize("url", ["", "h", "ftp://h", "http://", "http://a:b@h", "http://h:99999", "http://h/#x"])
def test_a_url_that_is_none(url):
    with pytest.raises(ConfigurationError, match="the URL") as caught:
        server(url, AZURE)
    assert "b@" not in str(caught.value)
