from onevec.server.observing.metrics import Metrics


def lines(metrics):
    return metrics.page().decode().splitlines()


def test_a_gauge_is_read_when_somebody_asks_and_follows_its_new_sources():
    metrics, value = Metrics(), [1.0]
    metrics.watched.gauge("x", "X.", {"a": lambda: value[0], "b": lambda: 5.0})
    assert 'x{deployment="a"} 1.0' in lines(metrics)
    value[0] = 2.0
    assert 'x{deployment="a"} 2.0' in lines(metrics)

    metrics.watched.gauge("x", "X.", {"a": lambda: 7.0})
    assert 'x{deployment="a"} 7.0' in lines(metrics)
    assert 'deployment="b"' not in metrics.page().decode()


def test_a_gauge_without_labels_follows_whoever_was_told_last():
    metrics = Metrics()
    for size in (1.0, 2.0):
        metrics.watched.one("bytes", "B.", lambda size=size: size)
    assert "bytes 2.0" in lines(metrics)


def test_a_counter_goes_on_when_what_it_follows_begins_anew():
    metrics, first, second = Metrics(), {("memory", "hit"): 3.0}, {("memory", "hit"): 2.0}
    metrics.watched.counts("looked", "L.", ("store", "outcome"), first)
    lines(metrics)
    first["memory", "hit"] = 4.0
    assert 'looked_total{outcome="hit",store="memory"} 4.0' in lines(metrics)
    metrics.watched.counts("looked", "L.", ("store", "outcome"), second)
    assert 'looked_total{outcome="hit",store="memory"} 6.0' in lines(metrics)
    metrics.watched.counts("looked", "L.", ("store", "outcome"), second)
    assert 'looked_total{outcome="hit",store="memory"} 6.0' in lines(metrics)
