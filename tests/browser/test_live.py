"""The live panel in a real browser, against real servers."""

import json
import re
import subprocess
import sys
from contextlib import contextmanager

import pytest

from onevec.embedders import Embedders
from onevec.errors import UpstreamProviderError
from onevec.gateway import Config, Keyring, KeysFile, parse
from onevec.server.playground import POLICY
from onevec.testing import FakeEmbedder

from ..server.conftest import Failing, Fakes, running

POSITIVE = re.compile(r"^(?!0$)[\d.,]+$")
DURATION = re.compile(r"^[\d.]+ m?s$")

TIMEOUT = 30_000
"""Milliseconds in which the panel has to come to show something, on a machine that does much else."""

MODEL = "all-minilm-l6-v2"

HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>panel</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/playground/styles/tokens.css"><link rel="stylesheet" href="/playground/styles/live.css">
<main><h1>onevec</h1><h2>Live</h2><div id="live"></div></main></html>"""
"""A page with nothing but the panel, as strict as the playground."""

MOUNT = """async ([every, key]) => {
    const { mount } = await import("/playground/live/panel.js");
    const headers = key ? { authorization: `Bearer ${key}` } : {};
    window.calls = 0;
    const fetchMetrics = (signal) => { calls += 1; return fetch("/metrics", { headers, signal }); };
    window.stop = mount(document.getElementById("live"), { fetchMetrics, every });
}"""


@contextmanager
def panel(browser, url, *, every=0.2, key=None, **window):
    """The panel in a window of its own; a fault in its scripts fails the test, and so does what its policy forbids."""
    faults = []
    context = browser.new_context(base_url=url, **window)
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.route("**/panel-test.html", lambda route: route.fulfill(
        body=HTML, content_type="text/html", headers={"content-security-policy": POLICY}))  # fmt: skip
    page.goto("/panel-test.html")
    page.evaluate(MOUNT, [every, key])
    try:
        yield page
    finally:
        context.close()
    assert faults == []


def updates(page, number):
    """Wait until the panel has been told so many times."""
    for _ in range(number):
        with page.expect_response("**/metrics"):
            pass


def row(page, title):
    return page.locator(".live-row", has=page.get_by_role("heading", name=title, exact=True))


def figure(page, title, name):
    return row(page, title).locator(".live-figures div").filter(has_text=name).locator("dd")


def line(page, title, name):
    """The cells of a row of a table."""
    return row(page, title).get_by_role("row", name=name).get_by_role("cell")


@pytest.fixture(scope="module")
def expect(witness):
    module = witness("playwright.sync_api")
    module.expect.set_options(timeout=TIMEOUT)
    yield module.expect
    module.expect.set_options(timeout=5_000)


FAKE = '[server]\nport = {}\n{}\n[deployments.fake]\nmodel = "local:fake"\n'


@pytest.fixture(scope="module")
def fake():
    with running(parse(FAKE.format(0, "")), Fakes({"fake": FakeEmbedder()})) as server:
        yield server


@pytest.fixture
def model():
    """The bundled model, whose batches are measured."""
    embedders = Embedders()
    try:
        with running(Config.of_model(f"local:{MODEL}", port=0), embedders) as server:
            yield server
    finally:
        embedders.close()


def embed(server, *texts, model=MODEL):
    return server.post("/v1/embeddings", {"model": model, "input": list(texts)}).status


def test_its_figures_are_those_of_what_was_sent(browser, model, expect):
    with panel(browser, model.url) as page:
        expect(figure(page, "Requests", "in all")).to_have_text("0")
        expect(figure(page, "Requests", "a second")).to_have_text("0")
        statuses = [embed(model, *["a cat"] * (1 + number % 4)) for number in range(30)]
        statuses += [embed(model, "a cat", model="none") for _ in range(3)]
        assert statuses == [200] * 30 + [404] * 3
        expect(figure(page, "Requests", "in all")).to_have_text("33")
        expect(line(page, "Requests", "200").last).to_have_text("30")
        expect(line(page, "Requests", "404").last).to_have_text("3")
        expect(figure(page, "Requests", "a second")).to_have_text(POSITIVE)
        for name in ("inputs", "tokens"):
            expect(figure(page, "Inputs and tokens", f"{name} a second")).to_have_text(POSITIVE)
        for name in ("p50", "p95", "p99"):
            expect(figure(page, "Latency, last minute", name)).to_have_text(DURATION)
            expect(figure(page, "Embedding, last minute", name)).to_have_text(DURATION)
        expect(line(page, "Waiting and running", MODEL)).to_have_text(["0", "0"])
        expect(figure(page, "Process", "memory")).to_have_text(re.compile(r"^[\d.]+ [MG]B$"))
        for title in ("Cache", "Targets"):
            expect(row(page, title)).to_contain_text("not measured here")
        numbers = row(page, "Batch sizes, last minute").locator(".live-number").all_inner_texts()
        metrics = model.get("/metrics").body.decode()
        (batches,) = re.findall(r"^onevec_batch_texts_count{.*} (\S+)$", metrics, re.MULTILINE)
        assert sum(map(int, numbers)) == float(batches) > 0
        expect(page.get_by_role("status")).to_be_empty()


def test_what_stays_the_same_keeps_its_place(browser, model, expect):
    embed(model, "a cat")
    with panel(browser, model.url) as page:
        kept = line(page, "Waiting and running", MODEL).first.element_handle()
        updates(page, 3)
        assert kept.evaluate("(one) => one.isConnected")


TARGETS = """
[server]
port = 0
[cache]
[deployments.both]
[[deployments.both.targets]]
model = "local:good"
[[deployments.both.targets]]
model = "local:bad"
"""


def test_targets_and_cache_are_shown_where_there_are_some(browser, expect, failing_pool):
    with running(*failing_pool) as server, panel(browser, server.url) as page:
        expect(row(page, "Targets")).to_contain_text("no pool of targets has been asked yet")
        for text in ("a", "b", "a", "a"):
            assert embed(server, text, model="both") == 200
        expect(line(page, "Targets", "good").nth(1)).to_have_text("2")
        expect(line(page, "Cache", "hit")).to_have_text(["2"])
        expect(line(page, "Cache", "miss")).to_have_text(["2"])
        expect(figure(page, "Cache", "hits")).to_have_text("50%")
        expect(row(page, "Batch sizes, last minute")).to_contain_text("not measured here")


@pytest.fixture
def failing_pool():
    config = parse(TARGETS)
    return config, Fakes({"good": FakeEmbedder(), "bad": Failing(UpstreamProviderError("down", status=502))})


def test_a_server_that_is_gone_is_told_and_its_successor_counts_anew(browser, expect):
    fakes = Fakes({"fake": FakeEmbedder()})
    with running(parse(FAKE.format(0, "")), fakes) as server, panel(browser, server.url) as page:
        for number in range(7):
            embed(server, str(number), model="fake")
        expect(figure(page, "Requests", "in all")).to_have_text("7")
        server.server.should_exit = True
        status = page.get_by_role("status")
        expect(status).to_contain_text("The server does not answer. Next try in")
        expect(page.locator(".live-stale")).to_be_visible()
        expect(figure(page, "Requests", "in all")).to_have_text("7")  # what was known is still to be read
        with running(parse(FAKE.format(server.port, "")), fakes) as successor:
            for number in range(3):
                embed(successor, str(number), model="fake")
            expect(status).to_be_empty()
            expect(figure(page, "Requests", "in all")).to_have_text("3")
            expect(page.locator(".live-stale")).to_have_count(0)
            drawn = page.locator(".live-line path").first.get_attribute("d")
            assert drawn.startswith("M")
            assert "NaN" not in drawn


def test_it_says_what_is_wrong(browser, expect, tmp_path):
    fakes = Fakes({"fake": FakeEmbedder()})
    with running(parse(FAKE.format(0, "metrics = false")), fakes) as server, panel(browser, server.url) as page:
        expect(page.get_by_role("status")).to_contain_text("Metrics are switched off on this server")
    ring, key = Keyring().with_new("anna", "2026-11-20T10:00:00+00:00")
    with KeysFile(tmp_path / "keys.json").changing() as change:
        change.keyring = ring
    locked = parse(FAKE.format(0, '[auth]\nkeys = "keys.json"'), str(tmp_path / "onevec.toml"))
    with running(locked, fakes) as server:
        with panel(browser, server.url) as page:
            expect(page.get_by_role("status")).to_contain_text("The server asks for a key")
        with panel(browser, server.url, key=key) as page:
            expect(figure(page, "Requests", "in all")).to_have_text("0")
            expect(page.get_by_role("status")).to_be_empty()


WRONG = """async ([status, text]) => {
    const { mount } = await import("/playground/live/panel.js");
    window.stop();
    mount(document.getElementById("live"), { fetchMetrics: async () => new Response(text, { status }) });
}"""


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        (200, "<!doctype html>", "What came is no page of metrics: line 1"),
        (403, "", "This key may not read the figures."),
        (502, "", "The server answered with status 502."),
    ],
)
def test_what_is_no_page_of_metrics_is_told(browser, fake, expect, status, text, said):
    with panel(browser, fake.url) as page:
        page.evaluate(WRONG, [status, text])
        expect(page.get_by_role("status")).to_contain_text(said)


def test_a_pause_is_one_wide_step_of_the_line(browser, fake):
    script = """async () => {
        const { sparkline } = await import("/playground/live/draw.js");
        const points = [[0, 50, 8], [50, 250, 2], [250, 275, null], [275, 300, 4]];
        return sparkline(points.map(([from, to, value]) => ({ from, to, value })), 0, 300).firstChild.getAttribute("d");
    }"""
    with panel(browser, fake.url) as page:
        assert page.evaluate(script) == "M0.0 1.0H50.0L50.0 29.5H250.0M275.0 20.0H300.0"


def test_ending_it_takes_it_out_and_asks_no_more(browser, fake, expect):
    with panel(browser, fake.url) as page:
        expect(figure(page, "Requests", "in all")).to_be_visible()
        page.evaluate("stop()")
        assert page.locator("#live > *").count() == 0
        before = page.evaluate("calls")
        page.evaluate(MOUNT.replace("calls", "others"), [0.2, None])  # another one, so that time goes by
        updates(page, 4)
        assert page.evaluate("calls") == before


def grave(axe, page):
    found = axe.run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser, model, expect, witness, scheme):
    axe = witness("axe_playwright_python.sync_playwright").Axe()
    for number in range(5):
        embed(model, *["a cat"] * (number + 1))
    for width in (360, 1200):
        with panel(browser, model.url, color_scheme=scheme, viewport={"width": width, "height": 900}) as page:
            expect(figure(page, "Requests", "in all")).to_have_text(re.compile("^[1-9]"))
            assert grave(axe, page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.route("**/metrics", lambda route: route.abort())
            expect(page.locator(".live-stale")).to_be_visible()
            assert grave(axe, page) == []


def test_several_workers_are_one_server(browser, expect):
    command = [sys.executable, "-m", "onevec", "serve", "--port", "0", "--workers", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            url = re.search(r"http://[\d.:]+", process.stdout.readline())[0]
            with panel(browser, url) as page:
                body = json.dumps({"model": MODEL, "input": ["a cat", "a dog"]})
                for _ in range(20):
                    reply = page.request.post("/v1/embeddings", data=body, headers={"content-type": "application/json"})
                    assert reply.status == 200
                expect(line(page, "Requests", "200").last).to_have_text("20")
                expect(row(page, "Process")).to_contain_text("not measured here")
                expect(row(page, "Batch sizes, last minute").locator(".live-number").first).to_be_visible()
        finally:
            process.terminate()
