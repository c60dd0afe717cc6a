"""Metrics read in the browser, held against prometheus_client's own parser; rates and quantiles against numpy."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from onevec.gateway import parse
from onevec.server.observing.metrics import SECONDS
from onevec.testing import FakeEmbedder

from ..server.conftest import ONE, Fakes, running


@pytest.fixture(scope="module")
def server():
    with running(parse(ONE), Fakes({"fake": FakeEmbedder()})) as started:
        yield started


@pytest.fixture(scope="module")
def call(browser, server):
    """Evaluates an expression in which the exports of both modules are known."""
    page = browser.new_page()
    page.goto(f"{server.url}/playground/live/metrics.js")

    def evaluated(expression, *values):
        script = f"""async (values) => {{
            const {{ parse }} = await import("/playground/live/metrics.js");
            const {{ History, growth, quantile }} = await import("/playground/live/history.js");
            return ({expression})(...values);
        }}"""
        return page.evaluate(script, list(values))

    yield evaluated
    page.close()


PARSED = """(text) => [...parse(text).values()].map((one) => ({
    ...one, samples: one.samples.map((s) => [s.name, Object.entries(s.labels), s.value]) }))"""


def ours(families):
    listed = [sample for one in families for sample in one["samples"]]
    samples = {(name, *sorted(map(tuple, labels))): value for name, labels, value in listed}
    types = {one["name"].removesuffix("_total"): one["type"] for one in families}
    return samples, types, [one["help"] for one in families]


def theirs(text):
    families = list(text_string_to_metric_families(text))
    samples = {(s.name, *sorted(s.labels.items())): s.value for one in families for s in one.samples}
    types = {one.name.removesuffix("_total"): one.type.replace("unknown", "untyped") for one in families}
    return samples, types, [one.documentation for one in families]


def same(text, call):
    (found, kinds, helps), (wanted, types, documentation) = ours(call(PARSED, text)), theirs(text)
    assert found.keys() == wanted.keys()
    np.testing.assert_array_equal([found[key] for key in wanted], [*wanted.values()])  # NaN equals NaN
    assert (kinds, helps) == (types, documentation)


def test_a_real_page_is_read_as_prometheus_client_reads_it(server, call):
    for text in ("a", "b"):
        assert server.post("/v1/embeddings", {"model": "fake", "input": text}).status == 200
    server.post("/v1/embeddings", {"model": "none", "input": "a"})
    text = server.get("/metrics").body.decode()
    assert 'status="404"' in text
    same(text, call)


labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(width=64)
amounts = st.floats(0, 1e300)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gauges=st.dictionaries(st.tuples(labels, labels), numbers, max_size=4),
    counts=st.dictionaries(labels, amounts, max_size=3),
    observed=st.lists(st.floats(-10, 100), max_size=8),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \t"), max_size=12),
)
def test_any_page_is_read_as_prometheus_client_reads_it(call, gauges, counts, observed, text):
    registry = CollectorRegistry()
    gauge = Gauge("g", f"a {text} b", ("one", "constructor"), registry=registry)
    counter = Counter("c", "A counter.", ("route",), registry=registry)
    histogram = Histogram("h_seconds", "A histogram.", ("a",), registry=registry, buckets=(-1, 0.5, 20))
    summary = Summary("s", "A summary.", registry=registry)
    for pair, value in gauges.items():
        gauge.labels(*pair).set(value)
    for route, value in counts.items():
        counter.labels(route).inc(value)
    for value in observed:
        histogram.labels(text).observe(value)
        summary.observe(value)
    same(generate_latest(registry).decode(), call)


def test_the_corners_of_the_format(call):
    text = (
        "# a comment, and an empty line\n\n"
        "# HELP bare\n# TYPE bare gauge\n"
        '  spaced { a = "b" , c="d", } -1.5e-3 1395066363000 \n'
        'bare{a="} 1",b="\\\\\\"\\n",__proto__="#"} +Inf\nbare{} NaN\n'
        '{"dotted.name","a label"="x"} 1\n{"alone"} 2\n'
    )
    samples, types, _ = ours(call(PARSED, text))
    assert samples.pop(("bare",)) != 0
    assert samples == {
        ("spaced", ("a", "b"), ("c", "d")): -1.5e-3,
        ("bare", ("__proto__", "#"), ("a", "} 1"), ("b", '\\"\n')): math.inf,
        ("dotted.name", ("a label", "x")): 1,
        ("alone",): 2,
    }
    assert types["bare"] == "gauge"
    assert call("(text) => parse(text).get('spaced').samples[0].timestamp", text) == 1395066363000


@pytest.mark.parametrize(
    "line", ["a", "a b", 'a{b="c} 1', "a{b} 1", "a 1 2 3", "{} 1", 'a{"b"} 1', "a{,} 1", "<!doctype html>", '{"x":1}']
)
def test_what_is_no_page_says_at_which_line(call, line):
    with pytest.raises(Exception, match="SyntaxError: line 2 is no sample of a metric"):
        call("(text) => parse(text)", f"# HELP a\n{line}\n")


QUANTILES = """(before, after, qs) => {
    const history = new History(300);
    history.add(parse(before), 10);
    history.add(parse(after), 20);
    const buckets = history.over().buckets("h");
    return qs.map((q) => quantile(q, buckets));
}"""


@pytest.mark.parametrize("seed", range(5))
def test_quantiles_are_those_of_the_samples_as_far_as_buckets_tell(call, seed):
    random = np.random.default_rng(seed)
    first, second = (random.lognormal(random.normal(-3, 2), 1, size) for size in (300, 500))
    registry = CollectorRegistry()
    histogram = Histogram("h", "", ("route",), registry=registry, buckets=SECONDS)
    for value in first:
        histogram.labels("a").observe(value)
    before = generate_latest(registry).decode()
    for value in second:
        histogram.labels("ab"[int(value > 0.02)]).observe(value)  # a series that is new, and two that are summed
    qs = [0, 0.01, 0.5, 0.9, 0.95, 0.99, 1]
    found = call(QUANTILES, before, generate_latest(registry).decode(), qs)

    bounds = np.array([0, *SECONDS])
    counts = np.array([(second <= bound).sum() for bound in bounds])
    finite = np.minimum(np.array(qs) * len(second), counts[-1])  # beyond the last bound, that bound is what is known
    rising = np.flatnonzero(np.diff(counts, prepend=-1))
    rising = np.union1d(rising, np.maximum(rising - 1, 0))
    np.testing.assert_allclose(found[1:], np.interp(finite, counts[rising], bounds[rising])[1:], rtol=1e-9)
    for value, exact in zip(found, np.quantile(second, qs, method="inverted_cdf"), strict=True):
        at = min(int(np.searchsorted(bounds, exact)), len(bounds) - 1)
        assert bounds[at - 1] - 1e-12 <= value <= bounds[at] + 1e-12


def test_a_quantile_of_nothing_is_none(call):
    assert call("() => [quantile(0.5, []), quantile(0.5, [[1, 0], [Infinity, 0]])]") == [None, None]
    assert call("() => quantile(0.5, [[1, 0], [Infinity, 4]])") == 1


def page(**series):
    return "# TYPE a_total counter\n# TYPE s_bytes gauge\ns_bytes 5\n" + "".join(
        f'a_total{{of="{name}"}} {value}\n' for name, value in series.items()
    )


GROWN = """(before, after) => Object.fromEntries(
    (growth(parse(before), parse(after)).get("a_total") ?? []).map(({ labels, by }) => [labels.of, by]))"""


@pytest.mark.parametrize(
    ("before", "after", "grown"),
    [
        ({"x": 3}, {"x": 5, "y": 2}, {"x": 2, "y": 2}),
        ({"x": 3}, {"x": 3}, {}),
        ({"x": 3, "y": 1}, {"x": 1, "y": 4}, {"x": 1, "y": 4}),  # one shrank: all began anew
        ({"x": 3, "y": 1}, {"x": 9}, {"x": 9}),  # one is gone: as well
        ({"x": 0}, {}, {}),
    ],
)
def test_counters_of_a_server_that_started_again_count_from_zero(call, before, after, grown):
    assert call(GROWN, page(**before), page(**after)) == grown


RATES = """(pages) => {
    const history = new History(100);
    pages.forEach(([at, text]) => history.add(parse(text), at));
    return [5, 10, 1000].map((seconds) => {
        const span = history.over(seconds);
        return [span.seconds, span.sum("a_total"), span.rate("a_total"), span.rate("a_total", ({ of }) => of === "y")];
    });
}"""


def test_rates_are_taken_over_the_time_that_passed(call):
    pages = [(0, page(x=1)), (50, page(x=100)), (110, page(x=110)), (112, page(x=110, y=4)), (117, page(x=130, y=4))]
    assert call(RATES, pages) == [
        [5, 20, 4, 0],
        [67, 34, 34 / 67, 4 / 67],  # the step that reaches into the ten seconds counts with all its time
        [117, 133, 133 / 117, 4 / 117],
    ]
    assert call(RATES, []) == [[0, 0, None, None]] * 3
